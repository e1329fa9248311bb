package assurance

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

func foldCase(c compliance.Case, r Record) (compliance.Case, error) {
	e, err := compliance.DecodeEvent(r.Kind, r.Payload)
	if err != nil {
		return c, err
	}
	return c.Apply(e, r.At), nil
}

// checkCase reads a case within a command.
func (u *unit) checkCase(id string) (compliance.Case, error) {
	c, err := state(u, compliance.Stream(id), foldCase, compliance.Case{ID: id})
	if err == nil && c.Version == 0 {
		err = noCase()
	}
	return c, err
}

func noCase() error {
	return fault.New(fault.NotFound, "compliance.not_found", "There is no case with this number.")
}

// stepCase gives a command to a case, and what follows from it in the same commit:
// the party is held or free, its deals stop or go on, and whoever decides is told.
func (u *unit) stepCase(c compliance.Case, command compliance.Command) (*Receipt, error) {
	party := c.Subject.Party
	if open, ok := command.(compliance.Open); ok {
		party = open.Subject.Party
	}
	o, err := u.organisation(party)
	if err != nil {
		return nil, err
	}
	insiders := make([]identity.PersonID, len(o.Members))
	for i, m := range o.Members {
		insiders[i] = m.Person
	}
	decided, err := compliance.Decide(c, command, compliance.Actor{Actor: u.by, Insiders: insiders}, u.now)
	if err != nil {
		return nil, err
	}
	before, stream := c, compliance.Stream(c.ID)
	if err := recordAs(u, u.by, stream, c.Version, decided...); err != nil {
		return nil, err
	}
	for _, e := range decided {
		c = c.Apply(e, u.now)
	}
	u.put(stream, c)
	row, err := CaseViewOf(c)
	if err != nil {
		return nil, err
	}
	u.rows.cases = append(u.rows.cases, row)
	was, _ := before.Next()
	due, _ := c.Next()
	u.rows.clocks = append(u.rows.clocks, ClockSet{Stream: stream, Was: oneClock(stream, "check", was), Clocks: oneClock(stream, "check", due)})
	if err := u.followCase(before, c, o); err != nil {
		return nil, err
	}
	return &Receipt{ID: c.ID, Version: c.Version, State: string(c.Stage)}, u.tellOfCase(before, c)
}

// followCase holds the party or lets it go, and stops the deal that was about to go on.
func (u *unit) followCase(before, c compliance.Case, o identity.Organisation) error {
	if c.Holds() {
		for _, id := range c.Deals {
			if err := u.stopDeal(deal.ID(id), c.ID); err != nil {
				return err
			}
		}
	}
	if before.Holds() == c.Holds() {
		return nil
	}
	var command identity.OrganisationCommand = identity.Free{Case: c.ID}
	if c.Holds() {
		command = identity.Hold{Case: c.ID}
	}
	if err := u.organiseAsHouse(o, command); err != nil {
		return err
	}
	order := HoldOrder{Party: c.Subject.Party, Case: c.ID, Hold: c.Holds()}
	return u.send(TopicHold, fmt.Sprintf("%s/%d", compliance.Stream(c.ID), c.Version), order)
}

// asHouse does something in the house's own name, which is what everybody may read
// in the log.
func (u *unit) asHouse(do func() error) error {
	by := u.by
	u.by = identity.HouseClock()
	defer func() { u.by = by }()
	return do()
}

func (u *unit) organiseAsHouse(o identity.Organisation, c identity.OrganisationCommand) error {
	return u.asHouse(func() error {
		_, err := u.organise(o, c)
		return err
	})
}

// stopDeal freezes a deal for a case, unless it is over or stands still already. A
// draft binds nobody, and only its writer sees it.
func (u *unit) stopDeal(id deal.ID, number string) error {
	s, err := u.deal(id)
	if err != nil || s.Frozen || s.Phase == deal.None || s.Phase == deal.Draft || s.Phase == deal.Closed {
		return err
	}
	_, err = u.command(s, deal.Freeze{Case: number})
	return err
}

