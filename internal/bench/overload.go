package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/assurance"
)

// Overload says how a house is to be flooded.
type Overload struct {
	Database Database
	// Handler answers as a real server does, until stop.
	Handler Serving
	// Crowd does a job elsewhere, such as in another process, and tells which stretch
	// begins; nil does it here.
	Crowd     func(ctx context.Context, j *Job, told func(stage string)) (JobDone, error)
	Times     float64       // of the capacity, that arrive
	Length    time.Duration // of the flood
	Clients   int           // of the closed loop that measures the capacity
	Lines     int           // connections of the flood
	Companies int           // that trade, half of them as buyers; 0 for 2,000
	Least     int64         // commands that the capacity is measured from at least
	// Measuring, which may be nil, is called when the flood begins, and what it
	// answers when it ends.
	Measuring func() (stop func())
	Progress  func(what string, done, total int64, more string)
}

// The bounds that a flooded house keeps.
const (
	moneyWaitMax   = time.Second
	residentMax    = 1 << 30
	normalFactor   = 2                     // of the p99 before the flood; what is less, or was seen before it, is normal
	normalAtLeast  = 40 * time.Millisecond // a p99 that is normal on any machine
	calmTimes      = 0.5                   // of the capacity, that arrives before and after the flood
	calmLengthMax  = 2 * time.Second
	afterLengthMax = 5 * time.Second
)

// The stretches of the open loop.
const (
	stageCalm  = "calm"
	stageFlood = "flood"
	stageAfter = "after"
)

// Flooded is what was found.
type Flooded struct {
	Database string  `json:"database"`
	Times    float64 `json:"times"`
	Lines    int     `json:"connections"`

	Capacity        float64 `json:"capacity_per_second"` // acknowledged commands of the closed loop
	CapacityClients int     `json:"capacity_clients"`
	CapacityAnswers Spread  `json:"capacity_answers"`

	Offered      float64 `json:"offered_per_second"` // requests of the flood, with those that came again
	MoneyOffered float64 `json:"money_offered_per_second"`
	Accepted     float64 `json:"accepted_per_second"` // commands due and acknowledged within the flood, by its length
	Goodput      float64 `json:"goodput_share"`       // of the capacity
	Calm         Period  `json:"calm"`
	Flood        Period  `json:"flood"`
	After        Period  `json:"after"`
	Short        int64   `json:"no_payment_waiting"` // times that a request for money became another, because no deal had one

	NormalP99 float64 `json:"normal_p99_ms"` // what counts as normal
	Recovery  float64 `json:"recovery_ms"`   // from the end of the flood until the p99 is normal and stays so; -1 if it does not

	Memory        map[string]Memory `json:"memory"` // of the house, by stretch
	MoneyWaitMax  float64           `json:"money_p99_bound_ms"`
	ResidentMax   int64             `json:"resident_bound_bytes"`
	BrokenBounds  []string          `json:"broken_bounds"`
	Checked       Verified          `json:"checked"`
	HouseSeconds  float64           `json:"flood_seconds"`
	StockPrepared int               `json:"deals_prepared"`
}

// Memory is the most that was seen of a house within a stretch.
type Memory struct {
	HeapBytes     int64   `json:"heap_bytes"`     // objects, living or not yet swept
	ResidentBytes int64   `json:"resident_bytes"` // as the kernel counts it
	Inside        int64   `json:"requests_inside"`
	Waiting       int64   `json:"commands_waiting"` // for the committer
	Cores         float64 `json:"cores"`
}

// Run measures the capacity, floods the house, waits until it is calm again, and
// fails if anything acknowledged is not there afterwards. Bounds that do not hold
// are named in the result.
func (o Overload) Run(ctx context.Context) (Flooded, error) {
	r := Flooded{Times: o.Times, Lines: o.Lines, MoneyWaitMax: milliseconds(moneyWaitMax), ResidentMax: residentMax, HouseSeconds: o.Length.Seconds()}
	b := &bench{Deals: Deals{Database: o.Database, Clients: o.Clients, Companies: o.Companies, Handler: o.Handler, Progress: o.Progress}}
	if o.Crowd == nil {
		o.Crowd = func(ctx context.Context, j *Job, told func(string)) (JobDone, error) { return j.Work(ctx, told) }
	}
	if err := b.prepare(ctx); err != nil {
		return r, err
	}
	var err error
	if r.Database, err = o.Database.Name(ctx); err != nil {
		return r, err
	}
	if err := o.flood(ctx, b, &r); err != nil {
		return r, err
	}
	r.Checked, err = b.verify(ctx)
	r.judge()
	return r, err
}

