package assurance

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
)

// formRevision is raised when the same bytes would mean another state although no
// field has changed: when the fold of an event changes, or the numbers of an
// enumeration.
const formRevision = 1

// dealMark tells apart forms in which states of deals are written: it follows from the
// fields of a state, their names, kinds and order, so whatever changes there changes
// it too.
var dealMark = sync.OnceValue(func() int64 {
	var shape strings.Builder
	fmt.Fprintf(&shape, "%d ", formRevision)
	err := shapeOf(&shape, reflect.TypeFor[deal.State]())
	fault.Assert(err == nil, "deal.form", "every field of a deal's state can be written")
	sum := sha256.Sum256([]byte(shape.String()))
	return int64(binary.BigEndian.Uint64(sum[:8]))
})

// shapeOf writes down what a kind of value consists of. It fails if one cannot be
// written and read back.
func shapeOf(into *strings.Builder, t reflect.Type) error {
	into.WriteString(t.String())
	switch t {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[money.Currency](), reflect.TypeFor[money.Amount](), reflect.TypeFor[evidence.Hash]():
		return nil
	}
	into.WriteString(" " + t.Kind().String())
	switch t.Kind() { //nolint:exhaustive // any other kind cannot be written
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint8, reflect.String:
		return nil
	case reflect.Pointer, reflect.Slice:
		return shapeOf(into, t.Elem())
	case reflect.Struct:
		into.WriteString("{")
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				return fmt.Errorf("%s.%s cannot be read from outside", t, f.Name)
			}
			into.WriteString(f.Name + ":")
			if err := shapeOf(into, f.Type); err != nil {
				return err
			}
			into.WriteString(";")
		}
		into.WriteString("}")
		return nil
	}
	return fmt.Errorf("%s cannot be written", t)
}

// writeDeal is a state as bytes, without its id, which stands beside it.
func writeDeal(s deal.State) []byte {
	s.ID = ""
	w := formWriter{out: make([]byte, 0, 1024), seen: make([]string, 0, 64)}
	w.write(reflect.ValueOf(&s).Elem())
	return w.out
}

// readDeal reads a state of the mark of this program. It answers false if the
// bytes are none.
func readDeal(id deal.ID, body []byte) (s deal.State, ok bool) {
	r := formReader{rest: body}
	r.read(reflect.ValueOf(&s).Elem())
	if r.bad || len(r.rest) > 0 || s.ID != "" {
		return deal.State{}, false
	}
	s.ID = id
	return s, true
}

// How a time is written: most are whole microseconds of UTC.
const (
	noTime    = iota
	microTime // after the one before it
	anyTime
)

// seenMax bounds how many texts are remembered, so that a long contract is not compared
// with itself line by line.
const seenMax = 250

// formWriter writes values: numbers in as many bytes as they need, texts and lists
// after their lengths, structs field by field. What is absent differs from what is
// empty. A text that has been written is not written again: an odd length is its number.
type formWriter struct {
	out  []byte
	seen []string
	last int64 // the time written last, in microseconds
}

func (w *formWriter) write(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // shapeOf allows no other
	case reflect.Bool:
		w.flag(v.Bool())
	case reflect.Int, reflect.Int64:
		w.out = binary.AppendVarint(w.out, v.Int())
	case reflect.Uint8:
		w.out = append(w.out, byte(v.Uint())) //nolint:gosec // it is one
	case reflect.String:
		w.text(v.String())
	case reflect.Pointer:
		if w.flag(!v.IsNil()); !v.IsNil() {
			w.write(v.Elem())
		}
	case reflect.Slice:
		if v.IsNil() {
			w.out = append(w.out, 0)
			return
		}
		w.out = binary.AppendUvarint(w.out, uint64(v.Len())+1) //nolint:gosec // not negative
		for i := range v.Len() {
			w.write(v.Index(i))
		}
	case reflect.Array:
		w.text(string(v.Addr().Interface().(*evidence.Hash)[:]))
	case reflect.Struct:
		w.fields(v)
	}
}

func (w *formWriter) fields(v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		w.time(*p)
	case *money.Currency:
		w.text(p.Code())
	case *money.Amount:
		w.out = binary.AppendVarint(w.out, p.Minor())
		w.text(p.Currency().Code())
	default:
		for i := range v.NumField() {
			w.write(v.Field(i))
		}
	}
}

func (w *formWriter) flag(b bool) {
	if b {
		w.out = append(w.out, 1)
	} else {
		w.out = append(w.out, 0)
	}
}

