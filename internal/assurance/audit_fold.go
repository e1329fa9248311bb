package assurance

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// apartMax is how far the records of different streams may stand out of order:
// each node dates a command when it arrives, and nodes take turns to write.
const apartMax = time.Minute

// folding is the log folded once, from the first record to the last: what every
// view should say, and what every account should hold by the business alone.
type folding struct {
	streams  Check
	versions map[string]int64
	times    map[string]time.Time // of the newest record, by stream
	last     time.Time            // of the newest record

	open     map[deal.ID]deal.State // deals that can still change
	deals    map[deal.ID]DealRow
	closed   map[deal.ID]closedSum
	duties   map[deal.ID][]DutyRow
	clocks   map[string][]ClockRow // by stream
	deposits map[string]treasury.Deposit
	payouts  map[string]treasury.Payout
	parties  map[identity.PartyID]PartyRow

	organisations map[identity.PartyID]identity.Organisation
	approvals     map[string]control.Approval
	beneficiaries map[string]treasury.PayoutAccount
	staff         identity.Staff

	trust trust

	money map[ledger.AccountID]int64 // posted, by what deals, deposits and payouts say
}

// newFolding begins a fold. Standings are followed up to the mark at which they are kept.
func newFolding(mark int64) *folding {
	return &folding{
		streams:  *newCheck("every stream counts without gaps, and time never runs back"),
		versions: map[string]int64{}, times: map[string]time.Time{}, open: map[deal.ID]deal.State{}, deals: map[deal.ID]DealRow{}, closed: map[deal.ID]closedSum{},
		duties: map[deal.ID][]DutyRow{}, clocks: map[string][]ClockRow{}, deposits: map[string]treasury.Deposit{},
		payouts: map[string]treasury.Payout{}, parties: map[identity.PartyID]PartyRow{}, money: map[ledger.AccountID]int64{},
		organisations: map[identity.PartyID]identity.Organisation{}, approvals: map[string]control.Approval{}, beneficiaries: map[string]treasury.PayoutAccount{},
		trust: newTrust(mark),
	}
}

// take folds one record. A record that cannot be folded is a difference, not
// the end of the audit.
func (f *folding) take(r Record) {
	f.versions[r.Stream]++
	if want := f.versions[r.Stream]; r.Version != want {
		f.streams.fail("record %d of the log is version %d of %s; %d was next", r.Sequence, r.Version, r.Stream, want)
	}
	if r.At.Before(f.times[r.Stream]) || r.At.Before(f.last.Add(-apartMax)) {
		f.streams.fail("record %d of the log is older than the one before it", r.Sequence)
	}
	f.times[r.Stream], f.last = r.At, later(f.last, r.At)
	if err := f.fold(r); err != nil {
		f.streams.fail("record %d of the log, %s of %s, cannot be folded: %s", r.Sequence, r.Kind, r.Stream, fault.Of(err).Trace())
	}
}

