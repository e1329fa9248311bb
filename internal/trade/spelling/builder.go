package spelling

import "bytes"

// A builder puts one reading together. Letters of all its words share one buffer.
type builder struct {
	r     *Reader
	kind  Kind   // Person or Organisation
	text  string // the whole folded name, into which spans point
	way   int    // which of the ways to read its scripts, from 0
	slav  int    // the language of its Cyrillic letters
	buf   []byte
	words []draft
}

// A span is a piece of the builder's text, in bytes.
type span struct{ from, to int }

// A draft is a word whose letters still stand in the builder's buffer, or, where
// term is set, in the dictionary.
type draft struct {
	written         span
	from, key, skel int32 // where Latin, Key and Skeleton begin in the buffer
	end             int32
	entry           *entry // canonical Key and role, where the dictionary knows the word
	whole           *Word  // see Word.Whole
	bare, meant     bool
}

func (b *builder) latinOf(d draft) []byte { return b.buf[d.from:d.key] }

// latin adds one word that is written in a–z and 0–9.
func (b *builder) latin(latin []byte, written span, bare bool) {
	if len(latin) == 0 || len(b.words) >= WordsMax {
		return
	}
	if len(latin) > wordMax {
		latin = latin[:wordMax]
	}
	e := b.entry(latin)
	if e == nil && b.kind == Person {
		e = b.patronymic(latin)
	}
	if e == nil && len(latin) > compoundMin && !b.sounds(latin) {
		if first, second, found := b.compound(latin); found {
			at := len(b.words)
			b.add(first, b.entry(first), written, bare)
			b.add(second, b.entry(second), written, bare)
			if len(b.words) == at+2 {
				b.words[at].whole = whole(latin, bare)
			}
			return
		}
	}
	b.add(latin, e, written, bare && e == nil)
}

// whole is a word as it was written, before it was taken apart.
func whole(latin []byte, bare bool) *Word {
	key := appendKey(nil, latin)
	return &Word{Latin: string(latin), Key: string(key), Skeleton: string(appendSkeleton(nil, latin, key)), Bare: bare}
}

// sounds says whether the dictionary knows the word in another spelling.
func (b *builder) sounds(latin []byte) bool {
	var room [wordMax * 2]byte
	return b.r.sounding[b.kind][string(appendKey(room[:0], latin))] != nil
}

// entry finds what the dictionary says of a word in a name of this kind: the words
// of business say nothing in the name of a person.
func (b *builder) entry(latin []byte) *entry { return b.r.words[b.kind][string(latin)] }

// wordMax is how many letters of one word are read.
const wordMax = 64

func (b *builder) add(latin []byte, e *entry, written span, bare bool) {
	if len(b.words) >= WordsMax {
		return
	}
	d := draft{written: written, entry: e, bare: bare, from: int32(len(b.buf))} //nolint:gosec // a name has at most RunesMax runes
	b.buf = append(b.buf, latin...)
	d.key = int32(len(b.buf)) //nolint:gosec // as above
	if e == nil {
		b.buf = appendKey(b.buf, b.buf[d.from:d.key])
		d.skel = int32(len(b.buf)) //nolint:gosec // as above
		if len(latin) >= soundMin && !bare {
			d.entry = b.r.sounding[b.kind][string(b.buf[d.key:d.skel])]
		}
		b.buf = appendSkeleton(b.buf, b.buf[d.from:d.key], b.buf[d.key:d.skel])
	} else {
		d.skel = d.key
	}
	d.end = int32(len(b.buf)) //nolint:gosec // as above
	b.words = append(b.words, d)
}

// term adds the words of a translation.
func (b *builder) term(t *term, written span) {
	for _, latin := range t.words {
		before := len(b.words)
		b.add(latin, b.entry(latin), written, false)
		if len(b.words) > before {
			b.words[before].meant = t.meant
		}
	}
}

