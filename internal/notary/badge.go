package notary

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"fondaco/internal/fault"
)

// Seal signs texts in the house's name with the key of its log, as C2SP signed
// notes. Their first line is the log's origin and "/badge", so that none of them
// states anything about the log. It is safe for concurrent use.
type Seal struct {
	signer   note.Signer
	verifier note.Verifier
	head     string // the first line
}

// badgeLongest is the longest note that OpenNote looks at, in bytes.
const badgeLongest = 16 << 10

// NewSeal makes a seal of the log's signing key and its verifier key. It fails with
// notary.bad_key if the latter is none, and asserts that both are of one key.
func NewSeal(signer note.Signer, vkey string) (*Seal, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fault.New(fault.Invalid, "notary.bad_key", "This is not a verifier key.").Because(err)
	}
	fault.Assert(signer.Name() == verifier.Name() && signer.KeyHash() == verifier.KeyHash(), "notary.two_keys", "a seal signs and verifies with one key")
	return &Seal{signer: signer, verifier: verifier, head: verifier.Name() + "/badge\n"}, nil
}

// SignNote answers the signed note over a text, which ends with a new line and has
// no control characters but new lines. It fails with notary.cannot_sign.
func (s *Seal) SignNote(text string) ([]byte, error) {
	cannot := fault.New(fault.Internal, "notary.cannot_sign", "The text could not be signed.")
	if !strings.HasSuffix(text, "\n") || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		return nil, cannot // it could never be opened
	}
	signed, err := note.Sign(&note.Note{Text: s.head + text}, s.signer)
	if err != nil || len(signed) > badgeLongest {
		return nil, cannot.Because(err)
	}
	return signed, nil
}

// OpenNote answers the text of a note that SignNote has made with the same key, byte
// by byte. It fails with standing.bad_badge for anything else, checkpoints included.
func (s *Seal) OpenNote(signed []byte) (string, error) {
	bad := fault.New(fault.Invalid, "standing.bad_badge", "This is no badge of this house, or somebody has changed it.")
	if len(signed) > badgeLongest {
		return "", bad
	}
	opened, err := note.Open(signed, note.VerifierList(s.verifier))
	if err != nil {
		return "", bad.Because(err)
	}
	text, ours := strings.CutPrefix(opened.Text, s.head)
	if !ours {
		return "", bad
	}
	// Package note passes over lines that others have added; a badge has none.
	again, err := s.SignNote(text)
	if err != nil || !slices.Equal(again, signed) {
		return "", bad.Because(err)
	}
	return text, nil
}
