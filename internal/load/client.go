package load

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"fondaco/internal/fault"
)

const (
	answerMax  = 8 << 20
	pauseFirst = 25 * time.Millisecond
	pauseMax   = time.Second
)

// line to the house: every address of it, and how long to wait.
type house struct {
	urls    []string
	http    *http.Client
	attempt time.Duration // for one try
	giveUp  time.Duration // for all tries of one command
}

// request is one thing to ask, unchanged however often.
type request struct {
	method string
	path   string
	body   []byte // nil for none
	token  string
	key    string

	approval string // the id of the approval under which it is asked; empty for none
}

// answer is what the house said, whole.
type answer struct {
	status   int
	body     []byte
	replayed bool
	tries    int
}

func (a answer) refused() bool { return a.status >= http.StatusBadRequest }

// code is the stable name of a refusal.
func (a answer) code() string {
	var p struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(a.body, &p) != nil || p.Code == "" {
		return "http." + strconv.Itoa(a.status)
	}
	return p.Code
}

// ask asks until there is a definite answer: a success with a whole JSON document,
// or a refusal other than 429. It fails with load.no_answer (Unavailable) when
// giveUp has passed or ctx has ended. Each try goes to the next address.
func (h *house) ask(ctx context.Context, q request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, h.giveUp)
	defer cancel()
	at := rand.IntN(len(h.urls)) //nolint:gosec // which address is nobody's secret
	pause := pauseFirst
	var last error
	for tries := 1; ; tries++ {
		a, wait, err := h.try(ctx, h.urls[(at+tries)%len(h.urls)], q)
		a.tries = tries
		if err == nil && definite(a) {
			return a, nil
		}
		if last = err; err == nil {
			last = fault.New(fault.Unavailable, a.code(), "The house has answered {status}.").With("status", strconv.Itoa(a.status))
		}
		wait = max(wait, pause/2+rand.N(pause/2+1)) //nolint:gosec // likewise
		pause = min(2*pause, pauseMax)
		select {
		case <-ctx.Done():
			return a, fault.New(fault.Unavailable, "load.no_answer", "The house has not answered.").Because(last)
		case <-time.After(wait):
		}
	}
}

func definite(a answer) bool {
	switch {
	case a.status == http.StatusTooManyRequests || a.status >= http.StatusInternalServerError || a.status < http.StatusOK:
		return false
	case a.refused() || a.status == http.StatusNoContent:
		return true
	}
	return json.Valid(a.body)
}

// try asks one address once. wait is what the house asks to wait before the next try.
func (h *house) try(ctx context.Context, url string, q request) (a answer, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, h.attempt)
	defer cancel()
	var body io.Reader
	if q.body != nil {
		body = bytes.NewReader(q.body)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, url+q.path, body)
	if err != nil {
		return a, 0, err
	}
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.key != "" {
		r.Header.Set("Idempotency-Key", q.key)
	}
	if q.approval != "" {
		r.Header.Set("Approval", q.approval)
	}
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	// The transport would repeat a request with a key by itself, and hide that it did.
	r.GetBody = nil
	got, err := h.http.Do(r)
	if err != nil {
		return a, 0, err
	}
	defer func() { _ = got.Body.Close() }()
	a.status, a.replayed = got.StatusCode, got.Header.Get("Idempotency-Replayed") == "true"
	if a.body, err = io.ReadAll(io.LimitReader(got.Body, answerMax)); err != nil {
		return a, 0, err
	}
	if seconds, err := strconv.Atoi(got.Header.Get("Retry-After")); err == nil && got.StatusCode == http.StatusTooManyRequests {
		wait = time.Duration(max(0, min(seconds, 60))) * time.Second
	}
	return a, wait, nil
}

// transport is one program's own way to the house. On loopback each program comes
// from an address in a network of its own, as strangers do: the house counts
// sign-ins by address and by network.
func transport(number int) *http.Transport {
	t := &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{Timeout: 2 * time.Second}
		host, port, err := net.SplitHostPort(address)
		if err == nil && host == "localhost" {
			host = "127.0.0.1"
		}
		if ip := net.ParseIP(host).To4(); err == nil && ip != nil && ip.IsLoopback() {
			own := []byte{127, byte(1 + (number-1)%networks), byte((number - 1) / networks), 1} //nolint:gosec // at most 254 by the remainder; more than 64,770 programs share addresses
			d.LocalAddr = &net.TCPAddr{IP: own}
			if c, err := d.DialContext(ctx, network, net.JoinHostPort(host, port)); err == nil {
				return c, nil
			}
			d.LocalAddr = nil // a house that listens on ::1, which has one address only
		}
		return d.DialContext(ctx, network, address)
	}
	return t
}

// networks are the second bytes of 127.0.0.0/8 that programs have.
const networks = 254
