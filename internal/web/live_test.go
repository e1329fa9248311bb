package web_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"fondaco/internal/api"
	"fondaco/internal/assurance"
	"fondaco/internal/rail"
	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
	"fondaco/internal/trade/deal"
	"fondaco/internal/web"
	"fondaco/internal/web/webtest"
	"fondaco/internal/web/words"
)

// soon is how often a line is tried in these tests.
const soon = 50 * time.Millisecond

func quickly(c *web.Config) { c.Pulse = soon }

// line is an open page's line to the house, as a browser holds it.
type line struct {
	t      testing.TB
	status int
	kind   string
	events chan string // closed when the line ends
	hang   context.CancelFunc
}

// listens opens the line that the page names, or another.
func (r *reader) listens(path string) *line {
	r.t.Helper()
	ctx, hang := context.WithCancel(r.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	client := &http.Client{Jar: r.client.Jar} // without a limit of time
	res, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	l := &line{t: r.t, status: res.StatusCode, kind: res.Header.Get("Content-Type"), events: make(chan string, 1000), hang: hang}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(l.events)
		defer func() { _ = res.Body.Close() }()
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			if name, is := strings.CutPrefix(s.Text(), "event: "); is {
				l.events <- name
			}
		}
	}()
	r.t.Cleanup(func() {
		hang()
		<-ended
	})
	return l
}

// hears waits for one piece of news.
func (l *line) hears() {
	l.t.Helper()
	select {
	case name, open := <-l.events:
		if !open || name != "news" {
			l.t.Fatalf("the line is open %t and says %q", open, name)
		}
	case <-time.After(patience):
		l.t.Fatal("the line says nothing")
	}
}

// ends waits until the line is closed by the house.
func (l *line) ends() {
	l.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case _, open := <-l.events:
			if !open {
				return
			}
		case <-limit:
			l.t.Fatal("the line stays open")
		}
	}
}

func (l *line) silent() {
	l.t.Helper()
	select {
	case name, open := <-l.events:
		l.t.Errorf("the line is open %t and says %q", open, name)
	default:
	}
}

// patience is when a test gives up.
const patience = 2 * time.Minute

// named is the line that an open page names.
func (r *reader) named(at string) string {
	r.t.Helper()
	path := r.open(at).page.Find("#deal-history").AttrOr("data-news", "")
	if !strings.HasPrefix(path, at+"/news?seen=") {
		r.t.Fatalf("the page names the line %q", path)
	}
	return path
}

func TestAnOpenPageHearsOfItsDealOnly(t *testing.T) {
	t.Parallel()
	f := openFair(t, quickly)
	buyer := f.enters(f.buyer, words.English)
	at := "/deals/" + string(f.deals["offered"])
	path := buyer.named(at)
	l := buyer.listens(path)
	if l.status != http.StatusOK || l.kind != "text/event-stream" {
		t.Fatalf("%d, %s", l.status, l.kind)
	}
	f.does(f.buyer, f.deals["draft"], deal.MakeOffer{}) // another deal
	s, err := f.Deal(t.Context(), f.buyer.Actor(), f.deals["offered"])
	f.must(err)
	l.silent()
	f.does(f.seller, f.deals["offered"], deal.Sign{Hash: s.TermsHash})
	l.hears()
	buyer.news(buyer.page.Find("#deal-history").AttrOr("hx-get", "")).wants(http.StatusOK, at)

	// Whoever comes with a page that is old already hears so at once.
	buyer.listens(path).hears()
	l.silent()
}

func TestLinesAreForWhomThePageIsFor(t *testing.T) {
	t.Parallel()
	f := openFair(t, quickly)
	at := "/deals/" + string(f.deals["agreed"]) + "/news"
	stranger := f.enters(f.joins("eve@example.com", "Eve", "Stranger Ltd", "FR"), words.English)
	for name, r := range map[string]*reader{"a stranger": stranger, "a visitor": f.visitor(words.English)} {
		if l := r.listens(at); l.status != http.StatusNoContent {
			t.Errorf("%s gets %d", name, l.status)
		}
	}
	stranger.open(at).wants(http.StatusNotFound, at)
	if r := f.enters(f.buyer, words.English).open(at); r.status != http.StatusOK || r.at.Path != strings.TrimSuffix(at, "/news") {
		t.Errorf("without a script the line leads to %s with %d", r.at, r.status)
	}
}

