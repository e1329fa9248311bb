package api

import (
	"context"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

// Marks are the five marks of a review, each from 1 to 5.
type Marks struct {
	AsDescribed   int `json:"as_described" doc:"Of a seller: as described. Of a buyer: kept to what was agreed" example:"5"`
	OnTime        int `json:"on_time" example:"4"`
	Communication int `json:"communication" example:"5"`
	Documents     int `json:"documents" example:"5"`
	Overall       int `json:"overall" example:"5"`
}

// NewReview says how a closed deal went with the other side.
type NewReview struct {
	Aspects Marks  `json:"aspects"`
	Text    string `json:"text" required:"false" doc:"At most 2,000 characters; everybody will read it" example:"Pumps as described, papers complete."`
}

// NewReply answers the other side's review, once.
type NewReply struct {
	Text string `json:"text" doc:"At most 1,000 characters; everybody will read it" example:"Thank you; the late papers were our mistake."`
}

// WordsHidden names words of one side, and the rule by which they are hidden.
type WordsHidden struct {
	Side   string `json:"side" enum:"buyer,seller" doc:"Who wrote them" example:"buyer"`
	Part   string `json:"part" enum:"text,reply" example:"text"`
	Rule   string `json:"rule" enum:"personal_data,abuse,illegal,off_topic,court_order" example:"personal_data"`
	Reason string `json:"reason" doc:"For the record; never shown in public" example:"It names a person."`
}

// WordsShown names words of one side that are shown again.
type WordsShown struct {
	Side   string `json:"side" enum:"buyer,seller" doc:"Who wrote them" example:"buyer"`
	Part   string `json:"part" enum:"text,reply" example:"text"`
	Reason string `json:"reason" doc:"For the record; never shown in public" example:"The person agrees to be named."`
}

// DealReview is one side's review of a deal, as the caller may see it.
type DealReview struct {
	Deal    string       `json:"deal" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	By      string       `json:"by" enum:"buyer,seller" example:"buyer"`
	Author  string       `json:"author" doc:"Company" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	About   string       `json:"about" doc:"Company" example:"0198c0de-7a3c-7cc0-8000-000000000005"`
	Aspects Marks        `json:"aspects"`
	Text    string       `json:"text"`
	Hidden  string       `json:"hidden,omitempty" enum:"personal_data,abuse,illegal,off_topic,court_order" doc:"The rule by which the house hides the text; the marks stay" example:"personal_data"`
	At      string       `json:"at" format:"date-time" example:"2027-05-13T12:00:00.000000Z"`
	Reply   *ReviewReply `json:"reply,omitempty"`
}

// ReviewReply is what the reviewed side answers.
type ReviewReply struct {
	Text   string `json:"text"`
	Hidden string `json:"hidden,omitempty" enum:"personal_data,abuse,illegal,off_topic,court_order" example:"abuse"`
	At     string `json:"at" format:"date-time" example:"2027-05-20T12:00:00.000000Z"`
}

// DealReviews are the reviews of a deal, as the caller may see them.
type DealReviews struct {
	Deal     string       `json:"deal" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Revealed bool         `json:"revealed" doc:"Both sides have written, or the time to write is over. Until then everybody sees his own words only, and nobody whether there are others"`
	RevealBy string       `json:"reveal_by,omitempty" format:"date-time" doc:"Of a closed deal: the last instant at which a side may write" example:"2027-05-19T12:00:00.000000Z"`
	MayWrite bool         `json:"may_write"`
	MayReply bool         `json:"may_reply"`
	Reviews  []DealReview `json:"reviews" doc:"The buyer's before the seller's"`
}

// PartyReviews is a page of what was said of a company, newest first.
type PartyReviews struct {
	Items []DealReview `json:"items"`
	Next  string       `json:"next,omitempty" doc:"The value of before for the next page" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
}

type reviewsQuery struct {
	ByID
	Before string `query:"before" maxLength:"64" doc:"Cursor: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
}

func (s *server) reviews() {
	add(s, operation{
		id: "get-deal-reviews", method: http.MethodGet, path: "/v1/deals/{id}/reviews", tag: "reviews", scope: identity.ToReadDeals,
		summary: "The reviews of a deal, for its parties and for staff",
	}, func(ctx context.Context, c caller, in *ByID) (*struct{ Body DealReviews }, error) {
		r, err := s.house.DealReviews(ctx, c.By, deal.ID(in.ID))
		if err != nil {
			return nil, err
		}
		out := DealReviews{Deal: in.ID, Revealed: r.Revealed, RevealBy: stamp(r.RevealBy), MayWrite: r.MayWrite, MayReply: r.MayReply, Reviews: make([]DealReview, len(r.Reviews))}
		for i, shown := range r.Reviews {
			out.Reviews[i] = dealReviewOf(in.ID, shown)
		}
		return &struct{ Body DealReviews }{out}, nil
	})
	add(s, operation{
		id: "review-deal", method: http.MethodPost, path: "/v1/deals/{id}/reviews", tag: "reviews", status: http.StatusCreated, write: true, scope: identity.ToReview,
		summary: "Say how a closed deal went with the other side (roles: owner, trader)",
		doc:     "Once for each side, within seven days after the closing, and never changed. Both reviews are shown together.",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body NewReview
	},
	) (*receiptAnswer, error) {
		if err := s.reviewable(ctx, c, in.ID, identity.ToReview); err != nil {
			return nil, err
		}
		return receiptOf(s.house.Review(ctx, c.call(), deal.ID(in.ID), reputation.Write{Aspects: reputation.Aspects(in.Body.Aspects), Text: in.Body.Text}))
	})
	add(s, operation{
		id: "reply-to-review", method: http.MethodPost, path: "/v1/deals/{id}/reviews/reply", tag: "reviews", write: true, scope: identity.ToReview,
		summary: "Answer the other side's review, once (roles: owner, trader)",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body NewReply
	},
	) (*receiptAnswer, error) {
		if err := s.reviewable(ctx, c, in.ID, identity.ToReview); err != nil {
			return nil, err
		}
		return receiptOf(s.house.AnswerReview(ctx, c.call(), deal.ID(in.ID), reputation.Reply{Text: in.Body.Text}))
	})
	s.hiding()
	add(s, operation{
		id: "list-party-reviews", method: http.MethodGet, path: "/v1/parties/{id}/reviews", tag: "reviews", access: anybody, scope: anyKey,
		summary: "What was said of a company, newest first", doc: "Only reviews that are shown.",
	}, s.partyReviews)
}

// hiding registers what staff do about words.
func (s *server) hiding() {
	hide := func(ctx context.Context, c caller, id string, command reputation.Command) (*receiptAnswer, error) {
		if err := s.reviewable(ctx, c, id, identity.ToHideReviews); err != nil {
			return nil, err
		}
		return receiptOf(s.house.HideReview(ctx, c.call(), deal.ID(id), command))
	}
	add(s, operation{
		id: "hide-review", method: http.MethodPost, path: "/v1/deals/{id}/reviews/hide", tag: "reviews", write: true,
		summary: "Take words out of sight by a rule of the house (offices: administrator, compliance)", doc: "The marks stay, and count.",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body WordsHidden
	},
	) (*receiptAnswer, error) {
		b := in.Body
		return hide(ctx, c, in.ID, reputation.Hide{Side: identity.Side(b.Side), Part: reputation.Part(b.Part), Rule: reputation.Rule(b.Rule), Reason: b.Reason})
	})
	add(s, operation{
		id: "show-review", method: http.MethodPost, path: "/v1/deals/{id}/reviews/show", tag: "reviews", write: true,
		summary: "Show hidden words again (offices: administrator, compliance)",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body WordsShown
	},
	) (*receiptAnswer, error) {
		b := in.Body
		return hide(ctx, c, in.ID, reputation.Show{Side: identity.Side(b.Side), Part: reputation.Part(b.Part), Reason: b.Reason})
	})
}

// reviewable refuses whoever may not read the deal in the words in which every
// other command about it does, and whoever may not do the act at all. A role that
// may not is refused first, so that it learns nothing of the deal.
func (s *server) reviewable(ctx context.Context, c caller, id string, act identity.Act) error {
	permit := identity.Permit(c.By, act)
	if permit != nil && (act == identity.ToReview || c.By.Office != identity.Member) {
		return permit
	}
	if _, err := s.house.Deal(ctx, c.By, deal.ID(id)); err != nil {
		return err
	}
	return permit
}

func (s *server) partyReviews(ctx context.Context, _ caller, in *reviewsQuery) (*struct{ Body PartyReviews }, error) {
	party := identity.PartyID(in.ID)
	if _, err := s.house.Party(ctx, party); err != nil {
		return nil, err
	}
	rows, err := s.house.PartyReviews(ctx, party, deal.ID(in.Before), in.Limit)
	if err != nil {
		return nil, err
	}
	page := PartyReviews{Items: make([]DealReview, len(rows)), Next: next(rows, in.Limit, func(r assurance.ReviewRow) string { return string(r.Deal) })}
	for i, r := range rows {
		shown, err := r.Shown()
		if err != nil {
			return nil, err
		}
		page.Items[i] = dealReviewOf(string(r.Deal), shown)
	}
	return &struct{ Body PartyReviews }{page}, nil
}

func dealReviewOf(id string, r reputation.Shown) DealReview {
	out := DealReview{
		Deal: id, By: string(r.By), Author: string(r.Author), About: string(r.About), Aspects: Marks(r.Aspects), Text: r.Text, Hidden: string(r.Hidden), At: stamp(r.At),
	}
	if r.Reply != nil {
		out.Reply = &ReviewReply{Text: r.Reply.Text, Hidden: string(r.Reply.Hidden), At: stamp(r.Reply.At)}
	}
	return out
}
