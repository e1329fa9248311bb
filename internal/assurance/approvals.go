package assurance

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// Deed is an act that may need an approval: what a person signs is worked out by
// the house from what the act would do as things stand, never from what a face says.
type Deed interface {
	// weigh answers what the act would do now, and whether that needs an approval.
	weigh(u *unit) (control.Intent, bool, error)
}

// DealDeed is a command about a deal.
type DealDeed struct {
	Deal    deal.ID
	Command deal.Command
}

func (d DealDeed) weigh(u *unit) (control.Intent, bool, error) {
	s, err := u.deal(d.Deal)
	if err != nil {
		return control.Intent{}, false, err
	}
	decided, err := deal.Decide(s, d.Command, deal.Moment{Now: u.now, By: u.by})
	if err != nil {
		return control.Intent{}, false, err
	}
	return u.weighDeal(s, d.Command, decided)
}

// weighDeal reads off a decision what money moves where. Money that goes to the
// other side needs an approval; what a seller gives back, from an amount on.
func (u *unit) weighDeal(s deal.State, c deal.Command, decided deal.Decision) (control.Intent, bool, error) {
	side := s.SideOf(u.by)
	sums := sumsOf(decided)
	promise(sums, s, side, decided)
	var action control.Action
	var to identity.PartyID
	var amount, free int64
	switch {
	case side == identity.Buyer && sums[escrow.ToSeller] > 0:
		action, amount, to = control.Release, sums[escrow.ToSeller], s.Terms.Seller
	case side == identity.Seller && sums[escrow.ToBuyer] > 0:
		action, amount, to = control.Refund, sums[escrow.ToBuyer], s.Terms.Buyer
		free = u.house.cfg.Security.RefundFree
	default:
		return control.Intent{}, false, nil // most commands move nothing
	}
	i := control.Intent{
		Action: action, Subject: s.ID.Stream(), Version: s.Version, Amount: amount, Currency: s.Terms.Currency.Code(), Party: u.by.Party,
		Details: []control.Detail{{Name: "deal", Value: s.Terms.Title}, {Name: "act", Value: c.Name()}, {Name: "terms", Value: s.TermsHash.String()}},
	}
	for _, m := range []struct {
		name string
		to   escrow.To
	}{{"to_buyer", escrow.ToBuyer}, {"to_seller", escrow.ToSeller}, {"fees", escrow.ToHouse}} {
		if sums[m.to] > 0 {
			i.Details = append(i.Details, control.Detail{Name: m.name, Value: strconv.FormatInt(sums[m.to], 10)})
		}
	}
	var err error
	i.Payee, err = u.payee(to)
	return i, i.Amount >= free, err
}

func sumsOf(d deal.Decision) map[escrow.To]int64 {
	sums := make(map[escrow.To]int64)
	for _, e := range d.Events {
		switch e := e.(type) {
		case deal.MoneyMoved:
			for _, m := range e.Moves {
				sums[m.To] += m.Minor
			}
		case deal.DepositsReturned:
			sums[escrow.ToBuyer] += e.Minor
		}
	}
	return sums
}

// promise adds what the other side's word alone makes of a decision: an offer in a
// claim, a proposal that is taken, goods that come back, a cancellation. Whoever
// gives such a word has signed for the money that follows from it.
func promise(sums map[escrow.To]int64, s deal.State, side identity.Side, decided deal.Decision) {
	given := map[string]dispute.Division{}
	for _, e := range decided.Events {
		switch e := e.(type) {
		case dispute.OfferMade:
			given[e.ClaimID] = e.Offer.Division
		case dispute.ProposalTaken:
			if c, _ := s.Claim(e.ClaimID); c.Proposal != nil {
				given[e.ClaimID] = *c.Proposal
			}
		case dispute.ReturnOrdered:
			given[e.ClaimID] = e.Division
		case deal.MoneyMoved:
			delete(given, e.Claim)
		case deal.CancelAsked:
			if side == identity.Seller {
				sums[escrow.ToBuyer] += s.Escrow.Held()
			}
		}
	}
	for id, d := range given {
		c, _ := s.Claim(id)
		sums[escrow.ToBuyer] += d.ToBuyer
		sums[escrow.ToSeller] += c.Minor - d.ToBuyer
	}
}

// payee names who gets money so that two companies of one name differ.
func (u *unit) payee(id identity.PartyID) (string, error) {
	o, err := u.organisation(id)
	if err != nil {
		return "", err
	}
	return o.Party.LegalName + ", " + o.Party.Country + " (" + string(id) + ")", nil
}

