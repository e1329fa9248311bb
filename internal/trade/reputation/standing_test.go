package reputation_test

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

const aDay = 24 * time.Hour

// sold is the outcome for the seller of a deal that went well.
func sold(partner identity.PartyID, closed time.Time) reputation.Outcome {
	return reputation.Outcome{
		Deal: "d", Side: identity.Seller, Partner: partner, ClosedAt: closed, Ending: reputation.Completed,
		Held: usd(1_000_000), Settled: usd(1_000_000), Promised: closed, Kept: closed.Add(-aDay),
	}
}

func TestFactsAreTheSameInWhateverOrderDealsCome(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		outcomes := rapid.SliceOfN(rapid.Custom(drawOutcome), 0, 25).Draw(t, "outcomes")
		var f reputation.Facts
		var before []reputation.Facts
		for _, o := range outcomes {
			before = append(before, f)
			f = f.With(o)
		}
		var again reputation.Facts
		for _, o := range rapid.Permutation(outcomes).Draw(t, "order") {
			again = again.With(o)
		}
		if !reflect.DeepEqual(f, again) {
			t.Fatalf("in another order\n%+v\n%+v", f, again)
		}
		checkFacts(t, f, outcomes)

		// Neither a later outcome nor a trip through storage changes a fold.
		var once reputation.Facts
		for i, o := range outcomes {
			if !reflect.DeepEqual(before[i], once) {
				t.Fatalf("the facts after %d deals have changed since", i)
			}
			once = once.With(o)
			doc, err := json.Marshal(once)
			if err != nil {
				t.Fatal(err)
			}
			var stored reputation.Facts
			if err := json.Unmarshal(doc, &stored); err != nil || !reflect.DeepEqual(stored, once) {
				t.Fatalf("stored as %s, read as %+v, %v", doc, stored, err)
			}
			once = stored
		}
	})
}

func drawOutcome(t *rapid.T) reputation.Outcome {
	side := rapid.SampledFrom([]identity.Side{identity.Buyer, identity.Seller}).Draw(t, "side")
	c := rapid.SampledFrom([]money.Currency{money.MustCurrency("USD"), money.MustCurrency("JPY")}).Draw(t, "currency")
	held := rapid.SampledFrom([]int64{0, 1, 5000, 9_000_000, math.MaxInt64}).Draw(t, "held")
	closed := noon.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "closed")) * aDay)
	o := reputation.Outcome{
		Deal: "d", Side: side, Partner: rapid.SampledFrom([]identity.PartyID{"a", "b", "c"}).Draw(t, "partner"), ClosedAt: closed,
		Ending: reputation.Completed, Held: money.New(held, c), Settled: money.New(rapid.Int64Range(0, held).Draw(t, "settled"), c),
		Disputed: rapid.Bool().Draw(t, "disputed"), Claimed: rapid.Bool().Draw(t, "claimed"),
		FailedBy: rapid.SampledFrom([]identity.Side{identity.NoSide, identity.Buyer, identity.Seller}).Draw(t, "failed"),
	}
	if rapid.Bool().Draw(t, "dated") {
		o.Promised = closed.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "promised")) * aDay)
		if rapid.Bool().Draw(t, "done") {
			o.Kept = closed.Add(time.Duration(rapid.IntRange(-9, 0).Draw(t, "kept")) * aDay)
		}
	}
	if held > 0 && rapid.Bool().Draw(t, "ruled") {
		asked := rapid.Int64Range(1, held).Draw(t, "asked")
		o.Rulings = []reputation.Ruling{{Claimant: identity.Buyer, Asked: asked, Given: rapid.Int64Range(0, asked).Draw(t, "given")}}
	}
	for range rapid.IntRange(0, 3).Draw(t, "answers") {
		o.Answers = append(o.Answers, time.Duration(rapid.IntRange(0, 1000).Draw(t, "hours"))*time.Hour)
	}
	return o
}

