package screening

import "math"

// A model turns features into the log odds that two names belong to one party. None
// of its weights is negative, but the base: more in common is never worth less.
type model struct {
	base         float32
	evidence     float32
	ours, theirs float32 // of the shares that are met
	both         float32
	evidenceBoth float32 // of evidence, by share of theirs

	// What is taken off.
	apart   float32 // for telling words that stand alone on both sides, by their weight
	alone   float32 // for words of theirs that stand alone, by their weight
	single  float32 // if one word alone meets another
	joined  float32 // for each two words that meet one
	common  float32 // if all telling words that meet are common names of the world
	shape   float32 // if the list does not tell the kind, and the name looks like another
	scripts [scriptCount]float32

	knee, above float32 // evidence beyond the knee hardly says more
	cap, slope  float32 // what is not telling is never probable, however well it agrees: two people called Ali
}

// The models were fitted to the queries that fondaco bench screening makes of the
// seeds 7 and 8, and to as many others of people and companies whose names came from
// two public generators of test data: for the share of listed names that are found at
// the score which one stranger in a hundred exceeds, and then to be a probability
// where half of the queries are of listed parties. Persons have a model of their own:
// their names are made of common words, and strangers share whole names.
func modelOf(person bool) model {
	if person {
		return model{
			base: -8.64, evidence: 0.14, ours: 9.3, theirs: 0, both: 0.2, evidenceBoth: 6.4,
			apart: 10.18, alone: 1.62, single: 0.85, joined: 0.91, common: 0.65, shape: 1.97,
			scripts: [scriptCount]float32{scriptCyrillic: 1.7, scriptArabic: 1.16, scriptHan: 7.23, scriptHangul: 6.29, scriptOther: 0.47},
			knee:    1.62, above: 0.03, cap: -0.46, slope: 6.88,
		}
	}
	return model{
		base: -5.23, evidence: 1.62, ours: 4.8, theirs: 2.03, both: 0.28, evidenceBoth: 2.2,
		apart: 0, alone: 0.21, single: 1.04, joined: 0.7, common: 1.07, shape: 5.61,
		scripts: [scriptCount]float32{scriptCyrillic: 4.03, scriptArabic: 1.74, scriptHan: 1.6, scriptHangul: 4.08, scriptOther: 1.2},
		knee:    2.97, above: 0.17, cap: -2.05, slope: 27.14,
	}
}

// logOdds are the log odds that names with these features belong to one party.
func (m *model) logOdds(f *features) float32 {
	e := f.evidence
	if e > m.knee {
		e = m.knee + m.above*(e-m.knee)
	}
	o, t := f.ours*f.ours, f.theirs*f.theirs
	odds := m.base + m.evidence*e + m.ours*o*o + m.theirs*t*t + m.both*o*t + m.evidenceBoth*e*t
	odds -= m.apart*f.apart + m.alone*f.alone + m.joined*f.joined
	if f.single {
		odds -= m.single
	}
	if f.common {
		odds -= m.common
	}
	odds = min(odds, m.cap+m.slope*f.evidence) - m.scripts[f.script]
	if f.otherShape {
		odds -= m.shape
	}
	return odds
}

// reach is the most that a row can score of which words of that weight, and no
// more, are met on our side, if all of ours weigh so much.
func (m *model) reach(met, all float32) float32 {
	met = min(met*boundSlack, all)
	f := features{evidence: met, ours: 1, theirs: 1}
	if all > 0 {
		f.ours = met / all
	}
	if f.ours >= looseFrom { // the rest may be met loosely
		f.ours += looseMost * (1 - f.ours)
		f.evidence += looseMost * (all - met)
	}
	return m.logOdds(&f) + boundMargin
}

// A touch is which words of ours a row may meet, and which of its own, at most: a
// word that may meet several counts for each.
type touch struct {
	ours, theirs         float32 // weights, by likeness
	oursWhole, theirsAll float32 // weights
	times                uint32  // pairs; two for words that are joined
}

// bound is the most that the row can score.
func (s *scratch) bound(r *row, t *touch) float32 {
	all := s.asked.weight
	f := features{ours: min(1, t.ours*boundSlack/all), single: t.times == 1, otherShape: r.shape == s.otherShape}
	f.evidence = min(t.ours, t.theirs) * boundSlack
	if r.weight > 0 {
		f.theirs = min(1, t.theirs*boundSlack/r.weight)
	}
	if f.ours >= looseFrom { // what is left over may be met loosely
		ours, theirs := t.ours+looseMost*(all-t.oursWhole), t.theirs+looseMost*(r.weight-t.theirsAll)
		f.ours, f.evidence = min(1, ours*boundSlack/all), min(ours, theirs)*boundSlack
		if r.weight > 0 {
			f.theirs = min(1, theirs*boundSlack/r.weight)
		}
	} else if !s.asked.initials {
		f.alone = max(0, r.weight-t.theirsAll*boundSlack)
		f.apart = min(f.alone, max(0, all-t.oursWhole*boundSlack))
	}
	if r.script != s.script {
		f.script = s.script
	}
	return s.model.logOdds(&f) + boundMargin
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

// probability is how often hits of these log odds were right. The models put parties in
// order; between these points they are surer, or less sure, than they may be.
func probability(logOdds float32) float64 {
	points := [...]struct{ told, true float64 }{{-1, -1}, {0, 0.8}, {1, 1.45}, {2, 2.45}, {5, 5}}
	odds := float64(logOdds)
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if odds > a.told && odds < b.told {
			odds = a.true + (odds-a.told)*(b.true-a.true)/(b.told-a.told)
			break
		}
	}
	return 1 / (1 + math.Exp(-odds))
}

func oddsOf(p float64) float32 { return float32(math.Log(p / (1 - p))) }
