package treasury

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// DecideAccount answers what follows from a command. It refuses with
//   - treasury.bad_account, whose details name each wrong field (among them
//     treasury.bad_iban, treasury.bad_number, treasury.bad_bic, treasury.other_country,
//     treasury.unknown_country, treasury.bad_text and money.unknown_currency);
//   - treasury.short_hold and treasury.long_hold, treasury.other_name, treasury.account_waits;
//   - treasury.own_approval, treasury.name_needs_staff, treasury.members_approve, treasury.not_approver;
//   - treasury.hold_runs before its time, treasury.no_reason, treasury.no_person;
//   - treasury.wrong_account_stage, Conflict.
func DecideAccount(a PayoutAccount, c AccountCommand, now time.Time) ([]AccountEvent, error) {
	var e AccountEvent
	var err error
	switch c := c.(type) {
	case Propose:
		e, err = a.propose(c)
	case Approve:
		e, err = a.approve(c)
	case Activate:
		e, err = a.activate(now)
	case Lapse:
		e, err = a.lapse(now)
	case Cancel:
		e, err = a.cancel(c)
	case Replace:
		e, err = a.replace(c)
	case Refuse:
		e, err = a.refuse(c)
	default:
		fault.Assert(false, "treasury.unknown_command", "a payout account was given a command that it does not know")
	}
	if err != nil {
		return nil, err
	}
	return []AccountEvent{e}, nil
}

func (a PayoutAccount) propose(c Propose) (AccountEvent, error) {
	if a.Stage != NotProposed {
		return nil, wrongAccountStage(a.Stage)
	}
	if c.By == "" || c.Party == "" {
		return nil, noPerson()
	}
	e, err := described(c)
	if err != nil {
		return nil, err
	}
	if c.HoldHours < HoldHoursMin {
		return nil, fault.New(fault.Forbidden, "treasury.short_hold", "A payout account waits at least 72 hours; nobody can shorten this.").At("hold_hours")
	}
	if c.HoldHours > HoldHoursMax {
		return nil, fault.New(fault.Invalid, "treasury.long_hold", "A payout account waits at most 8760 hours.").At("hold_hours")
	}
	for _, o := range c.Others {
		if o.ID != a.ID && o.Party == c.Party && o.Frozen() {
			return nil, fault.New(fault.Conflict, "treasury.account_waits", "Another payout account waits already. Cancel it first.")
		}
	}
	if e.Match.Refused() {
		return nil, fault.New(fault.Refused, "treasury.other_name", "The account's holder is not the verified company.").At("holder")
	}
	return e, nil
}

func (a PayoutAccount) approve(c Approve) (AccountEvent, error) {
	switch {
	case a.Stage != Proposed:
		return nil, wrongAccountStage(a.Stage)
	case c.By == "":
		return nil, noPerson()
	case c.Office != identity.Member && c.Office != identity.Treasury:
		return nil, fault.New(fault.Forbidden, "treasury.not_approver", "Members of the company or the treasury of the house approve payout accounts.")
	case c.By == a.ProposedBy:
		return nil, fault.New(fault.Forbidden, "treasury.own_approval", "Whoever proposed the account cannot approve it.")
	case c.Office == identity.Member && !a.Match.Accepted():
		return nil, fault.New(fault.Refused, "treasury.name_needs_staff", "The holder's name differs a little. The treasury of the house decides.")
	case c.Office == identity.Treasury && a.Match.Accepted() && !c.SoleMember:
		return nil, fault.New(fault.Refused, "treasury.members_approve", "The company has another person who can approve this.")
	}
	return AccountApproved{By: c.By, Office: c.Office}, nil
}

func (a PayoutAccount) activate(now time.Time) (AccountEvent, error) {
	if a.Stage != Waiting {
		return nil, wrongAccountStage(a.Stage)
	}
	if !now.After(a.Due) {
		return nil, fault.New(fault.Refused, "treasury.hold_runs", "The hold of this payout account is not over.")
	}
	return AccountActivated{}, nil
}

// NotApproved is the reason of a cancellation by the clock.
const NotApproved = "not_approved"