func (f *folding) fold(r Record) (err error) {
	defer func() {
		// A changed event may break an assertion of the business; say which record.
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	kind, id, _ := strings.Cut(r.Stream, ":")
	switch kind {
	case "deal":
		return f.foldDeal(deal.ID(id), r)
	case "deposit":
		return f.foldDeposit(id, r)
	case "payout":
		return f.foldPayout(id, r)
	case "party":
		return f.foldOrganisation(identity.PartyID(id), r)
	case "staff":
		if r.Stream != identity.StaffStream {
			return nil // an invitation, which is nobody's office yet
		}
		s, err := foldStaff(f.staff, r)
		f.staff = s
		return err
	case "approval":
		a := f.approvals[id]
		a.ID = id
		a, err := foldApproval(a, r)
		f.approvals[id] = a
		return err
	case "payout_account":
		a := f.beneficiaries[id]
		a.ID = id
		a, err := foldPayoutAccount(a, r)
		f.beneficiaries[id] = a
		due, _ := a.Next()
		f.clocks[r.Stream] = dueClock(r.Stream, "payout_account", due)
		return err
	case "case":
		return f.foldCheckCase(id, r)
	case "review":
		return f.foldReviews(id, r)
	case "lists":
		return f.foldRegister(r)
	}
	return nil
}

func (f *folding) foldOrganisation(id identity.PartyID, r Record) error {
	o, known := f.organisations[id]
	if !known {
		o.Party.ID = id
	}
	o, err := foldParty(o, r)
	if err != nil {
		return err
	}
	f.organisations[id] = o
	if r.Kind == (identity.ProfileReviewed{}).Kind() || r.Kind == (identity.ProfileExpired{}).Kind() {
		f.trust.looked(id, r.Sequence)
	}
	f.parties[id], err = PartyViewOf(o)
	f.clocks[r.Stream] = dueClock(r.Stream, "verification", o.VerifiedUntil)
	return err
}

func (f *folding) foldDeal(id deal.ID, r Record) error {
	before, known := f.open[id]
	if !known {
		if _, closed := f.deals[id]; closed {
			return fmt.Errorf("the deal was closed before")
		}
		before = deal.State{ID: id}
	}
	e, err := deal.Decode(r.Kind, r.Payload)
	if err != nil {
		return err
	}
	s := before.Apply(e, r.At)
	f.dealMoney(before, s, e)
	f.open[id] = s
	if s.Phase == deal.Closed {
		f.show(s)
		f.closed[s.ID] = sumOfClosed(s, r.Sequence)
		f.trust.closed(s, r.Sequence)
		delete(f.open, id) // its row says what is left of it, and memory is for deals that live
	}
	return nil
}

// show keeps what the views should say of a deal.
func (f *folding) show(s deal.State) {
	f.deals[s.ID] = DealViewOf(s)
	if s.Phase != deal.Closed {
		f.duties[s.ID], f.clocks[s.ID.Stream()] = DutiesOf(s), clocksOf(s)
	}
}

// end shows the deals that are still open.
func (f *folding) end() {
	for _, s := range f.open {
		f.show(s)
	}
	f.streams.Counted = int64(len(f.versions))
}

// dealMoney moves money as the event says, without asking the ledger.
func (f *folding) dealMoney(before, after deal.State, e deal.Event) {
	c := after.Terms.Currency
	for _, p := range before.Escrow.Parts {
		f.money[ledger.Held(string(before.ID), p.Tranche, c)] -= p.Held
	}
	for _, p := range after.Escrow.Parts {
		f.money[ledger.Held(string(after.ID), p.Tranche, c)] += p.Held
	}
	f.money[ledger.Fees(c)] += after.Escrow.Fees() - before.Escrow.Fees()
	f.money[ledger.Party(string(after.Terms.Seller), c)] += after.Escrow.Released() - before.Escrow.Released()
	f.money[ledger.Party(string(after.Terms.Buyer), c)] += after.Escrow.Refunded() - before.Escrow.Refunded()
	if back, ok := e.(deal.DepositsReturned); ok {
		f.money[ledger.Party(string(after.Terms.Buyer), c)] += back.Minor
	}
	for _, d := range before.Deposits {
		f.money[ledger.Suspense(d.Rail, c)] -= d.Minor
	}
	for _, d := range after.Deposits {
		f.money[ledger.Suspense(d.Rail, c)] += d.Minor
	}
}

func (f *folding) foldDeposit(id string, r Record) error {
	before, known := f.deposits[id]
	if !known {
		before = treasury.Deposit{ID: id}
	}
	e, err := treasury.DecodeDeposit(r.Kind, r.Payload)
	if err != nil {
		return err
	}
	d := before.Apply(e, r.At)
	c := d.Notice.Amount.Currency()
	rail, suspense := ledger.Rail(d.Notice.Rail, c), ledger.Suspense(d.Notice.Rail, c)
	f.money[suspense] += d.Rest - before.Rest
	switch e := e.(type) {
	case treasury.DepositBooked:
		f.money[rail] -= e.Notice.Amount.Minor()
		if e.Applied+e.Rest != e.Notice.Amount.Minor() {
			return fmt.Errorf("%d applied and %d left are not the %d that came in", e.Applied, e.Rest, e.Notice.Amount.Minor())
		}
	case treasury.DepositAssigned:
		f.money[ledger.Party(string(e.Party), c)] += e.Minor
	case treasury.DepositReturned:
		f.money[rail] += e.Minor
	}
	f.deposits[id] = d
	f.clocks[r.Stream] = dueClock(r.Stream, "suspense", d.Due())
	return nil
}

func (f *folding) foldPayout(id string, r Record) error {
	before, known := f.payouts[id]
	if !known {
		before = treasury.Payout{ID: id}
	}
	e, err := treasury.DecodePayout(r.Kind, r.Payload)
	if err != nil {
		return err
	}
	p := before.Apply(e, r.At)
	c, minor := p.Amount.Currency(), p.Amount.Minor()
	party, transit := ledger.Party(string(p.Party), c), ledger.Payout(id, c)
	switch e.(type) {
	case treasury.PayoutSent:
		f.money[party] -= minor
		f.money[transit] += minor
	case treasury.PayoutSettled:
		f.money[transit] -= minor
		f.money[ledger.Rail(p.Rail, c)] += minor
	case treasury.PayoutReturned:
		f.money[transit] -= minor
		f.money[party] += minor
	}
	f.payouts[id] = p
	f.clocks[r.Stream] = dueClock(r.Stream, "instruct", p.Due())
	return nil
}

func dueClock(stream, clock string, due time.Time) []ClockRow {
	if due.IsZero() {
		return nil
	}
	return []ClockRow{{Stream: stream, Clock: clock, At: due}}
}

// moneyChecks compare each account with what the business says it holds.
func (f *folding) moneyChecks(accounts map[ledger.AccountID]ledger.Balance) []Check {
	other := newCheck("no other account holds money")
	checks := map[ledger.Kind]*Check{
		ledger.KindPenalty: other, ledger.KindInsurance: other,
		ledger.KindHeld:     newCheck("held money is what the deals hold, tranche by tranche"),
		ledger.KindSuspense: newCheck("suspense is the deposits that wait"),
		ledger.KindFees:     newCheck("fees are what the deals paid the house"),
		ledger.KindParty:    newCheck("each company has what deals and deposits gave it and payouts left"),
		ledger.KindPayout:   newCheck("money in transit is the payouts under way"),
		ledger.KindRail:     newCheck("the rails hold what came in and has not gone out"),
	}
	for _, id := range keysOf(accounts, f.money) {
		c, known := checks[id.Kind()]
		if !known {
			c = other
		}
		c.count()
		if got, want := accounts[id].Posted, f.money[id]; got != want {
			c.fail("%s holds %d; the events say %d", id, got, want)
		}
	}
	return []Check{
		*checks[ledger.KindHeld], *checks[ledger.KindSuspense], *checks[ledger.KindFees], *checks[ledger.KindParty],
		*checks[ledger.KindPayout], *checks[ledger.KindRail], *other,
	}
}

// viewChecks compare the rows that pages read with the folded log.
func (a Audit) viewChecks(ctx context.Context, f *folding) ([]Check, error) {
	var out []Check
	for _, check := range []func(context.Context, *folding) (*Check, error){
		a.dealRows, a.closedRows, a.dutyRows, a.clockRows, a.depositRows, a.payoutRows, a.partyRows, a.approvalRows, a.payoutAccountRows, a.seatRows,
	} {
		c, err := check(ctx, f)
		if err != nil {
			return nil, err
		}
		out = append(out, *c)
	}
	return out, nil
}

func (a Audit) dealRows(ctx context.Context, f *folding) (*Check, error) {
	rows := map[deal.ID]DealRow{}
	for before := deal.ID(""); ; {
		page, err := a.Store.Deals(ctx, DealQuery{Before: before, Limit: auditPage})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			rows[r.ID] = r
		}
		before = page[len(page)-1].ID
	}
	c := newCheck("deals are as their events say")
	compare(c, f.deals, rows, func(r DealRow) DealRow {
		r.BuyerName, r.SellerName, r.UpdatedAt = "", "", time.Time{}
		r.NextAt, r.DraftedAt = instant(r.NextAt), instant(r.DraftedAt)
		return r
	})
	return c, nil
}

