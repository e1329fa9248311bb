package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Number writes a whole number grouped as the language does: 1,234,567.
func (w *Words) Number(n int64) string {
	tag := language.English
	if w.lang == Chinese {
		tag = language.SimplifiedChinese
	}
	return message.NewPrinter(tag).Sprint(number.Decimal(n))
}

// GroupDigits groups the whole part of an exact decimal such as
// "-1234567.80" by thousands and keeps every other character as it is, so no
// digit of an amount passes through floating point.
func GroupDigits(decimal string) string {
	sign, digits := "", decimal
	if strings.HasPrefix(digits, "-") {
		sign, digits = "−", digits[1:]
	}
	whole, fraction, hasFraction := strings.Cut(digits, ".")
	var grouped strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			grouped.WriteByte(',')
		}
		grouped.WriteRune(digit)
	}
	if hasFraction {
		return sign + grouped.String() + "." + fraction
	}
	return sign + grouped.String()
}

// Date writes the calendar day of t in t's own zone: "22 Nov 2026" or
// "2026 年 11 月 22 日".
func (w *Words) Date(t time.Time) string {
	if w.lang == Chinese {
		return fmt.Sprintf("%d 年 %d 月 %d 日", t.Year(), int(t.Month()), t.Day())
	}
	return t.Format("2 Jan 2006")
}

// DateTime writes t to the minute in the reader's zone with UTC beside it:
// "22 Nov 2026, 18:15 UTC+8 (10:15 UTC)". A nil zone is UTC, and UTC is
// written once. The UTC day is written too where it is another day.
func (w *Words) DateTime(t time.Time, zone *time.Location) string {
	local, utc := w.Local(t, zone), w.Beside(t, zone)
	if utc == "" {
		return local
	}
	return w.T("ui.time.beside", "Local", local, "UTC", utc)
}

// Local writes t to the minute in the reader's zone with the zone's offset,
// without UTC beside it.
func (w *Words) Local(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	return w.T("ui.time.local", "Date", w.Date(t), "Time", t.Format("15:04"), "Offset", offset(t))
}

// UTC writes t to the minute in UTC.
func (w *Words) UTC(t time.Time) string { return w.Local(t, time.UTC) }

// Beside writes the UTC reading that stands next to a local one: the time, with
// its day where that differs, or "" where the local reading already is UTC.
func (w *Words) Beside(t time.Time, zone *time.Location) string {
	if zone == nil {
		return ""
	}
	local, utc := t.In(zone), t.UTC()
	if _, seconds := local.Zone(); seconds == 0 {
		return ""
	}
	if local.YearDay() == utc.YearDay() && local.Year() == utc.Year() {
		return utc.Format("15:04") + " UTC"
	}
	return w.UTC(t)
}

// offset names a zone by its distance from UTC, because abbreviations such
// as CST mean several zones.
func offset(t time.Time) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return "UTC"
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	text := "UTC" + sign + strconv.Itoa(seconds/3600)
	if minutes := seconds % 3600 / 60; minutes != 0 {
		text += fmt.Sprintf(":%02d", minutes)
	}
	return text
}

// Relative says how far t is from now in the largest whole unit, rounded
// down so that a deadline is never promised longer than it is: "in 3 days",
// "5 hours ago", "now" within a minute. From two days on it counts days.
func (w *Words) Relative(t, now time.Time) string {
	distance := t.Sub(now)
	direction := "ui.time.in."
	if distance < 0 {
		direction, distance = "ui.time.ago.", -distance
	}
	unit, count := span(distance)
	if count == 0 {
		return w.T("ui.time.now")
	}
	return w.T(direction+unit, "Count", count)
}

// Left says how much of a clock remains: "3 days left", "less than a minute
// left", or that the time is over.
func (w *Words) Left(due, now time.Time) string {
	remaining := due.Sub(now)
	if remaining <= 0 {
		return w.T("ui.time.over")
	}
	unit, count := span(remaining)
	if count == 0 {
		return w.T("ui.time.left.moment")
	}
	return w.T("ui.time.left."+unit, "Count", count)
}

// Duration writes a length of time in the largest whole unit, rounded down.
func (w *Words) Duration(d time.Duration) string {
	unit, count := span(d)
	if count == 0 {
		return w.T("ui.time.span.moment")
	}
	return w.T("ui.time.span."+unit, "Count", count)
}

// Days writes a number of days: "7 days", "7 天".
func (w *Words) Days(n int) string { return w.T("ui.time.span.days", "Count", n) }

func span(d time.Duration) (unit string, count int) {
	switch {
	case d >= 48*time.Hour:
		return "days", int(d / (24 * time.Hour))
	case d >= time.Hour:
		return "hours", int(d / time.Hour)
	default:
		return "minutes", int(d / time.Minute)
	}
}
