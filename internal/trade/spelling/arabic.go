package spelling

import (
	"slices"
	"strings"
)

// arabicLetters is how the letters of Arabic, Persian, Urdu and Pashto are written
// in Latin. Those that stand for vowels, or for nothing, are in arabicSounds.
const arabicLetters = "بb پp تt ثth جj چch حh خkh دd ذdh رr زz ژzh سs شsh صs ضd طt ظz غgh فf قq كk کk گg لl مm نn هh ڤv ټt ډd ړr ښsh ګg " +
	"ٹt ڈd ڑr ںn ھh ہh ۃa ەa څts ځdz ڼn ڭng ۇu ۆo ېe ۍi ےe"

// persianLetters are those that Persian and its neighbours read in another way.
const persianLetters = "ثs ذz ضz ظz"

// plainArabic writes a word as dictionaries look it up: one alef, one yeh, one kaf,
// no hamza, and heh for the feminine ending.
func plainArabic(word []rune) []rune {
	plain := make([]rune, 0, len(word))
	for _, c := range word {
		switch c {
		case 'أ', 'إ', 'آ', 'ٱ':
			c = 'ا'
		case 'ى', 'ی', 'ئ', 'ې', 'ۍ', 'ے':
			c = 'ي'
		case 'ؤ':
			c = 'و'
		case 'ة', 'ۃ', 'ە', 'ہ', 'ھ', 'ۀ':
			c = 'ه'
		case 'ک':
			c = 'ك'
		case 'ګ':
			c = 'گ'
		case 'ء':
			continue
		}
		if scriptOf(c) == scriptArabic {
			plain = append(plain, c)
		}
	}
	return plain
}

// A sound is one letter of an unvowelled script as it is read; a consonant may be
// silent.
type sound struct {
	latin string
	vowel bool
}

// arabicSounds reads the letters of one word. Waw and yeh are consonants at the
// start and beside a vowel.
func (r *Reader) arabicSounds(word []rune, persian bool) []sound {
	sounds := make([]sound, 0, len(word)+2)
	for i, c := range word {
		last := i == len(word)-1
		vowelBefore := len(sounds) > 0 && sounds[len(sounds)-1].vowel
		alefAfter := !last && strings.ContainsRune("اآىةأ", word[i+1])
		var s sound
		switch c {
		case 'ا', 'أ', 'ٱ', 'ى', 'ة':
			s = sound{"a", true}
			if c == 'ى' && persian {
				s.latin = "i"
			}
			if i == 0 && len(word) > 1 && strings.ContainsRune("يی", word[1]) {
				s.latin = "" // an opening alef before yeh only carries the i
			}
		case 'آ':
			s = sound{"a", true}
		case 'إ':
			s = sound{"i", true}
		case 'ع', 'ء', 'ئ':
			s = sound{"", false}
		case 'ؤ':
			s = sound{"u", true}
		case 'و':
			s = sound{"w", false}
			if persian {
				s.latin = "v"
			}
			if i > 0 && !vowelBefore && !alefAfter {
				s = sound{"u", true}
			}
		case 'ي', 'ی':
			s = sound{"y", false}
			if i > 0 && (!vowelBefore && !alefAfter || sounds[len(sounds)-1].latin == "") {
				s = sound{"i", true}
			}
		default:
			s = sound{r.arabicTable[c], false}
			if own := r.persianTable[c]; persian && own != "" {
				s.latin = own
			}
			if s.latin == "" {
				continue
			}
			s.vowel = vowel(s.latin[0])
		}
		sounds = append(sounds, s)
	}
	return sounds
}

// appendVowelled writes sounds with an a where the script leaves a vowel out. A
// syllable of Arabic opens with one consonant and closes with one at most, so a
// row of consonants says nearly where the vowels are.
func appendVowelled(to []byte, sounds []sound) []byte {
	for i := 0; i < len(sounds); {
		if sounds[i].vowel {
			to = append(to, sounds[i].latin...)
			i++
			continue
		}
		end := i
		for end < len(sounds) && !sounds[end].vowel {
			end++
		}
		to = appendRow(to, sounds[i:end], i == 0, end == len(sounds))
		i = end
	}
	return to
}

// appendRow writes a row of consonants; opens and closes say that it is the first
// or the last of its word.
func appendRow(to []byte, row []sound, opens, closes bool) []byte {
	n := len(row)
	for i, s := range row {
		to = append(to, s.latin...)
		left := n - 1 - i
		var a bool
		switch {
		case left == 0:
		case opens && closes && n == 3:
			a = true
		case opens:
			a = i%2 == 0
		case closes:
			a = left%2 == 1
		default:
			a = n > 2 && i%2 == 1
		}
		if a {
			to = append(to, 'a')
		}
	}
	return to
}

// Ways to read Arabic script.
const (
	arabicWay = iota // as Arabic, what has a meaning translated
	persian          // with the sounds of Persian
	untold           // as Arabic, all by sound
)

// arabic adds the words that one piece of Arabic script stands for.
func (b *builder) arabic(word []rune, written span) {
	plain := plainArabic(word)
	text := string(plain)
	switch {
	case b.arabicKnown(text, written), b.arabicParts(plain, written):
	case len(plain) > 5 && b.kind == Organisation && text[:len("وال")] == "وال":
		b.latin([]byte("and"), written, false)
		b.arabic(plain[1:], written)
	case len(plain) > 4 && b.kind == Organisation && plain[0] == 'و' && b.r.arabicTerms[string(plain[1:])] != nil:
		b.latin([]byte("and"), written, false)
		b.arabicKnown(string(plain[1:]), written)
	case len(plain) > 3 && text[:len("لل")] == "لل" && b.arabicKnown(string(plain[2:]), written):
	case len(plain) > 4 && text[:len("ال")] == "ال":
		if !b.afterAbd() {
			b.latin([]byte("al"), written, false)
		}
		if b.arabicKnown(string(plain[2:]), written) {
			return
		}
		b.arabicRest(word[slices.Index(word, 'ل')+1:], written)
	default:
		b.arabicRest(word, written)
	}
}

// arabicParts takes apart a name that is written as one word: abd and a name of
// God, or any name and the name of God.
func (b *builder) arabicParts(plain []rune, written span) bool {
	text := string(plain)
	if name, found := strings.CutPrefix(text, "عبدال"); found && len(plain) > len([]rune("عبدال"))+2 {
		b.latin([]byte("abd"), written, false)
		b.arabicRest([]rune(name), written)
		return true
	}
	if name, found := strings.CutSuffix(text, "الله"); found && len(plain) > len([]rune("الله"))+1 {
		b.arabicRest([]rune(name), written)
		b.latin(b.r.allah, written, false)
		return true
	}
	return false
}

// arabicRest adds a word by its sound.
func (b *builder) arabicRest(word []rune, written span) {
	if b.arabicKnown(string(plainArabic(word)), written) {
		return
	}
	var room [64]byte
	b.latin(appendVowelled(room[:0], b.r.arabicSounds(word, b.way == persian)), written, true)
}

// arabicKnown adds the words of the dictionary for a plain word, if it is there.
func (b *builder) arabicKnown(plain string, written span) bool {
	term, known := b.r.arabicTerms[plain]
	if known && term.meant && (b.kind == Person || b.way == untold) {
		return false
	}
	if known {
		b.term(term, written)
	}
	return known
}

// afterAbd says whether the last word is abd, which the article only joins to the
// name that follows.
func (b *builder) afterAbd() bool {
	n := len(b.words)
	return n > 0 && string(b.latinOf(b.words[n-1])) == "abd"
}
