package reputation

import (
	"math"
	"slices"
	"time"
)

// State is whether a party has a score at all.
type State string

// The states. Being new is not a low score, nor a middle one.
const (
	NewParty State = "new"   // too little evidence; more settled and rated deals move it on
	Rated    State = "rated" // a value and a confidence are shown
)

// Level is how sure a value is, in a word.
type Level string

// The levels of confidence; a new party has none. By [HouseSettings] the evidence
// of one rating that counts wholly makes 50 %, and of four 80 %.
const (
	NoLevel Level = ""
	Low     Level = "low"    // below mediumPercent
	Medium  Level = "medium" // below highPercent
	High    Level = "high"

	mediumPercent = 50
	highPercent   = 80
)

// Known is everything that a standing is worked out from.
type Known struct {
	Score    Score // of the graph
	Facts    Facts
	Reviews  MarkSum
	Since    time.Time // when the house opened the party's file
	Verified bool      // the house has checked who the party is
}

// Standing is what others are shown of a party.
type Standing struct {
	State      State
	Value      int // 0 to 100; 0 while new
	Confidence int // percent; 0 while new
	Level      Level
	Verified   bool
	Reasons    []Reason
}

// StandingOf works out what is shown at now. The rulings of the house that went
// against the party are evidence of their own, beside what others said: they count
// in full whatever the graph thinks of whoever won. Settings are those of the score.
func StandingOf(k Known, s Settings, now time.Time) Standing {
	score := k.Score.ruledAgainst(float64(k.Facts.Against)/1000, s)
	out := Standing{State: NewParty, Verified: k.Verified, Reasons: reasonsOf(k, score.New, now)}
	if score.New {
		return out
	}
	out.State = Rated
	out.Value = int(math.Floor(score.Value*100 + 0.5))
	out.Confidence = int(math.Floor(score.Confidence * 100))
	switch {
	case out.Confidence < mediumPercent:
		out.Level = Low
	case out.Confidence < highPercent:
		out.Level = Medium
	default:
		out.Level = High
	}
	return out
}

// ruledAgainst is the score with the evidence of lost rulings added, in ratings
// that count wholly.
func (x Score) ruledAgainst(lost float64, s Settings) Score {
	if lost <= 0 {
		return x
	}
	// The conversions keep the compiler from fusing a product with a sum.
	weighed := float64(s.C * float64(s.Neg*lost))
	x.Negative += float64(s.Neg * lost)
	x.Value = (float64(s.C*x.Positive) + float64(s.W*s.R)) / (float64(s.C*(x.Positive+x.Negative)) + s.W)
	if x.Confidence < 1 {
		// Not all evidence makes surer, so what does is read off the confidence.
		weighed += float64(s.W*x.Confidence) / (1 - x.Confidence)
		x.Confidence = weighed / (weighed + s.W)
	}
	x.New = x.Confidence < s.Known
	return x
}

// Point is a standing at a time, for a picture of how it went.
type Point struct {
	At         time.Time `json:"at"`
	State      State     `json:"state"`
	Value      int       `json:"value"`      // 0 to 100
	Confidence int       `json:"confidence"` // percent
}

// Trend is one point for each month, the oldest first.
type Trend []Point

// TrendMonths is how many months a trend reaches back.
const TrendMonths = 36

// With is the trend with what the standing was at a time: the latest of a month, in
// UTC, is the point of that month. The receiver stays as it was.
func (t Trend) With(s Standing, at time.Time) Trend {
	at = at.UTC()
	p := Point{At: at, State: s.State, Value: s.Value, Confidence: s.Confidence}
	out := slices.Clone(t)
	i, _ := slices.BinarySearchFunc(out, month(at), func(p Point, m int) int { return month(p.At) - m })
	switch {
	case i == len(out) || month(out[i].At) != month(at):
		out = slices.Insert(out, i, p)
	case !at.Before(out[i].At):
		out[i] = p
	}
	return out[max(0, len(out)-TrendMonths):]
}

func month(t time.Time) int {
	t = t.UTC()
	return t.Year()*12 + int(t.Month())
}
