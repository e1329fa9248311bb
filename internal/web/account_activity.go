package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// Whose activity a log is about.
const (
	ownLog     = "own"
	companyLog = "company"
	houseLog   = "house"
)

const activityShown = 40

// topic is a group of things that can happen, as a reader filters by it.
type topic struct {
	name string
	of   []account.What
}

func topics() []topic {
	return []topic{
		{"sign_ins", []account.What{account.SignedIn, account.SignInRefused, account.SessionEnded}},
		{"password", []account.What{account.PasswordSet, account.PasswordCondemned}},
		{"factors", []account.What{
			account.FactorAdded, account.FactorRenamed, account.FactorRemoved, account.FactorUsed, account.FactorFailed, account.RecoveryIssued, account.RecoveryUsed,
		}},
		{"approvals", []account.What{account.Approved}},
		{"payouts", []account.What{account.PayoutAccountChanged}},
		{"roles", []account.What{account.RoleChanged}},
		{"keys", []account.What{account.KeyMade, account.KeyEnded}},
		{"email", []account.What{account.EmailAsked, account.EmailUndone, account.EmailTaken}},
		{"exports", []account.What{account.Exported}},
		{"account", []account.What{account.Opened, account.Confirmed, account.Ended, account.Reviewed, account.NotMe, account.Reinstated}},
	}
}

// activityAsk is what a reader wants to see of the log.
type activityAsk struct {
	Whose string
	Topic string
	From  string // days in the reader's zone, as they were typed
	To    string
	query assurance.ActivityQuery
}

// activityAsk reads the filters of a request. What makes no sense is left out.
func (v *visit) activityAsk(values url.Values) activityAsk {
	a := activityAsk{Whose: values.Get("whose"), Topic: values.Get("topic"), From: values.Get("from"), To: values.Get("to")}
	if !slices.Contains(v.logs(), a.Whose) {
		a.Whose = ownLog
	}
	switch a.Whose {
	case companyLog:
		a.query.Party = v.person.Party
	case houseLog:
		a.query.Staff = true
	}
	known := false
	for _, t := range topics() {
		if t.name == a.Topic {
			known = true
			for _, w := range t.of {
				a.query.What = append(a.query.What, string(w))
			}
		}
	}
	if !known {
		a.Topic = ""
	}
	if from, err := time.ParseInLocation(time.DateOnly, a.From, v.Zone); err == nil {
		a.query.From = from.UTC()
	} else {
		a.From = ""
	}
	if to, err := time.ParseInLocation(time.DateOnly, a.To, v.Zone); err == nil {
		a.query.To = to.AddDate(0, 0, 1).UTC()
	} else {
		a.To = ""
	}
	if before, err := strconv.ParseInt(values.Get("before"), 10, 64); err == nil && before > 0 {
		a.query.Before = before
	}
	return a
}

// values are the filters as an address carries them.
func (a activityAsk) values() url.Values {
	out := url.Values{}
	for name, value := range map[string]string{"whose": a.Whose, "topic": a.Topic, "from": a.From, "to": a.To} {
		if value != "" && !(name == "whose" && value == ownLog) {
			out.Set(name, value)
		}
	}
	return out
}

// logs are those that the reader may open: the own one always.
func (v *visit) logs() []string {
	out := []string{ownLog}
	by := v.actor()
	if v.person.Party != "" && identity.May(by, identity.ToReadActivity) {
		out = append(out, companyLog)
	}
	if v.staff() && (identity.May(by, identity.ToReadActivity) || identity.May(by, identity.ToAudit)) {
		out = append(out, houseLog)
	}
	return out
}

// activityView is one page of the log.
type activityView struct {
	activityAsk
	Lines []activityLine
	Tabs  []ui.Link
	Turn  ui.Turn
}

// activityLine is one fact, worded.
type activityLine struct {
	assurance.Activity
	Icon     ui.Icon
	Tone     ui.Tone
	Sentence string
	Where    string // place and device
	Reasons  []string
	Mine     bool
	Here     bool // it is of the session that looks
	Proof    bool // the reader may open its proof
	Disown   bool // "this was not me" makes sense
}

