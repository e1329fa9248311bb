package reputation

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fondaco/internal/fault"
)

// readText tidies a text that will stand in public. It refuses text that is not
// UTF-8, characters that control or turn the text around them, text that is too
// long, and ways to reach somebody outside the house.
func readText(field, s string, most int) (string, []*fault.Error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unfit):
		return "", []*fault.Error{fault.New(fault.Invalid, "review.bad_characters", "Leave out control and direction characters.").At(field)}
	case utf8.RuneCountInString(s) > most:
		return "", []*fault.Error{fault.New(fault.Invalid, "review.too_long", "This is too long.").At(field)}
	case HasContact(s):
		return "", []*fault.Error{fault.New(fault.Invalid, "review.contact_details", "Leave out addresses, telephone numbers and links: everybody can read this.").At(field)}
	}
	return s, nil
}

// readReason reads what staff write into the record.
func readReason(s string) (string, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	switch {
	case s == "":
		return "", fault.New(fault.Invalid, "review.no_reason", "Give the reason.").At("reason")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unfit):
		return "", fault.New(fault.Invalid, "review.bad_characters", "Leave out control and direction characters.").At("reason")
	case utf8.RuneCountInString(s) > reasonTextMax:
		return "", fault.New(fault.Invalid, "review.too_long", "This is too long.").At("reason")
	}
	return s, nil
}

// unfit finds characters that change how the text around them reads. Two joiners
// are part of Persian and Indian spelling, and of some pictures.
func unfit(r rune) bool {
	switch r {
	case '\n', '\u200c', '\u200d':
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

// What contact details look like in text that [plainly] has rewritten.
var (
	anEmail  = regexp.MustCompile(`[\p{L}\p{N}._%+\-]\s?(?:@|\(at\)|\[at\])\s?[\p{L}\p{N}\-]+\s?(?:\.|\(dot\)|\[dot\])\s?\p{L}{2,}`)
	aHandle  = regexp.MustCompile(`(?:^|[^\p{L}\p{N}])@[a-z0-9_.]{4,}`)
	aLink    = regexp.MustCompile(`(?:[a-z]{2,9}://|\bwww\.)\S`)
	aDomain  = regexp.MustCompile(`[a-z0-9][a-z0-9\-]*\.(?:com|net|org|info|biz|io|cn|hk|tw|eu|de|uk|fr|nl|ru|jp|kr|vn|shop|store|site|online|xyz|top|club|ltd|app)(?:[^\p{L}\p{N}\-]|$)`)
	aContact = regexp.MustCompile(`(?:whats ?app|we ?chat|weixin|微信|telegram|viber|skype|qq|kakao ?talk)\s?(?:id|no\.?|number|号码|号|號|账号)?\s?(?:[:=是为]\s?[a-z0-9_+\-]{4,}|[a-z_+\-]*\d[a-z0-9_\-]{4,})`)
	aNumber  = regexp.MustCompile(`(?:\+|\b00)\s?\(?\d[\d\s().\-/]{5,18}\d`)
	inGroups = regexp.MustCompile(`(?:^|[^\d.,\-])\(?\d{2,5}\)?(?:[ .\-/]\d{2,4}){2,4}(?:[^\d.,\-]|$)`)
	mobileCN = regexp.MustCompile(`(?:^|\D)1[3-9]\d{9}(?:\D|$)`)
	anyPhone = regexp.MustCompile(`(?:phone|tel|telephone|mobile|cell|call me|call us|电话|手机|致电)\D{0,12}\d[\d\s().\-/]{5,18}\d`)

	aDate = regexp.MustCompile(`\b(?:\d{4}[\-./年]\s?\d{1,2}[\-./月]\s?\d{1,2}|\d{1,2}[\-./]\d{1,2}[\-./]\d{2,4})\b`)
)

// How many digits a telephone number has, with its country.
const (
	phoneDigitsMin = 8
	phoneDigitsMax = 16
)

// HasContact reports whether a text seems to hold an e-mail address, a link, a
// telephone number or the name of somebody on a messenger. It errs on both sides:
// it is a reminder to the honest, and staff hide what gets through.
func HasContact(s string) bool {
	s = plainly(s)
	for _, look := range []struct {
		form  *regexp.Regexp
		holds []string
	}{
		{anEmail, []string{"@", "(at)", "[at]"}},
		{aHandle, []string{"@"}},
		{aLink, []string{"://", "www."}},
		{aDomain, []string{"."}},
		{aContact, []string{"what", "chat", "weixin", "微信", "tele", "viber", "skype", "qq", "kakao"}},
	} {
		// A form is slow to look for, and most texts lack what every match holds.
		if slices.ContainsFunc(look.holds, func(part string) bool { return strings.Contains(s, part) }) && look.form.MatchString(s) {
			return true
		}
	}
	if digits(s) < phoneDigitsMin {
		return false
	}
	s = aDate.ReplaceAllString(s, " , ")
	for _, form := range []*regexp.Regexp{aNumber, inGroups, mobileCN, anyPhone} {
		for _, found := range form.FindAllString(s, -1) {
			if n := digits(found); n >= phoneDigitsMin && n <= phoneDigitsMax {
				return true
			}
		}
	}
	return false
}

// plainly writes a text so that one pattern finds every spelling: without case,
// compatibility forms and invisible characters, and with the digits of ASCII.
func plainly(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r):
			return -1
		case r < utf8.RuneSelf:
			return unicode.ToLower(r)
		case unicode.IsDigit(r):
			return '0' + digitOf(r)
		case unicode.IsSpace(r):
			return ' '
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
}

// digitOf is the value of a decimal digit of any script: each script has its ten
// in a row, zero first.
func digitOf(r rune) rune {
	value := rune(0)
	for value < 9 && unicode.IsDigit(r-value-1) {
		value++
	}
	return value
}

func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}
