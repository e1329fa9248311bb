package screening

// A pair is a word of ours that meets a word of theirs, or two that meet one.
type pair struct {
	ours, theirs uint8 // first word
	twoOurs      bool  // and the next
	twoTheirs    bool
	next         uint8 // the second word of theirs
	likeness     float32
	gain         float32
}

// features are what the score of a name rests on.
type features struct {
	evidence     float32 // weight of words that meet, by the commoner side
	ours, theirs float32 // share of each name that is met
	apart        float32 // weight that stands alone on both sides, by the lesser
	alone        float32 // weight of theirs that stands alone
	joined       float32 // how often two words meet one
	single       bool    // one word meets one word, and no other
	common       bool    // every telling word of ours that meets another is a common name of the world
	otherShape   bool    // the list does not tell the kind, and the name looks like another
	script       script  // of ours, if theirs is another
}

// An alignment says which words of a row meet which of the query.
type alignment struct {
	pairs       []pair // those that hold
	tried       []pair
	usedOurs    uint64
	usedTheirs  uint64
	initials    uint64 // words of theirs that an initial of ours may stand for
	initialOurs uint64
}

// align pairs the words of a row with those of the query, the best first, no word
// twice.
func (s *scratch) align(x *Index, r *row) features {
	a, q, pieces := &s.alignment, &s.asked, x.piecesOf(r)
	a.pairs, a.tried = a.pairs[:0], a.tried[:0]
	for j := range pieces {
		if slot := s.slot[pieces[j].term]; slot != 0 {
			s.try(j, false, pieces, s.likes[int(slot-1)*q.columns:int(slot)*q.columns])
		}
		if pieces[j].joined == none {
			continue
		}
		if slot := s.slot[pieces[j].joined]; slot != 0 {
			s.try(j, true, pieces, s.likes[int(slot-1)*q.columns:int(slot)*q.columns])
		}
	}
	a.usedOurs, a.usedTheirs, a.initialOurs, a.initials = 0, 0, 0, 0
	for i := range a.tried {
		p := &a.tried[i]
		ours, theirs := p.masks()
		if a.usedOurs&ours == 0 && a.usedTheirs&theirs == 0 {
			a.usedOurs |= ours
			a.usedTheirs |= theirs
			a.pairs = append(a.pairs, *p)
		}
	}
	strict := len(a.pairs)
	s.loosely(x, pieces)
	f := s.measure(x, r, pieces)
	f.single = strict == 1 && !a.pairs[0].twoOurs && !a.pairs[0].twoTheirs
	f.common = s.allCommon(x, a.pairs[:strict], pieces)
	return f
}

// allCommon tells whether the telling words of ours that meet are all common names of
// the world.
func (s *scratch) allCommon(x *Index, pairs []pair, pieces []piece) bool {
	some := false
	for i := range pairs {
		p := &pairs[i]
		ours := &s.asked.words[p.ours]
		switch {
		case p.twoOurs || p.twoTheirs:
			return false
		case !telling(ours.role) || !telling(x.words.role(pieces[p.theirs].term)):
			continue
		case !ours.common:
			return false
		}
		some = true
	}
	return some
}

func (p *pair) masks() (ours, theirs uint64) {
	ours, theirs = 1<<p.ours, 1<<p.theirs
	if p.twoOurs {
		ours *= 3
	}
	if p.twoTheirs {
		theirs |= 1 << p.next
	}
	return ours, theirs
}

// try notes which words of ours the piece could meet, in order of gain.
func (s *scratch) try(j int, two bool, pieces []piece, likes []uint16) {
	a, q := &s.alignment, &s.asked
	theirs, next := pieces[j].weight, (j+1)%len(pieces)
	if two {
		theirs += pieces[next].weight
	}
	for c, like := range likes {
		if like == 0 {
			continue
		}
		p := pair{ours: small(c), theirs: small(j), twoTheirs: two, next: small(next), likeness: float32(like) / 1000}
		ours := q.weights[c]
		if c >= q.count {
			p.ours, p.twoOurs = small(c-q.count), true
		}
		p.gain = p.likeness * p.likeness * (ours + theirs)
		at := len(a.tried)
		a.tried = append(a.tried, p)
		for at > 0 && a.tried[at-1].after(&p) {
			a.tried[at] = a.tried[at-1]
			at--
		}
		a.tried[at] = p
	}
}

// after tells whether p is to be tried after o.
func (p *pair) after(o *pair) bool {
	switch {
	case p.gain != o.gain:
		return p.gain < o.gain
	case p.ours != o.ours:
		return p.ours > o.ours
	}
	return p.theirs > o.theirs
}

// measure draws the features from the pairs.
func (s *scratch) measure(x *Index, r *row, pieces []piece) features {
	a, q := &s.alignment, &s.asked
	var f features
	metOurs, metTheirs, freeOurs, freeTheirs := float32(0), float32(0), q.weight, r.weight
	for i := range a.pairs {
		p := &a.pairs[i]
		ours, theirs := q.weights[p.ours], pieces[p.theirs].weight
		if p.twoOurs {
			ours += q.weights[p.ours+1]
		}
		if p.twoTheirs {
			theirs += pieces[p.next].weight
		}
		metOurs += ours * p.likeness
		metTheirs += theirs * p.likeness
		freeOurs -= ours
		freeTheirs -= theirs
		f.evidence += min(ours, theirs) * p.likeness
		if p.twoOurs || p.twoTheirs {
			f.joined++
		}
	}
	freeTheirs -= s.initialsMeet(x, pieces)
	if q.weight > 0 {
		f.ours = min(1, metOurs/q.weight)
	}
	if r.weight > 0 {
		f.theirs = min(1, metTheirs/r.weight)
	}
	f.apart, f.alone = max(0, min(freeOurs, freeTheirs)), max(0, freeTheirs)
	f.otherShape = r.shape == s.otherShape
	if r.script != s.script {
		f.script = s.script
	}
	return f
}

// initialsMeet answers the weight of words of theirs that a single letter of ours
// stands for.
func (s *scratch) initialsMeet(x *Index, pieces []piece) float32 {
	a, q, met := &s.alignment, &s.asked, float32(0)
	for i := range q.count {
		if len(q.words[i].key) != 1 || a.usedOurs&(1<<i) != 0 {
			continue
		}
		for j := range pieces {
			if a.usedTheirs&(1<<j) == 0 && a.initials&(1<<j) == 0 && x.words.initial(pieces[j].term) == q.words[i].key[0] {
				a.initials |= 1 << j
				a.initialOurs |= 1 << i
				met += pieces[j].weight
				break
			}
		}
	}
	return met
}
