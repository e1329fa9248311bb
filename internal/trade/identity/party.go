package identity

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

// Registered is the first event of a party's stream.
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
	wrong = append(wrong, checkName("legal_name", p.LegalName)...)
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

// countries are the 249 officially assigned codes of ISO 3166-1 alpha-2. Codes
// that are reserved (UK, EU) or withdrawn (SU, YU, AN) are no countries.
const countries = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI " +
	"BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN " +
	"CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK " +
	"FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM " +
	"HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN " +
	"KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK " +
	"ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP " +
	"NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF " +
	"TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI " +
	"VN VU WF WS YE YT ZA ZM ZW"

// IsCountry reports whether code is an ISO 3166-1 alpha-2 code in capitals.
func IsCountry(code string) bool {
	return slices.Contains(strings.Fields(countries), code)
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

// checkName refuses a name that says nothing: one without any letter or digit
// could be looked for nowhere.
func checkName(field, s string) []*fault.Error {
	if !Says(s) {
		s = ""
	}
	return checkText(field, s, 2, nameMax)
}

// Says reports whether a name has a letter or a digit of any script.
func Says(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func deceptive(r rune) bool {
	return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r)
}

func tidy(s string) string { return strings.TrimSpace(s) }
