package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"fondaco/internal/api"
	"fondaco/internal/assurance"
)

// still is a store that, once it is told to, answers every commit at once and
// keeps nothing but where the log would end, so that what is left to measure is
// the way to it.
type still struct {
	assurance.Store
	on  atomic.Bool
	mu  sync.Mutex
	end assurance.Tail
}

// forget makes it still.
func (s *still) forget(b *testing.B) {
	b.Helper()
	end, err := s.Store.Tail(b.Context())
	must(b, err)
	s.end = end
	s.on.Store(true)
}

func (s *still) Tail(ctx context.Context) (assurance.Tail, error) {
	if !s.on.Load() {
		return s.Store.Tail(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end, nil
}

func (s *still) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	if !s.on.Load() {
		return s.Store.Commit(ctx, b, place)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := place(s.end); err != nil {
		return err
	}
	if n := len(b.Records); n > 0 {
		s.end = assurance.Tail{Size: s.end.Size + int64(n), At: b.Records[n-1].At}
	}
	return nil
}

// sender takes a request to the house and answers status and body.
type sender func(method, path, token, key string, body []byte) (int, []byte, error)

// direct calls the handler without a network.
func direct(h http.Handler) sender {
	return func(method, path, token, key string, body []byte) (int, []byte, error) {
		r := httptest.NewRequest(method, path, bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Idempotency-Key", key)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code, rec.Body.Bytes(), nil
	}
}

// wired calls over connections that are kept.
func wired(client *http.Client, base string) sender {
	return func(method, path, token, key string, body []byte) (int, []byte, error) {
		r, err := http.NewRequest(method, base+path, bytes.NewReader(body))
		if err != nil {
			return 0, nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Idempotency-Key", key)
		answer, err := client.Do(r)
		if err != nil {
			return 0, nil, err
		}
		defer func() { _ = answer.Body.Close() }()
		doc, err := io.ReadAll(answer.Body)
		return answer.StatusCode, doc, err
	}
}

// trader conducts whole deals, one command after the other.
type trader struct {
	w     *world
	terms []byte
	send  sender
	id    string
	hash  string
	step  int
}

func (w *world) trader(send sender) *trader {
	doc, err := json.Marshal(w.terms())
	must(w.t, err)
	return &trader{w: w, terms: doc, send: send}
}

// next gives the next command of the deal, and begins another after the last.
func (t *trader) next() error {
	at := "/v1/deals/" + t.id
	role, path, body := "seller", at, []byte(nil)
	switch t.step {
	case 0:
		path, body = "/v1/deals", t.terms
	case 1:
		path = at + "/offer"
	case 2, 3:
		if t.step == 3 {
			role = "buyer"
		}
		path, body = at+"/sign", fmt.Appendf(nil, `{"hash":%q}`, t.hash)
	case 4:
		role, path = "rail", "/v1/rail/deposits"
		body = fmt.Appendf(nil, `{"rail":"sandbox","reference":"R-%s","deal":%q,"payer":"Buyer Ltd","amount":{"amount":100000,"currency":"USD"},"booked_at":"2027-03-05T12:00:00Z"}`, uuid.NewString(), t.id)
	case 5:
		path, body = at+"/ship", fmt.Appendf(nil, `{"carrier":"COSCO","tracking_number":"T-%s","final":true}`, t.id)
	case 6:
		role, path = "buyer", at+"/confirm-receipt"
	case 7:
		role, path = "buyer", at+"/accept"
	}
	status, doc, err := t.send("POST", path, t.w.tokens[role], uuid.NewString(), body)
	if err != nil {
		return err
	}
	if status >= 300 {
		return fmt.Errorf("%s is answered %d %s", path, status, doc)
	}
	if t.step == 0 {
		var receipt struct{ ID string }
		if err := json.Unmarshal(doc, &receipt); err != nil {
			return err
		}
		t.id = receipt.ID
	}
	t.step = (t.step + 1) % 8
	return nil
}

// fast is a house on which speed can be measured, and what is signed there: it
// follows from the terms alone. The store forgets if it is still.
func fast(b *testing.B, log *slog.Logger, forgets bool) (w *world, hash string, h http.Handler) {
	b.Helper()
	s := &still{}
	w = populated(b, func(st assurance.Store) assurance.Store { s.Store = st; return s })
	if hash = w.get("seller", "/v1/deals/"+w.deal("draft")).word("terms_hash"); hash == "" {
		b.Fatal("a draft without a hash")
	}
	if forgets {
		s.forget(b)
	}
	return w, hash, api.New(api.Config{House: w.house, Log: log, Version: "test"})
}

// nowhere is a log that is written, and read by nobody.
type nowhere struct{}

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const benchClients = 64

func (w *world) run(b *testing.B, send sender, hash string) {
	b.Helper()
	b.SetParallelism(benchClients / 2)
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu(b)
	b.RunParallel(func(pb *testing.PB) {
		t := w.trader(send)
		t.hash = hash
		for pb.Next() {
			if err := t.next(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// BenchmarkCommand measures whole deals, command by command, by 64 callers:
// through the handler alone and over loopback, on a store that answers at once
// and on SQLite, with and without a log line for each.
func BenchmarkCommand(b *testing.B) {
	for _, store := range []string{"still", "sqlite"} {
		for _, log := range []string{"nolog", "log"} {
			logger := slog.New(slog.DiscardHandler)
			if log == "log" {
				logger = slog.New(slog.NewTextHandler(nowhere{}, nil))
			}
			b.Run(strings.Join([]string{store, log, "handler"}, "/"), func(b *testing.B) {
				w, hash, h := fast(b, logger, store == "still")
				w.run(b, direct(h), hash)
			})
			b.Run(strings.Join([]string{store, log, "http"}, "/"), func(b *testing.B) {
				w, hash, h := fast(b, logger, store == "still")
				l, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
				go func() { _ = server.Serve(l) }()
				b.Cleanup(func() { _ = server.Close() })
				client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchClients}}
				w.run(b, wired(client, "http://"+l.Addr().String()), hash)
			})
		}
	}
}