// checkFacts counts everything anew, the slow way.
func checkFacts(t *rapid.T, f reputation.Facts, outcomes []reputation.Outcome) {
	count := func(that func(reputation.Outcome) bool) int {
		n := 0
		for _, o := range outcomes {
			if that(o) {
				n++
			}
		}
		return n
	}
	held := func(o reputation.Outcome) bool { return o.Held.IsPositive() }
	loser := func(o reputation.Outcome) identity.Side {
		return reputation.VerdictOf(o.Rulings, o.Held.Currency()).Loser
	}
	answers := 0
	partners := map[identity.PartyID]bool{}
	for _, o := range outcomes {
		answers += len(o.Answers)
		if held(o) && o.Settled.IsPositive() {
			partners[o.Partner] = true
		}
	}
	shown := f.Shown()
	if shown.Partners != nil || f.Sum != nil {
		t.Fatalf("shown are %+v of %+v", shown, f)
	}
	if same := f.Shown().Shown(); same.PartnerCount() != len(partners) || same.MainPartnerPercent() != f.MainPartnerPercent() {
		t.Fatalf("shown once more: %+v of %+v", same.Sum, f.Partners)
	}
	for name, pair := range map[string][2]int{
		"shown":      {shown.PartnerCount(), len(partners)},
		"main":       {shown.MainPartnerPercent(), f.MainPartnerPercent()},
		"deals":      {f.Deals, count(held)},
		"settled":    {f.Settled, count(func(o reputation.Outcome) bool { return held(o) && o.Settled.IsPositive() })},
		"partners":   {len(f.Partners), len(partners)},
		"disputed":   {f.Disputed, count(func(o reputation.Outcome) bool { return held(o) && o.Disputed })},
		"claimed":    {f.Claimed, count(func(o reputation.Outcome) bool { return held(o) && o.Claimed })},
		"lost":       {f.Lost, count(func(o reputation.Outcome) bool { return held(o) && loser(o) == o.Side })},
		"won":        {f.Won, count(func(o reputation.Outcome) bool { return held(o) && loser(o) == o.Side.Other() })},
		"called off": {f.CalledOff, count(func(o reputation.Outcome) bool { return o.FailedBy == o.Side })},
		"kept":       {f.Kept, count(func(o reputation.Outcome) bool { return !o.Kept.IsZero() && !o.Kept.After(o.Promised) })},
		"late": {f.Late, count(func(o reputation.Outcome) bool {
			return !o.Promised.IsZero() && (o.Kept.After(o.Promised) || o.Kept.IsZero() && o.ClosedAt.After(o.Promised))
		})},
		"answers": {sumOf(f.Answers), answers},
	} {
		if pair[0] != pair[1] {
			t.Fatalf("%s: %d, counted anew %d", name, pair[0], pair[1])
		}
	}
	if f.Lost == 0 && f.Against != 0 {
		t.Fatal("evidence against a party that lost no ruling")
	}
}

func sumOf(all []int) int {
	total := 0
	for _, n := range all {
		total += n
	}
	return total
}

func TestWhoIsLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		promised, kept, closed time.Time
		want                   [2]int // kept, late
	}{
		"on the day":                          {noon, noon, noon.Add(aDay), [2]int{1, 0}},
		"early":                               {noon, noon.Add(-aDay), noon, [2]int{1, 0}},
		"a moment late":                       {noon, noon.Add(time.Microsecond), noon.Add(aDay), [2]int{0, 1}},
		"never, and the day is over":          {noon, time.Time{}, noon.Add(aDay), [2]int{0, 1}},
		"never, but the deal ended before it": {noon, time.Time{}, noon.Add(-aDay), [2]int{0, 0}},
		"nothing was promised":                {time.Time{}, time.Time{}, noon, [2]int{0, 0}},
	} {
		f := reputation.Facts{}.With(reputation.Outcome{Side: identity.Seller, ClosedAt: c.closed, Promised: c.promised, Kept: c.kept})
		if got := [2]int{f.Kept, f.Late}; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestADealThatWasNeverPaidSaysOnlyWhoseDoingItWas(t *testing.T) {
	t.Parallel()
	o := reputation.Outcome{Side: identity.Buyer, Partner: "a", ClosedAt: noon, Ending: reputation.Expired, FailedBy: identity.Buyer, Promised: noon.Add(-aDay), Disputed: true}
	got := reputation.Facts{}.With(o)
	if want := (reputation.Facts{CalledOff: 1, Late: 1}); !reflect.DeepEqual(got, want) {
		t.Errorf("the buyer's facts are %+v", got)
	}
	o.Side, o.Promised = identity.Seller, time.Time{}
	if got := (reputation.Facts{}).With(o); !reflect.DeepEqual(got, reputation.Facts{}) {
		t.Errorf("the seller's facts are %+v", got)
	}
}

func TestResponseTimeIsThatOfTheSlowerHalf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hours []float64
		want  int
	}{
		{nil, 0},
		{[]float64{0.2}, 1},
		{[]float64{1, 1, 100}, 1},
		{[]float64{1, 100}, 1},
		{[]float64{1, 30, 100}, 48},
		{[]float64{3, 3, 3, 3}, 4},
		{[]float64{720}, 720},
		{[]float64{721}, -1},
		{[]float64{1, 900, 900}, -1},
	} {
		var f reputation.Facts
		for _, h := range c.hours {
			f = f.With(reputation.Outcome{Answers: []time.Duration{time.Duration(h * float64(time.Hour))}})
		}
		if got := f.ResponseHours(); got != c.want {
			t.Errorf("%v: %d hours, want %d", c.hours, got, c.want)
		}
	}
}

