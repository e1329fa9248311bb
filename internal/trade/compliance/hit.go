package compliance

import (
	"math"
	"strings"
	"unicode"

	"fondaco/internal/trade/screening"
)

// How much of a listed record a finding keeps. A list is text from outside, and
// what a case keeps of it is kept for ever.
const (
	keptNames   = 40
	keptDetails = 20
	keptReasons = 60
	keptText    = 200  // characters
	keptRemarks = 1000 // characters
)

// FindingOf is a hit as a case keeps it: whole numbers instead of fractions,
// readable text, and no more of the listed record than a person can compare.
// [Listing.More] says when something was left out.
func FindingOf(h screening.Hit) Finding {
	f := Finding{
		List: brief(h.List), Version: brief(h.Version), Name: brief(h.Name),
		Probability: int(scaled(h.Score, 10000, 10000)),
		Reasons:     make([]Reason, 0, len(h.Reasons)),
	}
	for i, r := range h.Reasons {
		if i == keptReasons {
			break
		}
		f.Reasons = append(f.Reasons, Reason{
			Code: brief(r.Code), Ours: brief(r.Ours), Theirs: brief(r.Theirs), Weight: int(scaled(r.Weight, 1000, math.MaxInt32)),
		})
	}
	if e := h.Entry; e != nil {
		f.Entry, f.Reference, f.Print, f.Listing = brief(e.ID), brief(e.Reference), e.Fingerprint(), listingOf(e)
	}
	return f
}

// scaled counts a fraction in parts. What is no number counts as the most,
// because a person must see it.
func scaled(x float64, parts, most float64) float64 {
	if math.IsNaN(x) {
		return most
	}
	return min(max(math.Round(x*parts), 0), most)
}

func listingOf(e *screening.Entry) Listing {
	k := keeper{}
	l := Listing{
		Kind: k.text(string(e.Kind)), Remarks: k.upTo(e.Remarks, keptRemarks), Listed: k.text(e.Listed),
		Places: k.texts(e.Places), Countries: k.texts(e.Countries), Programmes: k.texts(e.Programmes),
	}
	for _, n := range e.Names[:k.most(len(e.Names), keptNames)] {
		l.Names = append(l.Names, ListedName{Text: k.text(n.Text), Type: k.text(n.Type), Weak: n.Weak, Native: n.Native})
	}
	for _, d := range e.Births[:k.most(len(e.Births), keptDetails)] {
		l.Births = append(l.Births, Date{Year: d.Year, Month: d.Month, Day: d.Day, About: d.About, Span: d.Span})
	}
	for _, i := range e.Identifiers[:k.most(len(e.Identifiers), keptDetails)] {
		l.Identifiers = append(l.Identifiers, Identifier{Type: k.text(i.Type), Value: k.text(i.Value), Country: k.text(i.Country)})
	}
	l.More = k.dropped
	return l
}

// keeper copies what fits and notes whether something did not.
type keeper struct{ dropped bool }

func (k *keeper) most(n, limit int) int {
	k.dropped = k.dropped || n > limit
	return min(n, limit)
}

func (k *keeper) text(s string) string { return k.upTo(s, keptText) }

func (k *keeper) texts(list []string) []string {
	kept := make([]string, 0, min(len(list), keptDetails))
	for _, s := range list[:k.most(len(list), keptDetails)] {
		kept = append(kept, k.text(s))
	}
	return kept
}

func (k *keeper) upTo(s string, chars int) string {
	short, all := shorten(s, chars)
	k.dropped = k.dropped || !all
	return short
}

func brief(s string) string {
	short, _ := shorten(s, keptText)
	return short
}

// shorten answers at most so many characters, none of which moves or hides
// another, and whether that was all.
func shorten(s string, chars int) (string, bool) {
	var kept strings.Builder
	n := 0
	for _, r := range s { // what is not UTF-8 comes as U+FFFD
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			r = ' '
		case unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d': // Persian and Indian spelling needs these two
			continue
		}
		if n == chars {
			return strings.TrimSpace(kept.String()), false
		}
		kept.WriteRune(r)
		n++
	}
	return strings.TrimSpace(kept.String()), true
}
