package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/web/ui"
	"fondaco/internal/web/words"
)

// standingRoutes are what others may know of a company, its badge, and what the
// two companies of a closed deal say of each other.
func (s *site) standingRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "/parties/{party}", anyone, s.partyPage, false},
		{get, "/companies/{party}", anyone, s.portrait, false},
		{get, "/companies/{party}/badge.svg", anyone, s.badgePicture, false},
		{get, "/companies/{party}/badge.txt", anyone, s.badgeNote, false},
		{get, "/badge", anyone, s.badgePage, false},
		{post, "/badge", anyone, s.checkBadge, false},
		{post, "/deals/{deal}/reviews", members, s.review, false},
		{post, "/deals/{deal}/reviews/reply", members, s.answerReview, false},
		{post, "/deals/{deal}/reviews/{step}", staff, s.hideReview, false},
	}
}

// reviewBack is the page to which a form of reviews belongs.
func reviewBack(path string) (string, bool) {
	before, _, ok := strings.Cut(path, "/reviews")
	return before, ok && strings.HasPrefix(path, "/deals/")
}

// partyPage keeps the addresses alive that were given out before companies had a
// page for everybody.
func (s *site) partyPage(v *visit) (reply, error) {
	return goTo("/companies/"+url.PathEscape(v.path("party")), "")
}

// standing reads a company's standing once a visit.
func (v *visit) standing(id identity.PartyID) (assurance.PartyStanding, error) {
	if known, ok := v.standings[id]; ok {
		return known, nil
	}
	known, err := v.house().Standing(v.ctx(), id)
	if err != nil {
		return known, err
	}
	if v.standings == nil {
		v.standings = map[identity.PartyID]assurance.PartyStanding{}
	}
	v.standings[id] = known
	return known, nil
}

// speaks turns to the language of a shared address, unless the reader has chosen one.
func (v *visit) speaks() {
	if lang := v.query("lang"); cookie(v.r, words.CookieName) == "" && (lang == words.English || lang == words.Chinese) {
		v.Words = words.For(lang)
	}
}

const (
	reviewsShown = 10
	reviewsPages = 50 // beyond which nobody turns
	reasonsShown = 3
)

// portraitView is a company as anybody may see it. It holds nothing of its people
// and nothing of what the house checks.
type portraitView struct {
	Row      assurance.PartyRow
	Verified time.Time // since when; zero if it is not
	Standing assurance.PartyStanding
	Reviews  []reviewLine
	Turn     ui.Turn
	Page     int
	Address  string // of this page, for others
	Signs    bool   // the house signs badges
}

// reviewLine is one review with the name of whoever wrote it.
type reviewLine struct {
	reputation.Shown

	Name string
	Deal deal.ID // for the house, which acts on the deal's page; empty for everybody else
}

func (s *site) portrait(v *visit) (reply, error) {
	v.speaks()
	row, err := v.house().Party(v.ctx(), identity.PartyID(v.path("party")))
	if err != nil {
		return reply{}, err
	}
	view := portraitView{Row: row, Page: 1, Address: v.portraitAddress(row.ID)}
	if view.Standing, err = v.standing(row.ID); err != nil {
		return reply{}, err
	}
	if standingOf(row) == identity.Verified {
		company, err := row.Organisation()
		if err != nil {
			return reply{}, err
		}
		view.Verified = company.ReviewedAt
	}
	if n, err := strconv.Atoi(v.query("page")); err == nil {
		view.Page = min(max(1, n), reviewsPages)
	}
	if err := v.turnTo(&view); err != nil {
		return reply{}, err
	}
	view.Signs = v.signsBadges()
	return reply{page: ui.Page{Title: row.LegalName, Head: portraitHead(v, view)}, view: portraitPage(v, view)}, nil
}

