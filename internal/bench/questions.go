package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// Question is what is asked of the small house and of the large.
type Question struct {
	Name  string  `json:"name"`
	Small Answer  `json:"small"`
	Large Answer  `json:"large"`
	Ratio float64 `json:"p99_ratio"` // large to small
	// WorkRatio is the same of the time for which this process kept processors busy:
	// other work on the machine is no part of it, nor is waiting for a disk, nor what a
	// PostgreSQL server does.
	WorkRatio float64 `json:"p99_work_ratio,omitempty"`
}

// Answer is how long an answer took, and how many rows or bytes it had on average.
type Answer struct {
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	Work  float64 `json:"p99_work_ms,omitempty"` // for which this process kept processors busy
	Rows  float64 `json:"rows,omitempty"`
	Bytes float64 `json:"bytes,omitempty"` // of a page
	Count int     `json:"count"`
}

// asked is an open house with what questions are about.
type asked struct {
	house     *assurance.House
	store     Store
	companies []company
	deals     []deal.ID
	rand      *rand.Rand
	stop      func() error
}

// inquiry asks one question once, and answers how many rows came.
type inquiry struct {
	name string
	ask  func(ctx context.Context, a *asked) (int, error)
}

func (a *asked) clerk() identity.Actor { return a.companies[a.rand.IntN(len(a.companies))].actor }

func auditor() identity.Actor { return identity.Actor{Office: identity.Auditor, Person: "bench"} }

// inquiries are the main reads of which pages are made. They show where the time of
// a page goes; the bar is for the pages.
func inquiries() []inquiry {
	deals := func(who func(*asked) identity.Actor, q assurance.DealQuery) func(context.Context, *asked) (int, error) {
		return func(ctx context.Context, a *asked) (int, error) {
			list, err := a.house.Deals(ctx, who(a), q)
			return len(list.Rows), err
		}
	}
	clerk := (*asked).clerk
	return []inquiry{
		{"deals of a company", deals(clerk, assurance.DealQuery{})},
		{"open deals of a company", deals(clerk, assurance.DealQuery{Open: true})},
		{"search in a company's deals", deals(clerk, assurance.DealQuery{Search: "pump"})},
		{"all deals, for staff", deals(func(*asked) identity.Actor { return auditor() }, assurance.DealQuery{})},
		{"duties of a company", func(ctx context.Context, a *asked) (int, error) {
			rows, err := a.house.Duties(ctx, a.clerk(), 0)
			return len(rows), err
		}},
		{"one deal", func(ctx context.Context, a *asked) (int, error) {
			_, err := a.house.Deal(ctx, auditor(), a.deals[a.rand.IntN(len(a.deals))])
			return 1, err
		}},
		{"history of a deal", func(ctx context.Context, a *asked) (int, error) {
			facts, err := a.house.History(ctx, auditor(), a.deals[a.rand.IntN(len(a.deals))])
			return len(facts), err
		}},
		{"statement of a company", func(ctx context.Context, a *asked) (int, error) {
			by := a.clerk()
			rows, err := a.house.Statement(ctx, by, ledger.Party(string(by.Party), usd()), 0, 0)
			return len(rows), err
		}},
		{"deposits of a company", func(ctx context.Context, a *asked) (int, error) {
			rows, err := a.house.Deposits(ctx, a.clerk(), assurance.MoneyQuery{})
			return len(rows), err
		}},
		{"payouts of a company", func(ctx context.Context, a *asked) (int, error) {
			rows, err := a.house.Payouts(ctx, a.clerk(), assurance.MoneyQuery{})
			return len(rows), err
		}},
		{"companies by name", func(ctx context.Context, a *asked) (int, error) {
			rows, err := a.house.Parties(ctx, a.clerk(), assurance.PartyQuery{Search: "0012"})
			return len(rows), err
		}},
	}
}

