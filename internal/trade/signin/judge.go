package signin

import (
	"cmp"
	"fmt"
	"math"
)

// Level is how much a visit is to be doubted.
type Level string

// The levels.
const (
	Low    Level = "low"
	Medium Level = "medium"
	High   Level = "high"
)

// rank orders the levels.
func (l Level) rank() int {
	switch l {
	case High:
		return 2
	case Medium:
		return 1
	case Low:
	}
	return 0
}

// atLeast is the higher of both levels.
func (l Level) atLeast(m Level) Level {
	if cmp.Less(l.rank(), m.rank()) {
		return m
	}
	return l
}

// Rules are the limits that the house sets. A speed or a number of failures of zero
// turns its rule off.
type Rules struct {
	MediumMilli     int64   // score from which a visit is medium, in thousandths
	HighMilli       int64   // score from which a visit is high, in thousandths
	TravelKmh       float64 // the fastest that people travel, in kilometres per hour
	TravelFloorKm   float64 // how wrong places may be: shorter journeys are never doubted, in kilometres
	OwnFailures     int     // wrong passwords at the account within an hour that are too many
	NetworkFailures int     // wrong passwords from the network within an hour that are too many
	HistoryMin      int     // good sign-ins below which the score alone never makes a visit high
}

// DefaultRules answers the limits of a house that has set none. From the score of
// medium on, about 98 in 100 attacks are noticed that come from the owner's country
// with the owner's browser; `fondaco bench login-risk` measures it.
func DefaultRules() Rules {
	return Rules{
		MediumMilli: -5_000, HighMilli: 6_500,
		TravelKmh: 900, TravelFloorKm: 500,
		OwnFailures: 10, NetworkFailures: 100, HistoryMin: 3,
	}
}

// The codes of reasons.
const (
	FirstSignIn      = "first_sign_in"
	KnownDevice      = "known_device"
	NewDevice        = "new_device"
	NewCountry       = "new_country"
	NewNetwork       = "new_network"
	NewBrowser       = "new_browser"
	OddHour          = "odd_hour"
	ImpossibleTravel = "impossible_travel"
	AttackList       = "attack_list"
	VelocityAccount  = "velocity_account"
	VelocityNetwork  = "velocity_network"
)

// Reason is one thing that was noticed. Detail is what it was, in figures and names
// that need no language.
type Reason struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// Verdict is what a visit is held to be.
type Verdict struct {
	Level      Level    `json:"level"`
	ScoreMilli int64    `json:"score_milli"` // in thousandths of a natural logarithm; higher is stranger
	Reasons    []Reason `json:"reasons,omitempty"`
}

// Judge answers how much the visit is to be doubted, and why: first what a rule has
// found, then what is new, always in the same order.
func Judge(v Visit, h History, r Rules) Verdict {
	out := Verdict{Level: Low, ScoreMilli: score(v, &h)}
	switch {
	case out.ScoreMilli >= r.HighMilli && h.OwnTotal >= int64(r.HistoryMin):
		out.Level = High
	case out.ScoreMilli >= min(r.MediumMilli, r.HighMilli):
		out.Level = Medium
	}
	found := hardRules(v, &h, r)
	for _, f := range found {
		out.Level = out.Level.atLeast(f.level)
		out.Reasons = append(out.Reasons, f.reason)
	}
	out.Reasons = append(out.Reasons, news(v, &h)...)
	return out
}

// finding is what a rule has found, whatever the score.
type finding struct {
	level  Level
	reason Reason
}

// hardRules are the rules that need no score.
func hardRules(v Visit, h *History, r Rules) []finding {
	// Whoever tries passwords for somebody else's account has not the owner's device.
	// Were it shut out too, ten wrong passwords would lock anybody out.
	doubt := High
	if h.knows(v) {
		doubt = Medium
	}
	var out []finding
	if h.Attacking {
		out = append(out, finding{High, Reason{AttackList, plain(v.Address)}})
	}
	if km, hours, ok := journey(v, h.Last); ok && r.TravelKmh > 0 && km > r.TravelFloorKm && km > r.TravelKmh*hours {
		out = append(out, finding{doubt, Reason{ImpossibleTravel, fmt.Sprintf("%.0f km, %.0f min", km, hours*60)}})
	}
	if r.OwnFailures > 0 && h.OwnFailures >= r.OwnFailures {
		out = append(out, finding{doubt, Reason{VelocityAccount, fmt.Sprint(h.OwnFailures)}})
	}
	if r.NetworkFailures > 0 && h.NetworkFailures >= r.NetworkFailures {
		out = append(out, finding{doubt, Reason{VelocityNetwork, fmt.Sprint(h.NetworkFailures)}})
	}
	return out
}

// news are the ways in which a visit differs from what the account is used to.
func news(v Visit, h *History) []Reason {
	if h.OwnTotal <= 0 {
		return []Reason{{Code: FirstSignIn}}
	}
	var out []Reason
	isNew := func(f Feature) bool { return h.own(v.value(f)) == 0 }
	if isNew(Country) && v.Country != "" {
		out = append(out, Reason{NewCountry, plain(v.Country)})
	}
	if isNew(Network) && v.Network != "" {
		out = append(out, Reason{NewNetwork, plain(v.Network)})
	}
	if isNew(Browser) || isNew(System) {
		out = append(out, Reason{NewBrowser, plain(v.Agent)})
	}
	if h.knows(v) {
		out = append(out, Reason{Code: KnownDevice})
	} else {
		out = append(out, Reason{Code: NewDevice})
	}
	if h.OwnTotal >= oddHourAfter && h.around(v.Hour) == 0 {
		out = append(out, Reason{OddHour, v.value(Hour).Value})
	}
	return out
}

// oddHourAfter is the number of sign-ins from which an hour may be called odd.
const oddHourAfter = 10

// knows reports whether the account has been used on the visit's device before.
func (h *History) knows(v Visit) bool {
	device := v.value(Device)
	return device.Value != "" && h.own(device) > 0
}

// journey is how far the visit is from the last, and how much time lies between
// them. Clocks of two machines may disagree about which was first.
func journey(v Visit, last *Visit) (km, hours float64, ok bool) {
	if last == nil || !v.placed() || !last.placed() {
		return 0, 0, false
	}
	return distance(v, *last), math.Abs(v.At.Sub(last.At).Hours()), true
}

// placed reports whether the visit is at a place on this earth.
func (v Visit) placed() bool {
	return v.Located && math.Abs(v.Latitude) <= 90 && math.Abs(v.Longitude) <= 360
}

// distance is the way over the ground between two visits, in kilometres.
func distance(a, b Visit) float64 {
	const earth, degree = 6371, math.Pi / 180
	north := math.Sin((a.Latitude - b.Latitude) * degree / 2)
	east := math.Sin((a.Longitude - b.Longitude) * degree / 2)
	x := north*north + math.Cos(a.Latitude*degree)*math.Cos(b.Latitude*degree)*east*east
	return 2 * earth * math.Asin(math.Sqrt(min(1, max(0, x))))
}
