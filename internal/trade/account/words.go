package account

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/fault"
)

const (
	idBytesMax   = 1400 // a credential id of WebAuthn has up to 1023 bytes, in base64url 1364
	textRunesMax = 500
	seenMax      = 500
	scopesMax    = 50
	reasonsMax   = 50
	whereMax     = 200 // runes of each field
	scoreMax     = 1_000_000_000
)

func malformed(field string) error {
	return fault.New(fault.Invalid, "account.malformed", "This cannot be recorded as it is: {field}.").With("field", field).At(field)
}

// isID refuses ids that are empty, long, or hold more than visible ASCII.
func isID(field, id string) error {
	if id == "" || len(id) > idBytesMax || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return malformed(field)
	}
	return nil
}

// isText refuses words that are long or not plain text; none at all are fine.
func isText(field, words string) error {
	if !utf8.ValidString(words) || utf8.RuneCountInString(words) > textRunesMax || strings.ContainsFunc(words, unfit) {
		return malformed(field)
	}
	return nil
}

// unfit tells control characters, and those that change direction or show nothing.
func unfit(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

func cleanLabel(label string) (string, error) {
	label = strings.TrimSpace(label)
	if !utf8.ValidString(label) || label == "" || utf8.RuneCountInString(label) > LabelRunesMax || strings.ContainsFunc(label, unfit) {
		return "", fault.New(fault.Invalid, "account.bad_label", "A name has 1 to 60 characters and no control characters.").At("label")
	}
	return label, nil
}

// recordable is the place with each field cut to what may be kept: browsers and
// networks send anything, and that must not keep their owners out.
func (w Where) recordable() Where {
	for _, field := range []*string{&w.Address, &w.Network, &w.Country, &w.City, &w.Browser, &w.Version, &w.System, &w.Device} {
		*field = fitting(*field)
	}
	return w
}

func fitting(text string) string {
	text = strings.Map(func(r rune) rune {
		if unfit(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	n := 0
	for i := range text {
		if n == whereMax {
			return text[:i]
		}
		n++
	}
	return text
}

// sound refuses a risk that no weighing can have given; no level at all is fine.
func (r Risk) sound() error {
	if !slices.Contains([]string{"", LowRisk, MediumRisk, HighRisk}, r.Level) {
		return malformed("risk.level")
	}
	if len(r.Reasons) > reasonsMax {
		return malformed("risk.reasons")
	}
	for _, reason := range r.Reasons {
		if isID("risk.reasons", reason) != nil {
			return malformed("risk.reasons")
		}
	}
	return nil
}

// kept is the risk for the log, or nil when none was weighed.
func (r Risk) kept() *Risk {
	if r.Level == "" {
		return nil
	}
	return &Risk{Level: r.Level, ScoreMilli: min(max(r.ScoreMilli, -scoreMax), scoreMax), Reasons: slices.Clone(r.Reasons)}
}
