package web

import (
	"slices"
	"strings"
	"unicode"

	"github.com/a-h/templ"
	"golang.org/x/text/unicode/norm"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
	"fondaco/internal/web/ui"
)

// oddsText writes a probability. It never says that something is certain.
func (v *visit) oddsText(bps int) string {
	switch {
	case bps >= 9950:
		return v.T("check.over_percent", "Number", 99)
	case bps < 100:
		return v.T("check.under_percent", "Number", 1)
	}
	return v.T("check.percent", "Number", (bps+50)/100)
}

// likelihood is a probability in a word.
func likelihood(bps int) string {
	switch {
	case bps >= 9000:
		return "very_likely"
	case bps >= 7000:
		return "likely"
	case bps >= 5000:
		return "rather_likely"
	case bps >= 3000:
		return "possible"
	}
	return "unlikely"
}

func (v *visit) likelihoodText(bps int) string { return v.T("check.likelihood." + likelihood(bps)) }

func (v *visit) checkStage(s compliance.Stage) ui.State {
	word := v.T("check.stage." + string(s))
	switch s {
	case compliance.Opened:
		return ui.State{Tone: ui.ToneAction, Icon: ui.IconListChecks, Word: word}
	case compliance.Proposed, compliance.Lifting:
		return ui.State{Tone: ui.ToneClock, Icon: ui.IconUsers, Word: word}
	case compliance.Confirmed:
		return ui.State{Tone: ui.ToneDanger, Icon: ui.IconBan, Word: word}
	case compliance.Lifted:
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconUndo2, Word: word}
	case compliance.Cleared, compliance.NotOpened:
	}
	return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconCircleCheck, Word: word}
}

// checkStates are all that a case is now.
func (v *visit) checkStates(c compliance.Case) []ui.State {
	out := []ui.State{v.checkStage(c.Stage)}
	if c.Overdue {
		out = append(out, ui.State{Tone: ui.ToneDanger, Icon: ui.IconOctagonAlert, Word: v.T("check.overdue")})
	}
	if c.Holds() {
		out = append(out, ui.State{Tone: ui.ToneDanger, Icon: ui.IconSnowflake, Word: v.T("check.holds")})
	}
	return out
}

func (v *visit) decisionState(d compliance.Decision) ui.State {
	word := v.T("check.decision." + string(d))
	switch d {
	case compliance.TrueMatch:
		return ui.State{Tone: ui.ToneDanger, Icon: ui.IconBan, Word: word}
	case compliance.FalsePositive:
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconCircleCheck, Word: word}
	case compliance.OffList:
	}
	return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconMinus, Word: word}
}

// listName is what people call a list.
func (v *visit) listName(code string) string {
	if own, ok := strings.CutPrefix(code, "own:"); ok {
		return v.T("lists.own", "Name", own)
	}
	if key := "lists.name." + strings.ReplaceAll(code, "-", "_"); v.has(key) {
		return v.T(key)
	}
	return code
}