// WithdrawDeed pays out a company's money.
type WithdrawDeed struct{ Amount money.Amount }

func (d WithdrawDeed) weigh(u *unit) (control.Intent, bool, error) {
	if err := u.permit(identity.ToWithdraw); err != nil {
		return control.Intent{}, false, err
	}
	to, err := u.payoutTo(u.by.Party)
	if err != nil {
		return control.Intent{}, false, err
	}
	return control.Intent{
		Action: control.Withdraw, Subject: partyStream(u.by.Party), Amount: d.Amount.Minor(), Currency: d.Amount.Currency().Code(),
		Payee: to.Holder + ", " + treasury.Masked(to.Number), Party: u.by.Party, Details: []control.Detail{{Name: "payout_account", Value: to.ID}},
	}, true, nil
}

// RoleDeed gives a member, or whoever is invited by an address, a role.
type RoleDeed struct {
	Person identity.PersonID `json:"person"`
	Email  string            `json:"email"` // folded
	Role   identity.Role     `json:"role"`
}

func (d RoleDeed) weigh(u *unit) (control.Intent, bool, error) {
	i := control.Intent{Action: control.GrantRole, Subject: partyStream(u.by.Party), Party: u.by.Party, Details: []control.Detail{{Name: "role", Value: string(d.Role)}}}
	if d.Email != "" {
		i.Payee = d.Email
		return i, true, nil
	}
	p, err := u.house.cfg.Store.PersonByID(u.ctx, d.Person)
	if err != nil || p.Party != u.by.Party {
		return i, false, fault.New(fault.NotFound, "organisation.not_a_member", "This person is no member of the company.")
	}
	i.Payee = p.Name + " <" + p.Email + ">"
	i.Details = append(i.Details, control.Detail{Name: "was", Value: string(p.Role)})
	return i, true, nil
}

// RulesDeed changes a rule that the company has given itself.
type RulesDeed struct {
	TwoPersons *identity.SetTwoPersons `json:"two_persons,omitempty"`
	PayoutHold *identity.SetPayoutHold `json:"payout_hold,omitempty"`
}

func (d RulesDeed) weigh(u *unit) (control.Intent, bool, error) {
	i := control.Intent{Subject: partyStream(u.by.Party), Party: u.by.Party}
	if d.PayoutHold != nil {
		i.Action, i.Details = control.PayoutHold, []control.Detail{{Name: "hours", Value: strconv.Itoa(d.PayoutHold.Hours)}}
		return i, true, nil
	}
	i.Action = control.TwoPersons
	var limits []string
	for _, a := range d.TwoPersons.Limits {
		limits = append(limits, a.Currency().Code()+" "+strconv.FormatInt(a.Minor(), 10))
	}
	i.Details = []control.Detail{{Name: "from", Value: strings.Join(limits, ", ")}}
	return i, true, nil
}

// needed is how many persons must agree to an intent.
func (u *unit) needed(i control.Intent) (persons int, alone bool, err error) {
	if i.Party == "" {
		return 2, false, nil // for the house nobody acts alone
	}
	o, err := u.organisation(i.Party)
	if err != nil {
		return 0, false, err
	}
	if i.Action == control.PayoutAccount {
		return 2, o.Alone(i.Person), nil
	}
	switch { // whoever could lift the rule alone, or make the second person, would be above it
	case i.Action == control.TwoPersons && len(o.TwoPersons) > 0,
		i.Action == control.GrantRole && len(o.TwoPersons) > 0 && makesApprover(i),
		i.Action == control.SignOn && !o.Alone(i.Person):
		return 2, false, nil
	}
	if i.Currency == "" {
		return 1, false, nil
	}
	currency, err := money.ParseCurrency(i.Currency)
	if err != nil {
		return 0, false, err
	}
	if o.NeedsTwo(money.New(i.Amount, currency)) {
		return 2, false, nil
	}
	return 1, false, nil
}

// makesApprover reports whether a role is granted that may agree to what others ask for.
func makesApprover(i control.Intent) bool {
	for _, d := range i.Details {
		if d.Name == "role" {
			return identity.May(identity.Actor{Office: identity.Member, Party: i.Party, Person: i.Person, Role: identity.Role(d.Value)}, identity.ToApprove)
		}
	}
	return true
}

