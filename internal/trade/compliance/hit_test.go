package compliance_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/screening"
)

func TestAFindingKeepsWhatAPersonCompares(t *testing.T) {
	t.Parallel()
	e := &screening.Entry{
		List: "un", ID: "6908", Reference: "CDi.001", Kind: screening.Person,
		Names: []screening.Name{
			{Text: "IVAN PETROV", Type: "primary"}, {Text: "Иван Петров", Type: "aka", Native: true}, {Text: "VANYA", Type: "aka", Weak: true},
		},
		Births: []screening.Date{{Year: 1960, Span: true}, {Year: 1964}, {Year: 1971, Month: 2, Day: 3, About: true}},
		Places: []string{"Omsk"}, Countries: []string{"RU"}, Programmes: []string{"CD"},
		Identifiers: []screening.Identifier{{Type: "passport", Value: "71 1", Country: "RU"}},
		Remarks:     "Officer.", Listed: "2014-05-01",
	}
	f := compliance.FindingOf(screening.Hit{
		Entry: e, List: "un", Version: "2026-02-27", Name: "IVAN PETROV", Score: 0.91234,
		Reasons: []screening.Reason{{Code: screening.Same, Ours: "ivan", Theirs: "IVAN", Weight: 0.4}, {Code: screening.BirthSame, Weight: 20}},
	})
	if f.List != "un" || f.Entry != "6908" || f.Reference != "CDi.001" || f.Version != "2026-02-27" || f.Name != "IVAN PETROV" ||
		f.Print != e.Fingerprint() || f.Probability != 9123 {
		t.Errorf("got %+v", f)
	}
	if len(f.Reasons) != 2 || f.Reasons[0] != (compliance.Reason{Code: "same", Ours: "ivan", Theirs: "IVAN", Weight: 400}) || f.Reasons[1].Weight != 20000 {
		t.Errorf("reasons %+v", f.Reasons)
	}
	l := f.Listing
	if l.More || l.Kind != "person" || len(l.Names) != 3 || !l.Names[1].Native || !l.Names[2].Weak || l.Names[1].Text != "Иван Петров" ||
		l.Births[0] != (compliance.Date{Year: 1960, Span: true}) || l.Births[2] != (compliance.Date{Year: 1971, Month: 2, Day: 3, About: true}) ||
		l.Places[0] != "Omsk" || l.Countries[0] != "RU" || l.Programmes[0] != "CD" || l.Remarks != "Officer." || l.Listed != "2014-05-01" ||
		l.Identifiers[0] != (compliance.Identifier{Type: "passport", Value: "71 1", Country: "RU"}) {
		t.Errorf("listing %+v", l)
	}
}

func TestAProbabilityIsAWholeNumberWhateverTheScore(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		score float64
		want  int
	}{
		{0, 0},
		{1, 10000},
		{0.5, 5000},
		{0.00004, 0},
		{0.99996, 10000},
		{-1, 0},
		{2, 10000},
		{math.Inf(1), 10000},
		{math.Inf(-1), 0},
		{math.NaN(), 10000}, // a person must look
	} {
		f := compliance.FindingOf(screening.Hit{Score: tt.score, Reasons: []screening.Reason{{Weight: tt.score}}})
		if f.Probability != tt.want {
			t.Errorf("%v: got %d, want %d", tt.score, f.Probability, tt.want)
		}
		if _, err := evidence.Canonical(f); err != nil {
			t.Errorf("%v: %v", tt.score, err)
		}
	}
}

