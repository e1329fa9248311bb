package demo

import "context"

// earlier plays what lies in the past: a deal that went well, and one that was
// never paid for.
func (t *troupe) earlier(ctx context.Context) error {
	tea, err := t.open(ctx, goods{
		title: "Rock tea, spring picking", buyer: rivage, seller: yunding, currency: "EUR", item: "Wuyi rock tea, roasted, 2 kg boxes",
		hs: "090240", origin: "CN", quantity: 120, unit: "BX", unitPrice: 18_400, freight: 96_000, insurance: 6_400, incoterm: "CIF",
		place: "Le Havre", shipTo: "FR Bordeaux", acceptance: []string{"The boxes are sealed and dry."}, days: 5, shipIn: 6, deliverIn: 40,
	})
	if err != nil {
		return err
	}
	lamps, err := t.open(ctx, goods{
		title: "Street lamps SL-60", buyer: mtwapa, seller: lanlu, currency: "USD", item: "LED street lamp, 60 W, IP66", hs: "940542",
		origin: "CN", quantity: 300, unit: "PCE", unitPrice: 4_350, freight: 88_000, incoterm: "CFR", place: "Mombasa", shipTo: "KE Mombasa",
		acceptance: []string{"Each lamp gives at least 8,400 lm."}, days: 7, shipIn: 15, deliverIn: 50,
	})
	if err != nil {
		return err
	}
	return first(
		func() error { return tea.agree(ctx) },
		func() error { return tea.pay(ctx, whole) },
		func() error { return lamps.agree(ctx) },
		func() error { return t.advance(ctx, 4*oneDay) },
		func() error { return tea.ship(ctx, "Pacific Gate Lines", "PGLU3301187") },
		func() error { return t.advance(ctx, 28*oneDay) },
		func() error { return tea.deliver(ctx, "FR Bordeaux") },
		func() error { return tea.accept(ctx) },
		func() error { _, err := tea.inPhase(ctx, tea.id, "closed"); return err },
		func() error {
			return tea.praise(ctx, 5, 5, "The tea is as good as the first picking.", "A careful buyer.")
		},
		func() error { _, err := lamps.inPhase(ctx, lamps.id, "closed"); return err },
	)
}

// scenes leaves deals in every phase. The clock stands still from here on, so
// that nothing lapses before somebody has looked.
func (t *troupe) scenes(ctx context.Context) error {
	t.say("\nOther deals are under way")
	for _, s := range []struct {
		what string
		play func(context.Context) error
	}{
		{"a draft that nobody else sees", t.drafted},
		{"an offer to answer", t.offered},
		{"a contract that awaits its money", t.agreed},
		{"one half paid", t.halfPaid},
		{"held money, goods to be shipped", t.funded},
		{"goods at sea", t.shipped},
		{"goods under inspection", t.inspected},
		{"a claim with an offer", t.disputed},
		{"a claim before a mediator", t.mediated},
		{"a deal frozen by compliance", t.frozen},
		{"a contract that two officers have let through", t.cleared},
		{"held money that a new list has stopped", t.listed},
	} {
		if err := s.play(ctx); err != nil {
			return err
		}
		t.say("  %s", s.what)
	}
	return nil
}

func (t *troupe) drafted(ctx context.Context) error {
	_, err := t.open(ctx, goods{
		title: "Submersible pumps SP-12", buyer: marsa, seller: haichuan, currency: "KWD", item: "Submersible pump SP-12, stainless steel",
		hs: "841370", origin: "CN", quantity: 80, unit: "PCE", unitPrice: 96_750, freight: 310_000, incoterm: "CFR", place: "Shuwaikh",
		shipTo: "KW Kuwait", acceptance: []string{"The rated pressure is stamped on each pump."}, days: 7, shipIn: 30, deliverIn: 65,
	})
	return err
}

