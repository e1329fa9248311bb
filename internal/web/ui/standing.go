package ui

import (
	"strconv"
	"strings"
	"time"
)

// Standing is what past trades say of a party: a value and how sure it is, or the
// state of being new, which has no number.
type Standing struct {
	New        bool
	Value      int    // 0 to 100
	Confidence int    // percent
	State      State  // what the value, or being new, is called
	Level      string // the confidence in a word
	Note       string // one more sentence; empty is not shown
}

const whole = 100 // of a standing, and of a confidence

// band is how far the value may still move: the less sure it is, the wider.
func band(value, confidence int) (from, to int) {
	half := (whole - confidence) / 2
	return max(0, value-half), min(whole, value+half)
}

// at is a place on the bar, which is four units wide for each point.
func (s Standing) at(points int) string { return strconv.Itoa(8 + points*barPoint) }

const barPoint = 4

func (s Standing) from() string {
	from, _ := band(s.Value, s.Confidence)
	return s.at(from)
}

func (s Standing) width() string {
	from, to := band(s.Value, s.Confidence)
	return strconv.Itoa((to - from) * barPoint)
}

// Mark is one aspect of reviews with its mark, or the average of many.
type Mark struct {
	Label  string
	Tenths int // 10 to 50
}

func (m Mark) text() string {
	if m.Tenths%10 == 0 {
		return strconv.Itoa(m.Tenths / 10)
	}
	return strconv.Itoa(m.Tenths/10) + "." + strconv.Itoa(m.Tenths%10)
}

// filled is how much of a pip is full, of twelve.
func (m Mark) filled(pip int) int { return min(10, max(0, m.Tenths-10*pip)) * 12 / 10 }

// TrendPoint is a standing at a time.
type TrendPoint struct {
	At         time.Time
	Value      int // 0 to 100
	Confidence int // percent
}

// Trend is how a standing went, the oldest point first.
type Trend []TrendPoint

const (
	trendWidth  = 640
	trendHeight = 160
	trendEdge   = 8
)

func (t Trend) x(i int) float64 {
	first, last := t[0].At, t[len(t)-1].At
	if span := last.Sub(first); span > 0 {
		return trendEdge + float64(trendWidth-2*trendEdge)*float64(t[i].At.Sub(first))/float64(span)
	}
	return trendWidth / 2
}

func trendY(value int) float64 {
	return trendEdge + float64(trendHeight-2*trendEdge)*float64(whole-value)/whole
}

func place(x, y float64) string {
	return strconv.FormatFloat(x, 'f', 1, 64) + "," + strconv.FormatFloat(y, 'f', 1, 64)
}

// line is the values as the points of a polyline.
func (t Trend) line() string {
	out := make([]string, len(t))
	for i, p := range t {
		out[i] = place(t.x(i), trendY(p.Value))
	}
	return strings.Join(out, " ")
}

// area is the band around the values as the points of a polygon.
func (t Trend) area() string {
	out := make([]string, 2*len(t))
	for i, p := range t {
		from, to := band(p.Value, p.Confidence)
		out[i], out[len(out)-1-i] = place(t.x(i), trendY(to)), place(t.x(i), trendY(from))
	}
	return strings.Join(out, " ")
}

func svgNumber(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// month names the month of a point.
func (r Reader) month(t time.Time) string {
	t = t.UTC()
	return r.T("ui.trend.month", "Year", strconv.Itoa(t.Year()), "Month", r.T("ui.month."+strconv.Itoa(int(t.Month()))))
}
