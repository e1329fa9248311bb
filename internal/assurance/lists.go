package assurance

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
)

// listsEvery is how long a source is left alone after it was read.
const listsEvery = 6 * time.Hour

// listRead keeps when a list's source was last read, and what came of it.
func listRead(code string) string { return "list_read:" + code }

func (h *House) lastRead(ctx context.Context, code string) (time.Time, string, error) {
	return lastRead(ctx, h.cfg.Store, code)
}

func lastRead(ctx context.Context, s Schedule, code string) (at time.Time, trouble string, err error) {
	text, err := s.Setting(ctx, listRead(code))
	if err != nil || text == "" {
		return time.Time{}, "", err
	}
	when, trouble, _ := strings.Cut(text, " ")
	if at, err = time.Parse(time.RFC3339, when); err != nil {
		return time.Time{}, "", fault.New(fault.Internal, "house.bad_setting", "The setting {name} cannot be read.").With("name", listRead(code)).Because(err)
	}
	return at, trouble, nil
}

// ReadLists reads every source that is due, or all of them when now is set. A list
// that cannot be read or is not fit leaves the version before in use; what is wrong
// with it is recorded, and the others go on. It answers how many lists have changed.
func (h *House) ReadLists(ctx context.Context, now bool) (changed int, err error) {
	if !h.Screens() {
		return 0, nil
	}
	h.watch.reading.Lock()
	defer h.watch.reading.Unlock()
	for _, s := range h.cfg.Watchlists.Sources() {
		last, _, err := h.lastRead(ctx, s.Code)
		if err != nil {
			return changed, err
		}
		if !now && !last.IsZero() && h.Now().Sub(last) < listsEvery && !h.Now().Before(last) {
			continue
		}
		trouble := ""
		did, err := h.readList(ctx, s)
		if err != nil {
			if ctx.Err() != nil {
				return changed, err
			}
			trouble = fault.CodeOf(err)
			h.cfg.Log.ErrorContext(ctx, "list not read", slog.String("list", s.Code), slog.String("from", s.From), slog.Any("error", err))
		}
		if did {
			changed++
		}
		if err := h.cfg.Store.SetSetting(ctx, listRead(s.Code), strings.TrimSpace(h.Now().Format(time.RFC3339)+" "+trouble)); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// KeepLists reads the lists now, because a person asks for it.
func (h *House) KeepLists(ctx context.Context, by identity.Actor) (int, error) {
	if err := identity.Permit(by, identity.ToKeepLists); err != nil {
		return 0, err
	}
	if !h.Screens() {
		return 0, noLists()
	}
	return h.ReadLists(ctx, true)
}

func (h *House) readList(ctx context.Context, s ListSource) (bool, error) {
	rows, err := h.cfg.Store.ListVersions(ctx, s.Code, 1)
	if err != nil {
		return false, err
	}
	var last ListRow
	if len(rows) > 0 {
		last = rows[0]
	}
	body, err := h.cfg.Watchlists.Fetch(ctx, s.Code, last)
	if err != nil {
		return false, h.refuseList(ctx, s, evidence.Hash{}, err)
	}
	if body == nil || evidence.HashOf(body).String() == last.Checksum {
		return false, nil
	}
	if err := h.takeList(ctx, s, last, body); err != nil {
		return false, err
	}
	return true, nil
}

// takeList puts a version of a list into use, and has everybody checked against
// what it adds and changes; or it records why not, and keeps the version before.
func (h *House) takeList(ctx context.Context, s ListSource, last ListRow, body []byte) error {
	sum := evidence.HashOf(body)
	after, err := h.cfg.Watchlists.Parse(s.Code, body)
	if err != nil {
		return h.refuseList(ctx, s, sum, err)
	}
	before := screening.List{Code: s.Code}
	if last.Checksum != "" {
		now, err := h.lists(ctx)
		if err != nil {
			return err
		}
		if before, err = h.parsed(ctx, last, now); err != nil {
			return err
		}
		if err := h.cfg.Watchlists.Compare(before, after); err != nil {
			return h.refuseList(ctx, s, sum, err)
		}
	}
	c := screening.Compare(before, after)
	e := screening.ListUpdated{
		List: s.Code, Version: after.Version, Checksum: sum.String(), Source: s.From, Bytes: int64(len(body)), Entries: len(after.Entries),
		Added: len(c.Added), Removed: len(c.Removed), Changed: len(c.Changed),
	}
	call := Call{By: identity.HouseClock()}
	_, err = h.do(ctx, ask{call: call, command: "update_list", stream: screening.RegisterStream, input: e, run: func(u *unit) (*Receipt, error) {
		r, err := state(u, screening.RegisterStream, foldRegister, screening.Register{})
		if err != nil {
			return nil, err
		}
		if r.Lists[s.Code].Checksum != last.Checksum {
			// Somebody else has taken a version meanwhile, and this one may be older.
			return &Receipt{ID: s.Code, Version: r.Version, State: "overtaken"}, nil
		}
		if r, err = u.enterRegister(e); err != nil {
			return nil, err
		}
		u.lists = append(u.lists, ListBody{
			ListRow: ListRow{Code: s.Code, Version: e.Version, Checksum: e.Checksum, Source: e.Source, Entries: e.Entries, Bytes: e.Bytes, Mark: r.Version, At: u.now}, Body: body,
		})
		if e.Added+e.Changed > 0 {
			order := RecheckOrder{Code: s.Code, Mark: r.Version}
			err = u.send(TopicRecheck, order.id(), order)
		}
		return &Receipt{ID: s.Code, Version: r.Version, State: "in_use"}, err
	}})
	return err
}

// refuseList records once for each file why it was refused, and answers why.
func (h *House) refuseList(ctx context.Context, s ListSource, sum evidence.Hash, why error) error {
	e := screening.ListRefused{List: s.Code, Source: s.From, Code: fault.CodeOf(why)}
	if sum != (evidence.Hash{}) {
		e.Checksum = sum.String()
	}
	r, err := h.register(ctx)
	if err != nil {
		return err
	}
	if known := r.Lists[s.Code]; known.Refused == e.Code && h.Now().Sub(known.RefusedAt) < 24*time.Hour {
		return why // said already
	}
	call := Call{By: identity.HouseClock()}
	_, err = h.do(ctx, ask{call: call, command: "refuse_list", stream: screening.RegisterStream, input: e, run: func(u *unit) (*Receipt, error) {
		r, err := u.enterRegister(e)
		if err != nil {
			return nil, err
		}
		return &Receipt{ID: s.Code, Version: r.Version, State: "refused"}, nil
	}})
	if err != nil {
		return err
	}
	return why
}

func (u *unit) enterRegister(e screening.RegisterEvent) (screening.Register, error) {
	r, err := state(u, screening.RegisterStream, foldRegister, screening.Register{})
	if err != nil {
		return r, err
	}
	if err := recordAs(u, u.by, screening.RegisterStream, r.Version, e); err != nil {
		return r, err
	}
	r = r.Apply(e, u.now)
	u.put(screening.RegisterStream, r)
	return r, nil
}

// recheckChunk is how many parties one message has checked.
const recheckChunk = 200

func (o RecheckOrder) id() string {
	return fmt.Sprintf("%s/%010d/%s", screening.RegisterStream, o.Mark, o.After)
}

// Recheck checks some parties against what a version of a list has added or
// changed, also those whose money is held, and orders the rest to be checked. The
// last of it records that everybody has been.
func (h *House) Recheck(ctx context.Context, o RecheckOrder) error {
	if !h.Screens() {
		return nil
	}
	only, err := h.changes(ctx, o)
	if err != nil {
		return err
	}
	page, err := h.cfg.Store.Parties(ctx, PartyQuery{After: o.After, Limit: recheckChunk})
	if err != nil {
		return err
	}
	marks := make([]CheckMark, 0, len(page))
	for _, p := range page {
		alone := CheckOrder{Party: p.ID, Trigger: string(compliance.AtListUpdate)}
		mark, err := h.check(ctx, alone, only)
		if kind := fault.KindOf(err); err != nil && (ctx.Err() != nil || kind == fault.Unavailable || kind == fault.Exhausted) {
			return err
		}
		if err != nil { // whoever comes after it does not wait: it is checked by an order of its own
			if err := h.post(ctx, TopicCheck, o.id()+"/"+string(p.ID), alone); err != nil {
				return err
			}
			continue
		}
		marks = append(marks, mark)
		o.Parties, o.Findings = o.Parties+1, o.Findings+mark.Found
	}
	if err := h.cfg.Store.MarkChecked(ctx, marks); err != nil {
		return err
	}
	if len(page) == recheckChunk {
		o.After = page[len(page)-1].ID
		return h.post(ctx, TopicRecheck, o.id(), o)
	}
	e := screening.Rechecked{List: o.Code, Mark: o.Mark, Parties: o.Parties, Findings: o.Findings}
	call := Call{By: identity.HouseClock(), Key: o.id()}
	_, err = h.do(ctx, ask{call: call, command: "rechecked", stream: screening.RegisterStream, input: o.Mark, run: func(u *unit) (*Receipt, error) {
		r, err := u.enterRegister(e)
		if err != nil {
			return nil, err
		}
		return &Receipt{ID: o.Code, Version: r.Version, State: "rechecked"}, nil
	}})
	return err
}

// post orders something that follows from no fact.
func (h *House) post(ctx context.Context, topic, id string, order any) error {
	doc, err := json.Marshal(order)
	if err != nil {
		return fault.New(fault.Internal, "screening.order", "An order cannot be written down.").Because(err)
	}
	return h.cfg.Store.PostMessage(ctx, Message{ID: id, Topic: topic, Payload: doc, NextAt: h.Now()})
}

// changes is the index of what the version of an order has added or changed.
func (h *House) changes(ctx context.Context, o RecheckOrder) (*screening.Index, error) {
	h.watch.recheck.Lock()
	defer h.watch.recheck.Unlock()
	if d := h.watch.delta; d != nil && d.mark == o.Mark {
		return d.index, nil
	}
	now, err := h.lists(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := h.cfg.Store.ListVersions(ctx, o.Code, pageMax)
	if err != nil {
		return nil, err
	}
	var after, before screening.List
	for _, r := range rows { // newest first
		switch {
		case r.Mark == o.Mark:
			after, err = h.parsed(ctx, r, now)
		case r.Mark < o.Mark && before.Code == "":
			before, err = h.parsed(ctx, r, now)
		}
		if err != nil {
			return nil, err
		}
	}
	c := screening.Compare(before, after)
	ids := make(map[string]bool, len(c.Added)+len(c.Changed))
	for _, id := range slices.Concat(c.Added, c.Changed) {
		ids[id] = true
	}
	index := now.index.Only(func(e *screening.Entry) bool { return e.List == o.Code && ids[e.ID] })
	h.watch.delta = &delta{mark: o.Mark, index: index}
	return index, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
