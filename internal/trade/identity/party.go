package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"fondaco/internal/fault"
)

// Party is an organisation as the house knows it.
type Party struct {
	ID           PartyID `json:"id"`
	LegalName    string  `json:"legal_name"`
	Country      string  `json:"country"` // ISO 3166-1 alpha-2
	Registration string  `json:"registration"`
	Address      string  `json:"address"`
}

// Register asks the house to open a party's file.
type Register struct {
	LegalName    string
	Country      string
	Registration string
	Address      string
}

// Registered is the one event of a party's stream so far.
type Registered struct {
	Party Party `json:"party"`
}

// Kind is the name of the event in the evidence log.
func (Registered) Kind() string { return "party_registered" }

// Longest accepted texts, in characters.
const (
	nameMax    = 200
	addressMax = 500
)

// DecideRegister checks the description and answers the event to record.
// It fails with identity.invalid, whose details name each wrong field.
func DecideRegister(id PartyID, c Register) (Registered, error) {
	p := Party{
		ID:           id,
		LegalName:    tidy(c.LegalName),
		Country:      strings.TrimSpace(c.Country),
		Registration: tidy(c.Registration),
		Address:      tidy(c.Address),
	}
	var wrong []*fault.Error
	wrong = append(wrong, checkText("legal_name", p.LegalName, 2, nameMax)...)
	wrong = append(wrong, checkText("registration", p.Registration, 1, nameMax)...)
	wrong = append(wrong, checkText("address", p.Address, 0, addressMax)...)
	if !IsCountry(p.Country) {
		wrong = append(wrong, fault.New(fault.Invalid, "identity.unknown_country", "Use a two-letter country code of ISO 3166-1.").At("country"))
	}
	if len(wrong) > 0 {
		return Registered{}, fault.New(fault.Invalid, "identity.invalid", "Some details of the company need attention.").And(wrong...)
	}
	return Registered{Party: p}, nil
}

// IsCountry reports whether code is an ISO 3166-1 alpha-2 code in capitals.
func IsCountry(code string) bool {
	if len(code) != 2 || strings.ToUpper(code) != code {
		return false
	}
	r, err := language.ParseRegion(code)
	return err == nil && r.IsCountry() && r.String() == code
}

// checkText refuses text that is too short, too long, or holds control
// characters or invisible direction marks, which could make a name read as another.
func checkText(field, s string, minChars, maxChars int) []*fault.Error {
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, deceptive):
		return []*fault.Error{fault.New(fault.Invalid, "identity.bad_characters", "Leave out control and direction characters.").At(field)}
	case n < minChars:
		return []*fault.Error{fault.New(fault.Invalid, "identity.too_short", "This is needed.").At(field)}
	case n > maxChars:
		return []*fault.Error{fault.New(fault.Invalid, "identity.too_long", "This is too long.").At(field)}
	}
	return nil
}

func deceptive(r rune) bool {
	return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r)
}

func tidy(s string) string { return strings.TrimSpace(s) }
