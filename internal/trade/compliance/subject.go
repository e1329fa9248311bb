package compliance

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
)

// Capacity is what a subject is to its party.
type Capacity string

// The capacities.
const (
	Company   Capacity = "company"   // the party itself, by its legal name or another one
	Owner     Capacity = "owner"     // a beneficial owner
	Director  Capacity = "director"  // who directs it
	Signatory Capacity = "signatory" // a member who signs
	Payee     Capacity = "payee"     // the holder of its payout account
	Payer     Capacity = "payer"     // who sent money for it, as the bank writes the name
)

// Capacities lists every capacity in the order above.
func Capacities() []Capacity { return []Capacity{Company, Owner, Director, Signatory, Payee, Payer} }

// Date is a day, a month or a year: Month and Day are 0 where they are not known.
type Date struct {
	Year  int  `json:"year"`
	Month int  `json:"month"`
	Day   int  `json:"day"`
	About bool `json:"about"` // the source is not sure
	Span  bool `json:"span"`  // a range begins here, and the next date is its end
}

// Identifier is a number that some authority gave.
type Identifier struct {
	Type    string `json:"type"`
	Value   string `json:"value"`
	Country string `json:"country"` // ISO 3166-1 alpha-2; may be empty
}

// Subject is one name of one party in one capacity: what is held against lists.
type Subject struct {
	Party       identity.PartyID  `json:"party"`
	Capacity    Capacity          `json:"capacity"`
	Name        string            `json:"name"`
	Kind        screening.Kind    `json:"kind"` // empty is any
	Births      []Date            `json:"births"`
	Countries   []string          `json:"countries"` // ISO 3166-1 alpha-2
	Identifiers []Identifier      `json:"identifiers"`
	Person      identity.PersonID `json:"person"` // the account of that person; empty when there is none
}

// Limits of a subject.
const (
	// NameMax is the longest name, in characters.
	NameMax = 1000
	// DetailsMax is how many births, countries or identifiers a subject has.
	DetailsMax = 50
)

// Check refuses a subject that no case can be about, with
// compliance.bad_subject, Invalid.
func (s Subject) Check() error {
	name := strings.TrimSpace(s.Name)
	texts := append([]string{string(s.Party), name, string(s.Person)}, s.Countries...)
	for _, i := range s.Identifiers {
		texts = append(texts, i.Type, i.Value, i.Country)
	}
	written := !slices.ContainsFunc(texts, func(t string) bool { return !utf8.ValidString(t) || utf8.RuneCountInString(t) > NameMax })
	known := slices.Contains(Capacities(), s.Capacity) && (s.Kind == "" || slices.Contains(screening.Kinds(), s.Kind))
	if s.Party == "" || name == "" || !known || !written ||
		max(len(s.Births), len(s.Countries), len(s.Identifiers)) > DetailsMax {
		return fault.New(fault.Invalid, "compliance.bad_subject", "A subject has a party, a capacity and a name, and no more details than a person can read.")
	}
	return nil
}

// Fingerprint is 64 hexadecimal digits that stay the same exactly as long as
// the subject says the same of the same party and person. Capacity, letter case,
// spaces, invisible characters and the order of details do not count.
func (s Subject) Fingerprint() string {
	kind := s.Kind
	if kind == "" {
		kind = screening.Any
	}
	said := struct {
		What        string       `json:"what"`
		Party       string       `json:"party"`
		Person      string       `json:"person"`
		Name        string       `json:"name"`
		Kind        string       `json:"kind"`
		Births      []Date       `json:"births"`
		Countries   []string     `json:"countries"`
		Identifiers []Identifier `json:"identifiers"`
	}{
		What: "fondaco/subject/v1", Party: valid(string(s.Party)), Person: valid(string(s.Person)),
		Name: fold(s.Name), Kind: valid(string(kind)), Births: slices.Clone(s.Births),
	}
	for _, c := range s.Countries {
		said.Countries = append(said.Countries, fold(c))
	}
	for _, i := range s.Identifiers {
		said.Identifiers = append(said.Identifiers, Identifier{Type: fold(i.Type), Value: digits(i.Value), Country: fold(i.Country)})
	}
	said.Births = distinct(said.Births, compareDates)
	said.Countries = distinct(said.Countries, strings.Compare)
	said.Identifiers = distinct(said.Identifiers, compareIdentifiers)
	bytes, err := evidence.Canonical(said)
	fault.Assert(err == nil, "compliance.no_fingerprint", "a subject has no canonical form")
	return evidence.HashOf(bytes).String()
}

// Query is the subject as a search asks for it.
func (s Subject) Query() screening.Query {
	q := screening.Query{Name: s.Name, Kind: s.Kind, Countries: slices.Clone(s.Countries)}
	for _, d := range s.Births {
		q.Births = append(q.Births, screening.Date{Year: d.Year, Month: d.Month, Day: d.Day, About: d.About, Span: d.Span})
	}
	for _, i := range s.Identifiers {
		q.Identifiers = append(q.Identifiers, screening.Identifier(i))
	}
	return q
}

// Searchable is the subject without the details that no search takes, such as a
// number that is too long: the name is looked for whatever stands beside it.
func (s Subject) Searchable() Subject {
	takes := func(q screening.Query) bool {
		q.Name = "x"
		return q.Normal() == nil
	}
	s.Births = slices.DeleteFunc(slices.Clone(s.Births), func(d Date) bool {
		return !takes(screening.Query{Births: []screening.Date{screening.Date(d)}})
	})
	s.Countries = slices.DeleteFunc(slices.Clone(s.Countries), func(c string) bool {
		return !takes(screening.Query{Countries: []string{c}})
	})
	s.Identifiers = slices.DeleteFunc(slices.Clone(s.Identifiers), func(i Identifier) bool {
		return !takes(screening.Query{Identifiers: []screening.Identifier{screening.Identifier(i)}})
	})
	return s
}

// fold is text without letter case, wide forms, needless spaces and characters
// that nobody sees.
func fold(text string) string {
	folded := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(valid(text))))
	folded = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, folded)
	return strings.Join(strings.Fields(folded), " ")
}

// digits is a number as its authority means it, whatever is written between.
func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, fold(number))
}

func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func distinct[T comparable](list []T, compare func(a, b T) int) []T {
	slices.SortFunc(list, compare)
	return slices.Compact(list)
}
