package password

import (
	"math"
	"strconv"
)

const (
	yearFirst, yearLast = 1900, 2099
	daysInYear          = 366
	separatorBits       = 2
	dateMin, dateMax    = 4, 10 // characters
)

// dates finds years, and days with and without signs between their parts.
func (t text) dates() []part {
	var found []part
	for from, r := range t.runes {
		if r < '0' || r > '9' {
			continue
		}
		for to := from + dateMin; to <= min(len(t.runes), from+dateMax); to++ {
			if bits := dateBits(string(t.runes[from:to])); bits > 0 {
				found = append(found, part{from, to, bits, Date})
			}
		}
	}
	return found
}

// dateBits is what it costs to guess s as a date, 0 when it is none.
func dateBits(s string) float64 {
	years := math.Log2(yearLast - yearFirst + 1)
	day := math.Log2(daysInYear)
	digits, separators := split(s)
	switch {
	case len(separators) == 0 && len(s) == 4 && isYear(s):
		return years
	case len(separators) == 0 && len(s) == 8 && (isYear(s[:4]) && isDay(s[4:6], s[6:]) || isYear(s[4:]) && isDay(s[:2], s[2:4])):
		return years + day
	case len(separators) == 0 && len(s) == 6 && (isDay(s[2:4], s[4:]) || isDay(s[:2], s[2:4])):
		return math.Log2(100) + day
	case len(separators) == 2 && separators[0] == separators[1] && len(digits) == 3:
		first, last := digits[0], digits[2]
		if isYear(first) && isDay(digits[1], last) || isYear(last) && isDay(first, digits[1]) {
			return years + day + separatorBits
		}
		if len(last) == 2 && isDay(first, digits[1]) || len(first) == 2 && isDay(digits[1], last) {
			return math.Log2(100) + day + separatorBits
		}
	}
	return 0
}

// split cuts s at its separators. Any other character gives nothing at all.
func split(s string) (digits []string, separators []byte) {
	start := 0
	for i := range len(s) {
		switch c := s[i]; c {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		case '-', '/', '.', '_', ' ':
			digits, separators, start = append(digits, s[start:i]), append(separators, c), i+1
		default:
			return nil, []byte{c}
		}
	}
	return append(digits, s[start:]), separators
}

func isYear(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && len(s) == 4 && n >= yearFirst && n <= yearLast
}

// isDay reports whether two numbers are a month and a day in either order.
func isDay(a, b string) bool {
	m, errM := strconv.Atoi(a)
	d, errD := strconv.Atoi(b)
	if errM != nil || errD != nil || m < 1 || d < 1 || len(a) > 2 || len(b) > 2 {
		return false
	}
	return min(m, d) <= 12 && max(m, d) <= 31
}
