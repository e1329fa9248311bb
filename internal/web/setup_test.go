package web_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"fondaco/internal/assurance"
	"fondaco/internal/notice"
	"fondaco/internal/passkey"
	"fondaco/internal/rail"
	"fondaco/internal/store"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web"
	"fondaco/internal/worker"
)

const password = "a kettle of green tea"

func start() time.Time { return time.Date(2027, 3, 1, 9, 30, 0, 0, time.UTC) }

// house is a real house on SQLite with its pages, a simulated bank, and time in
// the test's hand.
type house struct {
	*assurance.House
	t      testing.TB
	clock  *assurance.TestClock
	rail   *rail.Sandbox
	worker *worker.Worker
	server *httptest.Server
	store  *store.Store
	public string // where browsers that have passkeys reach it
	folder string // of the database
}

type passing struct{ *house }

// Advance moves the clock, then lets the house do what has become due.
func (p passing) Advance(d time.Duration) error {
	p.clock.Advance(d)
	p.work()
	return nil
}

// setup opens a house that asks nobody for a second factor, as most tests of trade want it.
func setup(t testing.TB, change ...func(*web.Config)) *house {
	t.Helper()
	return opens(t, func(*assurance.Config, string) {}, change...)
}

// secured opens a house as people find it: with risk, second factors and approvals.
func secured(t testing.TB, change ...func(*web.Config)) *house {
	t.Helper()
	return opens(t, func(c *assurance.Config, public string) { secure(t, c, public) }, change...)
}

func secure(t testing.TB, c *assurance.Config, public string) {
	t.Helper()
	rules := assurance.DefaultSecurity()
	c.Security = &rules
	gate, err := passkey.New(passkey.Options{PublicURL: public, Name: "Hanse Assurance"})
	if err != nil {
		t.Fatal(err)
	}
	c.Passkeys, c.Sealer = gate, sealer(sha256.Sum256([]byte("a key of the tests")))
}

// sealer keeps secrets of tests unreadable.
type sealer [sha256.Size]byte

func (s sealer) box() cipher.AEAD {
	block, err := aes.NewCipher(s[:])
	if err != nil {
		panic(err)
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return box
}

// Seal seals for a use.
func (s sealer) Seal(plain []byte, use string) ([]byte, error) {
	return s.box().Seal(nil, nil, plain, []byte(use)), nil
}

// Open opens what was sealed for the same use.
func (s sealer) Open(sealed []byte, use string) ([]byte, error) {
	return s.box().Open(nil, nil, sealed, []byte(use))
}

func opens(t testing.TB, secure func(c *assurance.Config, public string), change ...func(*web.Config)) *house {
	t.Helper()
	h := &house{t: t, clock: assurance.NewTestClock(start())}
	ctx := context.WithoutCancel(t.Context())
	h.folder = t.TempDir()
	s, err := store.OpenSQLite(ctx, filepath.Join(h.folder, "house.db"))
	h.must(err)
	h.must(s.Migrate(ctx))
	h.store = s
	h.server = httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(h.server.Listener.Addr().String())
	h.must(err)
	h.public = "http://localhost:" + port
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	houseCfg := assurance.Config{
		Store: s, Archive: s, Clock: h.clock, Random: rand.Reader, NewID: newID, PayoutRail: rail.Name, Sandbox: true,
	}
	secure(&houseCfg, h.public)
	h.House, err = assurance.Open(ctx, houseCfg)
	h.must(err)
	h.rail = rail.New(rail.Config{House: h.House, Clock: h.clock, NewID: newID, Wait: func(int) time.Duration { return 0 }})
	writer, err := notice.NewWriter(notice.Options{PublicURL: h.public, House: "Hanse Assurance", From: "Hanse Assurance <deals@house.example>", Now: h.clock.Now})
	h.must(err)
	h.worker = worker.New(worker.Config{House: h.House, Schedule: s, Rails: []assurance.Rail{h.rail}, Sandbox: true, Mailer: notice.NewSandbox(writer, s)})
	h.must(h.worker.Begin(ctx))
	ending := make(chan struct{})
	cfg := web.Config{House: h.House, Bank: h.rail, TestClock: passing{h}, Name: "Hanse Assurance", PublicURL: "https://house.example", Ending: ending}
	for _, c := range change {
		c(&cfg)
	}
	h.server.Config.Handler = web.New(cfg)
	h.server.Start()
	t.Cleanup(func() {
		close(ending)
		h.server.Close()
		h.rail.Close()
		h.House.Close()
		h.must(s.Close())
	})
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%+v", err)
	}
}

// work lets clocks lapse and messages go out, until nothing more follows.
func (h *house) work() {
	h.t.Helper()
	ctx := context.WithoutCancel(h.t.Context())
	for range 4 {
		_, err := h.worker.Step(ctx)
		h.must(err)
		h.rail.Tick()
		h.must(h.rail.Wait(ctx))
	}
}

// joins adds a person with a new company.
func (h *house) joins(email, name, company, country string) assurance.Person {
	h.t.Helper()
	p, err := h.Join(h.t.Context(), assurance.SignUp{
		Email: email, Name: name, Password: password, Company: identity.Register{LegalName: company, Country: country, Registration: "HRB 40021", Address: "1 Harbour Street\nHafencity"},
	})
	h.must(err)
	return p
}

