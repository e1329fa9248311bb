// Package ui holds the pieces that every page is made of, one implementation
// each. It renders what it is given and decides nothing about the business.
//
// Every piece that speaks takes a Reader: the words, zone and moment of the
// person the page is for. Build one per request:
//
//	r := ui.Reader{Words: words.For(lang), Zone: zone, Now: now}
//
//	@ui.Layout(r, ui.Page{Title: …, House: …, Path: …, Nav: …}) {
//		@ui.PageHead(r, ui.PageTitle{Title: …}) { buttons }
//		@ui.Columns(side) { the story }
//	}
//
// The frame:
//
//	Layout(Reader, Page) {children}           html, header, ribbon, main, footer
//	PageHead(Reader, PageTitle) {buttons}     back link, h1, lead, marks
//	Columns(side templ.Component) {story}     side right; first on a phone
//	Section(CardHead) {children}              h2 over a rule
//	Card(CardHead) {children}                 a thing that is a thing
//	Tabs(Reader, []Link)                      views of one thing
//	Pager(Reader, Turn)                       newer, older
//	Dialog(Reader, DialogHead) {children}     opened by Action.Dialog
//	LinkButton(Action), Submit(Press)         a link that is a step, a form's button
//	Text(string), Anchor(Link)                plain cells
//	Logo(), Chop(), Glyph(Icon)               marks and icons
//
// The deal:
//
//	ObligationClock(Reader, Obligation)       who, what, by when, what on lapse
//	MoneyBar(Reader, Money)                   where the money is
//	Timeline(Reader, []Event)                 what happened, with proof
//	Steps(Reader, []Step)                     phases
//	PartyChip(Reader, Party)                  who
//	StandingPicture(Reader, Standing)         how far to trust, and how sure
//	TrendPicture(Reader, Trend)               how it went, with a table
//	Marks(Reader, []Mark)                     marks of five, in pips and words
//	SignSheet(Reader, Signature) {factor}     exactly what is signed; one red button
//	Diff(Reader, []Change)                    terms before and after
//	DefinitionList([]Fact)                    term and value
//	StateBadge(State), PhaseState(Reader, phase) State
//	AmountText(money.Amount), AmountLarge(money.Amount), Amount(money.Amount) string
//	IDText(Reader, Ident)                     folded id with a copy button
//	Moment(Reader, time)                      relative and absolute
//	Minute(Reader, time), Day(Reader, time)   absolute only
//
// Forms, lists and messages:
//
//	Field(Reader, Question)                   label, hint, mistake, entry
//	MarkField(Reader, Question)               a mark from 1 to 5
//	CountedArea(Reader, Question)             a text that says how much room is left
//	FormErrors(Reader, []Mistake)             first thing in a refused form
//	Table(Reader, Grid)                       rows that become blocks on a phone
//	EmptyState(Blank)                         what will be here, the next step
//	Problem(Reader, Trouble)                  what happened, what is safe, what to do
//	Notice(Remark)                            a short word
//	Progress(Reader, Work)                    count, rate, time left, stop
//
// Classes for laying pages out, instead of margins of their own: stack,
// stack-tight, stack-wide, cluster, halves, prose, form, muted, small, nowrap,
// num, sr-only. Tailwind utilities work too, in the house's colours and sizes
// only; after using a new one, run scripts/build-assets.sh.
//
// Invariants, kept by tests: no inline style, script or handler; every page
// works without scripts; text from people is escaped and script addresses are
// dropped (pass addresses as plain strings, never as templ.SafeURL); every
// state has colour, icon and word; amounts never stand without their code;
// axe-core finds nothing in either language or theme; nothing is wider than a
// phone or a doubled desk.
//
// Headings: Layout has none, PageHead is h1, everything else that has a title
// is h2.
package ui