// reading finishes what was added.
func (b *builder) reading() Reading {
	b.phrases()
	text := string(b.buf)
	words := make([]Word, len(b.words))
	for i, d := range b.words {
		w := &words[i]
		w.Written, w.Bare, w.Meant = b.text[d.written.from:d.written.to], d.bare, d.meant
		w.Latin = text[d.from:d.key]
		w.Common = b.r.world[w.Latin]
		if i+1 < len(b.words) && b.words[i+1].written == d.written {
			w.Whole = d.whole
		}
		if d.entry != nil {
			w.Key, w.Skeleton = d.entry.key, d.entry.skeleton
			w.Role = d.entry.role
		} else {
			w.Key, w.Skeleton = text[d.key:d.skel], text[d.skel:d.end]
		}
	}
	b.sunLetters(words)
	return Reading{Words: words}
}

// phrases makes one word of each row of words that has a meaning as a whole.
func (b *builder) phrases() {
	out := b.words[:0]
	for i := 0; i < len(b.words); {
		d := b.words[i]
		size := 1
		if d.entry != nil && len(d.entry.phrases) > 0 {
			if p := b.phraseAt(i); p != nil {
				size = len(p.words)
				d.entry = p.entry
				last := b.words[i+size-1]
				d.written.to = max(d.written.to, last.written.to)
			}
		}
		out = append(out, d)
		i += size
	}
	b.words = out
}

// phraseAt finds the longest phrase that begins at word i.
func (b *builder) phraseAt(i int) *phrase {
	first := b.words[i].entry
	for p := range first.phrases {
		if b.phraseFits(&first.phrases[p], i) {
			return &first.phrases[p]
		}
	}
	return nil
}

func (b *builder) phraseFits(p *phrase, i int) bool {
	if i+len(p.words) > len(b.words) {
		return false
	}
	for j, want := range p.words {
		if !bytes.Equal(b.latinOf(b.words[i+j]), want) {
			return false
		}
	}
	return true
}

// sunLetters marks the articles that have taken the sound of the name that
// follows: ar-Rahman, ash-Shami.
func (b *builder) sunLetters(words []Word) {
	for i := range len(words) - 1 {
		w, next := &words[i], words[i+1].Latin
		if w.Role != Ordinary || len(w.Latin) < 2 || len(w.Latin) > 4 || b.kind == Organisation {
			continue
		}
		c := w.Latin[0]
		if c != 'a' && c != 'e' && c != 'u' {
			continue
		}
		if rest := w.Latin[1:]; len(next) > len(rest) && next[:len(rest)] == rest && !vowel(rest[0]) {
			w.Role = Particle
			w.Key, w.Skeleton = "al", ""
		}
	}
}

// looks says whose name this seems to be, the likeliest first: that of a company
// where a word says what companies do or is a legal form, else that of a person. A
// short form, such as co or sa, may be part of a person's name as well.
func (b *builder) looks() []Kind {
	short := false
	for i := range b.words {
		e := b.words[i].entry
		if e == nil {
			continue
		}
		if len(e.phrases) > 0 {
			if p := b.phraseAt(i); p != nil {
				e = p.entry
			}
		}
		edge := i == 0 || i == len(b.words)-1
		size := b.words[i].key - b.words[i].from
		switch {
		case e.role == Business, e.role == LegalForm && size > shortForm:
			return []Kind{Organisation}
		case e.role == LegalForm && edge:
			short = true
		}
	}
	if short {
		return []Kind{Organisation, Person}
	}
	return []Kind{Person}
}

// shortForm is the longest legal form, in letters, that is also a syllable of names.
const shortForm = 2

// shortName says whether a piece is a full name by its look: a known family name
// and one or two syllables more.
func (r *Reader) shortName(p *piece) bool {
	if p.script != scriptHan && p.script != scriptHangul || len(p.runes) < 2 || len(p.runes) > 4 {
		return false
	}
	if p.script == scriptHangul {
		return r.koreanFamilies[string(p.runes[:1])] != nil && len(p.runes) == 3
	}
	plain := r.simplified(p.runes)
	_, single := r.surnames[string(plain[:1])]
	_, double := r.surnames[string(plain[:2])]
	return single && len(p.runes) < 4 || double && len(p.runes) > 2
}
