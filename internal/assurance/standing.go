package assurance

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

// standings is the trust graph in the memory of the node that leads.
type standings struct {
	mu       sync.Mutex // one step at a time
	live     *reputation.Live
	places   map[identity.PartyID]int32
	parties  []identity.PartyID
	verified map[identity.PartyID]bool
	mark     int64
}

// known is what is kept of a party: everything that its standing follows from.
type known struct {
	Score   reputation.Score   `json:"score"`
	Facts   reputation.Facts   `json:"facts"`
	Reviews reputation.MarkSum `json:"reviews"`
	Trend   reputation.Trend   `json:"trend"`
}

// PartyStanding is what past trades say of a party.
type PartyStanding struct {
	reputation.Standing

	Facts   reputation.Facts
	Reviews reputation.MarkSum
	Trend   reputation.Trend
	Since   time.Time // when the house opened its file
	At      time.Time // when the score was worked out; zero for a party without any trade
}

// Standing reads what past trades say of a party: for anybody. NotFound party.not_found.
func (h *House) Standing(ctx context.Context, party identity.PartyID) (PartyStanding, error) {
	company, err := h.cfg.Store.Party(ctx, party)
	if err != nil {
		return PartyStanding{}, err
	}
	row, short, err := h.cfg.Store.StandingShown(ctx, party)
	if err == nil && !short {
		row, err = h.cfg.Store.Standing(ctx, party)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return PartyStanding{}, err
	}
	k := known{Score: reputation.Score{New: true}}
	if err == nil {
		if k, err = row.known(); err != nil {
			return PartyStanding{}, err
		}
	}
	out := PartyStanding{Facts: k.Facts, Reviews: k.Reviews, Trend: k.Trend, Since: company.RegisteredAt, At: row.At}
	out.Standing = k.standing(company, h.Now())
	return out, nil
}

// shown is what pages need of it.
func (k known) shown() known {
	k.Facts = k.Facts.Shown()
	return k
}

func (k known) standing(p PartyRow, now time.Time) reputation.Standing {
	return reputation.StandingOf(reputation.Known{
		Score: k.Score, Facts: k.Facts, Reviews: k.Reviews, Since: p.RegisteredAt, Verified: p.Standing == string(identity.Verified),
	}, reputation.HouseSettings(), now)
}

func (r StandingRow) known() (k known, err error) {
	if err := json.Unmarshal(r.Body, &k); err != nil {
		return k, fault.New(fault.Internal, "reputation.row", "A standing cannot be read.").Because(err)
	}
	return k, nil
}

const (
	tidingsMax   = 500
	standingFull = "standing_full" // the day of the last full pass, and the mark it was made at
)

// FollowTrades takes into the standings what has happened since it was called last,
// and works all of them out anew once a day. Only the node that leads calls it. It
// answers how many standings it has written.
func (h *House) FollowTrades(ctx context.Context) (int, error) {
	h.standings.mu.Lock()
	defer h.standings.mu.Unlock()
	stored, err := h.cfg.Store.StandingMark(ctx)
	if err != nil {
		return 0, err
	}
	if h.standings.live == nil || h.standings.mark != stored {
		if err := h.loadStandings(ctx, stored); err != nil {
			return 0, err
		}
	}
	written := 0
	for {
		tidings, err := h.cfg.Store.Tidings(ctx, h.standings.mark, tidingsMax)
		if err != nil {
			return written, err
		}
		if len(tidings) > 0 {
			n, err := h.followSome(ctx, tidings)
			if err != nil {
				h.standings.live = nil // what is in memory may be half of it
				return written, unlessOvertaken(err)
			}
			written += n
		}
		if len(tidings) < tidingsMax {
			break
		}
	}
	n, err := h.refresh(ctx)
	if err != nil {
		h.standings.live = nil
	}
	return written + n, unlessOvertaken(err)
}

// unlessOvertaken drops the word that another node has just done the same: it leads
// now, or this one begins again from what is stored.
func unlessOvertaken(err error) error {
	if fault.CodeOf(err) == "store.conflict" {
		return nil
	}
	return err
}

// loadStandings reads the graph as it is stored.
func (h *House) loadStandings(ctx context.Context, mark int64) error {
	return h.standings.load(ctx, h.cfg.Store, mark)
}

