package compliance

import (
	"cmp"
	"slices"
)

// Finding is what one hit was when it was found. It stays readable when the list
// says something else, or nothing.
type Finding struct {
	List        string   `json:"list"`
	Version     string   `json:"version"` // of the list
	Entry       string   `json:"entry"`   // the list's own number of the listed party
	Reference   string   `json:"reference"`
	Print       string   `json:"print"` // fingerprint of the entry
	Name        string   `json:"name"`  // the listed name that matched
	Probability int      `json:"probability_bps"`
	Reasons     []Reason `json:"reasons"`
	Listing     Listing  `json:"listing"`
}

// Reason is one step of how the names or details compare.
type Reason struct {
	Code   string `json:"code"` // of package screening
	Ours   string `json:"ours"`
	Theirs string `json:"theirs"`
	Weight int    `json:"weight_milli"` // thousandths
}

// Listing is a copy of the listed record, kept small enough to be shown.
type Listing struct {
	Kind        string       `json:"kind"`
	Names       []ListedName `json:"names"`
	Births      []Date       `json:"births"`
	Places      []string     `json:"places"`
	Countries   []string     `json:"countries"`
	Identifiers []Identifier `json:"identifiers"`
	Programmes  []string     `json:"programmes"`
	Remarks     string       `json:"remarks"`
	Listed      string       `json:"listed"`
	More        bool         `json:"more"` // the list says more than was kept
}

// ListedName is one name of a listed party.
type ListedName struct {
	Text   string `json:"text"`
	Type   string `json:"type"`   // primary, aka, fka, nka
	Weak   bool   `json:"weak"`   // the list says that it hardly identifies anybody
	Native bool   `json:"native"` // in the original script
}

// Key names a listed party: a list and the list's own number.
type Key struct {
	List  string `json:"list"`
	Entry string `json:"entry"`
}

// Pair is a subject and a listed entry, each by what it says. It is what a false
// positive is remembered for, and it is comparable.
type Pair struct {
	Subject string `json:"subject"` // fingerprint
	List    string `json:"list"`
	Entry   string `json:"entry"`
	Print   string `json:"print"` // fingerprint of the entry
}

// Key names the listed party.
func (f Finding) Key() Key { return Key{List: f.List, Entry: f.Entry} }

// Pair is the finding beside the subject that it was found for.
func (f Finding) Pair(s Subject) Pair {
	return Pair{Subject: s.Fingerprint(), List: f.List, Entry: f.Entry, Print: f.Print}
}

// Whole reports whether nothing of the pair is empty. Only a whole pair can be
// remembered: an empty fingerprint would fit every entry.
func (p Pair) Whole() bool {
	return p.Subject != "" && p.List != "" && p.Entry != "" && p.Print != ""
}

func compareDates(a, b Date) int {
	signs := func(d Date) int {
		n := 0
		if d.About {
			n++
		}
		if d.Span {
			n += 2
		}
		return n
	}
	return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month), cmp.Compare(a.Day, b.Day), cmp.Compare(signs(a), signs(b)))
}

func compareIdentifiers(a, b Identifier) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Country, b.Country))
}

// worst orders findings by how probable they are, then by list and entry.
func worst(findings []Finding) []Finding {
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Probability, a.Probability), cmp.Compare(a.List, b.List), cmp.Compare(a.Entry, b.Entry))
	})
	return sorted
}
