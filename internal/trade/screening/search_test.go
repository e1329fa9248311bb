package screening_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
)

// names are invented, but for common given and family names.
func setup(t testing.TB) []screening.List {
	t.Helper()
	names := func(texts ...string) []screening.Name {
		var all []screening.Name
		for i, text := range texts {
			all = append(all, screening.Name{Text: text, Type: []string{"primary", "aka"}[min(i, 1)]})
		}
		return all
	}
	one := screening.List{Code: "own:one", Version: "1", Entries: []screening.Entry{
		{ID: "p1", Kind: screening.Person, Names: names("KARPIANKOU, Ivan Petrovich", "KARPENKOV, Ivan"), Births: []screening.Date{{Year: 1960, Month: 3, Day: 12}}, Countries: []string{"BY"}},
		{ID: "p2", Kind: screening.Person, Names: names("AL-ZUBAYDI, Mohammed Hassan", "ABU HAMZA"), Births: []screening.Date{{Year: 1971, About: true}}},
		{ID: "p3", Kind: screening.Person, Names: names("HASSAN, Ali Mohammed"), Identifiers: []screening.Identifier{{Type: "passport", Value: "K-123456", Country: "IQ"}}},
		{ID: "p4", Kind: screening.Person, Names: names("OYAMENDAN, Teodoro J."), Births: []screening.Date{{Year: 1950, Span: true}, {Year: 1955}}},
		{ID: "p5", Kind: screening.Person, Names: names("HASSAN, Mohammed")},
		{ID: "o1", Kind: screening.Organisation, Names: names("ZARUBEZHMASH TRADING COMPANY LIMITED", "ZARUBEZH MASH"), Countries: []string{"RU"}},
		{ID: "o2", Kind: screening.Organisation, Names: names("GOLDEN CRANE SHIPPING CO., LTD."), Countries: []string{"KP"}},
		{ID: "o3", Kind: screening.Organisation, Names: names("GENERAL TRADING COMPANY")},
		{ID: "v1", Kind: screening.Vessel, Names: names("GOLDEN CRANE"), Identifiers: []screening.Identifier{{Type: "imo", Value: "IMO 9123456"}}},
		{ID: "a1", Kind: screening.Any, Names: names("QUORVIX")},
	}}
	one.Entries[1].Names[1].Weak = true
	two := screening.List{Code: "own:two", Version: "7", Entries: []screening.Entry{
		{ID: "p1", Kind: screening.Person, Names: names("KARPIANKOU Ivan Petrovich")},
	}}
	for _, l := range []screening.List{one, two} {
		for i := range l.Entries {
			l.Entries[i].List = l.Code
		}
	}
	return []screening.List{one, two}
}

func ids(hits []screening.Hit) []string {
	var all []string
	for _, h := range hits {
		all = append(all, h.List+"/"+h.Entry.ID)
	}
	return all
}

func codes(h screening.Hit) []string {
	var all []string
	for _, r := range h.Reasons {
		all = append(all, r.Code)
	}
	return all
}

func TestAListedPartyIsFoundHoweverItsNameIsWritten(t *testing.T) {
	t.Parallel()
	x := screening.Build(setup(t))
	for name, c := range map[string]struct {
		query  screening.Query
		first  string
		reason string
	}{
		"as listed":              {screening.Query{Name: "Karpiankou, Ivan Petrovich", Kind: screening.Person}, "own:one/p1", screening.Same},
		"in other order":         {screening.Query{Name: "Ivan Petrovich Karpiankou"}, "own:one/p1", screening.Same},
		"with a slip":            {screening.Query{Name: "Ivan Petrovich Karpiamkou"}, "own:one/p1", screening.Spelled},
		"without a word":         {screening.Query{Name: "Ivan Karpiankou"}, "own:one/p1", screening.MissingOurs},
		"with one word more":     {screening.Query{Name: "Quorvix Ltd"}, "own:one/a1", screening.MissingTheirs},
		"split":                  {screening.Query{Name: "Zarubezh Mash Trading Company", Kind: screening.Organisation}, "own:one/o1", screening.Joined},
		"joined":                 {screening.Query{Name: "Goldencrane Shipping", Kind: screening.Organisation}, "own:one/o2", screening.Joined},
		"joined in other order":  {screening.Query{Name: "Ivan PetrovichKARPIANKOU", Kind: screening.Person}, "own:one/p1", screening.Joined},
		"a ship, asked for":      {screening.Query{Name: "Golden Crane", Kind: screening.Vessel}, "own:one/v1", screening.Same},
		"with a letter for Ivan": {screening.Query{Name: "Teodoro Jaime Oyamendan"}, "own:one/p4", screening.Initial},
		"with zero width spaces": {screening.Query{Name: "Oya\u200bmendan Teo\u200bdoro J"}, "own:one/p4", screening.Same},
	} {
		hits := x.Search(c.query, 5)
		if len(hits) == 0 || ids(hits)[0] != c.first {
			t.Errorf("%s: %v, want %s", name, ids(hits), c.first)
			continue
		}
		if !slices.Contains(codes(hits[0]), c.reason) {
			t.Errorf("%s: %+v, want the reason %s", name, hits[0].Reasons, c.reason)
		}
		if hits[0].Score < 0.5 || hits[0].Score > 1 {
			t.Errorf("%s: a score of %v", name, hits[0].Score)
		}
	}
}

