package spelling

import (
	"slices"
	"unicode"
)

// mixed adds a word of Greek or Cyrillic letters, or of one of these and Latin
// ones. Letters that only look like those of the rest are read as the rest.
func (b *builder) mixed(p *piece, text string) {
	word := lettersOf(text)
	var latin, twins, others int
	for _, c := range word {
		switch s := scriptOf(c); {
		case s == scriptLatin:
			latin++
		case s == scriptDigit:
		case b.r.twins[c] != 0:
			twins++
		default:
			others++
		}
	}
	var room [wordMax * 3]byte
	switch {
	case others == 0 && (latin > 0 || b.way == 1 && besideLatin(b.text)):
		b.latin(b.r.asLatin(room[:0], word), p.span, false)
	case slices.ContainsFunc(word, func(c rune) bool { return scriptOf(c) == scriptCyrillic }):
		language := b.slav
		if language == ukrainian && b.way == 1 {
			language = russian // many Ukrainians are listed as Russians write them
		}
		b.latin(b.r.cyrillic(room[:0], asCyrillic(word), language), p.span, false)
	default:
		b.latin(b.r.greek(room[:0], word), p.span, false)
	}
}

// besideLatin says whether the name has Latin letters at all, so that letters of
// another alphabet that look like them are likely meant as them.
func besideLatin(text string) bool {
	for _, c := range text {
		if scriptOf(c) == scriptLatin {
			return true
		}
	}
	return false
}

func (r *Reader) asLatin(to []byte, word []rune) []byte {
	for _, c := range word {
		if t := r.twins[c]; t != 0 {
			to = append(to, t)
			continue
		}
		to = r.appendLatin(to, string(c))
	}
	return to
}

// asCyrillic replaces Latin letters in a Cyrillic word by those they look like.
func asCyrillic(word []rune) []rune {
	for i, c := range word {
		if j := slices.Index([]rune("abekmhopctyxi"), c); j >= 0 {
			word[i] = []rune("авекмнорстухі")[j]
		}
	}
	return word
}

// greek writes a Greek word, with the pairs that sound as one.
func (r *Reader) greek(to []byte, word []rune) []byte {
	for i := 0; i < len(word); i++ {
		c := r.base(word[i])
		if i+1 < len(word) {
			pair := string([]rune{c, r.base(word[i+1])})
			if sound, found := greekPair(pair, i == 0); found {
				to = append(to, sound...)
				i++
				continue
			}
		}
		if sound, found := r.tables[c]; found {
			to = append(to, sound...)
		} else {
			to = r.appendLatin(to, string(c))
		}
	}
	return to
}

func greekPair(pair string, opens bool) (string, bool) {
	switch pair {
	case "ου":
		return "ou", true
	case "αι":
		return "ai", true
	case "ει", "οι":
		return "i", true
	case "αυ":
		return "av", true
	case "ευ":
		return "ev", true
	case "μπ":
		if opens {
			return "b", true
		}
		return "mp", true
	case "ντ":
		if opens {
			return "d", true
		}
		return "nt", true
	case "γκ":
		if opens {
			return "g", true
		}
		return "ng", true
	case "γγ":
		return "ng", true
	}
	return "", false
}

// base takes the accents off a Greek letter.
func (r *Reader) base(c rune) rune {
	if _, found := r.tables[c]; found || c < 0x370 {
		return c
	}
	for _, d := range decomposed(c) {
		if _, found := r.tables[d]; found {
			return d
		}
	}
	return c
}

// byTable adds a word of a script that is read letter by letter.
func (b *builder) byTable(p *piece, text string) {
	var to []byte
	bare := false
	pending := false // an a that a sign may still replace
	for _, c := range text {
		c = unicode.ToLower(c)
		if 'ァ' <= c && c <= 'ヶ' {
			c -= 'ァ' - 'ぁ'
		}
		if consonant, found := b.r.consonants[c]; found {
			if pending {
				to = append(to, 'a')
			}
			to, pending = append(to, consonant...), true
			continue
		}
		if sign, found := b.r.signs[c]; found {
			if pending && sign == "n" {
				to = append(to, 'a')
			}
			to, pending = append(to, sign...), false
			continue
		}
		if c == devanagariVirama {
			pending = false
			continue
		}
		if pending {
			to, pending = append(to, 'a'), false
		}
		to = b.letter(to, c)
		bare = bare || 0x5d0 <= c && c <= 0x5ea
	}
	if len(to) > 0 {
		b.latin(to[:min(len(to), wordMax)], p.span, bare)
	}
}

// letter writes one letter, where small kana change the syllable before.
func (b *builder) letter(to []byte, c rune) []byte {
	n := len(to)
	switch {
	case c == 'ゃ' || c == 'ゅ' || c == 'ょ':
		end := map[rune]string{'ゃ': "ya", 'ゅ': "yu", 'ょ': "yo"}[c]
		if n > 1 && to[n-1] == 'i' {
			to = to[:n-1]
			if s := string(to); len(s) > 1 && s[len(s)-1] == 'h' || len(s) > 0 && s[len(s)-1] == 'j' {
				end = end[1:] // sha, cha, ja
			}
		}
		return append(to, end...)
	case c == 'っ', c == 'ー':
		return to
	case unicode.IsDigit(c):
		return append(to, digitOf(c))
	}
	if s, found := b.r.tables[c]; found {
		return append(to, s...)
	}
	for _, d := range decomposed(c) {
		to = append(to, b.r.tables[d]...)
	}
	return to
}
