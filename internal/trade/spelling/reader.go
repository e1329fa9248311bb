package spelling

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Reader reads names. New makes one; the zero Reader is of no use.
type Reader struct {
	words          [Organisation + 1]map[string]*entry // by Latin; for Person and Organisation
	sounding       [Organisation + 1]map[string]*entry // the same by Key, for longer words
	arabicTerms    map[string]*term
	hanTerms       map[string]*term
	hangulTerms    map[string]*term
	twins          map[rune]byte // Greek and Cyrillic letters that look Latin
	tables         map[rune]string
	consonants     map[rune]string // of scripts whose consonants carry an a
	signs          map[rune]string // that replace this a
	arabicTable    map[rune]string
	traditional    map[rune]rune
	sounds         map[rune]string // of characters that have several, the one of names
	surnames       map[string]string
	koreanFamilies map[string][]string
	cyrillicTable  map[rune]string
	hangul         [3]hangulTable
	latinTable     [latinRangeMax]string
	persianTable   map[rune]string
	cantoneseTable map[rune]string
	shortened      map[rune]bool
	allah          []byte
	world          map[string]bool // common names of the world, by Latin
}

// New builds the tables that names are read by. It takes some milliseconds; one
// Reader serves a whole process.
func New() *Reader {
	r := &Reader{
		words:          [...]map[string]*entry{Person: make(map[string]*entry, 4_000), Organisation: make(map[string]*entry, 12_000)},
		sounding:       [...]map[string]*entry{Person: make(map[string]*entry, 4_000), Organisation: make(map[string]*entry, 12_000)},
		arabicTerms:    map[string]*term{},
		hanTerms:       make(map[string]*term, 5_000),
		hangulTerms:    map[string]*term{},
		twins:          lookalikeTable(),
		tables:         pairTable(hebrewLetters + " " + georgianLetters + " " + armenianLetters + " " + devanagariVowels + " " + thaiConsonants + " " + thaiVowels + " " + kanaLetters + " " + greekLetters),
		consonants:     pairTable(devanagariConsonants),
		signs:          pairTable(devanagariSigns),
		arabicTable:    pairTable(arabicLetters),
		traditional:    traditionalTable(),
		sounds:         pairTable(nameSounds),
		surnames:       surnameTable(),
		koreanFamilies: koreanFamilyTable(),
		cyrillicTable:  pairTable(cyrillicLetters),
		hangul:         hangulTables(),
		latinTable:     latinLetters(),
		persianTable:   pairTable(persianLetters),
		cantoneseTable: cantoneseTable(),
		allah:          []byte("allah"),
		world:          worldNames(),
	}
	r.shortened = shortenedSet(r.traditional)
	r.load()
	return r
}

// Read gives the ways to read a name, the likeliest first: none for a text
// without a letter or a digit that can be read, at most ReadingsMax.
func (r *Reader) Read(name string, kind Kind) []Reading {
	text, ascii := folded(name)
	var room [24]piece
	pieces := cut(text, room[:0])
	if len(pieces) == 0 {
		return nil
	}
	if ascii {
		return r.readLatin(text, pieces, kind)
	}
	return r.readAny(text, pieces, kind)
}

// folded cuts a text to what is read, and writes it in composed form.
func folded(name string) (text string, ascii bool) {
	if len(name) > RunesMax {
		n := 0
		for i := range name {
			if n == RunesMax {
				name = name[:i]
				break
			}
			n++
		}
	}
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return norm.NFKC.String(name), false
		}
	}
	return name, true
}