// turnTo reads the reviews of a page. Pages are counted, because a cursor would be
// the number of somebody's deal.
func (v *visit) turnTo(view *portraitView) error {
	at := "/companies/" + url.PathEscape(string(view.Row.ID))
	var rows []assurance.ReviewRow
	before := deal.ID("")
	for n := 1; ; n++ {
		var err error
		rows, err = v.house().PartyReviews(v.ctx(), view.Row.ID, before, reviewsShown+1)
		if err != nil {
			return err
		}
		if n == view.Page || len(rows) <= reviewsShown {
			view.Page = n
			break
		}
		before = rows[reviewsShown-1].Deal
	}
	if view.Page > 1 {
		view.Turn.NewerHref = at + "?page=" + itoa(view.Page-1) + "#reviews"
	}
	if len(rows) > reviewsShown {
		rows = rows[:reviewsShown]
		if view.Page < reviewsPages {
			view.Turn.OlderHref = at + "?page=" + itoa(view.Page+1) + "#reviews"
		}
	}
	for _, r := range rows {
		shown, err := r.Shown()
		if err != nil {
			return err
		}
		line := reviewLine{Shown: shown, Name: v.name(shown.Author)}
		if v.staff() {
			line.Deal = r.Deal
		}
		view.Reviews = append(view.Reviews, line)
	}
	return nil
}

// portraitAddress is where others find a company's page.
func (v *visit) portraitAddress(id identity.PartyID) string {
	return strings.TrimSuffix(v.site.PublicURL, "/") + "/companies/" + url.PathEscape(string(id))
}

// found reports whether search engines may list the page: a company's first page,
// once the house has checked who it is, and never one of a sandbox.
func (p portraitView) found(v *visit) bool {
	return !v.house().Sandbox() && !p.Verified.IsZero() && p.Page == 1
}

// summary says a company in one sentence, for whoever shares its page.
func (p portraitView) summary(v *visit) string {
	args := []any{"Name", p.Row.LegalName, "Country", v.country(p.Row.Country), "House", v.site.Name}
	if p.Standing.State != reputation.Rated {
		return v.T("reputation.summary_new", args...)
	}
	return v.T("reputation.summary", append(args, "Value", itoa(p.Standing.Value), "Level", v.levelWord(p.Standing.Level), "Deals", v.T("reputation.deals", "Count", p.Standing.Facts.Settled))...)
}

// valueWord is what a value is called: the words are those of these pages, the line
// below which it is poor is the house's.
func (v *visit) valueWord(value int, level reputation.Level) ui.State {
	const strong, sound = 80, 60
	switch {
	case value >= reputation.PoorBelow && level == reputation.Low: // near the middle because little is known, not because opinions differ
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconInfo, Word: v.T("reputation.word.little")}
	case value >= strong:
		return ui.State{Tone: ui.ToneAction, Icon: ui.IconCircleCheck, Word: v.T("reputation.word.strong")}
	case value >= sound:
		return ui.State{Tone: ui.ToneAction, Icon: ui.IconCheck, Word: v.T("reputation.word.sound")}
	case value >= reputation.PoorBelow:
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconCircle, Word: v.T("reputation.word.mixed")}
	}
	return ui.State{Tone: ui.ToneClock, Icon: ui.IconTriangleAlert, Word: v.T("reputation.word.poor")}
}

func (v *visit) levelWord(l reputation.Level) string {
	if l == reputation.NoLevel {
		return ""
	}
	return v.T("reputation.level." + string(l))
}

// standingView is a standing as the picture shows it.
func (v *visit) standingView(s assurance.PartyStanding) ui.Standing {
	if s.State != reputation.Rated {
		return ui.Standing{
			New: true, State: ui.State{Tone: ui.ToneNeutral, Icon: ui.IconInfo, Word: v.T("reputation.word.new")}, Note: v.T("reputation.new_text"),
		}
	}
	return ui.Standing{Value: s.Value, Confidence: s.Confidence, State: v.valueWord(s.Value, s.Level), Level: v.levelWord(s.Level), Note: v.T("reputation.sure_text." + string(s.Level))}
}

