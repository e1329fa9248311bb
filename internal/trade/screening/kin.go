package screening

import (
	"cmp"
	"slices"

	"fondaco/internal/trade/spelling"
)

// Several lists name one party, each by the names it has heard of. Entries of
// different lists are kin if they share a telling name and the facts beside it speak
// for one party; then each is found by the names of the other too. The more the facts
// say, the less telling a name has to be.
const (
	kinEvidenceDay     = 0.6 // a day of birth agrees
	kinEvidenceYear    = 1.0 // a year of birth agrees, or a company shares a country
	kinEvidenceSilent  = 1.6 // nothing speaks for it, nor against
	kinEvidenceAgainst = 2.2 // their countries differ
)

// kinMost is how many rows may bear a name before it makes nobody kin: it tells little
// then, and all are compared with all.
const kinMost = 200

// A token is a name without its order, its titles and its legal form.
type token struct {
	words    uint64
	row      uint32
	evidence float32
}

// lend lets every entry be found by the names of its kin on other lists.
func (b *builder) lend() {
	x := b.x
	own := len(x.rows)
	tokens := make([]token, own)
	for i := range own {
		tokens[i] = b.token(number(i))
	}
	kin := b.kin(tokens)
	first := make([]uint32, len(x.parties)+1) // row of each party
	for i := own - 1; i >= 0; i-- {
		first[x.rows[i].party] = number(i)
	}
	for _, k := range kin {
		for i := int(first[k[1]]); i < own && x.rows[i].party == k[1]; i++ {
			if tokens[i].words == 0 || b.answersTo(k[0], tokens, int(first[k[0]]), tokens[i].words) {
				continue
			}
			lent := x.rows[i]
			lent.party = k[0]
			x.rows, b.kinds = append(x.rows, lent), append(b.kinds, b.kinds[i])
		}
	}
}

// answersTo tells whether a party, whose rows begin there, has the name itself.
func (b *builder) answersTo(party uint32, tokens []token, from int, words uint64) bool {
	for i := from; i < len(tokens) && b.x.rows[i].party == party; i++ {
		if tokens[i].words == words {
			return true
		}
	}
	return false
}

// token is that of a row.
func (b *builder) token(row uint32) token {
	x, t := b.x, token{row: row}
	var room [wordsMax]uint64
	words := room[:0]
	for _, p := range x.piecesOf(&x.rows[row]) {
		f := x.words.form(p.term)
		switch f.role {
		case spelling.LegalForm, spelling.Title, spelling.Particle:
			continue
		case spelling.Ordinary, spelling.Business, spelling.Place:
		}
		h, text := byWhole, f.key
		if f.canonical {
			text = f.latin // what means the same is not the same name
		}
		for i := range len(text) {
			h = mix(h, text[i])
		}
		words = append(words, hashed(h))
		t.evidence += weightOf(&f, x.words.weights[p.term], share(f.role))
	}
	slices.Sort(words)
	for _, w := range words {
		t.words = hashed((t.words ^ w) * byWhole)
	}
	return t
}

// kin are the pairs of parties that are one, each both ways.
func (b *builder) kin(tokens []token) [][2]uint32 {
	x := b.x
	telling := make([]token, 0, len(tokens))
	for _, t := range tokens {
		if t.evidence >= kinEvidenceDay && !x.rows[t.row].weak {
			telling = append(telling, t)
		}
	}
	slices.SortFunc(telling, func(s, t token) int {
		return cmp.Or(cmp.Compare(s.words, t.words), cmp.Compare(s.row, t.row))
	})
	seen := map[[2]uint32]bool{}
	var kin [][2]uint32
	for from := 0; from < len(telling); {
		to := from + 1
		for to < len(telling) && telling[to].words == telling[from].words {
			to++
		}
		bearers := telling[from:to]
		from = to
		if len(bearers) > kinMost {
			continue
		}
		for i := range bearers {
			for j := range bearers {
				r, t := bearers[i].row, bearers[j].row
				p, q := x.rows[r].party, x.rows[t].party
				if pair := [2]uint32{p, q}; !seen[pair] && b.one(p, q, bearers[i].evidence, b.kinds[r] == b.kinds[t]) {
					seen[pair] = true
					kin = append(kin, pair)
				}
			}
		}
	}
	return kin
}

// one tells whether two entries that share a name of this evidence are one party.
func (b *builder) one(p, q uint32, evidence float32, sameKind bool) bool {
	a, c := b.x.parties[p], b.x.parties[q]
	if a.list == c.list || !sameKind {
		return false
	}
	born := bornTogether(a.entry.Births, c.entry.Births)
	country := sameCountry(a.entry.Countries, c.entry.Countries)
	switch {
	case born.code == BirthDiffers:
		return false
	case born.code == BirthSame:
		return true
	case born.code == BirthYear || born.factor > 1:
		return evidence >= kinEvidenceYear
	case born.code != "":
		return false
	case country.code == CountryDiffers:
		return evidence >= kinEvidenceAgainst
	case country.code == CountrySame:
		return evidence >= kinEvidenceYear
	}
	return evidence >= kinEvidenceSilent
}
