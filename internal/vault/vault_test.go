package vault_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/vault"
)

func setup(t *testing.T) *vault.Vault {
	t.Helper()
	v, err := vault.LoadOrCreate(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatIsSealedOpensForItsContextOnly(t *testing.T) {
	t.Parallel()
	v, other := setup(t), setup(t)
	plain := []byte("a seed of twenty bytes")
	sealed, err := v.Seal(plain, "totp:ann:1")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, plain[:8]) {
		t.Error("the secret can be read")
	}
	if got, err := v.Open(sealed, "totp:ann:1"); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%q, %v", got, err)
	}
	again, err := v.Seal(plain, "totp:ann:1")
	if err != nil || bytes.Equal(again, sealed) {
		t.Error("the same secret is sealed the same way twice")
	}
	refused := func(what string, v *vault.Vault, sealed []byte, context string) {
		t.Helper()
		if got, err := v.Open(sealed, context); fault.CodeOf(err) != "vault.unreadable" {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	refused("another context", v, sealed, "totp:bob:1")
	refused("another key", other, sealed, "totp:ann:1")
	refused("nothing", v, nil, "totp:ann:1")
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		refused("one bit", v, broken, "totp:ann:1")
		refused("cut off", v, sealed[:i], "totp:ann:1")
	}
}

func TestTheKeyIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	vaults := make([]*vault.Vault, 8)
	var group sync.WaitGroup
	for i := range vaults {
		group.Go(func() {
			v, err := vault.LoadOrCreate(folder, rand.Reader)
			if err != nil {
				t.Error(err)
			}
			vaults[i] = v
		})
	}
	group.Wait()
	sealed, err := vaults[0].Seal([]byte("x"), "c")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vaults {
		if _, err := v.Open(sealed, "c"); err != nil {
			t.Errorf("two processes have two keys: %v", err)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestABrokenKeyFileIsNoKey(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "zz", "00", string(bytes.Repeat([]byte("0"), 66))} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "secret.key"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.LoadOrCreate(folder, rand.Reader); fault.CodeOf(err) != "vault.bad_key" {
			t.Errorf("%q: %v", text, err)
		}
	}
}
