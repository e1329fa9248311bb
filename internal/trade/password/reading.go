package password

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// text is a password made ready to be read in parts. All slices have one entry
// for each character.
type text struct {
	runes []rune    // NFKC
	plain []rune    // small letters without marks
	alone []float64 // bits to guess a character by itself
}

const (
	hanBits    = 7 // a Chinese character or a Korean syllable in running text
	letterBits = 3 // a letter of another script in running text
	signBits   = 8 // anything else: emoji, signs
	seenBits   = 2 // one of these that came before
	spaceBits  = 2 // a space: where words end is hardly a secret
)

func newText(pw string) text {
	runes := []rune(norm.NFKC.String(pw))
	runes = runes[:min(len(runes), MeasuredRunesMax)]
	t := text{runes: runes, plain: make([]rune, len(runes)), alone: make([]float64, len(runes))}
	ascii := math.Log2(float64(max(1, asciiOf(runes))))
	seen := map[rune]bool{}
	for i, r := range runes {
		t.plain[i] = plain(r)
		t.alone[i] = ascii
		switch {
		case r == ' ':
			t.alone[i] = spaceBits
		case r > unicode.MaxASCII:
			t.alone[i] = bitsOf(r, seen)
			seen[r] = true
		}
	}
	return t
}

// asciiOf is how many ASCII characters there are in the classes of the password.
func asciiOf(runes []rune) int {
	size := 0
	for class, n := range map[string]int{Lower: 26, Upper: 26, Digit: 10, Symbol: 33} {
		if slices.ContainsFunc(runes, func(r rune) bool { return r != ' ' && r <= unicode.MaxASCII && classOf(r) == class }) {
			size += n
		}
	}
	return size
}

// bitsOf is what a character beyond ASCII costs. No dictionary of these scripts
// is at hand, so each counts as little as it does in running text.
func bitsOf(r rune, seen map[rune]bool) float64 {
	switch {
	case seen[r]:
		return seenBits
	case unicode.In(r, unicode.Han, unicode.Hangul):
		return hanBits
	case unicode.IsLetter(r):
		return letterBits
	}
	return signBits
}

// plain is the small letter without marks that r is read as.
func plain(r rune) rune {
	r = unicode.ToLower(r)
	if r <= unicode.MaxASCII || unicode.Is(unicode.Hangul, r) {
		return r
	}
	for _, base := range norm.NFD.String(string(r)) {
		return base
	}
	return r
}

// readings returns the characters as they stand, and as letters where digits and
// signs stand for them.
func (t text) readings() [][]rune {
	all := [][]rune{t.plain}
	for _, one := range "il" {
		r := []rune(unleet(string(t.plain), one))
		if !slices.ContainsFunc(all, func(other []rune) bool { return slices.Equal(r, other) }) {
			all = append(all, r)
		}
	}
	return all
}

// written is what it costs to guess how a word is written that is read at
// from..to: its capitals, and each letter that something else stands for.
func (t text) written(reading []rune, from, to int) float64 {
	capitals, replaced := 0, 0
	for i := from; i < to; i++ {
		if unicode.IsUpper(t.runes[i]) {
			capitals++
		}
		if reading[i] != t.plain[i] {
			replaced++
		}
	}
	bits := 0.0
	switch n := to - from; {
	case capitals == 0:
	case capitals == n, capitals == 1 && unicode.IsUpper(t.runes[from]):
		bits = 1
	default:
		bits = 1 + choose(n, min(capitals, n-capitals))
	}
	if replaced > 0 {
		bits += 1 + float64(replaced)
	}
	return bits
}

const (
	listedMin = 3
	listedMax = 24
)

// words finds parts that are passwords of the built-in list; each costs as much
// as the tier of the list that it is in.
func (t text) words() []part {
	var found []part
	list := BuiltIn()
	for n, reading := range t.readings() {
		for from := range reading {
			for to := from + listedMin; to <= min(len(reading), from+listedMax); to++ {
				if n > 0 && slices.Equal(reading[from:to], t.plain[from:to]) {
					continue
				}
				if tier := list.tier(string(reading[from:to])); tier > 0 {
					found = append(found, part{from, to, tierBits(tier) + t.written(reading, from, to), Known})
				}
			}
		}
	}
	return found
}

// personalBits is the cost of a word that everybody knows of the person.
const personalBits = 3

func (t text) personal(a About) []part {
	var found []part
	words := personalWords(a)
	for _, reading := range t.readings() {
		for _, w := range words {
			for from := range reading {
				if n := len([]rune(w)); from+n <= len(reading) && string(reading[from:from+n]) == w {
					found = append(found, part{from, from + n, personalBits + t.written(reading, from, from+n), Personal})
				}
			}
		}
	}
	return found
}

// runMin is the shortest run of equal or following characters that counts.
const runMin = 3

// sequences finds runs of one character, and runs that count up or down.
func (t text) sequences() []part {
	var found []part
	for from := 0; from < len(t.plain)-1; {
		by := t.plain[from+1] - t.plain[from]
		to := from + 2
		for to < len(t.plain) && t.plain[to]-t.plain[to-1] == by {
			to++
		}
		length := math.Log2(float64(to - from))
		switch {
		case to-from < runMin:
		case by == 0:
			found = append(found, part{from, to, t.alone[from] + length, Repeats})
		case by == 1 || by == -1:
			found = append(found, part{from, to, startBits(t.plain[from]) + 1 + length + t.written(t.plain, from, to), Sequence})
		}
		from = max(from+1, to-1)
	}
	return found
}

// startBits is what it costs to guess where a sequence begins.
func startBits(r rune) float64 {
	switch {
	case strings.ContainsRune("a01z9", r):
		return 1
	case unicode.IsDigit(r):
		return math.Log2(10)
	}
	return math.Log2(26)
}

// choose is the binary logarithm of how many ways there are to choose k of n.
func choose(n, k int) float64 {
	ways := 0.0
	for i := range k {
		ways += math.Log2(float64(n-i)) - math.Log2(float64(i+1))
	}
	return ways
}
