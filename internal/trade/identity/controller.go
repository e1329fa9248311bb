package identity

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"fondaco/internal/fault"
)

// Controller is a natural person behind a company: who owns a part of it or
// decides for it. FATF recommendation 24 calls the former beneficial owners.
type Controller struct {
	Name         string   `json:"name"`
	LocalName    string   `json:"local_name"` // in the script of the passport; may be empty
	Birth        string   `json:"birth"`      // "1980-05-31", "1980-05" or "1980"; may be empty
	Country      string   `json:"country"`    // of nationality, ISO 3166-1 alpha-2; may be empty
	Capacity     Capacity `json:"capacity"`
	SharePercent int      `json:"share_percent"` // of an owner; 0 for others
}

// Capacity is what makes a person a controller.
type Capacity string

// The capacities.
const (
	BeneficialOwner Capacity = "owner"
	Director        Capacity = "director"
	Signatory       Capacity = "signatory" // signs for the company without being a member here
)

// Capacities lists them all.
func Capacities() []Capacity { return []Capacity{BeneficialOwner, Director, Signatory} }

const (
	controllersMax = 50
	otherNamesMax  = 10
)

// checkControllers tidies the people behind a company, and names what is wrong with them.
func checkControllers(people []Controller) []*fault.Error {
	if len(people) > controllersMax {
		return []*fault.Error{fault.New(fault.Invalid, "identity.too_many_controllers", "Name at most {max} people.").With("max", strconv.Itoa(controllersMax)).At("people")}
	}
	var wrong []*fault.Error
	shares := 0
	for i := range people {
		p := &people[i]
		p.Name, p.LocalName, p.Birth, p.Country = tidy(p.Name), tidy(p.LocalName), strings.TrimSpace(p.Birth), strings.TrimSpace(p.Country)
		bad := len(checkName("name", p.Name)) > 0 || len(checkText("name", p.LocalName, 0, nameMax)) > 0 ||
			!slices.Contains(Capacities(), p.Capacity) || p.SharePercent < 0 || p.SharePercent > 100 ||
			p.Country != "" && !IsCountry(p.Country) || p.Birth != "" && !isBirth(p.Birth)
		if bad {
			wrong = append(wrong, fault.New(fault.Invalid, "identity.bad_controller", "Each person has a name and a capacity; a birth date is written 1980-05-31, 1980-05 or 1980, and a share lies between 0 and 100 %.").At("people["+strconv.Itoa(i)+"]"))
		}
		shares += p.SharePercent
	}
	if shares > 100 {
		wrong = append(wrong, fault.New(fault.Invalid, "identity.bad_shares", "The shares of all owners are 100 % at most.").At("people"))
	}
	return wrong
}

func checkOtherNames(names []string) []*fault.Error {
	if len(names) > otherNamesMax {
		return []*fault.Error{fault.New(fault.Invalid, "identity.too_many_names", "A company has at most {max} other names.").With("max", strconv.Itoa(otherNamesMax)).At("other_names")}
	}
	var wrong []*fault.Error
	for i := range names {
		names[i] = tidy(names[i])
		for _, f := range checkName("name", names[i]) {
			wrong = append(wrong, f.At("other_names["+strconv.Itoa(i)+"]"))
		}
	}
	return wrong
}

// isBirth reports whether s is a year, a month or a day of the calendar, as ISO 8601 writes them.
func isBirth(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) > 3 {
		return false
	}
	most := [3]int{2100, 12, 31}
	least := [3]int{1000, 1, 1}
	for i, p := range parts {
		want := 2
		if i == 0 {
			want = 4
		}
		n, err := strconv.Atoi(p)
		if err != nil || len(p) != want || n < least[i] || n > most[i] || p[0] < '0' {
			return false
		}
	}
	if len(parts) < 3 {
		return true
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
