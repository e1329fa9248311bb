package assurance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// cycle is one batch in the making: the state after the last commit, and after
// the commit under way, with the results of the commands decided so far over it.
type cycle struct {
	*committer
	ctx   context.Context
	err   error  // why nothing of it can be written
	under *cycle // the cycle that is being written, until it has landed
	floor time.Time
	start int64 // where its first record will stand, unless somebody else appends before
	book  *ledger.Book
	done  chan error

	works    []*work
	verdicts []verdict // of the works, in their order

	streams   map[string]any
	repeats   bool     // an answer that another commit has given is told again
	read      []string // streams that a decision rests on
	answers   map[AnswerKey]*answered
	fresh     []*answered // given here, in order
	refusals  []Refusal
	receipts  []placed
	records   []Record
	transfers []ledger.Transfer
	entries   []ledger.Entry
	messages  []Message
	trackings []Tracking
	unused    []Tracking        // decided as announced by no other deal, which the commit checks
	stored    map[Tracking]bool // of the commands being decided: those that another deal has announced, if that was asked
	secrets   []Secret
	sessions  []Session
	ended     []SessionEnd
	tickets   []Ticket
	lines     []ActivityRow
	counts    []Count
	lists     []ListBody
	passing   []string // streams to be forgotten once they are written
	rows      viewRows
	written   *Batch
}

// verdict is what a command will be answered once its cycle is written.
type verdict struct {
	receipt  *Receipt
	replayed bool
	err      error
}

func (v verdict) reply() reply {
	if v.err != nil {
		return reply{err: v.err}
	}
	r := *v.receipt
	r.Replayed = v.replayed
	return reply{receipt: r}
}

// answered is an idempotency key and its answer. The receipt of an answer that is
// not written yet lacks its places in the log until then.
type answered struct {
	Answer
	receipt *Receipt
}

// placed is a receipt and which of the cycle's records are its own.
type placed struct {
	receipt     *Receipt
	first, last int
}

// viewRows are the rows that a cycle replaces, each once however often it is touched.
type viewRows struct {
	clocks   map[string]ClockSet
	deals    map[deal.ID]DealRow
	duties   map[deal.ID]DutySet
	parties  map[identity.PartyID]PartyRow
	deposits map[string]DepositRow
	payouts  map[string]PayoutRow
	persons  map[identity.PersonID]Person
	approved map[string]ApprovalRow
	accounts map[string]PayoutAccountRow
	cases    map[string]CaseRow
	reviews  map[string]ReviewRow // by deal and writer
}

func newViewRows() viewRows {
	return viewRows{
		map[string]ClockSet{},
		map[deal.ID]DealRow{},
		map[deal.ID]DutySet{},
		map[identity.PartyID]PartyRow{},
		map[string]DepositRow{},
		map[string]PayoutRow{},
		map[identity.PersonID]Person{},
		map[string]ApprovalRow{},
		map[string]PayoutAccountRow{},
		map[string]CaseRow{},
		map[string]ReviewRow{},
	}
}

// take lays the rows that a unit has touched over those of the cycle.
func (v viewRows) take(t touchedRows) {
	for _, r := range t.clocks {
		if before, touched := v.clocks[r.Stream]; touched {
			r.Was = before.Was
		}
		v.clocks[r.Stream] = r
	}
	for _, r := range t.deals {
		r.Relisted = r.Relisted || v.deals[r.ID].Relisted
		v.deals[r.ID] = r
	}
	for _, r := range t.duties {
		if before, touched := v.duties[r.Deal]; touched {
			r.Was = before.Was
		}
		v.duties[r.Deal] = r
	}
	for _, r := range t.parties {
		v.parties[r.ID] = r
	}
	for _, r := range t.deposits {
		v.deposits[r.ID] = r
	}
	for _, r := range t.payouts {
		v.payouts[r.ID] = r
	}
	for _, r := range t.persons {
		v.persons[r.ID] = r
	}
	for _, r := range t.approved {
		v.approved[r.ID] = r
	}
	for _, r := range t.accounts {
		v.accounts[r.ID] = r
	}
	for _, r := range t.cases {
		v.cases[r.ID] = r
	}
	for _, r := range t.reviews {
		v.reviews[string(r.Deal)+"/"+string(r.From)] = r
	}
}

