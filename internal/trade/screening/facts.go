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
	odds := float32(1)
	for _, m := range f.marks(e) {
		if m.code != "" {
			odds *= float32(m.factor)
		}
	}
	return logOf(float64(odds))
}

// reasons are what the facts of the query and of an entry say.
func (f *facts) reasons(e *Entry) []Reason {
	var told []Reason
	for i, m := range f.marks(e) {
		if m.code == "" {
			continue
		}
		r := Reason{Code: m.code, Weight: m.factor}
		switch i {
		case 0:
			r.Ours, r.Theirs = f.births[m.ours].String(), e.Births[m.theirs].String()
			if e.Births[m.theirs].Span && m.theirs+1 < len(e.Births) {
				r.Theirs += "–" + e.Births[m.theirs+1].String()
			}
		case 1:
			r.Ours, r.Theirs = f.countries[m.ours], e.Countries[m.theirs]
		case 2:
			r.Ours, r.Theirs = f.papers[m.ours].Value, e.Identifiers[m.theirs].Value
		}
		told = append(told, r)
	}
	return told
}

// A mark says how one fact of ours and one of theirs agree. Without a code it says
// nothing.
type mark struct {
	code         string
	factor       float64 // on the odds
	ours, theirs int     // which
}

// marks are those of birth, of country and of papers.
func (f *facts) marks(e *Entry) [3]mark {
	return [3]mark{bornTogether(f.births, e.Births), sameCountry(f.countries, e.Countries), f.samePaper(e)}
}

func sameCountry(ours, theirs []string) mark {
	if len(ours) == 0 || len(theirs) == 0 {
		return mark{}
	}
	for i, c := range ours {
		if j := slices.Index(theirs, c); j >= 0 {
			return mark{CountrySame, factorCountrySame, i, j}
		}
	}
	return mark{code: CountryDiffers, factor: factorCountryNone}
}

// bornTogether answers what speaks most for one birth among all pairs.
func bornTogether(ours, theirs []Date) (best mark) {
	for i := range ours {
		for j := range theirs {
			code, factor := birth(ours[i], theirs[j])
			if theirs[j].Span && j+1 < len(theirs) && ours[i].Year >= theirs[j].Year && ours[i].Year <= theirs[j+1].Year {
				code, factor = BirthNear, factorBirthNear
			}
			if code != "" && factor > best.factor {
				best = mark{code, factor, i, j}
			}
		}
	}
	return best
}

// birth compares two dates, of which either may be known in part.
func birth(a, b Date) (code string, factor float64) {
	if a.Year == 0 || b.Year == 0 {
		return "", 0
	}
	gap, about := max(a.Year-b.Year, b.Year-a.Year), a.About || b.About
	whole := a.whole() && b.whole()
	sameDay := whole && a.Month == b.Month && a.Day == b.Day
	switch {
	case gap > 2 && about && gap <= 5:
		return BirthDiffers, factorBirthOther
	case gap > 2:
		return BirthDiffers, factorBirthDiffers
	case gap > 0 && (sameDay || about):
		return BirthNear, factorBirthNear
	case gap > 0:
		return BirthNear, factorBirthOther
	case sameDay:
		return BirthSame, factorBirthSame
	case whole && a.Day == b.Month && a.Month == b.Day:
		return BirthNear, factorBirthSwapped
	case whole || a.Month != 0 && b.Month != 0 && a.Month != b.Month && !a.placeholder() && !b.placeholder():
		return BirthDiffers, factorBirthOther
	}
	return BirthYear, factorBirthYear
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

// samePaper answers what a number says: it is the same, or it is another where a
// party has only one.
func (f *facts) samePaper(e *Entry) (other mark) {
	for i, a := range f.papers {
		for j, b := range e.Identifiers {
			ours, theirs := paperFamily(a.Type), paperFamily(b.Type)
			abroad := a.Country != "" && b.Country != "" && a.Country != b.Country
			switch {
			case f.keys[i] != "" && f.keys[i] == paperKey(b):
				factor := factorPaperSame
				if ours != theirs && ours != "" && theirs != "" || abroad {
					factor = factorPaperLoose
				}
				return mark{IdentifierSame, factor, i, j}
			case ours == theirs && onePaper(ours) && !abroad:
				other = mark{IdentifierDiffers, factorPaperOther, i, j}
			}
		}
	}
	return other
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
