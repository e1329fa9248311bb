package load_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/load"
)

// run lets two programs work at a house until they have done some deals; deals have
// seven commands. However slow the machine is, it is the same work.
func run(t *testing.T, d *double, change func(*load.Config), urls ...string) (load.Report, *bytes.Buffer) {
	t.Helper()
	acks := &bytes.Buffer{}
	cfg := load.Config{URLs: urls, Clients: 2, For: time.Minute, Acks: acks, Attempt: time.Minute, GiveUp: time.Minute}
	if change != nil {
		change(&cfg)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	d.until(70, stop)
	r, err := load.Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r, acks
}

func check(t *testing.T, url string, acks *bytes.Buffer) load.Verdict {
	t.Helper()
	v, err := load.Check(t.Context(), load.CheckConfig{URLs: []string{url}, Acks: bytes.NewReader(acks.Bytes()), GiveUp: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAGoodHouseRemembersEveryAcknowledgementOnce(t *testing.T) {
	t.Parallel()
	d, url := newDouble(t)
	r, acks := run(t, d, nil, url)
	v := check(t, url, acks)
	if !v.OK() || r.Closed == 0 || r.Acknowledged != v.Acknowledged || v.Acknowledged < 7*r.Closed || r.Retries != 0 {
		t.Errorf("%+v after %+v", v, r)
	}
	if r.Deals != r.Closed+r.Left || v.Deals > r.Deals || v.Deals < r.Closed {
		t.Errorf("%d deals, %d closed, %d left, %d checked", r.Deals, r.Closed, r.Left, v.Deals)
	}
}

// A house that answers badly but does what it says is no worse in the end.
func TestEveryCommandIsAskedUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]mood{"429": busy, "503": down, "a broken connection": lossy, "half an answer": truncated, "500 after the commit": grumpy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, url := newDouble(t)
			chance := rand.New(rand.NewPCG(1, 2)) // a seed, so that a failure comes again
			d.behave(func(_, asked int) mood {
				if asked < 3 && chance.IntN(3) == 0 {
					return bad
				}
				return good
			})
			r, acks := run(t, d, nil, url)
			d.behave(nil)
			if v := check(t, url, acks); !v.OK() || r.Retries == 0 || r.Closed == 0 || r.Unknown != 0 || len(r.Refused) != 0 {
				t.Errorf("%+v after %+v", v, r)
			}
		})
	}
}

func TestAnotherAddressIsAskedWhenOneIsDead(t *testing.T) {
	t.Parallel()
	d, url := newDouble(t)
	r, acks := run(t, d, nil, url, "http://127.0.0.1:1")
	if v := check(t, url, acks); !v.OK() || r.Retries == 0 || r.Closed == 0 {
		t.Errorf("%+v after %+v", v, r)
	}
}

// What the checker is for: a house that breaks its word, in each way once.
func TestABrokenWordIsNoticed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bad       mood
		from, to  int // the commands of the one program that are treated so; a deal has seven
		lost, dup bool
		says      string
	}{
		"a lost draft":                  {forgetful, 0, 1, true, false, "lost: draft of deal ghost-"},
		"a lost command":                {forgetful, 1, 2, true, false, "lost: offer of deal deal-0"},
		"a lost last command":           {forgetful, 6, 7, true, false, "lost: accept of deal deal-0"},
		"a deal that was drafted twice": {doubling, 0, 1, false, true, "is in no acknowledgement"},
		"a command that was done twice": {doubling, 5, 6, false, true, "which no acknowledgement names"},
		"a refusal of what was done":    {lying, 5, 6, false, true, "which no acknowledgement names"},
		"a key that was forgotten":      {amnesiac, 3, 4, true, false, "lost: sign of deal deal-0, asked again, was done again"},
		"another receipt":               {altering, 4, 5, true, false, "asked again, has another receipt"},
		"one place given twice":         {placeless, 2, 3, false, true, "of the log was given to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, url := newDouble(t)
			d.behave(func(n, _ int) mood {
				if n >= c.from && n < c.to {
					return c.bad
				}
				return good
			})
			_, acks := run(t, d, func(cfg *load.Config) { cfg.Clients = 1 }, url)
			d.behave(nil)
			v := check(t, url, acks)
			if v.OK() || (v.Lost > 0) != c.lost && c.lost || (v.Doubled > 0) != c.dup && c.dup || !strings.Contains(strings.Join(v.Findings, "\n"), c.says) {
				t.Errorf("%+v, want a finding that says %q", v, c.says)
			}
		})
	}
}

