package assurance

import (
	"context"
	"encoding/json"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

func foldBook(b reputation.Book, r Record) (reputation.Book, error) {
	e, err := reputation.Decode(r.Kind, r.Payload)
	if err != nil {
		return b, err
	}
	return b.Apply(e, r.At), nil
}

// reviewBook reads the reviews of a deal within a command; they may not be open yet.
func (u *unit) reviewBook(id deal.ID) (reputation.Book, error) {
	return state(u, reputation.BookStream(string(id)), foldBook, reputation.Book{Deal: string(id)})
}

// stepBook gives a command to the reviews of a deal, under a name.
func (u *unit) stepBook(b reputation.Book, c reputation.Command, by identity.Actor) (reputation.Book, error) {
	decided, err := reputation.Decide(b, c, reputation.Moment{Now: u.now, By: by})
	if err != nil {
		return b, err
	}
	stream := reputation.BookStream(b.Deal)
	was, _ := b.Next()
	if err := recordAs(u, by, stream, b.Version, decided...); err != nil {
		return b, err
	}
	for _, e := range decided {
		b = b.Apply(e, u.now)
	}
	u.put(stream, b)
	rows, err := ReviewViewsOf(b)
	if err != nil {
		return b, err
	}
	u.rows.reviews = append(u.rows.reviews, rows...)
	due, _ := b.Next()
	u.rows.clocks = append(u.rows.clocks, ClockSet{Stream: stream, Was: oneClock(stream, "reviews", was), Clocks: oneClock(stream, "reviews", due)})
	return b, nil
}

// ReviewViewsOf are the list rows of a deal's reviews: a function of its book. The
// body is what anybody may see once the reviews are shown.
func ReviewViewsOf(b reputation.Book) ([]ReviewRow, error) {
	var rows []ReviewRow
	shown := b
	if !b.Revealed() {
		shown.RevealedAt = b.RevealBy // as it will look; the row itself stays sealed
	}
	for _, s := range shown.Public().Reviews {
		body, err := json.Marshal(s)
		if err != nil {
			return nil, fault.New(fault.Internal, "review.row", "A review cannot be written down.").Because(err)
		}
		rows = append(rows, ReviewRow{
			Deal: deal.ID(b.Deal), From: s.Author, To: s.About, WrittenAt: s.At, RevealedAt: b.RevealedAt, Hidden: s.Hidden != "", Body: body,
		})
	}
	return rows, nil
}

// Shown reads the review behind the row.
func (r ReviewRow) Shown() (s reputation.Shown, err error) {
	if err := json.Unmarshal(r.Body, &s); err != nil {
		return s, fault.New(fault.Internal, "review.row", "A review cannot be read.").Because(err)
	}
	return s, nil
}

// openingOf is what the reviews of a closed deal rest on.
func openingOf(s deal.State) reputation.Open {
	c := s.Terms.Currency
	o := reputation.Open{
		Buyer: s.Terms.Buyer, Seller: s.Terms.Seller, ClosedAt: s.ClosedAt, Ending: reputation.Ending(s.Outcome),
		Held: money.Zero(c), Settled: money.New(s.Escrow.Released()+s.Escrow.Fees(), c), Rulings: rulingsOf(s),
	}
	if !s.FundedAt.IsZero() {
		o.Held = money.New(s.Escrow.Funded(), c)
	}
	return o
}

// rulingsOf lists what the house has decided between the sides.
func rulingsOf(s deal.State) []reputation.Ruling {
	var out []reputation.Ruling
	for _, c := range s.Claims {
		if c.Ruling == nil || c.Ending == dispute.Dropped || c.Ending == dispute.Agreed || c.Ending == dispute.DealCalledOff {
			continue
		}
		r := reputation.Ruling{Claimant: c.By, Asked: c.Demand.ToBuyer, Given: min(c.Ruling.ToBuyer, c.Demand.ToBuyer)}
		if c.By == identity.Seller {
			r.Asked = c.Minor - c.Demand.ToBuyer
			r.Given = min(c.Minor-c.Ruling.ToBuyer, r.Asked)
		}
		if r.Asked > 0 {
			out = append(out, r)
		}
	}
	return out
}

// Review says how a closed deal went with the other side. The book of the deal is
// opened with its first review.
func (h *House) Review(ctx context.Context, call Call, id deal.ID, w reputation.Write) (Receipt, error) {
	return h.withBook(ctx, call, id, w, identity.ToReview, func(u *unit, b reputation.Book) (reputation.Book, error) {
		if !b.Opened() {
			s, err := u.deal(id)
			if err != nil {
				return b, err
			}
			if !s.VisibleTo(s.SideOf(u.by)) {
				return b, noReviews()
			}
			if s.Phase != deal.Closed {
				return b, fault.New(fault.Refused, "review.not_closed", "A deal is reviewed when it has closed.")
			}
			if b, err = u.stepBook(b, openingOf(s), identity.HouseClock()); err != nil {
				return b, err
			}
		}
		b, err := u.stepBook(b, w, u.by)
		if err == nil && b.OfBuyer != nil && b.OfSeller != nil && !b.Revealed() {
			b, err = u.stepBook(b, reputation.Reveal{}, identity.HouseClock())
		}
		return b, err
	})
}

// AnswerReview is the reply to the other side's review, once it is shown.
func (h *House) AnswerReview(ctx context.Context, call Call, id deal.ID, r reputation.Reply) (Receipt, error) {
	return h.withBook(ctx, call, id, r, identity.ToReview, nil)
}

// HideReview takes words of a side out of sight by a rule of the house, or shows
// them again ([reputation.Hide], [reputation.Show]). The marks stay.
func (h *House) HideReview(ctx context.Context, call Call, id deal.ID, c reputation.Command) (Receipt, error) {
	switch c.(type) {
	case reputation.Hide, reputation.Show:
		return h.withBook(ctx, call, id, c, identity.ToHideReviews, nil)
	}
	return Receipt{}, forbidden()
}

func (h *House) withBook(ctx context.Context, call Call, id deal.ID, c reputation.Command, act identity.Act, step func(*unit, reputation.Book) (reputation.Book, error)) (Receipt, error) {
	if call.By.Office != identity.Clock {
		if err := call.permit(act); err != nil {
			return Receipt{}, err
		}
	}
	if step == nil {
		step = func(u *unit, b reputation.Book) (reputation.Book, error) {
			if !b.Opened() {
				return b, u.unopened(id, c)
			}
			return u.stepBook(b, c, u.by)
		}
	}
	return h.do(ctx, ask{call: call, command: c.Name(), stream: reputation.BookStream(string(id)), input: c, byKey: true, run: func(u *unit) (*Receipt, error) {
		b, err := u.reviewBook(id)
		if err != nil {
			return nil, err
		}
		if b, err = step(u, b); err != nil {
			return nil, err
		}
		state := "sealed"
		if b.Revealed() {
			state = "revealed"
		}
		return &Receipt{ID: string(id), Version: b.Version, State: state}, nil
	}})
}

// unopened refuses a command as it would be refused if somebody had written: who
// asks must not learn whether anybody has.
func (u *unit) unopened(id deal.ID, c reputation.Command) error {
	s, err := u.deal(id)
	if err != nil {
		return err
	}
	b := reputation.Book{Deal: string(id)}
	opening, err := reputation.Decide(b, openingOf(s), reputation.Moment{Now: u.now, By: identity.HouseClock()})
	if err != nil {
		return noReviews()
	}
	for _, e := range opening {
		b = b.Apply(e, u.now)
	}
	if u.now.After(b.RevealBy) {
		return noReviews()
	}
	if _, err = reputation.Decide(b, c, reputation.Moment{Now: u.now, By: u.by}); err == nil {
		err = noReviews()
	}
	return err
}

// lapseReviews shows what was written when the time to write is over.
func (h *House) lapseReviews(ctx context.Context, call Call, id string) (Receipt, error) {
	return h.withBook(ctx, call, deal.ID(id), reputation.Reveal{}, identity.ToLapse, nil)
}

func noReviews() error {
	return fault.New(fault.NotFound, "review.not_found", "There are no reviews of such a deal.")
}

// DealReviews is what the caller may see of a deal's reviews, and whether his side
// may still write.
type DealReviews struct {
	reputation.View

	MayWrite bool
	MayReply bool
}

// DealReviews reads the reviews of a deal for its parties and for staff.
func (h *House) DealReviews(ctx context.Context, by identity.Actor, id deal.ID) (DealReviews, error) {
	s, err := h.Deal(ctx, by, id)
	if err != nil {
		return DealReviews{}, err
	}
	return h.ReviewsOf(ctx, by, s)
}

// ReviewsOf reads the reviews of a deal that the caller has just read.
func (h *House) ReviewsOf(ctx context.Context, by identity.Actor, s deal.State) (DealReviews, error) {
	records, err := h.cfg.Store.Records(ctx, reputation.BookStream(string(s.ID)), 0)
	if err != nil {
		return DealReviews{}, err
	}
	b, err := folded(records, foldBook, reputation.Book{Deal: string(s.ID)})
	if err != nil {
		return DealReviews{}, err
	}
	side := s.SideOf(by)
	may := identity.May(by, identity.ToReview)
	if !b.Opened() {
		opens := s.Phase == deal.Closed && !s.FundedAt.IsZero() && !h.Now().After(s.ClosedAt.Add(reputation.Window))
		out := DealReviews{MayWrite: may && opens && side != identity.NoSide}
		out.Deal, out.RevealBy = string(s.ID), s.ClosedAt.Add(reputation.Window)
		return out, nil
	}
	if by.Office.Staff() {
		return DealReviews{View: b.Staff()}, nil
	}
	other := b.By(side.Other())
	return DealReviews{View: b.For(side), MayWrite: may && b.Invited(side, h.Now()), MayReply: may && b.Revealed() && other != nil && other.Reply == nil}, nil
}

// PartyReviews lists what was said of a party, newest first: for anybody.
func (h *House) PartyReviews(ctx context.Context, party identity.PartyID, before deal.ID, limit int) ([]ReviewRow, error) {
	return h.cfg.Store.Reviews(ctx, ReviewQuery{To: party, Revealed: true, Before: before, Limit: pageSize(limit)})
}