// secured reports whether the house asks anything of its callers, and this one is
// a person. Clock, rail and carrier act by what has been approved before.
func (u *unit) secured() bool {
	return u.house.cfg.Security != nil && (u.by.Office == identity.Member || u.by.Office.Staff())
}

// authorise refuses a deed that needs an approval and has none. It uses the
// approval up in the same commit as the deed.
func (u *unit) authorise(d Deed) error {
	if !u.secured() {
		return nil
	}
	now, needed, err := d.weigh(u)
	if err != nil || !needed {
		return err
	}
	return u.approved(now)
}

func (u *unit) approved(now control.Intent) error {
	now.Person = u.by.Person
	persons, _, err := u.needed(now)
	if err != nil {
		return err
	}
	if m := u.call.Mandate; m != nil {
		if persons > 1 {
			return overMandate(string(now.Action)) // a program is no second person
		}
		return m.covers(now)
	}
	if u.call.Approval == "" {
		return fault.New(fault.Forbidden, "control.approval_needed", "This needs your signature. Ask for an approval, agree to it with a second factor, and send its number along.").
			With("action", string(now.Action))
	}
	a, err := u.approval(u.call.Approval)
	if err != nil {
		return err
	}
	if a.Stage == control.Approved && a.Needed < persons && a.Intent.Person == u.by.Person {
		return fault.New(fault.Conflict, "control.changed", "What you signed has changed meanwhile ({field}). Look at it again, and sign again.").With("field", "needed")
	}
	gone, err := u.gone(a)
	if err != nil {
		return err
	}
	return u.approve(a, control.Use{Now: now, By: u.by.Person, Gone: gone})
}

// gone lists who has agreed and may no longer, as things stand within this commit.
func (u *unit) gone(a control.Approval) ([]identity.PersonID, error) {
	var gone []identity.PersonID
	for _, c := range a.Consents {
		p, err := u.house.cfg.Store.PersonByID(u.ctx, c.Person)
		if err != nil {
			return nil, err
		}
		e, err := u.entry(p.Account)
		if err != nil {
			return nil, err
		}
		if e.Disowned || !mayStillAgree(a, e.Person.Actor()) {
			gone = append(gone, c.Person)
		}
	}
	return gone, nil
}

// mayStillAgree asks of who has agreed what was asked of him then.
func mayStillAgree(a control.Approval, by identity.Actor) bool {
	act := control.ActFor(a.Intent.Action, a.Intent.Party)
	switch {
	case by.Party != a.Intent.Party:
		return a.Alone && by.Office.Staff() && identity.May(by, identity.ToConfirmPayoutAccounts)
	case a.Intent.Party != "" && by.Person != a.Intent.Person:
		act = identity.ToApprove
	case act == "":
		return by != (identity.Actor{})
	}
	return identity.May(by, act)
}

func overMandate(action string) error {
	return fault.New(fault.Forbidden, "control.over_mandate", "This key may not do that. Use another key, or act yourself.").With("action", action)
}

// covers reports whether a key's mandate is enough for an act.
func (m Mandate) covers(i control.Intent) error {
	over := overMandate(string(i.Action))
	if !slices.Contains(m.Scopes, string(control.ActFor(i.Action, i.Party))) {
		return over
	}
	switch i.Action {
	case control.Release, control.Refund, control.Withdraw:
		for _, a := range m.Ceiling {
			if a.Currency().Code() == i.Currency && i.Amount <= a.Minor() {
				return nil
			}
		}
	case control.PayoutAccount, control.GrantRole, control.APIKey, control.AppointStaff, control.PasswordProfile, control.TwoPersons, control.PayoutHold, control.RemoveFactor, control.SignOn:
	}
	return over // who may, and where money goes, is never for a program to say
}

func foldApproval(a control.Approval, r Record) (control.Approval, error) {
	e, err := control.Decode(r.Kind, r.Payload)
	if err != nil {
		return a, err
	}
	return a.Apply(e, r.At), nil
}

func (u *unit) approval(id string) (control.Approval, error) {
	a, err := state(u, control.Stream(id), foldApproval, control.Approval{ID: id})
	if err == nil && a.Version == 0 {
		err = noApproval()
	}
	return a, err
}

func noApproval() error {
	return fault.New(fault.NotFound, "control.not_found", "There is no approval with this number.")
}

// approve gives a command to an approval and keeps its row.
func (u *unit) approve(a control.Approval, c control.Command) error {
	decided, err := control.Decide(a, c, u.by, u.now)
	if err != nil {
		return err // what it would record is recorded by voidApproval
	}
	return u.recordApproval(a, decided)
}

