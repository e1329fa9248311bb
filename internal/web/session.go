package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/httprate"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/web/words"
)

const (
	sessionPerson = "person"
	sessionFlash  = "flash"
	sessionLife   = 12 * time.Hour
)

// sessionKeeper is where sessions lie; assurance.Sessions is one.
type sessionKeeper interface {
	Find(ctx context.Context, token string) (data []byte, found bool, err error)
	Commit(ctx context.Context, token string, data []byte, expiry time.Time) error
	Delete(ctx context.Context, token string) error
}

// shelf fits a keeper to the session manager, which hashes tokens before they come here.
type shelf struct{ sessionKeeper }

func (s shelf) Find(token string) ([]byte, bool, error) {
	return s.sessionKeeper.Find(context.Background(), token)
}

func (s shelf) Commit(token string, data []byte, expiry time.Time) error {
	return s.sessionKeeper.Commit(context.Background(), token, data, expiry)
}

func (s shelf) Delete(token string) error {
	return s.sessionKeeper.Delete(context.Background(), token)
}

func (s shelf) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.sessionKeeper.Find(ctx, token)
}

func (s shelf) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.sessionKeeper.Commit(ctx, token, data, expiry)
}

func (s shelf) DeleteCtx(ctx context.Context, token string) error {
	return s.sessionKeeper.Delete(ctx, token)
}

func newSessions(cfg Config) *scs.SessionManager {
	m := scs.New()
	m.Store = shelf{cfg.House.Sessions()}
	m.Lifetime = sessionLife
	m.HashTokenInStore = true // whoever reads the database cannot take over a session
	m.Cookie.Name = "fondaco_session"
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Path = "/"
	m.Cookie.Persist = false
	if cfg.Secure {
		m.Cookie.Name = "__Host-fondaco_session"
		m.Cookie.Secure = true
	}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		cfg.Log.ErrorContext(r.Context(), "session not kept", slog.Any("error", err))
		http.Error(w, words.For(words.Match(cookie(r, words.CookieName), r.Header.Get("Accept-Language"))).T("problem.internal.title"), http.StatusInternalServerError)
	}
	return m
}

// begin signs a person in under a new session id, so that an id planted before
// is worth nothing.
func (v *visit) begin(p assurance.Person) error {
	if err := v.site.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	v.site.sessions.Put(v.ctx(), sessionPerson, string(p.ID))
	v.person = &p
	return nil
}

// limits are the addresses that guessing would hammer, each with its limiter:
// so many tries from one place, and so many at one account from anywhere.
func limits(s *site) map[string]func(http.Handler) http.Handler {
	tooMany := httprate.WithLimitHandler(func(w http.ResponseWriter, r *http.Request) {
		s.serve(route{handle: func(*visit) (reply, error) {
			return reply{}, fault.New(fault.Exhausted, "web.too_many_tries", "Too many tries. Wait a few minutes.")
		}}).ServeHTTP(w, r)
	})
	place := func(r *http.Request) (string, error) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		return "place:" + httprate.CanonicalizeIP(host), nil
	}
	account := func(r *http.Request) (string, error) {
		r.Body = http.MaxBytesReader(nil, r.Body, bodyMax)
		return "account:" + assurance.NormalEmail(r.PostFormValue("email")), nil
	}
	both := func(outer, inner func(http.Handler) http.Handler) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler { return outer(inner(next)) }
	}
	return map[string]func(http.Handler) http.Handler{
		"POST /sign-in": both(
			httprate.LimitBy(40, time.Minute, place, tooMany),
			httprate.LimitBy(12, 10*time.Minute, account, tooMany),
		),
		"POST /sign-up": httprate.LimitBy(20, 10*time.Minute, place, tooMany),
	}
}
