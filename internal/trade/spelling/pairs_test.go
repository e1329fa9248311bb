package spelling_test

import (
	_ "embed"
	"strings"
	"testing"

	"fondaco/internal/trade/spelling"
)

// Names in their own script beside the name that a public list has for the same
// party. The first file was looked at while the dictionary grew; the second was
// set aside, line by line in turn, and only ever counted.
var (
	//go:embed testdata/seen.tsv
	seenPairs string
	//go:embed testdata/unseen.tsv
	unseenPairs string
)

// overlap is the share of the telling words that meet, of both names: 1 where each
// word of one has its twin in the other.
func overlap(a, b spelling.Reading) float64 {
	one, two := telling(a), telling(b)
	if len(one) == 0 || len(two) == 0 {
		return 0
	}
	taken := make([]bool, len(two))
	met := 0.0
	for i := 0; i < len(one); i++ {
		for j := range two {
			if !taken[j] && near(one[i], two[j]) {
				taken[j] = true
				met += 2
				break
			}
			if i+1 < len(one) && !taken[j] && near(one[i]+one[i+1], two[j]) {
				taken[j] = true
				met += 3
				i++
				break
			}
			if j+1 < len(two) && !taken[j] && !taken[j+1] && near(one[i], two[j]+two[j+1]) {
				taken[j], taken[j+1] = true, true
				met += 3
				break
			}
		}
	}
	return met / float64(len(one)+len(two))
}

func telling(r spelling.Reading) []string {
	var keys []string
	for _, w := range r.Words {
		if w.Role != spelling.LegalForm && w.Role != spelling.Particle {
			keys = append(keys, w.Key)
		}
	}
	return keys
}

// near says whether two keys are equal, or one letter apart where they are long.
func near(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) < 5 || len(b) < 5 || len(a)-len(b) > 1 || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	j := 0
	for j < len(a)-i && j < len(b)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	return max(len(a), len(b))-i-j <= 1
}

func best(r *spelling.Reader, a, b string, kind spelling.Kind) float64 {
	top := 0.0
	for _, x := range r.Read(a, kind) {
		for _, y := range r.Read(b, kind) {
			top = max(top, overlap(x, y))
		}
	}
	return top
}

func kindOf(t *testing.T, word string) spelling.Kind {
	t.Helper()
	switch word {
	case "person":
		return spelling.Person
	case "organisation":
		return spelling.Organisation
	}
	t.Fatalf("no kind %q", word)
	return spelling.Any
}

func TestNamesInChineseAndKoreanMeetTheirListedNames(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, set := range []struct {
		name, pairs string
		words, half float64 // least mean share of words that meet, and of names of which half the words do
	}{
		{"seen", seenPairs, 0.92, 0.97},
		{"unseen", unseenPairs, 0.92, 0.97},
	} {
		sum, half, n := 0.0, 0, 0
		for line := range strings.Lines(set.pairs) {
			fields := strings.Split(strings.TrimSpace(line), "\t")
			share := best(r, fields[1], fields[2], kindOf(t, fields[0]))
			sum, n = sum+share, n+1
			if share >= 0.5 {
				half++
			}
			if set.name == "seen" && share < 0.75 {
				t.Logf("%.2f %s = %s", share, fields[1], fields[2])
			}
		}
		t.Logf("%s: %d pairs, %.3f of the words meet, %.3f of the names by half", set.name, n, sum/float64(n), float64(half)/float64(n))
		if sum/float64(n) < set.words || float64(half)/float64(n) < set.half {
			t.Errorf("%s: words %.3f, want %.2f; names by half %.3f, want %.2f", set.name, sum/float64(n), set.words, float64(half)/float64(n), set.half)
		}
	}
}
