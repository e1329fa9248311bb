package load

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"fondaco/internal/fault"
)

// program is one stranger's program, which acts for a seller and a buyer.
type program struct {
	crew   *crew
	number int
	line   *house
	seller account
	buyer  account
}

// errLeft says that a deal was left and why has been counted.
var errLeft = fault.New(fault.Refused, "load.left", "The deal was left.")

func bytesOf(in any) []byte {
	doc, err := json.Marshal(in)
	fault.Assert(err == nil, "load.body", "a request can be written")
	return doc
}

// work drives deals, one after the other, until the time is over.
func (p *program) work(ctx context.Context) error {
	for n := 1; !p.crew.over(ctx); n++ {
		p.crew.note(func(r *Report) { r.Deals++ })
		err := p.drive(ctx, n)
		switch {
		case err == nil:
			p.crew.note(func(r *Report) { r.Closed++ })
		case fault.CodeOf(err) == errLeft.Code:
			p.crew.note(func(r *Report) { r.Left++ })
		default:
			return err
		}
	}
	return nil
}

// drive takes one deal from its draft to its end.
func (p *program) drive(ctx context.Context, n int) error {
	terms := p.terms(n)
	drafted, err := p.command(ctx, &p.seller, "draft", "", "/v1/deals", terms)
	if err != nil {
		return err
	}
	id := drafted.ID
	path := func(rest string) string { return "/v1/deals/" + id + rest }
	if _, err := p.command(ctx, &p.seller, "offer", id, path("/offer"), nil); err != nil {
		return err
	}
	d, err := p.look(ctx, &p.buyer, id)
	if err != nil {
		return err
	}
	signature := map[string]string{"hash": d.TermsHash}
	for _, who := range []*account{&p.buyer, &p.seller} {
		if _, err := p.command(ctx, who, "sign", id, path("/sign"), signature); err != nil {
			return err
		}
	}
	if err := p.pay(ctx, id, d.Money.Total); err != nil {
		return err
	}
	parcel := map[string]any{"carrier": "Load Lines", "tracking_number": fmt.Sprintf("%s-%d-%d", p.crew.run, p.number, n), "final": true}
	if _, err := p.command(ctx, &p.seller, "ship", id, path("/ship"), parcel); err != nil {
		return err
	}
	if _, err := p.command(ctx, &p.buyer, "confirm-receipt", id, path("/confirm-receipt"), nil); err != nil {
		return err
	}
	_, err = p.command(ctx, &p.buyer, "accept", id, path("/accept"), nil)
	return err
}

// command gives one command and writes down what became of it. When it cannot go
// on with the deal, it fails with load.left. A command that has been asked is
// awaited even if ctx ends.
func (p *program) command(ctx context.Context, who *account, operation, deal, path string, body any) (Receipt, error) {
	if p.crew.over(ctx) {
		return Receipt{}, errLeft
	}
	l := line{Email: who.email, Key: rand.Text(), Operation: operation, Path: path, Deal: deal, Asked: time.Now().UnixMicro()}
	if body != nil {
		l.Body = bytesOf(body)
	}
	a, err := p.say(context.WithoutCancel(ctx), who, request{method: http.MethodPost, path: path, body: l.Body, key: l.Key})
	l.Tries = a.tries
	var r Receipt
	switch {
	case err != nil:
		l.Kind = lineUnknown
		p.crew.note(func(r *Report) { r.Unknown++ })
	case a.refused():
		l.Kind, l.Code = lineRefused, a.code()
		p.crew.note(func(r *Report) { r.Refused[l.Code]++ })
	default:
		if err := json.Unmarshal(a.body, &r); err != nil || r.ID == "" {
			return Receipt{}, fault.New(fault.Internal, "load.bad_receipt", "The house has answered a command with something that is no receipt.").Because(err)
		}
		l.Kind, l.Deal, l.Version, l.Receipt = lineAck, r.ID, r.Version, &r
	}
	if err := p.crew.book.enter(l); err != nil {
		return Receipt{}, err
	}
	if l.Kind != lineAck {
		return Receipt{}, errLeft
	}
	return r, nil
}