// standsStill stops a deal that is about to move money while a case holds a company
// of it, and answers the deal as it is then: the order to stop all its deals is on
// its way, and money must not overtake it.
func (u *unit) standsStill(s deal.State, d deal.Decision) (stopped deal.State, err error) {
	if s.Frozen || len(d.Transfers) == 0 || !u.house.Screens() {
		return deal.State{}, nil
	}
	for _, party := range []identity.PartyID{s.Terms.Buyer, s.Terms.Seller} {
		o, err := u.organisation(party)
		if err != nil {
			return deal.State{}, err
		}
		if !o.Held() {
			continue
		}
		if err := u.asHouse(func() error { return u.stopDeal(s.ID, o.Holds[0]) }); err != nil {
			return deal.State{}, err
		}
		return u.deal(s.ID)
	}
	return deal.State{}, nil
}

// CaseViewOf is the list row of a case: a function of its state.
func CaseViewOf(c compliance.Case) (CaseRow, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return CaseRow{}, fault.New(fault.Internal, "compliance.row", "A case cannot be written down.").Because(err)
	}
	return CaseRow{
		ID: c.ID, Party: c.Subject.Party, Stage: string(c.Stage), Holds: c.Holds(), Assignee: c.Assignee, OpenedAt: c.OpenedAt, DecideBy: c.DecideBy, Body: body,
	}, nil
}

// tellOfCase writes to the people who decide when a case begins and when it is overdue.
func (u *unit) tellOfCase(before, c compliance.Case) error {
	began, late := before.Version == 0, c.Overdue && !before.Overdue
	if !began && !late || u.house.cfg.Security == nil {
		return nil
	}
	people, err := u.house.cfg.Store.Persons(u.ctx, PersonQuery{Office: identity.Compliance, Limit: pageMax})
	if err != nil {
		return err
	}
	what := "opened"
	if late {
		what = "overdue"
	}
	for _, p := range people {
		if p.Party != "" || p.Office != identity.Compliance {
			continue
		}
		if err := u.mail(p.letter(MailCase, "/desk/checks/"+c.ID, map[string]string{"What": what, "When": c.DecideBy.UTC().Format(time.RFC3339)})); err != nil {
			return err
		}
	}
	return nil
}

func (h *House) stepCase(ctx context.Context, call Call, id string, c compliance.Command) error {
	_, err := h.StepCase(ctx, call, id, c)
	return err
}

// StepCase gives a person's command to a case: take, propose, agree, object, lift.
// Refusals are those of compliance.Decide.
func (h *House) StepCase(ctx context.Context, call Call, id string, c compliance.Command) (Receipt, error) {
	if call.By.Office != identity.Clock {
		if err := identity.Permit(call.By, identity.ToDecideChecks); err != nil {
			return Receipt{}, err
		}
	}
	return h.do(ctx, ask{call: call, command: c.Name(), stream: compliance.Stream(id), input: c, run: func(u *unit) (*Receipt, error) {
		known, err := u.checkCase(id)
		if err != nil {
			return nil, err
		}
		return u.stepCase(known, c)
	}})
}

// lapseCase carries out the clock of a case: an alarm, or the end of a licence.
func (h *House) lapseCase(ctx context.Context, call Call, id string) (Receipt, error) {
	return h.do(ctx, ask{call: call, command: "lapse_case", stream: compliance.Stream(id), input: id, run: func(u *unit) (*Receipt, error) {
		c, err := u.checkCase(id)
		if err != nil {
			return nil, err
		}
		_, command := c.Next()
		if command == nil {
			return nil, fault.New(fault.Conflict, "compliance.no_clock", "This case waits for nothing.")
		}
		return u.stepCase(c, command)
	}})
}

// HoldDeals stops the open deals of a party for a case, or lets them go on if no
// other case holds either of their companies.
func (h *House) HoldDeals(ctx context.Context, o HoldOrder) error {
	var failed error
	for before := deal.ID(""); ; {
		rows, err := h.cfg.Store.Deals(ctx, DealQuery{Party: o.Party, Open: true, Before: before, Limit: pageMax})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Frozen == o.Hold { // of a deal that is frozen for something else, the house hears again when that ends
				continue
			}
			if err := h.holdDeal(ctx, r.ID, o); err != nil {
				if ctx.Err() != nil {
					return err
				}
				failed = err // the others do not wait for it
			}
		}
		if len(rows) < pageMax {
			return failed
		}
		before = rows[len(rows)-1].ID
	}
}