// readLatin reads a name in plain Latin letters, which has one reading for each kind
// that it may be.
func (r *Reader) readLatin(text string, pieces []piece, kind Kind) []Reading {
	b := builder{r: r, kind: kind, text: text}
	var letters [256]byte
	var words [16]draft
	b.buf, b.words = letters[:0], words[:0]
	if kind != Any {
		b.all(pieces)
		return b.readings(nil)
	}
	b.kind = Organisation
	b.all(pieces)
	kinds := b.looks()
	var readings []Reading
	if kinds[0] == Organisation {
		readings = b.readings(readings)
	}
	if kinds[len(kinds)-1] == Person {
		b.kind, b.buf, b.words = Person, b.buf[:0], b.words[:0]
		b.all(pieces)
		readings = b.readings(readings)
	}
	return readings
}

// readings adds what was built to the readings, if it is new and says anything.
func (b *builder) readings(readings []Reading) []Reading {
	if len(b.words) == 0 || len(readings) == ReadingsMax {
		return readings
	}
	if next := b.reading(); !slices.ContainsFunc(readings, next.same) {
		return append(readings, next)
	}
	return readings
}

// readAny reads a name of any scripts in each way they allow.
func (r *Reader) readAny(text string, pieces []piece, kind Kind) []Reading {
	kinds := []Kind{kind}
	slav := russian
	if slices.ContainsFunc(pieces, func(p piece) bool { return p.script == scriptCyrillic }) {
		slav = languageOf(text)
	}
	if kind == Any {
		b := builder{r: r, kind: Organisation, text: text, slav: slav}
		b.all(pieces)
		kinds = b.looks()
		switch {
		case len(pieces) == 1 && r.shortName(&pieces[0]):
			kinds = []Kind{Person, Organisation}
		case kinds[0] == Person && eastern(pieces):
			kinds = []Kind{Organisation, Person} // a brand alone looks like a name
		}
	}
	var readings []Reading
	for way := range ways(text, pieces, slav) {
		for _, k := range kinds {
			b := builder{r: r, kind: k, text: text, slav: slav, way: way}
			b.all(pieces)
			readings = b.readings(readings)
		}
	}
	return readings
}

// ways says in how many ways the scripts of a name may be read.
func ways(text string, pieces []piece, slav int) int {
	most := 1
	for i := range pieces {
		n := 1
		switch pieces[i].script {
		case scriptHan, scriptHangul:
			n = ReadingsMax
		case scriptArabic:
			n = untold + 1
		case scriptCyrillic, scriptGreek:
			if slav == ukrainian || besideLatin(text) {
				n = 2
			}
		case scriptLatin:
			if strings.ContainsAny(text, "äöüåøÄÖÜÅØ") {
				n = 2
			}
		case scriptNone, scriptSkip, scriptDigit, scriptKana, scriptTable:
		}
		most = max(most, n)
	}
	return most
}

// same says whether two readings have the same words.
func (a Reading) same(b Reading) bool {
	return slices.EqualFunc(a.Words, b.Words, func(x, y Word) bool { return x.Latin == y.Latin && x.Key == y.Key && x.Role == y.Role })
}

func eastern(pieces []piece) bool {
	return slices.ContainsFunc(pieces, func(p piece) bool { return p.script == scriptHan || p.script == scriptHangul })
}

// cut splits a text into pieces of one script. Latin, Greek and Cyrillic letters
// and digits that stand together are one piece, of the script that comes first.
func cut(text string, pieces []piece) []piece {
	open := false
	for i, c := range text {
		s := scriptOf(c)
		if s == scriptSkip {
			continue
		}
		if s == scriptNone {
			open = open && joins(text, i, c)
			continue
		}
		if open {
			p := &pieces[len(pieces)-1]
			if p.script.takes(s) {
				p.span.to = i + utf8.RuneLen(c)
				if p.script == scriptDigit {
					p.script = s
				} else if s > p.script && s <= scriptCyrillic {
					p.script = scriptCyrillic // Latin and another: see mixed
				}
				continue
			}
		}
		if len(pieces) >= WordsMax {
			break
		}
		open = true
		pieces = append(pieces, piece{script: s, span: span{i, i + utf8.RuneLen(c)}})
	}
	return pieces
}

