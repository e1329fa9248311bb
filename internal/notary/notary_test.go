package notary_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	formats "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/trade/evidence"
)

func TestCheckpointStatesTheNewestSize(t *testing.T) {
	t.Parallel()
	m, n, vkey := setup(t, 0)
	for range 40 {
		signed, err := n.Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, err := notary.Open(signed, vkey)
		if err != nil || got != m.stated(t) {
			t.Fatalf("got %+v, %v, want %+v", got, err, m.stated(t))
		}
		again, err := n.Checkpoint(t.Context())
		if err != nil || !bytes.Equal(again, signed) {
			t.Fatalf("asked again: %q, %v", again, err)
		}
		m.append(t)
	}
}

func TestCheckpointIsReadByAnotherImplementation(t *testing.T) {
	t.Parallel()
	m, n, vkey := setup(t, 77)
	signed, err := n.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	got, rest, opened, err := formats.ParseCheckpoint(signed, origin, verifier)
	if err != nil {
		t.Fatal(err)
	}
	want := m.stated(t)
	if got.Origin != origin || got.Size != 77 || !bytes.Equal(got.Hash, want.Root[:]) || len(rest) != 0 || len(opened.Sigs) != 1 {
		t.Errorf("got %+v, %q, %d signatures", got, rest, len(opened.Sigs))
	}
}

func TestNotaryRefusesToContradictWhatItSigned(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(testing.TB, *memory){
		"the log was cut": func(_ testing.TB, m *memory) { m.size = 19 },
		"the log was rewritten": func(t testing.TB, m *memory) {
			t.Helper()
			e := m.entries[3]
			e.Kind = "forged"
			m.entries[3] = e
			m.rehash(t)
		},
		"the log was rewritten and grew": func(t testing.TB, m *memory) {
			t.Helper()
			e := m.entries[3]
			e.Kind = "forged"
			m.entries[3] = e
			m.rehash(t)
			m.append(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, n, _ := setup(t, 20)
			if _, err := n.Checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
			spoil(t, m)
			if signed, err := n.Checkpoint(t.Context()); fault.CodeOf(err) != "notary.would_contradict" {
				t.Errorf("signed %q, %v", signed, err)
			}
		})
	}
}

func TestNotaryRemembersWhatAnEarlierProcessSigned(t *testing.T) {
	t.Parallel()
	m := setupLog(t, 9)
	skey, vkey, err := notary.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	last := m.stated(t)
	signed, err := notary.New(notary.Config{Origin: origin, Signer: signer, Log: m, Last: last}).Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := notary.Open(signed, vkey); err != nil || got != last {
		t.Errorf("got %+v, %v", got, err)
	}
	last.Root = evidence.HashOf([]byte("another log"))
	_, err = notary.New(notary.Config{Origin: origin, Signer: signer, Log: m, Last: last}).Checkpoint(t.Context())
	if fault.CodeOf(err) != "notary.would_contradict" {
		t.Errorf("another past: %v", err)
	}
}

func TestCheckpointPassesOnTheFailureOfTheLog(t *testing.T) {
	t.Parallel()
	m, n, _ := setup(t, 5)
	m.failure = errors.New("disk gone")
	if _, err := n.Checkpoint(t.Context()); !errors.Is(err, m.failure) {
		t.Errorf("got %v", err)
	}
}

