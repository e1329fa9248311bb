package assurance

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/ledger"
)

// Audit rebuilds everything that is kept twice from what is kept once, and
// compares. It reads only, through the ports; the log itself is verified by
// whoever holds its checkpoints.
//
//	transfers ─ Book.Apply ─▶ entries ─ sum ─▶ balances ─▶ trial balance
//	events ─ fold ─▶ deals, duties, clocks, deposits, payouts, parties, cases, reviews, lists
//	                   ├─ what they say of money ─▶ balances
//	                   └─ what they say of companies ─▶ ratings ─▶ standings
type Audit struct {
	Store   Store
	Archive Archive
	Now     func() time.Time // by which lists grow old; nil for the time of the newest record
}

// Check is the result of one comparison.
type Check struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Warning bool   `json:"warning,omitempty"` // nothing is wrong, but a person should look
	Counted int64  `json:"counted"`           // how many things were compared
	Detail  string `json:"detail,omitempty"`  // the first difference, or what waits for a person
}

// auditPage is how many rows are read at a time.
const auditPage = 1000

// auditTries is how often a house that is being written to is looked at again.
const auditTries = 3

// Checks runs every comparison and answers them in a fixed order. Progress, which
// may be nil, is told how many of total steps are done. A difference is a
// check that is not OK; an error means that the store could not be read, or
// (Unavailable house.busy) that the house wrote so much meanwhile that no
// moment could be compared.
func (a Audit) Checks(ctx context.Context, progress func(done, total int64)) ([]Check, error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	for range auditTries {
		size, err := a.Archive.Size(ctx)
		if err != nil {
			return nil, err
		}
		checks, err := a.checks(ctx, size, progress)
		if err != nil {
			return nil, err
		}
		after, err := a.Archive.Size(ctx)
		if err != nil {
			return nil, err
		}
		if after == size || !slices.ContainsFunc(checks, func(c Check) bool { return !c.OK }) {
			return checks, nil
		}
	}
	return nil, fault.New(fault.Unavailable, "house.busy", "The house was written to while it was compared. Ask again when it is quieter.")
}

func (a Audit) checks(ctx context.Context, size int64, progress func(done, total int64)) ([]Check, error) {
	accounts, err := a.accounts(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Check, 0, 16)
	books, err := a.ledgerChecks(ctx, accounts)
	if err != nil {
		return nil, err
	}
	out = append(out, books...)
	mark, err := a.Store.StandingMark(ctx)
	if err != nil {
		return nil, err
	}
	f := newFolding(mark)
	for from := int64(0); from < size; from += auditPage {
		records, err := a.Archive.Range(ctx, from, min(from+auditPage, size))
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			f.take(r)
		}
		progress(min(from+auditPage, size), size)
	}
	f.end()
	views, err := a.viewChecks(ctx, f)
	if err != nil {
		return nil, err
	}
	out = append(append(out, f.streams), views...)
	out = append(out, f.moneyChecks(accounts)...)
	counterparties, err := a.trustChecks(ctx, f)
	if err != nil {
		return nil, err
	}
	out = append(out, counterparties...)
	standing, err := a.standing(ctx)
	return append(out, standing...), err
}

// accounts reads every balance.
func (a Audit) accounts(ctx context.Context) (map[ledger.AccountID]ledger.Balance, error) {
	out := map[ledger.AccountID]ledger.Balance{}
	for after := ledger.AccountID(""); ; {
		rows, err := a.Store.Accounts(ctx, "", after, auditPage)
		if err != nil || len(rows) == 0 {
			return out, err
		}
		for _, r := range rows {
			out[r.Account] = r.Balance
		}
		after = rows[len(rows)-1].Account
	}
}

// ledgerChecks does every transfer again, beside the entries that are kept.
func (a Audit) ledgerChecks(ctx context.Context, accounts map[ledger.AccountID]ledger.Balance) ([]Check, error) {
	again := rework{
		book: ledger.NewBook(), made: map[line]ledger.Entry{}, kept: map[line]ledger.Entry{},
		sums: map[ledger.AccountID]ledger.Balance{}, check: newCheck("entries are what the transfers do"),
	}
	if err := again.run(ctx, a.Archive); err != nil {
		return nil, err
	}
	balances := newCheck("balances are the sums of their entries")
	for _, id := range keysOf(accounts, again.sums) {
		balances.count()
		now, got := accounts[id], again.sums[id]
		if got.Posted != now.Posted || got.Version != now.Version {
			balances.fail("%s holds %d after %d entries; its entries sum to %d after %d", id, now.Posted, now.Version, got.Posted, got.Version)
		}
	}
	reserves, left := newCheck("balances and reserves are what the transfers leave"), maps.Collect(again.book.All())
	for _, id := range keysOf(accounts, left) {
		reserves.count()
		if accounts[id] != left[id] {
			reserves.fail("%s is %+v; its transfers leave %+v", id, accounts[id], left[id])
		}
	}
	trial := newCheck("every currency sums to zero")
	for code, sum := range ledger.TrialBalance(maps.All(accounts)) {
		trial.count()
		if sum != 0 {
			trial.fail("%s sums to %d", code, sum)
		}
	}
	return []Check{*balances, *again.check, *reserves, *trial}, nil
}

