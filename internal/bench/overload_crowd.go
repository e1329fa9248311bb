package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// Job is what the clients of a house are to do, which may be in another process
// than the house.
type Job struct {
	Address   string      `json:"address"`
	RailToken string      `json:"rail_token"`
	Companies []JobMember `json:"companies"`
	Rules     deal.Rules  `json:"rules"`
	Prefix    string      `json:"prefix"` // of idempotency keys

	// A closed loop of so many clients, each with deals of its own; 0 for an open one.
	Clients int           `json:"clients,omitempty"`
	Warmup  time.Duration `json:"warmup,omitempty"`
	Window  time.Duration `json:"window,omitempty"`
	Least   int64         `json:"least,omitempty"`

	// An open loop over so many connections, with deals that wait for their money.
	Lines     int       `json:"lines,omitempty"`
	Stretches []Stretch `json:"stretches,omitempty"`
	Bargains  []bargain `json:"bargains,omitempty"`
	Stock     []*voyage `json:"stock,omitempty"`
}

// JobMember is a company's clerk.
type JobMember struct {
	Party identity.PartyID `json:"party"`
	Name  string           `json:"name"`
	Token string           `json:"token"`
}

// JobDone is what the clients of a job have been told and have measured.
type JobDone struct {
	PerSecond float64  `json:"per_second,omitempty"` // of a closed loop
	Answers   Spread   `json:"answers"`
	Busy      int64    `json:"busy,omitempty"`
	Open      []Period `json:"open,omitempty"`
	Short     int64    `json:"short,omitempty"` // times that no deal had a payment to make

	Deals   []acknowledged `json:"deals"`
	Entries int64          `json:"entries"`
}

// acknowledged is known to another process.
type acknowledged struct {
	ID      deal.ID `json:"id"`
	Last    step    `json:"last"`
	Version int64   `json:"version"`
}

// client is the memory of the job, as verifying wants it.
func (d JobDone) client() *client {
	c := &client{entries: d.Entries}
	for _, k := range d.Deals {
		c.deals = append(c.deals, known{id: k.ID, last: k.Last, version: k.Version})
	}
	return c
}

// message is one line of what a job's process tells.
type message struct {
	Stage string   `json:"stage,omitempty"` // name of the stretch that has just begun
	Done  *JobDone `json:"done,omitempty"`
}

// WorkJob reads a job, does it, and writes what it tells while it goes and at its
// end, one JSON document in a line.
func WorkJob(ctx context.Context, in io.Reader, out io.Writer) error {
	var j Job
	if err := json.NewDecoder(in).Decode(&j); err != nil {
		return fault.New(fault.Invalid, "bench.bad_job", "The job cannot be read.").Because(err)
	}
	var mu sync.Mutex
	tell := json.NewEncoder(out)
	done, err := j.Work(ctx, func(stage string) {
		mu.Lock()
		defer mu.Unlock()
		_ = tell.Encode(message{Stage: stage})
	})
	if err != nil {
		return err
	}
	return tell.Encode(message{Done: &done})
}

// ReadJob reads what [WorkJob] writes.
func ReadJob(in io.Reader, told func(stage string)) (JobDone, error) {
	for messages := json.NewDecoder(in); ; {
		var m message
		if err := messages.Decode(&m); err != nil {
			return JobDone{}, fault.New(fault.Unavailable, "bench.no_clients", "The process of the clients has ended before its work.").Because(err)
		}
		if m.Done != nil {
			return *m.Done, nil
		}
		told(m.Stage)
	}
}

// Work does the job. told, which must not wait, hears which stretch begins.
func (j *Job) Work(ctx context.Context, told func(stage string)) (JobDone, error) {
	companies := make([]company, len(j.Companies))
	for i, c := range j.Companies {
		companies[i] = company{actor: identity.MemberOf(c.Party, identity.PersonID("clerk-"+string(c.Party))), name: c.Name, token: c.Token}
	}
	if j.Clients > 0 {
		return j.closed(ctx, companies)
	}
	return j.open(ctx, companies, told)
}

