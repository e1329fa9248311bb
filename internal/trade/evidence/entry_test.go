package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

func setupEntry() evidence.Entry {
	return evidence.Entry{
		Sequence:   41,
		Stream:     "deal:0042",
		Version:    7,
		Kind:       "funded",
		At:         time.Date(2026, 1, 1, 0, 0, 0, 123_000, time.UTC),
		Actor:      "rail:bank",
		Commitment: evidence.HashOf([]byte("x")),
	}
}

func isUTF8(s string) bool { return utf8.ValidString(s) }

func sortedCopy(keys []string) []string {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	return keys
}

func TestEntryBytesAreWhatTheDocumentationShows(t *testing.T) {
	t.Parallel()
	want := "fondaco/entry/v1\n" +
		"sequence 41\n" +
		"stream 9:deal:0042\n" +
		"version 7\n" +
		"kind 6:funded\n" +
		"at 1767225600000123\n" +
		"actor 9:rail:bank\n" +
		"commitment 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\n"
	if got := string(setupEntry().Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEntryLeafIsTheHashOfZeroAndTheBytes(t *testing.T) {
	t.Parallel()
	e := setupEntry()
	if want := evidence.Hash(sha256.Sum256(append([]byte{0}, e.Bytes()...))); e.Leaf() != want {
		t.Errorf("got %s, want %s", e.Leaf(), want)
	}
}

func TestEntryComesBackFromItsBytes(t *testing.T) {
	t.Parallel()
	name := rapid.StringOfN(rapid.Rune().Filter(func(r rune) bool { return !unicode.IsControl(r) }), 1, 60, 1024).Filter(isUTF8)
	rapid.Check(t, func(t *rapid.T) {
		e := evidence.Entry{
			Sequence:   rapid.Int64Min(0).Draw(t, "sequence"),
			Stream:     name.Draw(t, "stream"),
			Version:    rapid.Int64Min(0).Draw(t, "version"),
			Kind:       name.Draw(t, "kind"),
			At:         time.UnixMicro(rapid.Int64Range(0, 253402300799999999).Draw(t, "at")).UTC(),
			Actor:      name.Draw(t, "actor"),
			Commitment: evidence.HashOf([]byte(name.Draw(t, "payload"))),
		}
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		got, err := evidence.ParseEntry(e.Bytes())
		if err != nil || got != e {
			t.Fatalf("got %+v, %v\nwant %+v", got, err, e)
		}
	})
}

func TestEntryIgnoresTheZoneItWasToldIn(t *testing.T) {
	t.Parallel()
	e := setupEntry()
	moved := e
	moved.At = e.At.In(time.FixedZone("Shanghai", 8*3600))
	if e.Leaf() != moved.Leaf() {
		t.Error("the same instant in another zone has another leaf")
	}
}

func TestEntryCheckRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*evidence.Entry){
		"a negative sequence":        func(e *evidence.Entry) { e.Sequence = -1 },
		"a negative version":         func(e *evidence.Entry) { e.Version = -1 },
		"no stream":                  func(e *evidence.Entry) { e.Stream = "" },
		"no kind":                    func(e *evidence.Entry) { e.Kind = "" },
		"no actor":                   func(e *evidence.Entry) { e.Actor = "" },
		"a stream that is too long":  func(e *evidence.Entry) { e.Stream = strings.Repeat("x", 1025) },
		"a newline in the kind":      func(e *evidence.Entry) { e.Kind = "a\nb" },
		"invalid UTF-8 in the actor": func(e *evidence.Entry) { e.Actor = "\xff" },
		"a time before 1970":         func(e *evidence.Entry) { e.At = time.UnixMicro(-1) },
		"a time after the year 9999": func(e *evidence.Entry) { e.At = time.UnixMicro(253402300800000000) },
		"the zero time":              func(e *evidence.Entry) { e.At = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setupEntry()
			spoil(&e)
			if err := e.Check(); fault.CodeOf(err) != "evidence.bad_entry" {
				t.Errorf("got %v, want evidence.bad_entry", err)
			}
			if got, err := evidence.ParseEntry(e.Bytes()); err == nil {
				t.Errorf("its bytes parse as %+v", got)
			}
		})
	}
}

