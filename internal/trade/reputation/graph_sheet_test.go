package reputation_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/trade/reputation"
)

func sheetOf(lines ...string) (*reputation.Sheet, error) {
	s := new(reputation.Sheet)
	for _, line := range lines {
		if err := s.Line(line); err != nil {
			return s, err
		}
	}
	return s, nil
}

func TestATableIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	s, err := sheetOf("\ufeffrater,ratee,rating,time\r", "10,9,10,1289241911.72836\r", "", ` "9" , shop é,-5,0`, "shop é,10,2.5,-3")
	if err != nil {
		t.Fatal(err)
	}
	table, err := s.Table(0)
	if err != nil {
		t.Fatal(err)
	}
	want := reputation.Table{
		Users: []string{"9", "10", "shop é"},
		Ratings: []reputation.Rating{
			{From: 1, To: 0, Value: 1, Weight: 1, At: 1289241911728360},
			{From: 0, To: 2, Value: -0.5, Weight: 1, At: 0},
			{From: 2, To: 1, Value: 0.25, Weight: 1, At: -3e6},
		},
	}
	if !reflect.DeepEqual(table, want) {
		t.Errorf("got  %+v\nwant %+v", table, want)
	}
	if table.Place("shop é") != 2 || table.Place("10") != 1 || table.Place("11") != -1 || table.Place("") != -1 {
		t.Error("users are not where they are")
	}
	if s.Lines() != 5 {
		t.Errorf("%d lines", s.Lines())
	}
	if first, _ := sheetOf("1,2,3,4", "a,b,c,d"); first.Lines() != 2 {
		t.Error("the second line was taken for names of columns")
	}
}

func TestALineThatIsNoRatingIsRefusedWithItsNumber(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"too few":      "1,2,3",
		"too many":     "1,2,3,4,5",
		"no rater":     ",2,3,4",
		"no ratee":     "1, ,3,4",
		"no rating":    "1,2,,4",
		"words":        "1,2,good,4",
		"no number":    "1,2,NaN,4",
		"endless":      "1,2,inf,4",
		"hexadecimal":  "1,2,0x1p4,4",
		"beyond":       "1,2,1e999,4",
		"no time":      "1,2,3,yesterday",
		"far time":     "1,2,3,1e13",
		"control":      "1\x00,2,3,4",
		"quote":        `1"1,2,3,4`,
		"half a quote": `"1,2,3,4`,
		"not UTF-8":    "\xff,2,3,4",
		"long":         strings.Repeat("1", 300) + ",2,3,4",
		"header again": "rater,ratee,rating,time",
	} {
		s, err := sheetOf("a,b,1,1", "", line)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != "reputation.bad_line" || f.Kind != fault.Invalid || f.Args["line"] != "3" {
			t.Errorf("%s: %v", name, err)
		}
		if table, err := s.Table(0); err != nil || len(table.Ratings) != 1 {
			t.Errorf("%s has left something: %+v", name, table)
		}
	}
}

func TestAScaleHoldsItsMostExtremeRating(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		scale, want float64
		ok          bool
	}{{0, -1, true}, {4, -1, true}, {16, -0.25, true}, {3.9, 0, false}, {-1, 0, false}, {math.NaN(), 0, false}, {math.Inf(1), 0, false}} {
		s, err := sheetOf("a,b,-4,1", "b,a,2,1")
		if err != nil {
			t.Fatal(err)
		}
		table, err := s.Table(test.scale)
		if (err == nil) != test.ok {
			t.Errorf("scale %v: %v", test.scale, err)
		}
		if err == nil && table.Ratings[0].Value != test.want {
			t.Errorf("on a scale to %v, -4 is %v", test.scale, table.Ratings[0].Value)
		}
	}
	if table, err := new(reputation.Sheet).Table(0); err != nil || len(table.Users) != 0 || len(table.Founders()) != 0 {
		t.Errorf("an empty table: %+v, %v", table, err)
	}
	if s, _ := sheetOf("a,b,0,1"); s != nil {
		if table, err := s.Table(0); err != nil || table.Ratings[0].Value != 0 {
			t.Errorf("nothing but zero: %+v, %v", table, err)
		}
	}
}

func TestFoundersCameFirstAndAreWelcome(t *testing.T) {
	t.Parallel()
	// Accounts 0 to 6 came first, but only the even ones are rated well by twenty.
	table := reputation.Table{Users: make([]string, 40)}
	for i := range int32(7) {
		table.Ratings = append(table.Ratings, rates(i, 39, 1, int64(100-i)))
		for other := int32(10); other < 30; other++ {
			value := 0.1
			if i%2 == 1 && other == 29 {
				value = -0.1
			}
			table.Ratings = append(table.Ratings, rates(other, i, value, 1000))
		}
	}
	// Who rates himself, or at no known time, did not come first.
	table.Ratings = append(table.Ratings, rates(38, 38, 1, 1), rates(37, 39, 1, 0), rates(36, 39, 1, -5))
	want := []int32{6, 4, 2, 0, 5}
	if got := table.Founders(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzALineGivesARatingOrARefusal(f *testing.F) {
	for _, line := range []string{"1,2,3,4", "rater,ratee,rating,time", "\ufeff1,2,-10,1.5", `"a","b",1e3,0`, "=1+1,@x,1,1", "a,b,0x10,1", ",,,", "\r"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		s, err := sheetOf("0,1,-1,5", line, line)
		table, tableErr := s.Table(0)
		if tableErr != nil {
			t.Fatal(tableErr)
		}
		g, graphErr := reputation.NewGraph(len(table.Users), table.Ratings, 0)
		if graphErr != nil {
			t.Fatalf("%q gives what is no graph: %v", line, graphErr)
		}
		for i, score := range g.Scores(table.Founders(), reputation.DefaultSettings()) {
			if !(score.Value >= 0 && score.Value <= 1) {
				t.Fatalf("%q: user %q has %+v", line, table.Users[i], score)
			}
			if table.Place(table.Users[i]) != int32(i) || strings.ContainsAny(table.Users[i], ",\"\n\r") {
				t.Fatalf("%q: user %q cannot be written back or found", line, table.Users[i])
			}
		}
		if want := 3; err == nil && strings.TrimSpace(line) != "" && len(table.Ratings) != want {
			t.Fatalf("%q: %d ratings", line, len(table.Ratings))
		}
	})
}