func (s *site) activityPage(v *visit) (reply, error) {
	ask := v.activityAsk(v.r.URL.Query())
	q := ask.query
	q.Limit = activityShown + 1
	rows, err := v.house().Activities(v.ctx(), v.in, q)
	if err != nil {
		return reply{}, err
	}
	view := activityView{activityAsk: ask}
	if len(rows) > activityShown {
		rows = rows[:activityShown]
		older := ask.values()
		older.Set("before", strconv.FormatInt(rows[activityShown-1].Sequence, 10))
		view.Turn.OlderHref = "/security/activity?" + older.Encode()
	}
	if q.Before > 0 {
		view.Turn.NewerHref = "/security/activity?" + ask.values().Encode()
	}
	for _, r := range rows {
		view.Lines = append(view.Lines, v.activityLine(r))
	}
	for _, whose := range v.logs() {
		link := ui.Link{Label: v.T("activity.whose." + whose), Href: "/security/activity?whose=" + whose, Current: whose == ask.Whose}
		view.Tabs = append(view.Tabs, link)
	}
	return show(v.T("activity.title"), activityPage(v, view))
}

// line words one fact.
func (v *visit) activityLine(a assurance.Activity) activityLine {
	icon, tone := activityLook(a.Event)
	l := activityLine{
		Activity: a, Icon: icon, Tone: tone, Sentence: v.activitySentence(a.Event), Mine: a.Person == v.person.ID,
		Here: a.Session != "" && a.Session == v.in.Session.ID,
	}
	l.Proof = l.Mine || identity.May(v.actor(), identity.ToReviewAccounts) || identity.May(v.actor(), identity.ToAudit)
	if w := a.Event.Where; w != nil {
		var parts []string
		if place := v.placeName(*w); place != "" {
			parts = append(parts, place)
		}
		l.Where = strings.Join(append(parts, v.deviceName(*w)), " · ")
	}
	if r := a.Event.Risk; r != nil && r.Level != account.LowRisk {
		l.Reasons = v.riskReasons(r.Reasons)
	}
	l.Disown = l.Mine && !l.Here && disownable(a.Event.What)
	return l
}

// disownable tells what an intruder can have done.
func disownable(w account.What) bool {
	switch w {
	case account.SignedIn, account.PasswordSet, account.FactorAdded, account.FactorRemoved, account.FactorUsed, account.RecoveryIssued, account.RecoveryUsed,
		account.EmailAsked, account.EmailTaken, account.KeyMade, account.Exported, account.PayoutAccountChanged, account.Approved:
		return true
	case account.Opened, account.Confirmed, account.Ended, account.SignInRefused, account.SessionEnded, account.PasswordCondemned, account.FactorRenamed,
		account.FactorFailed, account.Reviewed, account.EmailUndone, account.NotMe, account.Reinstated, account.KeyEnded, account.RoleChanged:
	}
	return false
}

// activityLook is the icon and the tone of a line.
func activityLook(e account.Event) (ui.Icon, ui.Tone) {
	switch e.What {
	case account.SignedIn:
		if e.Risk != nil && e.Risk.Level != account.LowRisk {
			return ui.IconShieldAlert, ui.ToneClock
		}
		return ui.IconKeyRound, ui.ToneNeutral
	case account.SignInRefused, account.FactorFailed, account.PasswordCondemned, account.NotMe:
		return ui.IconShieldAlert, ui.ToneDanger
	case account.SessionEnded:
		return ui.IconLogOut, ui.ToneNeutral
	case account.PasswordSet:
		return ui.IconLock, ui.ToneAction
	case account.FactorAdded, account.FactorRenamed, account.FactorUsed:
		return ui.IconFingerprint, ui.ToneAction
	case account.FactorRemoved, account.RecoveryUsed:
		return ui.IconFingerprint, ui.ToneClock
	case account.RecoveryIssued:
		return ui.IconFileText, ui.ToneAction
	case account.Reviewed, account.Confirmed, account.Reinstated:
		return ui.IconShieldCheck, ui.ToneAction
	case account.EmailAsked, account.EmailTaken, account.EmailUndone:
		return ui.IconMessagesSquare, ui.ToneClock
	case account.KeyMade, account.KeyEnded:
		return ui.IconCode, ui.ToneAction
	case account.Exported:
		return ui.IconDownload, ui.ToneNeutral
	case account.RoleChanged:
		return ui.IconUsers, ui.ToneAction
	case account.PayoutAccountChanged:
		return ui.IconLandmark, ui.ToneClock
	case account.Approved:
		return ui.IconStamp, ui.ToneSeal
	case account.Opened, account.Ended:
	}
	return ui.IconUser, ui.ToneNeutral
}