// flood opens the house, lets the clients at it, and closes it.
func (o Overload) flood(ctx context.Context, b *bench, r *Flooded) (err error) {
	s, err := o.Database.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	cfg := config(s)
	cfg.Security = guarded()
	h, err := assurance.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer h.Close()
	watch := &watcher{house: h, most: map[string]Memory{}}
	b.Handler = watch.counting(o.Handler)
	srv, err := b.serve(ctx, h, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	j := Job{Address: srv.address, RailToken: b.railToken, Rules: h.Rules()}
	for _, c := range b.companies {
		j.Companies = append(j.Companies, JobMember{Party: c.actor.Party, Name: c.name, Token: c.token})
	}
	if err := o.measure(ctx, b, j, r); err != nil {
		return err
	}
	return o.overrun(ctx, b, h, j, watch, r)
}

// measure finds the capacity, in a closed loop.
func (o Overload) measure(ctx context.Context, b *bench, j Job, r *Flooded) error {
	b.tell("capacity", 0, 1, "")
	j.Prefix, j.Clients, j.Least = "a-", o.Clients, o.Least
	j.Warmup, j.Window = min(time.Second, o.Length/2), min(5*time.Second, o.Length)
	done, err := o.Crowd(ctx, &j, func(string) {})
	if err != nil {
		return err
	}
	b.crews = append(b.crews, []*client{done.client()})
	r.Capacity, r.CapacityClients, r.CapacityAnswers = done.PerSecond, o.Clients, done.Answers
	return nil
}

// bargainsMade is how many different agreements a flood has.
const bargainsMade = 500

// overrun prepares deals whose money is waited for and opens the gates.
func (o Overload) overrun(ctx context.Context, b *bench, h *assurance.House, j Job, watch *watcher, r *Flooded) (err error) {
	j.Prefix, j.Lines = "b-", o.Lines
	plan := &load{companies: b.companies, rules: h.Rules(), now: h.Now}
	if j.Bargains, err = plan.bargains(bargainsMade); err != nil {
		return err
	}
	// A third of the acknowledged commands may each begin another deal, and each line
	// and each client who is to come again holds one.
	r.StockPrepared = int(r.Capacity*(o.Length.Seconds()/5+1)) + 2*o.Lines
	b.tell("deals to be paid for", 0, 1, "")
	if err := stock(ctx, h, &j, b.companies, r.StockPrepared); err != nil {
		return err
	}
	calm := r.Capacity * calmTimes
	j.Stretches = []Stretch{
		{stageCalm, calm, min(calmLengthMax, o.Length)}, {stageFlood, r.Capacity * o.Times, o.Length}, {stageAfter, calm, min(afterLengthMax, o.Length)},
	}
	stop, measured := watch.begin(), func() {}
	done, err := o.Crowd(ctx, &j, func(stage string) {
		watch.enter(stage)
		b.tell(stage, 0, 1, "")
		measured()
		if measured = func() {}; stage == stageFlood && o.Measuring != nil {
			measured = o.Measuring()
		}
	})
	measured()
	stop()
	if err != nil {
		return err
	}
	b.crews = append(b.crews, []*client{done.client()})
	if len(done.Open) != len(j.Stretches) {
		return wrong("bench.no_clients", "The clients have not told what they found.")
	}
	r.Calm, r.Flood, r.After, r.Short, r.Memory = done.Open[0], done.Open[1], done.Open[2], done.Short, watch.most
	length := o.Length.Seconds()
	r.Offered, r.MoneyOffered = float64(r.Flood.Fresh+r.Flood.Again)/length, float64(r.Flood.MoneyOffered)/length
	r.Accepted = float64(r.Flood.InTime) / length
	r.Goodput = r.Accepted / max(1, r.Capacity)
	return nil
}

// judge says what is normal, when it was so again, and which bounds are broken.
func (r *Flooded) judge() {
	r.NormalP99 = max(milliseconds(normalAtLeast), normalFactor*max(r.Calm.Money.P99, r.Calm.Others.P99))
	for _, w := range r.Calm.Windows {
		r.NormalP99 = min(max(r.NormalP99, w.Answer.P99), r.MoneyWaitMax)
	}
	for _, w := range r.After.Windows {
		if w.Answer.P99 > r.NormalP99 {
			r.Recovery = milliseconds(w.At)
		}
	}
	if r.Recovery >= milliseconds(r.After.Length) {
		r.Recovery = -1
	}
	r.BrokenBounds = []string{}
	check := func(ok bool, bound string, args ...any) {
		if !ok {
			r.BrokenBounds = append(r.BrokenBounds, fmt.Sprintf(bound, args...))
		}
	}
	for _, p := range []Period{r.Calm, r.Flood, r.After} {
		check(p.Broken == 0, "%s: %d answers are 5xx other than 503", p.Name, p.Broken)
		check(p.Unexplained == 0, "%s: %d refusals do not say when to come back", p.Name, p.Unexplained)
		check(p.HungUp == 0, "%s: %d requests were not answered", p.Name, p.HungUp)
		check(p.GaveUp == 0, "%s: %d requests found no free connection for %v", p.Name, p.GaveUp, patience)
		check(p.MoneyAccepted > 0, "%s: no money was moved", p.Name)
		check(p.Money.P99 < r.MoneyWaitMax, "%s: money waits %.0f ms (p99), more than %.0f", p.Name, p.Money.P99, r.MoneyWaitMax)
		m := r.Memory[p.Name]
		check(m.ResidentBytes <= r.ResidentMax, "%s: the house held %d MiB of memory", p.Name, m.ResidentBytes>>20)
	}
	check(r.Checked.OK, "what was acknowledged is not all there")
}

// watcher looks at the house while it works.
type watcher struct {
	house  *assurance.House
	inside atomic.Int64
	peak   atomic.Int64 // the most inside since it was looked at last

	mu    sync.Mutex
	stage string
	since time.Time
	used  time.Duration
	most  map[string]Memory
}

// counting counts the requests that are being answered.
func (w *watcher) counting(inner Serving) Serving {
	return func(ctx context.Context, h *assurance.House, s Store) (http.Handler, func() error, error) {
		handler, stop, err := inner(ctx, h, s)
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			n := w.inside.Add(1)
			for peak := w.peak.Load(); n > peak && !w.peak.CompareAndSwap(peak, n); {
				peak = w.peak.Load()
			}
			defer w.inside.Add(-1)
			handler.ServeHTTP(rw, r)
		}), stop, err
	}
}

