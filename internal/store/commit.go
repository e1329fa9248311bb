package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
)

// Commit writes the batch in one durable transaction, or nothing of it. It calls place
// with the end of the log, and place completes the batch; if that end turns out to be
// another once it is held, Commit calls place again. It fails with store.conflict if somebody else has written what the batch
// builds on, or, because of [assurance.ErrNotNew], if a key or a number in it is known
// from before, with people.email_taken if the address of a person belongs to
// somebody else, with ledger.not_zero if its entries do not sum to zero, with
// ledger.constraint if the database refuses a fact or a movement of money, and
// with store.constraint if it refuses any other row.
//
// Where others have moved an account meanwhile, the batch's balances and entries
// are shifted by as much: after a success they are what is stored.
func (s *Store) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	if err := adds(b.Entries); err != nil {
		return err
	}
	if err := closes(b); err != nil {
		return err
	}
	if b.Confirm {
		return s.confirm(ctx)
	}
	timed, err := s.timedFrom(ctx)
	if err != nil {
		return err
	}
	err = s.writer.write(ctx, func(t tx) error { return s.append(t, b, place, timed, true) })
	if errors.Is(err, errElsewhere) {
		err = s.writer.write(ctx, func(t tx) error { return s.append(t, b, place, timed, false) })
	}
	return err
}

// errElsewhere says that the log does not end where it was supposed to end.
var errElsewhere = errors.New("others have appended to the log")

// append writes the batch inside a transaction. Where looking costs a round trip, it
// may suppose that the log ends where this store has left it: if it does not, nothing
// is written, and the transaction ends with errElsewhere.
func (s *Store) append(t tx, b *assurance.Batch, place func(assurance.Tail) error, timed int64, suppose bool) error {
	end := assurance.Tail{Size: s.last.end}
	far, is := t.(distant)
	if suppose = suppose && is && s.last.alone; suppose {
		far.holdAt(end.Size)
	} else {
		var err error
		if end, err = t.hold(); err != nil {
			return err
		}
	}
	after := lastCommit{end: end.Size + int64(len(b.Records)), alone: s.last.end == end.Size}
	if !suppose && (!s.last.alone || s.last.end != end.Size) {
		shifted, err := s.catchUp(t, b)
		if err != nil {
			return err
		}
		after.alone = after.alone && !shifted
	}
	if err := place(end); err != nil {
		return err
	}
	answers := func(t tx, b *assurance.Batch) error { return putAnswers(t, b, timed) }
	for _, step := range []func(tx, *assurance.Batch) error{
		checkUnused, putFacts, putTransfers, putBalances, putSchedule, answers, putDeals, putParties, putMoney,
		putPersons, putDoors, putDiary, putControls, putChecks, putReviews,
	} {
		if err := step(t, b); err != nil {
			return err
		}
	}
	if others, told := t.(teller); told && len(b.Records) > 0 {
		others.tellNews(end.Size, after.end)
	}
	t.then(func() { s.last = after })
	return nil
}

// lastCommit is where this store's own last commit left the log. It was alone if
// nobody else had written since the one before, and no account was shifted: what is
// decided on top then rests on balances as they are.
type lastCommit struct {
	end   int64
	alone bool
}

// catchUp shifts the batch by what others have done to its accounts since it was
// decided, and reports whether they did. Sums that the house does not guard may
// move freely: a credit is right whatever was there before. What would be
// overdrawn now must be decided again.
func (s *Store) catchUp(t tx, b *assurance.Batch) (shifted bool, err error) {
	names := make([]string, len(b.Balances))
	for i := range b.Balances {
		names[i] = string(b.Balances[i].Account)
	}
	stored := make(map[ledger.AccountID]ledger.Balance, len(names))
	err = listed(s.dialect, t.read, balancesOf, names, func(r row) error {
		v, err := scanAccount(r)
		stored[v.Account] = v.Balance
		return err
	})
	if err != nil {
		return false, err
	}
	moved := map[ledger.AccountID]ledger.Balance{}
	for i := range b.Balances {
		c := &b.Balances[i]
		is := stored[c.Account]
		if is == c.Was {
			continue
		}
		by := less(is, c.Was)
		c.Was, c.Now = is, more(c.Now, by)
		if !allowed(c.Account.Kind(), c.Now) {
			return false, conflict(nil)
		}
		moved[c.Account] = by
	}
	if len(moved) == 0 {
		return false, nil
	}
	for i := range b.Entries {
		e := &b.Entries[i]
		by := moved[e.Account]
		e.Version, e.Balance = e.Version+by.Version, e.Balance+by.Posted
	}
	return true, nil
}

