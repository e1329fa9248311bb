package bench

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"fondaco/internal/trade/screening"
	"fondaco/internal/trade/spelling"
)

// A drawer makes lookups from lists, and takes out of the lists what the index may
// not know.
type drawer struct {
	cast
	lists   []screening.List
	lookups []lookup
	known   map[string]bool // every listed name, folded
	seed    uint64
}

// draw makes all lookups, in the same order for the same seed.
func (d *drawer) draw(own []Rendering) {
	d.known = map[string]bool{}
	for _, l := range d.lists {
		for i := range l.Entries {
			for _, n := range l.Entries[i].Names {
				d.known[plain(n.Text)] = true
			}
		}
	}
	targets := d.targets()
	d.holdOut()
	d.alter(targets)
	d.scripts()
	d.cyrillic()
	d.own(own)
	d.name()
	d.innocents()
	d.hard()
	d.generate()
}

// name notes the names of each party that must be found, held-out ones too.
func (d *drawer) name() {
	names := map[string][]string{}
	for _, l := range d.lists {
		for i := range l.Entries {
			for _, n := range l.Entries[i].Names {
				names[l.Code+" "+l.Entries[i].ID] = append(names[l.Code+" "+l.Entries[i].ID], plain(n.Text))
			}
		}
	}
	for i := range d.lookups {
		t := &d.lookups[i]
		t.names = append(names[t.list+" "+t.id], plain(t.query.Name))
	}
}

// shares tells whether a name has a telling word of four letters or more in common,
// but for one letter, with another name of the party that is not weak.
func shares(names []screening.Name, of int) bool {
	for i, n := range names {
		if i == of || n.Weak {
			continue
		}
		for a := range strings.FieldsSeq(plain(names[of].Text)) {
			for b := range strings.FieldsSeq(plain(n.Text)) {
				if len(a) >= 4 && len(b) >= 4 && !formal(a) && (a == b || len(a) == len(b) && differing(a, b) == 1) {
					return true
				}
			}
		}
	}
	return false
}

func differing(a, b string) int {
	n := 0
	for i := range len(a) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func plain(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// main is the list that targets are drawn from: the longest with types.
func (d *drawer) main() *screening.List {
	best := 0
	for i := range d.lists {
		if d.lists[i].Code == "ofac-sdn" {
			return &d.lists[i]
		}
		if len(d.lists[i].Entries) > len(d.lists[best].Entries) {
			best = i
		}
	}
	return &d.lists[best]
}

func named(e *screening.Entry) bool {
	return (e.Kind == screening.Person || e.Kind == screening.Organisation) && len(e.Names) > 0 && !e.Names[0].Native
}

// targets are entries whose names are altered.
func (d *drawer) targets() []*screening.Entry {
	entries := d.main().Entries
	var all []*screening.Entry
	for i := range entries {
		if named(&entries[i]) && len(entries[i].Names[0].Text) > 3 {
			all = append(all, &entries[i])
		}
	}
	d.rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(len(all), screeningTargets)]
}

func (d *drawer) add(class string, latin bool, e *screening.Entry, name string) {
	d.lookups = append(d.lookups, lookup{class: class, latin: latin, query: screening.Query{Name: name, Kind: e.Kind}, list: e.List, id: e.ID})
}

// holdOut takes real aliases out of the lists.
func (d *drawer) holdOut() {
	entries := d.main().Entries
	type alias struct{ entry, name int }
	var all []alias
	for i := range entries {
		for n := range entries[i].Names {
			if a := &entries[i].Names[n]; n > 0 && !a.Weak && !a.Native && named(&entries[i]) {
				all = append(all, alias{i, n})
			}
		}
	}
	d.rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	gone := map[int][]int{}
	for _, a := range all {
		e := &entries[a.entry]
		text := e.Names[a.name].Text
		twin := slices.ContainsFunc(e.Names, func(n screening.Name) bool { return n.Text != text && plain(n.Text) == plain(text) })
		if twin || gone[a.entry] != nil {
			continue
		}
		gone[a.entry] = []int{a.name}
		if shares(e.Names, a.name) {
			d.add(classAlias, true, e, text)
		} else {
			d.add(classOther, true, e, text)
		}
		if len(gone) == screeningHeldOut {
			break
		}
	}
	for i, names := range gone {
		text := entries[i].Names[names[0]].Text
		entries[i].Names = slices.DeleteFunc(slices.Clone(entries[i].Names), func(n screening.Name) bool { return n.Text == text })
	}
}

// scripts takes names in their original script out of the list of the United
// Nations.
func (d *drawer) scripts() {
	for l := range d.lists {
		if d.lists[l].Code != "un" {
			continue
		}
		for i := range d.lists[l].Entries {
			e := &d.lists[l].Entries[i]
			for _, n := range e.Names {
				if n.Native {
					d.add("original script, of the list: "+scriptOf(n.Text), false, e, n.Text)
				}
			}
			e.Names = slices.DeleteFunc(slices.Clone(e.Names), func(n screening.Name) bool { return n.Native })
		}
	}
}

func scriptOf(s string) string {
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Arabic, r):
			return "Arabic"
		case unicode.Is(unicode.Han, r):
			return "Han"
		case unicode.Is(unicode.Hangul, r):
			return "Hangul"
		case unicode.Is(unicode.Cyrillic, r):
			return "Cyrillic"
		}
	}
	return "other"
}

