package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"testing"

	"fondaco/internal/api"
)

// FuzzStrictBodies holds the reader of bodies to its promise: what it accepts has
// one reading, which encoding/json finds too, and writing that reading out again
// gives a document that it accepts.
func FuzzStrictBodies(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"buyer":"a","seller":"b","currency":"USD"}`, `{"buyer":"a","buyer":"b"}`, `{"Buyer":"a"}`, `{"buyer":"a"}{}`, `{"lines":[{"quantity":1e2}]}`,
		`{"lines":[{"quantity":9223372036854775808}]}`, `{"freight":{"amount":1,"currency":"USD"},"buyer":"\ud800","seller":"","currency":""}`, `[[[[`, "{\"a\xff\":1}",
		`{"buyer":"a","seller":"b","currency":"USD","delivery":{"partial_shipments":true},"buyer_duties":["x"],"lines":[{}]}`,
		`{"name":"a","min":0.5e-1,"countries":["SY"]}`, `{"name":"a","min":1e999}`, `{"name":"a","min":-0}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		readsOneWay(t, doc, reflect.TypeFor[api.Terms]())
		readsOneWay(t, doc, reflect.TypeFor[api.NewScreening]())
	})
}

func readsOneWay(t *testing.T, doc []byte, as reflect.Type) {
	t.Helper()
	if api.Strictly(doc, as) != nil {
		return
	}
	read := reflect.New(as).Interface()
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.DisallowUnknownFields()
	if err := dec.Decode(read); err != nil {
		t.Fatalf("%q is accepted, but cannot be read: %v", doc, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		t.Fatalf("%q is accepted, but more follows it", doc)
	}
	var merged any
	must(t, json.Unmarshal(doc, &merged))
	if written, kept := written(t, doc), count(merged); written != kept {
		t.Fatalf("%q is accepted with %d keys, of which %d differ", doc, written, kept)
	}
}

// written counts the keys as they stand in the document.
func written(t *testing.T, doc []byte) int {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(doc))
	var inside []bool // whether each open bracket is an object
	n, texts := 0, []int{0}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return n
		}
		must(t, err)
		top := len(texts) - 1
		switch token {
		case json.Delim('{'), json.Delim('['):
			texts[top]++
			inside, texts = append(inside, token == json.Delim('{')), append(texts, 0)
			continue
		case json.Delim('}'), json.Delim(']'):
			inside, texts = inside[:len(inside)-1], texts[:top]
			continue
		}
		if len(inside) > 0 && inside[len(inside)-1] && texts[top]%2 == 0 {
			n++
		}
		texts[top]++
	}
}

// count counts the keys that remain when equal ones have become one.
func count(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			n += 1 + count(member)
		}
	case []any:
		for _, member := range v {
			n += count(member)
		}
	}
	return n
}
