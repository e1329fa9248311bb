package load

import (
	"bufio"
	"encoding/json"
	"io"
	"sync"
	"time"

	"fondaco/internal/fault"
)

// What a line of the book is about.
const (
	lineAccount = "account"      // somebody signed up
	lineAck     = "acknowledged" // a command was answered with a receipt
	lineUnknown = "unknown"      // a command was never answered
	lineRefused = "refused"      // a command was answered with a refusal
	lineSeen    = "seen"         // a read showed a version of a deal
)

// line is one line of the book, a JSON object. Instants are microseconds since
// 1970 by the clock of the client's machine.
type line struct {
	Kind  string `json:"kind"`
	At    int64  `json:"at"`              // of the answer
	Asked int64  `json:"asked,omitempty"` // when it was asked for the first time
	Tries int    `json:"tries,omitempty"`

	Email    string `json:"email"` // who asks
	Password string `json:"password,omitempty"`
	Seed     string `json:"seed,omitempty"` // of the account's authenticator app
	Party    string `json:"party,omitempty"`
	Token    string `json:"token,omitempty"`

	Key       string          `json:"key,omitempty"`
	Operation string          `json:"operation,omitempty"`
	Path      string          `json:"path,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"`
	Deal      string          `json:"deal,omitempty"`
	Version   int64           `json:"version,omitempty"`
	Receipt   *Receipt        `json:"receipt,omitempty"`
	Code      string          `json:"code,omitempty"` // of the refusal
}

// Receipt is the house's answer to a command.
type Receipt struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	State   string `json:"state"`
	Log     struct {
		First int64 `json:"first"`
		Last  int64 `json:"last"`
	} `json:"log"`
	At string `json:"at"`
}

// book writes lines, one at a time, and measures the silence between them.
type book struct {
	mu     sync.Mutex
	out    io.Writer
	err    error // of the first line that could not be written
	last   time.Time
	gap    time.Duration
	gapEnd time.Time
	took   []time.Duration // of every acknowledged command, from the first asking
}

// enter writes a line down. It fails with load.unwritten: then nothing may go on.
func (b *book) enter(l line) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	now := time.Now()
	l.At = now.UnixMicro()
	doc, err := json.Marshal(l) //nolint:gosec // the password of a simulated account is part of the book, so that it can be checked
	if err == nil {
		_, err = b.out.Write(append(doc, '\n'))
	}
	if err != nil {
		b.err = fault.New(fault.Unavailable, "load.unwritten", "The acknowledgement cannot be written down.").Because(err)
		return b.err
	}
	if l.Kind != lineAck {
		return nil
	}
	if !b.last.IsZero() && now.Sub(b.last) > b.gap {
		b.gap, b.gapEnd = now.Sub(b.last), now
	}
	b.last = now
	b.took = append(b.took, now.Sub(time.UnixMicro(l.Asked)))
	return nil
}

// begin starts the measuring of silence.
func (b *book) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = time.Now()
}

const lineMax = 1 << 20

// read calls visit with every line of a book. A last line that was cut off is
// left out: its writer did not live to rely on it. It fails with load.bad_book.
func read(r io.Reader, visit func(line)) error {
	in := bufio.NewReaderSize(r, lineMax)
	for {
		doc, err := in.ReadSlice('\n')
		if err == io.EOF { //nolint:errorlint // a Reader answers io.EOF itself
			return nil
		}
		var l line
		if err == nil {
			err = json.Unmarshal(doc, &l)
		}
		if err == nil && (l.Kind == "" || l.Kind == lineAck && l.Receipt == nil) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fault.New(fault.Invalid, "load.bad_book", "This is no book of acknowledgements.").Because(err)
		}
		visit(l)
	}
}

// Silence is when the house acknowledged nothing.
type Silence struct {
	Acknowledged int           `json:"acknowledged"` // commands in the span
	First        time.Duration `json:"-"`            // from its beginning to the first answer of a command asked in it; negative if there is none
	Longest      time.Duration `json:"-"`            // time without any acknowledgement
	Back         time.Duration `json:"-"`            // from its beginning to the end of that time
}

// Gaps reads in a book how long nothing was acknowledged between two instants. A
// silence that began before, or lasts beyond them, counts within them only. It
// fails with load.bad_book.
func Gaps(acks io.Reader, from, to time.Time) (Silence, error) {
	s := Silence{First: -1}
	last := from
	silent := func(until time.Time) {
		if d := until.Sub(last); d > s.Longest {
			s.Longest, s.Back = d, until.Sub(from)
		}
		last = until
	}
	err := read(acks, func(l line) {
		at := time.UnixMicro(l.At)
		if l.Kind != lineAck || at.Before(from) || at.After(to) {
			return
		}
		s.Acknowledged++
		silent(at)
		if s.First < 0 && !time.UnixMicro(l.Asked).Before(from) {
			s.First = at.Sub(from)
		}
	})
	silent(to)
	return s, err
}
