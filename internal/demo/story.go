package demo

import (
	"context"
	"time"

	"fondaco/internal/fault"
)

const oneDay = 24 * time.Hour

// story follows one deal from the first draft to the last unit of money.
func (t *troupe) story(ctx context.Context) error {
	g := goods{
		title: "500 water pumps WP-40", buyer: elbtor, seller: haichuan, currency: "USD",
		item: "Water pump WP-40, cast iron, 4 kW", hs: "841370", origin: "CN", quantity: 500, unit: "PCE", unitPrice: 31_850,
		freight: 420_000, insurance: 26_500, incoterm: "CIP", place: "Hamburg", shipTo: "DE Hamburg",
		acceptance: []string{"Each pump delivers at least 40 m³ an hour at 20 m head.", "No pump leaks at the seal after one hour at 6 bar."},
		advanceBps: 3000, days: 7, shipIn: 20, deliverIn: 60,
	}
	t.say("\nOne deal, from draft to payout")
	p, err := t.open(ctx, g)
	if err != nil {
		return err
	}
	p.loud = true
	t.result.Story = p.id
	for _, scene := range []func(context.Context, *play, goods) error{t.bargain, t.journey, t.quarrel, t.settle} {
		if err := scene(ctx, p, g); err != nil {
			return err
		}
	}
	return nil
}

// step does something and tells of it.
func (p *play) step(ctx context.Context, who *member, what string, do func() error) error {
	if err := do(); err != nil {
		return err
	}
	return p.tell(ctx, who, what)
}

// first answers the first failure of steps that follow one another.
func first(steps ...func() error) error {
	for _, s := range steps {
		if err := s(); err != nil {
			return err
		}
	}
	return nil
}

func (t *troupe) bargain(ctx context.Context, p *play, g goods) error {
	g.days = 10
	changed := t.contract(g)
	return first(
		func() error { return p.tell(ctx, p.seller, "drafts the terms") },
		func() error {
			return p.step(ctx, p.seller, "offers them to "+p.buyer.company, func() error { return p.offer(ctx) })
		},
		func() error {
			return p.step(ctx, p.buyer, "asks for 10 days of inspection instead of 7", func() error { return p.buyer.post(ctx, p.path("/counter"), changed, nil) })
		},
		func() error {
			return p.step(ctx, p.buyer, "signs the hash of the terms", func() error { return p.sign(ctx, p.buyer) })
		},
		func() error {
			return p.step(ctx, p.seller, "signs the same hash: it is a contract", func() error { return p.sign(ctx, p.seller) })
		},
		func() error { return t.advance(ctx, oneDay) },
		func() error {
			return p.step(ctx, p.buyer, "transfers 40 % of the price; it waits for the rest", func() error { return p.pay(ctx, 4000) })
		},
		func() error {
			return p.step(ctx, p.buyer, "transfers the rest: the house holds the whole price", func() error { return p.pay(ctx, whole) })
		},
	)
}

func (t *troupe) journey(ctx context.Context, p *play, _ goods) error {
	return first(
		func() error { return t.advance(ctx, 16*oneDay) },
		func() error {
			return p.step(ctx, p.seller, "hands 14 pallets to the carrier: the advance is paid out", func() error { return p.ship(ctx, "Meridian Ocean", "MERU7714402") })
		},
		func() error { return t.advance(ctx, 30*oneDay) },
		func() error {
			return p.step(ctx, nil, "hears from the carrier: customs in Hamburg", func() error { return p.scan(ctx, "customs", "DE Hamburg", "Import clearance") })
		},
		func() error { return t.advance(ctx, 4*oneDay) },
		func() error {
			return p.step(ctx, nil, "hears from the carrier: delivered in Hamburg; the inspection begins", func() error { return p.deliver(ctx, "DE Hamburg") })
		},
	)
}

func (t *troupe) quarrel(ctx context.Context, p *play, _ goods) error {
	var claim string
	return first(
		func() error { return t.advance(ctx, 3*oneDay) },
		func() error {
			return p.step(ctx, p.buyer, "claims 4 % of the price: twenty pumps leak. Only that much is frozen", func() (err error) {
				claim, err = p.claim(ctx, "QUALITY_DEFECT", "Twenty of the pumps leak at the seal after one hour at 6 bar.", 400)
				return err
			})
		},
		func() error { return t.advance(ctx, oneDay) },
		func() error {
			return p.step(ctx, p.seller, "offers 3 % back and new seals, signed with a code", func() error { return p.divide(ctx, p.seller, claim, 300) })
		},
		func() error {
			return p.step(ctx, p.buyer, "takes the offer, signed with a code: the disputed money is divided", func() error {
				return p.buyer.sign(ctx, deed{
					operation: "take-offer", path: p.path("/claims/" + claim + "/offers/1/take"), names: map[string]string{"id": p.id, "claim": claim, "number": "1"},
				})
			})
		},
	)
}

func (t *troupe) settle(ctx context.Context, p *play, _ goods) error {
	return first(
		func() error {
			return p.step(ctx, p.buyer, "accepts the rest of the goods, signed with a code", func() error {
				if err := p.accept(ctx); err != nil {
					return err
				}
				_, err := p.inPhase(ctx, p.id, "closed")
				return err
			})
		},
		func() error { return t.paid(ctx, p) },
		func() error {
			return p.step(ctx, nil, "shows what both sides say of each other, once both have written", func() error {
				return p.praise(ctx, 4, 5, "Twenty seals leaked; the seller made it good within a day.", "Fair about the leaks, and quick to pay.")
			})
		},
	)
}

// paid waits until the rail has paid out to both what the deal gave them.
func (t *troupe) paid(ctx context.Context, p *play) error {
	var d deal
	if err := p.buyer.get(ctx, p.path(""), &d); err != nil {
		return err
	}
	if err := t.arrived(ctx, p, p.seller, d.Money.Released); err != nil {
		return err
	}
	return t.arrived(ctx, p, p.buyer, d.Money.Refunded)
}

func (t *troupe) arrived(ctx context.Context, p *play, who *member, want amount) error {
	ctx, cancel := context.WithTimeout(ctx, waitMax)
	defer cancel()
	for {
		var page struct {
			Items []struct {
				Amount amount `json:"amount"`
				Stage  string `json:"stage"`
				Cause  string `json:"cause"`
			} `json:"items"`
		}
		if err := who.get(ctx, "/v1/payouts?limit=200", &page); err != nil {
			return err
		}
		var settled int64
		for _, x := range page.Items {
			if x.Stage == "settled" && x.Cause == "deal:"+p.id {
				settled += x.Amount.Amount
			}
		}
		if settled == want.Amount {
			t.say("%s  %s has %s of it in the bank", t.now.Format(time.DateOnly), pad(who.person), want)
			return nil
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "demo.unpaid", "{who} has not been paid out.").With("who", who.person)
		case <-time.After(waitEvery):
		}
	}
}
