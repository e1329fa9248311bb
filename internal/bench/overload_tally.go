package bench

import (
	"slices"
	"time"
)

// Spread is how long something took, in milliseconds.
type Spread struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

// spreadOf sorts microseconds.
func spreadOf(micros []int64) Spread {
	slices.Sort(micros)
	return Spread{Count: len(micros), P50: quantile(micros, 0.50), P99: quantile(micros, 0.99), Max: quantile(micros, 1)}
}

// Period is what was found of one stretch of an open loop. All times are counted
// from when a request was due.
type Period struct {
	Stretch
	Fresh int64   `json:"fresh"` // requests that were due
	Again int64   `json:"again"` // commands that came again when they had been told to
	Cores float64 `json:"cores"` // that the clients kept busy

	MoneyOffered  int64  `json:"money_offered"`
	MoneyAccepted int64  `json:"money_accepted"`
	OtherAccepted int64  `json:"other_accepted"`
	InTime        int64  `json:"accepted_in_time"` // commands acknowledged before the stretch was over
	Money         Spread `json:"money"`            // acknowledged commands that move money
	Others        Spread `json:"others"`           // other acknowledged commands
	Reads         Spread `json:"reads"`            // answered
	Refusals      Spread `json:"refusals"`         // 429 and 503, with Retry-After
	Sent          Spread `json:"sent"`             // until a request was on its way: a wait for a free connection, or for the clients' own processor

	Unexplained int64 `json:"refusals_without_retry_after"`
	Broken      int64 `json:"server_errors"` // 5xx other than 503
	HungUp      int64 `json:"hung_up"`
	GaveUp      int64 `json:"gave_up"` // requests that no connection was free for; those for money count as acknowledged late

	Windows []Window `json:"windows"`
}

// Window is the acknowledged commands that were due in a short time.
type Window struct {
	At     time.Duration `json:"at"` // its end, since the stretch began
	Answer Spread        `json:"answer"`
}

// windowLength is how long a window is: short enough to date a recovery, long
// enough for a p99.
const windowLength = 500 * time.Millisecond

// sample is one answer, in microseconds.
type sample struct {
	due  int64
	took int64
}

// tally is what one line has heard, by stretch.
type tally struct{ stretches []heard }

type heard struct {
	period                        Period // counts only
	money, others, reads, refused []sample
	sent                          []int64
}

func newTally(stretches int) *tally { return &tally{make([]heard, stretches)} }

// note counts one arrival.
func (t *tally) note(a arrival, sent, took time.Duration, v verdict) {
	h := &t.stretches[a.stretch]
	s := sample{a.due.Microseconds(), took.Microseconds()}
	h.sent = append(h.sent, sent.Microseconds())
	if a.again != nil {
		h.period.Again++
	} else {
		h.period.Fresh++
	}
	if a.kind == movesMoney {
		h.period.MoneyOffered++
	}
	switch v {
	case refused:
		h.refused = append(h.refused, s)
		return
	case unexplained:
		h.period.Unexplained++
	case broken:
		h.period.Broken++
	case hungUp:
		h.period.HungUp++
	case gaveUp:
		h.period.GaveUp++
	case accepted, denied:
	}
	if v == accepted && a.kind == movesMoney {
		h.period.MoneyAccepted++
	}
	if v == accepted && a.kind == otherStep {
		h.period.OtherAccepted++
	}
	if v != accepted && v != gaveUp {
		return
	}
	switch a.kind {
	case movesMoney:
		h.money = append(h.money, s)
	case otherStep:
		h.others = append(h.others, s)
	case readsDeal, readsList:
		h.reads = append(h.reads, s)
	case kinds:
	}
}

// periods adds up what all lines have heard.
func periods(stretches []Stretch, tallies []*tally, cores []float64) []Period {
	out := make([]Period, len(stretches))
	begun := time.Duration(0)
	for i, s := range stretches {
		var all heard
		for _, t := range tallies {
			h := &t.stretches[i]
			all.money, all.others = append(all.money, h.money...), append(all.others, h.others...)
			all.reads, all.refused = append(all.reads, h.reads...), append(all.refused, h.refused...)
			all.sent = append(all.sent, h.sent...)
			p, q := &all.period, &h.period
			p.Fresh, p.Again, p.MoneyOffered = p.Fresh+q.Fresh, p.Again+q.Again, p.MoneyOffered+q.MoneyOffered
			p.MoneyAccepted, p.OtherAccepted = p.MoneyAccepted+q.MoneyAccepted, p.OtherAccepted+q.OtherAccepted
			p.Unexplained, p.Broken, p.HungUp, p.GaveUp = p.Unexplained+q.Unexplained, p.Broken+q.Broken, p.HungUp+q.HungUp, p.GaveUp+q.GaveUp
		}
		p := all.period
		p.Stretch, p.Sent = s, spreadOf(all.sent)
		if i < len(cores) {
			p.Cores = cores[i]
		}
		p.Money, p.Others, p.Reads, p.Refusals = spread(all.money), spread(all.others), spread(all.reads), spread(all.refused)
		p.Windows = windows(s, begun, slices.Concat(all.money, all.others))
		out[i] = p
		begun += s.Length
		for _, one := range slices.Concat(all.money, all.others) {
			if one.due+one.took <= begun.Microseconds() {
				out[i].InTime++
			}
		}
	}
	return out
}

func spread(samples []sample) Spread {
	took := make([]int64, len(samples))
	for i, s := range samples {
		took[i] = s.took
	}
	return spreadOf(took)
}

// windows cuts a stretch into short times.
func windows(s Stretch, begun time.Duration, samples []sample) []Window {
	n := int((s.Length + windowLength - 1) / windowLength)
	parts := make([][]int64, n)
	for _, one := range samples {
		at := min(n-1, max(0, int((time.Duration(one.due)*time.Microsecond-begun)/windowLength)))
		parts[at] = append(parts[at], one.took)
	}
	out := make([]Window, n)
	for i, took := range parts {
		out[i] = Window{At: min(s.Length, time.Duration(i+1)*windowLength), Answer: spreadOf(took)}
	}
	return out
}
