package assurance_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

// ended brings deals to their ends in every way, by the way.
func (p *place) ended() map[string]deal.ID {
	p.t.Helper()
	out := map[string]deal.ID{}
	for name, end := range map[string]func() deal.ID{
		"accepted": func() deal.ID {
			id := p.delivered()
			p.act(p.buyer, id, deal.ExtendInspection{Days: 2})
			p.act(p.buyer, id, deal.Accept{})
			marks := reputation.Aspects{AsDescribed: 5, OnTime: 4, Communication: 5, Documents: 4, Overall: 5}
			_, err := p.Review(p.ctx, assurance.Call{By: p.buyer}, id, reputation.Write{Aspects: marks, Text: "As agreed."})
			p.must(err)
			return id
		},
		"a draft withdrawn": func() deal.ID {
			r, err := p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, p.terms())
			p.must(err)
			p.act(p.buyer, deal.ID(r.ID), deal.Withdraw{Reason: "Not needed."})
			return deal.ID(r.ID)
		},
		"countered and withdrawn": func() deal.ID {
			id := p.offered()
			terms := p.terms()
			terms.Title, terms.BuyerRights = "Other bearings", []string{}
			p.act(p.seller, id, deal.Counter{Terms: terms})
			p.act(p.buyer, id, deal.Withdraw{Reason: "Too dear."})
			return id
		},
		"called off by both": func() deal.ID {
			id := p.funded()
			p.act(p.buyer, id, deal.CancelByBoth{Reason: "Both wish it."})
			p.act(p.seller, id, deal.CancelByBoth{Reason: "Both wish it."})
			return id
		},
		"amended, frozen and accepted": func() deal.ID {
			id := p.funded()
			terms := p.terms()
			terms.Delivery.NamedPlace = "Zürich"
			p.act(p.seller, id, deal.Amend{Terms: terms})
			p.act(p.buyer, id, deal.Sign{Hash: p.state(id).Amendment.Hash})
			p.act(office(identity.Compliance), id, deal.Freeze{Case: "C-9"})
			p.act(office(identity.Compliance), id, deal.Unfreeze{Case: "C-9"})
			p.act(p.seller, id, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: "N" + string(id), Final: true})
			p.act(p.buyer, id, deal.ConfirmReceipt{})
			p.act(p.buyer, id, deal.Accept{})
			return id
		},
		"a claim settled": func() deal.ID {
			id := p.claimed()
			p.act(p.seller, id, deal.Conduct{ClaimID: "k1", Step: dispute.MakeOffer{Division: dispute.Division{ToBuyer: 10_000}}})
			p.act(p.buyer, id, deal.Conduct{ClaimID: "k1", Step: dispute.TakeOffer{Number: 1}})
			p.act(p.buyer, id, deal.Accept{})
			return id
		},
		"ruled by the house": func() deal.ID {
			id := p.claimed()
			p.act(p.buyer, id, deal.Conduct{ClaimID: "k1", Step: dispute.Escalate{}})
			mediator := identity.Actor{Office: identity.Mediator, Person: "mia"}
			p.act(office(identity.Administrator), id, deal.Conduct{ClaimID: "k1", Step: dispute.AssignMediator{Mediator: "mia"}})
			p.act(mediator, id, deal.Conduct{ClaimID: "k1", Step: dispute.Propose{Division: dispute.Division{ToBuyer: 5_000}}})
			p.act(p.buyer, id, deal.Conduct{ClaimID: "k1", Step: dispute.Escalate{}})
			p.act(mediator, id, deal.Conduct{ClaimID: "k1", Step: dispute.Rule{Division: dispute.Division{ToBuyer: 7_000}, Reasons: "Half of them do not turn."}})
			return id // the time for an appeal ends below, with that of the inspection
		},
		"not signed": p.offered,
		"not paid whole": func() deal.ID {
			id := p.agreed()
			p.book(p.notice(id, usd(40_000)))
			return id
		},
		"not shipped":            p.funded,
		"the inspection is over": p.delivered,
	} {
		out[name] = end()
	}
	for range 40 { // what waits for time ends by time
		p.clock.Set(p.Now().Add(5 * day))
		p.lapse()
	}
	return out
}

