package evidence

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"

	"fondaco/internal/fault"
)

const (
	entryHeader = "fondaco/entry/v1\n"

	// maxName bounds stream, kind and actor in bytes, so that an encoded entry
	// always fits the 65,535 bytes an entry bundle allows.
	maxName = 1024
)

// latestSecond is the last second of the year 9999, counted from 1970.
const latestSecond = 253402300799

// Entry is one fact of the log: who did what kind of thing to which stream, when,
// and the commitment to the payload that says the rest.
type Entry struct {
	// Sequence is the place in the log, from zero: the index of the leaf.
	Sequence int64
	// Stream names what the fact is about, such as one deal.
	Stream string
	// Version is the place within the stream.
	Version int64
	// Kind names what happened.
	Kind string
	// At is when it happened, UTC, to the microsecond; finer parts are not recorded.
	At time.Time
	// Actor names who did it.
	Actor string
	// Commitment is Commit of the payload under its salt.
	Commitment Hash
}

// Check reports what makes e unfit for the log, as evidence.bad_entry: a negative
// sequence or version; a stream, kind or actor that is empty, longer than 1,024
// bytes, not valid UTF-8 or holding control characters; a time outside the years
// 1970 to 9999.
func (e Entry) Check() error {
	if e.Sequence < 0 || e.Version < 0 {
		return badEntry("its sequence or version is negative")
	}
	for _, name := range []struct{ what, text string }{{"stream", e.Stream}, {"kind", e.Kind}, {"actor", e.Actor}} {
		switch {
		case name.text == "":
			return badEntry("its " + name.what + " is empty")
		case len(name.text) > maxName:
			return badEntry("its " + name.what + " is longer than 1024 bytes")
		case !utf8.ValidString(name.text) || strings.ContainsFunc(name.text, unicode.IsControl):
			return badEntry("its " + name.what + " holds bytes that are not plain text")
		}
	}
	if e.At.Unix() < 0 || e.At.Unix() > latestSecond {
		return badEntry("its time is outside the years 1970 to 9999")
	}
	return nil
}

func badEntry(why string) error {
	return fault.New(fault.Invalid, "evidence.bad_entry", "This is not an entry of the log: {why}.").With("why", why)
}

// Bytes returns the one encoding of e, which ParseEntry reads back:
//
//	fondaco/entry/v1
//	sequence 41
//	stream 9:deal:0042
//	version 7
//	kind 6:funded
//	at 1767225600000000
//	actor 9:rail:bank
//	commitment 64 hexadecimal digits
//
// Every line ends in a newline. Numbers are decimal without leading zeros;
// strings are preceded by their length in bytes and a colon, so no content can
// imitate another field; at counts microseconds since 1970 UTC. The bytes of an
// entry that Check refuses mean nothing and must not be logged.
func (e Entry) Bytes() []byte {
	b := make([]byte, 0, 256)
	b = append(b, entryHeader...)
	b = appendNumber(b, "sequence ", e.Sequence)
	b = appendName(b, "stream ", e.Stream)
	b = appendNumber(b, "version ", e.Version)
	b = appendName(b, "kind ", e.Kind)
	b = appendNumber(b, "at ", e.At.UnixMicro())
	b = appendName(b, "actor ", e.Actor)
	b = append(b, "commitment "...)
	b = append(b, e.Commitment.String()...)
	return append(b, '\n')
}

// Leaf returns the leaf hash of e: SHA-256(0x00 || e.Bytes()), as RFC 6962 has it.
func (e Entry) Leaf() Hash { return Hash(tlog.RecordHash(e.Bytes())) }

func appendNumber(b []byte, label string, n int64) []byte {
	b = append(b, label...)
	b = strconv.AppendInt(b, n, 10)
	return append(b, '\n')
}

func appendName(b []byte, label, text string) []byte {
	b = append(b, label...)
	b = strconv.AppendInt(b, int64(len(text)), 10)
	b = append(b, ':')
	b = append(b, text...)
	return append(b, '\n')
}

// ParseEntry is the exact inverse of Bytes for entries that Check accepts: it
// refuses, with evidence.bad_entry, every input that the entry it would return
// does not encode to.
func ParseEntry(b []byte) (Entry, error) {
	rest, ok := bytes.CutPrefix(b, []byte(entryHeader))
	if !ok {
		return Entry{}, badEntry("it does not begin with the words " + strings.TrimSpace(entryHeader))
	}
	f := fields{rest: rest}
	var e Entry
	e.Sequence = f.number("sequence ")
	e.Stream = f.name("stream ")
	e.Version = f.number("version ")
	e.Kind = f.name("kind ")
	e.At = time.UnixMicro(f.number("at ")).UTC()
	e.Actor = f.name("actor ")
	e.Commitment = f.hash("commitment ")
	if f.wrong != "" {
		return Entry{}, badEntry("its " + f.wrong + "is missing or misspelt")
	}
	if err := e.Check(); err != nil {
		return Entry{}, err
	}
	if !bytes.Equal(e.Bytes(), b) {
		return Entry{}, badEntry("it is not spelt the one way an entry is spelt")
	}
	return e, nil
}

// fields reads the lines of an entry in order and remembers the first label it could not read.
type fields struct {
	rest  []byte
	wrong string
}

// until returns what stands between label and the next stop byte.
func (f *fields) until(label string, stop byte) string {
	if f.wrong != "" {
		return ""
	}
	after, ok := bytes.CutPrefix(f.rest, []byte(label))
	if ok {
		if value, rest, found := bytes.Cut(after, []byte{stop}); found {
			f.rest = rest
			return string(value)
		}
	}
	f.wrong = label
	return ""
}

func (f *fields) number(label string) int64 {
	n, err := strconv.ParseInt(f.until(label, '\n'), 10, 64)
	if err != nil && f.wrong == "" {
		f.wrong = label
	}
	return n
}

func (f *fields) name(label string) string {
	n, err := strconv.Atoi(f.until(label, ':'))
	if f.wrong != "" {
		return ""
	}
	if err != nil || n < 0 || n > maxName || n >= len(f.rest) || f.rest[n] != '\n' {
		f.wrong = label
		return ""
	}
	text := string(f.rest[:n])
	f.rest = f.rest[n+1:]
	return text
}

func (f *fields) hash(label string) Hash {
	h, err := ParseHash(f.until(label, '\n'))
	if err != nil && f.wrong == "" {
		f.wrong = label
	}
	return h
}

// String names the entry for a person: its sequence, stream, version and kind.
func (e Entry) String() string {
	return fmt.Sprintf("entry %d (%s version %d, %s)", e.Sequence, e.Stream, e.Version, e.Kind)
}