func TestEntryCheckRefusesTimesThatMicrosecondsCannotCount(t *testing.T) {
	t.Parallel()
	e := setupEntry()
	e.At = time.Unix(1<<60, 0)
	if err := e.Check(); fault.CodeOf(err) != "evidence.bad_entry" {
		t.Errorf("got %v, want evidence.bad_entry", err)
	}
}

func TestParseEntryRefusesEveryOtherSpelling(t *testing.T) {
	t.Parallel()
	good := string(setupEntry().Bytes())
	for name, edit := range map[string][2]string{
		"another version":          {"entry/v1", "entry/v2"},
		"a leading zero":           {"sequence 41", "sequence 041"},
		"a plus sign":              {"version 7", "version +7"},
		"a length too short":       {"9:deal:0042", "8:deal:0042"},
		"a length too long":        {"9:deal:0042", "10:deal:0042"},
		"a huge length":            {"9:deal:0042", "9999999999999999999:deal:0042"},
		"a negative length":        {"9:deal:0042", "-9:deal:0042"},
		"a length with zero":       {"6:funded", "06:funded"},
		"lines in another order":   {"version 7\nkind 6:funded\n", "kind 6:funded\nversion 7\n"},
		"a missing line":           {"version 7\n", ""},
		"an extra line":            {"version 7\n", "version 7\nnote 1:x\n"},
		"an upper-case commitment": {"commitment 2d", "commitment 2D"},
		"a short commitment":       {"881\n", "88\n"},
		"bytes at the end":         {"881\n", "881\n\n"},
		"no last newline":          {"881\n", "881"},
		"a carriage return":        {"version 7\n", "version 7\r\n"},
		"a sequence beyond int64":  {"sequence 41", "sequence 9223372036854775808"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := strings.Replace(good, edit[0], edit[1], 1)
			if bad == good {
				t.Fatal("the edit changed nothing")
			}
			if got, err := evidence.ParseEntry([]byte(bad)); fault.CodeOf(err) != "evidence.bad_entry" {
				t.Errorf("got %+v and %v, want evidence.bad_entry", got, err)
			}
		})
	}
}

func TestCommitBindsSaltAndPayload(t *testing.T) {
	t.Parallel()
	salt := [evidence.SaltSize]byte{1, 2, 3}
	want := sha256.Sum256(slices.Concat([]byte("fondaco/payload/v1\x00"), salt[:], []byte("payload")))
	got := evidence.Commit(salt, []byte("payload"))
	if got != evidence.Hash(want) {
		t.Errorf("got %s, want %x", got, want)
	}
	if evidence.Commit([evidence.SaltSize]byte{9}, []byte("payload")) == got || evidence.Commit(salt, []byte("other")) == got {
		t.Error("another salt or payload has the same commitment")
	}
}

func TestHashTravelsAsText(t *testing.T) {
	t.Parallel()
	type envelope struct{ H evidence.Hash }
	want := envelope{evidence.HashOf([]byte("a"))}
	doc, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got envelope
	if err := json.Unmarshal(doc, &got); err != nil || got != want {
		t.Errorf("got %v, %v from %s", got, err, doc)
	}
	if !(evidence.Hash{}).IsZero() || want.H.IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestParseHashRefusesOtherSpellings(t *testing.T) {
	t.Parallel()
	good := evidence.HashOf(nil).String()
	for _, bad := range []string{"", good[1:], good + "0", strings.ToUpper(good), "zz" + good[2:], " " + good[1:]} {
		if _, err := evidence.ParseHash(bad); fault.CodeOf(err) != "evidence.bad_hash" {
			t.Errorf("ParseHash(%q) gives %v", bad, err)
		}
	}
	var h evidence.Hash
	if err := h.UnmarshalText([]byte("x")); err == nil || !h.IsZero() {
		t.Errorf("UnmarshalText of x gives %v and %s", err, h)
	}
}

func FuzzParseEntry(f *testing.F) {
	f.Add(setupEntry().Bytes())
	f.Add([]byte("fondaco/entry/v1\nsequence 0\nstream 1:a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := evidence.ParseEntry(data)
		if err != nil {
			return
		}
		if err := e.Check(); err != nil {
			t.Fatalf("parsed an entry that is refused: %v", err)
		}
		if !bytes.Equal(e.Bytes(), data) {
			t.Fatalf("%q came back as %q", data, e.Bytes())
		}
	})
}
