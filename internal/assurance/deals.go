package assurance

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// DraftDeal opens a deal with the caller's company as buyer or seller. Both
// companies must be registered (NotFound party.not_found).
func (h *House) DraftDeal(ctx context.Context, call Call, terms contract.Terms) (Receipt, error) {
	terms, err := writable(terms)
	if err != nil {
		return Receipt{}, err
	}
	if err := h.knownParties(ctx, terms); err != nil {
		return Receipt{}, err
	}
	id := deal.ID(h.cfg.NewID())
	return h.do(ctx, ask{call: call, command: "draft", stream: "", input: terms, byKey: true, run: func(u *unit) (*Receipt, error) {
		return u.command(deal.State{ID: id}, deal.WriteDraft{Terms: terms, Rules: h.rules})
	}})
}

// Act gives a command about a deal. Ids of claims and consignments that the
// caller leaves empty are made by the house. Refusals are those of deal.Decide.
func (h *House) Act(ctx context.Context, call Call, id deal.ID, cmd deal.Command) (Receipt, error) {
	if _, ok := cmd.(deal.Fund); ok {
		return Receipt{}, forbidden() // money comes in by BookDeposit only
	}
	cmd, err := withWritableTerms(cmd)
	if err != nil {
		return Receipt{}, err
	}
	input := cmd
	switch c := cmd.(type) {
	case deal.WriteDraft:
		if err := h.knownParties(ctx, c.Terms); err != nil {
			return Receipt{}, err
		}
		c.Rules = h.rules
		cmd = c
	case deal.RaiseClaim:
		if c.ClaimID == "" {
			c.ClaimID = h.cfg.NewID()
		}
		cmd = c
	case deal.Ship:
		if c.ConsignmentID == "" {
			c.ConsignmentID = h.cfg.NewID()
		}
		c.NumberReused = false // for the house to find out, not for the seller to say
		cmd = c
	}
	if err := h.goesOn(ctx, call.By, id, cmd); err != nil {
		return Receipt{}, err
	}
	var announced *Tracking
	if ship, ok := cmd.(deal.Ship); ok {
		announced = trackingOf(id, ship)
	}
	receipt, err := h.do(ctx, ask{call: call, command: cmd.Name(), stream: id.Stream(), input: input, announced: announced, byKey: true, run: func(u *unit) (*Receipt, error) {
		cmd := cmd // this may run again, and then from the beginning
		s, err := u.deal(id)
		if err != nil {
			return nil, err
		}
		if _, draft := cmd.(deal.WriteDraft); draft && s.Phase == deal.None {
			// DraftDeal opens deals, under ids of the house's own.
			return nil, fault.New(fault.NotFound, "deal.not_found", "There is no such deal.")
		}
		if ship, ok := cmd.(deal.Ship); ok {
			cmd = u.checkNumber(*announced, ship)
		}
		return u.command(s, cmd)
	}})
	return receipt, err
}

// writable fills what a half-finished draft leaves out, because an amount without
// a currency cannot be written down, not even to remember what was asked.
func writable(t contract.Terms) (contract.Terms, error) {
	if t.Currency.IsZero() {
		return t, t.CheckDraft()
	}
	return t.Normal(), nil
}

func withWritableTerms(cmd deal.Command) (deal.Command, error) {
	var err error
	switch c := cmd.(type) {
	case deal.WriteDraft:
		c.Terms, err = writable(c.Terms)
		return c, err
	case deal.Counter:
		c.Terms, err = writable(c.Terms)
		return c, err
	case deal.Amend:
		c.Terms, err = writable(c.Terms)
		return c, err
	}
	return cmd, nil
}

func (h *House) knownParties(ctx context.Context, t contract.Terms) error {
	for _, p := range []struct {
		field string
		id    identity.PartyID
	}{{"buyer", t.Buyer}, {"seller", t.Seller}} {
		if p.id == "" || h.roster.has(p.id) {
			continue // what is empty is found and named by the checks of the terms
		}
		if _, err := h.cfg.Store.Party(ctx, p.id); err != nil {
			if f := fault.Of(err); f.Kind == fault.NotFound {
				return fault.New(fault.Invalid, "party.not_found", "No company of that id is registered.").At(p.field)
			}
			return err
		}
		h.roster.add(p.id)
	}
	return nil
}

// trackingOf is what a shipment announces. Spaces and letter case are no other
// number: carriers print them either way.
func trackingOf(id deal.ID, c deal.Ship) *Tracking {
	return &Tracking{
		Carrier: strings.ToUpper(strings.Join(strings.Fields(c.Carrier), " ")),
		Number:  strings.ToUpper(strings.Join(strings.Fields(c.TrackingNumber), "")), Deal: string(id),
	}
}