func (t *troupe) offered(ctx context.Context) error {
	p, err := t.open(ctx, goods{
		title: "Solar home kits", buyer: mtwapa, seller: lanlu, currency: "USD", item: "Solar home kit, 40 W panel, 4 lamps", hs: "854143",
		origin: "CN", quantity: 600, unit: "SET", unitPrice: 7_900, freight: 140_000, insurance: 9_500, incoterm: "CIF", place: "Mombasa",
		shipTo: "KE Mombasa", acceptance: []string{"A full battery feeds four lamps for six hours."}, advanceBps: 2000, days: 10, shipIn: 25, deliverIn: 60,
	})
	if err != nil {
		return err
	}
	return first(func() error { return p.offer(ctx) }, func() error { return p.sign(ctx, p.seller) })
}

func (t *troupe) agreed(ctx context.Context) error {
	p, err := t.open(ctx, goods{
		title: "Milling spindles", buyer: elbtor, seller: minato, currency: "JPY", item: "Milling spindle MS-24, 24,000 rpm", hs: "846693",
		origin: "JP", quantity: 12, unit: "PCE", unitPrice: 1_180_000, freight: 264_000, incoterm: "FCA", place: "Yokohama", shipTo: "DE Hamburg",
		acceptance: []string{"Runout is at most 2 µm at the nose."}, days: 14, shipIn: 35, deliverIn: 50,
	})
	if err != nil {
		return err
	}
	return p.agree(ctx)
}

func (t *troupe) halfPaid(ctx context.Context) error {
	p, err := t.open(ctx, goods{
		title: "Washed coffee, lot 17", buyer: harbour, seller: quiche, currency: "USD", item: "Green coffee, washed, SHB, 69 kg bags",
		hs: "090111", origin: "GT", quantity: 320, unit: "BG", unitPrice: 51_800, incoterm: "FOB", place: "Puerto Quetzal", shipTo: "CA Halifax",
		acceptance: []string{"Moisture lies between 10 and 12 %.", "At most 5 defects in 350 g."}, days: 7, shipIn: 18, deliverIn: 45,
	})
	if err != nil {
		return err
	}
	return first(func() error { return p.agree(ctx) }, func() error { return p.pay(ctx, 5000) })
}

func (t *troupe) funded(ctx context.Context) error {
	p, err := t.open(ctx, goods{
		title: "White tea for Christmas", buyer: rivage, seller: yunding, currency: "EUR", item: "White tea, 500 g tins", hs: "090220",
		origin: "CN", quantity: 900, unit: "PCE", unitPrice: 2_150, freight: 74_000, incoterm: "CPT", place: "Bordeaux", shipTo: "FR Bordeaux",
		acceptance: []string{"The tins are whole and carry a date of picking."}, days: 7, shipIn: 12, deliverIn: 30,
	})
	if err != nil {
		return err
	}
	return first(func() error { return p.agree(ctx) }, func() error { return p.pay(ctx, whole) })
}

// sent plays a deal until its goods are with the carrier.
func (t *troupe) sent(ctx context.Context, g goods, carrier, number string) (*play, error) {
	p, err := t.open(ctx, g)
	if err != nil {
		return nil, err
	}
	return p, first(
		func() error { return p.agree(ctx) },
		func() error { return p.pay(ctx, whole) },
		func() error { return p.ship(ctx, carrier, number) },
	)
}

func (t *troupe) shipped(ctx context.Context) error {
	_, err := t.sent(ctx, goods{
		title: "Roof tiles", buyer: marsa, seller: elbtor, currency: "EUR", item: "Glazed roof tile, anthracite", hs: "690510", origin: "DE",
		quantity: 24_000, unit: "PCE", unitPrice: 164, freight: 520_000, insurance: 11_800, incoterm: "CIP", place: "Kuwait City", shipTo: "KW Kuwait",
		acceptance: []string{"At most 2 % of the tiles are chipped."}, advanceBps: 2500, days: 10, shipIn: 3, deliverIn: 40,
	}, "Meridian Ocean", "MERU9023155")
	return err
}

