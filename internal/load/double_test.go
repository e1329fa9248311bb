package load_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// double is a house in small: it knows accounts, deals and keys, and can be told
// to behave badly. Its log is a counter.
type double struct {
	mu       sync.Mutex
	log      int64
	writes   int               // commands that were decided
	accounts map[string]string // token by address
	deals    map[string]*doubleDeal
	answers  map[string]*doubleAnswer // by key

	// mood may replace what happens to a command: it is told how many were decided
	// before, and how often this key was asked before.
	mood func(n, asked int) mood
	keys map[string]int

	enough int // commands, after which stop is called
	stop   func()
}

type mood int

const (
	good         mood = iota
	busy              // 429, nothing done
	down              // 503, nothing done
	lossy             // done, but the connection breaks before the answer
	truncated         // done, but the answer breaks off
	grumpy            // done, but answered 500
	forgetful         // answered as if done, but not done
	doubling          // done twice
	amnesiac          // done, but the key is not remembered
	altering          // done, but remembered with another receipt
	placeless         // done, but with the place of the command before
	disagreeable      // refused
	lying             // done, but refused
	silent            // never answered
)

type doubleDeal struct {
	id, drafter string
	phase       string
	facts       []doubleFact
}

type doubleFact struct {
	Sequence int64             `json:"sequence"`
	Version  int64             `json:"version"`
	Kind     string            `json:"kind"`
	Actor    map[string]string `json:"actor"`
}

type doubleAnswer struct {
	status int
	body   []byte
}

func newDouble(t *testing.T) (*double, string) {
	t.Helper()
	d := &double{accounts: map[string]string{}, deals: map[string]*doubleDeal{}, answers: map[string]*doubleAnswer{}, keys: map[string]int{}}
	s := httptest.NewServer(d)
	t.Cleanup(s.Close)
	return d, s.URL
}

// behave sets the mood from now on.
func (d *double) behave(m func(n, asked int) mood) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mood, d.writes, d.keys = m, 0, map[string]int{}
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	in, _ := io.ReadAll(r.Body)
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch path := r.URL.Path; {
	case path == "/v1/sign-up":
		tell(w, 202, map[string]string{"status": "sent"})
	case path == "/v1/sandbox/mail":
		tell(w, 200, map[string]any{"items": []map[string]string{{"link": "http://house.example/join/" + r.URL.Query().Get("to")}}})
	case path == "/v1/sign-up/confirm":
		var link struct{ Secret string }
		_ = json.Unmarshal(in, &link)
		d.accounts["token of "+link.Secret] = link.Secret
		tell(w, 201, map[string]any{"token": "token of " + link.Secret, "person": map[string]string{"party": "party of " + link.Secret}})
	case path == "/v1/health":
		tell(w, 200, map[string]string{"now": "2027-01-01T00:00:00Z"})
	case d.accounts[token] == "":
		refuse(w, 401, "people.bad_token")
	case path == "/v1/me":
		tell(w, 200, map[string]string{})
	case path == "/v1/sandbox/clock":
		tell(w, 200, map[string]string{"now": "2027-01-01T00:00:00Z"})
	case strings.HasPrefix(path, "/v1/me/factors/"):
		tell(w, 200, map[string]string{"ticket": "t", "secret": "JBSWY3DPEHPK3PXP"})
	case strings.HasPrefix(path, "/v1/approvals"):
		tell(w, 201, map[string]string{"id": "approval of " + token})
	case path == "/v1/keys":
		if r.Header.Get("Approval") != "approval of "+token {
			refuse(w, 403, "control.approval_needed")
			return
		}
		d.accounts["key "+token] = d.accounts[token]
		tell(w, 201, map[string]string{"secret": "key " + token})
	case path == "/v1/sandbox/deposits":
		d.book(in)
		tell(w, 202, map[string]string{})
	case r.Method == http.MethodPost:
		d.command(w, r, in, token)
	case path == "/v1/deals":
		items := []map[string]string{}
		for _, x := range d.deals {
			if x.drafter == token {
				items = append(items, map[string]string{"id": x.id})
			}
		}
		tell(w, 200, map[string]any{"items": items})
	default:
		d.show(w, strings.Split(path, "/"))
	}
}