// checkNumber tells the deal whether another deal has used the tracking number.
func (u *unit) checkNumber(t Tracking, c deal.Ship) deal.Command {
	used := u.stored[t]
	for layer := u.cycle; layer != nil; layer = layer.under {
		for _, other := range layer.trackings {
			used = used || other.Carrier == t.Carrier && other.Number == t.Number && other.Deal != t.Deal
		}
	}
	u.trackings = append(u.trackings, t)
	if !used {
		u.unused = append(u.unused, t)
	}
	c.NumberReused = used
	return c
}

// deal is the newest state of a deal; an unknown id gives a state without a phase.
// A deal that has not heard of an outage is told of it.
func (u *unit) deal(id deal.ID) (deal.State, error) {
	s, err := state(u, id.Stream(), foldDeal, deal.State{ID: id})
	if err != nil {
		return s, err
	}
	return u.hear(s)
}

// command decides and records. It is the only way in which a deal changes.
func (u *unit) command(s deal.State, cmd deal.Command) (*Receipt, error) {
	if err := u.mayTry(cmd); err != nil {
		return nil, err
	}
	d, err := deal.Decide(s, cmd, deal.Moment{Now: u.now, By: u.by})
	if err != nil {
		return nil, err
	}
	if stopped, err := u.standsStill(s, d); err != nil || stopped.Frozen {
		if err != nil {
			return nil, err
		}
		return u.command(stopped, cmd)
	}
	if err := u.mayCommand(s, cmd, d); err != nil {
		return nil, err
	}
	if err := cmp.Or(u.mayBind(s, cmd), u.mayLetGo(s, cmd)); err != nil {
		return nil, err
	}
	if err := recordAs(u, u.by, s.ID.Stream(), s.Version, d.Events...); err != nil {
		return nil, err
	}
	if s.Phase == deal.Agreed { // money is held from the funding on
		for _, t := range d.Transfers {
			if t.Credit.Kind() == ledger.KindHeld {
				u.openAccount(t.Credit)
			}
		}
	}
	if err := u.post(d.Transfers...); err != nil {
		if foreign, noticed := u.tip.notice(u.ctx); noticed != nil || foreign {
			return nil, cmp.Or(noticed, overtaken()) // the deal was read before another house wrote, and the balance after
		}
		// The deal said that this money is there. If the ledger disagrees, one of
		// them is wrong, and nothing may be written until somebody knows which.
		fault.Assert(fault.KindOf(err) == fault.Unavailable || fault.KindOf(err) == fault.Conflict, "ledger.disagrees", err.Error())
		return nil, err
	}
	u.showDeal(s, d.After)
	if err := u.payOut(s, d); err != nil {
		return nil, err
	}
	return &Receipt{ID: string(s.ID), Version: d.After.Version, State: string(d.After.Phase)}, nil
}

// payOut asks for a payout of what the decision credited to the parties.
func (u *unit) payOut(before deal.State, d deal.Decision) error {
	if !u.autoPayout {
		return nil
	}
	sums := sumsOf(d)
	for _, to := range []escrow.To{escrow.ToBuyer, escrow.ToSeller} {
		if sums[to] == 0 {
			continue
		}
		party := before.Terms.Buyer
		if to == escrow.ToSeller {
			party = before.Terms.Seller
		}
		stream := before.ID.Stream()
		id := fmt.Sprintf("%s/%d/%s", stream, d.After.Version, to)
		if err := u.send(TopicAutoPayout, id, AutoPayout{Party: party, Amount: money.New(sums[to], before.Terms.Currency), Cause: stream}); err != nil {
			return err
		}
	}
	return nil
}

// showDeal keeps the views and clocks of a deal in step with its state.
func (u *unit) showDeal(before, s deal.State) {
	stream := s.ID.Stream()
	u.put(stream, s)
	row := DealViewOf(s)
	row.UpdatedAt, row.Closed = u.now, ClosedDealOf(s)
	row.Relisted = before.Version == 0 || before.Terms.Title != s.Terms.Title ||
		before.Terms.Buyer != s.Terms.Buyer || before.Terms.Seller != s.Terms.Seller
	u.rows.deals = append(u.rows.deals, row)
	u.rows.duties = append(u.rows.duties, DutySet{Deal: s.ID, Was: DutiesOf(before), Rows: DutiesOf(s)})
	u.rows.clocks = append(u.rows.clocks, ClockSet{Stream: stream, Was: clocksOf(before), Clocks: clocksOf(s)})
}

// DealViewOf is the list row of a deal: a function of its state, so that it can
// be rebuilt and compared. UpdatedAt is left for the writer.
func DealViewOf(s deal.State) DealRow {
	row := DealRow{
		ID: s.ID, Title: s.Terms.Title, Buyer: s.Terms.Buyer, Seller: s.Terms.Seller, Phase: s.Phase, Outcome: s.Outcome,
		Currency: s.Terms.Currency, Total: s.Escrow.Due(), Held: s.Escrow.Held(), Disputed: s.Escrow.Frozen(),
		Released: s.Escrow.Released(), Refunded: s.Escrow.Refunded(), Fees: s.Escrow.Fees(), OpenClaims: s.OpenClaims(),
		Frozen: s.Frozen, Version: s.Version, DraftedAt: s.DraftedAt,
	}
	if s.OfferedAt.IsZero() {
		row.Private = s.Terms.Party(s.Drafter)
	}
	if clocks := s.Deadlines(); len(clocks) > 0 && !s.Frozen {
		row.NextAt = clocks[0].At
	}
	return row
}

