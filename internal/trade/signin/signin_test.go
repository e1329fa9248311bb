package signin_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fondaco/internal/trade/signin"
)

func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

// zurich is how the owner of the tests' account signs in.
func zurich() signin.Visit {
	return signin.Visit{
		At: noon(), Hour: 12, Address: "192.0.2.7", Network: "AS3303", Country: "CH",
		Agent: "Firefox 140 on Linux", Browser: "Firefox", System: "Linux", Device: "laptop",
		Latitude: 47.37, Longitude: 8.54, Located: true,
	}
}

// setup is a house with 1,000 sign-ins of others and so many of the owner, all alike.
func setup(t *testing.T, signIns int64) signin.History {
	t.Helper()
	h := signin.History{
		Own: map[signin.Value]int64{}, All: map[signin.Value]int64{}, OwnTotal: signIns, AllTotal: 1000 + signIns,
		OwnDistinct: map[signin.Feature]int64{}, AllDistinct: map[signin.Feature]int64{},
	}
	others := map[signin.Value]int64{
		{Feature: signin.Country, Value: "CH"}: 100, {Feature: signin.Country, Value: "CN"}: 500, {Feature: signin.Country, Value: "DE"}: 400,
		{Feature: signin.Network, Value: "AS3303"}: 30, {Feature: signin.Network, Value: "AS4134"}: 200,
		{Feature: signin.Browser, Value: "Chrome"}: 800, {Feature: signin.Browser, Value: "Firefox"}: 200,
		{Feature: signin.System, Value: "Windows"}: 900, {Feature: signin.System, Value: "Linux"}: 100,
	}
	for v, n := range others {
		h.All[v] += n
	}
	if signIns == 0 {
		return h
	}
	for _, v := range zurich().Values() {
		h.Own[v] += signIns
		h.All[v] += signIns
		h.OwnDistinct[v.Feature] = 1
	}
	last := zurich()
	last.At = noon().Add(-24 * time.Hour)
	h.Last = &last
	return h
}

func codes(v signin.Verdict) []string {
	var out []string
	for _, r := range v.Reasons {
		out = append(out, r.Code)
	}
	return out
}

func TestEachThingThatIsNewMakesASignInStranger(t *testing.T) {
	t.Parallel()
	h := setup(t, 12)
	owner := zurich()
	cookieless := owner
	cookieless.Device = ""
	moved := cookieless
	moved.Address = "192.0.2.200"
	neighbour := moved
	neighbour.Network = "AS559"
	renewed := neighbour
	renewed.Agent = "Firefox 141 on Linux"
	other := renewed
	other.Agent, other.Browser, other.System = "Chrome 142 on Windows", "Chrome", "Windows"
	abroad := other
	abroad.Country, abroad.Located = "CN", false
	night := abroad
	night.Hour = 2
	tests := []struct {
		name  string
		visit signin.Visit
		level signin.Level
		codes []string
	}{
		{"as always", owner, signin.Low, []string{signin.KnownDevice}},
		{"without a cookie", cookieless, signin.Low, []string{signin.NewDevice}},
		{"another address", moved, signin.Low, []string{signin.NewDevice}},
		{"another network", neighbour, signin.Medium, []string{signin.NewNetwork, signin.NewDevice}},
		{"a newer browser", renewed, signin.Medium, []string{signin.NewNetwork, signin.NewDevice}},
		{"another browser", other, signin.Medium, []string{signin.NewNetwork, signin.NewBrowser, signin.NewDevice}},
		{"abroad", abroad, signin.High, []string{signin.NewCountry, signin.NewNetwork, signin.NewBrowser, signin.NewDevice}},
		{"at night", night, signin.High, []string{signin.NewCountry, signin.NewNetwork, signin.NewBrowser, signin.NewDevice, signin.OddHour}},
	}
	last := int64(math.MinInt64)
	for _, tt := range tests {
		got := signin.Judge(tt.visit, h, signin.DefaultRules())
		if got.Level != tt.level || !slices.Equal(codes(got), tt.codes) {
			t.Errorf("%s: %+v, want %s for %v", tt.name, got, tt.level, tt.codes)
		}
		if got.ScoreMilli <= last {
			t.Errorf("%s scores %d, no more than the case before it", tt.name, got.ScoreMilli)
		}
		last = got.ScoreMilli
	}
}