// cyrillic writes Russian names in their own letters, by the rules by which such
// lists romanise them.
func (d *drawer) cyrillic() {
	entries := d.main().Entries
	var all []*screening.Entry
	for i := range entries {
		e := &entries[i]
		if e.Kind == screening.Person && slices.ContainsFunc(e.Programmes, func(p string) bool {
			return strings.HasPrefix(p, "RUSSIA") || strings.HasPrefix(p, "UKRAINE") || strings.HasPrefix(p, "BELARUS")
		}) {
			all = append(all, e)
		}
	}
	d.rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, e := range all[:min(len(all), screeningTargets)] {
		d.add("Cyrillic by rule", false, e, inCyrillic(e.Names[0].Text))
	}
}

func inCyrillic(latin string) string {
	family, given, found := strings.Cut(strings.ToLower(latin), ", ")
	if !found {
		given, family = family, ""
	}
	s := strings.TrimSpace(given + " " + family)
	return strings.NewReplacer("shch", "щ", "kh", "х", "zh", "ж", "ts", "ц", "ch", "ч", "sh", "ш", "yu", "ю", "ya", "я", "yo", "ё", "ye", "е",
		"iy", "ий", "yy", "ый", "a", "а", "b", "б", "v", "в", "g", "г", "d", "д", "e", "е", "z", "з", "i", "и", "y", "й", "k", "к", "l", "л",
		"m", "м", "n", "н", "o", "о", "p", "п", "r", "р", "s", "с", "t", "т", "u", "у", "f", "ф", "h", "х", "c", "к", "j", "дж", "w", "в", "x", "кс", "q", "к", "'", "ь").Replace(s)
}

// own adds renderings whose listed name is on a list.
func (d *drawer) own(all []Rendering) {
	where := map[string]*screening.Entry{}
	for l := range d.lists {
		for i := range d.lists[l].Entries {
			e := &d.lists[l].Entries[i]
			for _, n := range e.Names {
				if k := plain(n.Text); where[k] == nil {
					where[k] = e
				}
			}
		}
	}
	for _, r := range all {
		if e := where[plain(r.Listed)]; e != nil {
			d.lookups = append(d.lookups, lookup{class: "names given, " + scriptOf(r.Name) + ", " + string(r.Kind), query: screening.Query{Name: r.Name, Kind: r.Kind}, list: e.List, id: e.ID})
		}
	}
}

// telling is a name without legal forms: a company that is called like a listed
// one but for its form is no innocent.
func telling(s string) string {
	words := slices.DeleteFunc(strings.Fields(plain(s)), formal)
	return strings.Join(words, " ")
}

// innocents are strangers who are called like nobody on the lists.
func (d *drawer) innocents() {
	d.strangers(classInnocent, func(company bool) screening.Query {
		if company {
			return d.company()
		}
		return d.person()
	})
}