// birthText writes dates of birth or foundation as far as they are known.
func (v *visit) birthText(dates []compliance.Date) string {
	var out []string
	for i := 0; i < len(dates); i++ {
		text := v.oneDate(dates[i])
		if dates[i].Span && i+1 < len(dates) {
			text = v.T("check.span", "From", text, "To", v.oneDate(dates[i+1]))
			i++
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

func (v *visit) oneDate(d compliance.Date) string {
	pad := func(n int) string {
		if n < 10 {
			return "0" + itoa(n)
		}
		return itoa(n)
	}
	text := itoa(d.Year)
	if d.Month > 0 {
		text += "-" + pad(d.Month)
		if d.Day > 0 {
			text += "-" + pad(d.Day)
		}
	}
	if d.About {
		return v.T("check.about", "Date", text)
	}
	return text
}

func (v *visit) countriesText(codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = v.country(c)
	}
	return strings.Join(out, "\n")
}

func (v *visit) identifiersText(list []compliance.Identifier) string {
	out := make([]string, len(list))
	for i, n := range list {
		kind := n.Type
		if key := "check.identifier." + strings.ToLower(n.Type); v.has(key) {
			kind = v.T(key)
		}
		out[i] = strings.TrimSpace(kind + " " + n.Value)
		if n.Country != "" {
			out[i] += " (" + v.country(n.Country) + ")"
		}
	}
	return strings.Join(out, "\n")
}

// telltale is one reason as the page tells it.
type telltale struct {
	Tone         ui.Tone
	Icon         ui.Icon
	Ours, Theirs string
	Text         string
	Weight       string
	For          bool // it speaks for one party
}

// speaksFor are the reasons that make it more probable.
func speaksFor(code string) bool {
	switch code {
	case screening.MissingOurs, screening.MissingTheirs, screening.Contradiction, screening.WeakName,
		screening.BirthDiffers, screening.CountryDiffers, screening.IdentifierDiffers:
		return false
	}
	return true
}

// factual are the reasons about something beside the name.
func factual(code string) bool {
	switch code {
	case screening.BirthSame, screening.BirthYear, screening.BirthNear, screening.BirthDiffers, screening.CountrySame, screening.CountryDiffers,
		screening.IdentifierSame, screening.IdentifierDiffers, screening.WeakName, screening.OtherList:
		return true
	}
	return false
}

// tellReasons tells why a finding is one, word by word and fact by fact.
func (v *visit) tellReasons(reasons []compliance.Reason) []telltale {
	var out []telltale
	for _, r := range reasons {
		t := telltale{Ours: r.Ours, Theirs: r.Theirs, For: speaksFor(r.Code), Tone: ui.ToneAction, Icon: ui.IconCheck}
		if !t.For {
			t.Tone, t.Icon = ui.ToneClock, ui.IconMinus
		}
		key := "check.reason." + r.Code
		if !v.has(key) {
			key = "check.reason.other"
		}
		t.Text = v.T(key)
		if factual(r.Code) {
			t.Weight = v.factorText(r.Weight)
			if strings.HasPrefix(r.Code, "country_") {
				t.Ours, t.Theirs = v.country(r.Ours), v.country(r.Theirs)
			}
		} else {
			t.Weight = v.T("check.share", "Number", (r.Weight+5)/10)
		}
		out = append(out, t)
	}
	return out
}

// factorText says how a fact changes the odds: it multiplies or divides them.
func (v *visit) factorText(milli int) string {
	switch {
	case milli <= 0:
		return ""
	case milli < 1000:
		return v.T("check.divides", "Number", v.timesText(1_000_000/milli))
	}
	return v.T("check.multiplies", "Number", v.timesText(milli))
}

// timesText writes thousandths with at most one decimal, and none from ten on.
func (v *visit) timesText(milli int) string {
	tenths := (milli + 50) / 100
	if tenths >= 100 || tenths%10 == 0 {
		return v.Words.Number(int64((tenths + 5) / 10))
	}
	return itoa(tenths/10) + "." + itoa(tenths%10)
}

// matter is a finding as the page sets it beside the subject.
type matter struct {
	compliance.Matter
	Number  int
	Reasons []telltale
	Rows    []compared
}

// compared is one detail of both records.
type compared struct {
	Term         string
	Ours, Theirs templ.Component
	State        *ui.State // nil where there is nothing to compare
	Empty        bool      // neither record says anything
}

func (v *visit) matters(c compliance.Case) []matter {
	out := make([]matter, len(c.Matters))
	for i, m := range c.Matters {
		out[i] = matter{Matter: m, Number: i + 1, Reasons: v.tellReasons(m.Finding.Reasons), Rows: v.sideBySide(c.Subject, m.Finding)}
	}
	return out
}

func (v *visit) sideBySide(s compliance.Subject, f compliance.Finding) []compared {
	l := f.Listing
	var ours, theirs []string
	for _, r := range f.Reasons {
		if speaksFor(r.Code) && !factual(r.Code) {
			ours, theirs = append(ours, wordsOf(r.Ours)...), append(theirs, wordsOf(r.Theirs)...)
		}
	}
	judged := func(prefix string) *ui.State {
		for _, r := range f.Reasons {
			if strings.HasPrefix(r.Code, prefix) {
				return v.agreement(speaksFor(r.Code))
			}
		}
		return nil
	}
	kind := s.Kind
	if kind == "" {
		kind = screening.Any
	}
	var agree *ui.State
	if both := string(kind) == l.Kind; kind != screening.Any && l.Kind != string(screening.Any) {
		agree = v.agreement(both)
	}
	plain := func(term, ours, theirs string, state *ui.State) compared {
		return compared{Term: v.T(term), Ours: lines(dash(ours)), Theirs: lines(dash(theirs)), State: state, Empty: ours == "" && theirs == ""}
	}
	others := slices.ContainsFunc(l.Names, func(n compliance.ListedName) bool { return n.Text != f.Name })
	rows := []compared{
		{Term: v.T("check.name"), Ours: markedText(spansOf(s.Name, ours)), Theirs: markedText(spansOf(f.Name, theirs))},
		{Term: v.T("check.other_names"), Ours: lines(dash("")), Theirs: listedNames(v, l.Names, f.Name, slices.Concat(ours, theirs)), Empty: !others},
		plain("check.kind", v.T("check.kind."+string(kind)), v.kindText(l.Kind), agree),
		plain("check.births", v.birthText(s.Births), v.birthText(l.Births), judged("birth_")),
		plain("check.countries", v.countriesText(s.Countries), v.countriesText(l.Countries), judged("country_")),
		plain("check.identifiers", v.identifiersText(s.Identifiers), v.identifiersText(l.Identifiers), judged("identifier_")),
		plain("check.places", "", strings.Join(l.Places, "\n"), nil),
		plain("check.programmes", "", strings.Join(l.Programmes, "\n"), nil),
		plain("check.listed", "", l.Listed, nil),
		plain("check.remarks", "", l.Remarks, nil),
	}
	return slices.DeleteFunc(rows, func(c compared) bool { return c.Empty })
}

func (v *visit) kindText(kind string) string {
	if slices.Contains(screening.Kinds(), screening.Kind(kind)) {
		return v.T("check.kind." + kind)
	}
	return kind
}

func (v *visit) agreement(agree bool) *ui.State {
	if agree {
		return &ui.State{Tone: ui.ToneAction, Icon: ui.IconCheck, Word: v.T("check.agrees")}
	}
	return &ui.State{Tone: ui.ToneClock, Icon: ui.IconMinus, Word: v.T("check.differs")}
}

// wordsOf are the words of a reason as they are written; what stands in brackets is
// how a word sounds, and is no part of the name.
func wordsOf(text string) []string {
	return slices.DeleteFunc(strings.Fields(text), func(w string) bool { return strings.HasPrefix(w, "(") })
}

// span is a piece of a name; Same says that the other side has it too.
type span struct {
	Text string
	Same bool
}

// spansOf cuts a name into pieces, so that the words in it can be told apart.
func spansOf(name string, words []string) []span {
	text := []rune(norm.NFC.String(name))
	folded := make([]rune, len(text))
	for i, r := range text {
		folded[i] = foldRune(r)
	}
	same := make([]bool, len(text))
	for _, w := range words {
		word := []rune(norm.NFC.String(w))
		for i, r := range word {
			word[i] = foldRune(r)
		}
		for at := 0; len(word) > 0 && at+len(word) <= len(folded); at++ {
			if slices.Equal(folded[at:at+len(word)], word) && standsAlone(folded, at, at+len(word)) {
				for i := range word {
					same[at+i] = true
				}
			}
		}
	}
	var out []span
	for i, r := range text {
		if len(out) == 0 || out[len(out)-1].Same != same[i] {
			out = append(out, span{Same: same[i]})
		}
		out[len(out)-1].Text += string(r)
	}
	return out
}

// foldRune is a letter without case and accents.
func foldRune(r rune) rune {
	for _, base := range norm.NFKD.String(string(unicode.ToLower(r))) {
		return unicode.ToLower(base)
	}
	return r
}

// standsAlone reports whether a piece begins and ends where words do. Scripts that
// write no spaces have no such places.
func standsAlone(text []rune, from, to int) bool {
	if unicode.In(text[from], unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
		return true
	}
	letter := func(i int) bool {
		return i >= 0 && i < len(text) && (unicode.IsLetter(text[i]) || unicode.IsDigit(text[i]))
	}
	return !letter(from-1) && !letter(to)
}

// caseEvents tells the history of a case, the newest first.
func (v *visit) caseEvents(facts []assurance.CaseFact) []ui.Event {
	out := make([]ui.Event, 0, len(facts))
	for i := len(facts) - 1; i >= 0; i-- {
		f := facts[i]
		e := v.tellCase(f)
		e.At, e.Actor = f.At, v.colleague(f.By)
		out = append(out, e)
	}
	return out
}

// colleague is who in the house did something, by name.
func (v *visit) colleague(by identity.Actor) string {
	if by.Office.Staff() && by.Person != "" {
		return v.personName(by.Person)
	}
	return v.doer(by)
}

func (v *visit) tellCase(f assurance.CaseFact) ui.Event {
	say := func(icon ui.Icon, tone ui.Tone, detail string, args ...any) ui.Event {
		return ui.Event{Icon: icon, Tone: tone, Sentence: v.T("check.event."+f.Event.Kind(), args...), Detail: detail}
	}
	switch e := f.Event.(type) {
	case compliance.CheckOpened:
		return say(ui.IconSearch, ui.ToneAction, v.foundText(e.Findings), "Trigger", v.T("check.trigger."+string(e.Trigger)))
	case compliance.CheckAdded:
		return say(ui.IconPlus, ui.ToneClock, v.foundText(e.Findings), "Trigger", v.T("check.trigger."+string(e.Trigger)))
	case compliance.CheckAssigned:
		return say(ui.IconUser, ui.ToneNeutral, "", "Name", v.personName(e.To))
	case compliance.CheckProposed:
		var said []string
		for _, d := range e.Decisions {
			said = append(said, v.listName(d.Key.List)+" "+d.Key.Entry+": "+v.T("check.decision."+string(d.Decision)))
		}
		return say(ui.IconPencil, ui.ToneAction, strings.Join(append(said, e.Reason), "\n"))
	case compliance.CheckAgreed:
		return say(ui.IconCheck, ui.ToneAction, e.Reason)
	case compliance.CheckObjected:
		return say(ui.IconCircleX, ui.ToneClock, e.Reason)
	case compliance.CheckClosed:
		if len(e.Matched) > 0 {
			return ui.Event{Icon: ui.IconBan, Tone: ui.ToneDanger, Sentence: v.T("check.event.check_confirmed")}
		}
		return say(ui.IconCircleCheck, ui.ToneNeutral, "")
	case compliance.CheckOverdue:
		return say(ui.IconOctagonAlert, ui.ToneDanger, "")
	case compliance.CheckEndProposed:
		return say(ui.IconPencil, ui.ToneAction, e.Reason, "Ground", v.T("check.ground."+string(e.Ground)))
	case compliance.CheckEnded:
		return say(ui.IconUndo2, ui.ToneNeutral, "")
	case compliance.CheckResumed:
		return say(ui.IconBan, ui.ToneDanger, "")
	}
	return say(ui.IconCircle, ui.ToneNeutral, "")
}

// foundText names what was found.
func (v *visit) foundText(findings []compliance.Finding) string {
	var out []string
	for _, f := range findings {
		out = append(out, v.T("check.found_one", "Name", f.Name, "List", v.listName(f.List), "Probability", v.oddsText(f.Probability)))
	}
	return strings.Join(out, "\n")
}

// stillMoney is what is held in the deals that stand still, for each currency.
func stillMoney(rows []assurance.DealRow) (still []assurance.DealRow, held []money.Amount) {
	for _, r := range rows {
		if !r.Frozen {
			continue
		}
		still = append(still, r)
		i := slices.IndexFunc(held, func(a money.Amount) bool { return a.Currency() == r.Currency })
		if i < 0 {
			held = append(held, money.New(r.Held, r.Currency))
		} else {
			held[i] = money.New(held[i].Minor()+r.Held, r.Currency)
		}
	}
	return still, held
}

// standstill is how a deal that stands still is called: its parties read that the
// house goes through its checks, and nothing more.
func (v *visit) standstill() string {
	if v.staff() {
		return "frozen"
	}
	return "waiting"
}

// standsStill reports whether an event says that a deal stands still or goes on.
func standsStill(e deal.Event) bool {
	switch e.(type) {
	case deal.FreezePlaced, deal.FreezeLifted:
		return true
	}
	return false
}

// capacityOf says what a subject is to its company; of the company itself it does
// not say its name again.
func (v *visit) capacityOf(s compliance.Subject, company string) string {
	word := v.T("check.capacity." + string(s.Capacity))
	if s.Name == company {
		return word
	}
	return v.T("check.as", "Capacity", word, "Name", company)
}