// activitySentence says what happened.
func (v *visit) activitySentence(e account.Event) string {
	name, args := string(e.What), []any{}
	switch e.What {
	case account.SignedIn:
		if name += "." + string(e.Method); e.Method == account.ByPassword && e.FactorKind != "" {
			name += "_and_" + string(e.FactorKind)
		}
	case account.SignInRefused:
		name += "." + known(e.Why, account.WrongPassword, account.Blocked)
	case account.SessionEnded:
		name += "." + known(e.Why, "signed_out", "ended_by_owner")
		args = []any{"Count", max(1, len(e.Sessions))}
	case account.PasswordSet:
		if name += "." + known(e.Why, account.Reset, account.Renewed); e.First {
			name = string(e.What) + ".first"
		}
	case account.FactorAdded, account.FactorRemoved, account.FactorUsed, account.FactorFailed:
		args = []any{"Kind", v.T("factor." + string(e.FactorKind))}
	case account.FactorRenamed:
		args = []any{"Name", e.Label}
	case account.RecoveryIssued, account.RecoveryUsed:
		args = []any{"Count", e.Count}
	case account.KeyMade:
		if e.Key != nil {
			args = []any{"Name", e.Key.Label}
		}
	case account.KeyEnded:
		args = []any{"Count", max(1, len(e.Keys))}
	case account.EmailAsked:
		args = []any{"When", v.Words.DateTime(e.TakesEffect, v.Zone)}
	case account.Exported:
		args = []any{"What", v.exportName(e.Subject)}
	case account.RoleChanged:
		args = []any{"Role", v.roleName(e.Subject)}
	case account.Opened, account.Confirmed, account.Ended, account.PasswordCondemned, account.Reviewed, account.EmailUndone, account.EmailTaken,
		account.NotMe, account.Reinstated, account.PayoutAccountChanged, account.Approved:
	}
	return v.T("activity.what."+name, args...)
}

// known is the word if it is one of those that have a sentence, else "other".
func known(word string, words ...string) string {
	if slices.Contains(words, word) {
		return word
	}
	return "other"
}

func (v *visit) exportName(subject string) string {
	if v.has("activity.export." + subject) {
		return v.T("activity.export." + subject)
	}
	return subject
}

func (v *visit) roleName(word string) string {
	for _, key := range []string{"role." + word, "office." + word} {
		if v.has(key) {
			return v.T(key)
		}
	}
	return word
}

// exportMost is how many lines an export holds.
const exportMost = 20_000

// exportActivity hands out the log as the filters say, as CSV or JSON, and notes that it did.
func (s *site) exportActivity(v *visit) (reply, error) {
	if err := v.house().NoteExport(v.ctx(), v.in, v.origin(), "activity"); err != nil {
		return reply{}, err
	}
	ask := v.activityAsk(v.form)
	var rows []assurance.Activity
	for q := ask.query; len(rows) < exportMost; {
		q.Limit = dealsAtOnce
		some, err := v.house().Activities(v.ctx(), v.in, q)
		if err != nil {
			return reply{}, err
		}
		rows = append(rows, some...)
		if len(some) < dealsAtOnce {
			break
		}
		q.Before = some[len(some)-1].Sequence
	}
	name := "fondaco-activity-" + v.Now.UTC().Format(time.DateOnly)
	if v.form.Get("format") == "json" {
		return v.activityJSON(rows, name+".json")
	}
	return v.activityCSV(rows).file(name + ".csv"), nil
}

