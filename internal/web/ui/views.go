package ui

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"fondaco/internal/money"
	"fondaco/internal/web/words"
)

// Reader is the person a page is written for: their language, their zone and
// the moment at which the page is made. Every component takes it.
type Reader struct {
	Words *words.Words
	Zone  *time.Location // nil is UTC
	Now   time.Time
}

// T returns the sentence under key in the reader's language; see words.T.
func (r Reader) T(key string, args ...any) string { return r.Words.T(key, args...) }

// Tone is the colour of a state. It never stands alone: an icon and a word
// say the same.
type Tone string

// The tones of the house.
const (
	ToneNeutral Tone = "neutral" // nothing is asked of anyone
	ToneAction  Tone = "action"  // something can be done
	ToneGood    Tone = "good"    // money has arrived; only that
	ToneClock   Tone = "clock"   // a clock runs out
	ToneDanger  Tone = "danger"  // something is wrong or cannot be undone
	ToneSeal    Tone = "seal"    // a signature or a seal
)

func (t Tone) class() string {
	if t == "" {
		t = ToneNeutral
	}
	return "tone-" + string(t)
}

// Link is one way to go: in a navigation, a footer or tabs.
type Link struct {
	Label   string
	Href    string
	Icon    Icon
	Count   int  // things waiting there; 0 shows nothing
	Current bool // the page the reader is on
}

// Weight says how a button looks.
type Weight string

// The weights of a button. A page has one primary button; the seal is for
// signing only.
const (
	Primary   Weight = "primary"
	Secondary Weight = "secondary"
	Quiet     Weight = "quiet"
	Danger    Weight = "danger"
	Seal      Weight = "seal"
)

func (w Weight) class() string {
	if w == "" {
		w = Secondary
	}
	return "btn btn-" + string(w)
}

// Action is a step the reader can take by following a link.
type Action struct {
	Label    string
	Href     string
	Icon     Icon
	Weight   Weight // empty is Secondary
	Small    bool
	Trailing bool   // the icon follows the label
	Dialog   string // ID of a Dialog to open instead, where scripts run
}

// Press is a button that sends the form around it.
type Press struct {
	Label  string
	Icon   Icon
	Weight Weight // empty is Secondary
	Small  bool
	Name   string // sent with Value when this button is pressed
	Value  string
	Form   string // ID of a form elsewhere on the page
}

// State is what a thing is now: colour, icon and word together.
type State struct {
	Tone Tone
	Icon Icon
	Word string
}

// Ident is a machine's name for a thing: a deal number, a hash, a key.
type Ident struct {
	Value string
	Name  string // what it is, for the copy button: "deal number"; empty is "number"
	Whole bool   // show every character instead of the ends
}

// ends splits an id into what is shown and what is folded away.
func (i Ident) ends() (head, middle, tail string) {
	letters := []rune(i.Value)
	if i.Whole || len(letters) <= 16 {
		return i.Value, "", ""
	}
	return string(letters[:8]), string(letters[8 : len(letters)-4]), string(letters[len(letters)-4:])
}

// Party is one side of a deal, or anyone with a name in the house.
type Party struct {
	Name       string
	Href       string // company profile; empty is no link
	Country    string // in the reader's language
	Role       string // "Buyer", "卖方"; empty is not shown
	Verified   bool   // the house has checked who this is
	Unverified bool   // say that it has not
	You        bool
	Standing   string // "92 of 100"; empty is not shown
	Confidence string // of the standing: "high", "高"
}

// Obligation is who owes what by when, and what follows when nobody acts.
type Obligation struct {
	Mine    bool      // the reader owes it
	Who     string    // otherwise, who does
	What    string    // one plain sentence
	Start   time.Time // when the clock began; with Due it sizes the ring
	Due     time.Time // zero is no deadline
	Lapse   string    // what happens if nobody acts; names money from, to, amount
	Paused  string    // why the clock stands still; empty is running
	Actions []Action  // the first is the one to take
}

// MoneyState is where a part of a deal's money is.
type MoneyState string

// The places where a deal's money can be, in the order the bar draws them.
const (
	MoneyReleased MoneyState = "released" // paid to the seller
	MoneyHeld     MoneyState = "held"     // held by the house
	MoneyDisputed MoneyState = "disputed" // held and frozen by a claim
	MoneyRefunded MoneyState = "refunded" // returned to the buyer
	MoneyFees     MoneyState = "fees"     // kept by the house
	MoneyAwaited  MoneyState = "awaited"  // not yet paid in
)

