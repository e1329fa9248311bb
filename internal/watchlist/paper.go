package watchlist

import (
	_ "embed"
	"strings"
)

// label is how lists call a kind of paper or number.
type label struct{ text, kind string }

// Kinds of identifiers. They are few, so that the same paper in two lists has the
// same kind.
const (
	passport     = "passport"
	national     = "national"
	tax          = "tax"
	registration = "registration"
	imo          = "imo"
	mmsi         = "mmsi"
	lei          = "lei"
	swift        = "swift"
	duns         = "duns"
	isin         = "isin"
	wallet       = "wallet"
	email        = "email"
	aircraft     = "aircraft"
	otherPaper   = "other"
)

// labelTable has one label in a line, and the kind before it: what comes before the
// value in remarks of OFAC, and after it in the CSL. A longer label stands before one
// that it begins with.
//
//go:embed labels.tsv
var labelTable string

// papers knows the labels, by their first byte.
type papers struct{ byByte [256][]label }

func newPapers() *papers {
	p := &papers{}
	for line := range strings.Lines(labelTable) {
		kind, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		p.byByte[text[0]] = append(p.byByte[text[0]], label{text, kind})
	}
	return p
}

// before finds the label that a piece of a remark begins with, and what follows it.
func (p *papers) before(piece string) (kind, rest string) {
	if piece == "" {
		return "", ""
	}
	for _, l := range p.byByte[piece[0]] {
		rest, found := strings.CutPrefix(piece, l.text)
		if !found {
			continue
		}
		if l.kind == wallet {
			_, rest, found = strings.Cut(rest, " ")
		}
		if found && (l.kind == wallet || strings.HasPrefix(rest, " ")) && digit(rest) {
			return l.kind, strings.TrimLeft(rest, " #")
		}
	}
	return "", ""
}

// named finds the kind of what a list calls a paper: by label, then by what the
// words say.
func (p *papers) named(name string) string {
	if name == "" {
		return ""
	}
	for _, l := range p.byByte[name[0]] {
		if name == l.text || l.kind == wallet && strings.HasPrefix(name, l.text) {
			return l.kind
		}
	}
	low := strings.ToLower(name)
	for _, l := range []label{
		{"passport", passport},
		{"pasaporte", passport},
		{"passeport", passport},
		{"tax", tax},
		{"fiscal", tax},
		{"vat", tax},
		{"national id", national},
		{"identity card", national},
		{"identification", national},
		{"social security", national},
		{"tazkira", national},
		{"personal id", national},
		{"imo", imo},
		{"swift", swift},
		{"bic", swift},
		{"regnumber", registration},
		{"registration", registration},
		{"registry", registration},
		{"trade license", registration},
	} {
		if strings.Contains(low, l.text) {
			return l.kind
		}
	}
	return otherPaper
}

// digit tells whether a number can be in the text; a paper without any is a remark.
func digit(s string) bool {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			return true
		}
	}
	return strings.IndexByte(s, '@') > 0 || upperWord(s)
}

// upperWord tells of codes such as HAVIGB that are all capitals.
func upperWord(s string) bool {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	return len(s) >= 6 && s == strings.ToUpper(s)
}
