package treasury

import (
	"slices"
	"strings"
)

// unit is one step of a Chinese name: a character, or a Latin word among them.
type unit struct {
	text     string
	readings []string // of a character
	latin    *word    // a Latin word
	begins   string   // the known word that begins here, if one does
	weight   int      // in hundredths of a word's weight
}

const hundredths = 100

func unitsOf(n name) []unit {
	var units []unit
	for _, w := range n.words {
		if w.script != hanScript {
			units = append(units, unit{text: w.text, latin: &w, weight: w.weight * hundredths})
			continue
		}
		runes := []rune(w.text)
		for i, r := range runes {
			u := unit{text: string(r), readings: readings(r), weight: w.weight * hundredths / len(runes)}
			if i == 0 {
				u.begins = w.text
			}
			units = append(units, u)
		}
	}
	return units
}

// step is what the best reading does at one place: how many units and words it
// takes, and whether they are said the same or translated. Zero of one side skips.
type step struct {
	units, words int
	same         bool
	translated   bool
	common       int // weight that is the same from here to the end
}

// matchHan compares a Chinese name with one in Latin letters; the Words have the
// Chinese name on the legal side.
func matchHan(han, latin name) NameMatch {
	units := unitsOf(han)
	words := withoutOffices(latin.words, han.small)
	best, complete := readAloud(units, words)
	t := newTally()
	t.lose(lostByPinyin, RuleTransliterated)
	if !complete && len(words) > 1 {
		// A person's own name comes last in Chinese and first in English.
		last := len(words) - 1
		for _, turned := range [][]word{slices.Concat(words[last:], words[:last]), slices.Concat(words[1:], words[:1])} {
			if other, ok := readAloud(units, turned); ok && !complete {
				best, complete = other, true
				t.lose(lostByOrder, RuleReordered)
				words = turned
			}
		}
	}
	pairs, translated := best.pairs(units, words)
	if !complete {
		if spelledByInitials(units, words) {
			return NameMatch{ScorePercent: 100 - lostByInitials, Rule: RuleInitials, Words: pairs}
		}
		return partly(best.coverPercent(units, words), compareForms(han, latin), pairs)
	}
	if translated {
		t.lose(lostByTranslator, RuleTranslated)
	}
	t.loseForms(han, latin)
	return t.match(pairs)
}

// withoutOffices leaves out "Shi" and the like where the Chinese name has 市,
// be it a word or the end of a place.
func withoutOffices(words []word, small string) []word {
	var kept []word
	for _, w := range words {
		office := false
		for _, r := range small {
			for _, s := range readings(r) {
				office = office || s == w.plain
				if place, ok := strings.CutSuffix(w.plain, s); ok && isCommon(place) {
					w.plain, w.weight = place, weightCommon
				}
			}
		}
		if !office {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		return words
	}
	return kept
}

// reading is the best way to read the units as the words: a step for each place.
type reading [][]step

// readAloud finds the reading with the most in common, and reports whether
// nothing is left out.
func readAloud(units []unit, words []word) (reading, bool) {
	r := make(reading, len(units)+1)
	for i := range r {
		r[i] = make([]step, len(words)+1)
	}
	for i := len(units); i >= 0; i-- {
		for j := len(words); j >= 0; j-- {
			r[i][j] = r.bestAt(units, words, i, j)
		}
	}
	for i, j := 0, 0; i < len(units) || j < len(words); {
		s := r[i][j]
		if !s.same {
			return r, false
		}
		i, j = i+s.units, j+s.words
	}
	return r, true
}

// A word is at most this many characters said together.
const saidTogetherMax = 8

func (r reading) bestAt(units []unit, words []word, i, j int) step {
	var best step
	try := func(s step) {
		s.common = r[i+s.units][j+s.words].common
		if s.same {
			for _, u := range units[i : i+s.units] {
				s.common += u.weight
			}
			for _, w := range words[j : j+s.words] {
				s.common += w.weight * hundredths
			}
		}
		if s.common > best.common || best.units+best.words == 0 {
			best = s
		}
	}
	if j < len(words) && i < len(units) {
		if u := units[i]; u.latin != nil && sameWord(*u.latin, words[j]) >= wordsLetters {
			try(step{units: 1, words: 1, same: true})
		}
		for k := 1; k <= saidTogetherMax && i+k <= len(units); k++ {
			if said(units[i:i+k], words[j].plain) {
				try(step{units: k, words: 1, same: true})
			}
		}
		for _, list := range []string{hanPlaces, hanTrades} {
			for _, n := range translations(list, units[i].begins, words[j:]) {
				try(step{units: len([]rune(units[i].begins)), words: n, same: true, translated: list == hanTrades})
			}
		}
	}
	if i < len(units) {
		try(step{units: 1})
	}
	if j < len(words) {
		try(step{words: 1})
	}
	return best
}

// said reports whether the characters, one after another, can be said as s.
func said(units []unit, s string) bool {
	if len(units) == 0 {
		return s == ""
	}
	for _, r := range units[0].readings {
		if rest, ok := strings.CutPrefix(s, r); ok && said(units[1:], rest) {
			return true
		}
	}
	return false
}

// translations are the numbers of words at the front that translate a known word.
func translations(list, han string, words []word) []int {
	if han == "" {
		return nil
	}
	var counts []int
	latin, _ := spellings(list, han)
	for _, t := range latin {
		parts := strings.Split(t, "_")
		if len(parts) > len(words) {
			continue
		}
		if slices.EqualFunc(parts, words[:len(parts)], func(p string, w word) bool { return p == w.plain }) {
			counts = append(counts, len(parts))
		}
	}
	return counts
}

func (r reading) coverPercent(units []unit, words []word) int {
	total := 0
	for _, u := range units {
		total += u.weight
	}
	for _, w := range words {
		total += w.weight * hundredths
	}
	return 100 * r[0][0].common / total
}

func (r reading) pairs(units []unit, words []word) (pairs []WordMatch, translated bool) {
	skipped := ""
	flush := func() {
		if skipped != "" {
			pairs, skipped = append(pairs, WordMatch{Legal: skipped}), ""
		}
	}
	for i, j := 0, 0; i < len(units) || j < len(words); {
		s := r[i][j]
		var left, right []string
		for _, u := range units[i : i+s.units] {
			left = append(left, u.text)
		}
		for _, w := range words[j : j+s.words] {
			right = append(right, w.text)
		}
		i, j, translated = i+s.units, j+s.words, translated || s.translated
		if s.words == 0 {
			skipped += strings.Join(left, "")
			continue
		}
		flush()
		pairs = append(pairs, WordMatch{Legal: strings.Join(left, ""), Holder: strings.Join(right, " "), Same: s.same})
	}
	flush()
	return pairs, translated
}

// spelledByInitials reports whether one word has the first letter of every character.
func spelledByInitials(units []unit, words []word) bool {
	if len(words) != 1 || len(units) < 2 || len(words[0].plain) != len(units) {
		return false
	}
	for i, u := range units {
		letter := words[0].plain[i : i+1]
		if !slices.ContainsFunc(u.readings, func(s string) bool { return strings.HasPrefix(s, letter) }) {
			return false
		}
	}
	return true
}
