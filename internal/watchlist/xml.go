package watchlist

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	depthMax      = 20
	attributesMax = 64
	textMax       = 256 << 10 // bytes of one text or one attribute
)

// node is what an xmlText reads next.
type node uint8

const (
	opening node = iota + 1 // an element begins; its attributes are known
	closing                 // it ends
	writing                 // text inside it
)

// attribute is a name without its prefix, and a value.
type attribute struct{ name, value string }

// xmlText reads XML 1.0 as lists are written: elements, attributes, text, CDATA,
// comments and the five entities that need no declaration. A DOCTYPE is refused, so
// there is nothing that could expand; depth, attributes and texts are bounded.
type xmlText struct {
	file   string
	text   []byte
	at     int
	open   []string // names of the elements that are open
	whole  []string // the same with their prefixes, which must be closed as written
	name   string   // of the element that begins or ends
	attrs  []attribute
	said   string // what is written
	empty  bool   // the element has been closed where it began
	ended  bool   // the root has been closed
	intern map[string]string
}

func newXML(file string, text []byte) (*xmlText, error) {
	x := &xmlText{file: file, text: text, intern: map[string]string{}}
	x.skipSpace()
	if x.at == len(text) {
		return nil, refuse(codeEmpty, file, "it has nothing in it")
	}
	if bytes.HasPrefix(text[x.at:], []byte("<?xml")) {
		end := bytes.Index(text[x.at:], []byte("?>"))
		if end < 0 {
			return nil, x.cut()
		}
		if e := declaredEncoding(string(text[x.at : x.at+end])); e != "" && !strings.EqualFold(e, "utf-8") && !strings.EqualFold(e, "us-ascii") {
			return nil, refuse(codeEncoding, file, "it declares an encoding that is not UTF-8")
		}
		x.at += end + 2
	}
	return x, nil
}

func declaredEncoding(declaration string) string {
	_, rest, found := strings.Cut(declaration, "encoding")
	rest = strings.TrimLeft(rest, " \t\r\n=")
	if !found || rest == "" {
		return ""
	}
	value, _, _ := strings.Cut(rest[1:], rest[:1])
	return value
}

// each gives everything up to the end of the root to step, one after the other.
func (x *xmlText) each(step func(node) error) error {
	for {
		n, err := x.read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = step(n)
		}
		if err != nil {
			return err
		}
	}
}

