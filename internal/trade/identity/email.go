package identity

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"fondaco/internal/fault"
)

// Longest addresses by RFC 5321, in bytes.
const (
	emailMax     = 254
	emailUserMax = 64
	labelMax     = 63
)

// FoldEmail answers the one spelling of an address by which accounts are kept
// apart: compatibility characters replaced (NFKC), letter case folded, and the
// domain's labels in Unicode. Addresses that look alike only because two
// scripts share a shape stay different; they are different mailboxes. Mail is
// sent to the address as its owner wrote it. It fails with people.bad_email.
func FoldEmail(s string) (string, error) {
	if len(s) > 2*emailMax || !utf8.ValidString(s) {
		return "", badEmail()
	}
	s = strings.TrimSpace(s)
	if strings.ContainsFunc(s, unseen) {
		return "", badEmail()
	}
	// The ideographic full stop parts labels as the Latin one does (RFC 3490, 3.1).
	s = strings.ReplaceAll(folded(s), "\u3002", ".")
	user, domain, found := strings.Cut(s, "@")
	if !found || !isUser(user) {
		return "", badEmail()
	}
	labels := strings.Split(domain, ".")
	for i, label := range labels {
		var ok bool
		if labels[i], ok = foldLabel(label); !ok {
			return "", badEmail()
		}
	}
	whole := user + "@" + strings.Join(labels, ".")
	if len(labels) < 2 || isDigits(labels[len(labels)-1]) || len(whole) > emailMax || strings.ContainsFunc(whole, unseen) {
		return "", badEmail()
	}
	return whole, nil
}

// folded is the letter-case fold of the compatibility form. Folding may leave
// what composes again, and composing what folds again, so both run until
// nothing changes. The library leaves Cherokee capitals alone; ToLower does not.
func folded(s string) string {
	fold := cases.Fold()
	for range 4 {
		next := norm.NFKC.String(strings.ToLower(fold.String(norm.NFKC.String(s))))
		if next == s {
			return s
		}
		s = next
	}
	return s
}

// isUser accepts the dot-atom of RFC 5322 with the letters of every script
// (RFC 6531). Quoted forms are refused: nobody has one, and they hide things.
func isUser(s string) bool {
	if s == "" || len(s) > emailUserMax || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for _, r := range s {
		if r < utf8.RuneSelf && !asciiLetter(r) && !asciiDigit(r) && !strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r) {
			return false
		}
		if r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) && !unicode.IsPunct(r) && !unicode.IsSymbol(r) {
			return false
		}
	}
	return true
}

func foldLabel(label string) (string, bool) {
	if rest, coded := strings.CutPrefix(label, "xn--"); coded {
		plain, ok := fromPunycode(rest)
		if !ok {
			return "", false
		}
		if label = folded(plain); strings.HasPrefix(label, "xn--") {
			return "", false // a code for a code is a disguise
		}
	}
	if label == "" || len(label) > 2*labelMax || label[0] == '-' || label[len(label)-1] == '-' {
		return "", false
	}
	for i, r := range label {
		letter := asciiLetter(r) || r >= utf8.RuneSelf && unicode.IsLetter(r)
		digit := asciiDigit(r) || r >= utf8.RuneSelf && unicode.IsDigit(r)
		mark := unicode.IsMark(r) && i > 0
		if !letter && !digit && !mark && r != '-' {
			return "", false
		}
	}
	return label, true
}

// unseen are the characters that a reader cannot see or that turn the order of
// what he sees: controls, formats, blanks, fillers and variation marks.
func unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.In(r,
		unicode.Cf, unicode.Co, unicode.Cs, unicode.Zs, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == utf8.RuneError
}

func asciiLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func asciiDigit(r rune) bool { return r >= '0' && r <= '9' }

func badEmail() error {
	return fault.New(fault.Invalid, "people.bad_email", "Write an e-mail address, such as name@example.com.").At("email")
}

// fromPunycode decodes one label by RFC 3492 with the parameters of IDNA.
func fromPunycode(s string) (string, bool) {
	const base, tMin, tMax, skew, damp, firstBias, firstN = 36, 1, 26, 38, 700, 72, 128
	var out []rune
	if at := strings.LastIndexByte(s, '-'); at >= 0 {
		out, s = []rune(s[:at]), s[at+1:]
	}
	if s == "" || len(s) > labelMax {
		return "", false
	}
	n, place, bias := firstN, 0, firstBias
	for len(s) > 0 {
		was, weight := place, 1
		for k := base; ; k += base {
			if s == "" {
				return "", false
			}
			digit := strings.IndexByte("abcdefghijklmnopqrstuvwxyz0123456789", s[0])
			s = s[1:]
			if digit < 0 {
				return "", false
			}
			place += digit * weight
			if weight > unicode.MaxRune*labelMax {
				return "", false // beyond every character and place, and soon beyond the integer
			}
			t := min(max(k-bias, tMin), tMax)
			if digit < t {
				break
			}
			weight *= base - t
		}
		length := len(out) + 1
		delta := (place - was) / 2
		if was == 0 {
			delta = (place - was) / damp
		}
		delta += delta / length
		bias = 0
		for ; delta > (base-tMin)*tMax/2; bias += base {
			delta /= base - tMin
		}
		bias += (base - tMin + 1) * delta / (delta + skew)
		n += place / length
		place %= length
		if n > unicode.MaxRune {
			return "", false
		}
		r := rune(n) //nolint:gosec // at most unicode.MaxRune
		if !utf8.ValidRune(r) {
			return "", false
		}
		out = slices.Insert(out, place, r)
		place++
	}
	return string(out), true
}
