package scms_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/scms"
)

// invented is a record of the published form whose rows are made up.
func invented(t testing.TB) string {
	t.Helper()
	doc, err := os.ReadFile("testdata/invented.csv")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

func packed(t *testing.T, doc string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(doc)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestEveryRowIsReadOrRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	rows, refused, err := scms.Read(strings.NewReader(invented(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 9 || len(rows)+len(refused) != 15 {
		t.Fatalf("%d rows and %d refused, want 9 and 6", len(rows), len(refused))
	}
	want := []scms.Refusal{
		{Line: 10, ID: "60", Code: "scms.unknown_country"},
		{Line: 11, ID: "61", Code: "scms.no_value"},
		{Line: 13, ID: "62", Code: "scms.duplicate_row"},
		{Line: 14, ID: "63", Code: "scms.bad_date"},
		{Line: 15, ID: "64", Code: "scms.bad_freight"},
		{Line: 16, ID: "65", Code: "scms.no_quantity"},
	}
	for i, r := range refused {
		if r.Reason == "" {
			t.Errorf("line %d is refused without a reason", r.Line)
		}
		r.Reason = ""
		if r != want[i] {
			t.Errorf("refusal %d is %+v, want %+v", i, r, want[i])
		}
	}
}

func TestPackedAndPlainFilesAndBothEncodingsReadAlike(t *testing.T) {
	t.Parallel()
	plain := invented(t)
	for name, doc := range map[string]string{
		"packed": packed(t, plain), "with a byte order mark": "\ufeff" + plain, "Windows line ends": strings.ReplaceAll(plain, "\n", "\r\n"),
		"Windows-1252": strings.ReplaceAll(plain, "Côte", "C\xf4te"),
	} {
		rows, _, err := scms.Read(strings.NewReader(doc))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(rows) != 9 || rows[2].Country != "Côte d'Ivoire" || rows[2].Destination != "CI" {
			t.Errorf("%s: row 3 is %+v", name, rows[2])
		}
	}
}

func TestFilesThatAreNotTheRecordAreRefusedWithACode(t *testing.T) {
	t.Parallel()
	plain := invented(t)
	head, _, _ := strings.Cut(plain, "\n")
	whole := packed(t, plain)
	for name, c := range map[string]struct{ doc, code string }{
		"nothing":              {"", "scms.bad_header"},
		"only a header":        {head + "\n", "scms.empty"},
		"another table":        {"a,b,c\n1,2,3\n", "scms.bad_header"},
		"a column renamed":     {strings.Replace(plain, "Pack Price", "Price", 1), "scms.bad_header"},
		"a column more":        {strings.Replace(plain, "Line Item Insurance (USD)", "Line Item Insurance (USD),More", 1), "scms.bad_header"},
		"a row cut short":      {head + "\n1,2,3\n", "scms.bad_csv"},
		"a quote left open":    {head + "\n\"1,2\n", "scms.bad_csv"},
		"a quote in a field":   {head + "\n1\"2" + strings.Repeat(",x", 32) + "\n", "scms.bad_csv"},
		"a packed file cut":    {whole[:len(whole)/2], "scms.bad_gzip"},
		"a packed file spoilt": {whole[:len(whole)-6] + "\x00\x00\x00\x00\x00\x00", "scms.bad_gzip"},
		"a picture":            {"\x89PNG\r\n\x1a\n", "scms.bad_header"},
	} {
		_, _, err := scms.Read(strings.NewReader(c.doc))
		if fault.CodeOf(err) != c.code || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v (%s), want %s", name, err, fault.CodeOf(err), c.code)
		}
	}
}

func TestFileBeyondTheBoundsIsRefused(t *testing.T) {
	t.Parallel()
	head, _, _ := strings.Cut(invented(t), "\n")
	for name, c := range map[string]struct {
		row  string
		many int
	}{
		"rows":  {"\n" + strings.Repeat(",", 32), 100_002},
		"bytes": {"\n" + strings.Repeat("x", 1<<20) + strings.Repeat(",", 32), 65},
	} {
		_, _, err := scms.Read(strings.NewReader(packed(t, head+strings.Repeat(c.row, c.many))))
		if fault.CodeOf(err) != "scms.too_large" {
			t.Errorf("too many %s: %v, want scms.too_large", name, err)
		}
	}
}

func TestDaysThatASpreadsheetHasTurnedAroundAreTurnedBack(t *testing.T) {
	t.Parallel()
	rows, _, err := scms.Read(strings.NewReader(invented(t)))
	if err != nil {
		t.Fatal(err)
	}
	byID := map[int64]scms.Row{}
	for _, r := range rows {
		byID[r.ID] = r
	}
	for id, want := range map[int64]time.Time{
		2: time.Date(2010, 3, 1, 0, 0, 0, 0, time.UTC), 3: {}, 4: {}, 5: time.Date(2009, 12, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got := byID[id].Ordered; !got.Equal(want) {
			t.Errorf("row %d was ordered %s, want %s", id, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	plain := invented(f)
	f.Add([]byte(plain))
	head, rest, _ := strings.Cut(plain, "\n")
	f.Add([]byte(head))
	f.Add([]byte(head + "\n" + strings.Repeat(",", 32) + "\n"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte(rest))
	f.Fuzz(func(t *testing.T, doc []byte) {
		rows, refused, err := scms.Read(bytes.NewReader(doc))
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid {
				t.Fatalf("%v is %s", err, k)
			}
			return
		}
		if len(rows)+len(refused) == 0 {
			t.Fatal("nothing was read and nothing refused")
		}
		for _, r := range rows {
			if r.Quantity <= 0 || !r.Value.IsPositive() || r.Freight.Sign() < 0 || r.Insurance.Sign() < 0 || r.Destination == "" || r.Scheduled.IsZero() {
				t.Fatalf("row %+v cannot be a deal", r)
			}
			var assumed scms.Assumed
			if terms, err := r.Terms("buyer", "seller", &assumed); err == nil && terms.Normal().Check() != nil {
				t.Fatalf("terms of %+v do not hold", r)
			}
		}
	})
}