// load makes a full pass over what is stored, in an order that is decided by it alone.
func (s *standings) load(ctx context.Context, store Store, mark int64) error {
	s.live, s.mark = nil, mark
	s.places, s.parties, s.verified = map[identity.PartyID]int32{}, nil, map[identity.PartyID]bool{}
	for after := identity.PartyID(""); ; {
		page, err := store.Parties(ctx, PartyQuery{Standing: string(identity.Verified), After: after, Limit: pageMax})
		if err != nil {
			return err
		}
		for _, p := range page {
			s.verified[p.ID] = true
			s.place(p.ID)
		}
		if len(page) < pageMax {
			break
		}
		after = page[len(page)-1].ID
	}
	var ratings []reputation.Rating
	for after := (RatingRow{}); ; {
		page, err := store.Ratings(ctx, after, tidingsMax)
		if err != nil {
			return err
		}
		for _, r := range page {
			ratings = append(ratings, s.rating(r))
		}
		if len(page) < tidingsMax {
			break
		}
		after = page[len(page)-1]
	}
	g, err := reputation.NewGraph(len(s.parties), ratings, reputation.RatingPeriod)
	if err != nil {
		return err
	}
	s.live, err = reputation.NewLive(g, s.seeds(), reputation.HouseSettings())
	return err
}

func (s *standings) place(p identity.PartyID) int32 {
	at, there := s.places[p]
	if !there {
		at = int32(len(s.parties)) //nolint:gosec // the graph refuses more
		s.places[p] = at
		s.parties = append(s.parties, p)
	}
	return at
}

func (s *standings) rating(r RatingRow) reputation.Rating {
	return reputation.Rating{From: s.place(r.From), To: s.place(r.To), Value: float64(r.Value) / 10_000, Weight: float64(r.Weight) / 1000, At: r.At.UnixMicro()}
}

// seeds are the companies that the house itself has verified.
func (s *standings) seeds() []int32 {
	var out []int32
	for p := range s.verified {
		out = append(out, s.place(p))
	}
	slices.Sort(out)
	return out
}

// tide is what some tidings change.
type tide struct {
	house   *House
	rows    map[identity.PartyID]*known
	ratings []RatingRow
}

func (h *House) followSome(ctx context.Context, tidings []Record) (int, error) {
	st := tide{house: h, rows: map[identity.PartyID]*known{}}
	for _, r := range tidings {
		if err := st.take(ctx, r); err != nil {
			return 0, err
		}
	}
	save := StandingSave{Mark: tidings[len(tidings)-1].Sequence, Ratings: st.ratings}
	var err error
	if save.Rows, err = st.save(ctx, true); err != nil {
		return 0, err
	}
	if stored, err := h.cfg.Store.StandingMark(ctx); err != nil || stored != h.standings.mark {
		return 0, cmp.Or(err, overtaken()) // a node that led before, or leads since, has counted some of these
	}
	if err := h.cfg.Store.SaveStandings(ctx, save); err != nil {
		return 0, err
	}
	h.standings.mark = save.Mark
	return len(save.Rows), nil
}

func (st *tide) take(ctx context.Context, r Record) error {
	kind, id, _ := strings.Cut(r.Stream, ":")
	switch kind {
	case "deal":
		return st.closed(ctx, deal.ID(id))
	case "review":
		return st.revealed(ctx, id)
	case "party":
		row, err := st.house.cfg.Store.Party(ctx, identity.PartyID(id))
		if err != nil {
			return err
		}
		s := &st.house.standings
		if row.Standing == string(identity.Verified) {
			s.verified[row.ID] = true
		} else {
			delete(s.verified, row.ID)
		}
		_, err = st.of(ctx, row.ID)
		return err
	}
	return nil
}

// of is what is kept of a party, to be changed.
func (st *tide) of(ctx context.Context, p identity.PartyID) (*known, error) {
	if k, there := st.rows[p]; there {
		return k, nil
	}
	k := &known{Score: reputation.Score{New: true}}
	row, err := st.house.cfg.Store.Standing(ctx, p)
	switch {
	case err == nil:
		if *k, err = row.known(); err != nil {
			return nil, err
		}
	case fault.KindOf(err) != fault.NotFound:
		return nil, err
	}
	st.rows[p] = k
	return k, nil
}