func (a Audit) dutyRows(ctx context.Context, f *folding) (*Check, error) {
	kept, want := map[string]int{}, map[string]int{}
	key := func(r DutyRow) string {
		o := r.Obligation
		return fmt.Sprintf("%s of the %s %q in deal %s by %s, else %q, ref %q, may %t, paused %t",
			o.What, o.Who, r.Party, r.Deal, instant(o.By).Format(time.RFC3339Nano), o.Lapse, o.Ref, o.May, o.Paused)
	}
	parties := append(keysOf(f.parties, map[identity.PartyID]bool{}), "")
	for _, p := range parties {
		rows, err := a.Store.Duties(ctx, p, math.MaxInt32)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			kept[key(r)]++
		}
	}
	for _, rows := range f.duties {
		for _, r := range rows {
			want[key(r)]++
		}
	}
	c := newCheck("obligations are as the deals say")
	compare(c, want, kept, func(n int) int { return n })
	return c, nil
}

func (a Audit) clockRows(ctx context.Context, f *folding) (*Check, error) {
	forever := time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)
	rows, err := a.Store.DueClocks(ctx, forever, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	kept, want := map[ClockRow]bool{}, map[ClockRow]bool{}
	for _, r := range rows {
		r.At = instant(r.At)
		kept[r] = true
	}
	for _, rows := range f.clocks {
		for _, r := range rows {
			r.At = instant(r.At)
			want[r] = true
		}
	}
	c := newCheck("running clocks are as the facts say")
	byText := func(m map[ClockRow]bool) map[string]bool {
		out := make(map[string]bool, len(m))
		for r := range m {
			out[fmt.Sprintf("%s %s %s at %s", r.Stream, r.Clock, r.Ref, r.At.Format(time.RFC3339Nano))] = true
		}
		return out
	}
	compare(c, byText(want), byText(kept), func(b bool) bool { return b })
	return c, nil
}