// A command that nobody answers may have been written or not; asked again later
// it is known.
func TestAnUnknownCommandIsResolvedByAskingAgain(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]mood{"done": lossy, "not done": silent} {
		for command, n := range map[string]int{"draft": 0, "sign": 3} {
			t.Run(name+" "+command, func(t *testing.T) {
				t.Parallel()
				d, url := newDouble(t)
				decided := 0
				d.behave(func(now, asked int) mood {
					if now == n && asked == 0 || asked > 0 && decided == n {
						decided = n
						return bad
					}
					return good
				})
				r, acks := run(t, d, func(c *load.Config) { c.Clients, c.For, c.GiveUp = 1, 2*time.Second, time.Second }, url)
				d.behave(nil)
				if r.Unknown == 0 {
					t.Fatalf("nothing was unknown: %+v", r)
				}
				if v := check(t, url, acks); v.Unknown != r.Unknown || v.Resolved != v.Unknown || v.Lost+v.Doubled != 0 {
					t.Errorf("%+v after %+v", v, r)
				}
			})
		}
	}
}

func TestARefusalEndsTheDealAndIsCounted(t *testing.T) {
	t.Parallel()
	d, url := newDouble(t)
	d.behave(func(n, _ int) mood {
		if n%5 == 2 {
			return disagreeable
		}
		return good
	})
	r, acks := run(t, d, nil, url)
	d.behave(nil)
	if v := check(t, url, acks); r.Refused["deal.wrong_phase"] == 0 || r.Left == 0 || v.Refused != r.Refused["deal.wrong_phase"] || v.Lost+v.Doubled != 0 {
		t.Errorf("%+v after %+v", v, r)
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("no space")

func (f *fullDisk) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestNothingGoesOnThatCannotBeWrittenDown(t *testing.T) {
	t.Parallel()
	_, url := newDouble(t)
	_, err := load.Run(t.Context(), load.Config{URLs: []string{url}, Clients: 2, For: time.Hour, Acks: &fullDisk{left: 5000}})
	if !errors.Is(err, errFull) || fault.CodeOf(err) != "load.unwritten" && !strings.Contains(err.Error(), "written down") {
		t.Errorf("the load ended with %v", err)
	}
}

func TestABookThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	_, url := newDouble(t)
	for _, text := range []string{"acks\n", "{}\n", `{"kind":"acknowledged"}` + "\n", strings.Repeat("x", 2<<20)} {
		_, err := load.Check(t.Context(), load.CheckConfig{URLs: []string{url}, Acks: strings.NewReader(text)})
		if fault.CodeOf(err) != "load.bad_book" {
			t.Errorf("%.30q: %v", text, err)
		}
	}
	v, err := load.Check(t.Context(), load.CheckConfig{URLs: []string{url}, Acks: strings.NewReader(`{"kind":"ack`)})
	if err != nil || v.OK() {
		t.Errorf("an empty book is %+v, %v: nothing was looked at", v, err)
	}
}

func TestAnImpossibleLoadIsRefused(t *testing.T) {
	t.Parallel()
	acks := &bytes.Buffer{}
	for _, c := range []load.Config{
		{Clients: 1, For: 1, Acks: acks}, {URLs: []string{"x"}, For: 1, Acks: acks}, {URLs: []string{"x"}, Clients: 1, Acks: acks}, {URLs: []string{"x"}, Clients: 1, For: 1},
	} {
		if _, err := load.Run(t.Context(), c); fault.CodeOf(err) != "load.bad_config" {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestSilenceIsMeasuredWithinItsSpan(t *testing.T) {
	t.Parallel()
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	ack := func(asked, answered string) string {
		return `{"kind":"acknowledged","asked":` + asked + `000000,"at":` + answered + `000000,"receipt":{}}` + "\n"
	}
	book := ack("1", "1") + ack("8", "9") + ack("9", "14") + ack("30", "31") + ack("31", "40") + `{"kind":"seen","at":16000000}` + "\n" + ack("50", "60")
	for _, c := range []struct {
		from, to             int64
		acked                int
		first, longest, back time.Duration
	}{
		{10, 45, 3, 21, 17, 21}, // 14 to 31; what was asked at 9 is no answer to a command of the span
		{2, 20, 2, 7, 7, 7},     // from its beginning to 9
		{41, 59, 0, -1, 18, 18}, // nothing at all
		{10, 15, 1, -1, 4, 4},
	} {
		s, err := load.Gaps(strings.NewReader(book), at(c.from), at(c.to))
		if c.first > 0 {
			c.first *= time.Second
		}
		if err != nil || s.Acknowledged != c.acked || s.First != c.first || s.Longest != c.longest*time.Second || s.Back != c.back*time.Second {
			t.Errorf("%d to %d: %+v, %v; want %+v", c.from, c.to, s, err, c)
		}
	}
}