// MoneyPart is one row of a money bar.
type MoneyPart struct {
	State  MoneyState
	Amount money.Amount
	Word   string // replaces the house's word for the state; empty keeps it
	Note   string // when it arrives, under which number
}

// Money is where all of a deal's money is. Total is what the parts must sum to
// and is shown as given.
type Money struct {
	Title string // empty is "Where the money of this deal is"
	Total money.Amount
	Parts []MoneyPart
}

// Event is one entry of a timeline.
type Event struct {
	Icon      Icon
	Tone      Tone
	Sentence  string
	Detail    string // a second line; empty is not shown
	Actor     string // who did it; empty is not shown
	At        time.Time
	ProofHref string // opens the inclusion proof in words; empty is no link
}

// Blank says what a page will hold and the one next step.
type Blank struct {
	Icon   Icon
	Title  string
	Body   string
	Action *Action
}

// Trouble says what happened, what is safe and what to do, with the code that
// support asks for.
type Trouble struct {
	Tone    Tone // empty is ToneDanger
	What    string
	Safe    string
	Do      string
	Code    string // a fault code such as "escrow.not_held"
	Trace   string // number of the request; empty is not shown
	Actions []Action
}

// Remark is a short word about what just happened or what to know first.
type Remark struct {
	Tone  Tone
	Icon  Icon // empty takes the tone's icon
	Title string
	Body  string
}

func (n Remark) icon() Icon {
	if n.Icon != "" {
		return n.Icon
	}
	switch n.Tone {
	case ToneGood:
		return IconCircleCheck
	case ToneClock:
		return IconHourglass
	case ToneDanger:
		return IconTriangleAlert
	case ToneSeal:
		return IconStamp
	case ToneNeutral, ToneAction:
	}
	return IconInfo
}

// Work is a long task: how far it is, how fast, how much longer.
type Work struct {
	Title        string
	Done         int64
	Total        int64
	Rate         string        // "1,240 rows"; shown "… a second"; empty is not shown
	Left         time.Duration // 0 is not known
	CancelAction string        // where a POST stops the task; empty is no button
}

// Fact is a term and what it is.
type Fact struct {
	Term  string
	Value string          // plain text, or
	Show  templ.Component // a component, which wins
	Note  string
}

// StepState is how far one step is.
type StepState string

// The states of a step.
const (
	StepDone    StepState = "done"
	StepCurrent StepState = "current"
	StepTodo    StepState = "todo"
	StepStopped StepState = "stopped" // the deal ended here
)

// Step is one phase on the way.
type Step struct {
	Label string
	State StepState
	Note  string
}

// Turn leads to the pages around this one. Lists are cut by cursors, so there
// are no page numbers.
type Turn struct {
	NewerHref string
	OlderHref string
	Note      string // "41 deals"
}

// Column is one column of a table.
type Column struct {
	Label    string
	Numeric  bool   // figures: right aligned, tabular
	SortHref string // where the table sorted by this column is; empty is no link
	Sorted   string // "ascending", "descending" or empty
}

// Grid is a table. Every row has one cell per column; the first cell names
// the row and should hold its link. Below 768 pixels rows become blocks with
// their column's label beside each cell.
type Grid struct {
	Caption     string
	HideCaption bool // for screen readers only, where a heading says the same
	Columns     []Column
	Rows        [][]templ.Component
	Foot        []templ.Component // totals; empty is none
}

// ChangeKind is what happened to one term.
type ChangeKind string

// The kinds of change.
const (
	ChangeSame    ChangeKind = "same"
	ChangeChanged ChangeKind = "changed"
	ChangeAdded   ChangeKind = "added"
	ChangeRemoved ChangeKind = "removed"
)

// Change is one term before and after.
type Change struct {
	Kind   ChangeKind
	Term   string
	Before string
	After  string
}

func (c Change) look() (Tone, Icon) {
	switch c.Kind {
	case ChangeAdded:
		return ToneAction, IconPlus
	case ChangeRemoved:
		return ToneDanger, IconMinus
	case ChangeChanged:
		return ToneClock, IconPencil
	case ChangeSame:
	}
	return ToneNeutral, IconCheck
}

