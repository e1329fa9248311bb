package demo

import (
	"context"
	"strconv"
	"time"

	"fondaco/internal/fault"
)

// ListName is the file of the demo's sanction list; its code is own:demo.
const ListName = "demo.csv"

// List is the demo's sanction list as its publisher has it at first. Everybody on it
// is invented.
func List() string {
	return "id,kind,name,aliases,births,countries,identifiers,programme,remarks\n" +
		"D-1,person,Duarte Valcorvo Sampaio,Duarte Valkorvo,1951,,,Invented for the demo,Sold the same cargo three times\n" +
		"D-2,person,Orsolya Brankovitz,,1968-02-11,,,Invented for the demo,\n" +
		"D-3,vessel,Grey Petrel Demo,,,,,Invented for the demo,\n"
}

// laterList names one more.
func laterList() string {
	return List() + "D-4,organisation,Nordlys Kjelverk AS,Nordlys Boilers,,NO,,Invented for the demo,Listed while it has a deal\n"
}

// controller is a person behind a company.
type controller struct {
	Name         string `json:"name"`
	Birth        string `json:"birth"`
	Country      string `json:"country"`
	Capacity     string `json:"capacity"`
	SharePercent int    `json:"share_percent"`
}

// owners are the people behind companies who are not their members.
func owners() map[string][]controller {
	return map[string][]controller{
		azul: {{Name: "Duarte Valcorvo", Birth: "1984-06", Country: "PT", Capacity: "owner", SharePercent: 60}},
	}
}

// checkCase is what the demo reads of a case.
type checkCase struct {
	ID       string `json:"id"`
	Stage    string `json:"stage"`
	Edition  int    `json:"edition"`
	Proposal *struct {
		Round int `json:"round"`
	} `json:"proposal"`
}

// caseOf waits until there is an open case about a company.
func (t *troupe) caseOf(ctx context.Context, m *member) (checkCase, error) {
	ctx, cancel := context.WithTimeout(ctx, waitMax)
	defer cancel()
	for {
		var page struct {
			Items []checkCase `json:"items"`
		}
		if err := t.clerk.get(ctx, "/v1/compliance/cases?open=true&party="+m.party, &page); err != nil {
			return checkCase{}, err
		}
		if len(page.Items) > 0 {
			return t.readCase(ctx, page.Items[0].ID)
		}
		select {
		case <-ctx.Done():
			return checkCase{}, fault.New(fault.Unavailable, "demo.no_case", "No case has come up about {company}.").With("company", m.company)
		case <-time.After(waitEvery):
		}
	}
}

func (t *troupe) readCase(ctx context.Context, id string) (c checkCase, err error) {
	return c, t.clerk.get(ctx, "/v1/compliance/cases/"+id, &c)
}

// cleared is a deal whose seller has an owner with nearly the name of somebody listed.
// It cannot be signed until two people of the house have compared the papers.
func (t *troupe) cleared(ctx context.Context) error {
	p, err := t.open(ctx, goods{
		title: "Glazed tiles", buyer: harbour, seller: azul, currency: "EUR", item: "Hand-glazed wall tile, 14 cm", hs: "690721", origin: "PT",
		quantity: 6_000, unit: "PCE", unitPrice: 215, freight: 88_000, incoterm: "CPT", place: "Halifax", shipTo: "CA Halifax",
		acceptance: []string{"At most 1 % of the tiles are cracked."}, days: 7, shipIn: 20, deliverIn: 45,
	})
	if err != nil {
		return err
	}
	if err := p.offer(ctx); err != nil {
		return err
	}
	found, err := t.caseOf(ctx, p.seller)
	if err != nil {
		return err
	}
	for _, who := range []*member{p.buyer, p.seller} {
		if err := p.sign(ctx, who); fault.CodeOf(err) != "deal.waits" {
			return fault.New(fault.Internal, "demo.not_stopped", "{company} could sign while its owner is looked into.").With("company", who.company).Because(err)
		}
	}
	if err := t.clear(ctx, found); err != nil {
		return err
	}
	return first(func() error { return p.sign(ctx, p.buyer) }, func() error { return p.sign(ctx, p.seller) })
}

// clear lets one officer propose and the other agree that somebody is not who is listed.
func (t *troupe) clear(ctx context.Context, c checkCase) error {
	path := "/v1/compliance/cases/" + c.ID
	proposal := map[string]any{
		"edition": c.Edition, "decision": "false_positive",
		"reason": "The owner was born in 1984, by a passport that was shown; the listed person was born in 1951 and has a second surname.",
	}
	if err := t.clerk.post(ctx, path+"/propose", proposal, nil); err != nil {
		return err
	}
	c, err := t.readCase(ctx, c.ID)
	if err != nil || c.Proposal == nil {
		return fault.New(fault.Internal, "demo.no_proposal", "The proposal is not in the case.").Because(err)
	}
	consent := map[string]any{"round": c.Proposal.Round, "reason": "I have compared passport and list myself: thirty-three years lie between the two."}
	return t.second.post(ctx, path+"/agree", consent, nil)
}

