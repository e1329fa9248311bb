package api_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// line is a network that a test can break: at most so many bytes go out and come
// in, in pieces of at most so many, before the connection is cut.
type line struct {
	net.Conn
	out, in int // bytes that still pass
	piece   int // 0 for any size
}

var errCut = errors.New("the line was cut")

// Write sends what may still pass, then cuts.
func (l *line) Write(b []byte) (int, error) {
	sent := 0
	for sent < len(b) {
		n := min(len(b)-sent, l.out)
		if l.piece > 0 {
			n = min(n, l.piece)
		}
		if n == 0 {
			return sent, l.cut()
		}
		if _, err := l.Conn.Write(b[sent : sent+n]); err != nil {
			return sent, err
		}
		sent, l.out = sent+n, l.out-n
	}
	return sent, nil
}

// Read takes what may still pass, then cuts.
func (l *line) Read(b []byte) (int, error) {
	n := min(len(b), l.in)
	if l.piece > 0 {
		n = min(n, l.piece)
	}
	if n == 0 {
		return 0, l.cut()
	}
	n, err := l.Conn.Read(b[:n])
	l.in -= n
	return n, err
}

func (l *line) cut() error { return errors.Join(errCut, l.Close()) }

const whole = 1 << 30 // more bytes than anything here has

// port is the world's API on a real server.
type port struct {
	*world
	address string
	mu      sync.Mutex
	opened  int
	closed  int
	settled *sync.Cond
}

func (w *world) port() *port {
	w.t.Helper()
	p := &port{world: w}
	p.settled = sync.NewCond(&p.mu)
	l, err := new(net.ListenConfig).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	must(w.t, err)
	p.address = l.Addr().String()
	server := &http.Server{Handler: w.api, ReadHeaderTimeout: time.Minute, ConnState: func(_ net.Conn, s http.ConnState) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch s {
		case http.StateNew:
			p.opened++
		case http.StateClosed:
			p.closed++
			p.settled.Broadcast()
		case http.StateActive, http.StateIdle, http.StateHijacked:
		}
	}}
	go func() { _ = server.Serve(l) }()
	w.t.Cleanup(func() { _ = server.Close() })
	return p
}

// quiet waits until the server has done with every connection that was ever opened.
func (p *port) quiet(connections int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.opened < connections || p.closed < p.opened {
		p.settled.Wait()
	}
}

func (p *port) dial(l line) *line {
	p.t.Helper()
	conn, err := new(net.Dialer).DialContext(p.t.Context(), "tcp", p.address)
	must(p.t, err)
	l.Conn = conn
	return &l
}

// message is a request as it goes over the line.
func (p *port) message(role, path, key, body string) []byte {
	var m bytes.Buffer
	fmt.Fprintf(&m, "POST %s HTTP/1.1\r\nHost: house.example\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n", path, p.tokens[role])
	fmt.Fprintf(&m, "Idempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s", key, len(body), body)
	return m.Bytes()
}

// say sends a message over a line and reads the answer as far as it comes.
func say(l *line, message []byte) (reply, error) {
	if _, err := l.Write(message); err != nil {
		return reply{}, err
	}
	return hear(bufio.NewReader(l))
}

func hear(from *bufio.Reader) (reply, error) {
	answer, err := http.ReadResponse(from, nil)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	doc, err := io.ReadAll(answer.Body)
	return reply{answer.StatusCode, answer.Header, doc}, err
}

func (p *port) size() int64 {
	p.t.Helper()
	n, err := p.house.LogSize(p.t.Context())
	must(p.t, err)
	return n
}

// cuts are the places at which a message is cut: every place around its seams,
// and some between.
func cuts(message []byte, step int) []int {
	header := bytes.Index(message, []byte("\r\n\r\n"))
	at := []int{0, 1, header, header + 3, header + 4, header + 5, len(message) - 2, len(message) - 1}
	for _, line := range []string{"\r\n", "Authorization", "Idempotency-Key: ", "Content-Length: "} {
		if i := bytes.Index(message, []byte(line)); i >= 0 {
			at = append(at, i, i+1, i+len(line), i+len(line)+1)
		}
	}
	for i := 0; i < len(message); i += step {
		at = append(at, i)
	}
	slices.Sort(at)
	return slices.DeleteFunc(slices.Compact(at), func(i int) bool { return i < 0 || i >= len(message) })
}

// TestAHalfSentRequestChangesNothing cuts a request at many places on its way to
// the house. The body is complete JSON before its last bytes, which are spaces.
func TestAHalfSentRequestChangesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p := w.port()
	before, body := p.size(), encoded(t, w.terms())+strings.Repeat(" ", 20)
	message := p.message("seller", "/v1/deals", "half-sent", body)
	places := cuts(message, 61)
	for _, n := range places {
		if _, err := say(p.dial(line{out: n, in: whole}), message); !errors.Is(err, errCut) {
			t.Fatalf("cut after %d of %d bytes: %v", n, len(message), err)
		}
	}
	p.quiet(len(places))
	if after := p.size(); after != before {
		t.Fatalf("half-sent requests wrote %d facts", after-before)
	}
	first, err := say(p.dial(line{out: whole, in: whole}), message)
	must(t, err)
	if w.want(first, 201, ""); first.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("the first whole request is answered as a repetition: %s", first.text())
	}
	t.Logf("%d cuts of a request of %d bytes", len(places), len(message))
}

