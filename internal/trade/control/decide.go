package control

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// Command is something that somebody wants done about an approval.
type Command interface {
	// Name is the command's word in the API and in the role table.
	Name() string
}

// The commands about an approval.
type (
	// Ask opens it. A zero Intent.Expires is the longest time allowed: ten
	// minutes for one person, 24 hours for two.
	Ask struct {
		Intent Intent
		Needed int // 1 or 2 persons
		// Alone says that nobody else of the company could approve. It counts
		// for a payout account that needs two: the treasury is the second.
		Alone bool
	}
	// Agree adds a consent. The first is the asker's own.
	Agree struct{ Consent Consent }
	// Decline says no for good, also to one that is too old.
	Decline struct {
		Person identity.PersonID
		Why    string
	}
	// Use does what was signed. Now is the intent rebuilt from the state that is
	// about to change; Gone lists who of those who agreed may no longer.
	Use struct {
		Now  Intent
		By   identity.PersonID
		Gone []identity.PersonID
	}
	// Cancel takes the question back, also one that is too old.
	Cancel struct{ Person identity.PersonID }
)

// Name answers the command's word.
func (Ask) Name() string     { return "ask_approval" }
func (Agree) Name() string   { return "agree" }
func (Decline) Name() string { return "decline" }
func (Use) Name() string     { return "use_approval" }
func (Cancel) Name() string  { return "cancel_approval" }

// Decide answers the events that follow from a command, or a refusal.
//
// One refusal comes with an event: a Use whose Now differs from what was signed,
// or whose consents are gone, answers an ApprovalVoid beside control.changed or
// control.consent_gone. The caller records the event and passes the refusal on.
func Decide(a Approval, c Command, by identity.Actor, now time.Time) ([]Event, error) {
	if ask, ok := c.(Ask); ok {
		return a.ask(ask, by, now)
	}
	if a.Version == 0 {
		return nil, fault.New(fault.NotFound, "control.not_found", "There is no approval with this number.")
	}
	switch c := c.(type) {
	case Agree:
		return a.agree(c, by, now)
	case Decline:
		return a.decline(c, by)
	case Use:
		return a.use(c, by, now)
	case Cancel:
		return a.cancel(c, by)
	}
	return nil, fault.New(fault.Internal, "control.unknown_command", "No rule for this command.")
}

// ActFor is the act that the policy must grant to who asks for the action, for
// the company or, with an empty party, for the house. It is empty for
// RemoveFactor, which is everybody's own.
func ActFor(action Action, party identity.PartyID) identity.Act {
	switch action {
	case Release:
		return identity.ToRelease
	case Refund:
		if party == "" {
			return identity.ToSettleDeposits
		}
		return identity.ToRelease
	case Withdraw:
		return identity.ToWithdraw
	case PayoutAccount:
		return identity.ToPayoutAccounts
	case GrantRole:
		return identity.ToMembers
	case APIKey:
		return identity.ToKeys
	case AppointStaff:
		return identity.ToStaff
	case PasswordProfile:
		return identity.ToHousePolicy
	case TwoPersons, PayoutHold, SignOn:
		return identity.ToCompanyRules
	case RemoveFactor:
		return ""
	}
	return "unknown"
}

func mayAsk(i Intent, by identity.Actor) error {
	if i.Person != by.Person || i.Person == "" || i.Party != by.Party {
		return fault.New(fault.Forbidden, "control.not_you", "Only you can ask for this, and for your own company.")
	}
	act := ActFor(i.Action, i.Party)
	if act == "" && (by.Office == identity.Member || by.Office.Staff()) {
		return nil
	}
	return identity.Permit(by, act)
}

func (a Approval) ask(c Ask, by identity.Actor, now time.Time) ([]Event, error) {
	if a.Version != 0 || a.ID == "" {
		return nil, fault.New(fault.Conflict, "control.asked", "There is an approval with this number already.")
	}
	i := c.Intent
	if err := mayAsk(i, by); err != nil {
		return nil, err
	}
	if err := i.check(); err != nil {
		return nil, err
	}
	life := OnePersonLife
	if c.Needed == 2 {
		life = TwoPersonsLife
	}
	if c.Needed < 1 || c.Needed > 2 || c.Alone && (c.Needed != 2 || i.Action != PayoutAccount || i.Party == "") {
		return nil, badIntent("needed")
	}
	if i.Expires.IsZero() {
		i.Expires = now.Add(life)
	}
	if !i.Expires.After(now) || i.Expires.After(now.Add(life)) {
		return nil, badIntent("expires")
	}
	// Evidence keeps whole microseconds; the hash must be of what is kept.
	i.Expires = i.Expires.UTC().Truncate(time.Microsecond)
	i.Details = slices.Clone(i.Details)
	hash, err := i.Hash()
	if err != nil {
		return nil, err
	}
	return []Event{ApprovalAsked{ID: a.ID, Intent: i, Hash: hash, Needed: c.Needed, Alone: c.Alone}}, nil
}

