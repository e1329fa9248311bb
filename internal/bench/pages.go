package bench

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	mrand "math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// seat is from where pages are looked at.
type seat int

const (
	inLargest  seat = iota // member of a company with the most deals
	inMiddling             // member of one in the middle
	inOffice               // auditor of the house
	seats                  // how many there are
)

// buyersAsked is how many buying and how many selling companies there are for a seat:
// one alone would find everything still in the cache that was asked for it before.
const buyersAsked = 4

// reader is somebody who is signed in and looks at pages.
type reader struct {
	browser *http.Client // holds one connection
	base    string       // scheme and host
	cookies []*http.Cookie
	token   string    // of the reader's program
	deals   []deal.ID // spread over all that the reader may see
	at      int       // in deals
	rand    *mrand.Rand
	firms   []company // that trade
	entries int64     // of the evidence log
}

// deal is one that was not asked for before, as long as there are such.
func (r *reader) deal() string {
	r.at++
	return string(r.deals[r.at%len(r.deals)])
}

func (r *reader) firm() company { return r.firms[r.rand.IntN(len(r.firms))] }

// page is an address as a browser asks for it, or a program.
type page struct {
	name    string
	by      seat
	program bool
	path    func(r *reader) string
}

// pages are the main pages, for each seat those that it has.
func pages() []page {
	at := func(path string) func(*reader) string { return func(*reader) string { return path } }
	dealAt := func(before, after string) func(*reader) string {
		return func(r *reader) string { return before + r.deal() + after }
	}
	var out []page
	for _, member := range []struct {
		by   seat
		word string
	}{{inLargest, "large company"}, {inMiddling, "middling company"}} {
		for _, p := range []page{
			{name: "home", path: at("/")},
			{name: "deals", path: at("/deals")},
			{name: "open deals", path: at("/deals?state=open")},
			{name: "deals found by a word", path: at("/deals?q=pump")},
			{name: "deals found by a company", path: func(r *reader) string { return "/deals?q=" + url.QueryEscape(r.firm().name) }},
			{name: "one deal, its history and evidence", path: dealAt("/deals/", "")},
			{name: "terms of a deal", path: dealAt("/deals/", "/terms")},
			{name: "money, deposits and payouts", path: at("/money")},
			{name: "statement", path: at("/money/USD")},
			{name: "companies", path: at("/parties")},
			{name: "companies found by name", path: at("/parties?q=0012")},
			{name: "profile of a company", path: func(r *reader) string { return "/companies/" + string(r.firm().actor.Party) }},
			{name: "API: deals", program: true, path: at("/v1/deals?limit=50")},
			{name: "API: one deal", program: true, path: dealAt("/v1/deals/", "")},
		} {
			p.by, p.name = member.by, member.word+": "+p.name
			out = append(out, p)
		}
	}
	for _, p := range []page{
		{name: "desk", path: at("/")},
		{name: "deals", path: at("/deals")},
		{name: "open deals", path: at("/deals?state=open")},
		{name: "deals found by a word", path: at("/deals?q=pump")},
		{name: "one deal, its history and evidence", path: dealAt("/deals/", "")},
		{name: "proof of an entry", path: func(r *reader) string { return "/proof/" + strconv.FormatInt(1+r.rand.Int64N(r.entries-1), 10) }},
		{name: "deposits", path: at("/desk/deposits")},
		{name: "payouts", path: at("/desk/payouts")},
		{name: "operations", path: at("/desk/operations")},
		{name: "API: deals", program: true, path: at("/v1/deals?limit=50")},
	} {
		p.by, p.name = inOffice, "staff: "+p.name
		out = append(out, p)
	}
	return out
}

// get asks for a page and reads it to its end. Anything but the page is a failure.
func (r *reader) get(ctx context.Context, p page) (bytes int, err error) {
	path := p.path(r)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	if p.program {
		request.Header.Set("Authorization", "Bearer "+r.token)
	} else {
		for _, c := range r.cookies {
			request.AddCookie(c)
		}
	}
	answer, err := r.browser.Do(request)
	if err != nil {
		return 0, unreachable(err)
	}
	n, err := io.Copy(io.Discard, answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return 0, unreachable(err)
	}
	if answer.StatusCode != http.StatusOK {
		return 0, fault.New(fault.Internal, "bench.no_page", "The page {path} was answered with {status}.").
			With("path", path).With("status", strconv.Itoa(answer.StatusCode))
	}
	return int(n), nil
}