func (a PayoutAccount) lapse(now time.Time) (AccountEvent, error) {
	if a.Stage != Proposed {
		return nil, wrongAccountStage(a.Stage)
	}
	if at, _ := a.Next(); !now.After(at) {
		return nil, fault.New(fault.Refused, "treasury.hold_runs", "There is still time to approve this payout account.")
	}
	return AccountCancelled{Why: NotApproved}, nil
}

func (a PayoutAccount) cancel(c Cancel) (AccountEvent, error) {
	if !a.Frozen() {
		return nil, wrongAccountStage(a.Stage)
	}
	if c.By == "" {
		return nil, noPerson()
	}
	if err := recordable(c.Why); err != nil {
		return nil, err
	}
	return AccountCancelled(c), nil
}

func (a PayoutAccount) replace(c Replace) (AccountEvent, error) {
	if a.Stage != Current {
		return nil, wrongAccountStage(a.Stage)
	}
	fault.Assert(c.Successor != "" && c.Successor != a.ID, "treasury.no_successor", "a payout account is replaced by another one only")
	return AccountReplaced(c), nil
}

func (a PayoutAccount) refuse(c Refuse) (AccountEvent, error) {
	if !a.Frozen() {
		return nil, wrongAccountStage(a.Stage)
	}
	if c.By == "" {
		return nil, noPerson()
	}
	if strings.TrimSpace(c.Why) == "" {
		return nil, noReason()
	}
	if err := recordable(c.Why); err != nil {
		return nil, err
	}
	return AccountRefused(c), nil
}

// described checks what was said of the account and answers it in its canonical form.
func described(c Propose) (AccountProposed, error) {
	e := AccountProposed{
		Party: c.Party, Holder: strings.TrimSpace(c.Holder), BankName: strings.TrimSpace(c.BankName),
		Country: strings.ToUpper(strings.TrimSpace(c.Country)), Currency: strings.ToUpper(strings.TrimSpace(c.Currency)),
		LegalName: strings.TrimSpace(c.LegalName), HoldHours: c.HoldHours, By: c.By,
	}
	var wrong []*fault.Error
	for _, text := range []struct {
		field, value string
		minChars     int
	}{{"holder", e.Holder, 2}, {"bank_name", e.BankName, 0}, {"legal_name", e.LegalName, 2}} {
		if n := utf8.RuneCountInString(text.value); n < text.minChars || n > textMax || !plain(text.value) {
			wrong = append(wrong, fault.New(fault.Invalid, "treasury.bad_text", "This is missing, too long, or holds hidden characters.").At(text.field))
		}
	}
	number, isIBAN, err := checkNumber(c.Number, e.Country)
	wrong = appendFault(wrong, err, "number")
	e.Number = number
	e.BIC, err = checkBankCode(c.BIC, e.Country, isIBAN)
	wrong = appendFault(wrong, err, "bic")
	if !identity.IsCountry(e.Country) && ibanForm(e.Country) == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "treasury.unknown_country", "Use a two-letter country code of ISO 3166-1.").At("country"))
	}
	_, err = money.ParseCurrency(e.Currency)
	wrong = appendFault(wrong, err, "currency")
	if len(wrong) > 0 {
		return AccountProposed{}, fault.New(fault.Invalid, "treasury.bad_account", "Some details of the account need attention.").And(wrong...)
	}
	e.Match = MatchName(e.LegalName, e.Holder)
	return e, nil
}

const textMax = 200 // characters

// plain reports whether s holds nothing that a reader would not see.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
	})
}

func appendFault(list []*fault.Error, err error, field string) []*fault.Error {
	if err == nil {
		return list
	}
	return append(list, fault.Of(err).At(field))
}

func noPerson() error {
	return fault.New(fault.Forbidden, "treasury.no_person", "A person must do this.")
}

func wrongAccountStage(s AccountStage) error {
	stage := string(s)
	if s == NotProposed {
		stage = "not proposed"
	}
	return fault.New(fault.Conflict, "treasury.wrong_account_stage", "The payout account is {stage}; this cannot be done now.").With("stage", stage)
}
