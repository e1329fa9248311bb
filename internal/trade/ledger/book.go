package ledger

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// Book is balances and pending transfers in memory. It answers for what it was
// told: an account nobody has loaded is taken as new and empty, and a book
// remembers everything it has seen for as long as it lives. It is not safe for
// use by several goroutines.
type Book struct {
	parent *Book // nil for the bottom book

	loaded        map[AccountID]Balance   // bottom book only: as stored
	loadedPending map[TransferID]Transfer // bottom book only: as stored, open
	loadedClosed  map[TransferID]struct{} // bottom book only: as stored, closed

	// These maps are made when they are first written: most overlays stay empty.
	balances map[AccountID]Balance   // changed here
	opened   map[TransferID]Transfer // pending transfers opened here
	closed   map[TransferID]Transfer // the closing transfers of here, by what they close

	changes uint64 // grows with every change of this book
	base    uint64 // the parent's changes when this overlay was made
}

// Changes is what a book holds that its parent does not, in sorted order.
type Changes struct {
	Balances []AccountBalance // by account
	Opened   []Transfer       // pending transfers opened, by ID; some may be closed again below
	Closed   []Transfer       // the closing transfers, by the pending transfer they close
}

// AccountBalance is an account with its balance.
type AccountBalance struct {
	Account AccountID
	Balance Balance
}

// NewBook returns an empty book.
func NewBook() *Book {
	b := &Book{
		loaded:        make(map[AccountID]Balance),
		loadedPending: make(map[TransferID]Transfer),
		loadedClosed:  make(map[TransferID]struct{}),
	}
	return b
}

// SetBalance tells the book at the bottom what is stored of an account; it is
// no change. It asserts that this book and those below have not changed the
// account, because the loaded balance would then be older than theirs.
func (b *Book) SetBalance(id AccountID, balance Balance) {
	for layer := b; layer != nil; layer = layer.parent {
		_, changed := layer.balances[id]
		fault.Assert(!changed, "ledger.stale_load", "a balance was loaded over a newer one")
	}
	bottom := b.bottom()
	if known, ok := bottom.loaded[id]; ok && known != balance {
		bottom.changes++ // whatever was decided above on the old balance must not be merged
	}
	bottom.loaded[id] = balance
}

// SetPending tells the book at the bottom of an open pending transfer that is
// stored; it is no change, and the reserves are expected in the balances loaded.
func (b *Book) SetPending(t Transfer) {
	fault.Assert(t.Stage == Pending, "ledger.not_pending", "a transfer loaded as pending is not")
	b.bottom().loadedPending[t.ID] = t
}

// SetClosed tells the book at the bottom that a stored pending transfer is
// closed, so that Apply refuses to close it as ledger.pending_closed.
func (b *Book) SetClosed(pending TransferID) {
	b.bottom().loadedClosed[pending] = struct{}{}
}

func (b *Book) bottom() *Book {
	for b.parent != nil {
		b = b.parent
	}
	return b
}

// Balance returns the balance of an account, and whether the book knows it.
func (b *Book) Balance(id AccountID) (Balance, bool) {
	for layer := b; layer != nil; layer = layer.parent {
		if balance, ok := layer.balances[id]; ok {
			return balance, true
		}
		if balance, ok := layer.loaded[id]; ok {
			return balance, true
		}
	}
	return Balance{}, false
}

// Size returns of how many accounts and pending transfers this book keeps
// something, not counting its parents.
func (b *Book) Size() int {
	return len(b.balances) + len(b.loaded) + len(b.opened) + len(b.closed) + len(b.loadedPending) + len(b.loadedClosed)
}

// Pending returns an open pending transfer, and whether there is one.
func (b *Book) Pending(id TransferID) (Transfer, bool) {
	t, open, _ := b.pending(id)
	return t, open
}

