package demo

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// play is one deal on stage.
type play struct {
	*troupe
	buyer  *member
	seller *member
	id     string
	loud   bool // the deal whose story is told
}

// open drafts the deal by the seller.
func (t *troupe) open(ctx context.Context, g goods) (*play, error) {
	p := &play{troupe: t, buyer: t.members[g.buyer], seller: t.members[g.seller]}
	var r receipt
	err := p.seller.post(ctx, "/v1/deals", t.contract(g), &r)
	p.id = r.ID
	return p, err
}

func (p *play) path(rest string) string { return "/v1/deals/" + p.id + rest }

// tell says who did what, where the money is and who owes what next.
func (p *play) tell(ctx context.Context, who *member, what string) error {
	if !p.loud {
		return nil
	}
	var d deal
	if err := p.admin.get(ctx, p.path(""), &d); err != nil {
		return err
	}
	name := "The house"
	if who != nil {
		name = who.person
	}
	p.say("%s  %s %s", p.now.Format(time.DateOnly), pad(name), what)
	m := d.Money
	var where []string
	for _, part := range []struct {
		what string
		sum  amount
	}{
		{"waiting", m.Received}, {"held", m.Held}, {"of that disputed", m.Disputed}, {"to the seller", m.Released}, {"to the buyer", m.Refunded}, {"fee", m.Fees},
	} {
		if part.sum.Amount != 0 {
			where = append(where, part.what+" "+part.sum.String())
		}
	}
	if len(where) == 0 {
		where = []string{"none yet, price " + m.Total.String()}
	}
	phase := d.Phase
	if d.Outcome != "" {
		phase += ": " + d.Outcome
	}
	p.say("            %s | %s | %s", phase, strings.Join(where, ", "), d.next())
	return nil
}

// next says who owes what, by when, and what happens otherwise.
func (d deal) next() string {
	switch {
	case d.Next == nil:
		return "nobody owes anything"
	case d.Next.May:
		return "the " + d.Next.Who + " may " + words(d.Next.What)
	case d.Next.Lapse == "":
		return "the " + d.Next.Who + " must " + words(d.Next.What)
	}
	return "the " + d.Next.Who + " must " + words(d.Next.What) + " by " + day(d.Next.By) + ", else: " + words(d.Next.Lapse)
}

// pad fills a name up to a column; characters from U+1100 on are two cells wide.
func pad(name string) string {
	const column = 15
	cells := 0
	for _, r := range name {
		cells++
		if r >= 0x1100 {
			cells++
		}
	}
	return name + strings.Repeat(" ", max(0, column-cells))
}

// words turns a code into plain words.
func words(code string) string { return strings.ReplaceAll(code, "_", " ") }

func day(at string) string {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return "any time"
	}
	return t.Format("2006-01-02 15:04 UTC")
}

func (p *play) offer(ctx context.Context) error {
	return p.seller.post(ctx, p.path("/offer"), nil, nil)
}

func (p *play) sign(ctx context.Context, who *member) error {
	var d deal
	if err := who.get(ctx, p.path(""), &d); err != nil {
		return err
	}
	return who.post(ctx, p.path("/sign"), map[string]string{"hash": d.TermsHash}, nil)
}

// agree offers and signs for both.
func (p *play) agree(ctx context.Context) error {
	if err := p.offer(ctx); err != nil {
		return err
	}
	for _, who := range []*member{p.buyer, p.seller} {
		if err := p.sign(ctx, who); err != nil {
			return err
		}
	}
	return nil
}

// pay lets the buyer's bank transfer a share of the price, in basis points, and
// waits until the house has booked it.
func (p *play) pay(ctx context.Context, bps int64) error {
	var d deal
	if err := p.buyer.get(ctx, p.path(""), &d); err != nil {
		return err
	}
	sum := d.Money.Total.share(bps)
	if bps == whole {
		sum = d.Money.Missing
	}
	in := map[string]any{"deal": p.id, "amount": sum, "payer": p.buyer.company, "scenario": "exact"}
	if err := p.buyer.post(ctx, "/v1/sandbox/deposits", in, nil); err != nil {
		return err
	}
	_, err := p.await(ctx, p.id, "paid", func(d deal) bool { return d.Phase == "funded" || bps < whole && d.Money.Received.Amount >= sum.Amount })
	return err
}

const whole = 10_000

func (p *play) ship(ctx context.Context, carrier, number string) error {
	in := map[string]any{"carrier": carrier, "tracking_number": number, "final": true}
	if err := p.seller.post(ctx, p.path("/ship"), in, nil); err != nil {
		return err
	}
	return p.scan(ctx, "picked_up", "", "Collected from the shipper")
}

// scan is one event of the carrier.
func (p *play) scan(ctx context.Context, stage, place, note string) error {
	var d deal
	if err := p.seller.get(ctx, p.path(""), &d); err != nil {
		return err
	}
	if len(d.Consignments) == 0 {
		return noAnswer(fmt.Errorf("deal %s has no consignment", p.id))
	}
	in := map[string]string{"stage": stage, "at": p.now.Format(time.RFC3339Nano), "place": place, "note": note}
	return p.carrier.post(ctx, p.path("/consignments/"+d.Consignments[0].ID+"/events"), in, nil)
}

func (p *play) deliver(ctx context.Context, place string) error {
	if err := p.scan(ctx, "delivered", place, "Signed for at the dock"); err != nil {
		return err
	}
	_, err := p.inPhase(ctx, p.id, "delivered")
	return err
}

func (p *play) accept(ctx context.Context) error {
	return p.buyer.sign(ctx, deed{operation: "accept", path: p.path("/accept"), names: map[string]string{"id": p.id}})
}

// claim disputes a share of the price and answers the claim's id.
func (p *play) claim(ctx context.Context, reason, statement string, bps int64) (string, error) {
	var d deal
	if err := p.buyer.get(ctx, p.path(""), &d); err != nil {
		return "", err
	}
	sum := d.Money.Total.share(bps)
	in := map[string]any{"reason": reason, "amount": sum, "demand": map[string]any{"to_buyer": sum}, "statement": statement}
	if err := p.buyer.post(ctx, p.path("/claims"), in, nil); err != nil {
		return "", err
	}
	if err := p.buyer.get(ctx, p.path(""), &d); err != nil {
		return "", err
	}
	return d.Claims[len(d.Claims)-1].ID, nil
}

// divide offers the buyer a share of the price.
func (p *play) divide(ctx context.Context, who *member, claim string, bps int64) error {
	var d deal
	if err := who.get(ctx, p.path(""), &d); err != nil {
		return err
	}
	return who.sign(ctx, deed{
		operation: "offer-division", path: p.path("/claims/" + claim + "/offers"), names: map[string]string{"id": p.id, "claim": claim},
		body: map[string]any{"to_buyer": d.Money.Total.share(bps)},
	})
}
