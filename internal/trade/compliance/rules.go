package compliance

import "fondaco/internal/fault"

// Rules are the house's thresholds. Both are probabilities in basis points that
// a hit is the same party.
type Rules struct {
	ReviewBps int // from here on a person looks
	BlockBps  int // from here on the party is held until two persons have decided
}

// Check refuses thresholds that are not 1 ≤ ReviewBps ≤ BlockBps ≤ 10000, with
// compliance.bad_rules, Invalid.
func (r Rules) Check() error {
	if r.ReviewBps < 1 || r.BlockBps < r.ReviewBps || r.BlockBps > 10000 {
		return fault.New(fault.Invalid, "compliance.bad_rules", "The threshold of review is at least 1 and at most that of blocking, which is at most 10000 basis points.")
	}
	return nil
}

// Outcome is what findings amount to.
type Outcome string

// The outcomes.
const (
	Clear  Outcome = "clear"  // nobody need look
	Review Outcome = "review" // a person looks; nothing waits
	Block  Outcome = "block"  // everything waits until two persons have decided
)

// Verdict is an outcome and the findings that it rests on, the most probable first.
type Verdict struct {
	Outcome  Outcome
	Findings []Finding
}

// Weigh drops what is less probable than the rules ask and every pair that two
// persons have cleared, and says what is left. Cleared may be nil.
func (r Rules) Weigh(s Subject, findings []Finding, cleared func(Pair) bool) Verdict {
	v := Verdict{Outcome: Clear}
	for _, f := range worst(findings) {
		if f.Probability < r.ReviewBps {
			continue
		}
		if p := f.Pair(s); cleared != nil && p.Whole() && cleared(p) {
			continue
		}
		v.Findings = append(v.Findings, f)
		if v.Outcome == Clear {
			v.Outcome = Review
		}
		if f.Probability >= r.BlockBps {
			v.Outcome = Block
		}
	}
	return v
}