// say asks for an account.
func (p *program) say(ctx context.Context, who *account, q request) (answer, error) {
	q.token = who.token
	a, err := p.line.ask(ctx, q)
	p.crew.note(func(r *Report) { r.Retries += a.tries - 1 })
	return a, err
}

// amount is money in the API.
type amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// deal is what a program reads of a deal.
type deal struct {
	Version   int64  `json:"version"`
	Phase     string `json:"phase"`
	TermsHash string `json:"terms_hash"`
	Money     struct {
		Total   amount `json:"total"`
		Missing amount `json:"missing"`
	} `json:"money"`
}

// look reads a deal and writes down which version it saw.
func (p *program) look(ctx context.Context, who *account, id string) (deal, error) {
	a, err := p.say(ctx, who, request{method: http.MethodGet, path: "/v1/deals/" + id})
	var d deal
	if err != nil || a.refused() || json.Unmarshal(a.body, &d) != nil || d.Version < 1 {
		if err == nil {
			code := a.code()
			p.crew.note(func(r *Report) { r.Refused[code]++ })
		}
		return d, errLeft
	}
	return d, p.crew.book.enter(line{Kind: lineSeen, Email: who.email, Deal: id, Version: d.Version})
}

const (
	lookFirst = 10 * time.Millisecond
	lookMax   = 500 * time.Millisecond
)

// pay plays the buyer's transfer and waits until the house holds the price.
func (p *program) pay(ctx context.Context, id string, price amount) error {
	begun, resend := time.Now(), time.Time{}
	for pause := lookFirst; ; pause = min(2*pause, lookMax) {
		if time.Now().After(resend) {
			if !resend.IsZero() {
				p.crew.note(func(r *Report) { r.Resent++ })
			}
			in := bytesOf(map[string]any{"deal": id, "amount": price, "payer": "Load", "scenario": "exact"})
			a, err := p.say(ctx, &p.buyer, request{method: http.MethodPost, path: "/v1/sandbox/deposits", body: in, key: rand.Text()})
			if err != nil {
				return errLeft
			}
			if a.refused() {
				p.crew.note(func(r *Report) { r.Refused[a.code()]++ })
				return errLeft
			}
			resend = time.Now().Add(p.crew.cfg.Unpaid)
		}
		select {
		case <-ctx.Done():
			return errLeft
		case <-time.After(pause):
		}
		d, err := p.look(ctx, &p.buyer, id)
		if err != nil || d.Phase == "funded" {
			return err
		}
		if p.crew.over(ctx) || time.Since(begun) > p.crew.cfg.GiveUp {
			return errLeft
		}
	}
}

// terms are a small contract of one line and one tranche.
func (p *program) terms(n int) map[string]any {
	usd := func(minor int64) amount { return amount{minor, "USD"} }
	day := func(d int) string { return time.Now().UTC().AddDate(0, 0, d).Format(time.DateOnly) }
	return map[string]any{
		"title": p.title(n), "buyer": p.buyer.party, "seller": p.seller.party, "currency": "USD",
		"lines": []any{map[string]any{
			"description": "Water pump WP-40", "hs_code": "841370", "origin": "CN", "quantity": 100, "unit": "PCE", "unit_price": usd(31_850),
			"acceptance": []string{"Each pump delivers at least 40 m³ an hour at 20 m head."},
		}},
		"freight": usd(42_000), "insurance": usd(2_650),
		"delivery":      map[string]any{"incoterm": "CIP", "named_place": "Hamburg", "ship_to": "DE Hamburg", "ship_by": day(20), "deliver_by": day(60)},
		"inspection":    map[string]any{"days": 7, "where": "DE Hamburg", "standard": "AQL 2.5, level II (ISO 2859-1)"},
		"tranches":      []any{map[string]any{"id": "price", "amount": usd(3_229_650), "release": "acceptance"}},
		"remedies":      map[string]any{"late_penalty_bps": 50, "late_penalty_cap_bps": 500, "return_freight": "seller"},
		"governing_law": "Switzerland, CISG included", "dispute_forum": "Arbitration by the rules of the ICC, seat Geneva",
	}
}

func (p *program) title(n int) string { return fmt.Sprintf("Load %s %d/%d", p.crew.run, p.number, n) }
