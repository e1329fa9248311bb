package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// Question is what a page asks of the house, in the small house and in the large.
type Question struct {
	Name  string  `json:"name"`
	Small Answer  `json:"small"`
	Large Answer  `json:"large"`
	Ratio float64 `json:"p99_ratio"` // large to small
}

// Answer is how long an answer took, and how many rows it had on average.
type Answer struct {
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	Rows  float64 `json:"rows"`
	Count int     `json:"count"`
}

// asked is an open house with what questions are about.
type asked struct {
	house     *assurance.House
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

// inquiries are the main reads behind pages.
func inquiries() []inquiry {
	deals := func(who func(*asked) identity.Actor, q assurance.DealQuery) func(context.Context, *asked) (int, error) {
		return func(ctx context.Context, a *asked) (int, error) {
			rows, err := a.house.Deals(ctx, who(a), q)
			return len(rows), err
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
		house: h, companies: b.bench.companies, deals: b.ids(), rand: rand.New(rand.NewPCG(7, 7)), //nolint:gosec // whom to ask about, the same in every run
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
	r.OpenMS, r.HeapBytes = milliseconds(took), heap()-before-int64(cap(big.deals)*16)
	little, _, err := small.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, little.stop()) }()
	list := inquiries()
	for i, q := range list {
		large.say("asking", int64(i), int64(len(list)), ", "+q.name)
		answer, err := q.both(ctx, little, big, f.Window/askedPart)
		if err != nil {
			return err
		}
		r.Questions = append(r.Questions, answer)
	}
	commands, err := f.commands(ctx, little, big, large.say)
	if err != nil {
		return err
	}
	r.Questions = append(r.Questions, commands)
	for _, q := range r.Questions {
		r.Worst = max(r.Worst, q.Ratio)
	}
	return nil
}

// heap is what the program holds after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below 2^63
}

// How often a question is asked in each house: the least, and then as often as
// there is time for, up to the most.
const (
	askedMin  = 200
	askedMax  = 2000
	askedWarm = 50
	askedPart = 10 // of the window for commands, for each question
)

func (q inquiry) both(ctx context.Context, little, big *asked, while time.Duration) (Question, error) {
	out := Question{Name: q.name}
	var took [2][]int64
	var rows [2]int
	begun := time.Now()
	for i := 0; i < askedMax+askedWarm && (i < askedMin+askedWarm || time.Since(begun) < while); i++ {
		for side, a := range []*asked{little, big} {
			from := time.Now()
			n, err := q.ask(ctx, a)
			if err != nil {
				return out, err
			}
			if i >= askedWarm {
				took[side] = append(took[side], time.Since(from).Microseconds())
				rows[side] += n
			}
		}
	}
	for side, into := range []*Answer{&out.Small, &out.Large} {
		slices.Sort(took[side])
		*into = Answer{quantile(took[side], 0.50), quantile(took[side], 0.99), float64(rows[side]) / float64(len(took[side])), len(took[side])}
	}
	out.Ratio = out.Large.P99 / max(out.Small.P99, 0.001)
	return out, nil
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
		l := &load{companies: a.companies, rules: a.house.Rules(), uneven: true, prefix: string(rune('a'+turn)) + "-", now: a.house.Now}
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
		*into = Answer{quantile(took[side], 0.50), quantile(took[side], 0.99), 1, len(took[side])}
	}
	out.Ratio = out.Large.P99 / max(out.Small.P99, 0.001)
	return out, nil
}
