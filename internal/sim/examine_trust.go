package sim

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/trade/treasury"
)

// follows reports whether the house itself writes such a record, because of what
// somebody else has done: its lists have changed, a check has found something, both
// sides of a deal have written, it was down. Nobody is answered for it.
func follows(r assurance.Record) bool {
	if r.Actor != identity.HouseClock().String() {
		return false
	}
	kind, _, _ := strings.Cut(r.Stream, ":")
	switch kind {
	case "lists", "case":
		return true
	case "party":
		return r.Kind == (identity.Checked{}).Kind()
	case "deal":
		return r.Kind == (deal.FreezePlaced{}).Kind() || r.Kind == (deal.FreezeLifted{}).Kind() || tellsOutage(r)
	case "review":
		return r.Kind == (reputation.ReviewOpened{}).Kind() || r.Kind == (reputation.ReviewRevealed{}).Kind()
	}
	return false
}

// oneCommit reports whether the second record may be of the same act as the first.
func oneCommit(a, b assurance.Record) bool {
	return a.Stream == b.Stream && a.Actor == b.Actor && a.At.Equal(b.At) && b.Version > a.Version
}

// holding walks the log in order and knows at each record who is held.
type holding struct {
	holds map[string][]string // cases by party
	deals map[string]deal.State
}

// examineHolds sees that whoever is held is bound by nothing new, and paid nothing.
func (w *world) examineHolds(when string, records []assurance.Record) {
	h := holding{holds: map[string][]string{}, deals: map[string]deal.State{}}
	for _, r := range records {
		wrong, err := h.take(r)
		if err != nil {
			w.fail("every event can be read", "%s: %s", when, err)
			return
		}
		if wrong != "" {
			w.fail("whoever is held signs nothing and is paid nothing", "%s: entry %d, %s of %s: %s", when, r.Sequence, r.Kind, r.Stream, wrong)
			return
		}
	}
}

func (h *holding) take(r assurance.Record) (wrong string, err error) {
	kind, id, _ := strings.Cut(r.Stream, ":")
	switch kind {
	case "party":
		if r.Kind != (identity.Checked{}).Kind() {
			return "", nil
		}
		var e identity.Checked
		if err := json.Unmarshal(r.Payload, &e); err != nil {
			return "", err
		}
		h.holds[id] = slices.DeleteFunc(h.holds[id], func(c string) bool { return c == e.Case })
		if e.Held {
			h.holds[id] = append(h.holds[id], e.Case)
		}
	case "deal":
		e, err := deal.Decode(r.Kind, r.Payload)
		if err != nil {
			return "", err
		}
		before := h.deals[r.Stream]
		s := before.Apply(e, r.At)
		h.deals[r.Stream] = s
		held := len(h.holds[string(s.Terms.Buyer)])+len(h.holds[string(s.Terms.Seller)]) > 0
		if held && before.AgreedAt.IsZero() && !s.AgreedAt.IsZero() {
			return "it became a contract", nil
		}
		if _, moved := e.(deal.MoneyMoved); moved && before.Frozen {
			return "money of a deal that stands still has moved", nil
		}
		if _, freed := e.(deal.FreezeLifted); freed && held {
			return "it goes on", nil
		}
	case "payout":
		e, err := treasury.DecodePayout(r.Kind, r.Payload)
		if err != nil {
			return "", err
		}
		if p, ok := e.(treasury.PayoutInstructed); ok && len(h.holds[string(p.Party)]) > 0 {
			return "a payout was instructed", nil
		}
	}
	return "", nil
}

// examineReviews sees that reviews are shown when they must be, and not before.
func (w *world) examineReviews(when string, records []assurance.Record, resting bool) {
	books := map[string]reputation.Book{}
	for _, r := range records {
		id, ok := strings.CutPrefix(r.Stream, "review:")
		if !ok {
			continue
		}
		e, err := reputation.Decode(r.Kind, r.Payload)
		if err != nil {
			w.fail("every event can be read", "%s: %s", when, err)
			return
		}
		b, known := books[id]
		if !known {
			b.Deal = id
		}
		both := b.OfBuyer != nil && b.OfSeller != nil
		if _, shown := e.(reputation.ReviewRevealed); shown && !both && !r.At.After(b.RevealBy) {
			w.fail("a review stays sealed until both have written or the time is over", "%s: those of deal %s were shown at %s, and are due at %s", when, id, r.At, b.RevealBy)
		}
		books[id] = b.Apply(e, r.At)
	}
	now := w.tides.Now()
	for id, b := range books {
		both := b.OfBuyer != nil && b.OfSeller != nil
		if !b.Revealed() && (both || resting && now.After(b.RevealBy.Add(time.Second))) {
			w.fail("every review is shown in time", "%s: those of deal %s, due at %s, are sealed", when, id, b.RevealBy)
		}
	}
}

// examineStandings sees that no tiding is left out of the standings. That they are
// what the log says is compared by the house's doctor.
func (w *world) examineStandings() {
	mark, err := w.port.StandingMark(w.ctx)
	if err != nil {
		w.fail("the standings can be read", "%s", err)
		return
	}
	left, err := w.port.Tidings(w.ctx, mark, 1)
	if err != nil || len(left) > 0 {
		w.fail("the standings follow the log", "the mark is %d, and after it come %v %v", mark, left, err)
	}
}

// anybodyHeld reports whether any company of the world is held.
func (w *world) anybodyHeld() bool {
	return slices.ContainsFunc(w.firms, func(f firm) bool { return w.heldNow(w.ctx, f.id) })
}

// heldNow reports whether a company is held at this moment.
func (w *world) heldNow(ctx context.Context, p identity.PartyID) bool {
	row, err := w.port.Party(ctx, p)
	if err != nil {
		return false
	}
	o, err := row.Organisation()
	return err == nil && o.Held()
}
