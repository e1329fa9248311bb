package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"fondaco/internal/fault"
)

// Config is what a demo needs: the address of a sandbox and its staff.
type Config struct {
	URL   string // of the house, without a final slash
	HTTP  *http.Client
	Out   io.Writer // what happens, line by line; nil for silence
	Staff Staff
	// Enrolled, which may be nil, is told the seed of every authenticator app that is
	// set up, so that whoever shows the accounts can play the phones.
	Enrolled func(email, seed string)
	// Publish puts a later edition of the demo's list where the house reads it.
	Publish func(list string) error
}

// Staff are the accounts of the house that the demo acts for.
type Staff struct {
	Administrator, Mediator, Compliance, Second, Treasury, Auditor, Carrier SignIn
}

// Result is what the demo has made.
type Result struct {
	Deals  int
	Closed int
	Story  string // the id of the deal that was followed

	Cases   int // of names that look like listed ones
	Reviews int
	Rated   int // companies that past trades say enough of
}

// troupe plays the demo.
type troupe struct {
	cfg     Config
	members map[string]*member
	carrier *client
	clerk   *client // compliance
	second  *client // compliance too: cases are decided by two
	admin   *client
	judge   *client   // mediator
	cashier *client   // treasury
	mover   *client   // who moves the clock: the first who could
	now     time.Time // of the house
	since   time.Time // when it told that, by the machine's clock
	result  Result
}

// Run plays the whole demo. It fails with the code of whatever the house refused,
// or demo.waited when something that must follow has not.
func Run(ctx context.Context, cfg Config) (Result, error) {
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Timeout: time.Minute}
	}
	t := &troupe{cfg: cfg, members: map[string]*member{}}
	if err := t.learnTime(ctx); err != nil {
		return Result{}, err
	}
	t.say("Companies sign up, are verified, and name where their money shall go")
	if err := t.gather(ctx); err != nil {
		return Result{}, err
	}
	for _, act := range []func(context.Context) error{t.earlier, t.former, t.story, t.scenes, t.weigh, t.count, t.rest} {
		if err := act(ctx); err != nil {
			return Result{}, err
		}
	}
	return t.result, nil
}

// gather lets every company sign up, lets the people of the house in, and makes each
// company one that can be paid. What waits for a mail, a code or a hold waits for
// all of them together.
func (t *troupe) gather(ctx context.Context) error {
	for _, do := range []func(context.Context) error{t.each(t.join), t.each(t.meet), t.enter, t.each(t.prove), t.each(t.bank)} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	for _, key := range sortedCast() {
		m := t.members[key]
		t.say("  %s %s, %s", pad(m.person), m.company, m.country)
	}
	return t.advance(ctx, holdHours*time.Hour+time.Minute)
}

// each does something with every company.
func (t *troupe) each(do func(context.Context, string) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, key := range sortedCast() {
			if err := do(ctx, key); err != nil {
				return err
			}
		}
		return nil
	}
}

// enter signs the people of the house in. All put an authenticator app on a phone
// first: without one staff may do nothing, and a carrier who signs in at another
// hour than usual would be asked for a code by mail.
func (t *troupe) enter(ctx context.Context) error {
	s := t.cfg.Staff
	var all []*client
	for _, p := range []struct {
		who  SignIn
		into **client
	}{{s.Administrator, &t.admin}, {s.Mediator, &t.judge}, {s.Compliance, &t.clerk}, {s.Second, &t.second}, {s.Treasury, &t.cashier}, {s.Carrier, &t.carrier}, {s.Auditor, new(*client)}} {
		c := t.client(p.who.Email, p.who.Password)
		*p.into, all = c, append(all, c)
		if err := c.signIn(ctx); err != nil {
			return err
		}
		if err := t.enrol(ctx, c); err != nil {
			return err
		}
	}
	for _, c := range all {
		if err := c.signIn(ctx); err != nil {
			return err
		}
	}
	return nil
}

// rest lets the codes that were used here run out, so that whoever signs in next
// reads one that is fresh.
func (t *troupe) rest(ctx context.Context) error { return t.advance(ctx, time.Minute) }

func sortedCast() []string {
	var keys []string
	for k := range cast() {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (t *troupe) say(format string, args ...any) { _, _ = fmt.Fprintf(t.cfg.Out, format+"\n", args...) }

// advance moves the house's clock and learns what it says.
func (t *troupe) advance(ctx context.Context, d time.Duration) error {
	var clock struct {
		Now time.Time `json:"now"`
	}
	if err := t.mover.post(ctx, "/v1/sandbox/clock", map[string]int64{"seconds": int64(d / time.Second)}, &clock); err != nil {
		return err
	}
	t.now, t.since = clock.Now, time.Now()
	return nil
}

func (t *troupe) learnTime(ctx context.Context) error {
	var clock struct {
		Now time.Time `json:"now"`
	}
	err := t.client("", "").get(ctx, "/v1/health", &clock)
	t.now, t.since = clock.Now, time.Now()
	return err
}

// time is the house's, which goes on while the demo plays.
func (t *troupe) time() time.Time { return t.now.Add(time.Since(t.since)) }

const (
	waitMax   = 30 * time.Second
	waitEvery = 15 * time.Millisecond
)

// await reads the deal until it is as wanted: money and clocks take a moment.
func (t *troupe) await(ctx context.Context, id, what string, wanted func(deal) bool) (deal, error) {
	ctx, cancel := context.WithTimeout(ctx, waitMax)
	defer cancel()
	for {
		var d deal
		if err := t.admin.get(ctx, "/v1/deals/"+id, &d); err != nil {
			return d, err
		}
		if wanted(d) {
			return d, nil
		}
		select {
		case <-ctx.Done():
			return d, fault.New(fault.Unavailable, "demo.waited", "The deal should be {what} and is {phase}.").With("what", what).With("phase", d.Phase)
		case <-time.After(waitEvery):
		}
	}
}

func (t *troupe) inPhase(ctx context.Context, id, phase string) (deal, error) {
	return t.await(ctx, id, phase, func(d deal) bool { return d.Phase == phase })
}

// count asks the house how many deals there are now.
func (t *troupe) count(ctx context.Context) error {
	for before := ""; ; {
		var page struct {
			Items []struct {
				Phase string `json:"phase"`
			} `json:"items"`
			Next string `json:"next"`
		}
		path := "/v1/deals?limit=200"
		if before != "" {
			path += "&before=" + before
		}
		if err := t.admin.get(ctx, path, &page); err != nil {
			return err
		}
		for _, d := range page.Items {
			t.result.Deals++
			if d.Phase == "closed" {
				t.result.Closed++
			}
		}
		if before = page.Next; before == "" {
			return nil
		}
	}
}