func (u *unit) recordApproval(a control.Approval, decided []control.Event) error {
	stream := control.Stream(a.ID)
	if err := recordAs(u, u.by, stream, a.Version, decided...); err != nil {
		return err
	}
	for _, e := range decided {
		a = a.Apply(e, u.now)
	}
	u.put(stream, a)
	row, err := ApprovalViewOf(a)
	u.rows.approved = append(u.rows.approved, row)
	return err
}

// ApprovalViewOf is the list row of an approval: a function of its state.
func ApprovalViewOf(a control.Approval) (ApprovalRow, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return ApprovalRow{}, fault.New(fault.Internal, "control.row", "An approval cannot be written down.").Because(err)
	}
	return ApprovalRow{ID: a.ID, Party: a.Intent.Party, Person: a.Intent.Person, Subject: a.Intent.Subject, Stage: string(a.Stage), ExpiresAt: a.Intent.Expires, Body: body}, nil
}

// approval reads the approval behind the row.
func (r ApprovalRow) approval() (a control.Approval, err error) {
	if err := json.Unmarshal(r.Body, &a); err != nil {
		return a, fault.New(fault.Internal, "control.row", "An approval cannot be read.").Because(err)
	}
	return a, nil
}

// Asked is an approval and how the person who looks at it can agree.
type Asked struct {
	Approval control.Approval
	Passkey  []byte // options for the browser, whose challenge is the approval's hash; nil without passkeys
	Ways     []account.FactorKind
}

// Prepare works out what a deed would do and asks for an approval of exactly that.
// It fails with control.not_needed if nobody has to sign it, and as the deed itself.
func (h *House) Prepare(ctx context.Context, in Presence, call Call, d Deed) (Asked, error) {
	id := h.cfg.NewID()
	nonce, err := h.secret()
	if err != nil {
		return Asked{}, err
	}
	_, err = h.do(ctx, ask{call: call, command: "ask_approval", stream: control.Stream(id), input: id, run: func(u *unit) (*Receipt, error) {
		if h.cfg.Security == nil {
			return nil, notNeeded()
		}
		if !u.secured() {
			return nil, forbidden()
		}
		i, needed, err := d.weigh(u)
		if err != nil {
			return nil, err
		}
		if !needed {
			return nil, notNeeded()
		}
		i.Person, i.Nonce = u.by.Person, nonce
		persons, alone, err := u.needed(i)
		if err != nil {
			return nil, err
		}
		if err := u.approve(control.Approval{ID: id}, control.Ask{Intent: i, Needed: persons, Alone: alone}); err != nil {
			return nil, err
		}
		return &Receipt{ID: id, Version: 1, State: string(control.Asked)}, nil
	}})
	if err != nil {
		return Asked{}, err
	}
	return h.Approval(ctx, in, id)
}

func notNeeded() error {
	return fault.New(fault.Refused, "control.not_needed", "This needs no approval. Send it as it is.")
}

// Approval reads an approval for those it concerns: the people of its company, the
// house's staff for its own acts, and the treasury where it stands in for a second person.
func (h *House) Approval(ctx context.Context, in Presence, id string) (Asked, error) {
	a, err := h.readApproval(ctx, id)
	if err != nil {
		return Asked{}, err
	}
	if !concerns(a, in.Actor()) {
		return Asked{}, noApproval()
	}
	e, err := h.mine(ctx, in)
	if err != nil {
		return Asked{}, err
	}
	out := Asked{Approval: a, Ways: factorsOf(e.State)}
	if slices.Contains(out.Ways, account.Passkey) && h.cfg.Passkeys != nil {
		have, err := h.credentials(ctx, e.Person.ID)
		if err != nil {
			return Asked{}, err
		}
		if out.Passkey, err = h.cfg.Passkeys.SigningOptions(a.Hash, have); err != nil {
			return Asked{}, err
		}
	}
	return out, nil
}

func (h *House) readApproval(ctx context.Context, id string) (control.Approval, error) {
	records, err := h.cfg.Store.Records(ctx, control.Stream(id), 0)
	if err != nil {
		return control.Approval{}, err
	}
	a, err := folded(records, foldApproval, control.Approval{ID: id})
	if err == nil && a.Version == 0 {
		err = noApproval()
	}
	return a, err
}