func TestStrangersAreNotFound(t *testing.T) {
	t.Parallel()
	x := screening.Build(setup(t))
	for _, q := range []screening.Query{
		{Name: "Rachel Thompson", Kind: screening.Person},
		{Name: "Northwind Textiles GmbH", Kind: screening.Organisation},
		{Name: "General Motors Company", Kind: screening.Organisation},
		{Name: "Golden Crane", Kind: screening.Person},
		{Name: "Ivan Sokolov", Kind: screening.Person},
	} {
		for _, h := range x.Search(q, 5) {
			if h.Score > 0.5 {
				t.Errorf("%q is taken for %s with %.2f: %+v", q.Name, h.Name, h.Score, h.Reasons)
			}
		}
	}
}

func TestScoresPutTheMoreTellingNameFirst(t *testing.T) {
	t.Parallel()
	x := screening.Build(setup(t))
	score := func(name, id string) float64 {
		for _, h := range x.Search(screening.Query{Name: name, Kind: screening.Person}, 10) {
			if h.Entry.ID == id {
				return h.Score
			}
		}
		return 0
	}
	order := []float64{
		score("Karpiankou Ivan Petrovich", "p1"), score("Karpiankou Ivan", "p1"), score("Karpiankau Ivan", "p1"),
		score("Karpiankou Sergei Andreevich", "p1"),
	}
	if !slices.IsSortedFunc(order, func(a, b float64) int {
		if a > b {
			return -1
		}
		return 1
	}) {
		t.Errorf("the scores are %v", order)
	}
	if order[0] >= 1 {
		t.Error("a probability by name alone is never 1")
	}
}

func TestFactsBesideTheNameChangeTheOdds(t *testing.T) {
	t.Parallel()
	x := screening.Build(setup(t))
	score := func(change func(*screening.Query)) (float64, []string) {
		q := screening.Query{Name: "Ivan Karpiankov", Kind: screening.Person}
		change(&q)
		for _, h := range x.Search(q, 10) {
			if h.List == "own:one" && h.Entry.ID == "p1" {
				return h.Score, codes(h)
			}
		}
		return 0, nil
	}
	plain, _ := score(func(*screening.Query) {})
	for name, c := range map[string]struct {
		change func(*screening.Query)
		code   string
		higher bool
	}{
		"same birthday":     {func(q *screening.Query) { q.Births = []screening.Date{{Year: 1960, Month: 3, Day: 12}} }, screening.BirthSame, true},
		"same year":         {func(q *screening.Query) { q.Births = []screening.Date{{Year: 1960}} }, screening.BirthYear, true},
		"first of January":  {func(q *screening.Query) { q.Births = []screening.Date{{Year: 1960, Month: 1, Day: 1}} }, screening.BirthYear, true},
		"day and month":     {func(q *screening.Query) { q.Births = []screening.Date{{Year: 1960, Month: 12, Day: 3}} }, screening.BirthNear, true},
		"another day":       {func(q *screening.Query) { q.Births = []screening.Date{{Year: 1960, Month: 7, Day: 9}} }, screening.BirthDiffers, false},
		"a year later":      {func(q *screening.Query) { q.Births = []screening.Date{{Year: 1961, Month: 3, Day: 12}} }, screening.BirthNear, true},
		"a generation":      {func(q *screening.Query) { q.Births = []screening.Date{{Year: 1988}} }, screening.BirthDiffers, false},
		"the same country":  {func(q *screening.Query) { q.Countries = []string{"BY"} }, screening.CountrySame, true},
		"another country":   {func(q *screening.Query) { q.Countries = []string{"BR"} }, screening.CountryDiffers, false},
		"one of two births": {func(q *screening.Query) { q.Births = []screening.Date{{Year: 1988}, {Year: 1960, Month: 3, Day: 12}} }, screening.BirthSame, true},
	} {
		got, reasons := score(c.change)
		if (got > plain) != c.higher || got == plain {
			t.Errorf("%s: %v, without it %v", name, got, plain)
		}
		if got > 0 && !slices.Contains(reasons, c.code) {
			t.Errorf("%s: reasons %v", name, reasons)
		}
	}
}