// chipWords are a standing as the party chip says it.
func (v *visit) chipWords(id identity.PartyID) (standing, confidence string) {
	s, err := v.standing(id)
	switch {
	case err != nil:
		return "", ""
	case s.State != reputation.Rated:
		return v.T("reputation.chip_new"), ""
	}
	return v.T("reputation.chip", "Value", itoa(s.Value)), v.levelWord(s.Level)
}

func (v *visit) trend(s assurance.PartyStanding) ui.Trend {
	var out ui.Trend
	for _, p := range s.Trend {
		if p.State == reputation.Rated {
			out = append(out, ui.TrendPoint{At: p.At, Value: p.Value, Confidence: p.Confidence})
		}
	}
	return out
}

// weightiest are the reasons that somebody should know before a deal: what speaks
// against the company first, then what speaks for it.
func weightiest(reasons []reputation.Reason) []reputation.Reason {
	rank := map[reputation.Tone]int{reputation.Bad: 0, reputation.Good: 1, reputation.Plain: 2}
	out := slices.DeleteFunc(slices.Clone(reasons), func(r reputation.Reason) bool {
		return r.Code == reputation.VerifiedByHouse || r.Code == reputation.NotVerified // the seal says it
	})
	slices.SortStableFunc(out, func(a, b reputation.Reason) int { return rank[a.Tone] - rank[b.Tone] })
	return out[:min(len(out), reasonsShown)]
}

// reasonText puts a reason into words.
func (v *visit) reasonText(r reputation.Reason) string {
	if r.Args["days"] == "0" {
		return v.T("reputation.today." + string(r.Code))
	}
	args := map[string]any{}
	for name, value := range r.Args {
		n, err := strconv.Atoi(value)
		switch {
		case name == "deals" && r.Code != reputation.Disputes && r.Code != reputation.CalledOff:
			args["Deals"] = v.T("reputation.deals", "Count", n)
		case name == "partners":
			args["Partners"] = v.T("reputation.partners", "Count", n)
		case name == "band":
			args["Band"] = v.T("reputation.band." + value)
		case (name == "days" || name == "hours" || name == "years" || name == "count" || name == "deals") && err == nil:
			args["Count"] = n
		default:
			args[strings.ToUpper(name[:1])+name[1:]] = value
		}
	}
	return v.T("reputation.reason."+string(r.Code), args)
}

// reasonFacts are the figures that a reason was made of.
func (v *visit) reasonFacts(code reputation.Code, s assurance.PartyStanding) []ui.Fact {
	f := s.Facts
	switch code {
	case reputation.DealsSettled, reputation.FewPartners:
		return []ui.Fact{
			v.countFact("settled", f.Settled), v.countFact("partners", f.PartnerCount()),
			{Term: v.T("reputation.fact.main_partner"), Value: v.percentText(f.MainPartnerPercent())},
			{Term: v.T("reputation.fact.first"), Value: v.dayOr(f.First)},
		}
	case reputation.LateDuties, reputation.OnTime:
		return []ui.Fact{v.countFact("kept", f.Kept), v.countFact("late", f.Late)}
	case reputation.LostRulings, reputation.Disputes:
		return []ui.Fact{v.countFact("closed", f.Deals), v.countFact("disputed", f.Disputed), v.countFact("claimed", f.Claimed), v.countFact("won", f.Won), v.countFact("lost", f.Lost)}
	case reputation.CalledOff:
		return []ui.Fact{v.countFact("called_off", f.CalledOff)}
	case reputation.ReviewsGiven, reputation.ResponseTime, reputation.SlowResponse, reputation.NewestDeal, reputation.OnPlatform, reputation.VolumeBand,
		reputation.NewAccount, reputation.VerifiedByHouse, reputation.NotVerified:
	}
	return nil
}

func (v *visit) countFact(name string, n int) ui.Fact {
	return ui.Fact{Term: v.T("reputation.fact." + name), Value: v.Words.Number(int64(n))}
}

func (v *visit) percentText(n int) string { return itoa(n) + v.T("say.percent") }

func (v *visit) dayOr(t time.Time) string {
	if t.IsZero() {
		return v.T("reputation.none_yet")
	}
	return v.dateText(t)
}