// audience is who looks at the pages of one house.
type audience struct {
	readers [seats][]*reader
	turn    int
	stop    func() error // ends the server that they speak to
}

// next is whose turn it is.
func (c *audience) next(s seat) *reader {
	c.turn++
	return c.readers[s][c.turn%len(c.readers[s])]
}

// audience lets the readers into the house.
func (f Fill) audience(ctx context.Context, a *asked) (_ *audience, err error) {
	b := &bench{Deals: Deals{Handler: f.Handler}}
	server, err := b.serve(ctx, a.house, a.store)
	if err != nil {
		return nil, err
	}
	browser := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c := &audience{stop: func() error {
		browser.CloseIdleConnections()
		return server.stop()
	}}
	size, err := a.store.Size(ctx)
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	admitted := func(s seat, sees identity.Actor, deals int) error {
		r := &reader{browser: browser, base: "http://" + server.address, rand: a.rand, firms: a.companies, entries: size}
		var err error
		if r.deals, err = a.sample(ctx, sees, deals); err == nil {
			err = r.enter(ctx, a, sees.Party)
		}
		c.readers[s] = append(c.readers[s], r)
		return err
	}
	// The first half of the companies buys and the rest sells, the first of each the most.
	half := len(a.companies) / 2
	err = admitted(inOffice, auditor(), sampled)
	for i := range min(buyersAsked, half) {
		for _, side := range []int{0, half} {
			for s, at := range []int{inLargest: i, inMiddling: (half/2 + i) % half} {
				if err == nil {
					err = admitted(seat(s), a.companies[side+at].actor, sampled/buyersAsked)
				}
			}
		}
	}
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// readerPassword is good for a house that ends with the bench, or is kept by
// whoever has made it to be measured.
const readerPassword = "corridor anvil teapot 1834"

// enter makes a person with a password, of the house or of the company, who signs in
// by the form as a browser does. A company of the bench has no owner who could invite:
// the person signs up with a company and is then put into the other. The token of the
// person's program is written beside that, as a second sign-in from nowhere would be
// asked for a code.
func (r *reader) enter(ctx context.Context, a *asked, party identity.PartyID) (err error) {
	id := newID()
	s := assurance.SignUp{Email: "reader-" + id + "@bench.example", Name: "Reader of Pages", Password: readerPassword, Language: "en"}
	var p assurance.Person
	if party == "" {
		p, err = a.house.AddStaff(ctx, identity.HouseClock(), identity.Auditor, s)
	} else {
		s.Company = identity.Register{LegalName: "Readers " + id, Country: "CH", Registration: "R-" + id, Address: "2 Harbour Street"}
		p, err = a.house.Join(ctx, s)
	}
	if err == nil {
		err = r.signIn(ctx, s.Email)
	}
	if err != nil {
		return err
	}
	p.Party = party
	r.token = "fdk_" + rand.Text()
	now := a.house.Now()
	b := assurance.Batch{Persons: []assurance.Person{p}, Sessions: []assurance.Session{{
		ID: newID(), Hash: evidence.HashOf([]byte(r.token)), Person: p.ID, Kind: assurance.ProgramSession, Label: "bench",
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(keyLife), Body: []byte("{}"),
	}}}
	return a.store.Commit(ctx, &b, func(assurance.Tail) error { return nil })
}

// signIn fills in the form of the sign-in page.
func (r *reader) signIn(ctx context.Context, email string) error {
	form := url.Values{"email": {email}, "password": {readerPassword}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := r.browser.Do(request)
	if err != nil {
		return unreachable(err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return unreachable(err)
	}
	if answer.StatusCode == http.StatusTooManyRequests {
		return fault.New(fault.Unavailable, "bench.not_in_yet", "So many have signed in to this house from this machine that it lets nobody in for now. Ask it again in an hour.")
	}
	r.cookies = answer.Cookies()
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/" || len(r.cookies) == 0 {
		return fault.New(fault.Internal, "bench.not_in", "The reader of pages could not sign in: {status}.").With("status", strconv.Itoa(answer.StatusCode))
	}
	return nil
}

// sampled is how many deals the readers of a seat ask for before the first comes again.
const sampled = 2000

// sample picks deals that somebody may see, spread evenly over the time in which
// they were made: their ids begin with it.
func (a *asked) sample(ctx context.Context, by identity.Actor, n int) ([]deal.ID, error) {
	newest, err := a.house.Deals(ctx, by, assurance.DealQuery{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(newest.Rows) == 0 {
		return nil, wrong("bench.no_deals", "The company that is asked about has no deals.")
	}
	first, last := madeAt(string(a.companies[0].actor.Party)), madeAt(string(newest.Rows[0].ID))
	var out []deal.ID
	for tries := 0; len(out) < n && tries < 2*n; tries++ {
		at := first + int64(a.rand.Float64()*float64(last-first+1))
		list, err := a.house.Deals(ctx, by, assurance.DealQuery{Before: deal.ID(idAt(at)), Limit: 1})
		if err != nil {
			return nil, err
		}
		for _, row := range list.Rows {
			out = append(out, row.ID)
		}
	}
	if len(out) == 0 {
		out = append(out, newest.Rows[0].ID)
	}
	return out, nil
}

// madeAt reads the milliseconds since 1970 in a UUID of version 7.
func madeAt(id string) int64 {
	u, err := uuid.Parse(id)
	if err != nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(u[:8]) >> 16)
}

// idAt is the largest UUID of a version 7 that was made before the time.
func idAt(milliseconds int64) string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(milliseconds)<<16|0x7000) //nolint:gosec // a time after 1970
	u[8] = 0x80
	return u.String()
}

// How often everything is asked for in each house: the least, and then as often as there is
// time for, up to the most.
const (
	askedLeast = 500
	askedMost  = 2000
	askedWarm  = 10 // of the least, a part that is not counted
	pagePart   = 5  // of the window for commands, for each page
	askedPart  = 10 // and for each read
)

func (f Fill) rounds(part time.Duration) rounds {
	least := cmp.Or(f.Least, askedLeast)
	return rounds{warm: least / askedWarm, least: least, most: max(least, askedMost), while: f.Window / part}
}

// lookAt asks both houses for every page, in turns, so that whatever else the
// machine does disturbs both.
func (f Fill) lookAt(ctx context.Context, little, big *asked, say func(string, int64, int64, string)) (out []Question, err error) {
	list := slices.DeleteFunc(pages(), func(p page) bool { return !strings.Contains(p.name, f.Only) })
	if len(list) == 0 {
		return []Question{}, nil
	}
	var audiences [2]*audience
	for side, a := range []*asked{little, big} {
		c, err := f.audience(ctx, a)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, c.stop()) }()
		audiences[side] = c
	}
	for i, p := range list {
		say("looking at pages", int64(i), int64(len(list)), ", "+p.name)
		q := Question{Name: p.name}
		err := q.take(f.rounds(pagePart), func(side int) (int, error) {
			return audiences[side].next(p.by).get(ctx, p)
		})
		if err != nil {
			return nil, err
		}
		for _, a := range []*Answer{&q.Small, &q.Large} {
			a.Bytes, a.Rows = a.Rows, 0
		}
		out = append(out, q)
	}
	return out, nil
}

