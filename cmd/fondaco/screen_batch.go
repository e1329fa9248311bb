package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
)

// screenObject is one line of what is looked for.
type screenObject struct {
	ID          json.RawMessage          `json:"id"`
	Name        string                   `json:"name"`
	Type        string                   `json:"type"`
	Birth       json.RawMessage          `json:"birth"`
	Countries   []string                 `json:"countries"`
	Identifiers []screenObjectIdentifier `json:"identifiers"`
}

type screenObjectIdentifier struct {
	Type    string `json:"type"`
	Value   string `json:"value"`
	Country string `json:"country"`
}

// screenFields are the fields of an object that are known.
func screenFields() []string {
	return []string{"id", "name", "type", "birth", "countries", "identifiers"}
}

// query makes the object a search, or refuses it.
func (o screenObject) query() (screening.Query, error) {
	q := screening.Query{Name: o.Name, Kind: screening.Kind(o.Type)}
	for _, land := range o.Countries {
		q.Countries = append(q.Countries, strings.ToUpper(land))
	}
	for _, i := range o.Identifiers {
		q.Identifiers = append(q.Identifiers, screening.Identifier{Type: i.Type, Value: i.Value, Country: strings.ToUpper(i.Country)})
	}
	if birth := strings.Trim(string(o.Birth), `"`); birth != "" && birth != "null" {
		d, ok := screenDate(birth)
		if !ok {
			return q, fault.New(fault.Invalid, "screening.bad_date", "A date is a year, a year and month, or a day of the calendar.").At("birth")
		}
		q.Births = []screening.Date{d}
	}
	return q, q.Normal()
}

// screenField is what an object calls a field of a search.
func screenField(field string) string {
	switch field {
	case "births":
		return "birth"
	case "kind":
		return "type"
	}
	return field
}

// screenDate reads 1960, 1960-03 or 1960-03-12.
func screenDate(text string) (screening.Date, bool) {
	parts := strings.Split(text, "-")
	var n [3]int
	if len(parts) > len(n) {
		return screening.Date{}, false
	}
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil || i == 0 && len(p) != 4 || i > 0 && (len(p) != 2 || v == 0) {
			return screening.Date{}, false
		}
		n[i] = int(v)
	}
	return screening.Date{Year: n[0], Month: n[1], Day: n[2]}, true
}

// screenAnswer is one line of what was found.
type screenAnswer struct {
	ID    json.RawMessage `json:"id"`
	Hits  []screenHit     `json:"hits,omitzero"`
	Error *screenError    `json:"error,omitempty"`
}

type screenHit struct {
	EntityID    string         `json:"entity_id"`
	List        string         `json:"list"`
	ListVersion string         `json:"list_version"`
	Reference   string         `json:"reference,omitempty"`
	Name        string         `json:"name"`
	Score       float64        `json:"score"`
	Reasons     []screenReason `json:"reasons"`
}

type screenReason struct {
	Code   string  `json:"code"`
	Ours   string  `json:"ours,omitempty"`
	Theirs string  `json:"theirs,omitempty"`
	Weight float64 `json:"weight"`
	Text   string  `json:"text"`
}

