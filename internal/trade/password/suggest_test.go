package password_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
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
	seen := map[string]bool{}
	for range tries {
		pw, err := password.Suggest(random, about)
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
			if wrong := r.Check(pw, about); len(wrong) > 0 {
				t.Errorf("%q is refused: %v", pw, wrong)
			}
		}
	}
}

// TestASuggestionSpellsNoNameOfItsReader calls readers what chance spells.
func TestASuggestionSpellsNoNameOfItsReader(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range byte(200) {
		before, err := password.Suggest(chance(seed), password.About{})
		if err != nil {
			t.Fatal(err)
		}
		name := regexp.MustCompile(`[A-Za-z]{4}`).FindString(before)
		if name == "" {
			continue
		}
		found++
		about := password.About{Name: name}
		if pw, err := password.Suggest(chance(seed), about); err != nil || len(password.Measure(pw, about).Weak) > 0 {
			t.Errorf("%s is told to take %q, %v", name, pw, err)
		}
	}
	if found < 50 {
		t.Errorf("chance spelt %d names", found)
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
		pw, err := password.Suggest(random, password.About{})
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
		if pw, err := password.Suggest(random, password.About{}); fault.CodeOf(err) != "password.no_chance" || pw != "" {
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