func less(a, b ledger.Balance) ledger.Balance {
	return ledger.Balance{
		Posted: a.Posted - b.Posted, PendingOut: a.PendingOut - b.PendingOut, PendingIn: a.PendingIn - b.PendingIn, Version: a.Version - b.Version,
	}
}

func more(a, b ledger.Balance) ledger.Balance {
	return ledger.Balance{
		Posted: a.Posted + b.Posted, PendingOut: a.PendingOut + b.PendingOut, PendingIn: a.PendingIn + b.PendingIn, Version: a.Version + b.Version,
	}
}

// allowed is what the database will ask of the balance.
func allowed(kind ledger.Kind, b ledger.Balance) bool {
	if b.PendingOut < 0 || b.PendingIn < 0 {
		return false
	}
	if kind == ledger.KindRail {
		return b.Posted+b.PendingIn <= 0
	}
	return b.Posted-b.PendingOut >= 0
}

// confirm returns when everything that can be read now is as durable as what is
// acknowledged. A commit that waits for a standby is behind the one that is made here.
func (s *Store) confirm(ctx context.Context) error {
	if !s.dialect.standbys {
		return nil
	}
	_, err := s.writer.put(ctx, statement{setSetting, []any{"confirmed", ""}})
	return err
}

// adds refuses entries that do not sum to zero in each currency.
func adds(entries []ledger.Entry) error {
	sums := map[string]int64{}
	for _, e := range entries {
		account := string(e.Account)
		sums[account[strings.LastIndexByte(account, '/')+1:]] += e.Delta
	}
	for currency, sum := range sums {
		if sum != 0 {
			return fault.New(fault.Internal, "ledger.not_zero", "The entries of a batch sum to {sum} {currency}.").
				With("sum", strconv.FormatInt(sum, 10)).With("currency", currency)
		}
	}
	return nil
}

// closes refuses a batch whose list of closed transfers is not what its
// transfers close. What is open is read from the transfers alone.
func closes(b *assurance.Batch) error {
	var closed []ledger.TransferID
	for _, t := range b.Transfers {
		if t.Pending != "" {
			closed = append(closed, t.Pending)
		}
	}
	slices.Sort(closed)
	if !slices.Equal(closed, slices.Sorted(slices.Values(b.Closed))) {
		return fault.New(fault.Internal, "store.bad_batch", "A batch says that it closes other transfers than it does.")
	}
	return nil
}

// checkUnused looks at tracking numbers that were decided as announced by no other deal.
func checkUnused(t tx, b *assurance.Batch) error {
	if len(b.Unused) == 0 {
		return nil
	}
	if far, is := t.(distant); is {
		far.refuseUsed(b.Unused)
		return nil
	}
	for _, n := range b.Unused {
		used := false
		err := t.read(trackingUsed, []any{n.Carrier, n.Number, n.Deal}, func(row) error {
			used = true
			return nil
		})
		if err != nil {
			return err
		}
		if used {
			return notNew(nil)
		}
	}
	return nil
}

const (
	intoEvent    = `INSERT INTO event (` + recordColumns + `)`
	intoTreeHash = `INSERT INTO tree_hash (ix, hashes)`
	intoTransfer = `INSERT INTO transfer (id, stage, pending_id, debit, credit, amount, currency, reason, stream, at)`
	intoEntry    = `INSERT INTO entry (account, version, transfer, delta, balance)`
	intoBalance  = `INSERT INTO balance (account, kind, currency, posted, pending_out, pending_in, version)`
)

func putFacts(t tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoEvent, kinds: "itititbt", guarded: true}, len(b.Records), func(i int, c cells) {
		r := &b.Records[i]
		c.number(r.Sequence)
		c.text(r.Stream)
		c.number(r.Version)
		c.text(r.Kind)
		c.number(micros(r.At))
		c.text(r.Actor)
		c.bytes(r.Salt[:])
		c.bytesAsText(r.Payload)
	})
	if err != nil {
		return err
	}
	runs := runsOf(b.Hashes)
	return t.insert(insertion{into: intoTreeHash, kinds: "ib", guarded: true}, len(runs), func(i int, c cells) {
		c.number(runs[i].first)
		c.bytes(runs[i].hashes)
	})
}