func TestCheckpointsAskedForTogetherAgree(t *testing.T) {
	t.Parallel()
	_, n, vkey := setup(t, 50)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			signed, err := n.Checkpoint(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := notary.Open(signed, vkey); err != nil || got.Size != 50 {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	group.Wait()
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	_, n, vkey := setup(t, 5)
	_, _, otherKey := setup(t, 0)
	signed, err := n.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	skey, foreign, err := notary.GenerateKey(rand.Reader, "elsewhere.example/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(text string) []byte {
		out, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, row := range map[string]struct {
		signed []byte
		vkey   string
		want   string
	}{
		"no key":            {signed, "x", "notary.bad_key"},
		"another key":       {signed, otherKey, "notary.bad_signature"},
		"a changed size":    {bytes.Replace(signed, []byte("\n5\n"), []byte("\n6\n"), 1), vkey, "notary.bad_signature"},
		"no signature":      {[]byte(strings.SplitAfter(string(signed), "\n\n")[0]), vkey, "notary.bad_signature"},
		"nothing":           {nil, vkey, "notary.bad_signature"},
		"another origin":    {sign(evidence.Checkpoint{Origin: origin, Size: 1}.Text()), foreign, "notary.other_origin"},
		"not a checkpoint":  {sign("hello\n"), foreign, "evidence.bad_checkpoint"},
		"an extension line": {sign("elsewhere.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n"), foreign, "evidence.bad_checkpoint"},
	} {
		if got, err := notary.Open(row.signed, row.vkey); fault.CodeOf(err) != row.want {
			t.Errorf("%s: got %+v, %v, want %s", name, got, err, row.want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	_, n, vkey := setup(f, 5)
	signed, err := n.Checkpoint(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := notary.Open(data, vkey)
		if err == nil && got.Size != 5 {
			t.Fatalf("%q opened as %+v, which was never signed", data, got)
		}
	})
}

func TestNewInsistsOnAKeyWithTheNameOfTheLog(t *testing.T) {
	t.Parallel()
	skey, _, err := notary.GenerateKey(rand.Reader, "elsewhere.example/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]notary.Config{
		"another name": {Origin: origin, Signer: signer, Log: setupLog(t, 0)},
		"no log":       {Origin: origin, Signer: signer},
		"no signer":    {Origin: origin, Log: setupLog(t, 0)},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: New accepts it", name)
				}
			}()
			notary.New(cfg)
		}()
	}
}

func TestGenerateKeyRefusesAnOriginThatNamesNoKey(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "a b", "a+b", "a\nb"} {
		if _, _, err := notary.GenerateKey(rand.Reader, bad); fault.CodeOf(err) != "evidence.bad_checkpoint" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestKeyIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "keys")
	signer, vkey, err := notary.LoadOrCreateKey(dir, origin)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "notary.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	again, sameKey, err := notary.LoadOrCreateKey(dir, origin)
	if err != nil || sameKey != vkey || again.KeyHash() != signer.KeyHash() {
		t.Errorf("the second call gives %s, %v, the first %s", sameKey, err, vkey)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
	signed, err := notary.New(notary.Config{Origin: origin, Signer: signer, Log: setupLog(t, 3)}).Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := notary.Open(signed, vkey); err != nil || got.Size != 3 {
		t.Errorf("the verifier key does not open what its signer signs: %+v, %v", got, err)
	}
}

func TestKeysMadeInARaceAreOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys := make([]string, 8)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() {
			_, vkey, err := notary.LoadOrCreateKey(dir, origin)
			if err != nil {
				t.Error(err)
			}
			keys[i] = vkey
		})
	}
	group.Wait()
	for _, key := range keys {
		if key != keys[0] {
			t.Errorf("got both %s and %s", keys[0], key)
		}
	}
}

func TestLoadOrCreateKeyRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		spoil func(path string) error
		want  string
	}{
		"a file others may read": {func(path string) error { return os.Chmod(path, 0o640) }, "notary.key_exposed"},
		"a file without a key":   {func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) }, "notary.bad_key"},
		"an empty file":          {func(path string) error { return os.WriteFile(path, nil, 0o600) }, "notary.bad_key"},
		"the key of another log": {func(path string) error {
			skey, _, err := notary.GenerateKey(rand.Reader, "elsewhere.example/log")
			return errors.Join(err, os.WriteFile(path, []byte(skey+"\n"), 0o600))
		}, "notary.other_origin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if _, _, err := notary.LoadOrCreateKey(dir, origin); err != nil {
				t.Fatal(err)
			}
			if err := row.spoil(filepath.Join(dir, "notary.key")); err != nil {
				t.Fatal(err)
			}
			if _, _, err := notary.LoadOrCreateKey(dir, origin); fault.CodeOf(err) != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
	if _, _, err := notary.LoadOrCreateKey(t.TempDir(), "a b"); fault.CodeOf(err) != "evidence.bad_checkpoint" {
		t.Errorf("an unfit origin: %v", err)
	}
}
