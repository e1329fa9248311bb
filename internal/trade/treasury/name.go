package treasury

import (
	"strings"
	"unicode/utf8"
)

// NameMatch says how well the holder of an account fits the verified company.
type NameMatch struct {
	ScorePercent int         `json:"score_percent"` // 0 to 100
	Rule         string      `json:"rule"`          // the rule that decided, of [NameRules]
	Words        []WordMatch `json:"words"`
}

// WordMatch sets a word of the one name beside its word in the other, both as
// they were compared; either may be empty. Legal forms come last.
type WordMatch struct {
	Legal  string `json:"legal"`
	Holder string `json:"holder"`
	Same   bool   `json:"same"`
}

// What a score means: from NameAccepted on a member's approval is enough; from
// NameArguable on staff must accept it; below, the account is refused.
const (
	NameAccepted = 85
	NameArguable = 60
)

// The rules of a match, from the closest to the farthest.
const (
	RuleExact          = "exact"          // the same words
	RuleLegalForm      = "legal_form"     // the same but for a legal form that one leaves out or words otherwise
	RuleSpacing        = "spacing"        // the same but for spaces and small words such as "and"
	RuleTransliterated = "transliterated" // the same in other letters: accents, Cyrillic, Greek, pinyin
	RuleReordered      = "reordered"      // the same words in another order
	RuleOtherForm      = "other_form"     // the same name of two kinds of company
	RuleTranslated     = "translated"     // the same, with words of trade put into English
	RuleInitials       = "initials"       // one abbreviates the other
	RuleSimilar        = "similar"        // much is the same, not all
	RuleOtherScript    = "other_script"   // one is in a script that the house cannot read
	RuleDifferent      = "different"      // another name
)

// NameRules lists every rule in the order above.
func NameRules() []string {
	return []string{
		RuleExact, RuleLegalForm, RuleSpacing, RuleTransliterated, RuleReordered, RuleOtherForm,
		RuleTranslated, RuleInitials, RuleSimilar, RuleOtherScript, RuleDifferent,
	}
}

// What each difference takes from 100. The harmless ones together still leave
// an accepted name. Another form and initials each cost the acceptance, and so
// does a translation, which never comes without pinyin.
const (
	lostByFormWords  = 2
	lostBySpacing    = 2
	lostByLetters    = 3
	lostByFormAbsent = 5
	lostByOrder      = 5
	lostByPinyin     = 8
	lostByOtherForm  = 20
	lostByTranslator = 12
	lostByInitials   = 30
	similarMost      = NameAccepted - 1
)

// Accepted reports whether the name needs no staff.
func (m NameMatch) Accepted() bool { return m.ScorePercent >= NameAccepted }

// Refused reports whether nobody may accept the name.
func (m NameMatch) Refused() bool { return m.ScorePercent < NameArguable }

// MatchName compares the legal name of a company with the name of an account's
// holder. Case, width, punctuation, accents and legal forms are folded first.
// Letters of other alphabets are read as Latin ones and Han characters as pinyin.
func MatchName(legal, holder string) NameMatch {
	if utf8.RuneCountInString(legal) > textMax || utf8.RuneCountInString(holder) > textMax {
		return NameMatch{Rule: RuleDifferent}
	}
	l, h := readName(legal), readName(holder)
	if len(l.words) == 0 || len(h.words) == 0 {
		return NameMatch{Rule: RuleDifferent}
	}
	var m NameMatch
	switch {
	case l.han() && h.latin():
		m = matchHan(l, h)
	case h.han() && l.latin():
		m = matchHan(h, l).turned()
	default:
		m = matchWords(l, h)
	}
	if l.opaque() && h.legible() || h.opaque() && l.legible() {
		m.ScorePercent, m.Rule = NameArguable, RuleOtherScript
	}
	if len(l.forms)+len(h.forms) > 0 {
		m.Words = append(m.Words, WordMatch{Legal: l.formText(), Holder: h.formText(), Same: compareForms(l, h) != formsClash})
	}
	return m
}