// run is hashes whose indexes follow each other.
type run struct {
	first  int64
	hashes []byte
}

// runMax is how many hashes a row holds: whoever asks for one reads its row. Two such
// rows fill a page of SQLite, and PostgreSQL keeps them in its pages, not beside them.
const runMax = 62

// runsOf puts hashes together as they are stored.
func runsOf(hashes []evidence.StoredHash) []run {
	var runs []run
	for i, h := range hashes {
		if i == 0 || h.Index != hashes[i-1].Index+1 || len(runs[len(runs)-1].hashes) == runMax*evidence.HashSize {
			runs = append(runs, run{h.Index, make([]byte, 0, min(runMax, len(hashes)-i)*evidence.HashSize)})
		}
		last := &runs[len(runs)-1]
		last.hashes = append(last.hashes, h.Hash[:]...)
	}
	return runs
}

func putTransfers(t tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoTransfer, kinds: "tttttittti", guarded: true}, len(b.Transfers), func(i int, c cells) {
		r := &b.Transfers[i]
		c.text(string(r.ID))
		c.text(r.Stage.String())
		if r.Pending != "" {
			c.text(string(r.Pending))
		} else {
			c.null()
		}
		c.text(string(r.Debit))
		c.text(string(r.Credit))
		c.number(r.Amount.Minor())
		c.text(r.Amount.Currency().Code())
		c.text(string(r.Reason))
		c.text(r.Stream)
		c.number(micros(r.At))
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoEntry, kinds: "titii", guarded: true}, len(b.Entries), func(i int, c cells) {
		e := &b.Entries[i]
		c.text(string(e.Account))
		c.number(e.Version)
		c.text(string(e.Transfer))
		c.number(e.Delta)
		c.number(e.Balance)
	})
}

// putBalances writes balances whose version is still the one they were decided on.
func putBalances(t tx, b *assurance.Batch) error {
	var fresh, known []assurance.BalanceChange
	for _, c := range b.Balances {
		if c.Was.Version == 0 {
			fresh = append(fresh, c)
		} else {
			known = append(known, c)
		}
	}
	if err := t.move(known); err != nil {
		return err
	}
	return t.insert(insertion{into: intoBalance, kinds: "tttiiii", guarded: true}, len(fresh), func(i int, c cells) {
		f := &fresh[i]
		c.text(string(f.Account))
		c.text(f.Account.Kind().String())
		c.text(f.Account.Currency().Code())
		c.number(f.Now.Posted)
		c.number(f.Now.PendingOut)
		c.number(f.Now.PendingIn)
		c.number(f.Now.Version)
	})
}

const (
	stopClocks = `DELETE FROM clock WHERE stream IN {in}`
	intoClock  = `INSERT INTO clock (stream, clock, ref, at)`
	intoOutbox = `INSERT INTO outbox (id, topic, payload, state, attempts, next_at, last_error)`
)

func putSchedule(t tx, b *assurance.Batch) error {
	var streams []string // of which there are rows to remove
	var clocks []assurance.ClockRow
	for _, set := range b.Clocks {
		if !set.Changed() {
			continue
		}
		if len(set.Was) > 0 {
			streams = append(streams, set.Stream)
		}
		clocks = append(clocks, set.Clocks...)
	}
	if err := t.remove(stopClocks, streams); err != nil {
		return err
	}
	err := t.insert(insertion{into: intoClock, kinds: "ttti"}, len(clocks), func(i int, c cells) {
		r := &clocks[i]
		c.text(r.Stream)
		c.text(r.Clock)
		c.text(r.Ref)
		c.number(micros(r.At))
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoOutbox, kinds: "ttttiit"}, len(b.Messages), func(i int, c cells) {
		m := &b.Messages[i]
		c.text(m.ID)
		c.text(m.Topic)
		c.bytesAsText(m.Payload)
		c.text(stateWaiting)
		c.number(int64(m.Attempts))
		c.number(micros(m.NextAt))
		c.text(m.Error)
	})
}