// watchEvery is how often the house is looked at.
const watchEvery = 5 * time.Millisecond

// begin looks at the house until stop.
func (w *watcher) begin() (stop func()) {
	ended := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				w.enter("")
				return
			case <-tick.C:
			}
			w.mu.Lock()
			w.look()
			w.mu.Unlock()
		}
	})
	return func() {
		close(ended)
		group.Wait()
	}
}

// look is called under mu.
func (w *watcher) look() {
	if w.stage == "" {
		return
	}
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	most := w.most[w.stage]
	most.HeapBytes = max(most.HeapBytes, int64(heap[0].Value.Uint64())) //nolint:gosec // less than the machine has
	most.ResidentBytes = max(most.ResidentBytes, resident())
	most.Inside, most.Waiting = max(most.Inside, w.peak.Swap(0), w.inside.Load()), max(most.Waiting, int64(w.house.Waiting()))
	w.most[w.stage] = most
}

// enter notes that another stretch begins, and how busy the last one was.
func (w *watcher) enter(stage string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	used, now := processorTime(), time.Now()
	w.look() // a short stretch may have ended between two looks
	if w.stage != "" {
		most := w.most[w.stage]
		most.Cores = (used - w.used).Seconds() / max(0.001, now.Sub(w.since).Seconds())
		w.most[w.stage] = most
	}
	w.stage, w.since, w.used = stage, now, used
	w.peak.Store(w.inside.Load())
}

// resident is what this process holds in memory, in bytes; 0 where the kernel does
// not tell.
func resident() int64 {
	doc, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(doc))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