type screenError struct {
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

const (
	screenLineMax = 64 << 10 // bytes of one object
	screenChunk   = 64       // objects that one search lane takes at a time
	screenLanes   = 2
)

// chunk is some lines on their way: read, answered, written in order.
type chunk struct {
	lines    [][]byte
	first    int // line number
	out      []byte
	err      error
	hits     int64
	withHits int64
	errors   int64
	ignored  []string
	done     chan struct{}
}

// batch answers a file of objects, in order, with two searches at a time. An answer
// file appears only when it is whole.
func (c *screenCommand) batch(con *console, index *screening.Index, s screenSummary) (err error) {
	in, size := io.Reader(os.Stdin), int64(0)
	if c.In != "" {
		f, err := os.Open(c.In)
		if err != nil {
			return fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", c.In).Because(err)
		}
		defer func() { _ = f.Close() }()
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		in = f
	}
	began := time.Now()
	answer := func(w io.Writer) error { return c.stream(con, index, in, size, w, &s) }
	if c.Out == "" {
		err = answer(con.out)
	} else {
		err = writeWhole(c.Out, writing(answer))
	}
	if err != nil {
		if _, known := errors.AsType[*fault.Error](err); !known {
			return fault.New(fault.Unavailable, "cmd.unwritable", "{file} cannot be written.").With("file", c.Out).Because(err)
		}
		return err
	}
	s.Seconds = time.Since(began).Seconds()
	return c.sumUp(con, s)
}

// writing makes a function the source of a file.
type writing func(io.Writer) error

// WriteTo lets the function write. How much it wrote is not counted.
func (f writing) WriteTo(w io.Writer) (int64, error) { return 0, f(w) }

// stream reads, searches and writes side by side; it stops at the first line that is
// no object.
func (c *screenCommand) stream(con *console, index *screening.Index, in io.Reader, size int64, out io.Writer, s *screenSummary) error {
	work, order, stop := make(chan *chunk), make(chan *chunk, 4*screenLanes), make(chan struct{})
	defer close(stop)
	go readChunks(in, work, order, stop) // nobody waits for it: it may wait for a person
	for range screenLanes {
		go func() {
			for k := range work {
				c.answer(index, k)
				close(k.done)
			}
		}()
	}
	show := newProgress(con, "screening", "bytes")
	defer show.end()
	w := bufio.NewWriterSize(out, 1<<16)
	read := int64(0)
	for {
		k, err := nextChunk(con.ctx, order)
		if err != nil || k == nil {
			slices.Sort(s.Ignored)
			return errors.Join(err, w.Flush())
		}
		if _, err := w.Write(k.out); err != nil {
			return err
		}
		for _, line := range k.lines {
			read += int64(len(line)) + 1
			if len(bytes.TrimSpace(line)) > 0 {
				s.Objects++
			}
		}
		s.Hits, s.WithHits, s.Errors = s.Hits+k.hits, s.WithHits+k.withHits, s.Errors+k.errors
		for _, field := range k.ignored {
			if !slices.Contains(s.Ignored, field) && len(s.Ignored) < 20 {
				s.Ignored = append(s.Ignored, field)
			}
		}
		if k.err != nil {
			return errors.Join(w.Flush(), k.err)
		}
		show.step(read, size, "")
	}
}

// nextChunk waits for the next chunk and its answers; there is none at the end.
func nextChunk(ctx context.Context, order <-chan *chunk) (*chunk, error) {
	stopped := fault.New(fault.Unavailable, "screen.stopped", "Stopped before the end.")
	select {
	case k, more := <-order:
		if !more {
			return nil, nil
		}
		select {
		case <-k.done:
			return k, nil
		case <-ctx.Done():
			return nil, stopped
		}
	case <-ctx.Done():
		return nil, stopped
	}
}

// readChunks cuts the input into lines, and closes both channels at its end.
func readChunks(in io.Reader, work, order chan<- *chunk, stop <-chan struct{}) {
	defer close(order)
	defer close(work)
	lines := bufio.NewReaderSize(in, screenLineMax)
	number := 1
	for ended := false; !ended; {
		k := &chunk{first: number, done: make(chan struct{})}
		for len(k.lines) < screenChunk && !ended {
			line, err := lines.ReadSlice('\n')
			switch {
			case errors.Is(err, io.EOF):
				ended = true
			case errors.Is(err, bufio.ErrBufferFull):
				k.err, ended = badLine(number, "it has more than 64 KiB"), true
				continue
			case err != nil:
				k.err, ended = fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", "the input").Because(err), true
				continue
			}
			if len(line) > 0 {
				k.lines = append(k.lines, bytes.Clone(bytes.TrimRight(line, "\r\n")))
			}
			number++
		}
		select {
		case order <- k:
		case <-stop:
			return
		}
		select {
		case work <- k:
		case <-stop:
			return
		}
	}
}

func badLine(number int, why string) error {
	return fault.New(fault.Invalid, "screen.bad_line", "Line {line} is not an object to look for: {why}.").With("line", strconv.Itoa(number)).With("why", why)
}

// answer searches for every object of the chunk.
func (c *screenCommand) answer(index *screening.Index, k *chunk) {
	var out bytes.Buffer
	doc := json.NewEncoder(&out)
	doc.SetEscapeHTML(false)
	for i, line := range k.lines {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		o, ignored, why := readObject(line)
		if why != "" {
			k.err = badLine(k.first+i, why)
			k.lines = k.lines[:i]
			break
		}
		for _, field := range ignored {
			if !slices.Contains(k.ignored, field) && len(k.ignored) < 20 {
				k.ignored = append(k.ignored, field)
			}
		}
		a := screenAnswer{ID: o.ID}
		if q, err := o.query(); err != nil {
			f := fault.Of(err)
			a.Error = &screenError{Code: f.Code, Field: screenField(f.Field), Message: f.Error()}
			k.errors++
		} else {
			a.Hits = c.hits(c.above(index.Search(q, c.Most)))
			k.hits += int64(len(a.Hits))
			if len(a.Hits) > 0 {
				k.withHits++
			}
		}
		if err := doc.Encode(a); err != nil {
			k.err = err
			break
		}
	}
	k.out = out.Bytes()
}

func (c *screenCommand) hits(found []screening.Hit) []screenHit {
	hits := make([]screenHit, len(found))
	for i, h := range found {
		reasons := make([]screenReason, len(h.Reasons))
		for j, r := range h.Reasons {
			reasons[j] = screenReason{Code: r.Code, Ours: r.Ours, Theirs: r.Theirs, Weight: rounded(r.Weight), Text: reasonText(c.Lang, r)}
		}
		hits[i] = screenHit{
			EntityID: h.Entry.ID, List: h.List, ListVersion: h.Version, Reference: h.Entry.Reference,
			Name: h.Name, Score: h.Score, Reasons: reasons,
		}
	}
	return hits
}

// rounded keeps four digits: a weight is for people. A score is told in full, for
// its digits order hits.
func rounded(x float64) float64 {
	n, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	if err != nil {
		return x
	}
	return n
}

// readObject reads one line strictly, but for fields nobody knows: their names are
// answered, so that a misspelt one does not go unseen.
func readObject(line []byte) (o screenObject, ignored []string, why string) {
	if err := json.Unmarshal(line, &o); err != nil {
		if wrong, found := errors.AsType[*json.UnmarshalTypeError](err); found && wrong.Field != "" {
			return o, nil, "the field " + wrong.Field + " is of another type"
		}
		return o, nil, "it is not one JSON object"
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil || fields == nil {
		return o, nil, "it is not one JSON object"
	}
	for field := range fields {
		if !slices.Contains(screenFields(), field) {
			ignored = append(ignored, field)
		}
	}
	switch id := bytes.TrimSpace(o.ID); {
	case len(id) == 0 || string(id) == "null":
		return o, nil, "the field id is missing"
	case id[0] != '"' && id[0] != '-' && (id[0] < '0' || id[0] > '9'):
		return o, nil, "the field id is text or a number"
	}
	if b := bytes.TrimSpace(o.Birth); len(b) > 0 && b[0] != '"' && b[0] != 'n' && (b[0] < '0' || b[0] > '9') {
		return o, nil, "the field birth is text"
	}
	return o, ignored, ""
}
