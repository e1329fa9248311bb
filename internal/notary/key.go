package notary

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

// keyFile is the name of the signing key within its folder.
const keyFile = "notary.key"

// GenerateKey makes a new Ed25519 key named after the log: the secret signer key
// and the public verifier key, both in the text form of C2SP signed notes. It
// fails with evidence.bad_checkpoint for an unfit origin, or with random's error.
func GenerateKey(random io.Reader, origin string) (skey, vkey string, err error) {
	if err := evidence.CheckOrigin(origin); err != nil {
		return "", "", err
	}
	return note.GenerateKey(random, origin)
}

// LoadOrCreateKey returns the signing key of the log kept in dir, and its public
// verifier key; the first call makes one. The file has mode 0600 and the folder
// is made with 0700. Of processes that race, all get the same key.
//
// It fails with notary.key_exposed if others may read the file, notary.bad_key if
// it holds no key, notary.other_origin if its key names another log, or with the
// error of the disk.
func LoadOrCreateKey(dir, origin string) (signer note.Signer, vkey string, err error) {
	path := filepath.Join(dir, keyFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := createKey(dir, path, origin); err != nil {
			return nil, "", err
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", fmt.Errorf("look at the signing key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, "", fault.New(fault.Internal, "notary.key_exposed", "Others may read the signing key; give its file mode 0600.")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, "", fmt.Errorf("read the signing key: %w", err)
	}
	return parseKey(strings.TrimSuffix(string(content), "\n"), origin)
}

// createKey writes a new key under a name of its own and links it to path, so
// that path appears whole or not at all and never replaces another key.
func createKey(dir, path, origin string) error {
	skey, _, err := GenerateKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the key folder: %w", err)
	}
	file, err := os.CreateTemp(dir, keyFile+".*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("write the signing key: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.WriteString(skey + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write the signing key: %w", err)
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write the signing key: %w", err)
	}
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write the signing key: %w", err)
	}
	// Without this a power cut could forget the key that has already signed.
	if err = errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("write the signing key: %w", err)
	}
	return nil
}

// parseKey reads a signer key and derives its verifier key, which package note
// has no function for: "PRIVATE+KEY+name+hash+base64(1 || seed)".
func parseKey(skey, origin string) (note.Signer, string, error) {
	bad := fault.New(fault.Internal, "notary.bad_key", "The file of the signing key does not hold one.")
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, "", bad.Because(err)
	}
	if signer.Name() != origin {
		return nil, "", fault.New(fault.Internal, "notary.other_origin", "The signing key belongs to the log {name}.").With("name", signer.Name())
	}
	parts := strings.SplitN(skey, "+", 5)
	material, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(material) != 1+ed25519.SeedSize {
		return nil, "", bad.Because(err)
	}
	public, ok := ed25519.NewKeyFromSeed(material[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return nil, "", bad
	}
	vkey, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return nil, "", bad.Because(err)
	}
	return signer, vkey, nil
}
