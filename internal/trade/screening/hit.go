package screening

import (
	"slices"
	"strings"

	"fondaco/internal/trade/spelling"
)

// oddsStranger are the log odds of a name that has nothing of the other, and
// oddsPaper the least of a name whose party has the same paper.
const (
	oddsStranger = -12
	oddsPaper    = -5
)

// papers sees to parties that have a paper of the query, whatever their names.
func (s *scratch) papers(x *Index, most int) {
	for _, key := range s.facts.keys {
		for _, party := range x.papers[key] {
			s.factsOf(x, party)
			s.best[party].paper = true
			own := none
			for r := range x.rows {
				if x.rows[r].party == party {
					if own == none {
						own = number(r)
					}
					s.weighUp(x, number(r), most)
				}
			}
			if b := &s.best[party]; own != none && (!b.set || b.odds < oddsStranger) {
				b.odds, b.row, b.reading, b.set = oddsStranger, own, 0, true
			}
			if s.best[party].set && s.total(party) >= oddsOf(Floor) {
				s.rank(x, party, most)
			}
		}
	}
}

// hits tells of the parties that are most probable.
func (s *scratch) hits(x *Index, readings []spelling.Reading, most int) []Hit {
	if len(s.top) == 0 {
		return nil
	}
	hits := make([]Hit, 0, min(len(s.top), most))
	for _, party := range s.top {
		b, p := &s.best[party], &x.parties[party]
		r := &x.rows[b.row]
		teller := x.parties[r.of].entry
		name := &teller.Names[r.name]
		h := Hit{
			Entry: p.entry, List: p.entry.List, Version: x.lists[p.list].Version, Name: name.Text,
			Score: probability(s.total(party)), NameScore: probability(b.odds),
		}
		if s.asked.ready && s.asked.number == b.reading || s.ask(x, b.reading, readings[b.reading], false) {
			f := s.align(x, r)
			theirs := x.reader.Read(name.Text, spellingKind(teller.Kind))[r.reading]
			h.Reasons = s.reasons(x, r, wordsOf(nil, theirs), f)
		}
		if r.of != party {
			h.Reasons = append(h.Reasons, Reason{Code: OtherList, Theirs: teller.List + " " + teller.ID})
		}
		if name.Weak {
			h.Reasons = append(h.Reasons, Reason{Code: WeakName, Theirs: name.Text, Weight: factorWeak})
		}
		if s.facts.any {
			h.Reasons = append(h.Reasons, s.facts.reasons(p.entry)...)
		}
		hits = append(hits, h)
	}
	return hits
}

func (w *word) shown() string {
	for i := range len(w.written) {
		if w.written[i] >= 0x80 {
			return w.written + " (" + w.latin + ")"
		}
	}
	return w.written
}

// reasons tell word by word what the alignment has found.
func (s *scratch) reasons(x *Index, r *row, theirs []word, f features) []Reason {
	a, q, pieces := &s.alignment, &s.asked, x.piecesOf(r)
	ours := q.words
	slices.SortFunc(a.pairs, func(m, n pair) int { return int(m.ours) - int(n.ours) })
	var told []Reason
	for i := range a.pairs {
		p := &a.pairs[i]
		reason := Reason{Code: s.code(x, p, &ours[p.ours], &theirs[p.theirs], &pieces[p.theirs]), Ours: ours[p.ours].shown(), Theirs: theirs[p.theirs].shown()}
		weight := q.weights[p.ours]
		if p.twoOurs {
			reason.Ours += " " + ours[p.ours+1].shown()
			weight += q.weights[p.ours+1]
		}
		if p.twoTheirs {
			reason.Theirs += " " + theirs[p.next].shown()
		}
		reason.Weight = float64(weight*p.likeness) / float64(q.weight)
		told = append(told, reason)
	}
	var aloneOurs, aloneTheirs []string
	lostOurs, lostTheirs := float32(0), float32(0)
	for i := range q.count {
		if a.usedOurs&(1<<i) == 0 {
			aloneOurs = append(aloneOurs, ours[i].shown())
			lostOurs += q.weights[i]
		}
	}
	for j := range pieces {
		if a.usedTheirs&(1<<j) == 0 {
			aloneTheirs = append(aloneTheirs, theirs[j].shown())
			lostTheirs += pieces[j].weight
		}
	}
	missing := Reason{Ours: strings.Join(aloneOurs, " "), Theirs: strings.Join(aloneTheirs, " ")}
	switch {
	case f.apart > contradictionTold:
		missing.Code, missing.Weight = Contradiction, float64(f.apart/max(q.weight, r.weight))
		return append(told, missing)
	case len(aloneOurs) > 0:
		told = append(told, Reason{Code: MissingTheirs, Ours: missing.Ours, Weight: float64(lostOurs / q.weight)})
	}
	if len(aloneTheirs) > 0 {
		told = append(told, Reason{Code: MissingOurs, Theirs: missing.Theirs, Weight: float64(lostTheirs / r.weight)})
	}
	return told
}

// contradictionTold is the weight from which on words alone on both sides are
// told of as a contradiction.
const contradictionTold = 0.25

// code says in which way two words meet.
func (s *scratch) code(x *Index, p *pair, ours, theirs *word, pc *piece) string {
	term := x.words.form(pc.term)
	switch {
	case p.twoOurs || p.twoTheirs:
		return Joined
	case ours.role == spelling.LegalForm:
		return LegalForm
	case ours.latin == theirs.latin:
		if ours.meant != theirs.meant {
			return Translated
		}
		return Same
	case ours.meant || theirs.meant:
		return Translated
	case len(term.key) == 1:
		return Initial
	}
	s.pattern.set(&ours.form)
	if sound := s.pattern.soundLikeness(&term); sound > 0 && s.pattern.likeness(&term) == sound {
		return Sounds
	}
	return Spelled
}
