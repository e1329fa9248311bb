package web

import (
	"strconv"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/web/ui"
)

// reviewsView is what a closed deal's page shows of its reviews.
type reviewsView struct {
	assurance.DealReviews

	State deal.State
	Side  identity.Side // of the reader; NoSide for the house
	Lines []reviewLine  // as far as the reader may see them
}

// dealReviews are the reviews of a deal, nil where there is nothing to review.
func (v *visit) dealReviews(s deal.State) (*reviewsView, error) {
	if s.Phase != deal.Closed || s.FundedAt.IsZero() {
		return nil, nil //nolint:nilnil // no reviews are no failure
	}
	known, err := v.house().ReviewsOf(v.ctx(), v.actor(), s)
	if err != nil {
		return nil, err
	}
	out := &reviewsView{DealReviews: known, State: s, Side: s.SideOf(v.actor())}
	for _, r := range known.Reviews {
		out.Lines = append(out.Lines, reviewLine{Shown: r, Name: v.name(r.Author)})
	}
	return out, nil
}

// over reports whether the time to write is over.
func (r reviewsView) over(now time.Time) bool { return now.After(r.RevealBy) }

// other is the company that the reader's own reviews.
func (r reviewsView) other(v *visit) string { return v.sideName(r.State, r.Side.Other()) }

func (r reviewsView) post(step string) string {
	path := "/deals/" + string(r.State.ID) + "/reviews"
	if step != "" {
		path += "/" + step
	}
	return path
}

// aspects are the questions of the form, in the order in which they are asked.
func aspects() []string {
	return []string{"as_described", "on_time", "communication", "documents", "overall"}
}

// markQuestion asks for one mark about the other side.
func (v *visit) markQuestion(r reviewsView, aspect string) ui.Question {
	q := ui.Question{Name: "aspects." + aspect, Label: v.aspect(aspect, r.Side.Other())}
	return v.question("review", q)
}

// review takes what the reader's company says of the other.
func (s *site) review(v *visit) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	mark := func(name string) int {
		n, err := strconv.Atoi(v.posted("review.aspects." + name))
		if err != nil {
			return 0 // the house says which mark is missing
		}
		return n
	}
	receipt, err := v.house().Review(v.ctx(), call, st.ID, reputation.Write{
		Aspects: reputation.Aspects{AsDescribed: mark("as_described"), OnTime: mark("on_time"), Communication: mark("communication"), Documents: mark("documents"), Overall: mark("overall")},
		Text:    v.posted("review.text"),
	})
	if err != nil {
		return v.refuse("review", err)
	}
	return goTo("/deals/"+string(st.ID)+"#reviews", "flash.review_"+receipt.State)
}

// answerReview takes the reply to what the other side has said.
func (s *site) answerReview(v *visit) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	if _, err := v.house().AnswerReview(v.ctx(), call, st.ID, reputation.Reply{Text: v.posted("reply.text")}); err != nil {
		return v.refuse("reply", err)
	}
	return goTo("/deals/"+string(st.ID)+"#reviews", "flash.review_answered")
}

// hideForm names the form in which staff hide or show words.
func hideForm(step string, side identity.Side, part reputation.Part) string {
	return step + "-" + string(side) + "-" + string(part)
}

// hideReview takes words out of sight, or shows them again.
func (s *site) hideReview(v *visit) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	step, side, part := v.path("step"), identity.Side(v.posted("side")), reputation.Part(v.posted("part"))
	form := hideForm(step, side, part)
	var cmd reputation.Command
	switch step {
	case "hide":
		cmd = reputation.Hide{Side: side, Part: part, Rule: reputation.Rule(v.posted(form + ".rule")), Reason: v.posted(form + ".reason")}
	case "show":
		cmd = reputation.Show{Side: side, Part: part, Reason: v.posted(form + ".reason")}
	default:
		return reply{}, noSuchPage()
	}
	if _, err := v.house().HideReview(v.ctx(), call, st.ID, cmd); err != nil {
		return v.refuse(form, err)
	}
	return goTo("/deals/"+string(st.ID)+"#reviews", "flash.review_"+step)
}

// hideDeed is the form in which staff hide words that are shown, or show hidden ones.
func (v *visit) hideDeed(r reviewsView, side identity.Side, part reputation.Part, hidden reputation.Rule) deed {
	step, icon := "hide", ui.IconX
	if hidden != "" {
		step, icon = "show", ui.IconEye
	}
	form := hideForm(step, side, part)
	d := deed{
		Name: form, Icon: icon, Title: v.T("reviews." + step + "." + string(part)), Lead: v.T("reviews." + step + ".lead"), Post: r.post(step),
		Hidden: []ui.Hidden{{Name: onceField, Value: v.once(form)}, {Name: "side", Value: string(side)}, {Name: "part", Value: string(part)}},
		Press:  ui.Press{Label: v.T("reviews." + step + ".go"), Icon: icon}, Open: v.tried == form,
	}
	if step == "hide" {
		options := []ui.Option{{Value: "", Label: v.T("form.choose")}}
		for _, rule := range reputation.HidingRules() {
			options = append(options, ui.Option{Value: string(rule), Label: v.T("reviews.rule." + string(rule))})
		}
		d.Fields = append(d.Fields, v.question(form, ui.Question{Name: "rule", Label: v.T("reviews.hide.rule"), Kind: ui.KindSelect, Options: options}))
	}
	d.Fields = append(d.Fields, v.question(form, ui.Question{Name: "reason", Label: v.T("reviews.hide.reason"), Hint: v.T("reviews.hide.reason_hint"), Kind: ui.KindArea, Rows: 2, MaxLength: reputation.ReplyTextMax}))
	return d
}

// hideDeeds are what staff may do about a review that is shown.
func (v *visit) hideDeeds(r reviewsView, line reviewLine) []deed {
	if !v.staff() || !v.allowed(identity.ToHideReviews) || !r.Revealed {
		return nil
	}
	var out []deed
	if line.Text != "" || line.Hidden != "" {
		out = append(out, v.hideDeed(r, line.By, reputation.TextPart, line.Hidden))
	}
	if line.Reply != nil {
		out = append(out, v.hideDeed(r, line.By.Other(), reputation.ReplyPart, line.Reply.Hidden))
	}
	return out
}

// invitation is a closed deal that the reader may still review.
type invitation struct {
	Deal  deal.ID
	Title string
	Other string
	Until time.Time
}

// toReview are the deals among these that the reader may review now. It reads the
// books of those alone that can have closed within the window.
func (v *visit) toReview(rows []assurance.DealRow) ([]invitation, error) {
	if !v.allowed(identity.ToReview) {
		return nil, nil
	}
	var out []invitation
	for _, row := range rows {
		if row.Phase != deal.Closed || v.Now.After(row.UpdatedAt.Add(reputation.Window)) {
			continue
		}
		known, err := v.house().DealReviews(v.ctx(), v.actor(), row.ID)
		if err != nil {
			return nil, err
		}
		if known.MayWrite {
			other := row.Seller
			if other == v.person.Party {
				other = row.Buyer
			}
			out = append(out, invitation{Deal: row.ID, Title: row.Title, Other: v.name(other), Until: known.RevealBy})
		}
	}
	return out, nil
}