func (h *house) hires(email string, office identity.Office) assurance.Person {
	h.t.Helper()
	p, err := h.AddStaff(h.t.Context(), identity.HouseClock(), office, assurance.SignUp{Email: email, Name: "Staff " + string(office), Password: password})
	h.must(err)
	return p
}

func (h *house) does(p assurance.Person, id deal.ID, c deal.Command) {
	h.t.Helper()
	_, err := h.Act(h.t.Context(), assurance.Call{By: p.Actor()}, id, c)
	h.must(err)
}

// reader is a person with a browser that runs no scripts.
type reader struct {
	t      testing.TB
	base   string
	client *http.Client
	lang   string
	page   *goquery.Document
	status int
	at     *url.URL
	header http.Header
	agent  string // what the browser says of itself; empty for Go's
	body   string
}

func (h *house) visitor(lang string) *reader {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	h.must(err)
	r := &reader{t: h.t, base: h.server.URL, client: &http.Client{Jar: jar, Timeout: 2 * time.Minute}, lang: lang}
	base, err := url.Parse(h.server.URL)
	h.must(err)
	jar.SetCookies(base, []*http.Cookie{{Name: "fondaco_lang", Value: lang, Path: "/"}, {Name: "tz", Value: "Asia%2FShanghai", Path: "/"}})
	return r
}

// enters signs a person in by the form.
func (h *house) enters(p assurance.Person, lang string) *reader {
	h.t.Helper()
	r := h.visitor(lang)
	r.open("/sign-in")
	r.submit("form[action='/sign-in']", "", map[string]string{"email": p.Email, "password": password})
	if r.at.Path != "/" {
		h.t.Fatalf("%s did not get in: %s", p.Email, r.at)
	}
	return r
}

func (r *reader) send(req *http.Request) {
	r.t.Helper()
	if r.agent != "" {
		req.Header.Set("User-Agent", r.agent)
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	r.status, r.at, r.header, r.body = res.StatusCode, res.Request.URL, res.Header, string(body)
	if r.page, err = goquery.NewDocumentFromReader(strings.NewReader(string(body))); err != nil {
		r.t.Fatal(err)
	}
}

// mailTo is the path that the newest mail to an address leads to, or the newest
// whose path begins as is asked for.
func (h *house) mailTo(email string, begins ...string) string {
	h.t.Helper()
	h.work()
	mails, err := h.store.Mails(h.t.Context(), email, 20)
	h.must(err)
	for _, m := range mails {
		u, err := url.Parse(m.Link)
		h.must(err)
		if strings.HasPrefix(u.Path, strings.Join(begins, "")) {
			return u.Path
		}
	}
	h.t.Fatalf("no mail to %s with a link to %v", email, begins)
	return ""
}

// open asks for a page.
func (r *reader) open(path string) *reader {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.base+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	r.send(req)
	return r
}

// post sends a form without looking at the page.
func (r *reader) post(path string, values url.Values) *reader {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.base+path, strings.NewReader(values.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.send(req)
	return r
}

// filled is a form of the page as a browser would send it: everything that
// stands in it, with some fields written over.
func (r *reader) filled(form string, write map[string]string) (path string, values url.Values) {
	r.t.Helper()
	f := r.page.Find(form).First()
	if f.Length() == 0 {
		title := strings.TrimSpace(r.page.Find("h1").Text())
		r.t.Fatalf("no form %s at %s (%d, %q)", form, r.at, r.status, title)
	}
	values = url.Values{}
	f.Find("input, select, textarea").Each(func(_ int, e *goquery.Selection) {
		name, ok := e.Attr("name")
		if !ok {
			return
		}
		kind := e.AttrOr("type", "")
		_, checked := e.Attr("checked")
		switch {
		case goquery.NodeName(e) == "textarea":
			values.Set(name, e.Text())
		case goquery.NodeName(e) == "select":
			option := e.Find("option[selected]").First()
			if option.Length() == 0 {
				option = e.Find("option").First()
			}
			values.Set(name, option.AttrOr("value", ""))
		case kind == "radio" || kind == "checkbox":
			if checked {
				values.Set(name, e.AttrOr("value", "on"))
			}
		default:
			values.Set(name, e.AttrOr("value", ""))
		}
	})
	for name, value := range write {
		if f.Find("[name='"+name+"']").Length() == 0 && name != "do" {
			r.t.Fatalf("form %s at %s has no field %s", form, r.at, name)
		}
		values.Set(name, value)
	}
	return f.AttrOr("action", r.at.Path), values
}

// submit fills a form of the page and presses a button of it.
func (r *reader) submit(form, do string, write map[string]string) {
	r.t.Helper()
	path, values := r.filled(form, write)
	if do != "" {
		values.Set("do", do)
	}
	r.post(path, values)
}

func (r *reader) wants(status int, path string) {
	r.t.Helper()
	if r.status != status || !strings.HasPrefix(r.at.Path, path) {
		r.t.Fatalf("at %s with %d, want %s with %d\n%s", r.at, r.status, path, status, r.trouble())
	}
}

// trouble is what the page complains of.
func (r *reader) trouble() string {
	return strings.Join(strings.Fields(r.page.Find(".problem, .mistakes, .mistake").Text()), " ")
}

func (r *reader) text(selector string) string {
	return strings.Join(strings.Fields(r.page.Find(selector).Text()), " ")
}
