package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"fondaco/internal/fault"
)

const (
	maxDepth   = 64
	maxSafeInt = 1<<53 - 1 // RFC 7493 (I-JSON), section 2.2
)

// Canonical returns the canonical JSON (RFC 8785) of what encoding/json makes
// of v. It refuses what CanonicalJSON refuses, and also Go strings that are not
// valid UTF-8, which encoding/json would silently replace, and raw JSON that
// spells U+FFFD as an escape; the code is evidence.not_canonical.
func Canonical(v any) ([]byte, error) {
	doc, err := json.Marshal(v)
	if err != nil {
		return nil, notCanonical("it cannot be written as JSON", 0).Because(err)
	}
	// The encoder writes the escape \ufffd only where it replaced invalid
	// UTF-8; a real U+FFFD is written as itself.
	return canonicalise(doc, true)
}

// CanonicalJSON returns the one canonical spelling (RFC 8785) of a JSON document.
//
// Documents hold only objects, arrays, strings, booleans, null and integers
// from -(2^53-1) to 2^53-1 written without fraction, exponent or minus zero.
// Any other number, a duplicate key, invalid UTF-8, a lone surrogate, bytes
// after the document, or nesting deeper than 64 is refused with
// evidence.not_canonical. Keys are sorted by UTF-16 code units.
func CanonicalJSON(doc []byte) ([]byte, error) { return canonicalise(doc, false) }

func canonicalise(doc []byte, refuseReplaced bool) ([]byte, error) {
	r := rewriter{in: doc, out: make([]byte, 0, len(doc)), refuseReplaced: refuseReplaced}
	r.space()
	if err := r.value(0); err != nil {
		return nil, err
	}
	r.space()
	if r.pos != len(r.in) {
		return nil, r.refuse("something follows the document")
	}
	return r.out, nil
}

// rewriter reads JSON from in and appends its canonical spelling to out.
type rewriter struct {
	in             []byte
	pos            int
	out            []byte
	refuseReplaced bool
	members        []member // of the objects that are open, the innermost last
	spare          []byte   // room for sorting
}

func (r *rewriter) refuse(why string) error {
	return notCanonical(why, r.pos)
}

func notCanonical(why string, pos int) *fault.Error {
	return fault.New(fault.Invalid, "evidence.not_canonical", "The document has no canonical form: {why} at byte {byte}.").
		With("why", why).With("byte", strconv.Itoa(pos))
}

