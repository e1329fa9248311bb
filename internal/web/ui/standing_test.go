package ui_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"fondaco/internal/web/ui"
)

func measure(t *testing.T, e *goquery.Selection, name string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(e.AttrOr(name, "none"), 64)
	if err != nil {
		t.Fatalf("%s is %q", name, e.AttrOr(name, ""))
	}
	return x
}

// A standing is drawn to scale: the band holds the mark, lies on the bar, and is the
// wider the less is known.
func TestTheBandAroundAStandingIsWideWhereLittleIsKnown(t *testing.T) {
	t.Parallel()
	for _, value := range []int{0, 1, 50, 99, 100} {
		widest := 1e9
		for _, confidence := range []int{0, 40, 80, 100} {
			d := parse(t, render(t, ui.StandingPicture(reader("en"), ui.Standing{Value: value, Confidence: confidence, State: ui.State{Word: "Sound"}, Level: "low"})))
			track, band, mark := d.Find(".standing-track"), d.Find(".standing-band"), d.Find(".standing-mark")
			from, width, at := measure(t, band, "x"), measure(t, band, "width"), measure(t, mark, "cx")
			if left, right := measure(t, track, "x"), measure(t, track, "x")+measure(t, track, "width"); from < left || from+width > right {
				t.Errorf("%d at %d %%: the band leaves the bar: %v to %v", value, confidence, from, from+width)
			}
			if at < from || at > from+width || width > widest {
				t.Errorf("%d at %d %%: mark %v, band %v wide from %v, before %v", value, confidence, at, width, from, widest)
			}
			widest = width
		}
	}
}

func TestBeingNewShowsNoNumberAndNoBar(t *testing.T) {
	t.Parallel()
	d := parse(t, render(t, ui.StandingPicture(reader("en"), ui.Standing{New: true, Value: 50, Confidence: 50, State: ui.State{Word: "New"}, Note: "Too few deals."})))
	if d.Find(".standing-bar, .standing-value").Length() != 0 || strings.ContainsAny(d.Find(".standing").Text(), "0123456789") {
		t.Errorf("a new party is shown as %q", d.Find(".standing").Text())
	}
}

func TestATrendStaysInItsPictureAndItsTableSaysTheSame(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)
	trends := map[string]ui.Trend{
		"one point":     {{At: at, Value: 70, Confidence: 20}},
		"the same time": {{At: at, Value: 70, Confidence: 20}, {At: at, Value: 0, Confidence: 0}},
		"the ends":      {{At: at, Value: 0, Confidence: 0}, {At: at.AddDate(0, 1, 0), Value: 100, Confidence: 100}, {At: at.AddDate(3, 0, 0), Value: 100, Confidence: 0}},
	}
	for name, trend := range trends {
		for _, lang := range []string{"en", "zh"} {
			d := parse(t, render(t, ui.TrendPicture(reader(lang), trend)))
			if len(trend) < 2 {
				if d.Find("svg").Length() != 0 {
					t.Errorf("%s: a picture of one point", name)
				}
				continue
			}
			for _, selector := range []string{".trend-line", ".standing-band"} {
				for _, point := range strings.Fields(d.Find(selector).AttrOr("points", "")) {
					x, y, _ := strings.Cut(point, ",")
					px, errX := strconv.ParseFloat(x, 64)
					py, errY := strconv.ParseFloat(y, 64)
					if errX != nil || errY != nil || px < 0 || px > 640 || py < 0 || py > 160 {
						t.Errorf("%s: %s leaves the picture at %s", name, selector, point)
					}
				}
			}
			if rows := d.Find("tbody tr"); rows.Length() != len(trend) || !strings.Contains(rows.First().Text(), strconv.Itoa(trend[len(trend)-1].Value)) {
				t.Errorf("%s: the table has %d rows, the newest %q", name, rows.Length(), rows.First().Text())
			}
			if said := d.Find("svg").AttrOr("aria-label", ""); !strings.Contains(said, strconv.Itoa(trend[0].Value)) || strings.Contains(said, "ui.") {
				t.Errorf("%s: to those who do not see it the picture says %q", name, said)
			}
		}
	}
}

func TestAnAverageMarkFillsItsPipsInTenths(t *testing.T) {
	t.Parallel()
	for tenths, want := range map[int]string{10: "1 of 5", 43: "4.3 of 5", 50: "5 of 5"} {
		d := parse(t, render(t, ui.Marks(reader("en"), []ui.Mark{{Label: "On time", Tenths: tenths}})))
		filled := 0.0
		d.Find(".pip-full").Each(func(_ int, e *goquery.Selection) { filled += measure(t, e, "width") })
		if got := d.Find("dd").Text(); !strings.Contains(got, want) || int(filled) < tenths*12/10-1 || int(filled) > tenths*12/10 {
			t.Errorf("%d tenths: %q, filled %v", tenths, got, filled)
		}
	}
}
