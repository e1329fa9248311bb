package ledger_test

import (
	"reflect"
	"slices"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/trade/ledger"
)

func TestAnOverlayIsUnseenUntilMerged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.reserve("p", b.buyer, b.seller, 50)
	apply(t, b.Book, b.move("1", b.rail, b.buyer, 100), p)

	batch := b.Overlay()
	command := batch.Overlay()
	closing := p.Closing(ledger.Post, "c", ledger.ReasonRelease, p.At)
	apply(t, command, closing, b.move("2", b.buyer, b.held, 10))
	wantBalance(t, batch, b.buyer, ledger.Balance{Posted: 100, PendingOut: 50, Version: 2})
	if _, open := batch.Pending("p"); !open {
		t.Error("the overlay's closing is seen below")
	}
	if _, open := command.Pending("p"); open {
		t.Error("the overlay does not see its own closing")
	}

	command.Merge()
	wantBalance(t, batch, b.buyer, ledger.Balance{Posted: 40, Version: 4})
	wantBalance(t, b.Book, b.buyer, ledger.Balance{Posted: 100, PendingOut: 50, Version: 2})
	if got := command.Touched(); len(got.Balances)+len(got.Opened)+len(got.Closed) != 0 {
		t.Errorf("a merged overlay still holds %+v", got)
	}
	apply(t, command, b.move("3", b.buyer, b.held, 5)) // a merged overlay may be used again
	command.Merge()

	dropped := batch.Overlay()
	apply(t, dropped, b.move("4", b.buyer, b.held, 35))
	wantBalance(t, batch, b.buyer, ledger.Balance{Posted: 35, Version: 5})

	batch.Merge()
	wantBalance(t, b.Book, b.buyer, ledger.Balance{Posted: 35, Version: 5})
	if _, err := b.Apply(closing); fault.CodeOf(err) != "ledger.pending_closed" {
		t.Errorf("the merged closing is forgotten: %v", err)
	}
}

func TestTouchedIsSortedAndOnlyTheOverlays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before := b.reserve("before", b.buyer, b.seller, 5)
	apply(t, b.Book, b.move("1", b.rail, b.buyer, 100), b.move("2", b.buyer, b.fees, 1), before)
	o := b.Overlay()
	z, a := b.reserve("z", b.buyer, b.held, 1), b.reserve("a", b.buyer, b.held, 1)
	voidZ := z.Closing(ledger.Void, "y1", "", z.At)
	post := before.Closing(ledger.Post, "y2", "", z.At)
	apply(t, o, z, a, voidZ, post)
	want := ledger.Changes{
		Balances: []ledger.AccountBalance{
			{Account: b.held, Balance: ledger.Balance{PendingIn: 1, Version: 3}},
			{Account: b.buyer, Balance: ledger.Balance{Posted: 94, PendingOut: 1, Version: 7}},
			{Account: b.seller, Balance: ledger.Balance{Posted: 5, Version: 2}},
		},
		Opened: []ledger.Transfer{a, z},
		Closed: []ledger.Transfer{post, voidZ}, // by what they close: "before", "z"
	}
	if got := o.Touched(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	var accounts []ledger.AccountID
	for id := range o.All() {
		accounts = append(accounts, id)
		if len(accounts) == 4 {
			break
		}
	}
	if want := []ledger.AccountID{b.held, b.fees, b.buyer, b.seller}; !slices.Equal(accounts, want) {
		t.Errorf("got %v", accounts)
	}
}

func TestWhatIsLoadedIsSeenEverywhereAndIsNoChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o := b.Overlay().Overlay()
	p := b.reserve("p", b.buyer, b.seller, 30)
	o.SetBalance(b.buyer, ledger.Balance{Posted: 30, PendingOut: 30, Version: 8})
	o.SetBalance(b.seller, ledger.Balance{PendingIn: 30, Version: 1})
	o.SetPending(p)
	o.SetClosed("q")
	wantBalance(t, b.Book, b.buyer, ledger.Balance{Posted: 30, PendingOut: 30, Version: 8})
	if got := o.Touched(); len(got.Balances)+len(got.Opened)+len(got.Closed) != 0 {
		t.Errorf("loading is a change: %+v", got)
	}
	apply(t, o, p.Closing(ledger.Post, "c", ledger.ReasonRelease, p.At))
	wantBalance(t, o, b.buyer, ledger.Balance{Version: 9})
	o.Merge()
}

func TestBalancesAndPendingsOfDifferentStatesConflict(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.reserve("p", b.buyer, b.seller, 30)
	b.SetPending(p) // but its reserves are not in the balances
	b.SetBalance(b.buyer, ledger.Balance{Posted: 30, Version: 3})
	_, err := b.Apply(p.Closing(ledger.Post, "c", "", p.At))
	if fault.CodeOf(err) != "ledger.stale_book" || fault.KindOf(err) != fault.Conflict {
		t.Errorf("got %v", err)
	}
}

func TestMisuseOfOverlaysIsAViolation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, code string
		misuse     func(t *testing.T, b bench)
	}{
		{"merging the bottom book", "ledger.no_parent", func(_ *testing.T, b bench) { b.Merge() }},
		{"two overlays of one book both merged", "ledger.stale_overlay", func(t *testing.T, b bench) {
			one, two := b.Overlay(), b.Overlay()
			apply(t, one, b.move("1", b.rail, b.buyer, 1))
			apply(t, two, b.move("2", b.rail, b.buyer, 1))
			one.Merge()
			two.Merge()
		}},
		{"a book changed under its overlay", "ledger.stale_overlay", func(t *testing.T, b bench) {
			o := b.Overlay()
			apply(t, b.Book, b.move("1", b.rail, b.buyer, 1))
			o.Merge()
		}},
		{"a newer balance loaded under an overlay", "ledger.stale_overlay", func(_ *testing.T, b bench) {
			b.SetBalance(b.buyer, ledger.Balance{Version: 1})
			o := b.Overlay()
			o.SetBalance(b.buyer, ledger.Balance{Version: 2})
			o.Merge()
		}},
		{"a balance loaded over a change", "ledger.stale_load", func(t *testing.T, b bench) {
			o := b.Overlay()
			apply(t, o, b.move("1", b.rail, b.buyer, 1))
			o.SetBalance(b.buyer, ledger.Balance{})
		}},
		{"a posted transfer loaded as pending", "ledger.not_pending", func(_ *testing.T, b bench) {
			b.SetPending(b.move("1", b.rail, b.buyer, 1))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			defer wantViolation(t, tt.code)
			tt.misuse(t, setup(t))
		})
	}
}