func (a Audit) depositRows(ctx context.Context, f *folding) (*Check, error) {
	rows := map[string]treasury.Deposit{}
	err := moneyRows(ctx, a.Store.Deposits, func(r DepositRow) string {
		rows[r.ID] = r.Deposit
		return r.ID
	})
	c := newCheck("deposits are as their events say")
	compare(c, f.deposits, rows, func(d treasury.Deposit) treasury.Deposit {
		d.At, d.Notice.BookedAt = instant(d.At), instant(d.Notice.BookedAt)
		return d
	})
	return c, err
}

func (a Audit) payoutRows(ctx context.Context, f *folding) (*Check, error) {
	rows := map[string]treasury.Payout{}
	err := moneyRows(ctx, a.Store.Payouts, func(r PayoutRow) string {
		rows[r.ID] = r.Payout
		return r.ID
	})
	c := newCheck("payouts are as their events say")
	compare(c, f.payouts, rows, func(p treasury.Payout) treasury.Payout {
		p.At = instant(p.At)
		return p
	})
	return c, err
}

func moneyRows[R any](ctx context.Context, read func(context.Context, MoneyQuery) ([]R, error), take func(R) (id string)) error {
	for before := ""; ; {
		rows, err := read(ctx, MoneyQuery{Before: before, Limit: auditPage})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			before = take(r)
		}
	}
}

func (a Audit) partyRows(ctx context.Context, f *folding) (*Check, error) {
	rows := map[identity.PartyID]PartyRow{}
	for after := identity.PartyID(""); ; {
		page, err := a.Store.Parties(ctx, PartyQuery{After: after, Limit: auditPage})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			rows[r.ID] = r
		}
		after = page[len(page)-1].ID
	}
	c := newCheck("companies are as their events say")
	compare(c, f.parties, rows, func(r PartyRow) PartyRow {
		r.RegisteredAt, r.VerifiedUntil = instant(r.RegisteredAt), instant(r.VerifiedUntil)
		return r
	})
	return c, nil
}

// compare holds what is kept against what the log says; same brings both into
// the form in which they must be equal.
func compare[K cmp.Ordered, V comparable](c *Check, want, kept map[K]V, same func(V) V) {
	for _, key := range keysOf(want, kept) {
		c.count()
		w, known := want[key]
		k, there := kept[key]
		switch {
		case !there:
			c.fail("%v is missing", key)
		case !known:
			c.fail("%v is there and the log knows nothing of it", key)
		case same(w) != same(k):
			c.fail("%v is %+v; the log says %+v", key, same(k), same(w))
		}
	}
}

// instant is a time as the store keeps it: microseconds, UTC, and zero as zero.
func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// clocksOf lists the running clocks of a deal; those of a frozen deal stand still.
func clocksOf(s deal.State) []ClockRow {
	var out []ClockRow
	for _, d := range s.Deadlines() {
		if !d.Paused {
			out = append(out, ClockRow{Stream: s.ID.Stream(), Clock: string(d.Clock), Ref: d.Ref, At: d.At})
		}
	}
	return out
}