// hardFacts stand beside the score: nobody's opinion, and in words even where there
// is none yet.
func (v *visit) hardFacts(s assurance.PartyStanding) []ui.Fact {
	f := s.Facts
	none := v.T("reputation.none_yet")
	settled, onTime, disputes, rulings, answers := none, none, none, none, none
	if f.Settled > 0 {
		settled = v.T("reputation.settled_with", "Deals", v.T("reputation.deals", "Count", f.Settled), "Partners", v.T("reputation.partners", "Count", f.PartnerCount()))
	}
	if percent, any := f.OnTimePercent(); any {
		onTime = v.T("reputation.share", "Percent", v.percentText(percent), "Part", itoa(f.Kept), "Whole", itoa(f.Kept+f.Late))
	}
	if percent, any := f.DisputePercent(); any {
		disputes = v.T("reputation.share", "Percent", v.percentText(percent), "Part", itoa(f.Disputed), "Whole", itoa(f.Deals))
		rulings = v.T("reputation.rulings", "Lost", itoa(f.Lost), "Won", itoa(f.Won))
	}
	switch hours := f.ResponseHours(); {
	case hours > 0:
		answers = v.T("reputation.within_hours", "Count", hours)
	case hours < 0:
		answers = v.T("reputation.beyond_month")
	}
	return []ui.Fact{
		{Term: v.T("reputation.fact.settled"), Value: settled},
		{Term: v.T("reputation.fact.on_time"), Value: onTime},
		{Term: v.T("reputation.fact.dispute_rate"), Value: disputes},
		{Term: v.T("reputation.fact.rulings"), Value: rulings},
		{Term: v.T("reputation.fact.response"), Value: answers},
		{Term: v.T("reputation.fact.volume"), Value: v.T("reputation.band." + string(f.Band()))},
		{Term: v.T("reputation.fact.newest"), Value: v.dayOr(f.Newest)},
		{Term: v.T("reputation.fact.since"), Value: v.dayOr(s.Since)},
	}
}

// marksOf are the aspects of a review of a side, or their averages.
func (v *visit) marksOf(a reputation.Aspects, side identity.Side, times int) []ui.Mark {
	return []ui.Mark{
		{Label: v.aspect("overall", side), Tenths: a.Overall * times},
		{Label: v.aspect("as_described", side), Tenths: a.AsDescribed * times},
		{Label: v.aspect("on_time", side), Tenths: a.OnTime * times},
		{Label: v.aspect("communication", side), Tenths: a.Communication * times},
		{Label: v.aspect("documents", side), Tenths: a.Documents * times},
	}
}

// aspect names an aspect; the goods are the seller's, so a buyer is asked about
// what was agreed.
func (v *visit) aspect(name string, about identity.Side) string {
	if name == "as_described" && about != identity.Seller {
		name = "as_agreed"
	}
	return v.T("reviews.aspect." + name)
}

// dollars is a rough sum of the house's rules.
func dollars(n int64) string { return "USD\u00a0" + words.GroupDigits(number(n)) }

// limitMistakes says at the fields of the form where terms go beyond what the
// standing of a side allows.
func (v *visit) limitMistakes(err error, list []ui.Mistake) []ui.Mistake {
	f := fault.Of(err)
	if f == nil {
		return list
	}
	side := v.T("reputation.side." + f.Args["side"])
	switch f.Code {
	case "reputation.deal_over_limit":
		most, _ := strconv.ParseInt(f.Args["dollars"], 10, 64)
		return append(list, ui.Mistake{Name: "lines", Message: v.T("reputation.limit.over", "Side", side, "Amount", dollars(most))})
	case "reputation.advance_not_yet":
		if f.Args["percent"] == "0" {
			return append(list, ui.Mistake{Name: fieldPlan, Message: v.T("reputation.limit.no_advance", "Side", side)})
		}
		return append(list, ui.Mistake{Name: fieldPlan, Message: v.T("reputation.limit.advance", "Side", side, "Percent", f.Args["percent"]+v.T("say.percent"))})
	}
	return list
}