// closed measures what the house does for clients that wait for their answers.
func (j *Job) closed(ctx context.Context, companies []company) (done JobDone, err error) {
	l := &load{companies: companies, rules: j.Rules, now: time.Now, least: j.Least}
	s := &server{address: j.Address, railToken: j.RailToken}
	crew, err := l.crew(j.Clients, func() (door, error) { return s.door(ctx) })
	if err != nil {
		return done, err
	}
	defer func() {
		for _, c := range crew {
			if w, ok := c.door.(*wire); ok {
				_ = w.close()
			}
		}
	}()
	l.open(j.Warmup, j.Window)
	if err := l.run(ctx, crew); err != nil {
		return done, err
	}
	took := times(crew)
	done.PerSecond, done.Answers = float64(len(took))/l.seconds(), spreadOf(took)
	for _, c := range crew {
		done.Busy += c.busy
		done.Entries += c.entries
		for _, k := range c.deals {
			done.Deals = append(done.Deals, acknowledged{k.id, k.last, k.version})
		}
	}
	return done, nil
}

// crowd is the clients of an open loop.
type crowd struct {
	*Job
	companies []company
	market    *market
	loop      *openLoop
	lines     []*line
	tallies   []*tally
	patient   atomic.Int64 // counts who is told to come back, so that one in some does

	mu     sync.Mutex
	unsure []*voyage // of which the last answer did not come
	first  error     // a refusal that nothing explains
}

// One in so many of those whose command is refused for now comes again, with the
// same key, when it is told to. The others leave, and somebody else goes on later.
const patientOne = 5

// linesOfOne is how many connections come from one address of this machine.
const linesOfOne = 40

func (j *Job) open(ctx context.Context, companies []company, told func(stage string)) (JobDone, error) {
	c := &crowd{Job: j, companies: companies, market: &market{
		rand: rand.New(rand.NewPCG(1, 3)), bargains: len(j.Bargains), pay: slices.Clone(j.Stock), all: slices.Clone(j.Stock), //nolint:gosec // the same in every run
	}}
	for i := range j.Lines {
		l := &line{address: j.Address}
		if host, _, err := net.SplitHostPort(j.Address); err == nil && net.ParseIP(host).IsLoopback() {
			l.from = net.IPv4(127, 0, byte(1+i/linesOfOne>>8), byte(i/linesOfOne))
		}
		err := l.open(ctx)
		if err != nil && l.from != nil {
			l.from = nil // a machine that has one such address only
			err = l.open(ctx)
		}
		if err != nil {
			return JobDone{}, fault.New(fault.Unavailable, "bench.cannot_connect", "The house on this machine cannot be reached.").Because(err)
		}
		c.lines, c.tallies = append(c.lines, l), append(c.tallies, newTally(len(j.Stretches)))
	}
	defer func() {
		for _, l := range c.lines {
			l.close()
		}
	}()
	c.loop = &openLoop{
		agenda: newAgenda(j.Stretches, rand.New(rand.NewPCG(1, 4))), begun: time.Now(), carry: c.carry, //nolint:gosec // the same in every run
		hear: func(line int, a arrival, sent, took time.Duration, v verdict) { c.tallies[line].note(a, sent, took, v) },
	}
	processor := c.announce(ctx, told)
	c.loop.run(ctx, len(c.lines))
	if ctx.Err() != nil {
		return JobDone{}, interrupted(ctx)
	}
	cores := processor()
	if err := c.resolve(ctx); err != nil {
		return JobDone{}, err
	}
	if c.first != nil {
		return JobDone{}, c.first
	}
	return c.done(cores), nil
}

// announce tells when each stretch begins, and notes what this process has used by
// then. The function it answers ends that, and says how busy each stretch was.
func (c *crowd) announce(ctx context.Context, told func(stage string)) (stop func() []float64) {
	var group sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	used := make([]time.Duration, len(c.Stretches)+1)
	group.Go(func() {
		at := c.loop.begun
		for i, s := range c.Stretches {
			used[i] = processorTime()
			told(s.Name)
			at = at.Add(s.Length)
			select {
			case <-time.After(time.Until(at)):
			case <-ctx.Done():
				return
			}
		}
		used[len(c.Stretches)] = processorTime()
	})
	return func() []float64 {
		defer cancel()
		group.Wait()
		out := make([]float64, len(c.Stretches))
		for i, s := range c.Stretches {
			out[i] = (used[i+1] - used[i]).Seconds() / s.Length.Seconds()
		}
		return out
	}
}

