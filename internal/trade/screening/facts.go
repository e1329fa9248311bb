package screening

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Factors on the odds by facts beside the name. They are judgements, not fits: the
// lists give too few pairs of namesakes to fit them.
const (
	factorBirthSame    = 30.0      // the day agrees: one in some 20,000, less slips and invented days
	factorBirthSwapped = 8.0       // day and month are swapped
	factorBirthYear    = 5.0       // the year agrees, and nothing speaks against it
	factorBirthNear    = 1.5       // a year or two apart with the same day, or as near as the list knows
	factorBirthOther   = 0.5       // the year nearly agrees, the day does not
	factorBirthDiffers = 0.04      // more than two years apart
	factorCountrySame  = 1.8       // they share a country
	factorCountryNone  = 0.5       // they share none
	factorPaperSame    = 100_000.0 // one number
	factorPaperLoose   = 1_000.0   // one number, but of other papers or countries
	factorPaperOther   = 0.05      // another number of a kind that a party has one of
)

// facts are what a query says beside the name, ready for comparing.
type facts struct {
	births    []Date
	countries []string
	papers    []Identifier
	keys      []string
	any       bool
	most      float32 // log odds that they can add, but for papers
}

func (f *facts) set(q Query) {
	f.births, f.countries, f.papers = q.Births, q.Countries, q.Identifiers
	f.keys = f.keys[:0]
	for _, d := range q.Identifiers {
		f.keys = append(f.keys, paperKey(d))
	}
	f.any, f.most = len(f.births)+len(f.countries)+len(f.keys) > 0, 0
	if len(f.births) > 0 {
		f.most += logOf(factorBirthSame)
	}
	if len(f.countries) > 0 {
		f.most += logOf(factorCountrySame)
	}
}

func logOf(factor float64) float32 { return float32(math.Log(factor)) }

// logOdds are what the facts add to the log odds of an entry.
func (f *facts) logOdds(e *Entry) float32 {
	sum := float32(0)
	f.compare(e, func(r Reason) { sum += logOf(r.Weight) })
	return sum
}

// compare calls each with every reason that the facts of the query and of an
// entry give; its weight is a factor on the odds.
func (f *facts) compare(e *Entry, each func(Reason)) {
	if r, found := bornTogether(f.births, e.Births); found {
		each(r)
	}
	if len(f.countries) > 0 && len(e.Countries) > 0 {
		r := Reason{CountryDiffers, f.countries[0], e.Countries[0], factorCountryNone}
		for _, c := range f.countries {
			if slices.Contains(e.Countries, c) {
				r = Reason{CountrySame, c, c, factorCountrySame}
				break
			}
		}
		each(r)
	}
	if len(f.papers) > 0 && len(e.Identifiers) > 0 {
		if r, found := f.samePaper(e); found {
			each(r)
		}
	}
}

// bornTogether answers the reason that speaks most for one birth among all pairs.
func bornTogether(ours, theirs []Date) (best Reason, found bool) {
	for _, a := range ours {
		for i, b := range theirs {
			r, ok := birth(a, b)
			if b.Span && i+1 < len(theirs) && a.Year >= b.Year && a.Year <= theirs[i+1].Year {
				r, ok = Reason{BirthNear, a.String(), b.String() + "–" + theirs[i+1].String(), factorBirthNear}, true
			}
			if ok && (!found || r.Weight > best.Weight) {
				best, found = r, true
			}
		}
	}
	return best, found
}

// birth compares two dates, of which either may be known in part.
func birth(a, b Date) (Reason, bool) {
	if a.Year == 0 || b.Year == 0 {
		return Reason{}, false
	}
	r := func(code string, factor float64) (Reason, bool) {
		return Reason{code, a.String(), b.String(), factor}, true
	}
	gap := max(a.Year-b.Year, b.Year-a.Year)
	whole := a.whole() && b.whole()
	sameDay := whole && a.Month == b.Month && a.Day == b.Day
	switch {
	case gap > 2 && (a.About || b.About) && gap <= 5:
		return r(BirthDiffers, factorBirthOther)
	case gap > 2:
		return r(BirthDiffers, factorBirthDiffers)
	case gap > 0 && (sameDay || a.About || b.About):
		return r(BirthNear, factorBirthNear)
	case gap > 0:
		return r(BirthNear, factorBirthOther)
	case sameDay:
		return r(BirthSame, factorBirthSame)
	case whole && a.Day == b.Month && a.Month == b.Day:
		return r(BirthNear, factorBirthSwapped)
	case whole || a.Month != 0 && b.Month != 0 && a.Month != b.Month && !a.placeholder() && !b.placeholder():
		return r(BirthDiffers, factorBirthOther)
	}
	return r(BirthYear, factorBirthYear)
}

// whole tells whether the day is known. The first of January is what registrars
// write who know only the year.
func (d Date) whole() bool { return d.Month != 0 && d.Day != 0 && !d.placeholder() && !d.About }

func (d Date) placeholder() bool { return d.Month == 1 && d.Day == 1 }

// String writes the date as far as it is known: 1960, 1960-03 or 1960-03-12.
func (d Date) String() string {
	about := ""
	if d.About {
		about = "~"
	}
	switch {
	case d.Month == 0:
		return fmt.Sprintf("%s%04d", about, d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%s%04d-%02d", about, d.Year, d.Month)
	}
	return fmt.Sprintf("%s%04d-%02d-%02d", about, d.Year, d.Month, d.Day)
}

// samePaper answers the reason that a number gives: the same, or another number
// where a party has only one.
func (f *facts) samePaper(e *Entry) (other Reason, found bool) {
	for i, a := range f.papers {
		for _, b := range e.Identifiers {
			alike := paperFamily(a.Type) == paperFamily(b.Type)
			known := paperFamily(a.Type) != "" && paperFamily(b.Type) != ""
			abroad := a.Country != "" && b.Country != "" && a.Country != b.Country
			switch {
			case f.keys[i] != "" && f.keys[i] == paperKey(b):
				factor := factorPaperSame
				if known && !alike || abroad {
					factor = factorPaperLoose
				}
				return Reason{IdentifierSame, a.Value, b.Value, factor}, true
			case alike && onePaper(paperFamily(a.Type)) && !abroad:
				other, found = Reason{IdentifierDiffers, a.Value, b.Value, factorPaperOther}, true
			}
		}
	}
	return other, found
}

// paperKey is a number without its punctuation, or nothing if it is too short to
// identify anybody.
func paperKey(d Identifier) string {
	v := strings.ToUpper(d.Value)
	if paperFamily(d.Type) == "imo" {
		v = strings.TrimPrefix(v, "IMO")
	}
	key := make([]byte, 0, len(v))
	for i := range len(v) {
		if c := v[i]; c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 0x80 {
			key = append(key, c)
		}
	}
	if len(key) < paperMin {
		return ""
	}
	return string(key)
}

// paperMin is how many letters and digits a number needs to identify anybody.
const paperMin = 5

// paperFamily tells papers apart that are called differently everywhere.
func paperFamily(kind string) string {
	k := strings.ToLower(kind)
	for _, family := range [...]string{"passport", "imo", "lei", "swift", "tax", "registration", "national"} {
		if strings.Contains(k, family) {
			return family
		}
	}
	return ""
}

// onePaper tells of which papers a party has only one.
func onePaper(family string) bool { return family == "imo" || family == "lei" }