// received plays a deal until its goods are with the buyer.
func (t *troupe) received(ctx context.Context, g goods, carrier, number string) (*play, error) {
	p, err := t.sent(ctx, g, carrier, number)
	if err != nil {
		return nil, err
	}
	return p, p.deliver(ctx, g.shipTo)
}

func (t *troupe) inspected(ctx context.Context) error {
	_, err := t.received(ctx, goods{
		title: "Roasting drums", buyer: harbour, seller: minato, currency: "JPY", item: "Roasting drum, 15 kg", hs: "841981", origin: "JP",
		quantity: 3, unit: "PCE", unitPrice: 2_960_000, freight: 180_000, incoterm: "DAP", place: "Halifax", shipTo: "CA Halifax",
		acceptance: []string{"The drum turns without rubbing at 70 rpm."}, days: 7, shipIn: 2, deliverIn: 20,
	}, "Kita Air Cargo", "KAC 618 22044")
	return err
}

func (t *troupe) disputed(ctx context.Context) error {
	p, err := t.received(ctx, goods{
		title: "Garden lights", buyer: rivage, seller: lanlu, currency: "EUR", item: "LED garden light, warm white", hs: "940541", origin: "CN",
		quantity: 2_000, unit: "PCE", unitPrice: 640, freight: 52_000, incoterm: "DAP", place: "Bordeaux", shipTo: "FR Bordeaux",
		acceptance: []string{"The colour lies between 2,700 and 3,000 K."}, days: 7, shipIn: 2, deliverIn: 25,
	}, "Pacific Gate Lines", "PGLU4410932")
	if err != nil {
		return err
	}
	claim, err := p.claim(ctx, "NOT_AS_DESCRIBED", "About 400 lights are cold white (5,000 K); the contract says warm white.", 2000)
	if err != nil {
		return err
	}
	return p.divide(ctx, p.seller, claim, 1200)
}

func (t *troupe) mediated(ctx context.Context) error {
	p, err := t.received(ctx, goods{
		title: "Irrigation pumps", buyer: mtwapa, seller: haichuan, currency: "USD", item: "Irrigation pump IP-7, petrol, 7 hp", hs: "841370",
		origin: "CN", quantity: 150, unit: "PCE", unitPrice: 18_900, freight: 120_000, incoterm: "DAP", place: "Mombasa", shipTo: "KE Mombasa",
		acceptance: []string{"Each engine starts within three pulls."}, days: 7, shipIn: 2, deliverIn: 45,
	}, "Meridian Ocean", "MERU5567810")
	if err != nil {
		return err
	}
	claim, err := p.claim(ctx, "QUANTITY_SHORT", "Two crates are missing: 138 pumps came instead of 150.", 800)
	if err != nil {
		return err
	}
	var mediator struct {
		ID string `json:"id"`
	}
	return first(
		func() error { return p.buyer.post(ctx, p.path("/claims/"+claim+"/escalate"), nil, nil) },
		func() error { return t.judge.get(ctx, "/v1/me", &mediator) },
		func() error {
			return t.admin.post(ctx, p.path("/claims/"+claim+"/mediator"), map[string]string{"mediator": mediator.ID}, nil)
		},
	)
}

func (t *troupe) frozen(ctx context.Context) error {
	p, err := t.open(ctx, goods{
		title: "Cement mixers", buyer: marsa, seller: haichuan, currency: "USD", item: "Cement mixer CM-350", hs: "847431", origin: "CN",
		quantity: 40, unit: "PCE", unitPrice: 62_500, freight: 165_000, incoterm: "CFR", place: "Shuwaikh", shipTo: "KW Kuwait",
		acceptance: []string{"The drum holds 350 l."}, days: 7, shipIn: 20, deliverIn: 50,
	})
	if err != nil {
		return err
	}
	return first(
		func() error { return p.agree(ctx) },
		func() error { return p.pay(ctx, whole) },
		func() error { return t.clerk.post(ctx, p.path("/freeze"), map[string]string{"case": "C-2027-17"}, nil) },
	)
}