// claimed is a delivered deal with a claim of the buyer about 200.00.
func (p *place) claimed() deal.ID {
	p.t.Helper()
	id := p.delivered()
	p.act(p.buyer, id, deal.RaiseClaim{
		ClaimID: "k1", Reason: dispute.QualityDefect, Minor: 20_000, Demand: dispute.Division{ToBuyer: 20_000},
		Statement: "Half of them do not turn.", Evidence: []evidence.Hash{{1, 2, 3}},
	})
	return id
}

// fold is a deal as its facts give it.
func (p *place) fold(id deal.ID) deal.State {
	p.t.Helper()
	records, err := p.store.Records(p.ctx, id.Stream(), 0)
	p.must(err)
	s := deal.State{ID: id}
	for _, r := range records {
		e, err := deal.Decode(r.Kind, r.Payload)
		p.must(err)
		s = s.Apply(e, r.At)
	}
	return s
}

// around runs SQL behind the house's back.
func (p *place) around(statement string, args ...any) {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+p.path)
	p.must(err)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(p.ctx, statement, args...)
	p.must(err)
}

// kept is the row of a deal, and whether it has one.
func (p *place) kept(id deal.ID) (assurance.ClosedDeal, bool) {
	p.t.Helper()
	rows, err := p.store.ClosedDeals(p.ctx, 0, 1000)
	p.must(err)
	i := slices.IndexFunc(rows, func(r assurance.ClosedDeal) bool { return r.ID == id })
	if i < 0 {
		return assurance.ClosedDeal{}, false
	}
	return rows[i], true
}

// factless is a store whose deals cannot be read from their facts.
type factless struct{ assurance.Store }

func (f factless) Records(ctx context.Context, stream string, after int64) ([]assurance.Record, error) {
	if strings.HasPrefix(stream, "deal:") {
		return nil, fault.New(fault.Internal, "test.facts", "The facts of a deal were asked for.")
	}
	return f.Store.Records(ctx, stream, after)
}

func TestAClosedDealReadsFromItsRowAsFromItsFacts(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ends := p.ended()
	outcomes := map[deal.Outcome]int{}
	readers := []identity.Actor{
		p.buyer, p.seller, p.member("Stranger AG", "CH"),
		{Office: identity.Member},
		{},
		identity.HouseClock(), rail(),
		office(identity.Auditor), office(identity.Compliance), office(identity.Mediator), office(identity.Administrator), office(identity.Treasury),
	}
	type answer struct {
		state   deal.State
		err     string
		reviews assurance.DealReviews
	}
	ask := func(by identity.Actor, id deal.ID) (a answer) {
		var err error
		a.state, err = p.Deal(p.ctx, by, id)
		a.err = fault.CodeOf(err)
		a.reviews, err = p.DealReviews(p.ctx, by, id)
		a.err += " " + fault.CodeOf(err)
		return a
	}
	before := map[string]answer{}
	for name, id := range ends {
		row, found := p.kept(id)
		s, ours := row.State()
		if want := p.fold(id); !found || !ours || !reflect.DeepEqual(s, want) {
			t.Errorf("%s: kept %t, %t\n%+v\nthe facts say\n%+v", name, found, ours, s, want)
		}
		outcomes[s.Outcome]++
		if ruled := len(s.Claims) == 1 && s.Claims[0].Ruling != nil; ruled != (name == "ruled by the house") {
			t.Errorf("%s: ruled %t", name, ruled)
		}
		for i, by := range readers {
			before[fmt.Sprint(name, i)] = ask(by, id)
		}
	}
	for _, o := range []deal.Outcome{deal.Completed, deal.Cancelled, deal.Expired, deal.Refunded, deal.Settled} {
		if outcomes[o] == 0 {
			t.Errorf("no deal was %s: %v", o, outcomes)
		}
	}
	p.sound()
	p.around(`DELETE FROM closed_view`)
	for name, id := range ends {
		for i, by := range readers {
			if got, want := ask(by, id), before[fmt.Sprint(name, i)]; !reflect.DeepEqual(got, want) {
				t.Errorf("%s, read by %s from the facts:\n%+v\nand from the row:\n%+v", name, by, got, want)
			}
		}
	}
	p.sound() // a deal that an older release has closed has no row
}