// pending returns a pending transfer, whether it is open, and whether it was
// closed by this book or one below.
func (b *Book) pending(id TransferID) (t Transfer, open, closed bool) {
	for layer := b; layer != nil; layer = layer.parent {
		if _, ok := layer.closed[id]; ok {
			return Transfer{}, false, true
		}
		if _, ok := layer.loadedClosed[id]; ok {
			return Transfer{}, false, true
		}
		if t, ok := layer.opened[id]; ok {
			return t, true, false
		}
		if t, ok := layer.loadedPending[id]; ok {
			return t, true, false
		}
	}
	return Transfer{}, false, false
}

// All yields every account the book knows with its balance, sorted by account.
func (b *Book) All() iter.Seq2[AccountID, Balance] {
	return func(yield func(AccountID, Balance) bool) {
		all := make(map[AccountID]Balance)
		for layer := b; layer != nil; layer = layer.parent {
			for _, known := range []map[AccountID]Balance{layer.balances, layer.loaded} {
				for id, balance := range known {
					if _, newer := all[id]; !newer {
						all[id] = balance
					}
				}
			}
		}
		for _, id := range slices.Sorted(maps.Keys(all)) {
			if !yield(id, all[id]) {
				return
			}
		}
	}
}

// Overlay returns a book that sees b and keeps its own changes until Merge.
// While it is in use, b must change by that Merge only.
func (b *Book) Overlay() *Book {
	return &Book{parent: b, base: b.changes}
}

// Below returns the balance of an account as the book's parent knows it; nothing,
// if it does not.
func (b *Book) Below(id AccountID) (Balance, bool) {
	if b.parent == nil {
		balance, ok := b.loaded[id]
		return balance, ok
	}
	return b.parent.Balance(id)
}

// Lower lets an overlay rest on the parent of its parent, once that parent has
// been merged: what the overlay sees stays the same. It asserts that the parent
// is an empty overlay that has not changed since this one was made.
func (b *Book) Lower() {
	p := b.parent
	fault.Assert(p != nil && p.parent != nil, "ledger.no_parent", "an overlay was lowered to nothing")
	fault.Assert(b.base == p.changes && len(p.balances)+len(p.opened)+len(p.closed) == 0, "ledger.stale_overlay", "an overlay was lowered from a book that has changed")
	b.parent, b.base = p.parent, p.parent.changes
}

// Merge folds the overlay's changes into its parent and leaves the overlay
// empty, ready for more. It asserts that b is an overlay and that its parent
// has not changed since, for then the overlay decided on old balances.
func (b *Book) Merge() {
	fault.Assert(b.parent != nil, "ledger.no_parent", "a book that is no overlay was merged")
	fault.Assert(b.base == b.parent.changes, "ledger.stale_overlay", "an overlay was merged into a book that has changed")
	pour(&b.parent.balances, &b.balances)
	pour(&b.parent.opened, &b.opened)
	pour(&b.parent.closed, &b.closed)
	b.parent.changes++
	b.base = b.parent.changes
}

// pour moves everything from one map into another.
func pour[K comparable, V any](into, from *map[K]V) {
	if len(*into) == 0 && len(*from) > 0 {
		*into, *from = *from, *into
		return
	}
	maps.Copy(*into, *from)
	clear(*from)
}

func put[K comparable, V any](into *map[K]V, key K, value V) {
	if *into == nil {
		*into = make(map[K]V)
	}
	(*into)[key] = value
}

// Touched returns what this book changed and has not merged.
func (b *Book) Touched() Changes {
	var changes Changes
	for _, id := range slices.Sorted(maps.Keys(b.balances)) {
		changes.Balances = append(changes.Balances, AccountBalance{id, b.balances[id]})
	}
	changes.Opened = slices.SortedFunc(maps.Values(b.opened), func(x, y Transfer) int { return cmp.Compare(x.ID, y.ID) })
	changes.Closed = slices.SortedFunc(maps.Values(b.closed), func(x, y Transfer) int { return cmp.Compare(x.Pending, y.Pending) })
	return changes
}

