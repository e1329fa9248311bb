package spelling

import (
	"bytes"
	"embed"
	"slices"
	"strconv"
	"strings"

	"fondaco/internal/fault"
)

// The dictionary is kept as text: one meaning a line, its canonical word first,
// then the words of all languages that mean it.
//
//go:embed dictionary/*.txt
var dictionary embed.FS

// An entry is what the dictionary says of one word in Latin letters.
type entry struct {
	key, skeleton string
	role          Role
	begins        bool     // it is here only because a phrase begins with it
	phrases       []phrase // that begin with this word, longest first
}

// A phrase is a row of words that means one thing.
type phrase struct {
	words [][]byte
	entry *entry
}

// A term is what a word of another script stands for.
type term struct {
	words [][]byte // in Latin letters
	meant bool     // translated rather than spelt
	brand bool     // a name of a firm rather than what words mean
	role  Role
}

// A file is one part of the dictionary: the role its words have, and in whose names
// they have it. Of two files with one word, the earlier wins.
type file struct {
	name  string
	role  Role
	kinds []Kind
}

func files() []file {
	both, firm := []Kind{Person, Organisation}, []Kind{Organisation}
	return []file{
		{"particles", Particle, both},
		{"names", Ordinary, both},
		{"titles", Title, []Kind{Person}},
		{"legal", LegalForm, firm},
		{"business", Business, firm},
		{"brands", Ordinary, firm},
		{"joiners", Particle, firm},
		{"places", Place, firm},
	}
}

// load reads the dictionary.
func (r *Reader) load() {
	for _, f := range files() {
		for line := range lines(f.name) {
			canonical, synonyms, _ := strings.Cut(line, "=")
			r.meaning(strings.TrimSpace(canonical), synonyms, f)
		}
	}
	for line := range lines("terms") {
		written, meaning, _ := strings.Cut(line, "=")
		for w := range strings.FieldsSeq(written) {
			words := wordsOf(meaning)
			r.addTerm(w, term{words: words, meant: true, brand: !r.allKnown(words)})
		}
	}
	for _, e := range r.words[Person] {
		slices.SortStableFunc(e.phrases, func(a, b phrase) int { return len(b.words) - len(a.words) })
	}
	for _, e := range r.words[Organisation] {
		slices.SortStableFunc(e.phrases, func(a, b phrase) int { return len(b.words) - len(a.words) })
	}
	r.placeSuffixes()
	r.ordinals()
}

// allKnown says whether each word is one of the dictionary.
func (r *Reader) allKnown(words [][]byte) bool {
	return !slices.ContainsFunc(words, func(w []byte) bool { return r.words[Organisation][string(w)] == nil })
}

// lines gives the lines of one file that say something.
func lines(name string) func(yield func(string) bool) {
	text, err := dictionary.ReadFile("dictionary/" + name + ".txt")
	fault.Assert(err == nil, "spelling.dictionary", "every file of the dictionary is in the program")
	return func(yield func(string) bool) {
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			if !yield(line) {
				return
			}
		}
	}
}

func wordsOf(text string) [][]byte {
	var words [][]byte
	for w := range strings.FieldsSeq(text) {
		words = append(words, []byte(w))
	}
	return words
}

// meaning adds one line of a file.
func (r *Reader) meaning(canonical, synonyms string, f file) {
	if f.name == "names" && strings.Contains(canonical, " ") {
		r.twoNames(canonical, synonyms)
		return
	}
	joined := []byte(strings.ReplaceAll(canonical, " ", ""))
	e := &entry{role: f.role}
	e.key = string(appendKey(nil, joined))
	if f.role != Particle {
		e.skeleton = string(appendSkeleton(nil, joined, []byte(e.key)))
	}
	r.addWord(string(joined), e, f.kinds)
	if len(joined) != len(canonical) {
		r.addWord(canonical, e, f.kinds)
	}
	t := term{words: [][]byte{joined}, meant: f.role == Business || f.role == LegalForm || f.name == "brands", role: f.role}
	for s := range strings.SplitSeq(synonyms, ",") {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		first := []rune(s)[0]
		switch scriptOf(first) {
		case scriptLatin, scriptDigit:
			r.addWord(r.latinText(s), e, f.kinds)
		case scriptCyrillic:
			for _, form := range inflected(s) {
				r.addWord(r.cyrillicText(form), e, f.kinds)
			}
		case scriptGreek:
			r.addWord(string(r.greek(nil, lettersOf(s))), e, f.kinds)
		case scriptNone, scriptSkip, scriptArabic, scriptHan, scriptHangul, scriptKana, scriptTable:
			r.addTerm(s, t)
		}
	}
}

