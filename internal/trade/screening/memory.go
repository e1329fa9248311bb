package screening

// memorySize is how many words a working memory keeps what it has found for. People
// and companies are called by few words again and again.
const memorySize = 1 << 13

// memoryFound is how many terms may have been found for a word that is kept.
const memoryFound = 1 << 10

// A memory holds which terms are like the words that were looked up lately. What it
// answers is what looking up would answer: an index never changes.
type memory [memorySize]remembered

type remembered struct {
	form   form
	found  []like // of no column
	weight float32
}

// at is the place of a word in the memory, whatever stands there.
func (m *memory) at(f *form) *remembered {
	h := byWhole
	for i := range len(f.latin) {
		h = mix(h, f.latin[i])
	}
	return &m[hashed(h)%memorySize]
}

// keep remembers what was found for a word.
func (r *remembered) keep(f *form, found []like, weight float32) {
	if len(found) > memoryFound {
		return
	}
	r.form, r.found, r.weight = *f, append(r.found[:0], found...), weight
}
