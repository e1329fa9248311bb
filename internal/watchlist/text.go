package watchlist

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const nameMax = 1000 // letters of one name

// clean answers the text of a part without its marks, or refuses it: it must be
// UTF-8 and have no control characters. Files of OFAC may be Windows-1252, as they
// were once.
func clean(p Part, ansi bool) ([]byte, error) {
	body := bytes.TrimPrefix(p.Body, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) {
		return nil, refuse(codeEncoding, p.Name, "it is UTF-16, not UTF-8")
	}
	body = bytes.TrimSuffix(body, []byte{endOfFile})
	if i := bytes.IndexFunc(body, control); i >= 0 {
		if body[i] == 0 {
			return nil, refuseAt(codeEncoding, p.Name, lineOf(body, i), "it has zero bytes")
		}
		return nil, refuseAt(codeHostile, p.Name, lineOf(body, i), "it has control characters")
	}
	if utf8.Valid(body) {
		return body, nil
	}
	if !ansi || hasAny(body, 0x81, 0x8d, 0x8f, 0x90, 0x9d) {
		return nil, refuse(codeEncoding, p.Name, "it is not UTF-8")
	}
	wide, err := charmap.Windows1252.NewDecoder().Bytes(body)
	if err != nil {
		return nil, refuse(codeEncoding, p.Name, "it is neither UTF-8 nor Windows-1252").Because(err)
	}
	return wide, nil
}

// hasAny tells whether one of the bytes, which Windows-1252 does not use, is there.
func hasAny(body []byte, unused ...byte) bool {
	return slices.ContainsFunc(unused, func(c byte) bool { return bytes.IndexByte(body, c) >= 0 })
}

// endOfFile closes the CSV files of OFAC, as it did under CP/M.
const endOfFile = 0x1a

// control tells of characters that no list has a reason for: those of ASCII that
// are no space. Marks of direction are left to the reading of names.
func control(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f
}

func lineOf(body []byte, at int) int { return 1 + bytes.Count(body[:at], []byte{'\n'}) }

// squeeze trims a text and makes every run of spaces one.
func squeeze(s string) string {
	s = strings.TrimSpace(s)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' || c == ' ' && s[i-1] == ' ' {
			return strings.Join(strings.Fields(s), " ")
		}
	}
	return s
}

// native tells whether most letters of a text are of a script that is not Latin.
func native(s string) bool {
	latin, other := 0, 0
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if r|0x20 >= 'a' && r|0x20 <= 'z' {
				latin++
			}
		case !unicode.IsLetter(r):
		case unicode.Is(unicode.Latin, r):
			latin++
		default:
			other++
		}
	}
	return other > latin
}