// read answers what comes next, or io.EOF after the root has ended.
func (x *xmlText) read() (node, error) {
	if x.empty {
		x.empty = false
		x.pop()
		return closing, nil
	}
	for {
		if len(x.open) == 0 {
			x.skipSpace()
		}
		switch {
		case x.at == len(x.text) && x.ended:
			return 0, io.EOF
		case x.at == len(x.text):
			return 0, x.cut()
		case x.text[x.at] != '<' && len(x.open) == 0:
			return 0, x.bad("text stands outside the root")
		case x.text[x.at] != '<':
			return x.write()
		}
		rest := x.text[x.at:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			if err := x.skipTo(4, "-->"); err != nil {
				return 0, err
			}
		case bytes.HasPrefix(rest, []byte("<?")):
			if err := x.skipTo(2, "?>"); err != nil {
				return 0, err
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")) && len(x.open) > 0:
			return x.cdata()
		case bytes.HasPrefix(rest, []byte("<!")):
			return 0, refuseAt(codeHostile, x.file, lineOf(x.text, x.at), "it declares types or entities")
		case bytes.HasPrefix(rest, []byte("</")):
			return x.close()
		default:
			return x.begin()
		}
	}
}

func (x *xmlText) begin() (node, error) {
	x.at++
	whole, err := x.word()
	switch {
	case err != nil:
		return 0, err
	case x.ended:
		return 0, x.bad("it has two roots")
	case len(x.open) == depthMax:
		return 0, refuseAt(codeHostile, x.file, lineOf(x.text, x.at), "elements are nested too deeply")
	}
	x.attrs = x.attrs[:0]
	x.name = local(whole)
	x.open, x.whole = append(x.open, x.name), append(x.whole, whole)
	for {
		spaced := x.skipSpace()
		if x.at == len(x.text) {
			return 0, x.cut()
		}
		switch c := x.text[x.at]; {
		case c == '>':
			x.at++
			return opening, nil
		case c == '/':
			x.at++
			x.empty = true
			return opening, x.expect('>')
		case !spaced:
			return 0, x.bad("attributes are not apart")
		}
		if err := x.attribute(); err != nil {
			return 0, err
		}
	}
}

func (x *xmlText) attribute() error {
	name, err := x.word()
	if err != nil {
		return err
	}
	x.skipSpace()
	if err := x.expect('='); err != nil {
		return err
	}
	x.skipSpace()
	if x.at == len(x.text) {
		return x.cut()
	}
	quote := x.text[x.at]
	if quote != '"' && quote != '\'' {
		return x.bad("an attribute has no quotes")
	}
	x.at++
	end := bytes.IndexByte(x.text[x.at:], quote)
	switch {
	case end < 0:
		return x.cut()
	case end > textMax || len(x.attrs) == attributesMax:
		return refuseAt(codeHostile, x.file, lineOf(x.text, x.at), "an element has too many or too long attributes")
	}
	value, err := x.resolve(x.text[x.at:x.at+end], true)
	if err != nil {
		return err
	}
	x.at += end + 1
	name = local(name)
	x.attrs = append(x.attrs, attribute{name, value})
	return nil
}

func (x *xmlText) close() (node, error) {
	x.at += 2
	whole, err := x.word()
	if err != nil {
		return 0, err
	}
	if len(x.whole) == 0 || x.whole[len(x.whole)-1] != whole {
		return 0, x.bad("elements do not close in order")
	}
	x.skipSpace()
	if err := x.expect('>'); err != nil {
		return 0, err
	}
	x.pop()
	return closing, nil
}

// pop leaves the element that has ended.
func (x *xmlText) pop() {
	n := len(x.open) - 1
	x.name = x.open[n]
	x.open, x.whole = x.open[:n], x.whole[:n]
	x.ended = n == 0
}

func (x *xmlText) write() (node, error) {
	end := bytes.IndexByte(x.text[x.at:], '<')
	switch {
	case end < 0:
		return 0, x.cut()
	case end > textMax:
		return 0, x.tooLong()
	}
	said, err := x.resolve(x.text[x.at:x.at+end], false)
	x.said = said
	x.at += end
	return writing, err
}

func (x *xmlText) cdata() (node, error) {
	x.at += len("<![CDATA[")
	end := bytes.Index(x.text[x.at:], []byte("]]>"))
	switch {
	case end < 0:
		return 0, x.cut()
	case end > textMax:
		return 0, x.tooLong()
	}
	x.said = string(x.text[x.at : x.at+end])
	x.at += end + 3
	return writing, nil
}

// resolve puts characters for the entities that every XML knows. An attribute's
// text may not have a <.
func (x *xmlText) resolve(raw []byte, quoted bool) (string, error) {
	if quoted && bytes.IndexByte(raw, '<') >= 0 {
		return "", x.bad("an attribute is not closed")
	}
	if bytes.IndexByte(raw, '&') < 0 {
		if len(bytes.TrimSpace(raw)) == 0 {
			return "", nil
		}
		return string(raw), nil
	}
	var out strings.Builder
	for {
		before, after, found := bytes.Cut(raw, []byte{'&'})
		out.Write(before)
		if !found {
			return out.String(), nil
		}
		name, rest, closed := bytes.Cut(after, []byte{';'})
		if !closed || len(name) > 10 {
			return "", x.bad("an entity does not end")
		}
		r := entity(string(name))
		if r < 0 {
			return "", refuseAt(codeHostile, x.file, lineOf(x.text, x.at), "it uses an entity that it would have to declare")
		}
		if control(r) || !utf8.ValidRune(r) {
			return "", refuseAt(codeHostile, x.file, lineOf(x.text, x.at), "it has control characters")
		}
		out.WriteRune(r)
		raw = rest
	}
}

// entity is the character that a name stands for, or -1.
func entity(name string) rune {
	switch name {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	digits, numeric := strings.CutPrefix(name, "#")
	base := 10
	if hex, found := strings.CutPrefix(digits, "x"); found {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if !numeric || err != nil {
		return -1
	}
	return rune(n)
}

// word reads the name of an element or an attribute.
func (x *xmlText) word() (string, error) {
	start := x.at
	for x.at < len(x.text) && wordByte(x.text[x.at]) {
		x.at++
	}
	raw := x.text[start:x.at]
	switch {
	case x.at == len(x.text):
		return "", x.cut()
	case len(raw) == 0 || raw[0] >= '0' && raw[0] <= '9' || raw[0] == '-' || raw[0] == '.':
		return "", x.bad("a name is missing")
	case len(raw) > 100:
		return "", refuseAt(codeHostile, x.file, lineOf(x.text, x.at), "a name of an element is too long")
	}
	if known, ok := x.intern[string(raw)]; ok {
		return known, nil
	}
	if len(x.intern) > 1000 {
		return "", refuseAt(codeHostile, x.file, lineOf(x.text, x.at), "it has too many names of elements")
	}
	w := string(raw)
	x.intern[w] = w
	return w, nil
}

func wordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':'
}

func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

func (x *xmlText) skipSpace() bool {
	start := x.at
	for x.at < len(x.text) && (x.text[x.at] == ' ' || x.text[x.at] == '\n' || x.text[x.at] == '\r' || x.text[x.at] == '\t') {
		x.at++
	}
	return x.at > start
}

func (x *xmlText) skipTo(from int, end string) error {
	i := bytes.Index(x.text[x.at+from:], []byte(end))
	if i < 0 {
		return x.cut()
	}
	x.at += from + i + len(end)
	return nil
}

func (x *xmlText) expect(c byte) error {
	if x.at == len(x.text) {
		return x.cut()
	}
	if x.text[x.at] != c {
		return x.bad("a sign is missing")
	}
	x.at++
	return nil
}

// attr is the value of an attribute of the element that begins, or nothing.
func (x *xmlText) attr(name string) string {
	for _, a := range x.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

func (x *xmlText) cut() error {
	return refuse(codeTruncated, x.file, "it ends inside an element")
}

func (x *xmlText) bad(why string) error {
	return refuseAt(codeMalformed, x.file, lineOf(x.text, x.at), why)
}

func (x *xmlText) tooLong() error {
	return refuseAt(codeHostile, x.file, lineOf(x.text, x.at), "a text is longer than any list has")
}