// Signature is the sheet that shows exactly what a signature covers.
type Signature struct {
	Title    string
	Words    string   // the sentence being signed, as it will be kept
	Facts    []Fact   // every fact the hash covers that a person can read
	Hash     string   // lower-case hex of the signed bytes
	Post     string   // where the form goes
	Hidden   []Hidden // values sent along
	Button   string   // names the act: "Sign and pay 1,250.00 USD"
	BackHref string
}

// Hidden is a value that a form carries unseen.
type Hidden struct {
	Name  string
	Value string
}

// CardHead opens a card.
type CardHead struct {
	Title  string // empty is no heading
	Icon   Icon
	Note   string
	Action *Action
}

// PageTitle opens a page.
type PageTitle struct {
	Title string
	Lead  string
	Back  *Link
	Marks []templ.Component // badges and ids under the title
}

// DialogHead opens a dialog; an Action with the same Dialog ID shows it.
type DialogHead struct {
	ID    string
	Title string
}

// soon is when a clock turns amber whatever its length.
const soon = 48 * time.Hour

func (o Obligation) share(now time.Time) int {
	whole := o.Due.Sub(o.Start)
	left := o.Due.Sub(now)
	switch {
	case left <= 0:
		return 0
	case whole <= 0 || left >= whole:
		return 100
	default:
		return int((left*100 + whole - 1) / whole)
	}
}

func (o Obligation) look(now time.Time) (Tone, Icon) {
	switch {
	case o.Paused != "":
		return ToneNeutral, IconPause
	case o.Due.IsZero():
		return ToneAction, IconListChecks
	case !now.Before(o.Due):
		return ToneDanger, IconOctagonAlert
	case o.Due.Sub(now) < soon || o.share(now) <= 25:
		return ToneClock, IconHourglass
	default:
		return ToneAction, IconClock
	}
}

// fill writes a plural sentence with a gap that the script fills, because the
// catalog, not the script, knows the language.
func fill(r Reader, key string) string {
	return strings.Replace(r.T(key, "Count", 2), "2", "{n}", 1)
}

// segment is one rectangle of a money bar, in thousandths of its width.
type segment struct {
	state    MoneyState
	x, width int
}

// segments lays parts out left to right, each at least wide enough to see,
// with a gap between. Drawing may round; the table beside it never does.
func (m Money) segments() []segment {
	const whole, least, gap = 1000, 8, 3
	var drawn []MoneyPart
	sum := 0.0
	for _, part := range m.Parts {
		if part.Amount.IsPositive() {
			drawn = append(drawn, part)
			sum += float64(part.Amount.Minor())
		}
	}
	if len(drawn) == 0 {
		return nil
	}
	room := float64(whole - gap*(len(drawn)-1) - least*len(drawn))
	segments, x := make([]segment, 0, len(drawn)), 0
	for i, part := range drawn {
		width := least + int(room*float64(part.Amount.Minor())/sum)
		if i == len(drawn)-1 {
			width = whole - x
		}
		segments = append(segments, segment{state: part.State, x: x, width: width})
		x += width + gap
	}
	return segments
}

// PhaseState is the badge of a deal's phase or overlay: draft, offered,
// agreed, funded, shipped, delivered, completed, cancelled, expired, refunded,
// settled, disputed, frozen, and waiting: how a frozen deal reads to its parties.
func PhaseState(r Reader, phase string) State {
	word := r.T("ui.phase." + phase)
	switch phase {
	case "draft":
		return State{ToneNeutral, IconPencil, word}
	case "offered":
		return State{ToneAction, IconFileText, word}
	case "agreed":
		return State{ToneAction, IconFileSignature, word}
	case "funded":
		return State{ToneAction, IconLandmark, word}
	case "shipped":
		return State{ToneAction, IconShip, word}
	case "delivered":
		return State{ToneAction, IconPackageCheck, word}
	case "completed":
		return State{ToneGood, IconCircleCheck, word}
	case "refunded":
		return State{ToneGood, IconUndo2, word}
	case "settled":
		return State{ToneNeutral, IconHandshake, word}
	case "disputed":
		return State{ToneClock, IconScale, word}
	case "frozen":
		return State{ToneDanger, IconSnowflake, word}
	case "waiting":
		return State{ToneNeutral, IconPause, word}
	default:
		return State{ToneNeutral, IconBan, word}
	}
}

// hashGroups writes a hash in groups of eight so that two people can read it
// to each other.
func hashGroups(hash string) string {
	var out strings.Builder
	for i, letter := range hash {
		if i > 0 && i%8 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(letter)
	}
	return out.String()
}