// generate makes more of them, as generators of test data do. They are drawn by
// themselves, so that they leave the other lookups as they are.
func (d *drawer) generate() {
	all := locales()
	c := cast{rand: rand.New(rand.NewPCG(d.seed, 0x6e4e)), people: d.people} //nolint:gosec // repeatable on purpose
	reader, heard := spelling.New(), map[string]bool{}
	for l := range d.lists {
		for i := range d.lists[l].Entries {
			e := &d.lists[l].Entries[i]
			for _, n := range e.Names {
				for _, r := range reader.Read(n.Text, read(e.Kind)) {
					heard[sound(r)] = true
				}
			}
		}
	}
	d.strangers(classGenerated, func(company bool) screening.Query {
		for {
			q := c.generated(all[c.rand.IntN(len(all))], company)
			namesake := func(r spelling.Reading) bool { return heard[sound(r)] }
			if !slices.ContainsFunc(reader.Read(q.Name, read(q.Kind)), namesake) {
				return q
			}
		}
	})
}

func read(k screening.Kind) spelling.Kind {
	if k == screening.Person {
		return spelling.Person
	}
	return spelling.Organisation
}

// sound is a reading without legal forms, in no order: who is called so in another
// script is no innocent either.
func sound(r spelling.Reading) string {
	var words []string
	for i := range r.Words {
		if r.Words[i].Role != spelling.LegalForm {
			words = append(words, r.Words[i].Key)
		}
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// strangers adds three persons for two companies, each once, unless a list has the
// name.
func (d *drawer) strangers(class string, draw func(company bool) screening.Query) {
	known := d.listed()
	for n := 0; n < screeningStrange; {
		q := draw(n%5 >= 3)
		if k := telling(q.Name); !known[k] {
			known[k] = true
			d.lookups = append(d.lookups, lookup{class: class, query: q})
			n++
		}
	}
}

// listed are all names of the lists as strangers are told from them.
func (d *drawer) listed() map[string]bool {
	known := map[string]bool{}
	for l := range d.lists {
		for i := range d.lists[l].Entries {
			for _, n := range d.lists[l].Entries[i].Names {
				known[telling(n.Text)] = true
			}
		}
	}
	return known
}

// give adds the innocents that were given, each once, unless a list has the name,
// and answers how many these are.
func (d *drawer) give(all []screening.Query) (count int) {
	known := d.listed()
	for _, q := range all {
		if k := telling(q.Name); !known[k] {
			known[k] = true
			d.lookups = append(d.lookups, lookup{class: classGiven, query: q})
			count++
		}
	}
	return count
}

// hard are strangers with the given names of one listed person and the family name
// of another of the same programme.
func (d *drawer) hard() {
	entries := d.main().Entries
	by := map[string][]string{}
	var programmes []string
	for i := range entries {
		if e := &entries[i]; e.Kind == screening.Person && len(e.Programmes) > 0 && strings.Contains(e.Names[0].Text, ", ") {
			p := e.Programmes[0]
			if by[p] == nil {
				programmes = append(programmes, p)
			}
			by[p] = append(by[p], e.Names[0].Text)
		}
	}
	var all []string
	for _, p := range programmes {
		all = append(all, by[p]...)
	}
	for n, tries := 0, 0; n < screeningHard && len(all) > 1 && tries < 100*screeningHard; tries++ {
		at := d.rand.IntN(len(all))
		programme := programmes[0]
		for rest := at; ; {
			i := slices.Index(programmes, programme)
			if rest < len(by[programme]) {
				break
			}
			rest -= len(by[programme])
			programme = programmes[i+1]
		}
		other := by[programme][d.rand.IntN(len(by[programme]))]
		family, _, _ := strings.Cut(all[at], ", ")
		_, given, _ := strings.Cut(other, ", ")
		name := given + " " + family
		if !d.known[plain(name)] {
			d.lookups = append(d.lookups, lookup{class: classHard, query: screening.Query{Name: name, Kind: screening.Person}})
			n++
		}
	}
}
