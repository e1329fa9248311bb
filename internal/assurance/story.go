package assurance

import (
	"context"
	"strings"

	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// Story reads a deal with its history, as Deal and History do, but its facts once.
func (h *House) Story(ctx context.Context, by identity.Actor, id deal.ID) (deal.State, []Fact, error) {
	records, err := h.cfg.Store.Records(ctx, id.Stream(), 0)
	if err != nil {
		return deal.State{}, nil, err
	}
	s, facts := deal.State{ID: id}, make([]Fact, len(records))
	for i, r := range records {
		e, err := deal.Decode(r.Kind, r.Payload)
		if err != nil {
			return deal.State{}, nil, err
		}
		s = s.Apply(e, r.At)
		if facts[i], err = factOf(r, e, by); err != nil {
			return deal.State{}, nil, err
		}
	}
	if s, err = h.visible(s, by); err != nil {
		return deal.State{}, nil, err
	}
	return s, facts, nil
}

// States reads deals that are likely to go on, each as Deal does, by one question. It
// fails as Deal does if one of them is not there for the caller.
func (h *House) States(ctx context.Context, by identity.Actor, ids []deal.ID) (map[deal.ID]deal.State, error) {
	streams, out := make([]string, len(ids)), make(map[deal.ID]deal.State, len(ids))
	for i, id := range ids {
		streams[i] = id.Stream()
	}
	records, err := h.cfg.Store.RecordsOf(ctx, streams)
	if err != nil {
		return nil, err
	}
	deals, err := foldDeals(records)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if out[id], err = h.visible(deals[id], by); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// foldDeals are the states of deals after their records, those of each in order.
func foldDeals(records []Record) (map[deal.ID]deal.State, error) {
	out := map[deal.ID]deal.State{}
	for _, r := range records {
		id := deal.ID(strings.TrimPrefix(r.Stream, deal.ID("").Stream()))
		s, begun := out[id]
		if !begun {
			s.ID = id
		}
		var err error
		if out[id], err = foldDeal(s, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// FactOf reads one record of a deal as its history shows it. Whether the caller may
// read that deal is not asked.
func FactOf(r Record, by identity.Actor) (Fact, error) {
	e, err := deal.Decode(r.Kind, r.Payload)
	if err != nil {
		return Fact{}, err
	}
	return factOf(r, e, by)
}

func factOf(r Record, e deal.Event, by identity.Actor) (Fact, error) {
	actor, err := identity.ParseActor(r.Actor)
	if err != nil {
		return Fact{}, err
	}
	if !identity.May(by, identity.ToReadChecks) {
		e, actor = discreet(e, actor)
	}
	return Fact{r.Sequence, r.Version, r.Kind, r.At, actor, e}, nil
}