func (r *rewriter) space() {
	for r.pos < len(r.in) {
		switch r.in[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end; 0 is not legal JSON anywhere.
func (r *rewriter) peek() byte {
	if r.pos < len(r.in) {
		return r.in[r.pos]
	}
	return 0
}

func (r *rewriter) value(depth int) error {
	switch c := r.peek(); {
	case c == '{' || c == '[':
		if depth == maxDepth {
			return r.refuse("it is nested deeper than 64")
		}
		if c == '{' {
			return r.object(depth + 1)
		}
		return r.array(depth + 1)
	case c == '"':
		_, err := r.quoted()
		return err
	case c == '-' || c >= '0' && c <= '9':
		return r.integer()
	default:
		for _, word := range []string{"true", "false", "null"} {
			if bytes.HasPrefix(r.in[r.pos:], []byte(word)) {
				r.pos += len(word)
				r.out = append(r.out, word...)
				return nil
			}
		}
		return r.refuse("a value is missing or misspelt")
	}
}

func (r *rewriter) array(depth int) error {
	r.pos++
	r.out = append(r.out, '[')
	r.space()
	if r.peek() == ']' {
		r.pos++
		r.out = append(r.out, ']')
		return nil
	}
	for {
		r.space()
		if err := r.value(depth); err != nil {
			return err
		}
		r.space()
		switch r.peek() {
		case ',':
			r.pos++
			r.out = append(r.out, ',')
		case ']':
			r.pos++
			r.out = append(r.out, ']')
			return nil
		default:
			return r.refuse("an array needs a comma or its end")
		}
	}
}

// member is one `"key":value` of an object, at out[from:to]. The key is decoded.
type member struct {
	key      []byte
	from, to int
}

func (r *rewriter) object(depth int) error {
	r.pos++
	r.out = append(r.out, '{')
	start, outer := len(r.out), len(r.members)
	r.space()
	if r.peek() == '}' {
		r.pos++
		r.out = append(r.out, '}')
		return nil
	}
	for {
		m, err := r.member(depth)
		if err != nil {
			return err
		}
		r.members = append(r.members, m)
		switch r.peek() {
		case ',':
			r.pos++
			r.out = append(r.out, ',')
		case '}':
			r.pos++
			if err := r.sortMembers(start, r.members[outer:]); err != nil {
				return err
			}
			r.members = r.members[:outer]
			r.out = append(r.out, '}')
			return nil
		default:
			return r.refuse("an object needs a comma or its end")
		}
	}
}

func (r *rewriter) member(depth int) (member, error) {
	r.space()
	if r.peek() != '"' {
		return member{}, r.refuse("an object needs a key in quotes")
	}
	from := len(r.out)
	key, err := r.quoted()
	if err != nil {
		return member{}, err
	}
	r.space()
	if r.peek() != ':' {
		return member{}, r.refuse("a key needs a colon")
	}
	r.pos++
	m := member{key: key, from: from}
	r.out = append(r.out, ':')
	r.space()
	if err := r.value(depth); err != nil {
		return member{}, err
	}
	r.space()
	m.to = len(r.out)
	return m, nil
}

// sortMembers reorders the members written at out[start:], which are joined by commas.
func (r *rewriter) sortMembers(start int, members []member) error {
	byKey := func(a, b member) int { return compareUTF16(a.key, b.key) }
	sorted := slices.IsSortedFunc(members, byKey)
	if !sorted {
		slices.SortFunc(members, byKey)
	}
	for i := 1; i < len(members); i++ {
		if bytes.Equal(members[i].key, members[i-1].key) {
			return r.refuse(fmt.Sprintf("the key %q appears twice in the object that ends", members[i].key))
		}
	}
	if sorted {
		return nil
	}
	r.spare = append(r.spare[:0], r.out[start:]...)
	r.out = r.out[:start]
	for i, m := range members {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		r.out = append(r.out, r.spare[m.from-start:m.to-start]...)
	}
	return nil
}

func (r *rewriter) integer() error {
	from := r.pos
	if r.peek() == '-' {
		r.pos++
	}
	digits := r.pos
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.pos++
	}
	switch c := r.peek(); {
	case r.pos == digits:
		return r.refuse("a number has no digits")
	case c == '.' || c == 'e' || c == 'E':
		return r.refuse("a number is not a plain integer")
	case r.in[digits] == '0' && (r.pos > digits+1 || digits > from):
		return r.refuse("a number has a leading or negative zero")
	}
	n, err := strconv.ParseInt(string(r.in[from:r.pos]), 10, 64)
	if err != nil || n > maxSafeInt || n < -maxSafeInt {
		return r.refuse("a number is beyond 2^53-1")
	}
	r.out = append(r.out, r.in[from:r.pos]...)
	return nil
}

// quoted reads one quoted string, writes its canonical spelling, and returns its
// decoded bytes, which are valid UTF-8.
func (r *rewriter) quoted() ([]byte, error) {
	from := r.pos
	r.pos++
	rest := r.in[r.pos:]
	plain := 0
	for plain < len(rest) && isPlain(rest[plain]) && rest[plain] < utf8.RuneSelf {
		plain++
	}
	r.pos += plain
	if r.peek() == '"' { // most strings are written as they stand
		r.pos++
		r.out = append(r.out, r.in[from:r.pos]...)
		return rest[:plain], nil
	}
	text, err := r.decoded(rest[:plain])
	if err == nil {
		r.out = appendText(r.out, text)
	}
	return text, err
}

// decoded reads the rest of a quoted string whose beginning stands for itself.
func (r *rewriter) decoded(plain []byte) ([]byte, error) {
	decoded := slices.Clone(plain)
	for r.pos < len(r.in) {
		switch c := r.in[r.pos]; {
		case c == '"':
			r.pos++
			return decoded, nil
		case c < 0x20:
			return nil, r.refuse("a string holds a raw control character")
		case c == '\\':
			var err error
			if decoded, err = r.escape(decoded); err != nil {
				return nil, err
			}
		case c < utf8.RuneSelf:
			decoded = append(decoded, c)
			r.pos++
		default:
			c, size := utf8.DecodeRune(r.in[r.pos:])
			if c == utf8.RuneError && size <= 1 {
				return nil, r.refuse("a string is not valid UTF-8")
			}
			decoded = append(decoded, r.in[r.pos:r.pos+size]...)
			r.pos += size
		}
	}
	return nil, r.refuse("a string has no end")
}

func (r *rewriter) escape(decoded []byte) ([]byte, error) {
	r.pos++
	if i := strings.IndexByte(`"\/bfnrt`, r.peek()); i >= 0 {
		r.pos++
		return append(decoded, "\"\\/\b\f\n\r\t"[i]), nil
	}
	if r.peek() != 'u' {
		return nil, r.refuse("a string holds an unknown escape")
	}
	unit, err := r.unit()
	if err != nil {
		return nil, err
	}
	switch {
	case unit == utf8.RuneError && r.refuseReplaced:
		return nil, r.refuse("a string was not valid UTF-8")
	case !utf16.IsSurrogate(unit):
		return utf8.AppendRune(decoded, unit), nil
	case !bytes.HasPrefix(r.in[r.pos:], []byte(`\u`)):
		return nil, r.refuse("a string holds a lone surrogate")
	}
	r.pos++
	low, err := r.unit()
	if err != nil {
		return nil, err
	}
	pair := utf16.DecodeRune(unit, low)
	if pair == utf8.RuneError {
		return nil, r.refuse("a string holds a lone surrogate")
	}
	return utf8.AppendRune(decoded, pair), nil
}

// unit reads `uXXXX` and returns the UTF-16 code unit.
func (r *rewriter) unit() (rune, error) {
	r.pos++
	if len(r.in)-r.pos < 4 {
		return 0, r.refuse("an escape is cut short")
	}
	unit := rune(0)
	for _, c := range r.in[r.pos : r.pos+4] {
		switch {
		case c >= '0' && c <= '9':
			unit = unit<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			unit = unit<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			unit = unit<<4 | rune(c-'A'+10)
		default:
			return 0, r.refuse("an escape holds something other than hexadecimal digits")
		}
	}
	r.pos += 4
	return unit, nil
}

// isPlain reports whether a byte stands for itself in a string.
func isPlain(c byte) bool { return c >= 0x20 && c != '"' && c != '\\' }

// appendText writes a string as RFC 8785, section 3.2.2.2 says.
func appendText(out, text []byte) []byte {
	const hexDigits = "0123456789abcdef"
	out = append(out, '"')
	from := 0
	for i, c := range text {
		if isPlain(c) {
			continue
		}
		out = append(out, text[from:i]...)
		from = i + 1
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\b':
			out = append(out, `\b`...)
		case c == '\t':
			out = append(out, `\t`...)
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\f':
			out = append(out, `\f`...)
		case c == '\r':
			out = append(out, `\r`...)
		default:
			out = append(out, `\u00`...)
			out = append(out, hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(out, text[from:]...), '"')
}

// compareUTF16 orders two valid UTF-8 strings by their UTF-16 code units.
// That differs from byte order only where a rune beyond U+FFFF, written with
// surrogates, meets one from U+E000 to U+FFFF.
func compareUTF16(a, b []byte) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return len(a) - len(b)
	}
	for i > 0 && !utf8.RuneStart(a[i]) {
		i--
	}
	ra, _ := utf8.DecodeRune(a[i:])
	rb, _ := utf8.DecodeRune(b[i:])
	const firstBeyond = 0x10000
	if ra >= firstBeyond == (rb >= firstBeyond) {
		return int(ra - rb)
	}
	return int(firstUnit(ra) - firstUnit(rb))
}

func firstUnit(c rune) rune {
	if high, _ := utf16.EncodeRune(c); high != utf8.RuneError {
		return high
	}
	return c
}