// decideAll runs commands, each on the results of those before it. Unless it asks the
// database first, it supposes that none of their keys has been answered and no other
// deal has announced their tracking numbers, as is nearly always so: where it is not,
// the commit finds that out and writes nothing.
func (y *cycle) decideAll(batch []*work, ask bool) {
	y.works = append(y.works, batch...)
	y.stored = nil
	if y.err == nil && ask {
		_, err := y.loadAnswers(batch)
		y.err = cmp.Or(err, y.loadTrackings(batch))
	}
	if y.err != nil {
		return
	}
	var refused []int
	for _, w := range batch {
		if w.at.Before(y.floor) {
			w.at = y.floor
		}
		v := y.decide(w)
		y.verdicts = append(y.verdicts, v)
		if fault.CodeOf(v.err) == "store.conflict" {
			y.err = v.err // what was read does not fit together: everybody is decided again
			return
		}
		if v.err != nil {
			refused = append(refused, len(y.verdicts)-1)
		}
	}
	if len(refused) > 0 {
		y.err = y.refuse(refused, ask)
	}
}

// refuse looks again at commands that have been refused. What is written is checked
// when it is placed; a refusal is checked here: it may have been answered long before,
// or rest on what others have changed since.
func (y *cycle) refuse(refused []int, asked bool) error {
	known := map[AnswerKey]*answered{}
	if !asked {
		works := make([]*work, len(refused))
		for i, n := range refused {
			works[i] = y.works[n]
		}
		var err error
		if known, err = y.loadAnswers(works); err != nil {
			return err
		}
	}
	broke, final := false, false
	for _, n := range refused {
		w, v := y.works[n], &y.verdicts[n]
		if key, keyed := w.answerKey(); keyed && known[key] != nil {
			y.repeats = true
			*v = known[key].replay(w.input)
		}
		if v.err == nil {
			continue
		}
		code := fault.CodeOf(v.err)
		final, broke = true, broke || strings.HasPrefix(code, "ledger.")
		y.refusals = append(y.refusals, Refusal{At: w.at, Actor: w.call.By.String(), Stream: clipped(w.stream, streamMax), Command: w.command, Code: code})
	}
	if !final {
		return nil
	}
	return y.tip.overtook(y.ctx, y, broke)
}

