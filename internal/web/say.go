package web

import (
	"regexp"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/web/ui"
	"fondaco/internal/web/words"
)

// phaseWord names a phase, and a closed deal by how it ended.
func (v *visit) phaseWord(p deal.Phase, o deal.Outcome) string {
	return ui.PhaseState(v.Reader, phaseName(p, o)).Word
}

func phaseName(p deal.Phase, o deal.Outcome) string {
	if p == deal.Closed {
		return string(o)
	}
	return string(p)
}

// side names buyer or seller.
func (v *visit) side(s identity.Side) string {
	if s == identity.NoSide {
		return ""
	}
	return v.T("side." + string(s))
}

// sideName is the company on a side of a deal.
func (v *visit) sideName(s deal.State, side identity.Side) string { return v.name(s.Terms.Party(side)) }

// doer names an actor for people: a company, an office, a source or the clock.
func (v *visit) doer(a identity.Actor) string {
	switch a.Office {
	case identity.Member:
		return v.name(a.Party)
	case identity.Rail:
		return v.T("office.rail_named", "Name", string(a.Person))
	case identity.Carrier:
		return v.T("office.carrier_named", "Name", string(a.Person))
	case identity.Administrator, identity.Mediator, identity.Compliance, identity.Treasury, identity.Auditor, identity.Clock:
		return v.T("office." + string(a.Office))
	}
	return string(a.Person)
}

// accountName says whose money an account holds. deals names the deals it may mention.
func (v *visit) accountName(id ledger.AccountID, deals map[deal.ID]string) string {
	switch id.Kind() {
	case ledger.KindParty:
		if v.person != nil && identity.PartyID(id.Owner()) == v.person.Party {
			return v.T("account.mine")
		}
		return v.T("account.party", "Name", v.name(identity.PartyID(id.Owner())))
	case ledger.KindHeld:
		if title := deals[deal.ID(id.Owner())]; title != "" {
			return v.T("account.held_for", "Deal", title)
		}
		return v.T("account.held")
	case ledger.KindPayout:
		return v.T("account.payout")
	case ledger.KindRail:
		return v.T("account.rail", "Name", id.Owner())
	case ledger.KindSuspense:
		return v.T("account.suspense")
	case ledger.KindFees:
		return v.T("account.fees")
	case ledger.KindPenalty:
		return v.T("account.penalty")
	case ledger.KindInsurance:
		return v.T("account.insurance")
	}
	return string(id)
}

// amount writes minor units of a deal's currency for a sentence.
func amount(minor int64, c money.Currency) string { return ui.Amount(money.New(minor, c)) }

// percent writes basis points: 50 is 0.5 %.
func (v *visit) percent(bps int64) string { return bpsText(bps) + v.T("say.percent") }

// country names a country in the reader's language.
func (v *visit) country(code string) string { return countryName(v.Words.Lang(), code) }

func countryName(lang, code string) string {
	region, err := language.ParseRegion(code)
	if err != nil || code == "" {
		return code
	}
	tag := language.English
	if lang == words.Chinese {
		tag = language.SimplifiedChinese
	}
	if name := display.Regions(tag).Name(region); name != "" {
		return name
	}
	return code
}

var (
	englishCountries = sync.OnceValue(func() []ui.Option { return countryOptions(words.English, language.English) })
	chineseCountries = sync.OnceValue(func() []ui.Option { return countryOptions(words.Chinese, language.SimplifiedChinese) })
)

// countries are all countries to choose from, in the order of the language.
func (v *visit) countries(chosen string) []ui.Option {
	all := englishCountries()
	if v.Words.Lang() == words.Chinese {
		all = chineseCountries()
	}
	out := append([]ui.Option{{Value: "", Label: v.T("form.choose")}}, all...)
	return choose(out, chosen)
}

func countryOptions(lang string, tag language.Tag) []ui.Option {
	var names []string
	codes := map[string]string{}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			name := countryName(lang, code)
			if identity.IsCountry(code) && name != code {
				names = append(names, name)
				codes[name] = code
			}
		}
	}
	collate.New(tag).SortStrings(names)
	options := make([]ui.Option, len(names))
	for i, name := range names {
		options[i] = ui.Option{Value: codes[name], Label: name}
	}
	return options
}

// currencies are all currencies, the usual ones of cross-border trade first.
func (v *visit) currencies(chosen string) []ui.Option {
	usual := []string{"USD", "EUR", "CNY", "GBP", "JPY", "CHF", "HKD", "SGD", "AED"}
	var out []ui.Option
	for _, code := range usual {
		out = append(out, ui.Option{Value: code, Label: code})
	}
	for _, c := range money.Currencies() {
		if !strings.Contains(strings.Join(usual, " "), c.Code()) {
			out = append(out, ui.Option{Value: c.Code(), Label: c.Code()})
		}
	}
	return choose(out, chosen)
}

func choose(options []ui.Option, value string) []ui.Option {
	out := append([]ui.Option{}, options...)
	for i := range out {
		out[i].Chosen = out[i].Value == value
	}
	return out
}

// partyChip shows a company of a deal.
func (v *visit) partyChip(id identity.PartyID, side identity.Side) ui.Party {
	row := v.party(id)
	if id == "" {
		return ui.Party{Name: row.LegalName, Role: v.side(side)}
	}
	standing, confidence := v.chipWords(id)
	return ui.Party{
		Name: row.LegalName, Href: "/companies/" + string(id), Country: v.country(row.Country), Role: v.side(side), Standing: standing, Confidence: confidence,
		You: v.person != nil && v.person.Party == id, Verified: standingOf(row) == identity.Verified, Unverified: standingOf(row) != identity.Verified,
	}
}

// amountOf is minor units in the currency of a listed deal.
func amountOf(minor int64, row assurance.DealRow) money.Amount { return money.New(minor, row.Currency) }

// edge marks where a value stands in a sentence; no text of people holds it.
const edge = "\ue000"

var (
	tightBefore = regexp.MustCompile(`(\p{Han})` + edge + `([A-Za-z0-9])`)
	tightAfter  = regexp.MustCompile(`([A-Za-z0-9%.])` + edge + `(\p{Han})`)
)

// T is the sentence under key in the reader's language. In 中文 a Latin name gets
// a space on both sides; the name itself is never touched.
func (v *visit) T(key string, args ...any) string {
	if v.Words.Lang() != words.Chinese || len(args) == 0 {
		return v.Reader.T(key, args...)
	}
	marked := make([]any, len(args))
	for i, arg := range args {
		switch a := arg.(type) {
		case string:
			marked[i] = a
			if i%2 == 1 {
				marked[i] = edge + a + edge
			}
		case map[string]any:
			m := make(map[string]any, len(a))
			for name, value := range a {
				m[name] = value
				if s, ok := value.(string); ok {
					m[name] = edge + s + edge
				}
			}
			marked[i] = m
		default:
			marked[i] = arg
		}
	}
	said := v.Reader.T(key, marked...)
	said = tightBefore.ReplaceAllString(said, "$1 $2")
	said = tightAfter.ReplaceAllString(said, "$1 $2")
	return strings.ReplaceAll(said, edge, "")
}