func (v *visit) activityCSV(rows []assurance.Activity) sheet {
	out := newSheet(
		v.T("activity.csv.sequence"), v.T("activity.csv.time"), v.T("activity.csv.person"), v.T("activity.csv.code"), v.T("activity.csv.what"),
		v.T("activity.csv.address"), v.T("activity.csv.country"), v.T("activity.csv.city"), v.T("activity.csv.device"), v.T("activity.csv.risk"), v.T("activity.csv.session"),
	)
	for _, r := range rows {
		var w account.Where
		if r.Event.Where != nil {
			w = *r.Event.Where
		}
		risk := ""
		if r.Event.Risk != nil {
			risk = strings.Join(append([]string{r.Event.Risk.Level}, r.Event.Risk.Reasons...), " ")
		}
		out.row(figure(strconv.FormatInt(r.Sequence, 10)), r.At, r.Name, r.What, v.activitySentence(r.Event), w.Address, w.Country, w.City, v.deviceName(w), risk, r.Session)
	}
	return out
}

// exported is a line of the log as programs read it.
type exported struct {
	Sequence int64         `json:"sequence"`
	At       time.Time     `json:"at"`
	Person   string        `json:"person"`
	Name     string        `json:"name"`
	Event    account.Event `json:"event"`
}

func (v *visit) activityJSON(rows []assurance.Activity, name string) (reply, error) {
	out := make([]exported, len(rows))
	for i, r := range rows {
		out[i] = exported{Sequence: r.Sequence, At: r.At.UTC(), Person: string(r.Person), Name: r.Name, Event: r.Event}
	}
	doc, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return reply{}, fault.New(fault.Internal, "web.no_export", "The log cannot be written out.").Because(err)
	}
	return reply{file: append(doc, '\n'), name: name, kind: "application/json"}, nil
}

// notMePage asks before a line of the log is disowned.
func (s *site) notMePage(v *visit) (reply, error) {
	return narrow(v.T("not_me.title"), notMeForm(v, v.query("session")))
}

func (s *site) disownHere(v *visit) (reply, error) {
	session := v.form.Get("session")
	if len(session) > 100 {
		return reply{}, badForm(nil)
	}
	if err := v.house().DisownHere(v.ctx(), v.in, v.origin(), session); err != nil {
		return reply{}, err
	}
	return v.disowned()
}

const (
	alertsFor   = 7 * 24 * time.Hour
	alertsShown = 3
)

// alerts are the unusual things of the last days that the reader has not yet looked
// at in a security review, the newest first; what this session did itself is none.
func (v *visit) alerts() []activityLine {
	if v.person == nil || v.r.URL.Path != "/" || v.in.Session.ID == "" {
		return nil
	}
	st, err := v.house().Account(v.ctx(), v.in)
	if err != nil {
		return nil // the page itself says what is wrong
	}
	q := assurance.ActivityQuery{From: v.Now.Add(-alertsFor), Limit: activityShown}
	if st.ReviewedAt.After(q.From) {
		q.From = st.ReviewedAt
	}
	for _, w := range []account.What{account.SignedIn, account.SignInRefused, account.FactorFailed, account.RecoveryUsed} {
		q.What = append(q.What, string(w))
	}
	rows, err := v.house().Activities(v.ctx(), v.in, q)
	if err != nil {
		return nil
	}
	var out []activityLine
	for _, r := range rows {
		if r.Event.Notable() && (r.Session == "" || r.Session != v.in.Session.ID) && len(out) < alertsShown {
			out = append(out, v.activityLine(r))
		}
	}
	return out
}