// listed is a deal whose seller comes onto the list while the house holds the money.
func (t *troupe) listed(ctx context.Context) error {
	p, err := t.open(ctx, goods{
		title: "Steam boilers", buyer: marsa, seller: nordlys, currency: "EUR", item: "Steam boiler, 200 kg/h", hs: "840212", origin: "NO",
		quantity: 4, unit: "PCE", unitPrice: 1_940_000, freight: 240_000, incoterm: "CIP", place: "Kuwait City", shipTo: "KW Kuwait",
		acceptance: []string{"The boiler holds 12 bar for one hour."}, days: 10, shipIn: 25, deliverIn: 60,
	})
	if err != nil {
		return err
	}
	return first(
		func() error { return p.agree(ctx) },
		func() error { return p.pay(ctx, whole) },
		func() error { return t.cfg.Publish(laterList()) },
		func() error { return t.clerk.post(ctx, "/v1/lists/read", nil, nil) },
		func() error {
			_, err := t.await(ctx, p.id, "frozen", func(d deal) bool { return d.Frozen })
			return err
		},
		func() error { _, err := t.caseOf(ctx, p.seller); return err },
	)
}

// praise lets both sides of a closed deal say how it went.
func (p *play) praise(ctx context.Context, ofSeller, ofBuyer int, say, answer string) error {
	marks := func(overall int) map[string]int {
		return map[string]int{"as_described": overall, "on_time": max(1, overall-1), "communication": 5, "documents": overall, "overall": overall}
	}
	for _, r := range []struct {
		who  *member
		body map[string]any
	}{
		{p.buyer, map[string]any{"aspects": marks(ofSeller), "text": say}},
		{p.seller, map[string]any{"aspects": marks(ofBuyer), "text": answer}},
	} {
		if err := r.who.post(ctx, p.path("/reviews"), r.body, nil); err != nil {
			return err
		}
		p.result.Reviews++
	}
	return nil
}

// former plays small deals of the past at one time: they closed well, and both sides
// of each have said so.
func (t *troupe) former(ctx context.Context) error {
	pairs := []struct{ buyer, seller, currency, item, hs, from, to string }{
		{elbtor, haichuan, "USD", "Pump housing, cast iron", "841391", "CN", "DE Hamburg"},
		{harbour, quiche, "USD", "Green coffee, washed, sample lot", "090111", "GT", "CA Halifax"},
		{rivage, yunding, "EUR", "Jasmine tea, 1 kg boxes", "090220", "CN", "FR Bordeaux"},
		{rivage, quiche, "EUR", "Green coffee, honey process", "090111", "GT", "FR Bordeaux"},
		{elbtor, minato, "JPY", "Bearing set BS-9", "848210", "JP", "DE Hamburg"},
		{marsa, lanlu, "USD", "LED floodlight, 100 W", "940542", "CN", "KW Kuwait"},
	}
	plays := make([]*play, len(pairs))
	for i, x := range pairs {
		p, err := t.open(ctx, goods{
			title: x.item, buyer: x.buyer, seller: x.seller, currency: x.currency, item: x.item, hs: x.hs, origin: x.from,
			quantity: int64(40 + 10*i), unit: "PCE", unitPrice: int64(18_000 + 4_500*i), incoterm: "DAP", place: x.to[3:], shipTo: x.to,
			acceptance: []string{"The goods are whole."}, days: 5, shipIn: 6, deliverIn: 40,
		})
		if err != nil {
			return err
		}
		if err := first(func() error { return p.agree(ctx) }, func() error { return p.pay(ctx, whole) }); err != nil {
			return err
		}
		plays[i] = p
	}
	if err := t.advance(ctx, 4*oneDay); err != nil {
		return err
	}
	for i, p := range plays {
		if err := p.ship(ctx, "Pacific Gate Lines", "PGLU33010"+strconv.Itoa(10+i)); err != nil {
			return err
		}
	}
	if err := t.advance(ctx, 21*oneDay); err != nil {
		return err
	}
	for i, p := range plays {
		err := first(
			func() error { return p.deliver(ctx, pairs[i].to) },
			func() error { return p.accept(ctx) },
			func() error { _, err := p.inPhase(ctx, p.id, "closed"); return err },
			func() error {
				return p.praise(ctx, 5-i%2, 5, "As agreed, and well packed.", "Paid at once and answered every question.")
			},
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// weigh counts the companies that past trades say something of, and the cases.
func (t *troupe) weigh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, waitMax)
	defer cancel()
	for {
		rated := 0
		for _, key := range sortedCast() {
			var s struct {
				State string `json:"state"`
			}
			if err := t.admin.get(ctx, "/v1/parties/"+t.members[key].party+"/standing", &s); err != nil {
				return err
			}
			if s.State == "rated" {
				rated++
			}
		}
		if rated > 0 {
			t.result.Rated = rated
			break
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "demo.unrated", "Reviews were written, and nobody has a standing.")
		case <-time.After(waitEvery):
		}
	}
	var page struct {
		Items []checkCase `json:"items"`
	}
	if err := t.clerk.get(ctx, "/v1/compliance/cases?limit=100", &page); err != nil {
		return err
	}
	t.result.Cases = len(page.Items)
	t.say("\n%d cases of names that look like listed ones; %d reviews, and %d companies with a standing", t.result.Cases, t.result.Reviews, t.result.Rated)
	return nil
}