// twoNames adds a word of another script that is two names in Latin letters.
func (r *Reader) twoNames(names, written string) {
	for w := range strings.SplitSeq(written, ",") {
		r.addTerm(strings.TrimSpace(w), term{words: wordsOf(names), role: Ordinary})
	}
}

// addWord adds a word, or a phrase, in Latin letters, for names of the kinds.
func (r *Reader) addWord(text string, e *entry, kinds []Kind) {
	words := wordsOf(text)
	for _, kind := range kinds {
		table := r.words[kind]
		switch {
		case len(words) > 1:
			addPhrase(table, words, e)
		case len(words) == 1 && table[text] == nil:
			own := *e
			table[text] = &own
			r.bySound(kind, words[0], &own)
		case len(words) == 1 && table[text].begins:
			phrases := table[text].phrases
			*table[text] = *e
			table[text].phrases = phrases
		}
	}
}

// soundMin is the shortest word, in letters, that the dictionary knows by its key
// too: those of less sound like too many others.
const soundMin = 6

// bySound lets a word be found in the other spellings of its sound.
func (r *Reader) bySound(kind Kind, latin []byte, e *entry) {
	if len(latin) < soundMin {
		return
	}
	var room [wordMax * 2]byte
	if key := appendKey(room[:0], latin); len(key) >= soundMin-1 && r.sounding[kind][string(key)] == nil {
		r.sounding[kind][string(key)] = e
	}
}

// addPhrase notes a phrase at its first word, which may be no word by itself.
func addPhrase(table map[string]*entry, words [][]byte, e *entry) {
	first := string(words[0])
	start := table[first]
	if start == nil {
		start = &entry{role: Ordinary, begins: true, key: string(appendKey(nil, words[0]))}
		start.skeleton = string(appendSkeleton(nil, words[0], []byte(start.key)))
		table[first] = start
	}
	start.phrases = append(start.phrases, phrase{words, e})
}

// ordinalMax is the highest number of an institute or a factory that is known.
const ordinalMax = 99

// ordinals adds the numbers that institutes are called by: 第五十四, 제54.
func (r *Reader) ordinals() {
	digits := []rune("零一二三四五六七八九")
	for n := 1; n <= ordinalMax; n++ {
		var written []rune
		if tens := n / 10; tens > 0 {
			if tens > 1 {
				written = append(written, digits[tens])
			}
			written = append(written, '十')
		}
		if n%10 > 0 {
			written = append(written, digits[n%10])
		}
		number := strconv.Itoa(n)
		t := term{words: [][]byte{[]byte(number + ending(n))}, meant: true}
		r.addTerm("第"+string(written), t)
		r.addTerm("第"+number, t)
		r.addTerm("제"+number, t)
	}
}

// ending is what English writes after the number of an order.
func ending(n int) string {
	if n/10 != 1 {
		switch n % 10 {
		case 1:
			return "st"
		case 2:
			return "nd"
		case 3:
			return "rd"
		}
	}
	return "th"
}

// addTerm adds a word of another script; the first of two wins.
func (r *Reader) addTerm(written string, t term) {
	table := r.hanTerms
	switch runes := []rune(written); scriptOf(runes[0]) {
	case scriptArabic:
		table, written = r.arabicTerms, string(plainArabic(runes))
	case scriptHangul:
		table = r.hangulTerms
	case scriptNone, scriptSkip, scriptDigit, scriptLatin, scriptGreek, scriptCyrillic, scriptHan, scriptKana, scriptTable:
		written = string(r.simplified(runes))
	}
	if _, there := table[written]; !there {
		table[written] = &t
	}
}

// inflected gives the forms of a Russian word: "+" at the end stands for the
// endings of an adjective, "~" for those of a noun in -ия or -ие, "*" for those of
// any other noun.
func inflected(word string) []string {
	if stem, found := strings.CutSuffix(word, "+"); found {
		return with(stem, "ый", "ий", "ой", "ая", "яя", "ое", "ее", "ые", "ие", "ого", "ых", "их")
	}
	if stem, found := strings.CutSuffix(word, "*"); found {
		return with(stem, "", "а", "ы", "и", "е", "у", "о", "ой", "ов", "ь", "я", "ей")
	}
	if stem, found := strings.CutSuffix(word, "~"); found {
		return with(stem, "я", "е", "и", "й", "ю", "ям", "ей")
	}
	return []string{word}
}

func with(stem string, endings ...string) []string {
	forms := make([]string, len(endings))
	for i, e := range endings {
		forms[i] = stem + e
	}
	return forms
}