func TestOnePaperOutweighsTheName(t *testing.T) {
	t.Parallel()
	x := screening.Build(setup(t))
	for _, q := range []screening.Query{
		{Name: "Rachel Thompson", Kind: screening.Person, Identifiers: []screening.Identifier{{Type: "Passport No.", Value: "k123456"}}},
		{Name: "Evergreen Star", Kind: screening.Vessel, Identifiers: []screening.Identifier{{Type: "IMO", Value: "9123456"}}},
		{Name: "Evergreen Star", Kind: screening.Organisation, Identifiers: []screening.Identifier{{Type: "imo", Value: "IMO9123456"}}},
	} {
		hits := x.Search(q, 3)
		if len(hits) == 0 || hits[0].Score < 0.95 || !slices.Contains(codes(hits[0]), screening.IdentifierSame) {
			t.Errorf("%q: %+v", q.Name, hits)
		}
	}
	mute := screening.Query{Name: "\U00012000\U00012001", Identifiers: []screening.Identifier{{Type: "passport", Value: "K123456"}}}
	if hits := x.Search(mute, 3); len(hits) != 1 || hits[0].Entry.ID != "p3" || told(hits) != told(x.Scan(mute, 3)) {
		t.Errorf("a name that nobody here can read hides the paper: %+v", hits)
	}
	if hits := x.Search(screening.Query{Name: "Rachel Thompson", Identifiers: []screening.Identifier{{Type: "passport", Value: "12"}}}, 3); len(hits) > 0 {
		t.Errorf("two digits identify %v", ids(hits))
	}
}

func TestAWordThatListsHaveIsSeldomASlipOfAnother(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	q := screening.Query{Name: "Ivan Karpiamkou", Kind: screening.Person}
	before := screening.Build(lists).Search(q, 1)
	lists[1].Entries = append(lists[1].Entries, screening.Entry{List: "own:two", ID: "p9", Kind: screening.Person, Names: []screening.Name{{Text: "KARPIAMKOU, Teodosia"}}})
	after := screening.Build(lists).Search(q, 5)
	at := slices.IndexFunc(after, func(h screening.Hit) bool { return h.List == before[0].List && h.Entry.ID == before[0].Entry.ID })
	if at < 0 || after[at].Score >= before[0].Score-0.02 || !slices.Contains(codes(after[at]), screening.Spelled) {
		t.Errorf("%.3f before there was a party of that name, then %+v", before[0].Score, after)
	}
}

// scored is the score of an entry, and the codes of its reasons.
func scored(x *screening.Index, q screening.Query, id string) (float64, []string) {
	for _, h := range x.Search(q, 10) {
		if h.Entry.ID == id {
			return h.Score, codes(h)
		}
	}
	return 0, nil
}

func TestANameReadByItsSoundIsLessProbableThanOneOfItsOwnScript(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	lists[1].Entries = append(lists[1].Entries, screening.Entry{List: "own:two", ID: "k1", Kind: screening.Person, Names: []screening.Name{{Text: "KIM, Yong Su"}}})
	x := screening.Build(lists)
	latin, _ := scored(x, screening.Query{Name: "Kim Yong Su", Kind: screening.Person}, "k1")
	sound, _ := scored(x, screening.Query{Name: "김용수", Kind: screening.Person}, "k1")
	lists[1].Entries[len(lists[1].Entries)-1].Names = append(lists[1].Entries[len(lists[1].Entries)-1].Names, screening.Name{Text: "김용수", Native: true})
	own, _ := scored(screening.Build(lists), screening.Query{Name: "김용수", Kind: screening.Person}, "k1")
	if !(sound > 0.35 && sound < latin && sound < own) {
		t.Errorf("by sound %v, in Latin letters %v, in the letters of the list %v", sound, latin, own)
	}
}