// takes says whether a letter of script t goes on with a piece of script s.
func (s script) takes(t script) bool {
	return s == t || s <= scriptCyrillic && t <= scriptCyrillic || t == scriptDigit && s >= scriptHan
}

// joins says whether the mark at i holds single letters together: S.A., A/S.
func joins(text string, i int, c rune) bool {
	if c != '.' && c != '/' || i == 0 {
		return false
	}
	_, size := utf8.DecodeLastRuneInString(text[:i])
	if before, _ := utf8.DecodeLastRuneInString(text[:i-size]); i > size && letter(before) {
		return false
	}
	_, size = utf8.DecodeRuneInString(text[i+1:])
	next, _ := utf8.DecodeRuneInString(text[i+1:])
	after, _ := utf8.DecodeRuneInString(text[i+1+size:])
	return letter(next) && !letter(after)
}

func letter(c rune) bool { return c != utf8.RuneError && unicode.IsLetter(c) }

// all adds the words of every piece.
func (b *builder) all(pieces []piece) {
	for i := range pieces {
		b.piece(&pieces[i])
	}
}

func (b *builder) piece(p *piece) {
	text := b.text[p.span.from:p.span.to]
	switch p.script {
	case scriptNone, scriptSkip:
	case scriptDigit, scriptLatin, scriptGreek, scriptCyrillic:
		b.parts(p, text)
	case scriptArabic:
		b.arabic(lettersOf(text), p.span)
	case scriptHan:
		p.split(b.text)
		b.han(p)
	case scriptHangul:
		p.split(b.text)
		b.korean(p)
	case scriptKana, scriptTable:
		b.byTable(p, text)
	}
}

// parts adds a word of Latin, Greek or Cyrillic letters. The initials of a person
// are words of their own, where a company's are one: J.R. Smith, but S.A.
func (b *builder) parts(p *piece, text string) {
	if b.kind != Person || !strings.ContainsAny(text, "./") {
		b.part(p, text)
		return
	}
	for initial := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '.' || c == '/' }) {
		b.part(p, initial)
	}
}

func (b *builder) part(p *piece, text string) {
	if p.script > scriptLatin {
		b.mixed(p, text)
		return
	}
	var room [wordMax]byte
	if b.way == 1 {
		text = umlauts().Replace(text)
	}
	b.latin(b.r.appendLatin(room[:0], text), p.span, false)
}

// umlauts writes the vowels of German and the North as their second spelling.
func umlauts() *strings.Replacer {
	return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe", "Ä", "ae", "Ö", "oe", "Ü", "ue", "Å", "aa", "Ø", "oe")
}

// split finds the letters and digits of a piece, and where each stands.
func (p *piece) split(text string) {
	if p.runes != nil {
		return
	}
	for i, c := range text[p.span.from:p.span.to] {
		s := scriptOf(c)
		if s == scriptDigit {
			c = rune(digitOf(c))
		}
		if s == scriptDigit || s == p.script {
			p.runes = append(p.runes, c)
			p.at = append(p.at, p.span.from+i)
		}
	}
}

// lettersOf gives the lower-case letters of a word, without marks.
func lettersOf(text string) []rune {
	all := make([]rune, 0, len(text))
	for _, c := range text {
		if scriptOf(c) != scriptSkip {
			all = append(all, unicode.ToLower(c))
		}
	}
	return all
}

// appendLatin writes Latin letters and digits without case and marks.
func (r *Reader) appendLatin(to []byte, text string) []byte {
	for _, c := range text {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			to = append(to, byte(c)) //nolint:gosec // below 0x80
		case 'A' <= c && c <= 'Z':
			to = append(to, byte(c)+'a'-'A')
		case c < utf8.RuneSelf:
		case c < latinRangeMax:
			to = append(to, r.latinTable[c]...)
		case unicode.IsDigit(c):
			to = append(to, digitOf(c))
		case scriptOf(c) == scriptLatin:
			to = append(to, unmarked(c)...)
		}
	}
	return to
}