func TestALineEndsWithItsSession(t *testing.T) {
	t.Parallel()
	f := openFair(t, quickly)
	buyer, other := f.enters(f.buyer, words.English), f.enters(f.buyer, words.English)
	at := "/deals/" + string(f.deals["agreed"])
	l, stays := buyer.listens(buyer.named(at)), other.listens(other.named(at))
	buyer.post("/sign-out", url.Values{})
	l.ends()
	f.must(f.rail.Simulate(t.Context(), assurance.Simulation{Deal: string(f.deals["agreed"]), Amount: usd(100), Payer: "x", Scenario: "exact"}))
	f.work()
	stays.hears()
}

func TestASessionHoldsAFewLinesAndNoMore(t *testing.T) {
	t.Parallel()
	f := openFair(t, quickly)
	buyer := f.enters(f.buyer, words.English)
	path := buyer.named("/deals/" + string(f.deals["agreed"]))
	var held []*line
	for range 4 {
		held = append(held, buyer.listens(path))
	}
	for i, l := range held {
		if l.status != http.StatusOK {
			t.Errorf("line %d gets %d", i, l.status)
		}
	}
	if l := buyer.listens(path); l.status != http.StatusNoContent {
		t.Errorf("one too many gets %d", l.status)
	}
	if l := f.enters(f.seller, words.English).listens(path); l.status != http.StatusOK {
		t.Errorf("another session gets %d", l.status)
	}
	held[0].hang()
	for deadline := time.Now().Add(patience); buyer.listens(path).status != http.StatusOK; {
		if time.Now().After(deadline) {
			t.Fatal("the place of a line that was hung up is not given to another")
		}
	}
}

func TestLinesEndWhenTheHouseCloses(t *testing.T) {
	t.Parallel()
	ending := make(chan struct{})
	f := openFair(t, func(c *web.Config) { c.Ending = ending })
	buyer := f.enters(f.buyer, words.English)
	l := buyer.listens(buyer.named("/deals/" + string(f.deals["agreed"])))
	close(ending)
	l.ends()
}

// TestALineOutlivesTheServersLimitsOfTime serves as cmd does, behind the gate, with
// limits that are shorter than the test.
func TestALineOutlivesTheServersLimitsOfTime(t *testing.T) {
	t.Parallel()
	ending := make(chan struct{})
	f := openFair(t, quickly, func(c *web.Config) { c.Ending = ending })
	pages := web.New(web.Config{House: f.House, Pulse: soon, Ending: ending})
	gate := api.NewGate(api.Bounds{Reads: 1, ReadsAtOnce: 1})
	who := func(*http.Request) string { return "one" }
	server := httptest.NewUnstartedServer(gate.Guard(pages, 1<<20, who, web.Busy))
	const limit = 2 * time.Second // in which a busy machine answers, too
	server.Config.ReadTimeout, server.Config.WriteTimeout = limit, limit
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(ending) })
	buyer := f.enters(f.buyer, words.English)
	path := buyer.named("/deals/" + string(f.deals["agreed"]))
	away := *buyer
	away.base = server.URL // cookies do not look at the port
	l := away.listens(path)
	if l.status != http.StatusOK {
		t.Fatalf("the line gets %d", l.status)
	}
	time.Sleep(limit * 3 / 2)
	f.must(f.rail.Simulate(t.Context(), assurance.Simulation{Deal: string(f.deals["agreed"]), Amount: usd(100), Payer: "x", Scenario: "exact"}))
	f.work()
	l.hears()
	if r := away.open(strings.TrimSuffix(strings.Split(path, "?")[0], "/news")); r.status != http.StatusOK {
		t.Errorf("while a line is open the only place of the gate is taken: %d", r.status)
	}
}