// rounds is how often both houses are asked the same.
type rounds struct {
	warm, least, most int
	while             time.Duration
}

// take asks the small house (side 0) and the large one in turns, each of them as
// often the first, and fills in how long it took and how many rows came.
func (q *Question) take(n rounds, ask func(side int) (rows int, err error)) error {
	var took, worked [2][]int64
	var rows [2]int
	begun := time.Now()
	for i := 0; i < n.most+n.warm && (i < n.least+n.warm || time.Since(begun) < n.while); i++ {
		for turn := range 2 {
			side := (i + turn) % 2
			from, before := time.Now(), processorTime()
			found, err := ask(side)
			if err != nil {
				return err
			}
			if i >= n.warm {
				took[side] = append(took[side], time.Since(from).Microseconds())
				worked[side] = append(worked[side], (processorTime() - before).Microseconds())
				rows[side] += found
			}
		}
	}
	for side, into := range []*Answer{&q.Small, &q.Large} {
		slices.Sort(took[side])
		slices.Sort(worked[side])
		*into = Answer{
			P50: quantile(took[side], 0.50), P99: quantile(took[side], 0.99), Work: quantile(worked[side], 0.99),
			Rows: float64(rows[side]) / float64(len(took[side])), Count: len(took[side]),
		}
	}
	q.Ratio, q.WorkRatio = q.Large.P99/max(q.Small.P99, 0.001), q.Large.Work/max(q.Small.Work, 0.001)
	return nil
}
