package web

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
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
	sessionSecret   = "secret"   // of the house's session, sealed
	sessionEntrance = "entrance" // how far a sign-in has come, sealed
	sessionFlash    = "flash"
	sessionLife     = 12 * time.Hour
)

// sessionKeeper is where sessions lie; assurance.Visits is one.
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
	m.Store = shelf{cfg.House.Visits()}
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

// seal makes a secret unreadable to whoever reads the database: its key is the
// visit's token, which only the browser keeps.
func seal(token, name, secret string) (string, error) {
	box, err := boxOf(token)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(box.Seal(nonce, nonce, []byte(secret), []byte(name))), nil
}

// unseal is the secret that was sealed, or "" for what cannot be opened.
func unseal(token, name, sealed string) string {
	box, err := boxOf(token)
	raw, bad := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || bad != nil || len(raw) < box.NonceSize() {
		return ""
	}
	plain, err := box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], []byte(name))
	if err != nil {
		return ""
	}
	return string(plain)
}

func boxOf(token string) (cipher.AEAD, error) {
	key := sha256.Sum256([]byte("fondaco visit\x00" + token))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// keep seals a value into the visit until it is dropped, or until the visit gets another token.
func (v *visit) keep(name, secret string) error {
	if v.site.sessions.Token(v.ctx()) == "" {
		if err := v.site.sessions.RenewToken(v.ctx()); err != nil {
			return err
		}
	}
	sealed, err := seal(v.site.sessions.Token(v.ctx()), name, secret)
	if err != nil {
		return err
	}
	v.site.sessions.Put(v.ctx(), name, sealed)
	return nil
}

// recall is what keep has sealed, or "".
func (v *visit) recall(name string) string { return v.site.recall(v.ctx(), name) }

func (s *site) recall(ctx context.Context, name string) string {
	sealed := s.sessions.GetString(ctx, name)
	if sealed == "" {
		return ""
	}
	return unseal(s.sessions.Token(ctx), name, sealed)
}

func (v *visit) drop(name string) { v.site.sessions.Remove(v.ctx(), name) }

// begin signs a person in under a new id of the visit, so that an id planted
// before is worth nothing. Whoever was in on this visit is signed out.
func (v *visit) begin(e assurance.Entrance) error {
	if v.person != nil {
		if err := v.house().SignOut(v.ctx(), v.in, v.origin()); err != nil && fault.KindOf(err) == fault.Internal {
			return err
		}
	}
	for _, name := range []string{sessionEntrance, sessionSecret} {
		v.drop(name)
	}
	if err := v.site.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	if err := v.keep(sessionSecret, e.Secret); err != nil {
		return err
	}
	v.enters(*e.Presence)
	return nil
}

// enters makes the visit that of somebody who is in.
func (v *visit) enters(in assurance.Presence) {
	v.in = in
	v.person = &v.in.Person
}

// limits are the addresses that guessing would hammer, each with its limiter: so
// many tries from one place. How many one account may have is the house's to say,
// because a limit here would let strangers keep its owner out.
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
	return map[string]func(http.Handler) http.Handler{
		"POST /sign-in":                 httprate.LimitBy(40, time.Minute, place, tooMany),
		"POST /sign-in/step":            httprate.LimitBy(40, time.Minute, place, tooMany),
		"POST /sign-in/passkey":         httprate.LimitBy(40, time.Minute, place, tooMany),
		"POST /sign-in/passkey/options": httprate.LimitBy(40, time.Minute, place, tooMany),
		"POST /password/strength":       httprate.LimitBy(240, time.Minute, place, tooMany),
		"POST /sign-up":                 httprate.LimitBy(20, 10*time.Minute, place, tooMany),
		"POST /forgot":                  httprate.LimitBy(20, 10*time.Minute, place, tooMany),
	}
}
