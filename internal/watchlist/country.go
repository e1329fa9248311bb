package watchlist

import (
	_ "embed"
	"strings"
)

// countryTable has one country in a line: ISO 3166-1 alpha-2, alpha-3, and the names
// that lists use, as plainCountry writes them, the usual one first. XK is what everybody uses for Kosovo; AN
// stays for papers of the Netherlands Antilles.
//
//go:embed countries.tsv
var countryTable string

// countries finds the code of a country as a list writes it.
type countries map[string]string

func newCountries() countries {
	c := make(countries, 1000)
	for line := range strings.Lines(countryTable) {
		code, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
		long, names, _ := strings.Cut(rest, "\t")
		c[strings.ToLower(code)], c[long] = code, code
		for name := range strings.SplitSeq(names, "|") {
			c[name] = code
		}
	}
	return c
}

// code answers ISO 3166-1 alpha-2, or nothing for what is no country.
func (c countries) code(name string) string {
	if known, ok := c[name]; ok {
		return known
	}
	if len(name) > 100 {
		return ""
	}
	return c[plainCountry(name)]
}

// plainCountry makes ways of writing equal: case, the article, points and accents.
func plainCountry(name string) string {
	name = strings.Map(func(r rune) rune {
		switch r {
		case '.', ',', '(', ')':
			return -1
		case '’', '‘', '`':
			return '\''
		case 'ü', 'Ü':
			return 'u'
		case 'é', 'è':
			return 'e'
		case 'ô':
			return 'o'
		case 'ç':
			return 'c'
		case 'ã':
			return 'a'
		}
		return r
	}, name)
	name = strings.ToLower(squeeze(name))
	return strings.TrimPrefix(name, "the ")
}