// open opens the built house as a server does, with the machine's clock.
func (b *built) open(ctx context.Context) (*asked, time.Duration, error) {
	begun := time.Now()
	st, err := b.db.Open(ctx)
	if err != nil {
		return nil, 0, err
	}
	h, err := assurance.Open(ctx, config(st))
	took := time.Since(begun)
	if err != nil {
		return nil, 0, errors.Join(err, st.Close())
	}
	return &asked{
		house: h, store: st, companies: b.bench.companies, rand: rand.New(rand.NewPCG(7, 7)), //nolint:gosec // whom to ask about, the same in every run
		stop: func() error {
			h.Close()
			return st.Close()
		},
	}, took, nil
}

// compare asks both houses the same, in turns, so that whatever else the machine
// does disturbs both.
func (f Fill) compare(ctx context.Context, r *Filled, small, large *built) (err error) {
	before := heap()
	big, took, err := large.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, big.stop()) }()
	r.OpenMS, r.HeapBytes = milliseconds(took), heap()-before
	little, _, err := small.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, little.stop()) }()
	for side, a := range []*asked{little, big} {
		// A server takes closed deals into the standings of their companies in the background,
		// and it must have done so in both houses: profiles show them.
		large.say("taking closed deals into the standings", int64(side), 2, "")
		if _, err := a.house.FollowTrades(ctx); err != nil {
			return err
		}
		if a.deals, err = a.sample(ctx, auditor(), sampled); err != nil {
			return err
		}
	}
	if r.Questions, err = f.question(ctx, little, big, large.say); err != nil {
		return err
	}
	if f.Handler != nil {
		if r.Pages, err = f.lookAt(ctx, little, big, large.say); err != nil {
			return err
		}
	}
	if r.Commands, err = f.commands(ctx, little, big, large.say); err != nil {
		return err
	}
	r.Worst = r.Commands.Ratio
	for _, q := range r.Pages {
		r.Worst = max(r.Worst, q.Ratio)
	}
	return nil
}

// question asks both houses what pages are made of.
func (f Fill) question(ctx context.Context, little, big *asked, say func(string, int64, int64, string)) (out []Question, err error) {
	list := slices.DeleteFunc(inquiries(), func(i inquiry) bool { return !strings.Contains(i.name, f.Only) })
	for i, inquiry := range list {
		say("asking", int64(i), int64(len(list)), ", "+inquiry.name)
		q := Question{Name: inquiry.name}
		err := q.take(f.rounds(askedPart), func(side int) (int, error) {
			return inquiry.ask(ctx, [2]*asked{little, big}[side])
		})
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

// heap is what the program holds after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below 2^63
}

// How commands are measured: by as many clients as the bench over HTTP has, in
// turns.
const (
	comparedClients = 64
	comparedTurns   = 4
)

// commands measures whole deals in both houses.
func (f Fill) commands(ctx context.Context, little, big *asked, say func(string, int64, int64, string)) (Question, error) {
	out := Question{Name: "commands, 64 clients"}
	var took [2][]int64
	for turn := range 2 * comparedTurns {
		say("giving commands", int64(turn), 2*comparedTurns, "")
		side, a := turn%2, [2]*asked{little, big}[turn%2]
		l := &load{companies: a.companies, rules: a.house.Rules(), uneven: true, now: a.house.Now}
		crew, err := l.crew(comparedClients, func() (door, error) { return direct{house: a.house}, nil })
		if err != nil {
			return out, err
		}
		l.open(f.Window/(4*comparedTurns), f.Window/comparedTurns)
		if err := l.run(ctx, crew); err != nil {
			return out, err
		}
		took[side] = append(took[side], times(crew)...)
	}
	for side, into := range []*Answer{&out.Small, &out.Large} {
		slices.Sort(took[side])
		*into = Answer{P50: quantile(took[side], 0.50), P99: quantile(took[side], 0.99), Count: len(took[side])}
	}
	out.Ratio = out.Large.P99 / max(out.Small.P99, 0.001)
	return out, nil
}