// line names an entry: an account and a version.
type line struct {
	account ledger.AccountID
	version int64
}

// rework walks transfers and entries side by side. An entry is held only until
// its other half is found, and both are written in one order, so little is held.
type rework struct {
	book       *ledger.Book
	made, kept map[line]ledger.Entry
	sums       map[ledger.AccountID]ledger.Balance
	check      *Check
}

func (w *rework) run(ctx context.Context, log Archive) error {
	transfersAt, entriesAt := int64(0), int64(0)
	for {
		transfers, last, err := log.AllTransfers(ctx, transfersAt, auditPage)
		if err != nil {
			return err
		}
		if len(transfers) > 0 {
			transfersAt = last
		}
		for _, t := range transfers {
			two, err := w.book.Apply(t)
			if err != nil {
				w.check.fail("transfer %s cannot be done again: %s", t.ID, err)
			}
			for _, e := range two {
				w.check.count()
				w.match(w.kept, w.made, e)
			}
		}
		entries, last, err := log.AllEntries(ctx, entriesAt, 2*auditPage)
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			entriesAt = last
		}
		for _, e := range entries {
			b := w.sums[e.Account]
			w.sums[e.Account] = ledger.Balance{Posted: b.Posted + e.Delta, Version: b.Version + 1}
			w.match(w.made, w.kept, e)
		}
		if len(transfers) == 0 && len(entries) == 0 {
			w.rest()
			return nil
		}
	}
}

// match strikes the entry from those of the other side, or leaves it on its own.
func (w *rework) match(others, own map[line]ledger.Entry, e ledger.Entry) {
	at := line{e.Account, e.Version}
	other, found := others[at]
	if !found {
		own[at] = e
		return
	}
	delete(others, at)
	if other != e {
		w.check.fail("entry %d of %s is told in two ways: %+v and %+v", e.Version, e.Account, other, e)
	}
}

func (w *rework) rest() {
	for _, at := range linesOf(w.made) {
		w.check.fail("entry %d of %s is missing", at.version, at.account)
	}
	for _, at := range linesOf(w.kept) {
		w.check.fail("entry %d of %s comes from no transfer", at.version, at.account)
	}
}

func linesOf(m map[line]ledger.Entry) []line {
	return slices.SortedFunc(maps.Keys(m), func(x, y line) int {
		return cmp.Or(cmp.Compare(x.account, y.account), cmp.Compare(x.version, y.version))
	})
}

// standing lists what waits for a person.
func (a Audit) standing(ctx context.Context) ([]Check, error) {
	dead, err := a.Store.DeadMessages(ctx, auditPage)
	if err != nil {
		return nil, err
	}
	letters := newCheck("no message to the outside was given up")
	letters.Counted = int64(len(dead))
	if len(dead) > 0 {
		letters.warn("%d given up, the first is %s: %s", len(dead), dead[0].ID, dead[0].Error)
	}
	halt, err := a.Store.Setting(ctx, haltSetting)
	if err != nil {
		return nil, err
	}
	halted := newCheck("the house may write")
	if halt != "" {
		halted.warn("halted: %s", halt)
	}
	pending, err := a.Store.Setting(ctx, outageSetting)
	if err != nil {
		return nil, err
	}
	outage := newCheck("every deal has heard of every outage")
	if pending != "" {
		outage.warn("an outage has not reached every deal yet, so no clock lapses")
	}
	alarm, err := a.Store.Setting(ctx, clockAlarmSetting)
	if err != nil {
		return nil, err
	}
	trusted := newCheck("the house trusts its clock")
	if alarm != "" {
		trusted.warn("no deadline lapses: %s", alarm)
	}
	return []Check{*letters, *halted, *outage, *trusted}, nil
}

func newCheck(name string) *Check { return &Check{Name: name, OK: true} }

func (c *Check) count() { c.Counted++ }

// fail keeps the first difference and counts no further ones in words.
func (c *Check) fail(format string, args ...any) {
	if c.OK {
		c.OK, c.Detail = false, fmt.Sprintf(format, args...)
	}
}

func (c *Check) warn(format string, args ...any) {
	c.Warning, c.Detail = true, fmt.Sprintf(format, args...)
}

// keysOf lists the keys of both maps once, in order.
func keysOf[K cmp.Ordered, V, W any](a map[K]V, b map[K]W) []K {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