const (
	intoAnswer   = `INSERT INTO answer (digest, caller, key, input, response, at)`
	intoRefusal  = `INSERT INTO refusal (at, actor, stream, command, code)`
	intoTracking = `INSERT INTO tracking (carrier, number, deal)`
	onceTracking = `ON CONFLICT (carrier, number, deal) DO NOTHING`
)

func putAnswers(t tx, b *assurance.Batch, timed int64) error {
	err := t.insert(insertion{into: intoAnswer, kinds: "ittbti", taken: notNew}, len(b.Answers), func(i int, c cells) {
		a := &b.Answers[i]
		c.number(digestOf(a.AnswerKey, timed))
		c.text(a.Caller)
		c.text(a.Key)
		c.bytes(a.Input[:])
		c.bytesAsText(a.Response)
		c.number(micros(a.At))
	})
	if err != nil {
		return err
	}
	err = t.insert(insertion{into: intoRefusal, kinds: "itttt"}, len(b.Refusals), func(i int, c cells) {
		r := &b.Refusals[i]
		c.number(micros(r.At))
		c.text(writable(r.Actor))
		c.text(writable(r.Stream))
		c.text(writable(r.Command))
		c.text(r.Code)
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoTracking, kinds: "ttt", after: onceTracking}, len(b.Trackings), func(i int, c cells) {
		r := &b.Trackings[i]
		c.text(r.Carrier)
		c.text(r.Number)
		c.text(r.Deal)
	})
}

const (
	intoDeal = `INSERT INTO deal_view (id, title, folded, buyer, seller, private, phase, outcome, currency, total, held,
		disputed, released, refunded, fees, open_claims, frozen, running, next_at, version, drafted_at, updated_at)`
	renewDeal = `ON CONFLICT (id) DO UPDATE SET private = excluded.private,
		phase = excluded.phase, outcome = excluded.outcome, currency = excluded.currency, total = excluded.total, held = excluded.held, disputed = excluded.disputed,
		released = excluded.released, refunded = excluded.refunded, fees = excluded.fees, open_claims = excluded.open_claims,
		frozen = excluded.frozen, next_at = excluded.next_at, version = excluded.version, drafted_at = excluded.drafted_at,
		updated_at = excluded.updated_at`
	// SQLite writes an index again whenever a column of its own is set, to whatever it is.
	closeDeal  = renewDeal + `, running = excluded.running`
	relistDeal = closeDeal + `, buyer = excluded.buyer, seller = excluded.seller, title = excluded.title, folded = excluded.folded`
	endDuties  = `DELETE FROM duty WHERE deal IN {in}`
	intoDuty   = `INSERT INTO duty (deal, place, party, who, what, due_at, lapse, ref, may, paused)`
)

func putDeals(t tx, b *assurance.Batch) error {
	// PostgreSQL sees by itself which indexes hold nothing new, and a statement costs it
	// more than the columns that are set.
	_, whole := t.(distant)
	rows := map[string][]*assurance.DealRow{}
	for i := range b.Deals {
		d := &b.Deals[i]
		after := renewDeal
		switch {
		case whole || d.Relisted:
			after = relistDeal
		case d.Phase == deal.Closed:
			after = closeDeal
		}
		rows[after] = append(rows[after], d)
	}
	for _, after := range []string{renewDeal, closeDeal, relistDeal} {
		if err := putDealRows(t, rows[after], after); err != nil {
			return err
		}
	}
	if err := putClosed(t, b); err != nil {
		return err
	}
	return putDuties(t, b)
}

func putDealRows(t tx, rows []*assurance.DealRow, after string) error {
	return t.insert(insertion{into: intoDeal, kinds: "tttttttttiiiiiiiiiiiii", after: after}, len(rows), func(i int, c cells) {
		d := rows[i]
		for _, text := range [...]string{
			string(d.ID), d.Title, folded(d.Title), string(d.Buyer), string(d.Seller), string(d.Private), string(d.Phase), string(d.Outcome), d.Currency.Code(),
		} {
			c.text(text)
		}
		for _, number := range [...]int64{d.Total, d.Held, d.Disputed, d.Released, d.Refunded, d.Fees, int64(d.OpenClaims), flag(d.Frozen), flag(d.Phase != deal.Closed)} {
			c.number(number)
		}
		moment(c, d.NextAt)
		c.number(d.Version)
		c.number(micros(d.DraftedAt))
		c.number(micros(d.UpdatedAt))
	})
}