func (st *tide) closed(ctx context.Context, id deal.ID) error {
	s, err := st.house.shownDeal(ctx, id)
	if err != nil || s.AgreedAt.IsZero() {
		return err
	}
	for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
		k, err := st.of(ctx, partyOf(s, side))
		if err != nil {
			return err
		}
		k.Facts = k.Facts.With(OutcomeOf(s, side))
	}
	return nil
}

func partyOf(s deal.State, side identity.Side) identity.PartyID {
	if side == identity.Buyer {
		return s.Terms.Buyer
	}
	return s.Terms.Seller
}

func (st *tide) revealed(ctx context.Context, id string) error {
	records, err := st.house.cfg.Store.Records(ctx, reputation.BookStream(id), 0)
	if err != nil {
		return err
	}
	b, err := folded(records, foldBook, reputation.Book{Deal: id})
	if err != nil {
		return err
	}
	for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
		if r := b.By(side); r != nil {
			k, err := st.of(ctx, b.Party(side.Other()))
			if err != nil {
				return err
			}
			k.Reviews = k.Reviews.With(r.Aspects)
		}
	}
	s := &st.house.standings
	for _, g := range reputation.RatingsOf(b) {
		row := ratingRowOf(g)
		if row.Weight <= 0 {
			continue
		}
		st.ratings = append(st.ratings, row)
		rating := s.rating(row)
		s.live.Grow(len(s.parties))
		moved, err := s.live.Add(rating)
		if err != nil {
			return err
		}
		for _, at := range moved {
			if _, err := st.of(ctx, s.parties[at]); err != nil {
				return err
			}
		}
	}
	return nil
}

func ratingRowOf(g reputation.Given) RatingRow {
	return RatingRow{
		Deal: deal.ID(g.Deal), From: g.From, To: g.To, Value: int(math.Round(g.Value * 10_000)), Weight: int64(math.Round(g.Weight * 1000)), At: g.At,
	}
}

// save works out the rows of the parties that have changed.
func (st *tide) save(ctx context.Context, always bool) ([]StandingRow, error) {
	s, now := &st.house.standings, st.house.Now()
	var out []StandingRow
	for _, party := range sortedIDs(st.rows) {
		k := st.rows[party]
		before, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		if at, there := s.places[party]; there && int(at) < s.live.Accounts() {
			k.Score = s.live.Score(at)
		}
		company, err := st.house.cfg.Store.Party(ctx, party)
		if err != nil {
			return nil, err
		}
		shown := k.standing(company, now)
		if last := len(k.Trend) - 1; shown.State == reputation.Rated && (last < 0 || k.Trend[last].Value != shown.Value || k.Trend[last].Confidence != shown.Confidence) {
			k.Trend = k.Trend.With(shown, now)
		}
		body, err := json.Marshal(k)
		if err != nil {
			return nil, fault.New(fault.Internal, "reputation.row", "A standing cannot be written down.").Because(err)
		}
		if !always && string(before) == string(body) {
			continue
		}
		face, err := json.Marshal(k.shown())
		if err != nil {
			return nil, fault.New(fault.Internal, "reputation.row", "A standing cannot be written down.").Because(err)
		}
		out = append(out, StandingRow{
			Party: party, State: string(shown.State), Value: shown.Value * 100, Confidence: shown.Confidence * 100, Deals: k.Facts.Settled, At: now, Body: body, Shown: face,
		})
	}
	return out, nil
}

