package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"fondaco/internal/fault"
)

// strictly checks that a document can be read as a value of the shape in one way
// only. It fails with a fault of a request.… code: those of malformed documents
// (400) for the first thing found, request.invalid (422) with every missing key
// and every number that is too large.
//
// encoding/json would take the last of two equal keys, any case of a key, and
// whatever follows the document; another reader of the same bytes would not.
func strictly(doc []byte, as *shape) *fault.Error {
	in := &strictReader{dec: jsontext.NewDecoder(bytes.NewBuffer(doc))} // a Buffer is read in place, without a copy
	if err := in.value(as, ""); err != nil {
		return err
	}
	if _, err := in.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return malformed("request.trailing_data", "", "Send one JSON document and nothing after it.")
	}
	if len(in.wrong) > 0 {
		return fault.New(fault.Invalid, "request.invalid", "Some values need attention.").And(in.wrong...)
	}
	return nil
}

// shape is what a document may look like: a type, looked at once.
type shape struct {
	kind    reflect.Kind
	bits    int
	raw     bool // any JSON object, for somebody else to read strictly
	element *shape
	members []member
}

type member struct {
	key      string
	required bool
	shape    *shape
}

// anyObject is an object that another operation reads.
type anyObject json.RawMessage

// UnmarshalJSON keeps the bytes as they are.
func (d *anyObject) UnmarshalJSON(b []byte) error {
	*d = append((*d)[:0], b...)
	return nil
}

// Schema describes any object.
func (anyObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "The body that the operation takes alone"}
}

// shapeOf looks at a type. A member must be there unless its tag says otherwise;
// the same tag makes it optional in the description.
func shapeOf(t reflect.Type) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	s := &shape{kind: t.Kind()}
	switch {
	case t == reflect.TypeFor[anyObject]():
		s.raw = true
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Map:
		s.element = shapeOf(t.Elem())
	case isInteger(t.Kind()):
		s.bits = t.Bits()
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			s.members = append(s.members, member{key: name, required: f.Tag.Get("required") != "false", shape: shapeOf(f.Type)})
		}
	}
	return s
}

type strictReader struct {
	dec   *jsontext.Decoder
	wrong []*fault.Error
}

func malformed(code, field, message string) *fault.Error {
	return fault.New(fault.Invalid, code, message).At(field)
}

// token reads on. Its errors name a place that was read, never what is there.
func (in *strictReader) token(field string) (jsontext.Token, *fault.Error) {
	token, err := in.dec.ReadToken()
	switch {
	case err == nil:
		return token, nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return token, malformed("request.duplicate_key", field, "A key occurs twice in one object.")
	}
	return token, malformed("request.malformed", field, "This is not a JSON document in UTF-8.")
}

func (in *strictReader) value(as *shape, field string) *fault.Error {
	if as.raw && in.dec.PeekKind() == '{' {
		return in.whole(field)
	}
	token, err := in.token(field)
	if err != nil {
		return err
	}
	kind := token.Kind()
	switch {
	case kind == '{' && as.kind == reflect.Struct:
		return in.object(as, field)
	case kind == '{' && as.kind == reflect.Map:
		return in.table(as, field)
	case kind == '[' && as.kind == reflect.Slice && !as.raw:
		for i := 0; in.dec.PeekKind() != ']'; i++ {
			if err := in.value(as.element, field+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
		_, err := in.token(field)
		return err
	case kind == '"' && as.kind == reflect.String, (kind == 't' || kind == 'f') && as.kind == reflect.Bool:
		return nil
	case kind == '0' && isInteger(as.kind):
		return in.integer(token.String(), as.bits, field)
	case kind == '0' && as.kind == reflect.Float64:
		return in.fraction(token.String(), field)
	}
	return malformed("request.wrong_type", field, "This holds another type of value than it should.")
}

// whole reads past an object of which only that it is JSON without equal keys matters.
func (in *strictReader) whole(field string) *fault.Error {
	switch _, err := in.dec.ReadValue(); {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return malformed("request.duplicate_key", field, "A key occurs twice in one object.")
	}
	return malformed("request.malformed", field, "This is not a JSON document in UTF-8.")
}

// table reads an object whose keys are the sender's own; what it says of one does
// not repeat the key.
func (in *strictReader) table(as *shape, field string) *fault.Error {
	for in.dec.PeekKind() != '}' {
		if _, err := in.token(field); err != nil {
			return err
		}
		if err := in.value(as.element, field); err != nil {
			return err
		}
	}
	_, err := in.token(field)
	return err
}

func isInteger(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Int64 }

func (in *strictReader) integer(text string, bits int, field string) *fault.Error {
	if strings.ContainsAny(text, ".eE") {
		return malformed("request.not_integer", field, "Write a whole number, without point and exponent.")
	}
	if _, err := strconv.ParseInt(text, 10, bits); err != nil {
		in.wrong = append(in.wrong, fault.New(fault.Invalid, "request.number_too_large", "This number is too large.").At(field))
	}
	return nil
}

func (in *strictReader) fraction(text, field string) *fault.Error {
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		in.wrong = append(in.wrong, fault.New(fault.Invalid, "request.number_too_large", "This number is too large.").At(field))
	}
	return nil
}

func (in *strictReader) object(as *shape, field string) *fault.Error {
	var seen [4]uint64 // a bit for each member
	fault.Assert(len(as.members) <= 64*len(seen), "api.shape", "a body has at most 256 keys")
	for in.dec.PeekKind() != '}' {
		token, err := in.token(field)
		if err != nil {
			return err
		}
		at, err := as.memberOf(token.String(), field)
		if err != nil {
			return err
		}
		seen[at/64] |= 1 << (at % 64)
		if err := in.value(as.members[at].shape, joined(field, as.members[at].key)); err != nil {
			return err
		}
	}
	if _, err := in.token(field); err != nil {
		return err
	}
	for i, m := range as.members {
		if m.required && seen[i/64]&(1<<(i%64)) == 0 {
			in.wrong = append(in.wrong, fault.New(fault.Invalid, "request.missing", "This is needed.").At(joined(field, m.key)))
		}
	}
	return nil
}

// memberOf finds the place of a key. What it says of an unknown key is where it
// is, not its name: a name may be anything that was sent.
func (s *shape) memberOf(name, field string) (int, *fault.Error) {
	for i, m := range s.members {
		switch {
		case m.key == name:
			return i, nil
		case strings.EqualFold(m.key, name):
			return 0, malformed("request.wrong_case", joined(field, m.key), "Keys are written in small letters.")
		}
	}
	return 0, malformed("request.unknown_key", field, "A key is unknown here. Leave it out.")
}

func joined(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}