func concerns(a control.Approval, by identity.Actor) bool {
	switch {
	case a.Intent.Party == "":
		return by.Office.Staff()
	case by.Office == identity.Member:
		whole := a.Intent.Action != control.PayoutAccount || identity.May(by, identity.ToPayoutAccounts) // it names the account in full
		return whole && by.Party == a.Intent.Party
	}
	return by.Office == identity.Auditor || by.Office == identity.Compliance || a.Alone && by.Office == identity.Treasury
}

// Approvals lists approvals, newest first: those of the caller's company, or for
// staff those of the house.
func (h *House) Approvals(ctx context.Context, by identity.Actor, q ApprovalQuery) ([]control.Approval, error) {
	switch {
	case by.Office.Staff():
		q.Staff = q.Party == ""
	case by.Office == identity.Member && by.Party != "":
		q.Party, q.Staff = by.Party, false
	default:
		return nil, forbidden()
	}
	q.Limit = pageSize(q.Limit)
	rows, err := h.cfg.Store.ApprovalRows(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]control.Approval, len(rows))
	for i, r := range rows {
		if out[i], err = r.approval(); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(out, func(a control.Approval) bool { return !concerns(a, by) }), nil
}

// Agree is a person's consent to an approval, proved by a second factor: with a
// passkey the signature over the approval's hash is kept as evidence. A person
// without a second factor cannot agree: account.factor_needed.
func (h *House) Agree(ctx context.Context, in Presence, o Origin, call Call, id string, given Proof) (Asked, error) {
	e, err := h.mine(ctx, in)
	if err != nil {
		return Asked{}, err
	}
	if !e.HasFactor() {
		return Asked{}, fault.New(fault.Forbidden, "account.factor_needed", "Moving money and granting rights need a second factor. Add a passkey or an authenticator app first.")
	}
	if e.Disowned {
		return Asked{}, fault.New(fault.Refused, "account.disowned", "Somebody said that this account was used by another person. The house looks into it first.")
	}
	asked, err := h.Approval(ctx, in, id)
	if err != nil {
		return Asked{}, err
	}
	where, _ := h.where(o)
	consent := control.Consent{Person: e.Person.ID, Name: e.Person.Name, Device: where.Device, Hash: asked.Approval.Hash, Method: methodOf(given.Kind)}
	if consent.Device == "" {
		consent.Device = "session:" + in.Session.ID
	}
	proof, kept, err := h.proveConsent(ctx, e, where, given, asked.Approval.Hash)
	if err != nil {
		return Asked{}, err
	}
	consent.Assertion = kept.assertion
	_, err = h.do(ctx, ask{call: call, command: "agree", stream: control.Stream(id), input: []any{id, h.cfg.NewID()}, run: func(u *unit) (*Receipt, error) {
		a, err := u.approval(id)
		if err != nil {
			return nil, err
		}
		if err := u.approve(a, control.Agree{Consent: consent}); err != nil {
			return nil, err
		}
		now, err := u.entry(e.Person.Account)
		if err != nil {
			return nil, err
		}
		if kept.secret.Name != "" {
			u.secrets = append(u.secrets, kept.secret)
		}
		if _, err := u.noteProved(now, where, &proof, "approval:"+id, account.Note{What: account.Approved, Subject: a.Intent.Subject}); err != nil {
			return nil, err
		}
		return &Receipt{ID: id, Version: a.Version + 1, State: "agreed"}, u.callSecond(a, e.Person)
	}})
	if err != nil {
		return Asked{}, err
	}
	return h.Approval(ctx, in, id)
}

func methodOf(k account.FactorKind) string {
	switch k {
	case account.Passkey:
		return control.Passkey
	case account.TOTP:
		return control.TOTP
	case account.Recovery, account.Code:
	}
	return control.Code
}

// keptConsent is what a passkey leaves behind.
type keptConsent struct {
	assertion *control.Assertion
	secret    Secret
}

