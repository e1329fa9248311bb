package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fondaco/internal/fault"
)

const (
	keyFile = "secret.key"
	keySize = 32
	version = 1 // of the sealed form: the first byte
)

// Vault seals under one key.
type Vault struct {
	aead   cipher.AEAD
	random io.Reader
}

// New seals under a key of 32 bytes. random must be a cryptographic source. It
// fails with vault.bad_key.
func New(key []byte, random io.Reader) (*Vault, error) {
	if len(key) != keySize {
		return nil, badKey(nil)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, badKey(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, badKey(err)
	}
	return &Vault{aead: aead, random: random}, nil
}

func badKey(cause error) error {
	return fault.New(fault.Internal, "vault.bad_key", "The key file of the house is not a key of 32 bytes in hexadecimal.").Because(cause)
}

// LoadOrCreate reads the key file of a data folder, or makes it. Of two processes
// that make it at once, both go on with the one that was first.
func LoadOrCreate(folder string, random io.Reader) (*Vault, error) {
	path := filepath.Join(folder, keyFile)
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	if errors.Is(err, fs.ErrNotExist) {
		if err := create(path, random); err != nil {
			return nil, err
		}
		text, err = os.ReadFile(path) //nolint:gosec // as above
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, badKey(err)
	}
	return New(key, random)
}

// create writes a whole key under another name first: a key file is there with its
// key or not at all.
func create(path string, random io.Reader) (err error) {
	key := make([]byte, keySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), keyFile+".*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(part.Name())) }()
	if _, err := part.WriteString(hex.EncodeToString(key) + "\n"); err != nil {
		return errors.Join(err, part.Close())
	}
	if err := errors.Join(part.Sync(), part.Close()); err != nil {
		return err
	}
	if err := os.Link(part.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Seal encrypts, bound to the context.
func (v *Vault) Seal(plain []byte, context string) ([]byte, error) {
	sealed := make([]byte, 1+v.aead.NonceSize(), 1+v.aead.NonceSize()+len(plain)+v.aead.Overhead())
	sealed[0] = version
	if _, err := io.ReadFull(v.random, sealed[1:]); err != nil {
		return nil, err
	}
	return v.aead.Seal(sealed, sealed[1:], plain, []byte(context)), nil //nolint:gosec // the nonce was drawn a line above
}

// Open decrypts what was sealed for the same context. It fails with vault.unreadable.
func (v *Vault) Open(sealed []byte, context string) ([]byte, error) {
	size := 1 + v.aead.NonceSize()
	if len(sealed) < size || sealed[0] != version {
		return nil, unreadable(nil)
	}
	plain, err := v.aead.Open(nil, sealed[1:size], sealed[size:], []byte(context))
	if err != nil {
		return nil, unreadable(err)
	}
	return plain, nil
}

func unreadable(cause error) error {
	return fault.New(fault.Internal, "vault.unreadable", "A sealed secret cannot be opened: it was changed, moved, or sealed under another key.").Because(cause)
}
