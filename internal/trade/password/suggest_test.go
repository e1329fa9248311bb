package password_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"fondaco/internal/fault"
	"fondaco/internal/trade/password"
)

func chance(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func TestSuggestedPasswordsPassEveryProfile(t *testing.T) {
	t.Parallel()
	_, about := setup(t, password.Assurance)
	random := chance(1)
	const tries = 2000
	seen, refused := map[string]bool{}, 0
	for range tries {
		pw, err := password.Suggest(random)
		if err != nil {
			t.Fatal(err)
		}
		if len(pw) != 20 || strings.ContainsAny(pw, "0Oo1Il|") || seen[pw] {
			t.Errorf("%q", pw)
		}
		seen[pw] = true
		s := password.Measure(pw, about)
		if s.Score != 4 || len(s.Classes) != 4 || len(s.Weak) > 0 {
			t.Errorf("%q: %+v", pw, s)
		}
		for _, p := range password.Profiles() {
			r, _ := setup(t, p)
			if len(r.Check(pw, about)) > 0 {
				refused++
			}
		}
	}
	t.Logf("%d of %d answers refused a password by chance", refused, 2*tries)
	if refused > 2 {
		t.Error("more than two")
	}
}

// TestSuggestedCharactersAreAllAsLikely compares the counts of all characters with
// chi-square: far beyond its mean would be a bias such as a plain remainder gives.
func TestSuggestedCharactersAreAllAsLikely(t *testing.T) {
	t.Parallel()
	const alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#%*+-=?@_"
	const tries = 10_000
	counts := map[rune]float64{}
	random := chance(2)
	for range tries {
		pw, err := password.Suggest(random)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range pw {
			counts[r]++
		}
	}
	if len(counts) != len(alphabet) {
		t.Fatalf("%d different characters, want %d", len(counts), len(alphabet))
	}
	// That all classes are present makes the small ones a little likelier, so each
	// class is compared within itself.
	for _, class := range []string{alphabet[:23], alphabet[23:47], alphabet[47:55], alphabet[55:]} {
		total, square := 0.0, 0.0
		for _, r := range class {
			total += counts[r]
		}
		mean := total / float64(len(class))
		for _, r := range class {
			square += (counts[r] - mean) * (counts[r] - mean) / mean
		}
		free := float64(len(class) - 1)
		if square > free+5*math.Sqrt(2*free) {
			t.Errorf("%s: chi-square %.1f with %.0f degrees of freedom", class, square, free)
		}
	}
}

func TestSuggestingWithoutChanceIsAFault(t *testing.T) {
	t.Parallel()
	for name, random := range map[string]io.Reader{
		"broken":     iotest.ErrReader(errors.New("no entropy")),
		"empty":      bytes.NewReader(nil),
		"all zero":   zeros(0),
		"all beyond": zeros(255),
	} {
		if pw, err := password.Suggest(random); fault.CodeOf(err) != "password.no_chance" || pw != "" {
			t.Errorf("%s: %q, %v", name, pw, err)
		}
	}
}

// zeros is a source that gives one byte for ever.
type zeros byte

func (z zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(z)
	}
	return len(p), nil
}
