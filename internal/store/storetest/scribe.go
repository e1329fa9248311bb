package storetest

import (
	"fmt"
	"slices"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// Scribe writes batches that fit together, as the committer would. What a batch
// holds counts as written once Kept is called.
type Scribe struct {
	tree     *evidence.Tree
	book     *ledger.Book
	versions map[string]int64
	at       time.Time
	works    int
	pages    int
}

// NewScribe is a scribe of an empty house.
func NewScribe() *Scribe {
	return &Scribe{
		tree: &evidence.Tree{}, book: ledger.NewBook(), versions: map[string]int64{},
		at: time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC),
	}
}

// Placed is for batches that have their places in the log already, as a scribe's have.
func Placed(assurance.Tail) error { return nil }

// Page is a batch in the making.
type Page struct {
	scribe   *Scribe
	number   int
	tree     *evidence.Tree
	book     *ledger.Book
	versions map[string]int64
	batch    assurance.Batch
}

// Page begins a batch on what was kept.
func (s *Scribe) Page() *Page {
	s.at = s.at.Add(time.Second)
	s.pages++
	return &Page{scribe: s, number: s.pages, tree: s.tree.Clone(), book: s.book.Overlay(), versions: map[string]int64{}}
}

// Record adds an event to a stream.
func (p *Page) Record(stream, kind, payload string) assurance.Record {
	last, ok := p.versions[stream]
	if !ok {
		last = p.scribe.versions[stream]
	}
	r := assurance.Record{
		Sequence: p.tree.Size(), Stream: stream, Version: last + 1, Kind: kind, At: p.scribe.at,
		Actor: identity.HouseClock().String(), Payload: []byte(payload),
	}
	copy(r.Salt[:], fmt.Sprintf("salt %011d", r.Sequence))
	p.versions[stream] = r.Version
	hashes, err := p.tree.Append(r.Entry().Leaf())
	fault.Assert(err == nil, "storetest.tree", "the tree takes every leaf")
	p.batch.Records = append(p.batch.Records, r)
	p.batch.Hashes = append(p.batch.Hashes, hashes...)
	return r
}

// Post applies transfers to the ledger.
func (p *Page) Post(ts ...ledger.Transfer) {
	entries, err := p.book.ApplyAll(ts)
	if err != nil {
		panic(err) // the test asks for what the ledger refuses
	}
	p.batch.Transfers = append(p.batch.Transfers, ts...)
	p.batch.Entries = append(p.batch.Entries, entries...)
}

// Batch is the batch so far.
func (p *Page) Batch() *assurance.Batch {
	b := p.batch
	b.Balances, b.Closed = nil, nil
	changes := p.book.Touched()
	for _, c := range changes.Balances {
		before, _ := p.scribe.book.Balance(c.Account)
		b.Balances = append(b.Balances, assurance.BalanceChange{Account: c.Account, Was: before, Now: c.Balance})
	}
	for _, t := range changes.Closed {
		b.Closed = append(b.Closed, t.Pending)
	}
	return &b
}

// Kept says that the batch was written.
func (p *Page) Kept() {
	p.scribe.tree = p.tree
	p.book.Merge()
	for stream, version := range p.versions {
		p.scribe.versions[stream] = version
	}
}

// Transfer is a transfer of US dollars under a new id.
func (p *Page) Transfer(stage ledger.Stage, debit, credit ledger.AccountID, minor int64) ledger.Transfer {
	id := fmt.Sprintf("t%d-%d", p.number, len(p.batch.Transfers))
	return ledger.Transfer{
		ID: ledger.TransferID(id), Stage: stage, Debit: debit, Credit: credit, Amount: money.New(minor, usd()),
		Reason: ledger.ReasonRelease, Stream: "deal:d1", At: p.scribe.at,
	}
}

func usd() money.Currency { return money.MustCurrency("USD") }

// Work adds one typical command of a house in full swing: two facts of a deal,
// money come in and released with a fee, an answer, a clock, the deal's rows.
func (p *Page) Work() {
	s := p.scribe
	s.works++
	id := deal.ID(fmt.Sprintf("0190d5c0-0000-7000-8000-%012d", s.works))
	stream := id.Stream()
	p.Record(stream, "accepted", `{"by":"buyer","note":"everything as ordered, thank you for the careful packing"}`)
	r := p.Record(stream, "money_moved", `{"cause":"accepted","moves":[{"minor":125000,"to":"seller","tranche":"balance"},{"minor":1250,"to":"fees","tranche":"balance"}]}`)
	buyer, seller := fmt.Sprintf("b%d", s.works%500), fmt.Sprintf("s%d", s.works%700)
	held := ledger.Held(string(id), "balance", usd())
	transfers := []ledger.Transfer{
		{Debit: ledger.Rail("sandbox", usd()), Credit: held, Amount: money.New(126_250, usd()), Reason: ledger.ReasonHold},
		{Debit: held, Credit: ledger.Party(seller, usd()), Amount: money.New(125_000, usd()), Reason: ledger.ReasonRelease},
		{Debit: held, Credit: ledger.Fees(usd()), Amount: money.New(1_250, usd()), Reason: ledger.ReasonFee},
	}
	for i := range transfers {
		transfers[i].ID = ledger.TransferID(fmt.Sprintf("%s/%d/%d", stream, r.Version, i+1))
		transfers[i].Stage, transfers[i].Stream, transfers[i].At = ledger.Posted, stream, s.at
	}
	p.Post(transfers...)
	b := &p.batch
	b.Answers = append(b.Answers, assurance.Answer{
		AnswerKey: assurance.AnswerKey{Caller: "member/" + buyer + "/p", Key: stream}, Input: evidence.HashOf([]byte(stream)),
		Response: []byte(`{"id":"` + string(id) + `","version":2,"state":"delivered"}`), At: s.at,
	})
	due := s.at.Add(7 * 24 * time.Hour)
	b.Clocks = append(b.Clocks, assurance.ClockSet{Stream: stream, Clocks: []assurance.ClockRow{{Stream: stream, Clock: "inspection", At: due}}})
	b.Deals = append(b.Deals, assurance.DealRow{
		ID: id, Title: "600 ceramic teapots", Buyer: identity.PartyID(buyer), Seller: identity.PartyID(seller), Phase: deal.Delivered,
		Currency: usd(), Total: 126_250, Released: 125_000, Fees: 1_250, NextAt: due, Version: r.Version, DraftedAt: s.at, UpdatedAt: s.at,
	})
	o := deal.Obligation{Who: deal.WhoBuyer, What: "inspect", By: due, Lapse: "accepted"}
	b.Duties = append(b.Duties, assurance.DutySet{Deal: id, Rows: []assurance.DutyRow{{Deal: id, Party: identity.PartyID(buyer), Obligation: o}}})
}

// Works is a batch of n typical commands, counted as written. Its size is what a
// benchmark measures.
func (s *Scribe) Works(n int) *assurance.Batch {
	p := s.Page()
	for range n {
		p.Work()
	}
	b := p.Batch()
	p.Kept()
	return b
}

// Closing is the transfer that ends the pending transfer t.
func (p *Page) Closing(t ledger.Transfer, stage ledger.Stage) ledger.Transfer {
	id := ledger.TransferID(string(t.ID) + "-" + stage.String())
	for slices.ContainsFunc(p.batch.Transfers, func(x ledger.Transfer) bool { return x.ID == id }) {
		id += "'"
	}
	return t.Closing(stage, id, ledger.ReasonPayoutSent, p.scribe.at)
}
