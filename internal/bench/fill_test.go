package bench_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/bench"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// filling is a fill of two small houses that may be looked at by the given pages.
func filling(t *testing.T, pages http.Handler) bench.Fill {
	t.Helper()
	if testing.Short() {
		t.Skip("fills hundreds of deals")
	}
	f := bench.Fill{Large: setup(t).Database, Small: setup(t).Database, Deals: 100, SmallDeals: 100, Companies: 4, Least: 40, Window: 20 * time.Millisecond}
	if pages != nil {
		f.Handler = func(context.Context, *assurance.House, bench.Store) (http.Handler, func() error, error) {
			return pages, func() error { return nil }, nil
		}
	}
	return f
}

func TestAFilledHouseIsQuestionedBesideASmallOne(t *testing.T) {
	t.Parallel()
	f := filling(t, nil)
	f.Deals, f.Companies = 400, 20
	r, err := f.Run(t.Context())
	if err != nil {
		t.Fatalf("%+v", err)
	}
	sum := 0
	for _, n := range r.Phases {
		sum += n
	}
	if sum != 400 || len(r.Phases) != 7 || r.Phases["closed"] != 388 || r.Payouts != 77 {
		t.Errorf("the house holds %v and %d payouts", r.Phases, r.Payouts)
	}
	if !r.Checked.OK || r.Checked.Deals != 400 || r.BytesPerDeal <= 0 {
		t.Errorf("nothing was checked: %+v", r)
	}
	for _, q := range append(r.Questions, r.Commands) {
		if q.Small.Count == 0 || q.Large.Count == 0 || q.Ratio <= 0 || q.Small.P99 < q.Small.P50 {
			t.Errorf("nobody was asked: %+v", q)
		}
	}
	for _, q := range r.Questions {
		if q.Small.Rows == 0 || q.Large.Rows == 0 {
			t.Errorf("nothing was answered: %+v", q)
		}
	}
	if len(r.Pages) != 0 || r.Worst != r.Commands.Ratio {
		t.Errorf("nobody looked at pages, and the worst of %v and commands (%v) is %v", r.Pages, r.Commands.Ratio, r.Worst)
	}
}

// lobby signs in whoever comes, and notes which pages are asked for by whom.
type lobby struct {
	asked  map[string]int // by path without ids
	strays []string       // asked for by nobody who is in
	refuse string         // path that is not there
}

func (l *lobby) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && r.URL.Path == "/sign-in" {
		if r.FormValue("email") == "" || r.FormValue("password") == "" {
			http.Error(w, "who?", http.StatusUnprocessableEntity)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: r.FormValue("email")})
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if c, err := r.Cookie("session"); (err != nil || c.Value == "") && !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer fdk_") {
		l.strays = append(l.strays, r.URL.Path)
	}
	words := strings.Split(r.URL.Path, "/")
	for i, word := range words {
		if len(word) == 36 {
			words[i] = "*"
		}
	}
	path := strings.Join(words, "/")
	if path == l.refuse {
		http.NotFound(w, r)
		return
	}
	l.asked[path]++
	_, _ = io.WriteString(w, "a page")
}

func TestPagesOfBothHousesAreAskedForByPeopleWhoAreIn(t *testing.T) {
	t.Parallel()
	l := &lobby{asked: map[string]int{}}
	r, err := filling(t, l).Run(t.Context()) // one caller at a time, so the lobby needs no lock
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if len(l.strays) > 0 {
		t.Errorf("%v was asked for by nobody", l.strays[0])
	}
	for _, path := range []string{"/", "/deals", "/deals/*", "/money", "/money/USD", "/parties", "/companies/*", "/desk/deposits", "/v1/deals", "/v1/deals/*"} {
		if l.asked[path] < 2*40 {
			t.Errorf("%s was asked for %d times", path, l.asked[path])
		}
	}
	worst := r.Commands.Ratio
	for _, p := range r.Pages {
		worst = max(worst, p.Ratio)
		if p.Small.Count < 40 || p.Large.Count != p.Small.Count || p.Large.Bytes != float64(len("a page")) || p.Ratio <= 0 {
			t.Errorf("%+v", p)
		}
	}
	if len(r.Pages) < 30 || r.Worst != worst {
		t.Errorf("%d pages; the worst ratio is told to be %v and is %v", len(r.Pages), r.Worst, worst)
	}
}

// A house that nobody has served has worked out no standings, and its profiles are short.
func TestBothHousesHaveWorkedOutStandingsWhenTheyAreAsked(t *testing.T) {
	t.Parallel()
	f := filling(t, nil)
	settled := 0
	f.Handler = func(ctx context.Context, h *assurance.House, _ bench.Store) (http.Handler, func() error, error) {
		companies, err := h.Parties(ctx, identity.Actor{Office: identity.Auditor, Person: "test"}, assurance.PartyQuery{Limit: 10})
		for _, c := range companies {
			s, failed := h.Standing(ctx, c.ID)
			err = errors.Join(err, failed)
			if s.Facts.Settled > 0 && !s.At.IsZero() {
				settled++
			}
		}
		return &lobby{asked: map[string]int{}}, func() error { return nil }, err
	}
	if _, err := f.Run(t.Context()); err != nil {
		t.Fatalf("%+v", err)
	}
	if settled != 2*2 { // two companies trade in each house
		t.Errorf("%d companies have a standing in both houses together, want 4", settled)
	}
}

func TestAPageThatIsNotThereEndsTheMeasurement(t *testing.T) {
	t.Parallel()
	if _, err := filling(t, &lobby{asked: map[string]int{}, refuse: "/money"}).Run(t.Context()); fault.CodeOf(err) != "bench.no_page" {
		t.Errorf("%v, want bench.no_page", err)
	}
	nobody := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "wrong password") })
	if _, err := filling(t, nobody).Run(t.Context()); fault.CodeOf(err) != "bench.not_in" {
		t.Errorf("%v, want bench.not_in", err)
	}
}

func TestAKeptHouseIsAskedAgain(t *testing.T) {
	t.Parallel()
	first := filling(t, nil)
	if _, err := first.Run(t.Context()); err != nil {
		t.Fatalf("%+v", err)
	}
	kept, err := bench.KeptSQLite(first.Large.Address())
	if err != nil {
		t.Fatal(err)
	}
	again := filling(t, nil)
	again.Large, again.Kept, again.Deals = kept, true, 0
	r, err := again.Run(t.Context())
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if r.Deals <= 100 || r.Seconds != 0 || r.Checked.OK || len(r.Questions) == 0 { // and those of the commands that were measured
		t.Errorf("%+v", r)
	}
	if err := kept.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(kept.Address(), "house.db")); err != nil {
		t.Errorf("a kept house is gone: %v", err)
	}
}

func TestNoHouseIsAskedWhereNoneWasKept(t *testing.T) {
	t.Parallel()
	if _, err := bench.KeptSQLite(t.TempDir()); fault.CodeOf(err) != "bench.no_house" {
		t.Errorf("%v, want bench.no_house", err)
	}
	f := filling(t, nil)
	f.Kept, f.SmallDeals = true, 16
	if _, err := f.Run(t.Context()); fault.CodeOf(err) != "bench.no_house" { // there is a database, and nobody trades in it
		t.Errorf("%v, want bench.no_house", err)
	}
}