func (w *formWriter) text(s string) {
	if i := slices.Index(w.seen, s); i >= 0 {
		w.out = binary.AppendUvarint(w.out, uint64(i)<<1|1)
		return
	}
	w.out = append(binary.AppendUvarint(w.out, uint64(len(s))<<1), s...)
	w.seen = remembered(w.seen, s)
}

// remembered adds a text that is longer than its number would be.
func remembered(seen []string, s string) []string {
	if len(s) < 2 || len(seen) == seenMax {
		return seen
	}
	return append(seen, s)
}

func (w *formWriter) time(t time.Time) {
	switch {
	case t == time.Time{}:
		w.out = append(w.out, noTime)
		return
	case t.Location() == time.UTC && t.Nanosecond()%int(time.Microsecond) == 0:
		micros := t.UnixMicro()
		w.out = binary.AppendVarint(append(w.out, microTime), micros-w.last)
		w.last = micros
		return
	}
	whole, err := t.MarshalBinary()
	fault.Assert(err == nil, "deal.form", "every time can be written")
	w.out = append(append(w.out, anyTime, byte(len(whole))), whole...) //nolint:gosec // at most 16
}

// formReader reads what a formWriter has written. What it reads may be anything: once
// it is bad, it reads nothing more.
type formReader struct {
	rest []byte
	seen []string
	last int64
	bad  bool
}

func (r *formReader) read(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // shapeOf allows no other
	case reflect.Bool:
		v.SetBool(r.flag())
	case reflect.Int, reflect.Int64:
		v.SetInt(r.varint())
	case reflect.Uint8:
		v.SetUint(uint64(r.byte()))
	case reflect.String:
		v.SetString(r.text())
	case reflect.Pointer:
		if r.flag() {
			v.Set(reflect.New(v.Type().Elem()))
			r.read(v.Elem())
		}
	case reflect.Slice:
		r.list(v)
	case reflect.Array:
		h, s := v.Addr().Interface().(*evidence.Hash), r.text()
		r.bad = r.bad || len(s) != len(h)
		copy(h[:], s)
	case reflect.Struct:
		r.fields(v)
	}
}

func (r *formReader) fields(v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = r.time()
	case *money.Currency:
		*p = r.currency()
	case *money.Amount:
		minor := r.varint()
		*p = money.New(minor, r.currency())
	default:
		for i := range v.NumField() {
			r.read(v.Field(i))
		}
	}
}

// list reads one after the other: a length that lies must not take memory.
func (r *formReader) list(v reflect.Value) {
	n := r.uvarint()
	if n == 0 || r.bad {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, int(min(n-1, 8))))
	for i := range n - 1 {
		if len(r.rest) == 0 {
			r.bad = true
		}
		if r.bad {
			return
		}
		v.Grow(1)
		v.SetLen(int(i) + 1)
		r.read(v.Index(int(i)))
	}
}

func (r *formReader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *formReader) byte() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *formReader) flag() bool {
	b := r.byte()
	r.bad = r.bad || b > 1
	return b == 1
}

func (r *formReader) uvarint() uint64 { return number(r, binary.Uvarint) }

func (r *formReader) varint() int64 { return number(r, binary.Varint) }

func number[N int64 | uint64](r *formReader, read func([]byte) (N, int)) N {
	n, size := read(r.rest)
	if r.take(uint64(max(size, 0))); size <= 0 {
		r.bad = true
		return 0
	}
	return n
}

func (r *formReader) text() string {
	n := r.uvarint()
	if n&1 == 0 {
		s := string(r.take(n >> 1))
		r.seen = remembered(r.seen, s)
		return s
	}
	if n >>= 1; n >= uint64(len(r.seen)) {
		r.bad = true
		return ""
	}
	return r.seen[n]
}

func (r *formReader) currency() (c money.Currency) {
	code := r.text()
	if code == "" {
		return c // a draft may not have chosen yet
	}
	c, err := money.ParseCurrency(code)
	r.bad = r.bad || err != nil
	return c
}

func (r *formReader) time() (t time.Time) {
	switch r.byte() {
	case noTime:
	case microTime:
		r.last += r.varint()
		t = time.UnixMicro(r.last).UTC()
	case anyTime:
		r.bad = t.UnmarshalBinary(r.take(uint64(r.byte()))) != nil || r.bad
	default:
		r.bad = true
	}
	return t
}
