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
}

// Staff are the accounts of the house that the demo acts for.
type Staff struct {
	Administrator, Mediator, Compliance, Carrier SignIn
}

// Result is what the demo has made.
type Result struct {
	Deals  int
	Closed int
	Story  string // the id of the deal that was followed
}

// troupe plays the demo.
type troupe struct {
	cfg     Config
	members map[string]*member
	carrier client
	clerk   client // compliance
	admin   client
	judge   client // mediator
	now     time.Time
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
	for _, s := range []struct {
		who  SignIn
		into *client
	}{{cfg.Staff.Administrator, &t.admin}, {cfg.Staff.Mediator, &t.judge}, {cfg.Staff.Compliance, &t.clerk}, {cfg.Staff.Carrier, &t.carrier}} {
		*s.into = t.client(s.who.Email, s.who.Password)
		if err := s.into.signIn(ctx); err != nil {
			return Result{}, err
		}
	}
	t.say("Companies sign up")
	for _, key := range sortedCast() {
		if err := t.meet(ctx, key); err != nil {
			return Result{}, err
		}
		m := t.members[key]
		t.say("  %s %s, %s", pad(m.person), m.company, m.country)
	}
	if err := t.advance(ctx, time.Second); err != nil {
		return Result{}, err
	}
	for _, act := range []func(context.Context) error{t.earlier, t.story, t.scenes, t.count} {
		if err := act(ctx); err != nil {
			return Result{}, err
		}
	}
	return t.result, nil
}

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
	err := t.admin.post(ctx, "/v1/sandbox/clock", map[string]int64{"seconds": int64(d / time.Second)}, &clock)
	t.now = clock.Now
	return err
}

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