// latinText writes words of the Latin alphabet in plain letters.
func (r *Reader) latinText(text string) string {
	var b []byte
	for i, w := range strings.Fields(text) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = r.appendLatin(b, w)
	}
	return string(b)
}

// cyrillicText writes words of Russian in Latin.
func (r *Reader) cyrillicText(text string) string {
	var b []byte
	for i, w := range strings.Fields(text) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = r.cyrillic(b, []rune(strings.ToLower(w)), languageOf(text))
	}
	return string(b)
}

// compoundMin is the longest word that is never taken apart.
const compoundMin = 6

// compound takes apart Arabic names that are often written as one: what begins with
// abd, and what ends with din or with the name of God.
func (b *builder) compound(latin []byte) (first, second []byte, found bool) {
	if rest, article, ok := afterAbd(latin); ok {
		doubled := len(rest) > 4 && rest[0] == rest[1] && !vowel(rest[0])
		if doubled {
			rest = rest[1:]
		}
		e := b.r.words[Person][string(rest)]
		known := e != nil && e.role == Ordinary && len(rest) > 3
		sure := article && !vowel(rest[0]) && len(rest) > 2
		if known || sure || len(rest) > 4 && !slavic(rest) && (doubled && rest[0] != 'l' || article) {
			return latin[:3], rest, true
		}
	}
	for _, end := range [...]string{"ddin", "ldin", "ddine", "ldine", "ddeen", "ldeen"} {
		n := len(latin) - len(end)
		if n > 3 && string(latin[n:]) == end && vowel(latin[n-1]) {
			return latin[:n-1], latin[n+1 : n+4], true
		}
	}
	if first, second, found = b.ofReza(latin); found {
		return first, second, true
	}
	if first, second, found = b.ofAbu(latin); found {
		return first, second, true
	}
	return b.ofAllah(latin)
}

// ofAbu takes apart what begins with the father of, and an article: Abolghasem.
func (b *builder) ofAbu(latin []byte) (first, second []byte, found bool) {
	for _, start := range [...]string{"abul", "abol", "aboul", "abool"} {
		rest, is := bytes.CutPrefix(latin, []byte(start))
		if !is || len(rest) < 3 {
			continue
		}
		if e := b.r.words[Person][string(rest)]; e != nil && e.role == Ordinary && !e.begins {
			return latin[:3], rest, true
		}
	}
	return nil, nil, false
}

// ofReza takes apart a Persian name that ends with that of Reza: Alireza.
func (b *builder) ofReza(latin []byte) (first, second []byte, found bool) {
	n := len(latin) - len("reza")
	if string(latin[n:]) != "reza" {
		return nil, nil, false
	}
	if e := b.r.words[Person][string(latin[:n])]; e == nil || e.role != Ordinary || e.begins {
		return nil, nil, false
	}
	return latin[:n], latin[n:], true
}

// ofAllah takes apart a name that ends with that of God: Nasrallah, Najibullah.
func (b *builder) ofAllah(latin []byte) (first, second []byte, found bool) {
	for _, end := range [...]string{"ullah", "allah", "ollah", "ulah", "olah", "ulla", "alla", "olla"} {
		n := len(latin) - len(end)
		if n < 3 || string(latin[n:]) != end || latin[n-1] == 'l' {
			continue
		}
		if len(end) < 5 && (n < 4 || end[3] != 'h') && b.r.words[Person][string(latin[:n])] == nil {
			continue
		}
		return latin[:n], b.r.allah, true
	}
	return nil, nil, false
}

// afterAbd gives what follows abd and its article in one word.
func afterAbd(latin []byte) (rest []byte, article, found bool) {
	if len(latin) < 7 || string(latin[:3]) != "abd" {
		return nil, false, false
	}
	rest = latin[3:]
	if vowel(rest[0]) {
		rest = rest[1:]
		if (rest[0] == 'u' || rest[0] == 'o') && rest[1] == 'l' {
			rest = rest[1:] // Abdoulaziz
		}
		if rest[0] == 'l' && !vowel(rest[1]) && rest[1] != 'l' {
			return rest[1:], true, true
		}
		if bytes.HasPrefix(rest, []byte("llah")) {
			return nil, false, false // Abdullahpour
		}
		if rest[0] == 'l' && len(rest) > 4 {
			return rest[1:], true, true // Abdulaziz, but also Abdulaev
		}
	}
	return rest, false, true
}

// slavic says whether a word ends as Russian surnames do.
func slavic(word []byte) bool {
	s := string(word)
	for _, end := range [...]string{"ev", "ov", "eva", "ova", "yev", "yeva", "ovich", "evich", "ovna", "evna"} {
		if strings.HasSuffix(s, end) {
			return true
		}
	}
	return false
}