func (m NameMatch) turned() NameMatch {
	for i, w := range m.Words {
		m.Words[i].Legal, m.Words[i].Holder = w.Holder, w.Legal
	}
	return m
}

// A tally counts what a match has lost; the gravest loss gives the rule.
type tally struct {
	score, gravest int
	rule           string
}

func newTally() tally { return tally{score: 100, rule: RuleExact} }

func (t *tally) lose(points int, rule string) {
	t.score -= points
	if points > t.gravest {
		t.gravest, t.rule = points, rule
	}
}

func (t *tally) loseForms(l, h name) {
	switch compareForms(l, h) {
	case formsEqual:
	case formsWorded:
		t.lose(lostByFormWords, RuleLegalForm)
	case formsAbsent:
		t.lose(lostByFormAbsent, RuleLegalForm)
	case formsClash:
		t.lose(lostByOtherForm, RuleOtherForm)
	}
}

func (t tally) match(words []WordMatch) NameMatch {
	return NameMatch{ScorePercent: t.score, Rule: t.rule, Words: words}
}

// matchWords compares names of which neither is read by its sound.
func matchWords(l, h name) NameMatch {
	a := align(l.words, h.words)
	if !a.complete() {
		if spaced, ok := sameJoined(l, h); ok {
			spaced.loseForms(l, h)
			return spaced.match([]WordMatch{{Legal: l.text(), Holder: h.text(), Same: true}})
		}
		if initialsOf(l, h) || initialsOf(h, l) {
			return NameMatch{ScorePercent: 100 - lostByInitials, Rule: RuleInitials, Words: a.pairs(l.words, h.words)}
		}
		return partly(a.coverPercent(l.words, h.words), compareForms(l, h), a.pairs(l.words, h.words))
	}
	t := newTally()
	if a.letters {
		t.lose(lostByLetters, RuleTransliterated)
	}
	if !a.inOrder() {
		t.lose(lostByOrder, RuleReordered)
	}
	if l.small != h.small {
		t.lose(lostBySpacing, RuleSpacing)
	}
	t.loseForms(l, h)
	return t.match(a.pairs(l.words, h.words))
}

// partly is the match of names that agree in some words: never accepted as it is.
func partly(coverPercent int, forms formsMatch, words []WordMatch) NameMatch {
	score := min(coverPercent, similarMost)
	if forms == formsClash {
		score = max(0, score-lostByOtherForm/2)
	}
	m := NameMatch{ScorePercent: score, Rule: RuleSimilar, Words: words}
	if m.Refused() {
		m.Rule = RuleDifferent
	}
	return m
}

// sameJoined compares the names without their spaces.
func sameJoined(l, h name) (tally, bool) {
	t := newTally()
	t.lose(lostBySpacing, RuleSpacing)
	if l.text() == h.text() {
		return t, true
	}
	t.lose(lostByLetters, RuleTransliterated)
	lp, ld := l.joined()
	hp, hd := h.joined()
	return t, lp == hp || ld == hp || lp == hd
}

// initialsOf reports whether short abbreviates long: as one word of first letters,
// or word for word with at least one word in full.
func initialsOf(short, long name) bool {
	if len(short.words) == 1 && len(long.words) > 1 {
		return short.words[0].plain == firstLetters(long.words)
	}
	if len(short.words) != len(long.words) {
		return false
	}
	full, cut := 0, 0
	for i, s := range short.words {
		w := long.words[i]
		switch first := firstLetter(s.plain); {
		case sameWord(s, w) != wordsDiffer:
			full++
		case s.plain == first && first == firstLetter(w.plain):
			cut++
		default:
			return false
		}
	}
	// First letters alone are an abbreviation too, when they stand for every word.
	return cut > 0 && (full > 0 || cut > 1)
}

func firstLetters(words []word) string {
	var out strings.Builder
	for _, w := range words {
		out.WriteString(firstLetter(w.plain))
	}
	return out.String()
}

func firstLetter(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}
