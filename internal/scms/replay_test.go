package scms_test

import (
	"context"
	"crypto/rand"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/scms"
	"fondaco/internal/store"
	"fondaco/internal/trade/contract"
	"fondaco/internal/worker"
)

// house is a real house on a real database, with the replay's clock and bank.
type house struct {
	cfg   scms.Config
	store *store.Store
}

func setup(t *testing.T) house {
	t.Helper()
	ctx := t.Context()
	db, err := store.OpenSQLite(ctx, filepath.Join(t.TempDir(), "house.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	clock, bank := scms.NewClock(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)), scms.NewBank()
	h, err := assurance.Open(ctx, assurance.Config{
		Store: db, Archive: db, Clock: clock, Random: rand.Reader, PayoutRail: scms.RailName, Sandbox: true, AutoPayout: true,
		NewID: func() string { return uuid.Must(uuid.NewV7()).String() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	w := worker.New(worker.Config{House: h, Schedule: db, Rails: []assurance.Rail{bank}, Sandbox: true, Lanes: 64})
	work := func(ctx context.Context) (int, error) {
		r, err := w.Step(ctx)
		return r.Lapsed + r.Withdrawn + r.Sent, err
	}
	return house{scms.Config{House: h, Clock: clock, Bank: bank, Work: work}, db}
}

func (h house) replay(t *testing.T, file string) scms.Summary {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, refused, err := scms.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := scms.Replay(t.Context(), h.cfg, rows, refused)
	if err != nil {
		t.Fatal(fault.Of(err).Trace())
	}
	return sum
}

func (h house) audit(t *testing.T) {
	t.Helper()
	checks, err := assurance.Audit{Store: h.store, Archive: h.store}.Checks(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if !c.OK || c.Warning && c.Name != "parties are checked against lists that are recent" { // a replay checks nobody
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
	}
}

func TestInventedRecordEndsAsItsDatesAndTermsSay(t *testing.T) {
	t.Parallel()
	h := setup(t)
	sum := h.replay(t, "testdata/invented.csv")
	want := map[string]int{"completed": 5, "refunded": 3}
	if !maps.Equal(sum.Outcomes, want) {
		t.Errorf("outcomes %v, want %v", sum.Outcomes, want)
	}
	if sum.Rows != 15 || sum.Deals != 8 || len(sum.Refused) != 7 {
		t.Errorf("%d rows, %d deals, %d refused, want 15, 8, 7", sum.Rows, sum.Deals, len(sum.Refused))
	}
	if !slices.ContainsFunc(sum.Refused, func(r scms.Refusal) bool { return r.ID == "62" && r.Code == "scms.unknown_rule" }) {
		t.Errorf("the row without a rule of delivery is not named: %+v", sum.Refused)
	}
	// Row 3 is 19 days late under DDP: three weeks begun, 3 % of 999.99.
	if sum.Penalised != 1 || sum.Penalties["USD"] != 2999 {
		t.Errorf("%d penalised with %v, want 1 with 2999", sum.Penalised, sum.Penalties)
	}
	if sum.Silent != 2 {
		t.Errorf("%d accepted by silence, want 2", sum.Silent)
	}
	if sum.Held["USD"] != sum.Price["USD"] || sum.Held["USD"] != sum.Released["USD"]+sum.Refunded["USD"]+sum.Fees["USD"] || sum.StillHeld["USD"] != 0 {
		t.Errorf("money in is not money out: %+v", sum)
	}
	// Row 51 pays one percent and a cent above 821.00.
	if sum.SentBack["USD"] != 822 {
		t.Errorf("sent back %v, want 822", sum.SentBack)
	}
	if sum.Assumed != (scms.Assumed{RuleFromRDC: 1, RuleDDU: 1, FreightElsewhere: 3, LotPrice: 1, OrderDay: 2}) {
		t.Errorf("assumed %+v", sum.Assumed)
	}
	h.audit(t)
}

func TestSameFileGivesTheSameSummary(t *testing.T) {
	t.Parallel()
	one, two := setup(t).replay(t, "testdata/invented.csv"), setup(t).replay(t, "testdata/invented.csv")
	one.Seconds, one.PerSecond, two.Seconds, two.PerSecond = 0, 0, 0, 0
	if !reflect.DeepEqual(one, two) {
		t.Errorf("first %+v\nthen %+v", one, two)
	}
}

func TestHouseWithAPastIsNotReplayedInto(t *testing.T) {
	t.Parallel()
	h := setup(t)
	h.replay(t, "testdata/invented.csv")
	_, err := scms.Replay(t.Context(), h.cfg, nil, nil)
	if fault.CodeOf(err) != "scms.house_not_empty" {
		t.Errorf("%v, want scms.house_not_empty", err)
	}
}

func TestTermsSayWhatWasAssumed(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/invented.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, _, err := scms.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		row      int64
		rule     contract.Incoterm
		says     string
		tranches int
	}{
		{2, "EXW", "EXW, as the record says", 1}, {4, "DAP", "names no rule", 1}, {5, "DAP", "DDU", 1}, {25, "FCA", "FCA", 2},
	} {
		i := slices.IndexFunc(rows, func(r scms.Row) bool { return r.ID == c.row })
		terms, err := rows[i].Terms("buyer", "seller", &scms.Assumed{})
		if err != nil {
			t.Fatalf("row %d: %v", c.row, err)
		}
		if terms.Delivery.Incoterm != c.rule || !strings.Contains(terms.SellerDuties[0], c.says) || len(terms.Tranches) != c.tranches {
			t.Errorf("row %d: %s, %q, %d tranches", c.row, terms.Delivery.Incoterm, terms.SellerDuties[0], len(terms.Tranches))
		}
	}
}

// The published record is data of others and is not kept in the repository.
func TestWholeRecordBecomesDealsAndEveryBookAgreesAfterwards(t *testing.T) {
	t.Parallel()
	file := filepath.Join(os.Getenv("FONDACO_DATA"), "trade/deliveries/scms-to-2013-07.csv.gz")
	if _, err := os.Stat(file); err != nil || testing.Short() {
		t.Skip("the record is not at $FONDACO_DATA/trade/deliveries, or -short was given")
	}
	h := setup(t)
	told := 0
	h.cfg.Progress = func(scms.Progress) { told++ }
	sum := h.replay(t, file)
	t.Logf("%d deals, %v, %.0f commands/s", sum.Deals, sum.Outcomes, sum.PerSecond)
	if sum.Rows != 7207 || sum.Deals+len(sum.Refused) != sum.Rows || sum.Deals != 7205 {
		t.Errorf("%d rows, %d deals, refused %+v", sum.Rows, sum.Deals, sum.Refused)
	}
	if sum.Held["USD"] != sum.Released["USD"]+sum.Refunded["USD"]+sum.Fees["USD"] {
		t.Errorf("money in is not money out: %+v", sum)
	}
	if told == 0 {
		t.Error("no progress was told")
	}
	h.audit(t)
}