func TestRulesNeedNoScore(t *testing.T) {
	t.Parallel()
	at := func(latitude, longitude float64, ago time.Duration) func(*signin.Visit, *signin.History) {
		return func(v *signin.Visit, h *signin.History) {
			h.Last.Latitude, h.Last.Longitude, h.Last.At = latitude, longitude, v.At.Add(-ago)
		}
	}
	both := func(a, b [2]float64, ago time.Duration) func(*signin.Visit, *signin.History) {
		return func(v *signin.Visit, h *signin.History) {
			v.Latitude, v.Longitude = a[0], a[1]
			at(b[0], b[1], ago)(v, h)
		}
	}
	failures := func(own, network int) func(*signin.Visit, *signin.History) {
		return func(_ *signin.Visit, h *signin.History) { h.OwnFailures, h.NetworkFailures = own, network }
	}
	tests := []struct {
		name   string
		change func(*signin.Visit, *signin.History)
		reason signin.Reason // none if its code is empty
	}{
		{"Shanghai an hour ago", at(31.23, 121.47, time.Hour), signin.Reason{Code: signin.ImpossibleTravel, Detail: "9011 km, 60 min"}},
		{"Shanghai in an hour, by another clock", at(31.23, 121.47, -time.Hour), signin.Reason{Code: signin.ImpossibleTravel, Detail: "9011 km, 60 min"}},
		{"Shanghai at this moment", at(31.23, 121.47, 0), signin.Reason{Code: signin.ImpossibleTravel, Detail: "9011 km, 0 min"}},
		{"Shanghai last night", at(31.23, 121.47, 11*time.Hour), signin.Reason{}},
		{"Shanghai tonight, by another clock", at(31.23, 121.47, -11*time.Hour), signin.Reason{}},
		{"Geneva a minute ago", at(46.2, 6.15, time.Minute), signin.Reason{}},
		{"a quarter of the equator", both([2]float64{0, 0}, [2]float64{0, 90}, time.Hour), signin.Reason{Code: signin.ImpossibleTravel, Detail: "10008 km, 60 min"}},
		{"half of the equator", both([2]float64{0, -90}, [2]float64{0, 90}, time.Hour), signin.Reason{Code: signin.ImpossibleTravel, Detail: "20015 km, 60 min"}},
		{"over the date line", both([2]float64{-17, 179.9}, [2]float64{-17, -179.9}, time.Minute), signin.Reason{}},
		{"degrees counted on", both([2]float64{-17, 179.9}, [2]float64{-17, 180.1}, time.Minute), signin.Reason{}},
		{"round the pole", both([2]float64{89.9, 0}, [2]float64{89.9, 180}, time.Minute), signin.Reason{}},
		{"from pole to pole", both([2]float64{90, 10}, [2]float64{-90, 10}, time.Hour), signin.Reason{Code: signin.ImpossibleTravel, Detail: "20015 km, 60 min"}},
		{"a latitude that is none", at(91, 8, time.Minute), signin.Reason{}},
		{"a place that is no number", at(math.NaN(), math.Inf(1), time.Minute), signin.Reason{}},
		{"a place that was not known", func(_ *signin.Visit, h *signin.History) { h.Last.Latitude, h.Last.Located = -47, false }, signin.Reason{}},
		{"a place that is not known", func(v *signin.Visit, h *signin.History) { v.Located, h.Last.At, h.Last.Latitude = false, v.At, -47 }, signin.Reason{}},
		{"no last time", func(_ *signin.Visit, h *signin.History) { h.Last = nil }, signin.Reason{}},
		{"an address known for attacks", func(_ *signin.Visit, h *signin.History) { h.Attacking = true }, signin.Reason{Code: signin.AttackList, Detail: "192.0.2.7"}},
		{"nine wrong passwords", failures(9, 0), signin.Reason{}},
		{"ten wrong passwords", failures(10, 0), signin.Reason{Code: signin.VelocityAccount, Detail: "10"}},
		{"99 wrong passwords from the network", failures(0, 99), signin.Reason{}},
		{"100 wrong passwords from the network", failures(0, 100), signin.Reason{Code: signin.VelocityNetwork, Detail: "100"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, h := zurich(), setup(t, 12)
			tt.change(&v, &h)
			known := signin.Judge(v, h, signin.DefaultRules())
			v.Device = ""
			unknown := signin.Judge(v, h, signin.DefaultRules())
			if tt.reason.Code == "" {
				if known.Level != signin.Low || unknown.Level != signin.Low || len(known.Reasons) != 1 {
					t.Errorf("%+v with the device, %+v without", known, unknown)
				}
				return
			}
			want := signin.Medium
			if tt.reason.Code == signin.AttackList {
				want = signin.High
			}
			if unknown.Level != signin.High || known.Level != want || known.Reasons[0] != tt.reason || unknown.Reasons[0] != tt.reason {
				t.Errorf("%+v with the device, %+v without, want %+v", known, unknown, tt.reason)
			}
		})
	}
}