// proveConsent checks the factor with which somebody agrees. A passkey's challenge
// is the hash of what is agreed to, and nothing else.
func (h *House) proveConsent(ctx context.Context, e entry, where account.Where, given Proof, hash evidence.Hash) (used, keptConsent, error) {
	if given.Kind != account.Passkey {
		if given.Kind != account.TOTP && given.Kind != account.Recovery {
			return used{}, keptConsent{}, wrongProof()
		}
		u, err := h.prove(ctx, e, where, given, nil, "")
		return u, keptConsent{}, err
	}
	if h.cfg.Passkeys == nil {
		return used{}, keptConsent{}, noPasskeys()
	}
	id, err := h.cfg.Passkeys.CredentialOf(given.Response)
	if err != nil {
		return used{}, keptConsent{}, err
	}
	secret, err := h.cfg.Store.SecretByName(ctx, passkeyPrefix+id)
	if err != nil && fault.KindOf(err) == fault.NotFound || err == nil && secret.Person != e.Person.ID {
		return used{}, keptConsent{}, wrongProof()
	}
	if err != nil {
		return used{}, keptConsent{}, err
	}
	assertion, use, err := h.cfg.Passkeys.Sign(hash, secret.Data, given.Response)
	if err != nil {
		return used{}, keptConsent{}, err
	}
	if use.Regressed {
		return used{}, keptConsent{}, wrongProof()
	}
	secret.Data = use.Data
	return used{Kind: account.Passkey, ID: id}, keptConsent{assertion: &assertion, secret: secret}, nil
}

// callSecond tells those who could be the second person.
func (u *unit) callSecond(before control.Approval, by Person) error {
	if before.Needed < 2 || len(before.Consents) > 0 {
		return nil
	}
	q := PersonQuery{Party: before.Intent.Party, Limit: identity.MembersMax}
	company := ""
	switch {
	case before.Alone:
		q = PersonQuery{Office: identity.Treasury, Limit: pageMax}
	case before.Intent.Party == "":
		q = PersonQuery{Office: by.Office, Limit: pageMax}
	}
	if before.Intent.Party != "" {
		o, err := u.organisation(before.Intent.Party)
		if err != nil {
			return err
		}
		company = o.Party.LegalName
	}
	people, err := u.house.cfg.Store.Persons(u.ctx, q)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.ID == by.ID || p.Office == identity.Member && !identity.May(p.Actor(), identity.ToApprove) {
			continue
		}
		m := p.letter(MailApproval, "/approvals/"+before.ID, map[string]string{
			"Company": company, "By": by.Name, "What": string(before.Intent.Action),
		})
		if err := u.mail(m); err != nil {
			return err
		}
	}
	return nil
}

// DeclineApproval is the no of somebody who may agree.
func (h *House) DeclineApproval(ctx context.Context, call Call, id, why string) error {
	return h.stepApproval(ctx, call, id, control.Decline{Person: call.By.Person, Why: why})
}

// CancelApproval takes back what one has asked for.
func (h *House) CancelApproval(ctx context.Context, call Call, id string) error {
	return h.stepApproval(ctx, call, id, control.Cancel{Person: call.By.Person})
}

func (h *House) stepApproval(ctx context.Context, call Call, id string, c control.Command) error {
	_, err := h.do(ctx, ask{call: call, command: c.Name(), stream: control.Stream(id), input: c, run: func(u *unit) (*Receipt, error) {
		a, err := u.approval(id)
		if err != nil {
			return nil, err
		}
		if !concerns(a, u.by) {
			return nil, noApproval()
		}
		if err := u.approve(a, c); err != nil {
			return nil, err
		}
		return &Receipt{ID: id, Version: a.Version + 1, State: c.Name()}, nil
	}})
	return err
}

// voided writes down that what was signed is no longer so, after a deed was refused for it.
func (h *House) voided(ctx context.Context, call Call, cause error) {
	code := fault.CodeOf(cause)
	if call.Approval == "" || code != "control.changed" && code != "control.consent_gone" {
		return
	}
	why := fault.Of(cause).Args["field"]
	_, err := h.do(ctx, ask{call: Call{By: call.By}, command: "void_approval", stream: control.Stream(call.Approval), input: why, run: func(u *unit) (*Receipt, error) {
		a, err := u.approval(call.Approval)
		if err != nil {
			return nil, err
		}
		if a.Over(u.now) {
			return nil, fault.New(fault.Conflict, "control.wrong_stage", "The approval is {stage}, where this cannot be done.").With("stage", string(a.Stage))
		}
		if why == "" {
			why = "consent_gone"
		}
		return &Receipt{ID: a.ID, Version: a.Version + 1, State: string(control.Void)}, u.recordApproval(a, []control.Event{control.ApprovalVoid{Why: why, By: u.by.Person}})
	}})
	if err != nil && fault.KindOf(err) == fault.Internal {
		h.cfg.Log.ErrorContext(ctx, "approval not voided", slog.Any("error", err))
	}
}