func (d *double) show(w http.ResponseWriter, path []string) {
	x := d.deals[path[3]]
	switch {
	case x == nil:
		refuse(w, 404, "deal.not_found")
	case len(path) > 4:
		tell(w, 200, map[string]any{"items": x.facts})
	default:
		price := map[string]any{"amount": 100, "currency": "USD"}
		tell(w, 200, map[string]any{"version": len(x.facts), "phase": x.phase, "terms_hash": "h", "money": map[string]any{"total": price}})
	}
}

// book lets the money arrive at once.
func (d *double) book(in []byte) {
	var b struct{ Deal string }
	_ = json.Unmarshal(in, &b)
	if x := d.deals[b.Deal]; x != nil && x.phase != "funded" {
		d.add(x, "funded", "rail")
		x.phase = "funded"
	}
}

func (d *double) add(x *doubleDeal, kind, office string) {
	x.facts = append(x.facts, doubleFact{Sequence: d.log, Version: int64(len(x.facts) + 1), Kind: kind, Actor: map[string]string{"office": office}})
	d.log++
}

// until has something called once so many commands were decided.
func (d *double) until(enough int, stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.enough, d.stop = enough, stop
}

func (d *double) command(w http.ResponseWriter, r *http.Request, in []byte, token string) {
	defer func() {
		if d.stop != nil && d.writes >= d.enough {
			d.stop()
		}
	}()
	key := r.Header.Get("Idempotency-Key")
	m := good
	if d.mood != nil {
		m = d.mood(d.writes, d.keys[key])
	}
	d.keys[key]++
	switch m {
	case busy:
		w.Header().Set("Retry-After", "0")
		refuse(w, 429, "house.busy")
		return
	case down:
		refuse(w, 503, "store.unavailable")
		return
	case silent:
		panic(http.ErrAbortHandler)
	case disagreeable:
		refuse(w, 409, "deal.wrong_phase")
		d.writes++
		return
	default:
	}
	a, known := d.answers[key]
	if known {
		w.Header().Set("Idempotency-Replayed", "true")
	} else {
		a = d.decide(r, in, token, m)
		if m != amnesiac {
			d.answers[key] = a
		}
		d.writes++
	}
	d.reply(w, a, m)
	if m == altering {
		d.answers[key] = &doubleAnswer{a.status, []byte(strings.Replace(string(a.body), `"version":`, `"version":9`, 1))}
	}
}

func (d *double) reply(w http.ResponseWriter, a *doubleAnswer, m mood) {
	switch m {
	case lossy:
		panic(http.ErrAbortHandler)
	case truncated:
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		_, _ = w.Write(a.body[:len(a.body)/2])
		panic(http.ErrAbortHandler)
	case lying:
		refuse(w, 409, "deal.wrong_phase")
	case grumpy:
		refuse(w, 500, "internal")
	default:
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	}
}

// decide does the command, or what the mood makes of it.
func (d *double) decide(r *http.Request, _ []byte, token string, m mood) *doubleAnswer {
	kind := "drafted"
	var x *doubleDeal
	if path := strings.Split(r.URL.Path, "/"); len(path) > 4 {
		x, kind = d.deals[path[3]], path[4]
	}
	times := map[mood]int{forgetful: 0, doubling: 2}
	n, special := times[m]
	if !special {
		n = 1
	}
	first := d.log
	if m == placeless && first > 0 {
		first--
	}
	for range n {
		if x == nil && kind != "drafted" {
			return &doubleAnswer{404, []byte(`{"code":"deal.not_found"}`)}
		}
		if kind == "drafted" {
			x = &doubleDeal{id: "deal-" + strconv.FormatInt(d.log, 10), drafter: token}
			d.deals[x.id] = x
		}
		d.add(x, kind, "member")
	}
	if x == nil { // a draft that is only pretended
		x = &doubleDeal{id: fmt.Sprintf("ghost-%d", d.log)}
	}
	version, last := len(x.facts), d.log-1
	if n == 0 { // it says where its fact would be, and that place stays empty
		version, last = version+1, d.log
		d.log++
	}
	if n == 2 {
		version, last = 1, first
		if kind != "drafted" {
			version = len(x.facts) - 1
		}
	}
	body, _ := json.Marshal(map[string]any{"id": x.id, "version": version, "state": "s", "log": map[string]int64{"first": first, "last": last}, "at": "2027-01-01T00:00:00Z"})
	return &doubleAnswer{200, body}
}

func tell(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, code string) {
	tell(w, status, map[string]any{"status": status, "code": code})
}