func TestAClosedDealIsReadWithoutItsFacts(t *testing.T) {
	t.Parallel()
	p := setup(t)
	over, open := p.delivered(), p.delivered()
	p.act(p.buyer, over, deal.Accept{})
	want := p.fold(over)
	p.disk.Store = factless{p.disk.Store}
	h := p.open()
	t.Cleanup(h.Close)
	if s, err := h.Deal(p.ctx, p.buyer, over); err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("%v\n%+v\n%+v", err, s, want)
	}
	_, err := h.Deal(p.ctx, p.buyer, open)
	p.refused(err, "test.facts")
	if _, found := p.kept(open); found {
		t.Error("an open deal is kept as closed")
	}
	_, err = h.History(p.ctx, p.buyer, over)
	p.refused(err, "test.facts") // what happened is read from the facts alone
}

func TestARowThatIsNotTheNewestOrNotOursIsNotRead(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"an older fact's":             `UPDATE closed_view SET seq = seq - 1`,
		"a fact's that never was":     `UPDATE closed_view SET seq = seq + 1`,
		"another deal's":              `UPDATE closed_view SET deal = 'another'`,
		"another release's mark":      `UPDATE closed_view SET mark = mark + 1`,
		"bytes that are no state":     `UPDATE closed_view SET body = x'00ff'`,
		"no bytes":                    `UPDATE closed_view SET body = x''`,
		"bytes with more after them":  `UPDATE closed_view SET body = CAST(body || x'00' AS BLOB)`,
		"a fact that a node appended": `INSERT INTO event SELECT (SELECT max(seq) + 1 FROM event), stream, version + 1, kind, at, actor, salt, payload FROM event WHERE kind = 'closed'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			id := p.delivered()
			p.act(p.buyer, id, deal.Accept{})
			p.around(change)
			if s := p.state(id); !reflect.DeepEqual(s, p.fold(id)) {
				t.Errorf("reads %+v", s)
			}
		})
	}
}

func TestAClosedDealThatWasTamperedWithIsNamed(t *testing.T) {
	t.Parallel()
	p := setup(t)
	over, other, open := p.delivered(), p.delivered(), p.delivered()
	for _, id := range []deal.ID{over, other} {
		p.act(p.buyer, id, deal.Accept{})
	}
	row, _ := p.kept(over)
	p.around(`UPDATE closed_view SET body = $1 WHERE deal = $2`, bytes.Replace(row.Body, []byte("Bearings"), []byte("Beerings"), 1), string(over))
	if s := p.state(over); s.Terms.Title != "Beerings" {
		t.Errorf("the test tampers with nothing: %q", s.Terms.Title)
	}
	named := func() (detail string) {
		checks, err := assurance.Audit{Store: p.store, Archive: p.store}.Checks(p.ctx, nil)
		p.must(err)
		for _, c := range checks {
			if !c.OK && c.Name == "closed deals are kept as their events say" {
				detail += c.Detail
			}
		}
		return detail
	}
	if detail := named(); !strings.Contains(detail, string(over)) || strings.Contains(detail, string(other)) {
		t.Errorf("the audit says %q", detail)
	}
	p.around(`UPDATE closed_view SET body = $1 WHERE deal = $2`, row.Body, string(over))
	p.sound()
	p.around(`UPDATE closed_view SET seq = seq + 1000 WHERE deal = $1`, string(over))
	if detail := named(); !strings.Contains(detail, string(over)) {
		t.Errorf("of a fact that never was the audit says %q", detail)
	}
	p.around(`UPDATE closed_view SET deal = $1 WHERE deal = $2`, string(open), string(over))
	if detail := named(); !strings.Contains(detail, string(open)) {
		t.Errorf("of an open deal that is kept as closed the audit says %q", detail)
	}
}

func TestAStateOfAnyKindIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 11))
	filled := map[string]bool{}
	for range 500 {
		var s deal.State
		invent(rng, reflect.ValueOf(&s).Elem(), "", filled)
		s.Phase = deal.Closed
		row := assurance.ClosedDealOf(s)
		got, ok := row.State()
		if !ok || !reflect.DeepEqual(got, s) {
			t.Fatalf("%t\n%+v\n%+v", ok, got, s)
		}
		if again := assurance.ClosedDealOf(got); !bytes.Equal(again.Body, row.Body) {
			t.Fatalf("written again it is other bytes: %x, %x", again.Body, row.Body)
		}
	}
	if len(filled) < 80 || !filled[".Claims[].Ruling*.Division.ToBuyer"] || !filled[".Escrow.Currency"] {
		t.Errorf("only %d fields were filled", len(filled))
	}
}

// invent fills a value by chance: texts, numbers, times of any zone, lists that are
// absent or empty.
func invent(rng *rand.Rand, v reflect.Value, at string, filled map[string]bool) {
	currencies := append(money.Currencies()[:9:9], money.Currency{})
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		filled[at] = true
		switch t := time.Unix(rng.Int64N(8e9)-2e9, rng.Int64N(1e9)).UTC(); rng.IntN(4) {
		case 0:
			*p = t
		case 1:
			*p = t.Truncate(time.Microsecond)
		case 2:
			*p = t.In(time.FixedZone("", 3600*(3+rng.IntN(5))))
		}
		return
	case *money.Currency:
		filled[at] = true
		*p = currencies[rng.IntN(len(currencies))]
		return
	case *money.Amount:
		filled[at] = true
		*p = money.New(rng.Int64()-rng.Int64(), currencies[rng.IntN(len(currencies))])
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			invent(rng, v.Field(i), at+"."+v.Type().Field(i).Name, filled)
		}
		return
	case reflect.Slice:
		if n := rng.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n-1, n-1))
		}
		for i := range v.Len() {
			invent(rng, v.Index(i), at+"[]", filled)
		}
		return
	case reflect.Array:
		for i := range v.Len() {
			invent(rng, v.Index(i), at+"[]", filled)
		}
		return
	case reflect.Pointer:
		if rng.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			invent(rng, v.Elem(), at+"*", filled)
		}
		return
	case reflect.String:
		v.SetString([]string{"", "a", "ä茶\x00\xff", strings.Repeat("x", 300)}[rng.IntN(4)])
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 1)
	case reflect.Uint8:
		v.SetUint(uint64(rng.IntN(256)))
	case reflect.Int, reflect.Int64:
		v.SetInt(rng.Int64() >> rng.IntN(64) * int64(1-2*rng.IntN(2)))
	default:
		panic("nothing is known of " + v.Type().String())
	}
	filled[at] = true
}

func FuzzAnyBytesAreAStateOrNone(f *testing.F) {
	p := setupFuzz()
	f.Add(p.Body)
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Add(bytes.Repeat([]byte{1}, 2000))
	f.Fuzz(func(t *testing.T, body []byte) {
		row := assurance.ClosedDeal{ID: "d1", Mark: p.Mark, Body: body}
		s, ok := row.State()
		if !ok {
			return
		}
		again, ok := assurance.ClosedDealOf(s).State()
		if !ok || s.ID != "d1" || s.Phase != deal.Closed || !reflect.DeepEqual(again, s) {
			t.Errorf("%x is %+v, and written again %+v", body, s, again)
		}
	})
}

func setupFuzz() *assurance.ClosedDeal {
	var s deal.State
	invent(rand.New(rand.NewPCG(1, 2)), reflect.ValueOf(&s).Elem(), "", map[string]bool{})
	s.Phase = deal.Closed
	return assurance.ClosedDealOf(s)
}
