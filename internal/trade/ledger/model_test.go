package ledger_test

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/ledger"
)

// model is the ledger as dumb as it can be: the list of what was accepted.
// Everything else is counted again from the first transfer each time.
type model struct {
	accepted []ledger.Transfer
}

type sums struct{ posted, out, in *big.Int }

func (m model) count(id ledger.AccountID) (s sums, version int64) {
	s = sums{new(big.Int), new(big.Int), new(big.Int)}
	add := func(to *big.Int, sign int64, t ledger.Transfer) {
		to.Add(to, new(big.Int).Mul(big.NewInt(sign), big.NewInt(t.Amount.Minor())))
	}
	for _, t := range m.accepted {
		if t.Debit == id || t.Credit == id {
			version++
		}
		moves := t.Stage == ledger.Posted || t.Stage == ledger.Post
		reserve := int64(0)
		if t.Stage == ledger.Pending {
			reserve = 1
		} else if t.Pending != "" {
			reserve = -1
		}
		if t.Debit == id {
			add(s.out, reserve, t)
			if moves {
				add(s.posted, -1, t)
			}
		}
		if t.Credit == id {
			add(s.in, reserve, t)
			if moves {
				add(s.posted, 1, t)
			}
		}
	}
	return s, version
}

// open returns the pending transfers that nothing has closed, and the IDs of the closed.
func (m model) open() (open []ledger.Transfer, closed []ledger.TransferID) {
	for _, t := range m.accepted {
		if t.Pending != "" {
			closed = append(closed, t.Pending)
		}
	}
	for _, t := range m.accepted {
		if t.Stage == ledger.Pending && !slices.Contains(closed, t.ID) {
			open = append(open, t)
		}
	}
	return open, closed
}

// objections returns the codes of the rules that the next transfer would break.
func (m model) objections(t ledger.Transfer) []string {
	var codes []string
	if t.Pending != "" {
		open, closed := m.open()
		if slices.Contains(closed, t.Pending) {
			return []string{"ledger.pending_closed"}
		}
		if !slices.ContainsFunc(open, func(p ledger.Transfer) bool { return p.ID == t.Pending }) {
			return []string{"ledger.unknown_pending"}
		}
	}
	next := model{append(slices.Clone(m.accepted), t)}
	for _, id := range []ledger.AccountID{t.Debit, t.Credit} {
		s, _ := next.count(id)
		least, most := new(big.Int).Sub(s.posted, s.out), new(big.Int).Add(s.posted, s.in)
		for _, n := range []*big.Int{s.posted, s.out, s.in, least, most} {
			if !new(big.Int).Abs(n).IsInt64() {
				codes = append(codes, "money.overflow")
			}
		}
		if isRail := id.Kind() == ledger.KindRail; isRail && most.Sign() > 0 || !isRail && least.Sign() < 0 {
			codes = append(codes, "ledger.insufficient")
		}
	}
	return codes
}

// machine runs a stack of overlays beside a stack of models.
type machine struct {
	accounts []ledger.AccountID
	books    []*ledger.Book
	models   []model
	used     int
}

func (m *machine) book() *ledger.Book { return m.books[len(m.books)-1] }
func (m *machine) model() *model      { return &m.models[len(m.models)-1] }

func (m *machine) draw(t *rapid.T) ledger.Transfer {
	m.used++
	transfer := ledger.Transfer{
		ID: ledger.TransferID(fmt.Sprint("t", m.used)), Stage: ledger.Posted,
		Debit:  rapid.SampledFrom(m.accounts).Draw(t, "debit"),
		Credit: rapid.SampledFrom(m.accounts).Draw(t, "credit"),
	}
	if transfer.Debit.Currency() != transfer.Credit.Currency() || transfer.Debit == transfer.Credit {
		t.Skip("not a transfer")
	}
	minor := rapid.OneOf(rapid.Int64Range(1, 50), rapid.Int64Range(1, math.MaxInt64), rapid.Just[int64](math.MaxInt64)).Draw(t, "minor")
	transfer.Amount = money.New(minor, transfer.Debit.Currency())
	if rapid.Bool().Draw(t, "pending") {
		transfer.Stage = ledger.Pending
	}
	return transfer
}

