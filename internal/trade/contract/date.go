package contract

import (
	"time"

	"fondaco/internal/fault"
)

// Date is a calendar day written YYYY-MM-DD (ISO 8601). The empty Date is unset.
type Date string

// ParseDate reads YYYY-MM-DD between 1970 and 2999. It fails with contract.bad_date.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2999 {
		return "", fault.New(fault.Invalid, "contract.bad_date", "Write the date as year-month-day, such as 2027-03-31.")
	}
	return Date(s), nil
}

// DateOf is the UTC day of t.
func DateOf(t time.Time) Date { return Date(t.UTC().Format(time.DateOnly)) }

// Valid reports whether the date is a real day.
func (d Date) Valid() bool {
	_, err := ParseDate(string(d))
	return err == nil
}

// End is the first instant after the day: 24:00 UTC. An invalid date gives the zero time.
func (d Date) End() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, 1)
}

// Before reports whether d is an earlier day than other; ISO dates sort as text.
func (d Date) Before(other Date) bool { return d < other }