// loadAnswers reads what the keys of commands have been answered before, and answers
// what it has found.
func (y *cycle) loadAnswers(works []*work) (map[AnswerKey]*answered, error) {
	keys := make([]AnswerKey, 0, len(works))
	for _, w := range works {
		if k, keyed := w.answerKey(); keyed && y.answer(k) == nil {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, nil //nolint:nilnil // none is known
	}
	rows, err := y.journal.Answers(y.ctx, keys)
	known := make(map[AnswerKey]*answered, len(rows))
	for _, a := range rows {
		known[a.AnswerKey] = &answered{Answer: a}
	}
	maps.Copy(y.answers, known)
	return known, err
}

// loadTrackings reads which tracking numbers of these commands other deals have
// announced. It holds for these commands alone: the cycle that is being written now
// is seen as long as they are decided, and is stored when the next ones are.
func (y *cycle) loadTrackings(batch []*work) error {
	y.stored = map[Tracking]bool{}
	var announced []Tracking
	for _, w := range batch {
		if w.announced != nil {
			announced = append(announced, *w.announced)
		}
	}
	if len(announced) == 0 {
		return nil
	}
	used, err := y.journal.TrackingUsed(y.ctx, announced)
	for _, t := range used {
		y.stored[t] = true
	}
	return err
}

// answer finds what a key has been answered by this cycle or the one under it.
func (y *cycle) answer(k AnswerKey) *answered {
	for layer := y; layer != nil; layer = layer.under {
		if a := layer.answers[k]; a != nil {
			return a
		}
	}
	return nil
}

func (w *work) answerKey() (AnswerKey, bool) {
	return AnswerKey{Caller: w.caller, Key: w.call.Key}, w.call.Key != ""
}

// decide answers one command: from its idempotency key if it was answered
// before, or by running it on an overlay that is kept only if it succeeds.
func (y *cycle) decide(w *work) verdict {
	key, keyed := w.answerKey()
	if keyed {
		if a := y.answer(key); a != nil {
			y.repeats = true
			return a.replay(w.input)
		}
	}
	u := &unit{cycle: y, now: w.at, by: w.call.By, call: w.call, book: y.book.Overlay()}
	receipt, err := y.guarded(w, u)
	if err != nil {
		return verdict{err: err}
	}
	y.keep(u, receipt)
	if keyed {
		a := &answered{Answer{AnswerKey: key, Input: w.input, At: w.at}, receipt}
		y.answers[key] = a
		y.fresh = append(y.fresh, a)
	}
	return verdict{receipt: receipt}
}

// replay answers a key again, if the input is the same.
func (a *answered) replay(input evidence.Hash) verdict {
	if a.Input != input {
		return verdict{err: fault.New(fault.Refused, "house.key_reused", "This idempotency key was used for another request. Use a new key.")}
	}
	if a.receipt == nil {
		r := &Receipt{}
		if err := json.Unmarshal(a.Response, r); err != nil {
			return verdict{err: fault.New(fault.Internal, "house.receipt", "A stored answer cannot be read.").Because(err)}
		}
		a.receipt = r
	}
	return verdict{receipt: a.receipt, replayed: true}
}

// keep lays a successful unit over the cycle.
func (y *cycle) keep(u *unit, receipt *Receipt) {
	receipt.At = u.now
	y.receipts = append(y.receipts, placed{receipt, len(y.records), len(y.records) + len(u.records) - 1})
	u.book.Merge()
	maps.Copy(y.streams, u.streams)
	for i := range u.lines {
		u.lines[i].record += len(y.records)
	}
	for _, r := range u.records {
		r.Sequence = y.start + int64(len(y.records))
		r.leaf = r.Entry().Leaf() // not while everybody waits for the commit
		y.records = append(y.records, r)
	}
	y.transfers = append(y.transfers, u.transfers...)
	y.entries = append(y.entries, u.entries...)
	y.messages = append(y.messages, u.messages...)
	y.trackings = append(y.trackings, u.trackings...)
	y.unused = append(y.unused, u.unused...)
	y.secrets = append(y.secrets, u.secrets...)
	y.sessions = append(y.sessions, u.sessions...)
	y.ended = append(y.ended, u.ended...)
	y.tickets = append(y.tickets, u.tickets...)
	y.lines = append(y.lines, u.lines...)
	y.counts = append(y.counts, u.counts...)
	y.lists = append(y.lists, u.lists...)
	y.passing = append(y.passing, u.passing...)
	y.rows.take(u.rows)
}

// batch is what the cycle writes, nil if nothing; rows are in order of their keys.
// Sequences, hashes and answers are for place to fill in.
func (y *cycle) batch() *Batch {
	if len(y.records) == 0 && len(y.refusals) == 0 && len(y.fresh) == 0 {
		if !y.repeats {
			return nil
		}
		return &Batch{Confirm: true}
	}
	b := &Batch{
		Records: y.records, Transfers: y.transfers, Entries: y.entries,
		Messages: y.messages, Refusals: y.refusals, Trackings: y.trackings, Unused: y.unused,
		Clocks: sorted(y.rows.clocks), Deals: sorted(y.rows.deals), Duties: sorted(y.rows.duties),
		Parties: sorted(y.rows.parties), Deposits: sorted(y.rows.deposits), Payouts: sorted(y.rows.payouts),
		Persons: sorted(y.rows.persons), Secrets: newest(y.secrets), Sessions: y.sessions, Ended: y.ended, Tickets: y.tickets,
		Activities: y.lines, Counts: summed(y.counts),
		Approvals: sorted(y.rows.approved), PayoutAccounts: sorted(y.rows.accounts),
		Lists: y.lists, Cases: sorted(y.rows.cases), Reviews: sorted(y.rows.reviews),
	}
	changes := y.book.Touched()
	for _, change := range changes.Balances {
		before, _ := y.book.Below(change.Account)
		b.Balances = append(b.Balances, BalanceChange{Account: change.Account, Was: before, Now: change.Balance})
	}
	for _, t := range changes.Closed {
		b.Closed = append(b.Closed, t.Pending)
	}
	y.written = b
	return b
}

// place gives the records their places after the end of the log, and with them
// the leaves, the receipts and the answers theirs.
func (y *cycle) place(b *Batch, end int64, tree *evidence.Tree) {
	b.Hashes = b.Hashes[:0]
	for i := range b.Records {
		r := &b.Records[i]
		if at := end + int64(i); r.Sequence != at {
			r.Sequence = at
			r.leaf = r.Entry().Leaf()
		}
		hashes, err := tree.Append(r.leaf)
		fault.Assert(err == nil, "evidence.append", "the tree takes every leaf")
		b.Hashes = append(b.Hashes, hashes...)
	}
	b.placeClosed(end)
	for i := range b.Activities {
		b.Activities[i].Sequence = end + int64(b.Activities[i].record)
	}
	for _, p := range y.receipts {
		p.receipt.First, p.receipt.Last = end+int64(p.first), end+int64(p.last)
	}
	b.Answers = make([]Answer, len(y.fresh))
	for i, a := range y.fresh {
		response, err := json.Marshal(a.receipt)
		fault.Assert(err == nil, "house.receipt", "a receipt can be written")
		a.Response = response
		b.Answers[i] = a.Answer
	}
}

func sorted[K interface{ ~string }, V any](rows map[K]V) []V {
	out := make([]V, 0, len(rows))
	for _, k := range slices.Sorted(maps.Keys(rows)) {
		out = append(out, rows[k])
	}
	return out
}

// guarded runs a command and turns a broken assertion into an error of that
// command alone. If the ledger or the evidence is what broke, nothing more is
// written until a person has looked.
func (y *cycle) guarded(w *work, u *unit) (r *Receipt, err error) {
	if why := y.halt.Load(); why != nil {
		return nil, fault.New(fault.Unavailable, "house.halted", "The house has stopped all writing until its staff have looked into a fault.")
	}
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		v := &fault.Violation{Code: "house.panic", Message: fmt.Sprint(p)}
		if e, ok := p.(error); ok && !errors.As(e, &v) {
			v.Message = e.Error()
		}
		y.log.ErrorContext(y.ctx, "assertion failed", slog.String("code", v.Code), slog.String("message", v.Message), slog.String("command", w.command), slog.String("stream", w.stream))
		if guardsMoney(v.Code) {
			y.stop(v.Code + ": " + v.Message)
		}
		r, err = nil, fault.New(fault.Internal, v.Code, "The house found a fault in its own rules.").Because(v)
	}()
	return w.run(u)
}

// newest keeps of each secret what was written last.
func newest(secrets []Secret) []Secret {
	last := make(map[string]Secret, len(secrets))
	for _, s := range secrets {
		last[s.Name] = s
	}
	return sorted(last)
}

// summed adds up counters of the same thing.
func summed(counts []Count) []Count {
	if len(counts) == 0 {
		return nil
	}
	sums := make(map[Count]int64, len(counts))
	for _, c := range counts {
		n := c.N
		c.N = 0
		sums[c] += n
	}
	out := make([]Count, 0, len(sums))
	for c, n := range sums {
		c.N = n
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Feature, b.Feature), cmp.Compare(a.Value, b.Value))
	})
	return out
}