func (a Approval) agree(c Agree, by identity.Actor, now time.Time) ([]Event, error) {
	if err := a.open(now, Asked); err != nil {
		return nil, err
	}
	consent := c.Consent
	if consent.Person != by.Person || by.Person == "" {
		return nil, notYou()
	}
	if consent.Hash != a.Hash {
		return nil, fault.New(fault.Refused, "control.other_intent", "This signature is for something else. Look at the page again, and sign again.")
	}
	if err := a.mayAgree(by); err != nil {
		return nil, err
	}
	switch {
	case consent.Method != Passkey && consent.Method != TOTP && consent.Method != Code:
		return nil, fault.New(fault.Invalid, "control.bad_method", "Agree with a passkey or with a code.").At("method")
	case (consent.Method == Passkey) != (consent.Assertion != nil):
		return nil, badAssertion("incomplete")
	case consent.Assertion != nil:
		if err := consent.Assertion.check(a.Hash); err != nil {
			return nil, err
		}
	}
	for _, earlier := range a.Consents {
		if samePerson(earlier, consent) {
			return nil, fault.New(fault.Refused, "control.same_person", "Two persons are needed: with other accounts, other names, other devices and other passkeys.")
		}
	}
	consent.At = now.UTC()
	return []Event{ApprovalGiven{Consent: consent}}, nil
}

// mayAgree lets the asker go first, then one other person who may approve.
func (a Approval) mayAgree(by identity.Actor) error {
	if by.Person == a.Intent.Person {
		return mayAsk(a.Intent, by)
	}
	if len(a.Consents) == 0 {
		return fault.New(fault.Conflict, "control.asker_first", "Who asks signs first.")
	}
	return a.mayApprove(by)
}

func (a Approval) mayApprove(by identity.Actor) error {
	switch {
	case a.Intent.Party == "":
		return identity.Permit(by, ActFor(a.Intent.Action, ""))
	case by.Party == a.Intent.Party:
		return identity.Permit(by, identity.ToApprove)
	case a.Alone && by.Office != identity.Member:
		return identity.Permit(by, identity.ToConfirmPayoutAccounts)
	}
	return notYou()
}

func (a Approval) decline(c Decline, by identity.Actor) ([]Event, error) {
	if err := a.open(time.Time{}, Asked, Approved); err != nil {
		return nil, err
	}
	if c.Person != by.Person || by.Person == "" || by.Person == a.Intent.Person {
		return nil, notYou()
	}
	if err := a.mayApprove(by); err != nil {
		return nil, err
	}
	why := strings.TrimSpace(c.Why)
	hidden := func(r rune) bool { return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r) }
	if !utf8.ValidString(why) || utf8.RuneCountInString(why) > textMax || strings.ContainsFunc(why, hidden) {
		return nil, fault.New(fault.Invalid, "control.bad_reason", "Say why in at most 500 plain characters.").At("why")
	}
	return []Event{ApprovalDeclined{Person: by.Person, Why: why}}, nil
}

func (a Approval) use(c Use, by identity.Actor, now time.Time) ([]Event, error) {
	if err := a.open(now, Approved); err != nil {
		return nil, err
	}
	if c.By != by.Person {
		return nil, notYou()
	}
	if err := mayAsk(a.Intent, by); err != nil {
		return nil, err
	}
	for _, consent := range a.Consents {
		if slices.Contains(c.Gone, consent.Person) {
			return []Event{ApprovalVoid{Why: "consent_gone", By: by.Person}},
				fault.New(fault.Conflict, "control.consent_gone", "Somebody who agreed may no longer do so. Ask again.")
		}
	}
	if err := a.Intent.Same(c.Now); err != nil {
		return []Event{ApprovalVoid{Why: fault.Of(err).Args["field"], By: by.Person}}, err
	}
	return []Event{ApprovalUsed{By: by.Person}}, nil
}

func (a Approval) cancel(c Cancel, by identity.Actor) ([]Event, error) {
	if err := a.open(time.Time{}, Asked, Approved); err != nil {
		return nil, err
	}
	if by.Person != a.Intent.Person || c.Person != by.Person || by.Party != a.Intent.Party {
		return nil, notYou()
	}
	return []Event{ApprovalVoid{Why: "cancelled", By: by.Person}}, nil
}

// open refuses at other stages and, unless now is zero, after the expiry.
func (a Approval) open(now time.Time, at ...Stage) error {
	if !slices.Contains(at, a.Stage) {
		return fault.New(fault.Conflict, "control.wrong_stage", "The approval is {stage}, where this cannot be done.").With("stage", string(a.Stage))
	}
	if !now.Before(a.Intent.Expires) {
		return fault.New(fault.Refused, "control.expired", "The approval is too old. Ask again.")
	}
	return nil
}

func notYou() error {
	return fault.New(fault.Forbidden, "control.not_you", "This is not yours to decide.")
}