// apply gives a transfer to both and compares the answers.
func (m *machine) apply(t *rapid.T, transfer ledger.Transfer) {
	objections := m.model().objections(transfer)
	entries, err := m.book().Apply(transfer)
	if len(objections) > 0 {
		if !slices.Contains(objections, fault.CodeOf(err)) {
			t.Fatalf("%+v: got %+v, want one of %v", transfer, err, objections)
		}
		return
	}
	if err != nil || len(entries) != 2 {
		t.Fatalf("%+v: got %v, %+v", transfer, entries, err)
	}
	m.model().accepted = append(slices.Clone(m.model().accepted), transfer)
	for i, id := range []ledger.AccountID{transfer.Debit, transfer.Credit} {
		s, version := m.model().count(id)
		e := entries[i]
		if e.Account != id || e.Version != version || e.Balance != s.posted.Int64() || e.Transfer != transfer.ID {
			t.Fatalf("entry %+v, want version %d and balance %s", e, version, s.posted)
		}
	}
	if entries[0].Delta != -entries[1].Delta {
		t.Fatalf("the entries do not balance: %+v", entries)
	}
}

// check compares every account and pending transfer, and the invariants.
func (m *machine) check(t *rapid.T) {
	for _, id := range m.accounts {
		s, version := m.model().count(id)
		got, known := m.book().Balance(id)
		want := ledger.Balance{Posted: s.posted.Int64(), PendingOut: s.out.Int64(), PendingIn: s.in.Int64(), Version: version}
		if got != want || known != (version > 0) {
			t.Fatalf("%s is %+v, want %+v", id, got, want)
		}
		if got.Available(id.Kind()) < 0 || got.PendingOut < 0 || got.PendingIn < 0 {
			t.Fatalf("%s went below zero: %+v", id, got)
		}
	}
	open, closed := m.model().open()
	for _, p := range open {
		if got, ok := m.book().Pending(p.ID); !ok || got != p {
			t.Fatalf("pending %s is lost: %+v", p.ID, got)
		}
	}
	for _, id := range closed {
		if _, ok := m.book().Pending(id); ok {
			t.Fatalf("%s is closed and open", id)
		}
	}
	for code, sum := range ledger.TrialBalance(m.book().All()) {
		if sum != 0 {
			t.Fatalf("%s sums to %d", code, sum)
		}
	}
}

func TestTheBookBehavesAsAListOfTransfers(t *testing.T) {
	t.Parallel()
	usd, jpy := money.MustCurrency("USD"), money.MustCurrency("JPY")
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{
			accounts: []ledger.AccountID{
				ledger.Rail("a", usd), ledger.Rail("b", usd), ledger.Party("p", usd), ledger.Held("d", "t", usd), ledger.Fees(usd),
				ledger.Rail("a", jpy), ledger.Party("p", jpy),
			},
			books:  []*ledger.Book{ledger.NewBook()},
			models: []model{{}},
		}
		t.Repeat(map[string]func(*rapid.T){
			"transfer": func(t *rapid.T) { m.apply(t, m.draw(t)) },
			"close": func(t *rapid.T) {
				open, _ := m.model().open()
				if len(open) == 0 {
					t.Skip("nothing is open")
				}
				m.used++
				p := rapid.SampledFrom(open).Draw(t, "pending")
				stage := rapid.SampledFrom([]ledger.Stage{ledger.Post, ledger.Void, ledger.Expire}).Draw(t, "stage")
				closing := p.Closing(stage, ledger.TransferID(fmt.Sprint("c", m.used)), "", p.At)
				if objections := m.model().objections(closing); len(objections) > 0 {
					t.Fatalf("an open transfer cannot be closed: %v", objections)
				}
				m.apply(t, closing)
				m.apply(t, closing) // the second time it must be refused
			},
			"close the unknown": func(t *rapid.T) {
				unknown := m.draw(t)
				unknown.Stage, unknown.Pending = ledger.Post, "never"
				m.apply(t, unknown)
			},
			"all or none": func(t *rapid.T) {
				ts := []ledger.Transfer{m.draw(t), m.draw(t), m.draw(t)}
				next := *m.model()
				refused := false
				for _, transfer := range ts {
					refused = refused || len(next.objections(transfer)) > 0
					next.accepted = append(slices.Clone(next.accepted), transfer)
				}
				if _, err := m.book().ApplyAll(ts); (err != nil) != refused {
					t.Fatalf("%+v: got %+v, want refused %t", ts, err, refused)
				}
				if !refused {
					*m.model() = next
				}
			},
			"overlay": func(t *rapid.T) {
				if len(m.books) > 3 {
					t.Skip("deep enough")
				}
				m.books = append(m.books, m.book().Overlay())
				m.models = append(m.models, *m.model())
			},
			"merge": func(t *rapid.T) {
				if len(m.books) == 1 {
					t.Skip("no overlay")
				}
				m.book().Merge()
				m.books = m.books[:len(m.books)-1]
				m.models = slices.Delete(m.models, len(m.models)-2, len(m.models)-1)
			},
			"drop": func(t *rapid.T) {
				if len(m.books) == 1 {
					t.Skip("no overlay")
				}
				m.books, m.models = m.books[:len(m.books)-1], m.models[:len(m.models)-1]
			},
			"": m.check,
		})
	})
}
