package control

import (
	"slices"
	"strconv"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// Action is what an intent would do.
type Action string

// The actions that need an approval.
const (
	Release         Action = "release"          // held money goes to the other party
	Refund          Action = "refund"           // money goes back to where it came from
	Withdraw        Action = "withdraw"         // money leaves the house
	PayoutAccount   Action = "payout_account"   // an account is added or changed
	GrantRole       Action = "role"             // somebody gets a role, or a place with one
	APIKey          Action = "api_key"          // a program gets a key
	AppointStaff    Action = "staff"            // somebody gets or loses an office of the house
	PasswordProfile Action = "password_profile" // the house's rule for passwords changes
	TwoPersons      Action = "two_persons"      // the company's rule of two persons changes
	PayoutHold      Action = "payout_hold"      // the company's wait for new accounts changes
	RemoveFactor    Action = "remove_factor"    // a way to prove who one is goes away
	SignOn          Action = "sign_on"          // the company's own provider says who its people are
)

// Actions lists every action in the order above.
func Actions() []Action {
	return []Action{Release, Refund, Withdraw, PayoutAccount, GrantRole, APIKey, AppointStaff, PasswordProfile, TwoPersons, PayoutHold, RemoveFactor, SignOn}
}

// Detail is one more thing that the page shows and the person signs.
type Detail struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Intent is exactly what a person is asked to sign.
type Intent struct {
	Action   Action            `json:"action"`
	Subject  string            `json:"subject"` // such as "deal:<id>"
	Version  int64             `json:"version"` // of the subject's stream
	Amount   int64             `json:"amount"`  // minor units; 0 without a currency
	Currency string            `json:"currency"`
	Payee    string            `json:"payee"` // who gets it, as shown
	Details  []Detail          `json:"details"`
	Party    identity.PartyID  `json:"party"` // empty for the house
	Person   identity.PersonID `json:"person"`
	Expires  time.Time         `json:"expires"`
	Nonce    string            `json:"nonce"`
}

// IntentType is the value of "type" in the canonical form.
const IntentType = "fondaco/intent/v1"

// signed is the canonical form of an intent: the same members, a type, and the
// time as whole microseconds since 1970 in UTC.
type signed struct {
	Type     string            `json:"type"`
	Action   Action            `json:"action"`
	Subject  string            `json:"subject"`
	Version  int64             `json:"version"`
	Amount   int64             `json:"amount"`
	Currency string            `json:"currency"`
	Payee    string            `json:"payee"`
	Details  []Detail          `json:"details"`
	Party    identity.PartyID  `json:"party"`
	Person   identity.PersonID `json:"person"`
	Expires  int64             `json:"expires"`
	Nonce    string            `json:"nonce"`
}

// Canonical is the RFC 8785 form of the intent with "type" fondaco/intent/v1
// and "expires" in microseconds, 0 for none. It fails with evidence.not_canonical
// for text that is not UTF-8 and numbers beyond 2^53-1.
func (i Intent) Canonical() ([]byte, error) {
	details := i.Details
	if details == nil {
		details = []Detail{}
	}
	var expires int64
	if !i.Expires.IsZero() {
		expires = i.Expires.UnixMicro()
	}
	return evidence.Canonical(signed{
		Type: IntentType, Action: i.Action, Subject: i.Subject, Version: i.Version, Amount: i.Amount, Currency: i.Currency,
		Payee: i.Payee, Details: details, Party: i.Party, Person: i.Person, Expires: expires, Nonce: i.Nonce,
	})
}

// Hash is the SHA-256 of the canonical form: what a passkey signs. It fails as
// Canonical does.
func (i Intent) Hash() (evidence.Hash, error) {
	b, err := i.Canonical()
	if err != nil {
		return evidence.Hash{}, err
	}
	return evidence.HashOf(b), nil
}

// Same compares what was signed with what is about to happen now. Expires, Nonce
// and Person are left out: they belong to the asking, not to the thing. It fails
// with control.changed, Conflict, naming the first field that differs.
func (i Intent) Same(now Intent) error {
	switch {
	case i.Action != now.Action:
		return changed("action")
	case i.Subject != now.Subject:
		return changed("subject")
	case i.Version != now.Version:
		return changed("version")
	case i.Amount != now.Amount:
		return changed("amount")
	case i.Currency != now.Currency:
		return changed("currency")
	case i.Payee != now.Payee:
		return changed("payee")
	case i.Party != now.Party:
		return changed("party")
	}
	for n := range max(len(i.Details), len(now.Details)) {
		switch {
		case n >= len(i.Details):
			return changed("details." + now.Details[n].Name)
		case n >= len(now.Details) || i.Details[n] != now.Details[n]:
			return changed("details." + i.Details[n].Name)
		}
	}
	return nil
}

func changed(field string) error {
	return fault.New(fault.Conflict, "control.changed", "What you signed has changed meanwhile ({field}). Look at it again, and sign again.").With("field", field)
}

// Limits of an intent.
const (
	// OnePersonLife is the longest that an approval by one person stays open.
	OnePersonLife = 10 * time.Minute
	// TwoPersonsLife is the longest that an approval by two stays open.
	TwoPersonsLife = 24 * time.Hour

	nonceMin   = 16 // characters
	textMax    = 500
	detailsMax = 100
	safeIntMax = 1<<53 - 1
)

// check refuses an intent that no page could have shown.
func (i Intent) check() error {
	if !slices.Contains(Actions(), i.Action) {
		return fault.New(fault.Invalid, "control.unknown_action", "Nothing of this kind is approved.").At("action")
	}
	if i.Subject == "" || len(i.Subject) > textMax {
		return badIntent("subject")
	}
	if i.Version < 0 || i.Version > safeIntMax {
		return badIntent("version")
	}
	if i.Amount < 0 || i.Amount > safeIntMax || i.Currency == "" && i.Amount != 0 {
		return badIntent("amount")
	}
	if i.Currency != "" {
		if _, err := money.ParseCurrency(i.Currency); err != nil {
			return badIntent("currency")
		}
	}
	if i.movesMoney() && (i.Currency == "" || i.Payee == "") {
		return badIntent("payee")
	}
	if len(i.Payee) > textMax {
		return badIntent("payee")
	}
	if len(i.Details) > detailsMax {
		return badIntent("details")
	}
	for n, d := range i.Details {
		again := slices.ContainsFunc(i.Details[:n], func(e Detail) bool { return e.Name == d.Name })
		if d.Name == "" || again || len(d.Name) > textMax || len(d.Value) > 10*textMax {
			return badIntent("details[" + strconv.Itoa(n) + "]")
		}
	}
	if len(i.Nonce) < nonceMin || len(i.Nonce) > textMax {
		return badIntent("nonce")
	}
	return nil
}

func (i Intent) movesMoney() bool {
	switch i.Action {
	case Release, Refund, Withdraw:
		return true
	case PayoutAccount, GrantRole, APIKey, AppointStaff, PasswordProfile, TwoPersons, PayoutHold, RemoveFactor, SignOn:
		return false
	}
	return false
}

func badIntent(field string) error {
	return fault.New(fault.Invalid, "control.bad_intent", "This cannot be put to a signature: {field} is missing or wrong.").With("field", field).At(field)
}
