package screening

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/fault"
)

// A Query is a party that is looked for.
type Query struct {
	Name        string
	Kind        Kind   // empty is Any
	Births      []Date // of birth or foundation; usually one
	Countries   []string
	Identifiers []Identifier
}

// A Hit is a listed party that may be the one looked for.
type Hit struct {
	Entry     *Entry // shared by all searches; never changed
	List      string
	Version   string
	Name      string   // the listed name that fits best
	Score     float64  // calibrated probability, 0 to 1, that both are one party
	NameScore float64  // the same by the name alone
	Reasons   []Reason // word by word, then the facts beside the name
}

// A Reason is one step of a score, for people to follow.
type Reason struct {
	Code   string
	Ours   string  // the words or the fact of the query
	Theirs string  // the words or the fact of the list
	Weight float64 // words: share of the name, 0 to 1; facts: factor on the odds
}

// The codes of reasons about words.
const (
	Same          = "same"           // the same word
	Spelled       = "spelling"       // other spelling, or a slip
	Sounds        = "sound"          // the consonants agree
	Joined        = "joined"         // two words on one side are one on the other
	Initial       = "initial"        // a letter stands for a word
	Translated    = "translated"     // a word of trade in another language
	MissingOurs   = "missing_ours"   // the list has a word that the query lacks
	MissingTheirs = "missing_theirs" // the query has a word that the list lacks
	Contradiction = "contradiction"  // telling words on both sides that do not meet
	LegalForm     = "legal_form"     // form of company, of little weight
)

// The codes of reasons about facts beside the name.
const (
	BirthSame         = "birth_same"
	BirthYear         = "birth_year" // same year, nothing more is known
	BirthNear         = "birth_near" // a year or two apart, or circa
	BirthDiffers      = "birth_differs"
	CountrySame       = "country_same"
	CountryDiffers    = "country_differs"
	IdentifierSame    = "identifier_same"
	IdentifierDiffers = "identifier_differs"
	WeakName          = "weak_name"  // the list itself calls the name weak
	OtherList         = "other_list" // another list has the name, and this one the party; of no weight
)

// Bounds of a query.
const (
	NameRunesMax = 1_000 // of a name
	FactsMax     = 50    // of births, of countries, and of identifiers
	valueMax     = 100   // bytes of an identifier
	yearMin      = 1000
	yearMax      = 2200
)

// Normal refuses a query that cannot be searched for: screening.empty_name,
// screening.long_name, screening.unreadable_name, screening.bad_kind,
// screening.bad_date, screening.bad_country, screening.bad_identifier and
// screening.too_many; all are Invalid.
func (q Query) Normal() error {
	switch {
	case strings.TrimSpace(q.Name) == "":
		return fault.New(fault.Invalid, "screening.empty_name", "Give a name to search for.").At("name")
	case len(q.Name) > NameRunesMax && utf8.RuneCountInString(q.Name) > NameRunesMax:
		return fault.New(fault.Invalid, "screening.long_name", "A name may have 1,000 characters at most.").At("name")
	case !utf8.ValidString(q.Name) || !strings.ContainsFunc(q.Name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
		return fault.New(fault.Invalid, "screening.unreadable_name", "The name has no letter or digit that can be read.").At("name")
	case q.Kind != "" && !slices.Contains(Kinds(), q.Kind):
		return fault.New(fault.Invalid, "screening.bad_kind", "Say person, organisation, vessel, aircraft or any.").At("kind")
	case len(q.Births) > FactsMax || len(q.Countries) > FactsMax || len(q.Identifiers) > FactsMax:
		return fault.New(fault.Invalid, "screening.too_many", "Give 50 dates, countries and identifiers each at most.")
	}
	return q.normalFacts()
}

func (q Query) normalFacts() error {
	for _, d := range q.Births {
		if !d.possible() {
			return fault.New(fault.Invalid, "screening.bad_date", "A date is a year, a year and month, or a day of the calendar.").At("births")
		}
	}
	for _, c := range q.Countries {
		if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
			return fault.New(fault.Invalid, "screening.bad_country", "A country is its two capital letters in ISO 3166-1.").At("countries")
		}
	}
	for _, d := range q.Identifiers {
		if strings.TrimSpace(d.Value) == "" || len(d.Value) > valueMax || len(d.Type) > valueMax || !utf8.ValidString(d.Value) {
			return fault.New(fault.Invalid, "screening.bad_identifier", "An identifier has 1 to 100 bytes of text.").At("identifiers")
		}
	}
	return nil
}

// possible tells whether the calendar has the date, as far as it is known.
func (d Date) possible() bool {
	if d.Year < yearMin || d.Year > yearMax || d.Month < 0 || d.Month > 12 || d.Day < 0 || d.Month == 0 && d.Day != 0 {
		return false
	}
	return d.Day == 0 || time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC).Day() == d.Day
}