func putDuties(t tx, b *assurance.Batch) error {
	var deals []string // of which there are rows to remove
	type place struct{ set, n int }
	var places []place
	for i, set := range b.Duties {
		if !set.Changed() {
			continue
		}
		if len(set.Was) > 0 {
			deals = append(deals, string(set.Deal))
		}
		for n := range set.Rows {
			places = append(places, place{i, n})
		}
	}
	if err := t.remove(endDuties, deals); err != nil {
		return err
	}
	return t.insert(insertion{into: intoDuty, kinds: "titttittii"}, len(places), func(i int, c cells) {
		d := &b.Duties[places[i].set].Rows[places[i].n]
		o := &d.Obligation
		c.text(string(b.Duties[places[i].set].Deal))
		c.number(int64(places[i].n))
		c.text(string(d.Party))
		c.text(string(o.Who))
		c.text(o.What)
		moment(c, o.By)
		c.text(o.Lapse)
		c.text(o.Ref)
		c.number(flag(o.May))
		c.number(flag(o.Paused))
	})
}

const (
	intoParty = `INSERT INTO party_view (id, legal_name, folded, country, registration, address, registered_at,
		standing, verified_until, body)`
	renewParty = `ON CONFLICT (id) DO UPDATE SET legal_name = excluded.legal_name, folded = excluded.folded,
		country = excluded.country, registration = excluded.registration, address = excluded.address,
		registered_at = excluded.registered_at, standing = excluded.standing, verified_until = excluded.verified_until, body = excluded.body`
	intoDeposit  = `INSERT INTO deposit_view (id, deal, buyer, seller, stage, body)`
	renewDeposit = `ON CONFLICT (id) DO UPDATE SET deal = excluded.deal, stage = excluded.stage, body = excluded.body`
	intoPayout   = `INSERT INTO payout_view (id, party, deal, stage, body)`
	renewPayout  = `ON CONFLICT (id) DO UPDATE SET party = excluded.party, deal = excluded.deal, stage = excluded.stage, body = excluded.body`
)

func putParties(t tx, b *assurance.Batch) error {
	return t.insert(insertion{into: intoParty, kinds: "ttttttitit", after: renewParty}, len(b.Parties), func(i int, c cells) {
		p := &b.Parties[i]
		for _, text := range [...]string{string(p.ID), p.LegalName, folded(p.LegalName), p.Country, p.Registration, p.Address} {
			c.text(text)
		}
		c.number(micros(p.RegisteredAt))
		c.text(p.Standing)
		moment(c, p.VerifiedUntil)
		c.text(p.Body)
	})
}

func putMoney(t tx, b *assurance.Batch) error {
	bodies := make([][]byte, 0, len(b.Deposits)+len(b.Payouts))
	for i := range b.Deposits {
		body, err := json.Marshal(b.Deposits[i].Deposit)
		if err != nil {
			return broken(err)
		}
		bodies = append(bodies, body)
	}
	for i := range b.Payouts {
		body, err := json.Marshal(b.Payouts[i].Payout)
		if err != nil {
			return broken(err)
		}
		bodies = append(bodies, body)
	}
	err := t.insert(insertion{into: intoDeposit, kinds: "tttttt", after: renewDeposit}, len(b.Deposits), func(i int, c cells) {
		d := &b.Deposits[i]
		c.text(d.ID)
		c.text(d.Deposit.Named())
		c.text(string(d.Buyer))
		c.text(string(d.Seller))
		c.text(string(d.Deposit.Stage))
		c.bytesAsText(bodies[i])
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoPayout, kinds: "ttttt", after: renewPayout}, len(b.Payouts), func(i int, c cells) {
		p := &b.Payouts[i]
		deal, ofDeal := strings.CutPrefix(p.Payout.Cause, "deal:")
		if !ofDeal {
			deal = ""
		}
		c.text(p.ID)
		c.text(string(p.Payout.Party))
		c.text(deal)
		c.text(string(p.Payout.Stage))
		c.bytesAsText(bodies[len(b.Deposits)+i])
	})
}

// folded is a text as searches compare it.
func folded(s string) string { return strings.ToLower(s) }