func TestEveryCurrencyHasARoughRate(t *testing.T) {
	t.Parallel()
	atPar := []string{"BMD", "BSD", "PAB", "USD", "USN"}
	for _, c := range money.Currencies() {
		units := int64(1_000_000_000)
		for range c.Exponent() {
			units *= 10
		}
		// A currency that the table lacks would count like the dollar.
		cents := reputation.WorthCents(money.New(units, c))
		if par := cents == 100_000_000_000; par != slices.Contains(atPar, c.Code()) || cents <= 0 {
			t.Errorf("a thousand million %s are worth %d cents", c, cents)
		}
	}
}

func TestAmountsAreComparedByRoughRates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code  string
		minor int64
		want  int64
	}{
		{"USD", 12345, 12345},
		{"USD", -5, 0},
		{"USD", 0, 0},
		{"JPY", 143_000, 100_000},
		{"EUR", 84_800, 100_000},
		{"KWD", 305_000, 100_000},
		{"CNY", 716_000, 100_000},
		{"VND", 26_100_000, 100_000},
		{"IRR", 90_000_000, 100},
		{"EUR", math.MaxInt64, math.MaxInt64},
		{"VND", 1, 0},
	} {
		if got := reputation.WorthCents(money.New(c.minor, money.MustCurrency(c.code))); got != c.want {
			t.Errorf("%d minor units of %s are worth %d cents, want %d", c.minor, c.code, got, c.want)
		}
	}
	if got := reputation.WorthCents(money.Amount{}); got != 0 {
		t.Errorf("nothing is worth %d", got)
	}
}

