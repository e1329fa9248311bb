package watchlist

import (
	"strconv"
	"strings"

	"fondaco/internal/trade/screening"
)

// dates reads days, months and years as lists write them: 12 Mar 1960, Mar 1960,
// 1960, 1960-03-12, 12/03/1960 (00 for what is unknown), circa 1958, 1958
// (approximative), 1958 to 1960, 1958-1960, between 1958 and 1960. What cannot be
// read gives no date.
func dates(text string) []screening.Date {
	text = strings.ToLower(squeeze(text))
	if text == "" || len(text) > 200 {
		return nil
	}
	about := false
	for _, word := range []string{"(approximative)", "approximately", "approximative", "approx.", "approx", "circa", "about", "around", "c."} {
		if strings.Contains(text, word) {
			text, about = strings.ReplaceAll(text, word, " "), true
		}
	}
	text = strings.TrimPrefix(squeeze(text), "between ")
	if from, to, ok := ends(text); ok {
		a, okA := date(from, about)
		b, okB := date(to, about)
		if okA && okB && a.Year <= b.Year {
			a.Span = true
			return []screening.Date{a, b}
		}
	}
	if d, ok := date(text, about); ok {
		return []screening.Date{d}
	}
	return nil
}

// ends splits a range.
func ends(text string) (from, to string, ok bool) {
	for _, mark := range []string{" to ", " - ", " and ", "–"} {
		if from, to, ok = strings.Cut(text, mark); ok {
			return from, to, true
		}
	}
	if len(text) == 9 && text[4] == '-' {
		return text[:4], text[5:], true
	}
	return "", "", false
}

const yearMin, yearMax = 1500, 2200

// date reads one date; a month or day that is unknown stays zero.
func date(text string, about bool) (screening.Date, bool) {
	text = strings.Trim(squeeze(text), " .,;")
	if i := strings.IndexByte(text, 't'); i == 10 && text[4] == '-' {
		text = text[:10]
	}
	var d screening.Date
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' || r == '/' || r == '.' || r == ',' })
	switch len(parts) {
	case 1:
		d.Year = number(parts[0])
	case 2:
		d.Year, d.Month = number(parts[1]), month(parts[0])
		if len(parts[0]) == 4 {
			d.Year, d.Month = number(parts[0]), month(parts[1])
		}
	case 3, 4, 5: // what follows a day may be a zone, which a birthday has no use for
		d.Year, d.Month, d.Day = number(parts[2]), month(parts[1]), number(parts[0])
		if len(parts[0]) == 4 {
			d.Year, d.Day = number(parts[0]), number(parts[2])
		}
		if len(parts) > 3 && len(parts[0]) != 4 {
			return screening.Date{}, false
		}
	}
	if d.Year < yearMin || d.Year > yearMax || d.Month < 0 || d.Month > 12 || d.Day < 0 || d.Day > daysOf(d.Month) {
		return screening.Date{}, false
	}
	d.About = about
	return d, true
}

func daysOf(month int) int {
	switch month {
	case 0:
		return 0
	case 2:
		return 29
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// number is -1 for what is none.
func number(text string) int {
	if len(text) > 4 {
		return -1
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return -1
	}
	return int(n)
}

func month(text string) int {
	if text != "" && text[0] >= '0' && text[0] <= '9' {
		return number(text)
	}
	if len(text) < 3 {
		return -1
	}
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", text[:3])
	if i < 0 || i%3 != 0 {
		return -1
	}
	return 1 + i/3
}

// day writes a date of listing as lists that are parsed should: ISO 8601 if it can
// be read, else as it stands.
func day(text string) string {
	text = squeeze(text)
	d, ok := date(strings.ToLower(text), false)
	if !ok || d.Day == 0 {
		return text
	}
	return strconv.Itoa(d.Year) + "-" + two(d.Month) + "-" + two(d.Day)
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