func TestARuleIsOffAtZero(t *testing.T) {
	t.Parallel()
	v, h := zurich(), setup(t, 12)
	h.Last.Latitude, h.Last.At = -47, v.At
	h.OwnFailures, h.NetworkFailures = 1000, 1000
	r := signin.DefaultRules()
	if got := signin.Judge(v, h, r); len(got.Reasons) != 4 {
		t.Fatalf("%+v, want three findings and the known device", got)
	}
	r.TravelKmh, r.OwnFailures, r.NetworkFailures = 0, 0, 0
	if got := signin.Judge(v, h, r); got.Level != signin.Low || len(got.Reasons) != 1 {
		t.Errorf("%+v, want nothing found", got)
	}
}

func TestWhatStrangersTryNeverShutsOutADeviceThatIsKnown(t *testing.T) {
	t.Parallel()
	v, h := zurich(), setup(t, 12)
	h.OwnFailures, h.NetworkFailures = math.MaxInt, math.MaxInt
	if got := signin.Judge(v, h, signin.DefaultRules()); got.Level != signin.Medium {
		t.Errorf("%+v, want medium", got)
	}
}

func TestTheScoreAloneIsNeverHighWhileLittleIsKnown(t *testing.T) {
	t.Parallel()
	stranger := signin.Visit{At: noon(), Hour: 3, Address: "198.51.100.1", Network: "AS1", Country: "XX", Agent: "a", Browser: "b", System: "s"}
	r := signin.DefaultRules()
	r.HighMilli = 1 // reached by any stranger, however little is known
	for n := range int64(6) {
		want := signin.Medium
		if n >= int64(r.HistoryMin) {
			want = signin.High
		}
		if got := signin.Judge(stranger, setup(t, n), r); got.Level != want {
			t.Errorf("after %d sign-ins: %+v, want %s", n, got, want)
		}
	}
	if got := signin.Judge(stranger, setup(t, 0), r); got.ScoreMilli != 0 || !slices.Equal(codes(got), []string{signin.FirstSignIn}) {
		t.Errorf("a first sign-in: %+v", got)
	}
}

func TestHidingTheBrowserIsAsStrangeAsANewOne(t *testing.T) {
	t.Parallel()
	h := setup(t, 12)
	hidden, other := zurich(), zurich()
	hidden.Agent, hidden.Browser, hidden.System = "", "", ""
	other.Agent, other.Browser, other.System = "Opera 1 on BeOS", "Opera", "BeOS"
	a, b := signin.Judge(hidden, h, signin.DefaultRules()), signin.Judge(other, h, signin.DefaultRules())
	if a.ScoreMilli != b.ScoreMilli || a.ScoreMilli <= signin.Judge(zurich(), h, signin.DefaultRules()).ScoreMilli {
		t.Errorf("hidden %d, new %d", a.ScoreMilli, b.ScoreMilli)
	}
}

func TestWhereNoPlaceIsKnownTheCountrySaysNothing(t *testing.T) {
	t.Parallel()
	h := signin.History{Own: map[signin.Value]int64{}, All: map[signin.Value]int64{}, OwnTotal: 20, AllTotal: 20, OwnDistinct: map[signin.Feature]int64{}}
	nowhere := signin.Visit{At: noon(), Hour: 12, Device: "laptop"}
	for _, v := range nowhere.Values() {
		h.Own[v], h.All[v], h.OwnDistinct[v.Feature] = 20, 20, 1
	}
	nowhere.Device = ""
	got := signin.Judge(nowhere, h, signin.DefaultRules())
	if !slices.Equal(codes(got), []string{signin.NewDevice}) {
		t.Errorf("%+v, want only the device to be new", got)
	}
	// The device and the hour are all that can be judged, and the hour is the usual one.
	if got.ScoreMilli < 3300 || got.ScoreMilli > 3800 {
		t.Errorf("the score is %d, although nothing is known but the device", got.ScoreMilli)
	}
}

