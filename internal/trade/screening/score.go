package screening

import "math"

// A model turns features into the log odds that two names belong to one party. All
// its weights but the base are positive, so that more in common is never worth less.
type model struct {
	base         float32
	evidence     float32
	ours, theirs float32 // of the shares that are met
	both         float32
	evidenceBoth float32 // of evidence, by share of theirs
}

// The models were fitted by logistic regression on the queries that
// fondaco bench screening makes of the seeds 7 and 8, weak names aside; other
// seeds show there how well the probabilities hold. Persons have a model of their
// own: their names are made of common words, and strangers share whole names.
func modelOf(person bool) model {
	if person {
		return model{base: -7.83, evidence: 0.15, ours: 6.03, both: 0.97, evidenceBoth: 5.47}
	}
	return model{base: -9.52, evidence: 5.23, ours: 2.96, theirs: 2.73, both: 6.02, evidenceBoth: 0.30}
}

// evidenceKnee is the evidence beyond which more hardly says more. What is not
// telling is never probable, however well it agrees: two people called Ali.
const (
	evidenceKnee  = 1.4
	evidenceAbove = 0.1
	evidenceBase  = -1
	evidenceSlope = 8
)

// logOdds are the log odds that names with these features belong to one party.
func (m model) logOdds(f features) float32 {
	e := f.evidence
	if e > evidenceKnee {
		e = evidenceKnee + evidenceAbove*(e-evidenceKnee)
	}
	o, t := f.ours*f.ours, f.theirs*f.theirs
	odds := m.base + m.evidence*e + m.ours*o*o + m.theirs*t*t + m.both*o*t + m.evidenceBoth*e*t
	return min(odds, evidenceBase+evidenceSlope*f.evidence)
}

// reach is the most that a row can score of which words of that weight, and no
// more, are met on our side, if all of ours weigh so much.
func (m model) reach(met, all float32) float32 {
	met = min(met*boundSlack, all)
	f := features{evidence: met, ours: 1, theirs: 1}
	if all > 0 {
		f.ours = met / all
	}
	return m.logOdds(f) + boundMargin
}

// Bounds are loosened by what sums of rounded numbers can differ.
const (
	boundSlack  = 1.00001
	boundMargin = 0.0001
)

// oddsWeak is what it costs that a list itself calls a name weak.
const (
	oddsWeak   = -1.0
	factorWeak = 0.37
)

func probability(logOdds float32) float64 { return 1 / (1 + math.Exp(-float64(logOdds))) }

func oddsOf(p float64) float32 { return float32(math.Log(p / (1 - p))) }
