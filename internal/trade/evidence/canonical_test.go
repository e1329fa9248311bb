package evidence_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

func TestCanonicalJSONHasOneSpelling(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ in, want string }{
		"spaces go":                     {" { \"b\" : [ 1 ,\t2 , null ] ,\r\n \"a\" : true } ", `{"a":true,"b":[1,2,null]}`},
		"empty containers":              {"[ { } , [ ] ]", "[{},[]]"},
		"a bare word":                   {" false ", "false"},
		"a bare string":                 {`"x"`, `"x"`},
		"the largest integers":          {"[9007199254740991,-9007199254740991]", "[9007199254740991,-9007199254740991]"},
		"zero":                          {"0", "0"},
		"nested keys are sorted too":    {`{"z":{"b":1,"a":2},"a":[{"d":1,"c":2}]}`, `{"a":[{"c":2,"d":1}],"z":{"a":2,"b":1}}`},
		"digits before capitals":        {`{"a":1,"A":2,"1":3,"":4}`, `{"":4,"1":3,"A":2,"a":1}`},
		"a prefix comes first":          {`{"ab":1,"a":2,"abc":3}`, `{"a":2,"ab":1,"abc":3}`},
		"keys sort by what they mean":   {`{"\u0062":1,"a":2}`, `{"a":2,"b":1}`},
		"surrogates sort before U+FFxx": {"{\"\uff5e\":1,\"😀\":2,\"é\":3}", "{\"é\":3,\"😀\":2,\"\uff5e\":1}"},
		"two beyond the basic plane":    {"{\"😁\":1,\"😀\":2}", "{\"😀\":2,\"😁\":1}"},
		"short escapes stay short":      {`"\u0008\u0009\u000a\u000c\u000d\u0022\u005c"`, `"\b\t\n\f\r\"\\"`},
		"other controls are lower case": {`"\u0000\u001F\u000B"`, `"\u0000\u001f\u000b"`},
		"needless escapes go":           {`"\/\u0041\u003c\u007f\u2028\ud83d\uDE00"`, "\"/A<\u007f\u2028😀\""},
		"a replacement character":       {`"\ufffd"`, "\"\ufffd\""},
		"no normalisation":              {"\"e\u0301\"", "\"e\u0301\""},
		"nesting up to 64":              {strings.Repeat("[", 64) + strings.Repeat("]", 64), strings.Repeat("[", 64) + strings.Repeat("]", 64)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := evidence.CanonicalJSON([]byte(row.in))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestCanonicalJSONRefusesWhatHasNoOneSpelling(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"nothing":                  "",
		"only space":               " \n",
		"a byte order mark":        "\ufeff{}",
		"bytes after the document": "{} {}",
		"a NUL after the document": "{}\x00",
		"a duplicate key":          `{"a":1,"b":2,"a":1}`,
		"a duplicate by escape":    `{"a":1,"\u0061":2}`,
		"a fraction":               "1.0",
		"an exponent":              "1e3",
		"a large exponent":         "1E400",
		"minus zero":               "-0",
		"a leading zero":           "01",
		"a negative leading zero":  "-01",
		"a plus sign":              "+1",
		"a lone minus":             "-",
		"beyond the safe integers": "9007199254740992",
		"below the safe integers":  "-9007199254740992",
		"beyond 64 bits":           "123456789012345678901234567890",
		"not a number":             "NaN",
		"a misspelt word":          "True",
		"two words in one":         "nulltrue",
		"invalid UTF-8":            "\"\xff\"",
		"overlong UTF-8":           "\"\xc0\x80\"",
		"a surrogate in UTF-8":     "\"\xed\xa0\x80\"",
		"a cut rune":               "\"\xe2\x82\"",
		"invalid UTF-8 in a key":   "{\"\xff\":1}",
		"a lone high surrogate":    `"\ud83d"`,
		"a lone low surrogate":     `"\ude00"`,
		"surrogates reversed":      `"\ude00\ud83d"`,
		"a high then a letter":     `"\ud83d\u0041"`,
		"a high then a cut escape": `"\ud83d\u00"`,
		"a raw newline":            "\"a\nb\"",
		"an unknown escape":        `"\x41"`,
		"an upper-case U escape":   `"\U0041"`,
		"an escape of non-hex":     `"\u00g0"`,
		"a string without end":     `"abc`,
		"a backslash at the end":   `"abc\`,
		"a trailing comma":         "[1,]",
		"a leading comma":          "[,1]",
		"a comma after a member":   `{"a":1,}`,
		"a key without quotes":     "{a:1}",
		"a key without colon":      `{"a" 1}`,
		"a key without value":      `{"a":}`,
		"an array without end":     "[1",
		"an object without end":    `{"a":1`,
		"mixed brackets":           "[1}",
		"a comment":                "[1/*x*/]",
		"nesting beyond 64":        strings.Repeat("[", 65) + strings.Repeat("]", 65),
		"nesting without limit":    strings.Repeat(`{"a":[`, 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := evidence.CanonicalJSON([]byte(in))
			if fault.CodeOf(err) != "evidence.not_canonical" || fault.KindOf(err) != fault.Invalid {
				t.Errorf("got %q and %v, want evidence.not_canonical", got, err)
			}
		})
	}
}

func TestCanonicalWritesGoValues(t *testing.T) {
	t.Parallel()
	value := struct {
		Z    map[string]int64 `json:"z"`
		Name string           `json:"name"`
		Sum  evidence.Hash    `json:"hash"`
	}{map[string]int64{"b": -1, "a": math.MaxInt32}, "<Ünïcode & \u2028 \ufffd>", evidence.HashOf(nil)}
	got, err := evidence.Canonical(value)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"hash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",` +
		"\"name\":\"<Ünïcode & \u2028 \ufffd>\",\"z\":{\"a\":2147483647,\"b\":-1}}"
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCanonicalRefusesGoValuesThatWouldBeChanged(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{
		"a fraction":            1.5,
		"a large integer":       int64(1) << 53,
		"invalid UTF-8":         "a\xffb",
		"invalid UTF-8 in keys": map[string]int{"\xff": 1},
		"a channel":             make(chan int),
		"not a number":          math.NaN(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := evidence.Canonical(value); fault.CodeOf(err) != "evidence.not_canonical" {
				t.Errorf("got %q and %v, want evidence.not_canonical", got, err)
			}
		})
	}
}

func TestCanonicalFormIsIndependentOfKeyOrderAndSpace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.MapOfN(rapid.String().Filter(isUTF8), rapid.Int64Range(-1<<40, 1<<40), 0, 12).Draw(t, "members")
		want, err := evidence.Canonical(members)
		if err != nil {
			t.Fatal(err)
		}
		keys := make([]string, 0, len(members))
		for key := range members {
			keys = append(keys, key)
		}
		keys = rapid.Permutation(sortedCopy(keys)).Draw(t, "order")
		var doc bytes.Buffer
		doc.WriteString(" {\n")
		for i, key := range keys {
			if i > 0 {
				doc.WriteString(" , ")
			}
			quoted, _ := json.Marshal(key)
			number, _ := json.Marshal(members[key])
			doc.Write(quoted)
			doc.WriteString(" :\t")
			doc.Write(number)
		}
		doc.WriteString("}\n")
		got, err := evidence.CanonicalJSON(doc.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%s becomes\n%s, want\n%s", doc.Bytes(), got, want)
		}
		requireUTF16Order(t, got)
	})
}

// requireUTF16Order decodes the keys in order of appearance and compares their code units naively.
func requireUTF16Order(t *rapid.T, doc []byte) {
	decoder := json.NewDecoder(bytes.NewReader(doc))
	var last []uint16
	first := true
	for {
		token, err := decoder.Token()
		if err != nil {
			return
		}
		key, ok := token.(string)
		if !ok {
			continue
		}
		units := utf16.Encode([]rune(key))
		if !first && !less(last, units) {
			t.Fatalf("keys out of order in %s", doc)
		}
		first, last = false, units
	}
}

func less(a, b []uint16) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return len(a) < len(b)
}

func FuzzCanonicalJSON(f *testing.F) {
	for _, seed := range []string{
		`{"b":[1,2,{"c":null}],"a":"\u00e9\ud83d\ude00"}`, `[true,false,-1,9007199254740991]`, `{"a":1,"a":2}`, `"\ud800"`, "1e5", `{"":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := evidence.CanonicalJSON(doc)
		if err != nil {
			return
		}
		if !json.Valid(doc) || !json.Valid(got) {
			t.Fatalf("accepted %q as %q, which is not JSON", doc, got)
		}
		again, err := evidence.CanonicalJSON(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q is not a fixed point: %q, %v", got, again, err)
		}
		var before, after any
		if json.Unmarshal(doc, &before) != nil || json.Unmarshal(got, &after) != nil {
			t.Fatalf("%q does not decode", doc)
		}
		x, _ := json.Marshal(before)
		y, _ := json.Marshal(after)
		if !bytes.Equal(x, y) {
			t.Fatalf("%q and %q do not mean the same", doc, got)
		}
	})
}