// DutiesOf lists the obligations of a deal by party; those of either side count for both.
func DutiesOf(s deal.State) []DutyRow {
	var rows []DutyRow
	add := func(p identity.PartyID, o deal.Obligation) {
		rows = append(rows, DutyRow{Deal: s.ID, Party: p, Obligation: o})
	}
	for _, o := range s.Obligations() {
		switch o.Who {
		case deal.WhoBuyer:
			add(s.Terms.Buyer, o)
		case deal.WhoSeller:
			add(s.Terms.Seller, o)
		case deal.WhoEither:
			add(s.Terms.Buyer, o)
			add(s.Terms.Seller, o)
		case deal.WhoHouse:
			add("", o)
		}
	}
	return rows
}

// Deal reads a deal for its parties or for staff; anybody else gets deal.not_found.
// Who may read no cases learns that a deal is frozen, but not for which case.
func (h *House) Deal(ctx context.Context, by identity.Actor, id deal.ID) (deal.State, error) {
	s, err := h.shownDeal(ctx, id)
	if err != nil {
		return deal.State{}, err
	}
	return h.visible(s, by)
}

// visible is what the caller may see of a deal.
func (h *House) visible(s deal.State, by identity.Actor) (deal.State, error) {
	if s.Phase == deal.None || !by.Office.Staff() && !s.VisibleTo(s.SideOf(by)) {
		return deal.State{}, fault.New(fault.NotFound, "deal.not_found", "There is no such deal.")
	}
	if !identity.May(by, identity.ToReadChecks) {
		s.FreezeCase = ""
	}
	return h.heard(s), nil
}

// Fact is one event of a deal as its history shows it.
type Fact struct {
	Sequence int64
	Version  int64
	Kind     string
	At       time.Time
	Actor    identity.Actor
	Event    deal.Event
}

// History lists the events of a deal, oldest first, for whoever may read it. Of a
// freeze only those who may read cases read the case and who placed it.
func (h *House) History(ctx context.Context, by identity.Actor, id deal.ID) ([]Fact, error) {
	_, facts, err := h.Story(ctx, by, id)
	return facts, err
}

func discreet(e deal.Event, by identity.Actor) (deal.Event, identity.Actor) {
	switch e.(type) {
	case deal.FreezePlaced:
		return deal.FreezePlaced{}, identity.HouseClock()
	case deal.FreezeLifted:
		return deal.FreezeLifted{}, identity.HouseClock()
	}
	return e, by
}

// How many deals a search looks through at a time, of those that a company buys and of
// those that it sells: few at first, because what is sought is mostly new, and more
// where somebody has it go on.
const (
	searchFirst   = 2000
	searchFurther = 10_000
)

// Deals lists the caller's deals, or for staff every deal, newest first.
func (h *House) Deals(ctx context.Context, by identity.Actor, q DealQuery) (list DealList, err error) {
	if !by.Office.Staff() {
		if by.Party == "" {
			return DealList{}, forbidden()
		}
		q.Party = by.Party
	}
	limit := pageSize(q.Limit)
	q.Limit, q.Search = limit+1, strings.TrimSpace(clipped(q.Search, searchMax))
	if q.Search != "" {
		most := searchFirst
		if q.Before != "" {
			most = searchFurther
		}
		if q.From, err = h.cfg.Store.Reach(ctx, q, most); err != nil {
			return DealList{}, err
		}
	}
	if list.Rows, err = h.cfg.Store.Deals(ctx, q); err != nil {
		return DealList{}, err
	}
	list.Next = q.From
	if len(list.Rows) > limit {
		list.Rows = list.Rows[:limit]
		list.Next = list.Rows[limit-1].ID
	}
	return list, nil
}

// Duties lists what the caller's company owes or may do, or for staff what the
// house owes, the most urgent first.
func (h *House) Duties(ctx context.Context, by identity.Actor, limit int) ([]DutyRow, error) {
	switch {
	case by.Office.Staff():
		return h.cfg.Store.Duties(ctx, "", pageSize(limit))
	case by.Office == identity.Member && by.Party != "":
		return h.duties(ctx, by.Party, pageSize(limit))
	}
	return nil, forbidden()
}

const (
	pageDefault = 50
	pageMax     = 200
	searchMax   = 400 // bytes; a database compares no pattern of any length
)

// clipped is the beginning of a text, in at most so many bytes of UTF-8 without
// control characters: for what outsiders write and no rule needs whole.
func clipped(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

func pageSize(limit int) int {
	if limit <= 0 {
		return pageDefault
	}
	return min(limit, pageMax)
}
