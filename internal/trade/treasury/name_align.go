package treasury

import "unicode/utf8"

// An alignment pairs the words of two names: partner[i] is the word of the other
// name that word i has found, or -1.
type alignment struct {
	partner []int
	same    []bool // whether the pair is the same, or only close
	others  int    // words of the other name
	letters bool   // whether some pair is the same in other letters only
}

// align pairs equal words first, then words equal in other letters, then close ones.
func align(left, right []word) alignment {
	a := alignment{partner: make([]int, len(left)), same: make([]bool, len(left)), others: len(right)}
	taken := make([]bool, len(right))
	for i := range a.partner {
		a.partner[i] = -1
	}
	for _, level := range []wordsMatch{wordsEqual, wordsLetters, wordsClose} {
		for i, l := range left {
			if a.partner[i] >= 0 {
				continue
			}
			for j, r := range right {
				if taken[j] || sameWord(l, r) != level {
					continue
				}
				a.partner[i], a.same[i], taken[j] = j, level != wordsClose, true
				a.letters = a.letters || level == wordsLetters
				break
			}
		}
	}
	return a
}

// complete reports whether every word of both names has its equal.
func (a alignment) complete() bool {
	if len(a.partner) != a.others {
		return false
	}
	for _, same := range a.same {
		if !same {
			return false
		}
	}
	return true
}

func (a alignment) inOrder() bool {
	last := -1
	for _, j := range a.partner {
		if j < last {
			return false
		}
		last = j
	}
	return true
}

// A close word counts for this much of an equal one.
const closePercent = 80

// coverPercent is how much of both names is the same, by the weight of their words.
func (a alignment) coverPercent(left, right []word) int {
	common, total := 0, 0
	for i, l := range left {
		total += l.weight
		if j := a.partner[i]; j >= 0 {
			share := 100
			if !a.same[i] {
				share = closePercent
			}
			common += min(l.weight, right[j].weight) * share
		}
	}
	for _, r := range right {
		total += r.weight
	}
	return 2 * common / total
}

func (a alignment) pairs(left, right []word) []WordMatch {
	pairs := make([]WordMatch, 0, len(left))
	found := make([]bool, len(right))
	for i, l := range left {
		p := WordMatch{Legal: l.text, Same: a.same[i]}
		if j := a.partner[i]; j >= 0 {
			p.Holder, found[j] = right[j].text, true
		}
		pairs = append(pairs, p)
	}
	for j, r := range right {
		if !found[j] {
			pairs = append(pairs, WordMatch{Holder: r.text})
		}
	}
	return pairs
}

// wordsMatch is how two words compare.
type wordsMatch int

const (
	wordsDiffer  wordsMatch = iota
	wordsClose              // a letter or two apart, or other characters of the same sound
	wordsLetters            // the same in other letters
	wordsEqual
)

func sameWord(a, b word) wordsMatch {
	switch {
	case a.text == b.text:
		return wordsEqual
	case a.plain == b.plain, a.digraph == b.plain, a.plain == b.digraph:
		return wordsLetters
	case a.foreign != b.foreign && a.loose == b.loose:
		return wordsLetters
	case a.script == hanScript && b.script == hanScript:
		if soundsAlike(a.plain, b.plain) {
			return wordsClose
		}
	case a.script == latinScript && b.script == latinScript && near(a.plain, b.plain):
		return wordsClose
	}
	return wordsDiffer
}

// The shortest words, in letters, in which one and two mistakes are a slip of the
// pen rather than another word.
const (
	oneSlipFrom  = 5
	twoSlipsFrom = 9
)

// near reports whether two words differ by a slip of the pen. A digit is never a slip.
func near(a, b string) bool {
	shorter := min(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	if shorter < oneSlipFrom || hasDigit(a) || hasDigit(b) {
		return false
	}
	slips := 1
	if shorter >= twoSlipsFrom {
		slips = 2
	}
	return slipsBetween([]rune(a), []rune(b)) <= slips
}

func hasDigit(s string) bool {
	for i := range len(s) {
		if isDigit(s[i]) {
			return true
		}
	}
	return false
}

// slipsBetween counts letters left out, added, changed, or swapped with a neighbour.
func slipsBetween(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
