package api

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/httprate"
	"golang.org/x/text/language"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// visit is what the frame knows of one request.
type visit struct {
	id       string
	language string // "en" or "zh"
	peer     string // network address that opened the connection
	lane     *lane  // of the gate
	from     assurance.Origin
	in       assurance.Presence
	key      string  // Idempotency-Key
	approval string  // Approval
	inBatch  bool    // one of the commands of a batch, whose sender is known
	asking   *asking // what an approval would be for, and nothing else
}

func (v *visit) caller() caller {
	return caller{In: v.in, By: v.in.Actor(), From: v.from, Key: v.key, Approval: v.approval, asking: v.asking != nil}
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{language: "en"}
}

// frame surrounds every request: a request id, the language of refusals,
// security headers, one spelling for each path, a log line, and an answer even if
// the program fails.
func (s *server) frame(next http.Handler) http.Handler {
	limited := s.limitSignIns(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{id: rand.Text(), language: languageOf(r), peer: peerOf(r), lane: s.gate.lane(r), from: originOf(r)}
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		answer := &recorder{ResponseWriter: w}
		header := w.Header()
		header.Set("Request-Id", v.id)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			header.Set("Cache-Control", "no-store")
		}
		begun := time.Now()
		defer func() {
			if p := recover(); p != nil {
				s.panicked(r.Context(), p)
				if answer.status == 0 {
					s.writeProblem(answer, r, fault.New(fault.Internal, fault.CodeInternal, ""))
				}
			}
			s.note(r, v, answer, time.Since(begun))
		}()
		if strings.HasPrefix(r.URL.Path, "/v1/") && v.lane.full() {
			s.gate.refused.Add(1)
			s.writeProblem(answer, r, busy()) // before anything is looked up or read
			return
		}
		s.route(limited, answer, r)
	})
}

func (s *server) panicked(ctx context.Context, p any) {
	s.log.ErrorContext(ctx, "panic", slog.String("request", visitOf(ctx).id), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
}

// note writes the log line of a request. Those that are turned away are counted
// instead: a flood of them must not become a flood of lines.
func (s *server) note(r *http.Request, v *visit, answer *recorder, took time.Duration) {
	level := slog.LevelInfo
	if answer.code == "house.busy" {
		level = slog.LevelDebug
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	s.log.LogAttrs(r.Context(), level, "request", slog.String("request", v.id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", answer.status), slog.Int64("bytes", answer.bytes), slog.Duration("took", took),
		slog.String("actor", v.in.Actor().String()), slog.String("from", r.RemoteAddr))
}

// route passes on what the mux knows, and turns its own refusals into problems.
func (s *server) route(next http.Handler, w http.ResponseWriter, r *http.Request) {
	if !plainPath(r) {
		s.writeProblem(w, r, noSuchPath())
		return
	}
	handler, pattern := s.mux.Handler(r)
	if pattern != "" {
		next.ServeHTTP(w, r)
		return
	}
	seen := &discard{header: http.Header{}}
	handler.ServeHTTP(seen, r)
	if seen.status != http.StatusMethodNotAllowed {
		s.writeProblem(w, r, noSuchPath())
		return
	}
	w.Header().Set("Allow", seen.header.Get("Allow"))
	s.writeProblem(w, r, fault.New(fault.Invalid, "request.wrong_method", "This path does not take that method."))
}

func noSuchPath() error {
	return fault.New(fault.NotFound, "request.no_such_path", "There is nothing at this path.")
}

// plainPath holds for a path in its one spelling: clean, and without escapes,
// which no id of the house needs.
func plainPath(r *http.Request) bool {
	p := r.URL.EscapedPath()
	return p == r.URL.Path && !strings.Contains(p, "%") && (path.Clean(p) == p || p == "/docs/") && len(p) <= 1000
}

func languageOf(r *http.Request) string {
	if r.Header.Get("Accept-Language") == "" {
		return "en"
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return "en"
	}
	for _, tag := range tags {
		switch base, _ := tag.Base(); base.String() {
		case "zh":
			return "zh"
		case "en":
			return "en"
		}
	}
	return "en"
}

// limitSignIns slows down whoever guesses passwords or opens accounts in bulk.
func (s *server) limitSignIns(next http.Handler) http.Handler {
	limited := httprate.LimitBy(s.cfg.SignInsPerMinute, time.Minute, byPeer,
		httprate.WithLimitHandler(func(w http.ResponseWriter, r *http.Request) {
			s.writeProblem(w, r, fault.New(fault.Exhausted, "request.too_many_sign_ins", "There were too many sign-ins from your address. Try again in a minute."))
		}))(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && guessable(r.URL.Path) {
			limited.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// guessable are the paths at which somebody without a token shows a secret, or
// makes the house send a mail.
func guessable(at string) bool {
	for _, begin := range []string{"/v1/sessions", "/v1/sign-up", "/v1/passwords/", "/v1/invitations/", "/v1/not-me", "/v1/email/"} {
		if strings.HasPrefix(at, begin) {
			return true
		}
	}
	return false
}

// byPeer keys a caller for the limiter.
func byPeer(r *http.Request) (string, error) { return peerOf(r), nil }

// peerOf is the network address that opened the connection, which no header can
// change.
func peerOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return httprate.CanonicalizeIP(host)
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	code   string // of the problem, if it is one
}

// WriteHeader notes the first status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// discard learns what the mux would answer.
type discard struct {
	header http.Header
	status int
}

// Header is thrown away but for Allow.
func (d *discard) Header() http.Header { return d.header }

// WriteHeader notes the status.
func (d *discard) WriteHeader(status int) { d.status = status }

// Write throws away.
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