func TestAPartyOfUnknownKindIsWhatItsNameLooksLike(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	lists[1].Entries = append(
		lists[1].Entries, screening.Entry{List: "own:two", ID: "u1", Kind: screening.Any, Names: []screening.Name{{Text: "Marek Zarandov"}}},
		screening.Entry{List: "own:two", ID: "u2", Kind: screening.Any, Names: []screening.Name{{Text: "Ixtabal Vexin Shipping Ltd"}}},
	)
	x := screening.Build(lists)
	for _, c := range []struct {
		name, id     string
		like, unlike screening.Kind
	}{
		{"Marek Zarandov", "u1", screening.Person, screening.Organisation},
		{"Ixtabal Vexin Shipping", "u2", screening.Organisation, screening.Person},
	} {
		like, _ := scored(x, screening.Query{Name: c.name, Kind: c.like}, c.id)
		unlike, _ := scored(x, screening.Query{Name: c.name, Kind: c.unlike}, c.id)
		if like < 0.9 || unlike >= like || unlike == 0 {
			t.Errorf("%s: %v as a %s, %v as a %s", c.name, like, c.like, unlike, c.unlike)
		}
	}
}

func TestAWordOfTradeInOtherLettersIsTranslated(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	lists[1].Entries = append(lists[1].Entries, screening.Entry{List: "own:two", ID: "o9", Kind: screening.Organisation, Names: []screening.Name{{Text: "UNITED SHIPBUILDING CORPORATION"}}})
	score, why := scored(screening.Build(lists), screening.Query{Name: "Объединенная судостроительная корпорация", Kind: screening.Organisation}, "o9")
	if score < 0.5 || !slices.Contains(why, screening.Translated) || slices.Contains(why, screening.Spelled) {
		t.Errorf("%v: %v", score, why)
	}
}

func TestWhatAWorkingMemoryRemembersChangesNothing(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	x := screening.Build(lists)
	queries := queriesOf(lists, 80)
	first := make([]string, len(queries))
	for i, q := range queries {
		first[i] = told(screening.Build(lists).Search(q, 10))
	}
	for range 2 {
		for i, q := range queries {
			if again := told(x.Search(q, 10)); again != first[i] {
				t.Fatalf("%+v\nfirst:\n%s\nlater:\n%s", q, first[i], again)
			}
		}
	}
}

func TestAWeakNameIsLessProbable(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	hits := screening.Build(lists).Search(screening.Query{Name: "Abu Hamza", Kind: screening.Person}, 1)
	lists = setup(t)
	lists[0].Entries[1].Names[1].Weak = false
	strong := screening.Build(lists).Search(screening.Query{Name: "Abu Hamza", Kind: screening.Person}, 1)
	if len(hits) != 1 || len(strong) != 1 || hits[0].Score >= strong[0].Score || !slices.Contains(codes(hits[0]), screening.WeakName) {
		t.Errorf("weak %+v, strong %+v", hits, strong)
	}
}

func TestOnlyChangedEntriesScoreAsInTheWholeIndex(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	x := screening.Build(lists)
	some := x.Only(func(e *screening.Entry) bool { return e.List == "own:two" || e.ID == "p3" })
	if some.Size() != 2 || x.Size() != 11 {
		t.Errorf("%d of %d entries", some.Size(), x.Size())
	}
	for _, name := range []string{"Ivan Karpiankov", "Ali Mohamed Hasan", "Quorvix"} {
		q := screening.Query{Name: name, Identifiers: []screening.Identifier{{Value: "K123456"}}}
		var want []screening.Hit
		for _, h := range x.Search(q, 10) {
			if h.List == "own:two" || h.Entry.ID == "p3" {
				want = append(want, h)
			}
		}
		if got := some.Search(q, 10); told(got) != told(want) {
			t.Errorf("%s: %s, want %s", name, told(got), told(want))
		}
	}
}

// told is everything about hits that people see.
func told(hits []screening.Hit) string {
	var b strings.Builder
	for _, h := range hits {
		fmt.Fprintf(&b, "%s/%s %s %q %v %v %+v\n", h.List, h.Entry.ID, h.Version, h.Name, h.Score, h.NameScore, h.Reasons)
	}
	return b.String()
}

