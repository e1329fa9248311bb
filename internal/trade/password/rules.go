package password

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fondaco/internal/fault"
)

// Profile names a set of rules.
type Profile string

const (
	// Assurance asks for length and against known passwords; nothing expires.
	Assurance Profile = "assurance"
	// Prescriptive asks for four classes, a history and a maximum age.
	Prescriptive Profile = "prescriptive"
)

// Profiles returns both profiles, the default first.
func Profiles() []Profile { return []Profile{Assurance, Prescriptive} }

// About is what is known of the person who chooses a password.
type About struct {
	Email     string
	Name      string
	Company   string
	HasFactor bool      // a passkey or a TOTP secret stands beside the password
	Also      Blocklist // the operator's own list; the zero list holds nothing
}

// Rules are the numbers of a profile. A zero number means no such rule.
type Rules struct {
	Profile             Profile
	LengthMin           int // characters of the Normal form
	LengthMinWithFactor int // the same, where a second factor stands beside
	BytesMax            int // of the Normal form
	ReviewDays          int // between two security reviews of a member
	StaffReviewDays     int // between two security reviews of staff
	AgeDaysMax          int // of a password
	History             int // how many earlier passwords may not come back
	AgeOnlySoleFactor   bool
	Classes             []string // each must be present
}

// RulesOf returns the rules of a profile; fault password.unknown_profile.
func RulesOf(p Profile) (Rules, error) {
	r := Rules{
		Profile: p, LengthMin: 15, LengthMinWithFactor: 8, BytesMax: 256,
		ReviewDays: 90, StaffReviewDays: 30,
	}
	switch p {
	case Assurance:
		return r, nil
	case Prescriptive:
		r.LengthMin, r.LengthMinWithFactor = 12, 12
		r.AgeDaysMax, r.AgeOnlySoleFactor, r.History = 90, true, 4
		r.Classes = Classes()
		return r, nil
	}
	return Rules{}, fault.New(fault.Invalid, "password.unknown_profile", "There is no password profile {profile}.").With("profile", string(p)).At("profile")
}

// Normal returns the NFC form of a password: the one that is measured, hashed
// and compared.
func Normal(pw string) string { return norm.NFC.String(pw) }

// Check returns every reason why the password cannot be used, each at field
// "password"; none means that it can.
func (r Rules) Check(pw string, a About) []*fault.Error {
	var wrong []*fault.Error
	add := func(code, message string, args ...string) {
		f := fault.New(fault.Invalid, code, message).At("password")
		for pair := range slices.Chunk(args, 2) {
			f = f.With(pair[0], pair[1])
		}
		wrong = append(wrong, f)
	}
	if !written(pw) {
		add("password.bad_encoding", "A password is written text. Control characters and broken characters cannot be used.")
		return wrong
	}
	// No form of Unicode makes a text less than a third of its length, so a text
	// this long is too long in any form and need not be made normal.
	if len(pw) <= r.BytesMax*3 {
		pw = Normal(pw)
	}
	if len(pw) > r.BytesMax {
		add("password.too_long", "Use at most {max} bytes. A Latin letter takes one, a Chinese character three.", "max", strconv.Itoa(r.BytesMax))
		return wrong
	}
	least := r.LengthMin
	if a.HasFactor {
		least = r.LengthMinWithFactor
	}
	short := utf8.RuneCountInString(pw) < least
	if short {
		add("people.weak_password", "Use at least {min} characters. A few words that you make up are easy to keep.", "min", strconv.Itoa(least))
	}
	for _, c := range r.Classes {
		if !slices.Contains(classesOf(pw), c) {
			add("password.missing_class", "Add a character of this sort: {class}.", "class", sampleOf(c))
		}
	}
	if pw == "" {
		return wrong
	}
	f := fold(pw)
	if word := personal(f, a); word != "" {
		add("password.personal", "Leave out {word}: others know that it belongs to you or to this house.", "word", word)
	}
	if repeats(f) {
		add("password.repeats", "Use more different characters; these repeat.")
	}
	// What is too short is easy to guess anyway, and has been told so.
	if e := estimateOf(pw, a); e.known || !short && e.guesses() < r.guessesMin(a) {
		add("password.common", "This password is among those that attackers try first. Choose another.")
	}
	return wrong
}

// What falls within so many guesses, as a power of ten, counts as common. Beside a
// factor it is more than anybody can make at a sign-in page in spite of throttles;
// alone it is also more than is cheap to make against a stolen hash.
const (
	guessesMin           = 10
	guessesMinWithFactor = 8
)

func (Rules) guessesMin(a About) float64 {
	if a.HasFactor {
		return guessesMinWithFactor
	}
	return guessesMin
}

// Due reports whether the maximum age of a password set at setAt is reached.
func (r Rules) Due(setAt, now time.Time, hasFactor bool) bool {
	if r.AgeDaysMax == 0 || r.AgeOnlySoleFactor && hasFactor {
		return false
	}
	return !now.Before(setAt.AddDate(0, 0, r.AgeDaysMax))
}

// written reports whether a person can have typed pw as one line.
func written(pw string) bool {
	return utf8.ValidString(pw) && !strings.ContainsFunc(pw, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError })
}
