package api

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"fondaco/internal/fault"
)

// strictly checks that a document can be read as a value of the struct type t in
// one way only. It fails with a fault of a request.… code: those of malformed
// documents (400) for the first thing found, request.invalid (422) with every
// missing key and every number that is too large.
//
// encoding/json would take the last of two equal keys, any case of a key, and
// whatever follows the document; another reader of the same bytes would not.
func strictly(doc []byte, t reflect.Type) *fault.Error {
	in := &strictReader{dec: jsontext.NewDecoder(bytes.NewReader(doc))}
	if err := in.value(t, ""); err != nil {
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

func (in *strictReader) value(t reflect.Type, field string) *fault.Error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token, err := in.token(field)
	if err != nil {
		return err
	}
	kind := token.Kind()
	switch {
	case kind == '{' && t.Kind() == reflect.Struct:
		return in.object(t, field)
	case kind == '[' && t.Kind() == reflect.Slice:
		for i := 0; in.dec.PeekKind() != ']'; i++ {
			if err := in.value(t.Elem(), field+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
		_, err := in.token(field)
		return err
	case kind == '"' && t.Kind() == reflect.String, (kind == 't' || kind == 'f') && t.Kind() == reflect.Bool:
		return nil
	case kind == '0' && isInteger(t.Kind()):
		return in.integer(token.String(), t.Bits(), field)
	}
	return malformed("request.wrong_type", field, "This holds another type of value than it should.")
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

func (in *strictReader) object(t reflect.Type, field string) *fault.Error {
	missing := requiredOf(t)
	for in.dec.PeekKind() != '}' {
		token, err := in.token(field)
		if err != nil {
			return err
		}
		name := token.String()
		member, err := memberOf(t, name, field)
		if err != nil {
			return err
		}
		delete(missing, name)
		if err := in.value(member.Type, joined(field, name)); err != nil {
			return err
		}
	}
	if _, err := in.token(field); err != nil {
		return err
	}
	for i := range t.NumField() { // in the order of the fields, not of the map
		if name := keyOf(t.Field(i)); missing[name] {
			in.wrong = append(in.wrong, fault.New(fault.Invalid, "request.missing", "This is needed.").At(joined(field, name)))
		}
	}
	return nil
}

// memberOf finds the field of a key. What it says of an unknown key is where it
// is, not its name: a name may be anything that was sent.
func memberOf(t reflect.Type, name, field string) (reflect.StructField, *fault.Error) {
	for i := range t.NumField() {
		f := t.Field(i)
		switch key := keyOf(f); {
		case key == name:
			return f, nil
		case strings.EqualFold(key, name):
			return f, malformed("request.wrong_case", joined(field, key), "Keys are written in small letters.")
		}
	}
	return reflect.StructField{}, malformed("request.unknown_key", field, "A key is unknown here. Leave it out.")
}

func keyOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// requiredOf lists the keys that must be there; the same tag makes them optional
// in the description.
func requiredOf(t reflect.Type) map[string]bool {
	keys := map[string]bool{}
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("required") != "false" {
			keys[keyOf(f)] = true
		}
	}
	return keys
}

func joined(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}