func TestQueriesThatCannotBeSearchedForAreRefused(t *testing.T) {
	t.Parallel()
	x := screening.Build(setup(t))
	many := make([]string, screening.FactsMax+1)
	for code, q := range map[string]screening.Query{
		"screening.empty_name":      {Name: " \t"},
		"screening.long_name":       {Name: strings.Repeat("a ", 5000)},
		"screening.unreadable_name": {Name: "\u200b\u202e!?"},
		"screening.bad_kind":        {Name: "Ivan", Kind: "ghost"},
		"screening.bad_date":        {Name: "Ivan", Births: []screening.Date{{Year: 1960, Month: 2, Day: 30}}},
		"screening.bad_country":     {Name: "Ivan", Countries: []string{"Russia"}},
		"screening.bad_identifier":  {Name: "Ivan", Identifiers: []screening.Identifier{{Type: "passport"}}},
		"screening.too_many":        {Name: "Ivan", Countries: many},
	} {
		if err := q.Normal(); fault.CodeOf(err) != code || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v, want %s", err, code)
		}
		if hits := x.Search(q, 10); hits != nil {
			t.Errorf("%s: %v", code, ids(hits))
		}
	}
	if err := (screening.Query{Name: "\xff\xfe"}).Normal(); fault.CodeOf(err) != "screening.unreadable_name" {
		t.Error(err)
	}
}

func TestStrangeTextIsSearchedForLikeAnyOther(t *testing.T) {
	t.Parallel()
	x := screening.Build(setup(t))
	for name, text := range map[string]string{
		"homoglyphs":          "Quоrvіx", // Cyrillic о and і
		"right to left marks": "\u202eQuorvix\u202c",
		"full width":          "Ｑｕｏｒｖｉｘ",
		"combining marks":     "Q\u0301u\u0308orvix",
		"soft hyphen":         "Quor\u00advix",
	} {
		if hits := x.Search(screening.Query{Name: text}, 3); len(hits) == 0 || hits[0].Entry.ID != "a1" {
			t.Errorf("%s: %v", name, ids(hits))
		}
	}
	for _, text := range []string{strings.Repeat("a", 1000), strings.Repeat("ab ", 333), strings.Repeat("Mohammed ", 111), "0", "عععععععع", strings.Repeat("漢", 900)} {
		if a, b := x.Search(screening.Query{Name: text}, 10), x.Scan(screening.Query{Name: text}, 10); told(a) != told(b) {
			t.Errorf("%.20q: %s, by the scan %s", text, told(a), told(b))
		}
	}
}

func TestAnEmptyIndexFindsNothing(t *testing.T) {
	t.Parallel()
	for _, lists := range [][]screening.List{nil, {{Code: "own:none"}}, {{Code: "own:mute", Entries: []screening.Entry{{ID: "1", Names: []screening.Name{{Text: "?"}}}, {ID: "2"}}}}} {
		x := screening.Build(lists)
		if hits := x.Search(screening.Query{Name: "Ivan", Identifiers: []screening.Identifier{{Value: "123456"}}}, 10); hits != nil || x.Size() != 0 {
			t.Errorf("%v", ids(hits))
		}
	}
}

func TestAFingerprintChangesWithTheEntry(t *testing.T) {
	t.Parallel()
	e := setup(t)[0].Entries[0]
	seen := map[string]bool{e.Fingerprint(): true}
	for _, change := range []func(*screening.Entry){
		func(e *screening.Entry) { e.Names[0].Weak = true },
		func(e *screening.Entry) { e.Births[0].Day++ },
		func(e *screening.Entry) { e.Countries = nil },
		func(e *screening.Entry) { e.Programmes = []string{"X"} },
		func(e *screening.Entry) { e.Remarks = "more" },
		func(e *screening.Entry) { e.Identifiers = []screening.Identifier{{Value: "1"}} },
	} {
		change(&e)
		f := e.Fingerprint()
		if seen[f] || len(f) != 64 {
			t.Errorf("%s again after %+v", f, e)
		}
		seen[f] = true
	}
	if again := setup(t)[0].Entries[0]; !seen[again.Fingerprint()] {
		t.Error("the same entry has another fingerprint")
	}
}