// twoNodes are two houses on one PostgreSQL, each with pages of its own, that hear
// of each other as cmd lets them.
func twoNodes(t *testing.T) (near, far *house) {
	t.Helper()
	address := pgtest.Database(t)
	clock := assurance.NewTestClock(start())
	node := func() *house {
		h := &house{t: t, clock: clock}
		ctx := context.WithoutCancel(t.Context())
		s, err := store.OpenPostgres(ctx, address)
		h.must(err)
		h.store = s
		newID := func() string { return uuid.Must(uuid.NewV7()).String() }
		h.House, err = assurance.Open(ctx, assurance.Config{
			Store: s, Archive: s, Clock: clock, Random: rand.Reader, NewID: newID, PayoutRail: rail.Name, Sandbox: true,
		})
		h.must(err)
		hearing, deaf := context.WithCancel(ctx)
		ending, listening := make(chan struct{}), make(chan struct{})
		line := make(chan struct{})
		go func() {
			defer close(listening)
			first := true
			s.Listen(hearing, store.Ears{
				Heard: func(from, to int64) {
					if err := h.Heard(hearing, from, to); err != nil && hearing.Err() == nil {
						t.Errorf("%+v", err)
					}
				},
				Missed: func() {
					h.HeardAll()
					if first {
						close(line)
					}
					first = false
				},
			})
		}()
		<-line
		h.server = httptest.NewServer(web.New(web.Config{House: h.House, Name: "Hanse Assurance", PublicURL: "https://house.example", Ending: ending, NewsEvery: time.Hour}))
		t.Cleanup(func() {
			close(ending)
			h.server.Close()
			deaf()
			<-listening
			h.House.Close()
			h.must(s.Close())
		})
		return h
	}
	return node(), node()
}

// TestAnActAtOneNodeIsSeenAtTheOther: the buyer and the seller sit before pages of
// different nodes, which ask for nothing by themselves for an hour.
func TestAnActAtOneNodeIsSeenAtTheOther(t *testing.T) {
	t.Parallel()
	near, far := twoNodes(t)
	far.server.URL = strings.Replace(far.server.URL, "127.0.0.1", "localhost", 1) // a session of its own in one browser
	b := webtest.Open(t)
	f := &fair{house: near, deals: map[string]deal.ID{}}
	f.buyer = near.joins("annegret@rpm.example", "Annegret Lindqvist", longName, "DE")
	f.seller = near.joins("chen@beilun.example", "Chen Siyuan", "宁波北仑精密机械有限公司", "CN")
	id := f.reaches(deal.Offered, f.terms("Spindle bearings", "Angular contact bearings 7014 C, P4", 600, 4890))
	at := "/deals/" + string(id)

	buyer := b.Visit(t, near.server.URL+"/sign-in", webtest.Desk())
	near.goes(buyer, at, words.English, near.session(f.buyer))
	seller := b.Visit(t, far.server.URL+"/sign-in", webtest.Desk())
	far.goes(seller, at, words.English, far.session(f.seller))
	buyer.Ask(t, `(window.kept = document.querySelector("#deal-history"), scrollTo(0, 300))`)
	const count = `document.querySelectorAll("#deal-history .timeline > li").length`
	more := buyer.Ask(t, count+" + 1")
	where := buyer.Ask(t, "scrollY")

	seller.Do(t,
		chromedp.WaitVisible(chromedp.CSS(`.clock-act .btn-primary`)),
		chromedp.Click(chromedp.CSS(`.clock-act .btn-primary`)),
		chromedp.WaitVisible(chromedp.CSS(`.sheet .btn-seal`)),
		chromedp.Click(chromedp.CSS(`.sheet .btn-seal`)),
		chromedp.WaitVisible(chromedp.CSS(`.flash .notice`)),
	)
	acted := time.Now()
	buyer.Do(t, chromedp.WaitReady(chromedp.CSS(`#deal-history .timeline > li:nth-of-type(`+more+`)`)))
	t.Logf("seen at the other node at most %s after the seller's own page said so", time.Since(acted).Round(time.Millisecond))
	if got := buyer.Ask(t, `[window.kept === document.querySelector("#deal-history"), scrollY].join()`); got != "true,"+where {
		t.Errorf("the page was loaded anew or has moved: %s, from %s", got, where)
	}
	for name, sheet := range map[string]*webtest.Sheet{"buyer": buyer, "seller": seller} {
		for _, problem := range sheet.Problems() {
			t.Errorf("the %s's browser complains: %s", name, problem)
		}
	}
}