func (h *House) holdDeal(ctx context.Context, id deal.ID, o HoldOrder) error {
	call := Call{By: identity.HouseClock()}
	_, err := h.do(ctx, ask{call: call, command: "hold_deal", stream: id.Stream(), input: o, run: func(u *unit) (*Receipt, error) {
		s, err := u.deal(id)
		if err != nil {
			return nil, err
		}
		receipt := &Receipt{ID: string(id), Version: s.Version, State: string(s.Phase)}
		company, err := u.organisation(o.Party)
		if err != nil {
			return nil, err
		}
		held := false
		for _, c := range company.Holds {
			held = held || c == o.Case
		}
		if held != o.Hold {
			return receipt, nil // the case has gone on meanwhile, and another order follows
		}
		if o.Hold {
			return receipt, u.stopDeal(id, o.Case)
		}
		if goes, err := u.goesAgain(s); err != nil || !goes {
			return receipt, err
		}
		return u.command(s, deal.Unfreeze{Case: s.FreezeCase})
	}})
	return err
}

// goesAgain reports whether a deal that a case has stopped may go on: no case holds
// either company any more. While one does, the deal keeps the case that stopped it
// first: to let it go even for a moment would carry out what has waited.
func (u *unit) goesAgain(s deal.State) (bool, error) {
	if !s.Frozen {
		return false, nil
	}
	held, err := u.sideHeld(s)
	if err != nil || held {
		return false, err
	}
	if _, err = u.checkCase(s.FreezeCase); fault.KindOf(err) == fault.NotFound {
		return false, nil // a person has stopped it for something else
	}
	return err == nil, err
}

// sideHeld reports whether a case holds a company of the deal.
func (u *unit) sideHeld(s deal.State) (bool, error) {
	for _, party := range []identity.PartyID{s.Terms.Buyer, s.Terms.Seller} {
		o, err := u.organisation(party)
		if err != nil || o.Held() {
			return err == nil, err
		}
	}
	return false, nil
}

// CheckCases lists cases, newest first, for those who decide them and for auditors.
func (h *House) CheckCases(ctx context.Context, by identity.Actor, q CaseQuery) ([]compliance.Case, error) {
	if err := identity.Permit(by, identity.ToReadChecks); err != nil {
		return nil, err
	}
	q.Limit = pageSize(q.Limit)
	rows, err := h.cfg.Store.CheckCases(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]compliance.Case, len(rows))
	for i, r := range rows {
		if out[i], err = r.Case(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CheckFile is a case with the company it is about, and what the company has going.
type CheckFile struct {
	Case    compliance.Case
	Company PartyRow
	Deals   []DealRow // open ones
	Earlier []compliance.Case
	History []CaseFact // oldest first
	Checked CheckMark  // zero if nobody knows
}

// CaseFact is one thing that happened to a case, and who did it.
type CaseFact struct {
	Event compliance.Event
	By    identity.Actor
	At    time.Time
}

// CheckCase reads a case for those who decide it and for auditors.
func (h *House) CheckCase(ctx context.Context, by identity.Actor, id string) (CheckFile, error) {
	if err := identity.Permit(by, identity.ToReadChecks); err != nil {
		return CheckFile{}, err
	}
	records, err := h.cfg.Store.Records(ctx, compliance.Stream(id), 0)
	if err != nil {
		return CheckFile{}, err
	}
	var f CheckFile
	if f.Case, err = folded(records, foldCase, compliance.Case{ID: id}); err != nil {
		return f, err
	}
	if f.Case.Version == 0 {
		return f, noCase()
	}
	if f.History, err = caseFacts(records); err != nil {
		return f, err
	}
	if f.Company, err = h.cfg.Store.Party(ctx, f.Case.Subject.Party); err != nil {
		return f, err
	}
	if f.Deals, err = h.cfg.Store.Deals(ctx, DealQuery{Party: f.Company.ID, Open: true, Limit: pageMax}); err != nil {
		return f, err
	}
	all, err := h.casesOf(ctx, f.Company.ID)
	if err != nil {
		return f, err
	}
	for _, c := range all {
		if c.ID != id {
			f.Earlier = append(f.Earlier, c)
		}
	}
	f.Checked, err = h.cfg.Store.Checked(ctx, f.Company.ID)
	if fault.KindOf(err) == fault.NotFound {
		err = nil
	}
	return f, err
}

func caseFacts(records []Record) ([]CaseFact, error) {
	facts := make([]CaseFact, len(records))
	for i, r := range records {
		e, err := compliance.DecodeEvent(r.Kind, r.Payload)
		if err != nil {
			return nil, err
		}
		by, err := identity.ParseActor(r.Actor)
		if err != nil {
			return nil, err
		}
		facts[i] = CaseFact{Event: e, By: by, At: r.At}
	}
	return facts, nil
}