func TestAListedRecordIsCutToWhatCanBeShown(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("界", 5000)
	e := &screening.Entry{List: "un", ID: "1", Remarks: long}
	for i := range 500 {
		n := strconv.Itoa(i)
		e.Names = append(e.Names, screening.Name{Text: n + long})
		e.Births = append(e.Births, screening.Date{Year: 1900 + i})
		e.Places, e.Countries, e.Programmes = append(e.Places, n+long), append(e.Countries, long), append(e.Programmes, long)
		e.Identifiers = append(e.Identifiers, screening.Identifier{Type: long, Value: n + long, Country: long})
	}
	h := screening.Hit{Entry: e, List: "un", Name: long, Score: 1}
	for range 500 {
		h.Reasons = append(h.Reasons, screening.Reason{Code: long, Ours: long, Theirs: long, Weight: 1e300})
	}
	f := compliance.FindingOf(h)
	bytes, err := evidence.Canonical(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(bytes) > 256<<10 || !f.Listing.More {
		t.Errorf("%d bytes, more is %t", len(bytes), f.Listing.More)
	}
	if len(f.Listing.Names) != 40 || !strings.HasPrefix(f.Listing.Names[0].Text, "0界") || utf8.RuneCountInString(f.Listing.Remarks) != 1000 {
		t.Errorf("kept %d names and %d characters of remarks", len(f.Listing.Names), utf8.RuneCountInString(f.Listing.Remarks))
	}
	for name, edit := range map[string]func(e *screening.Entry){
		"a name too many":   func(e *screening.Entry) { e.Names = make([]screening.Name, 41) },
		"a birth too many":  func(e *screening.Entry) { e.Births = make([]screening.Date, 21) },
		"a place too many":  func(e *screening.Entry) { e.Places = make([]string, 21) },
		"a number too many": func(e *screening.Entry) { e.Identifiers = make([]screening.Identifier, 21) },
		"a long remark":     func(e *screening.Entry) { e.Remarks = strings.Repeat("x", 1001) },
		"a long name":       func(e *screening.Entry) { e.Names = []screening.Name{{Text: strings.Repeat("x", 201)}} },
	} {
		small := &screening.Entry{List: "un", ID: "1"}
		if compliance.FindingOf(screening.Hit{Entry: small}).Listing.More {
			t.Fatal("nothing was left out of a small record")
		}
		edit(small)
		if !compliance.FindingOf(screening.Hit{Entry: small}).Listing.More {
			t.Errorf("%s: nobody is told", name)
		}
	}
}

// FuzzAFindingOfAnyTextCanBeRecorded plays a list that holds anything: what a
// case keeps of it is readable, has one canonical form, and opens a case.
func FuzzAFindingOfAnyTextCanBeRecorded(f *testing.F) {
	f.Add("IVAN PETROV", "remarks", 0.9)
	f.Add("\xff\xfe", "\u202eabc\u2066", -0.1)
	f.Add("=cmd|' /C calc'!A0", "<script>\x00\x1b[2J</script>", 1e300)
	f.Add("\u200c\u200d علی", "\ufffd\r\n", 1.0)
	f.Fuzz(func(t *testing.T, name, text string, score float64) {
		finding := compliance.FindingOf(screening.Hit{
			Entry: &screening.Entry{
				List: text, ID: "1", Reference: text, Kind: screening.Kind(text), Names: []screening.Name{{Text: name, Type: text}},
				Places: []string{text}, Countries: []string{text}, Programmes: []string{text}, Remarks: text, Listed: text,
				Identifiers: []screening.Identifier{{Type: text, Value: name, Country: text}},
			},
			List: "un", Version: text, Name: name, Score: score,
			Reasons: []screening.Reason{{Code: text, Ours: name, Theirs: text, Weight: score}},
		})
		d := setup(t)
		d.do(clock(), compliance.Open{Subject: petrov(), Trigger: compliance.AtListUpdate, Findings: []compliance.Finding{finding}})
		kept := d.c.Matters[0].Finding
		for _, s := range []string{kept.Name, kept.Listing.Remarks, kept.Listing.Names[0].Text, kept.Version} {
			if strings.ContainsAny(s, "\x00\r\n\x1b\u202e\u2066\u200b") || !utf8.ValidString(s) {
				t.Fatalf("a reader would not see what stands there: %q", s)
			}
		}
		if kept.Probability < 0 || kept.Probability > 10000 {
			t.Fatalf("a probability of %d", kept.Probability)
		}
	})
}