func sortedIDs(rows map[identity.PartyID]*known) []identity.PartyID {
	ids := make([]identity.PartyID, 0, len(rows))
	for id := range rows {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// refresh is the nightly full pass: every score from nothing, with the companies
// that are verified now as its seeds.
func (h *House) refresh(ctx context.Context) (int, error) {
	today := h.Now().Format(time.DateOnly)
	last, err := h.cfg.Store.Setting(ctx, standingFull)
	if day, _, _ := strings.Cut(last, " "); err != nil || day == today {
		return 0, err
	}
	if err := h.loadStandings(ctx, h.standings.mark); err != nil {
		return 0, err
	}
	written := 0
	for after := identity.PartyID(""); ; {
		page, err := h.cfg.Store.StandingRows(ctx, after, tidingsMax)
		if err != nil {
			return written, err
		}
		st := tide{house: h, rows: map[identity.PartyID]*known{}}
		for _, r := range page {
			k, err := r.known()
			if err != nil {
				return written, err
			}
			st.rows[r.Party] = &k
		}
		rows, err := st.save(ctx, false)
		if err != nil {
			return written, err
		}
		if len(rows) > 0 {
			if stored, err := h.cfg.Store.StandingMark(ctx); err != nil || stored != h.standings.mark {
				return written, cmp.Or(err, overtaken())
			}
			if err := h.cfg.Store.SaveStandings(ctx, StandingSave{Mark: -1, Rows: rows}); err != nil {
				return written, err
			}
		}
		written += len(rows)
		if len(page) < tidingsMax {
			return written, h.cfg.Store.SetSetting(ctx, standingFull, fmt.Sprintf("%s %d", today, h.standings.mark))
		}
		after = page[len(page)-1].Party
	}
}

// OutcomeOf is what a closed deal says of one of its sides.
func OutcomeOf(s deal.State, side identity.Side) reputation.Outcome {
	opening := openingOf(s)
	o := reputation.Outcome{
		Deal: string(s.ID), Side: side, Partner: partyOf(s, side.Other()), ClosedAt: s.ClosedAt, Ending: opening.Ending,
		Held: opening.Held, Settled: opening.Settled, Rulings: opening.Rulings,
	}
	const day = 24 * time.Hour
	if side == identity.Buyer {
		o.Promised, o.Kept = paused(s, s.AgreedAt.Add(time.Duration(s.Rules.FundDays)*day)), s.FundedAt
	} else if !s.FundedAt.IsZero() {
		o.Promised, o.Kept = paused(s, s.Terms.Delivery.DeliverBy.End()), s.ArrivedAt
	}
	for _, c := range s.Claims {
		if c.Ending != dispute.Dropped {
			o.Disputed = o.Disputed || c.By == side.Other()
			o.Claimed = o.Claimed || c.By == side
		}
	}
	switch s.CalledOffWhy {
	case string(deal.FundClock):
		o.FailedBy = identity.Buyer
	case string(deal.ShipClock), string(deal.LostClock):
		o.FailedBy = identity.Seller
	case "withdrawn":
		if !s.FundedAt.IsZero() { // the buyer may withdraw once the seller has not shipped in time
			o.FailedBy = identity.Seller
		}
	}
	for _, g := range s.Signatures {
		if g.Side == side && s.OfferedBy != side && g.At.After(s.OfferedAt) {
			o.Answers = append(o.Answers, g.At.Sub(s.OfferedAt))
		}
	}
	return o
}

// paused moves a day by the pauses of the deal that began before it: what was late
// when the deal was stopped is late.
func paused(s deal.State, at time.Time) time.Time {
	for _, p := range s.Pauses { // in order
		if from := p.From; from.Before(at) {
			if from.Before(s.AgreedAt) {
				from = s.AgreedAt
			}
			at = at.Add(max(0, p.To.Sub(from)))
		}
	}
	return at
}

// Limits is the house's rule of what parties may agree to by their standing, nil if
// it has none.
func (h *House) Limits() *reputation.Limits { return h.cfg.Limits }

// withinLimits refuses terms that go beyond what the standing of either side
// allows by the house's rule, when they are put forward and when they are signed.
func (h *House) withinLimits(ctx context.Context, t contract.Terms) error {
	if h.cfg.Limits == nil || t.Currency.IsZero() {
		return nil
	}
	price, err := t.Total()
	if err != nil {
		return nil //nolint:nilerr // the checks of the terms say what is wrong
	}
	p := reputation.Proposal{Price: price, Advance: money.Zero(t.Currency)}
	for _, tranche := range t.Tranches {
		if tranche.Release != contract.OnFunding {
			continue
		}
		if p.Advance, err = p.Advance.Add(tranche.Amount); err != nil {
			return nil //nolint:nilerr // as above
		}
	}
	for _, side := range []struct {
		party identity.PartyID
		into  *reputation.Standing
	}{{t.Buyer, &p.Buyer}, {t.Seller, &p.Seller}} {
		known, err := h.Standing(ctx, side.party)
		if err != nil {
			return err
		}
		*side.into = known.Standing
	}
	return h.cfg.Limits.Check(p)
}