func TestAWeightGrowsWithTheLogarithmOfTheAmount(t *testing.T) {
	t.Parallel()
	for dollars, want := range map[int64]float64{0: 0, 1: 0.075, 100: 0.501, 10_000: 1, 1_000_000: 1.5, 100_000_000: 2, 50_000_000_000: 2} {
		if got := reputation.Weight(usd(dollars * 100)); got != want {
			t.Errorf("USD %d weighs %v, want %v", dollars, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Min(0).Draw(t, "a"), rapid.Int64Min(0).Draw(t, "b")
		if a, b = min(a, b), max(a, b); reputation.Weight(usd(a)) > reputation.Weight(usd(b)) {
			t.Fatalf("%d weighs more than %d", a, b)
		}
	})
}

// plainSettings are fixed, so that tuning the house's own changes no expectation here.
func plainSettings() reputation.Settings {
	return reputation.Settings{C: 1, W: 1, R: 0.3, Neg: 1, Known: 0.15}
}

// goodScore is what the graph says of a party that trusted ones rated well.
func goodScore(positive float64) reputation.Score {
	confidence := positive / (positive + 1)
	return reputation.Score{Value: (positive + 0.3) / (positive + 1), Confidence: confidence, Positive: positive, New: confidence < 0.15}
}

func TestNewIsAStateOfItsOwnAndNoScore(t *testing.T) {
	t.Parallel()
	k := reputation.Known{Score: reputation.Score{Value: 0.3, Confidence: 0.1, New: true}, Since: noon.Add(-3 * aDay), Verified: true}
	got := reputation.StandingOf(k, plainSettings(), noon)
	if got.State != reputation.NewParty || got.Value != 0 || got.Confidence != 0 || got.Level != reputation.NoLevel || !got.Verified {
		t.Errorf("a new party stands as %+v", got)
	}
	want := []reputation.Reason{
		{Code: reputation.NewAccount, Tone: reputation.Plain, Args: map[string]string{"days": "3"}},
		{Code: reputation.VerifiedByHouse, Tone: reputation.Good},
	}
	if !reflect.DeepEqual(got.Reasons, want) {
		t.Errorf("for the reasons %+v", got.Reasons)
	}
}

func TestAStandingIsToldInWordsThatCanBeChecked(t *testing.T) {
	t.Parallel()
	var f reputation.Facts
	for i := range 14 {
		o := sold(identity.PartyID(rune('a'+i%9)), noon.Add(-time.Duration(12+20*i)*aDay))
		if i == 3 || i == 5 {
			o.Kept = o.Promised.Add(time.Hour)
		}
		o.Disputed = i == 3
		o.Answers = []time.Duration{5 * time.Hour}
		f = f.With(o)
	}
	var marked reputation.MarkSum
	for range 10 {
		marked = marked.With(marks(5)).With(marks(4))
	}
	got := reputation.StandingOf(reputation.Known{Score: goodScore(5), Facts: f, Reviews: marked, Since: noon.Add(-800 * aDay)}, plainSettings(), noon)
	if got.State != reputation.Rated || got.Value != 88 || got.Confidence != 83 || got.Level != reputation.High {
		t.Errorf("it stands as %+v", got)
	}
	want := []reputation.Reason{
		{Code: reputation.NotVerified, Tone: reputation.Plain},
		{Code: reputation.DealsSettled, Tone: reputation.Good, Args: map[string]string{"deals": "14", "partners": "9"}},
		{Code: reputation.LateDuties, Tone: reputation.Plain, Args: map[string]string{"count": "2", "of": "14"}},
		{Code: reputation.OnTime, Tone: reputation.Plain, Args: map[string]string{"percent": "85", "of": "14"}},
		{Code: reputation.LostRulings, Tone: reputation.Good, Args: map[string]string{"count": "0", "won": "0"}},
		{Code: reputation.Disputes, Tone: reputation.Plain, Args: map[string]string{"deals": "1", "percent": "8"}},
		{Code: reputation.ReviewsGiven, Tone: reputation.Good, Args: map[string]string{"count": "20", "average": "4.5"}},
		{Code: reputation.ResponseTime, Tone: reputation.Good, Args: map[string]string{"hours": "8"}},
		{Code: reputation.NewestDeal, Tone: reputation.Plain, Args: map[string]string{"days": "12"}},
		{Code: reputation.OnPlatform, Tone: reputation.Plain, Args: map[string]string{"years": "2"}},
		{Code: reputation.VolumeBand, Tone: reputation.Plain, Args: map[string]string{"band": "100k_1m"}},
	}
	if !reflect.DeepEqual(got.Reasons, want) {
		t.Errorf("for the reasons %+v", got.Reasons)
	}
}

func TestBadNewsIsTold(t *testing.T) {
	t.Parallel()
	var f reputation.Facts
	for range 4 {
		o := sold("ring", noon.Add(-400*aDay))
		o.Kept, o.Disputed = o.Promised.Add(aDay), true
		o.Rulings = []reputation.Ruling{{Claimant: identity.Buyer, Asked: 1_000_000, Given: 1_000_000}}
		o.FailedBy, o.Answers = identity.Seller, []time.Duration{1000 * time.Hour}
		f = f.With(o)
	}
	got := reputation.StandingOf(reputation.Known{Facts: f, Reviews: reputation.MarkSum{}.With(marks(1))}, plainSettings(), noon)
	for _, want := range []reputation.Reason{
		{Code: reputation.FewPartners, Tone: reputation.Bad, Args: map[string]string{"percent": "100"}},
		{Code: reputation.LateDuties, Tone: reputation.Bad, Args: map[string]string{"count": "4", "of": "4"}},
		{Code: reputation.LostRulings, Tone: reputation.Bad, Args: map[string]string{"count": "4", "won": "0"}},
		{Code: reputation.Disputes, Tone: reputation.Bad, Args: map[string]string{"deals": "4", "percent": "100"}},
		{Code: reputation.CalledOff, Tone: reputation.Bad, Args: map[string]string{"deals": "4"}},
		{Code: reputation.ReviewsGiven, Tone: reputation.Bad, Args: map[string]string{"count": "1", "average": "1.0"}},
		{Code: reputation.SlowResponse, Tone: reputation.Bad, Args: map[string]string{"days": "30"}},
		{Code: reputation.NewestDeal, Tone: reputation.Bad, Args: map[string]string{"days": "400"}},
	} {
		if !slices.ContainsFunc(got.Reasons, func(r reputation.Reason) bool { return reflect.DeepEqual(r, want) }) {
			t.Errorf("%+v is not among %+v", want, got.Reasons)
		}
	}
	for i, r := range got.Reasons {
		if i > 0 && slices.Index(reputation.Codes(), got.Reasons[i-1].Code) >= slices.Index(reputation.Codes(), r.Code) {
			t.Errorf("%s is told out of order", r.Code)
		}
	}
}

func TestALostRulingCountsWhateverTheGraphSays(t *testing.T) {
	t.Parallel()
	settings := plainSettings()
	o := sold("a", noon)
	o.Rulings = []reputation.Ruling{{Claimant: identity.Buyer, Asked: 1_000_000, Given: 1_000_000}}
	lost := reputation.Facts{}.With(o)
	won := o
	won.Rulings = []reputation.Ruling{{Claimant: identity.Buyer, Asked: 1_000_000, Given: 0}}

	// The winner is a newcomer whom no seed reaches, so that his own word would count for nothing.
	unknown := reputation.Score{New: true}
	if got := reputation.StandingOf(reputation.Known{Score: unknown, Facts: lost}, settings, noon); got.State != reputation.Rated || got.Value != 15 || got.Confidence != 50 {
		t.Errorf("who lost stands as %+v", got)
	}
	if got := reputation.StandingOf(reputation.Known{Score: unknown, Facts: reputation.Facts{}.With(won)}, settings, noon); got.State != reputation.NewParty {
		t.Errorf("who won stands as %+v", got)
	}
	// Evidence that a party's own ratings give against it makes nobody surer, and no ruling changes that.
	own := reputation.Score{Value: 2.3 / 5, Confidence: 2.0 / 3, Positive: 2, Negative: 2}
	if got := reputation.StandingOf(reputation.Known{Score: own, Facts: lost}, settings, noon); got.Value != 38 || got.Confidence != 75 {
		t.Errorf("with one more loss it stands as %+v", got)
	}
	sure := reputation.Score{Value: 1, Confidence: 1, Positive: 1e9}
	if got := reputation.StandingOf(reputation.Known{Score: sure, Facts: lost}, settings, noon); got.Value != 100 || got.Confidence != 100 {
		t.Errorf("who is beyond doubt stands as %+v", got)
	}
	before := 101
	for n := range 5 {
		got := reputation.StandingOf(reputation.Known{Score: goodScore(6), Facts: reputation.Facts{Against: int64(n) * lost.Against}}, settings, noon)
		if got.Value >= before || got.State != reputation.Rated {
			t.Errorf("with %d lost rulings the value is %d, before %d", n, got.Value, before)
		}
		before = got.Value
	}
}

func TestEvidenceOfARulingFollowsWhatWasLost(t *testing.T) {
	t.Parallel()
	for given, want := range map[int64]int64{1_000_000: 1000, 750_000: 500, 500_001: 0, 500_000: 0, 0: 0} {
		o := sold("a", noon)
		o.Rulings = []reputation.Ruling{{Claimant: identity.Buyer, Asked: 1_000_000, Given: given}}
		if got := (reputation.Facts{}).With(o).Against; got != want {
			t.Errorf("a ruling of %d out of a million weighs %d thousandths, want %d", given, got, want)
		}
	}
}

func TestAValueIsRoundedAndAConfidenceIsNotOverstated(t *testing.T) {
	t.Parallel()
	got := reputation.StandingOf(reputation.Known{Score: reputation.Score{Value: 0.755, Confidence: 0.559}}, plainSettings(), noon)
	if got.Value != 76 || got.Confidence != 55 {
		t.Errorf("it stands as %+v", got)
	}
}

func TestTwoDealsWithOnePartnerAreABeginningAndNoRing(t *testing.T) {
	t.Parallel()
	var f reputation.Facts
	for deals, want := range []bool{false, false, true} {
		f = f.With(sold("a", noon))
		got := reputation.StandingOf(reputation.Known{Facts: f}, plainSettings(), noon)
		if told := slices.ContainsFunc(got.Reasons, func(r reputation.Reason) bool { return r.Code == reputation.FewPartners }); told != want {
			t.Errorf("after %d deals with one partner: %v", deals+1, told)
		}
	}
}

func TestConfidenceHasThreeWords(t *testing.T) {
	t.Parallel()
	for confidence, want := range map[float64]reputation.Level{0.15: reputation.Low, 0.499: reputation.Low, 0.5: reputation.Medium, 0.7999: reputation.Medium, 0.801: reputation.High, 1: reputation.High} {
		got := reputation.StandingOf(reputation.Known{Score: reputation.Score{Value: 0.5, Confidence: confidence}}, plainSettings(), noon)
		if got.Level != want {
			t.Errorf("%v is called %s, want %s", confidence, got.Level, want)
		}
	}
}

func TestATrendHasOnePointAMonth(t *testing.T) {
	t.Parallel()
	at := func(v int) reputation.Standing { return reputation.Standing{State: reputation.Rated, Value: v} }
	var tr reputation.Trend
	tr = tr.With(at(50), noon)
	past := tr
	tr = tr.With(at(60), noon.Add(40*aDay)).With(at(55), noon.Add(aDay)).With(at(52), noon)
	if len(tr) != 2 || tr[0].Value != 55 || tr[1].Value != 60 || past[0].Value != 50 {
		t.Errorf("the trend is %+v", tr)
	}
	east := time.FixedZone("east", 14*3600)
	tr = tr.With(at(70), time.Date(2026, 5, 1, 1, 0, 0, 0, east)) // still April in UTC
	if len(tr) != 2 || tr[1].Value != 70 || tr[1].At.Location() != time.UTC {
		t.Errorf("the trend is %+v", tr)
	}
	for i := range 100 {
		tr = tr.With(at(i), noon.AddDate(0, i, 0))
	}
	if len(tr) != reputation.TrendMonths || tr[len(tr)-1].Value != 99 || tr[0].Value != 64 {
		t.Errorf("the trend reaches from %+v to %+v", tr[0], tr[len(tr)-1])
	}
}

func TestVolumeIsShownAsABandOnly(t *testing.T) {
	t.Parallel()
	for cents, want := range map[int64]reputation.Band{
		1: reputation.Under10K, 999_999: reputation.Under10K, 1_000_000: reputation.Under100K, 10_000_000: reputation.Under1M,
		100_000_000: reputation.Under10M, 1_000_000_000: reputation.Over10M, math.MaxInt64: reputation.Over10M,
	} {
		o := sold("a", noon)
		o.Held, o.Settled = usd(cents), usd(cents)
		f := reputation.Facts{}.With(o)
		if got := f.Band(); got != want || !slices.Contains(reputation.Bands(), got) {
			t.Errorf("%d cents are %s, want %s", cents, got, want)
		}
		if f = f.With(o); f.Volume[0].Minor() < cents {
			t.Errorf("twice %d cents are %d", cents, f.Volume[0].Minor())
		}
	}
	if got := (reputation.Facts{}).Band(); got != reputation.NoVolume {
		t.Errorf("nothing is %s", got)
	}
}

func TestMarksAreAveraged(t *testing.T) {
	t.Parallel()
	sum := reputation.MarkSum{}.With(marks(5)).With(marks(5)).With(reputation.Aspects{AsDescribed: 1, OnTime: 2, Communication: 3, Documents: 4, Overall: 4})
	want := reputation.Aspects{AsDescribed: 37, OnTime: 40, Communication: 43, Documents: 47, Overall: 47}
	if got := sum.AspectTenths(); got != want || sum.Tenths() != 47 {
		t.Errorf("the averages are %+v", got)
	}
	if got := (reputation.MarkSum{}).Tenths(); got != 0 {
		t.Errorf("no marks average to %d", got)
	}
}