func TestAPlaceThatCannotBeFoundIsNotCalledNew(t *testing.T) {
	t.Parallel()
	h, v := setup(t, 12), zurich()
	v.Country, v.Network, v.Located = "", "", false
	got := signin.Judge(v, h, signin.DefaultRules())
	if !slices.Equal(codes(got), []string{signin.KnownDevice}) || got.ScoreMilli < signin.Judge(zurich(), h, signin.DefaultRules()).ScoreMilli {
		t.Errorf("%+v", got)
	}
}

func TestNoSingleValueOutweighsAllOthers(t *testing.T) {
	t.Parallel()
	h := setup(t, 12)
	h.AllTotal = 1 << 50 // so that whatever the owner shows is unique
	h.All = h.Own
	// Ten thousand for the place, the program and the device, and a little for the hour.
	least := int64(-1000 * (3*math.Log(10_000) + math.Log(1.5)))
	if got := signin.Judge(zurich(), h, signin.DefaultRules()); got.ScoreMilli < least-1 || got.ScoreMilli > least+1000 {
		t.Errorf("the score is %d, want about %d", got.ScoreMilli, least)
	}
}

// random is any history with a visit that is known in some features.
func random(r *rand.Rand) (signin.Visit, signin.History) {
	n := int64(1 + r.IntN(60))
	h := signin.History{
		Own: map[signin.Value]int64{}, All: map[signin.Value]int64{}, OwnTotal: n, AllTotal: n + int64(r.IntN(100_000)),
		OwnDistinct: map[signin.Feature]int64{}, AllDistinct: map[signin.Feature]int64{},
	}
	v := zurich()
	v.Hour = r.IntN(24)
	for _, x := range v.Lookups() {
		h.OwnDistinct[x.Feature] = 1 + r.Int64N(n)
		if r.IntN(4) > 0 {
			h.Own[x] = r.Int64N(n + 1)
		}
		h.All[x] = h.Own[x] + r.Int64N(h.AllTotal-n+1)
	}
	return v, h
}

func TestWhatIsNewInOneMoreWayNeverScoresLower(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 2))
	rose := map[signin.Feature]int{}
	for range 5000 {
		v, h := random(r)
		was := signin.Judge(v, h, signin.DefaultRules())
		for _, x := range v.Values() {
			w := v
			switch x.Feature {
			case signin.Address:
				w.Address = "new"
			case signin.Network:
				w.Network = "new"
			case signin.Country:
				w.Country = "new"
			case signin.Agent:
				w.Agent = "new"
			case signin.Browser:
				w.Browser = "new"
			case signin.System:
				w.System = "new"
			case signin.Device:
				w.Device = "new"
			case signin.Hour:
				continue // no hour is new while those around it are usual
			}
			now := signin.Judge(w, h, signin.DefaultRules())
			if now.ScoreMilli < was.ScoreMilli {
				t.Fatalf("a new %s lowers %d to %d: %+v", x.Feature, was.ScoreMilli, now.ScoreMilli, h)
			}
			if now.ScoreMilli > was.ScoreMilli {
				rose[x.Feature]++
			}
		}
	}
	for _, f := range []signin.Feature{signin.Address, signin.Network, signin.Country, signin.Agent, signin.Browser, signin.System, signin.Device} {
		if rose[f] < 1000 {
			t.Errorf("a new %s raised the score only %d times of 5,000", f, rose[f])
		}
	}
}

func TestARareValueOfTheOwnersSpeaksLouderThanACommonOne(t *testing.T) {
	t.Parallel()
	last := int64(math.MinInt64)
	for _, others := range []int64{0, 10, 100, 1000} {
		h := setup(t, 12)
		v := zurich()
		v.Device = ""
		h.All[v.Values()[0]] = 12 + others
		got := signin.Judge(v, h, signin.DefaultRules()).ScoreMilli
		if got <= last {
			t.Errorf("an address that %d others had scores %d, no more than a rarer one", others, got)
		}
		last = got
	}
}

func TestTheOrderOfCountsChangesNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		v, h := random(r)
		want := signin.Judge(v, h, signin.DefaultRules())
		again := h
		again.Own, again.All = map[signin.Value]int64{}, map[signin.Value]int64{}
		values := v.Lookups()
		r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		for _, x := range values {
			again.Own[x], again.All[x] = h.Own[x], h.All[x]
		}
		// What is counted of other visits is never looked at.
		again.Own[signin.Value{Feature: signin.Country, Value: "elsewhere"}] = 1 << 40
		if got := signin.Judge(v, again, signin.DefaultRules()); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, then %+v", want, got)
		}
	}
}

func TestWhatIsCountedIsPlainAndShort(t *testing.T) {
	t.Parallel()
	v := signin.Visit{Hour: -1, Agent: "a\x00b\xffc\u202ed\n", Browser: strings.Repeat("漢", 100), Country: "CH"}
	got := v.Values()
	want := []signin.Value{
		{Feature: signin.Address},
		{Feature: signin.Network},
		{Feature: signin.Country, Value: "CH"},
		{Feature: signin.Agent, Value: "abcd"},
		{Feature: signin.Browser, Value: strings.Repeat("漢", 42)},
		{Feature: signin.System},
		{Feature: signin.Hour, Value: "23"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	v.Device = "laptop"
	if all := v.Values(); len(all) != 8 || all[7] != (signin.Value{Feature: signin.Device, Value: "laptop"}) {
		t.Errorf("%+v, want the device last", all)
	}
	hours := v.Lookups()[8:]
	if want := []string{"21", "22", "0", "1"}; len(hours) != 4 || hours[0].Value != want[0] || hours[1].Value != want[1] || hours[2].Value != want[2] || hours[3].Value != want[3] {
		t.Errorf("the hours around midnight are %+v", hours)
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("192.0.2.7", "CH", "Firefox", "laptop", 12, 47.0, 8.0, int64(0), int64(12), int64(12), int64(1000), int64(1), 0)
	f.Add("", "", "\xff\x00", "", -5, math.NaN(), math.Inf(1), int64(math.MinInt64), int64(-1), int64(1), int64(math.MinInt64), int64(-7), -1)
	f.Add("x", "x", "x", "x", 1<<40, 90.0, 360.0, int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MinInt64), int64(math.MaxInt64), 1<<40)
	f.Fuzz(func(t *testing.T, address, country, agent, device string, hour int, latitude, longitude float64, ago, ownTotal, own, all, distinct int64, failures int) {
		v := signin.Visit{
			At: noon(), Address: address, Network: address, Country: country, Agent: agent, Browser: agent, System: agent, Device: device,
			Hour: hour, Latitude: latitude, Longitude: longitude, Located: true,
		}
		last := zurich()
		last.At = noon().Add(time.Duration(ago))
		h := signin.History{
			Own: map[signin.Value]int64{}, All: map[signin.Value]int64{}, OwnTotal: ownTotal, AllTotal: all,
			OwnDistinct: map[signin.Feature]int64{}, Last: &last, OwnFailures: failures, NetworkFailures: failures,
		}
		for i, x := range v.Lookups() {
			if len(x.Value) > 128 || !utf8.ValidString(x.Value) || strings.ContainsAny(x.Value, "\x00\n") {
				t.Fatalf("%+v cannot be kept", x)
			}
			if i%2 == 0 {
				h.Own[x] = own
			}
			h.All[x], h.OwnDistinct[x.Feature] = all, distinct
		}
		got := signin.Judge(v, h, signin.DefaultRules())
		if !reflect.DeepEqual(got, signin.Judge(v, h, signin.DefaultRules())) {
			t.Error("judged twice, with two verdicts")
		}
		// Four parts: one of ten thousand for each, but for the hour.
		if limit := int64(1000 * 4 * math.Log(1e20)); got.ScoreMilli > limit || got.ScoreMilli < -limit {
			t.Errorf("the score is %d", got.ScoreMilli)
		}
		if !slices.Contains([]signin.Level{signin.Low, signin.Medium, signin.High}, got.Level) || len(got.Reasons) == 0 {
			t.Errorf("%+v", got)
		}
	})
}
