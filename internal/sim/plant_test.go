package sim_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/sim"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
)

// planted is a store with a fault: it changes batches once they have their place
// in the log and before they are written, or answers wrongly.
type planted struct {
	sim.Port
	batch   func(*assurance.Batch)
	swallow func(*assurance.Batch) bool // the commit is acknowledged and not made
	flatter bool                        // every rating is the best there is
	done    bool                        // messages are never marked as done
	answers bool                        // keys are never found again
	clocks  func([]assurance.ClockRow) []assurance.ClockRow
}

func (p *planted) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	if p.swallow != nil && p.swallow(b) {
		end, err := p.Tail(ctx)
		if err == nil {
			err = place(end)
		}
		return err
	}
	return p.Port.Commit(ctx, b, func(end assurance.Tail) error {
		err := place(end)
		if p.batch != nil {
			p.batch(b)
		}
		return err
	})
}

func (p *planted) MessageDone(ctx context.Context, id string, at time.Time) error {
	if p.done {
		return nil
	}
	return p.Port.MessageDone(ctx, id, at)
}

func (p *planted) SaveStandings(ctx context.Context, s assurance.StandingSave) error {
	if p.flatter {
		for i := range s.Ratings {
			s.Ratings[i].Value = 10_000
		}
	}
	return p.Port.SaveStandings(ctx, s)
}

func (p *planted) Answers(ctx context.Context, keys []assurance.AnswerKey) ([]assurance.Answer, error) {
	if p.answers {
		return nil, nil
	}
	return p.Port.Answers(ctx, keys)
}

func (p *planted) DueClocks(ctx context.Context, now time.Time, limit int) ([]assurance.ClockRow, error) {
	rows, err := p.Port.DueClocks(ctx, now, limit)
	if p.clocks != nil {
		rows = p.clocks(rows)
	}
	return rows, err
}

// halved books half of each transfer, consistently: transfer, entries and balances.
func halved(b *assurance.Batch) {
	for i := range b.Transfers {
		t := &b.Transfers[i]
		less := t.Amount.Minor() / 2
		if t.Stage != ledger.Posted || less == 0 || len(b.Transfers) > 1 {
			continue
		}
		t.Amount = money.New(t.Amount.Minor()-less, t.Amount.Currency())
		for j := range b.Entries {
			e := &b.Entries[j]
			shift := less
			if e.Delta > 0 {
				shift = -less
			}
			e.Delta, e.Balance = e.Delta+shift, e.Balance+shift
			for k := range b.Balances {
				if b.Balances[k].Account == e.Account {
					b.Balances[k].Now.Posted += shift
				}
			}
		}
	}
}

func plants() map[string]func() *planted {
	return map[string]func() *planted{
		"a message to the outside is dropped": func() *planted {
			return &planted{batch: func(b *assurance.Batch) { b.Messages = nil }}
		},
		"answers to keys are not stored": func() *planted {
			return &planted{batch: func(b *assurance.Batch) { b.Answers = nil }}
		},
		"answers to keys are not found": func() *planted { return &planted{answers: true} },
		"one side of a posting is halved": func() *planted {
			return &planted{batch: func(b *assurance.Batch) {
				if len(b.Entries) > 0 {
					b.Entries[0].Delta /= 2
				}
			}}
		},
		"a transfer is halved everywhere": func() *planted { return &planted{batch: halved} },
		"a leaf is not kept": func() *planted {
			return &planted{batch: func(b *assurance.Batch) {
				if len(b.Hashes) > 0 {
					b.Hashes[0].Hash = evidence.Hash{}
				}
			}}
		},
		"a payload is changed after its leaf": func() *planted {
			return &planted{batch: func(b *assurance.Batch) {
				for i := range b.Records {
					b.Records[i].Payload = bytes.Replace(b.Records[i].Payload, []byte(`"Bearings"`), []byte(`"Bushings"`), 1)
				}
			}}
		},
		"a record is dated an hour earlier": func() *planted {
			return &planted{batch: func(b *assurance.Batch) {
				for i := range b.Records {
					b.Records[i].At = b.Records[i].At.Add(-time.Hour)
				}
			}}
		},
		"clocks are not kept": func() *planted {
			return &planted{batch: func(b *assurance.Batch) {
				for i := range b.Clocks {
					b.Clocks[i].Clocks = nil
				}
			}}
		},
		"clocks that are due are not listed": func() *planted {
			return &planted{clocks: func(rows []assurance.ClockRow) []assurance.ClockRow {
				return slices.DeleteFunc(rows, func(c assurance.ClockRow) bool { return c.Clock == "fund" })
			}}
		},
		"a deal's row is not renewed": func() *planted {
			return &planted{batch: func(b *assurance.Batch) {
				if len(b.Entries) > 0 {
					b.Deals = nil
				}
			}}
		},
		"a payout's row is not renewed": func() *planted {
			return &planted{batch: func(b *assurance.Batch) { b.Payouts = nil }}
		},
		"a case's row is not renewed": func() *planted {
			return &planted{batch: func(b *assurance.Batch) { b.Cases = nil }}
		},
		"a review's row is not renewed": func() *planted {
			return &planted{batch: func(b *assurance.Batch) { b.Reviews = nil }}
		},
		"a list is kept with another byte": func() *planted {
			return &planted{batch: func(b *assurance.Batch) {
				for i := range b.Lists {
					b.Lists[i].Body = bytes.ToUpper(b.Lists[i].Body)
				}
			}}
		},
		"nobody looks who is held": func() *planted {
			return &planted{batch: func(b *assurance.Batch) {
				for i := range b.Records {
					b.Records[i].Payload = bytes.Replace(b.Records[i].Payload, []byte(`"held":true`), []byte(`"held":false`), 1)
				}
			}}
		},
		"ratings are kept better than they are": func() *planted { return &planted{flatter: true} },
		"a commit is acknowledged and not made": func() *planted {
			var n atomic.Int64
			return &planted{swallow: func(*assurance.Batch) bool { return n.Add(1)%20 == 0 }}
		},
		"messages that were carried out are not marked": func() *planted { return &planted{done: true} },
	}
}

func TestTheChecksNoticeEachPlantedFault(t *testing.T) {
	t.Parallel()
	const tries = 40
	g := ground(t)
	for name, plant := range plants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(tries) {
				_, err := g.Run(t.Context(), sim.Config{Seed: 1 + seed, Ops: 100, Wrap: func(p sim.Port) sim.Port {
					fault := plant()
					fault.Port = p
					return fault
				}})
				var failure *sim.Failure
				if errors.As(err, &failure) {
					t.Logf("noticed: %s", failure)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			t.Errorf("%d worlds with this fault looked right", tries)
		})
	}
}
