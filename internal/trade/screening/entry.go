package screening

// Kind says what a party is, so that a ship is not taken for a person.
type Kind string

// The kinds. Any, in an entry, says that the list does not tell; in a query,
// that the asker does not know. It meets every kind.
const (
	Any          Kind = "any"
	Person       Kind = "person"
	Organisation Kind = "organisation"
	Vessel       Kind = "vessel"
	Aircraft     Kind = "aircraft"
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{Any, Person, Organisation, Vessel, Aircraft} }

// An Entry is one listed party, as its list tells of it.
type Entry struct {
	List        string       // code of the list, such as ofac-sdn
	ID          string       // what the list calls it, unique in the list
	Reference   string       // what people cite, if that is not the ID
	Kind        Kind         // Any if the list does not say
	Names       []Name       // the first is the one that is shown
	Births      []Date       // of birth or foundation, each possible one; a range is its two ends with Span on the first
	Places      []string     // of birth
	Countries   []string     // ISO 3166-1 alpha-2: nationality, address, flag
	Identifiers []Identifier // papers and numbers
	Programmes  []string     // under which it is listed
	Remarks     string       // what else the list says, as it says it
	Listed      string       // when it was listed, as the list writes it
}

// A Name is one name of a listed party.
type Name struct {
	Text   string
	Type   string // primary, aka, fka or nka
	Weak   bool   // the list says that it hardly identifies anybody
	Native bool   // in the original script
}

// A Date is of birth or foundation. Zero months or days are unknown.
type Date struct {
	Year, Month, Day int
	About            bool // the list says circa
	Span             bool // the next date of the list is the end of a range that begins here
}

// An Identifier is a paper or a number that belongs to one party.
type Identifier struct {
	Type    string // passport, national, tax, registration, imo, lei, swift, …; free text, folded when compared
	Value   string
	Country string // ISO 3166-1 alpha-2 of the issuer, or empty
}

// A List is one version of one published list.
type List struct {
	Code, Version string
	Entries       []Entry
}
