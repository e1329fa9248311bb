package notary_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"fondaco/internal/fault"
	"fondaco/internal/notary"
)

const badgeText = "badge 1\nparty 0198c0de\nname 宁波 Pumps Ltd\nvalue 87\n"

func seal(t testing.TB) (s *notary.Seal, signer note.Signer, vkey string) {
	t.Helper()
	skey, vkey, err := notary.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	if signer, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	if s, err = notary.NewSeal(signer, vkey); err != nil {
		t.Fatal(err)
	}
	return s, signer, vkey
}

func TestABadgeIsVerifiedWithTheLogsPublicKeyAlone(t *testing.T) {
	t.Parallel()
	s, _, vkey := seal(t)
	signed, err := s.SignNote(badgeText)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil || opened.Text != origin+"/badge\n"+badgeText {
		t.Fatalf("a stranger reads %q, %v", opened.Text, err)
	}
	if got, err := s.OpenNote(signed); err != nil || got != badgeText {
		t.Fatalf("the house reads %q, %v", got, err)
	}
}

func TestAnyChangedLetterSpoilsABadge(t *testing.T) {
	t.Parallel()
	s, _, _ := seal(t)
	signed, err := s.SignNote(badgeText)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, changed []byte) {
		t.Helper()
		if got, err := s.OpenNote(changed); fault.CodeOf(err) != "standing.bad_badge" || got != "" {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	for i := range signed {
		for _, flip := range []byte{1, 0x20} {
			changed := bytes.Clone(signed)
			changed[i] ^= flip
			refused("a changed byte", changed)
		}
		refused("a byte less", append(bytes.Clone(signed[:i]), signed[i+1:]...))
	}
	other, _, _ := seal(t)
	foreign, err := other.SignNote(badgeText)
	if err != nil {
		t.Fatal(err)
	}
	refused("another house's", foreign)
	refused("nothing", nil)
	refused("a signature more", append(bytes.Clone(signed), "— else.example AAAAAAAA\n"...))
	refused("something after it", append(bytes.Clone(signed), '\n'))
	refused("a huge one", bytes.Repeat([]byte("x\n"), 1<<20))
}

func TestACheckpointIsNoBadgeAndABadgeNoCheckpoint(t *testing.T) {
	t.Parallel()
	s, signer, vkey := seal(t)
	m := setupLog(t, 3)
	checkpoint, err := notary.New(notary.Config{Origin: origin, Signer: signer, Log: m}).Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenNote(checkpoint); fault.CodeOf(err) != "standing.bad_badge" {
		t.Errorf("a checkpoint opens as a badge: %v", err)
	}
	_, body, _ := strings.Cut(m.stated(t).Text(), "\n")
	for _, text := range []string{badgeText, body, m.stated(t).Text()} { // what states a log when an origin stands above it, too
		signed, err := s.SignNote(text)
		if err != nil {
			t.Fatal(err)
		}
		if stated, err := notary.Open(signed, vkey); err == nil {
			t.Errorf("a badge states %+v", stated)
		}
	}
}

func TestASealSignsOnlyWhatANoteCanHold(t *testing.T) {
	t.Parallel()
	s, signer, _ := seal(t)
	for _, text := range []string{"", "no end", "a\x00b\n", "\xff\n", "a\rb\n", strings.Repeat("long ", 5000) + "\n"} {
		if signed, err := s.SignNote(text); fault.CodeOf(err) != "notary.cannot_sign" || signed != nil {
			t.Errorf("%.20q is signed: %v", text, err)
		}
	}
	if _, err := notary.NewSeal(signer, "no key"); fault.CodeOf(err) != "notary.bad_key" {
		t.Errorf("no key: %v", err)
	}
}

func FuzzOpenNote(f *testing.F) {
	s, _, _ := seal(f)
	signed, err := s.SignNote(badgeText)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add([]byte("a\n\n— b c\n"))
	f.Fuzz(func(t *testing.T, note []byte) {
		text, err := s.OpenNote(note)
		if err == nil && (text != badgeText || !bytes.Equal(note, signed)) {
			t.Errorf("a note that nobody has signed opens as %q", text)
		}
	})
}
