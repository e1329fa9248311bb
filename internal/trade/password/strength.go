package password

import (
	"math"
	"strings"
	"unicode/utf8"
)

// MeasuredRunesMax is how many characters of a password are measured.
const MeasuredRunesMax = 100

// What can be weak about a password.
const (
	Short      = "short"       // fewer characters than the default profile asks for
	Known      = "common"      // known, or made of what is known
	Personal   = "personal"    // holds a word of the person, the company or the house
	Keyboard   = "keyboard"    // neighbours on a keyboard
	Repeats    = "repeats"     // the same again
	Date       = "date"        // a day or a year
	Sequence   = "sequence"    // abc, 321
	FewClasses = "few_classes" // easy to guess, and another class would help
)

// Strength is what a meter shows.
type Strength struct {
	Guesses float64  // how many an attacker needs who knows the patterns of people, as a power of ten
	Score   int      // 0 (at once) to 4 (out of reach): below 10^3, 10^6, 10^8, 10^10 guesses, and more
	Classes []string // those present, in the order of Classes
	Weak    []string // what makes it weak, in the order of the constants; may be empty
}

// Measure estimates how hard a password is to guess, and names what is weak in it.
func Measure(pw string, a About) Strength {
	pw = Normal(strings.ToValidUTF8(first(pw, MeasuredRunesMax), "?"))
	e := estimateOf(pw, a)
	s := Strength{Guesses: e.guesses(), Classes: classesOf(pw)}
	for _, power := range []float64{3, 6, 8, 10} {
		if s.Guesses >= power {
			s.Score++
		}
	}
	least, _ := RulesOf(Assurance)
	runes, folded := utf8.RuneCountInString(pw), fold(pw)
	weak := map[string]bool{
		Short:      runes < least.LengthMin && (!a.HasFactor || runes < least.LengthMinWithFactor),
		Known:      e.weak[Known] && s.Score < 4 || e.known,
		Personal:   e.weak[Personal] || personal(folded, a) != "",
		Keyboard:   e.weak[Keyboard],
		Repeats:    e.weak[Repeats] || repeats(folded),
		Date:       e.weak[Date],
		Sequence:   e.weak[Sequence],
		FewClasses: s.Score < 4 && len(s.Classes) < 3,
	}
	for _, w := range []string{Short, Known, Personal, Keyboard, Repeats, Date, Sequence, FewClasses} {
		if weak[w] {
			s.Weak = append(s.Weak, w)
		}
	}
	return s
}

// first returns the first n characters of s.
func first(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// estimate is how hard a password is to guess, in bits, and what its cheapest
// reading is made of.
type estimate struct {
	entropy float64
	known   bool // a list holds it, or a form of it
	weak    map[string]bool
}

// decoratedBits is what people add to a known password to make it another.
const decoratedBits = 6

func (e estimate) guesses() float64 { return e.entropy * math.Log10(2) }

// part is one way to read some characters of a password.
type part struct {
	from, to int // to is the first character after it
	bits     float64
	weak     string // what a password with this part is called
}

// estimateOf reads the password as the cheapest row of parts and single
// characters. What is made of one part again and again costs that part and how often.
func estimateOf(pw string, a About) estimate {
	t := newText(first(pw, MeasuredRunesMax))
	e := estimate{weak: map[string]bool{}}
	if unit := period(t.runes); unit < len(t.runes) {
		e.weak[Repeats] = true
		e.entropy = math.Log2(float64(len(t.runes)) / float64(unit))
		t = newText(string(t.runes[:unit]))
	}
	ending := make([][]part, len(t.runes)+1)
	for _, parts := range [][]part{t.words(), t.personal(a), t.walks(), t.dates(), t.sequences()} {
		for _, p := range parts {
			ending[p.to] = append(ending[p.to], p)
		}
	}
	best, last := make([]float64, len(t.runes)+1), make([]part, len(t.runes)+1)
	for to := 1; to <= len(t.runes); to++ {
		last[to] = part{from: to - 1, to: to, bits: t.alone[to-1]}
		best[to] = best[to-1] + t.alone[to-1]
		for _, p := range ending[to] {
			if cost := best[p.from] + p.bits; cost < best[to] {
				best[to], last[to] = cost, p
			}
		}
	}
	for to := len(t.runes); to > 0; to = last[to].from {
		if last[to].weak != "" {
			e.weak[last[to].weak] = true
		}
	}
	e.entropy += best[len(t.runes)]
	for i, form := range forms(fold(pw)) {
		if BuiltIn().has(form) || a.Also.has(form) {
			e.known = true
			e.entropy = min(e.entropy, tierBits(len(tiers()))+float64(min(i, 1)*decoratedBits))
		}
	}
	return e
}