// carry makes the request of an arrival.
func (c *crowd) carry(ctx context.Context, at int, a arrival) verdict {
	l := c.lines[at]
	if a.kind == readsDeal || a.kind == readsList {
		return c.read(ctx, l, a.kind)
	}
	v := a.again
	if v == nil {
		v = c.market.pick(a.kind)
	}
	r, err := c.give(ctx, l, v)
	switch found := c.took(v, r, err); found {
	case accepted:
		c.market.put(v)
		return found
	case refused:
		if v.unsure || c.patient.Add(1)%patientOne == 0 {
			if c.loop.agenda.again(time.Since(c.loop.begun)+r.after, v, a.kind) {
				return found
			}
		}
		c.leave(v)
		return found
	case unexplained, broken, hungUp, gaveUp, denied:
		c.leave(v)
		return found
	}
	return hungUp
}

// leave puts a deal back, or aside if what became of its command is not known.
func (c *crowd) leave(v *voyage) {
	if !v.unsure {
		c.market.put(v)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsure = append(c.unsure, v)
}

func (c *crowd) give(ctx context.Context, l *line, v *voyage) (reply, error) {
	b := &c.Bargains[v.Bargain]
	o := v.order(c.Prefix, c.companies, b, time.Now())
	token := c.RailToken
	if o.by != nil {
		token = o.by.token
	}
	return l.give(ctx, &o, b, token)
}

// took notes what became of a voyage's command. Only an acknowledgement and a
// plain refusal are known outcomes: anything else may have been done.
func (c *crowd) took(v *voyage, r reply, err error) verdict {
	if err != nil {
		v.unsure = true
		return hungUp
	}
	found := r.verdict()
	switch found {
	case accepted:
		got, err := r.receipt()
		if err != nil {
			v.unsure = true
			return hungUp
		}
		v.done(got)
		if v.Last == draft {
			c.market.known(v)
		}
	case refused, unexplained:
		v.unsure = v.unsure || r.interrupted()
	case broken:
		v.unsure = true
	case denied:
		c.object(fault.New(fault.Refused, "bench.refused", fmt.Sprintf("The house answered %d: %s", r.status, r.doc)))
	case hungUp, gaveUp:
	}
	return found
}

// object keeps the first refusal that the rules of trade explain and the load does
// not: the clients of a bench do nothing that is forbidden.
func (c *crowd) object(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == nil {
		c.first = err
	}
}

func (c *crowd) read(ctx context.Context, l *line, k kind) verdict {
	id, bargain := c.market.look()
	path := "/v1/deals"
	if k == readsDeal && id != "" {
		path += "/" + string(id)
	}
	r, err := l.get(ctx, path, c.companies[c.Bargains[bargain].Buyer].token)
	if err != nil {
		return hungUp
	}
	if r.verdict() == denied {
		c.object(fault.New(fault.Refused, "bench.refused", fmt.Sprintf("The house answered %d: %s", r.status, r.doc)))
	}
	return r.verdict()
}

// resolve gives every command of which the outcome is not known again, under its
// key, until it is known.
func (c *crowd) resolve(ctx context.Context) error {
	if len(c.lines) == 0 {
		return nil
	}
	l := c.lines[0]
	for _, v := range c.unsure {
		for v.unsure {
			if ctx.Err() != nil {
				return interrupted(ctx)
			}
			r, err := c.give(ctx, l, v)
			if c.took(v, r, err) == denied {
				return c.first
			}
			if v.unsure {
				time.Sleep(retryAfter)
			}
		}
	}
	return nil
}

// done is all that was acknowledged and measured.
func (c *crowd) done(cores []float64) JobDone {
	d := JobDone{Short: c.market.short}
	for _, v := range c.market.all {
		d.Deals = append(d.Deals, acknowledged{v.ID, v.Last, v.Version})
		d.Entries += v.Entries
	}
	d.Open = periods(c.Stretches, c.tallies, cores)
	return d
}

// stock brings so many deals to where their money is waited for, in process.
func stock(ctx context.Context, h *assurance.House, j *Job, companies []company, n int) error {
	j.Stock = make([]*voyage, n)
	door := direct{h, mandate()}
	var next atomic.Int64
	var group sync.WaitGroup
	failed := make(chan error, 1)
	for range min(n, stockAtOnce) {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || len(failed) > 0 {
					return
				}
				v := &voyage{Number: -1 - i, Bargain: i % len(j.Bargains), Last: steps}
				j.Stock[i] = v
				for v.next() <= sellerSigns {
					o := v.order(j.Prefix, companies, &j.Bargains[v.Bargain], h.Now())
					r, err := door.give(ctx, &o)
					if err != nil {
						select {
						case failed <- err:
						default:
						}
						return
					}
					v.done(r)
				}
			}
		})
	}
	group.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// stockAtOnce is how many deals are prepared at one time.
const stockAtOnce = 512