// ApplyAll applies the transfers in order, all of them or none, and returns
// their entries. It refuses as Apply does.
func (b *Book) ApplyAll(ts []Transfer) ([]Entry, error) {
	trial := b.Overlay()
	entries := make([]Entry, 0, 2*len(ts))
	for _, t := range ts {
		two, err := trial.Apply(t)
		if err != nil {
			return nil, err
		}
		entries = append(entries, two...)
	}
	trial.Merge()
	return entries, nil
}

// Apply does one transfer and returns its two entries, the debit first. A
// refused transfer changes nothing:
//   - Refused ledger.insufficient: an account does not have the money.
//   - Refused ledger.unknown_pending, ledger.pending_closed: nothing to close.
//   - Conflict ledger.transfer_exists: a pending transfer of this ID is known.
//   - Invalid ledger.no_id, ledger.bad_stage, ledger.bad_account,
//     ledger.same_account, ledger.currency_mismatch, ledger.not_positive: the
//     transfer is wrong in itself.
//   - Invalid ledger.pending_mismatch: a closing transfer differs from what it
//     closes in accounts or amount.
//   - Conflict ledger.stale_book: what was loaded does not fit together; load
//     a new book and decide again.
//   - Invalid money.overflow: a balance would leave int64.
func (b *Book) Apply(t Transfer) ([]Entry, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := b.checkPending(t); err != nil {
		return nil, err
	}
	debit, credit, err := steps(t)
	if err != nil {
		return nil, err
	}
	oldDebit, _ := b.Balance(t.Debit)
	newDebit, err := oldDebit.after(t.Debit, debit)
	if err != nil {
		return nil, err
	}
	oldCredit, _ := b.Balance(t.Credit)
	newCredit, err := oldCredit.after(t.Credit, credit)
	if err != nil {
		return nil, err
	}
	put(&b.balances, t.Debit, newDebit)
	put(&b.balances, t.Credit, newCredit)
	switch t.Stage {
	case Pending:
		put(&b.opened, t.ID, t)
	case Post, Void, Expire:
		put(&b.closed, t.Pending, t)
	case Posted:
	}
	b.changes++
	return []Entry{
		{t.Debit, newDebit.Version, t.ID, debit.posted.Minor(), newDebit.Posted},
		{t.Credit, newCredit.Version, t.ID, credit.posted.Minor(), newCredit.Posted},
	}, nil
}

// checkPending refuses to open a pending transfer twice, and to close one that
// is not open or is another.
func (b *Book) checkPending(t Transfer) error {
	if !t.Stage.Closes() {
		if _, open, closed := b.pending(t.ID); open || closed {
			return fault.New(fault.Conflict, "ledger.transfer_exists", "this transfer is already in the ledger")
		}
		return nil
	}
	pending, open, closed := b.pending(t.Pending)
	switch {
	case closed:
		return fault.New(fault.Refused, "ledger.pending_closed", "this pending transfer is already closed")
	case !open:
		return fault.New(fault.Refused, "ledger.unknown_pending", "there is no such pending transfer")
	case pending.Debit != t.Debit || pending.Credit != t.Credit || pending.Amount != t.Amount:
		return invalid("ledger.pending_mismatch", "a pending transfer is closed whole and between its own accounts")
	}
	return nil
}

// steps returns what the transfer does to its debit and its credit account.
func steps(t Transfer) (debit, credit step, err error) {
	none := money.Zero(t.Amount.Currency())
	minus, err := t.Amount.Neg()
	if err != nil {
		return step{}, step{}, err
	}
	debit, credit = step{none, none, none}, step{none, none, none}
	switch t.Stage {
	case Posted:
		debit.posted, credit.posted = minus, t.Amount
	case Pending:
		debit.out, credit.in = t.Amount, t.Amount
	case Post:
		debit.posted, credit.posted = minus, t.Amount
		debit.out, credit.in = minus, minus
	case Void, Expire:
		debit.out, credit.in = minus, minus
	}
	return debit, credit, nil
}