// TestALostAnswerIsFoundAgain cuts the answer at many places on its way back, for
// one command and for a batch, and asks again with the same keys.
func TestALostAnswerIsFoundAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p := w.port()
	terms := encoded(t, w.terms())
	batch := func(n int) string {
		var all []string
		for i := range 3 {
			all = append(all, fmt.Sprintf(`{"operation":"draft-deal","key":"b-%d-%d","body":%s}`, n, i, terms))
		}
		return `{"commands":[` + strings.Join(all, ",") + `]}`
	}
	for _, tt := range []struct {
		name, path string
		body       func(n int) string
		deals      int
		ids        func(reply) string
	}{
		{"a command", "/v1/deals", func(int) string { return terms }, 1, func(r reply) string { return r.word("id") }},
		{"a batch", "/v1/batch", batch, 3, func(r reply) string {
			return r.word("answers.0.receipt.id") + r.word("answers.1.receipt.id") + r.word("answers.2.receipt.id")
		}},
	} {
		// How long an answer is, is learnt from one.
		sample := p.dial(line{out: whole, in: whole})
		_, err := say(sample, p.message("seller", tt.path, "sample-"+tt.name[2:], tt.body(-1)))
		must(t, err)
		length := whole - sample.in
		for n := 0; n < length; n += 1 + length/24 {
			message := p.message("seller", tt.path, fmt.Sprint(tt.name[2:], "-", n), tt.body(n))
			before := p.size()
			if _, err := say(p.dial(line{out: whole, in: n}), message); err == nil {
				t.Fatalf("%s: an answer cut after %d of %d bytes came whole", tt.name, n, length)
			}
			first, err := say(p.dial(line{out: whole, in: whole}), message)
			must(t, err)
			again, err := say(p.dial(line{out: whole, in: whole}), message)
			must(t, err)
			if first.status >= 300 || tt.ids(first) == "" || tt.ids(again) != tt.ids(first) {
				t.Fatalf("%s, answer cut after %d bytes: asked again, %s, then %s", tt.name, n, first.text(), again.text())
			}
			if facts := p.size() - before; facts != int64(tt.deals) {
				t.Fatalf("%s, answer cut after %d bytes: %d facts for %d deals", tt.name, n, facts, tt.deals)
			}
		}
	}
}

// TestADoubledOrDribbledRequestIsOneRequest sends one message twice behind itself,
// twice at once, and byte by byte.
func TestADoubledOrDribbledRequestIsOneRequest(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p := w.port()
	before := p.size()
	message := p.message("seller", "/v1/deals", "doubled", encoded(t, w.terms()))
	ids := map[string]bool{}
	l := p.dial(line{out: whole, in: whole})
	_, err := l.Write(slices.Concat(message, message))
	must(t, err)
	answers := bufio.NewReader(l)
	for range 2 {
		r, err := hear(answers)
		must(t, err)
		ids[w.want(r, 201, "").word("id")] = true
	}
	slow, err := say(p.dial(line{out: whole, in: whole, piece: 1}), message)
	must(t, err)
	ids[w.want(slow, 201, "").word("id")] = true
	var wait sync.WaitGroup
	var mu sync.Mutex
	for range 20 {
		conn := p.dial(line{out: whole, in: whole, piece: 300})
		wait.Go(func() {
			r, err := say(conn, message)
			mu.Lock()
			defer mu.Unlock()
			if ids[r.word("id")] = true; err != nil || r.status != 201 {
				t.Errorf("one of twenty is answered %s, %v", r.text(), err)
			}
		})
	}
	wait.Wait()
	if facts := p.size() - before; len(ids) != 1 || facts != 1 {
		t.Errorf("one request sent 23 times has %d ids and %d facts", len(ids), facts)
	}
}

// TestMoneyMovesOnceOnABrokenLine takes a deal to its payout over lines that
// break both ways at every step, and asks again each time.
func TestMoneyMovesOnceOnABrokenLine(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p := w.port()
	id := w.deal("agreed")
	deposit := fmt.Sprintf(`{"rail":"sandbox","reference":"R-1","deal":%q,"amount":{"amount":100000,"currency":"USD"},"booked_at":"2027-03-05T12:00:00Z"}`, id)
	for _, step := range []struct{ role, path, body string }{
		{"rail", "/v1/rail/deposits", deposit},
		{"seller", "/v1/deals/" + id + "/ship", `{"carrier":"COSCO","tracking_number":"T-1","final":true}`},
		{"buyer", "/v1/deals/" + id + "/confirm-receipt", ``},
		{"buyer", "/v1/deals/" + id + "/accept", ``},
		{"seller", "/v1/payouts", `{"amount":{"amount":99000,"currency":"USD"}}`},
	} {
		message := p.message(step.role, step.path, "once"+step.path, step.body)
		receipts := map[string]bool{}
		for n := 0; n <= len(message); n += 1 + len(message)/12 {
			_, _ = say(p.dial(line{out: n, in: whole}), message) // lost on its way there
			_, _ = say(p.dial(line{out: whole, in: n}), message) // or on its way back
		}
		for range 2 {
			r, err := say(p.dial(line{out: whole, in: whole}), message)
			must(t, err)
			if r.status >= 300 {
				t.Fatalf("%s is answered %s", step.path, r.text())
			}
			receipts[string(r.body)] = true
		}
		if len(receipts) != 1 {
			t.Errorf("%s has %d receipts", step.path, len(receipts))
		}
	}
	d := w.get("seller", "/v1/deals/"+id)
	if d.number("money.released.amount") != 99_000 || d.number("money.fees.amount") != 1_000 {
		t.Errorf("the deal's money is %v", d.field("money"))
	}
	if payouts := w.get("seller", "/v1/payouts"); payouts.number("items.0.amount.amount") != 99_000 || payouts.field("items.1") != nil {
		t.Errorf("payouts are %s", payouts.text())
	}
	sums, err := w.house.TrialBalance(t.Context())
	must(t, err)
	for currency, sum := range sums {
		if sum != 0 {
			t.Errorf("the books are off by %d %s", sum, currency)
		}
	}
}
