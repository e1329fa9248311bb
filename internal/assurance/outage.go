package assurance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// OutageHeld records a span in which the house could not serve. The payload is evidence.
type OutageHeld struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Kind is the name of the event in the evidence log.
func (OutageHeld) Kind() string { return "outage_recorded" }

// outageSetting holds an outage whose effect has not reached every deal yet.
const outageSetting = "outage"

// tellMax is how many deals are told of an outage in one act. Who gives a command
// meanwhile waits for one act at most.
const tellMax = 50

// untold are the outages that some deals have not heard of yet, the earliest first: there
// are several where the house went down again before it had told one to everybody.
// Whoever gives a command about such a deal tells it first, and whoever reads it sees it
// as it will be.
type untold struct {
	outages []saidOutage
	pending string // as the setting has them, one on a line
}

// saidOutage is an outage, and who said so.
type saidOutage struct {
	OutageHeld
	by   identity.Actor
	line string
}

// RecordOutage lengthens every running clock of every open deal by the time in
// which the house was down. Until all deals have been told, no clock lapses.
func (h *House) RecordOutage(ctx context.Context, call Call, from, to time.Time) error {
	if err := h.BeginOutage(ctx, call, from, to); err != nil {
		return err
	}
	return h.FinishOutage(ctx)
}

// BeginOutage records an outage and leaves it to FinishOutage to tell the deals. The
// house may serve at once, however many deals there are.
func (h *House) BeginOutage(ctx context.Context, call Call, from, to time.Time) error {
	if call.By.Office != identity.Administrator && call.By.Office != identity.Clock {
		return forbidden()
	}
	from, to = from.UTC().Truncate(time.Microsecond), to.UTC().Truncate(time.Microsecond)
	if !to.After(from) || to.After(h.committer.believed()) {
		return notEnded()
	}
	o, err := h.heardOutage(ctx)
	if err != nil {
		return err
	}
	var lines []string
	if o != nil {
		lines = strings.Split(o.pending, "\n")
	}
	if line := fmt.Sprintf("%d %d %s", from.UnixMicro(), to.UnixMicro(), call.By); !slices.Contains(lines, line) {
		lines = append(lines, line)
	}
	if err := h.cfg.Store.SetSetting(ctx, outageSetting, strings.Join(lines, "\n")); err != nil {
		return err
	}
	if o, err = h.heardOutage(ctx); err != nil || o == nil {
		return err // another node has told everybody already
	}
	return h.enterOutages(ctx, o)
}

func notEnded() error {
	return fault.New(fault.Invalid, "deal.bad_outage", "An outage ends after it begins, and has ended.").At("to")
}

// FinishOutage tells recorded outages to the deals that have not heard of them.
// It may be repeated: a deal is told once.
func (h *House) FinishOutage(ctx context.Context) error {
	for {
		o, err := h.heardOutage(ctx)
		if err != nil || o == nil {
			return err
		}
		if err := h.finish(ctx, o); err != nil {
			return err
		}
	}
}

// finish tells everybody, and takes from the setting what has been told.
func (h *House) finish(ctx context.Context, o *untold) error {
	if err := h.enterOutages(ctx, o); err != nil {
		return err
	}
	for after := ""; ; {
		ids, err := h.cfg.Store.OpenDeals(ctx, after, tellMax)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		if err := h.tellAll(ctx, o, ids); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
	now, err := h.heardOutage(ctx) // somebody may have added one
	if err != nil || now == nil {
		return err
	}
	rest, _ := strings.CutPrefix(now.pending, o.pending)
	return h.cfg.Store.SetSetting(ctx, outageSetting, strings.TrimPrefix(rest, "\n"))
}

// HearOutage learns whether an outage is being told, by this node or by another.
func (h *House) HearOutage(ctx context.Context) error {
	_, err := h.heardOutage(ctx)
	return err
}

// OutageBeingTold is the last outage that some deals have not heard of yet, if there is one.
func (h *House) OutageBeingTold() (OutageHeld, bool) {
	o := h.untold.Load()
	if o == nil {
		return OutageHeld{}, false
	}
	return o.outages[len(o.outages)-1].OutageHeld, true
}

// heardOutage reads the outage that is being told; nil for none.
func (h *House) heardOutage(ctx context.Context) (*untold, error) {
	pending, err := h.cfg.Store.Setting(ctx, outageSetting)
	if err != nil {
		return nil, err
	}
	before := h.untold.Load()
	if before != nil && before.pending == pending {
		return before, nil
	}
	var o *untold
	if pending != "" {
		if o, err = readOutage(pending); err != nil {
			return nil, err
		}
	}
	h.untold.Store(o)
	return o, nil
}

// readOutage takes the outages out of the setting.
func readOutage(pending string) (*untold, error) {
	o := &untold{pending: pending}
	for line := range strings.SplitSeq(pending, "\n") {
		var from, to int64
		var who string
		if _, err := fmt.Sscanf(line, "%d %d %s", &from, &to, &who); err != nil {
			return nil, fault.New(fault.Internal, "house.bad_outage", "A recorded outage cannot be read.").Because(err)
		}
		by, err := identity.ParseActor(who)
		if err != nil {
			return nil, err
		}
		o.outages = append(o.outages, saidOutage{OutageHeld{From: time.UnixMicro(from).UTC(), To: time.UnixMicro(to).UTC()}, by, line})
	}
	return o, nil
}

// enterOutages puts the outages themselves into the log, once however often they are finished.
func (h *House) enterOutages(ctx context.Context, o *untold) error {
	for _, said := range o.outages {
		stream := "outage:" + h.cfg.NewID()
		call := Call{By: said.by, Key: "outage:" + said.line}
		_, err := h.do(ctx, ask{call: call, command: "record_outage", stream: "", input: said.line, run: func(u *unit) (*Receipt, error) {
			return &Receipt{ID: stream, Version: 1, State: "recorded"}, u.record(stream, 0, said.OutageHeld)
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellAll tells the outages to a page of deals in one act.
func (h *House) tellAll(ctx context.Context, o *untold, ids []string) error {
	_, err := h.do(ctx, ask{call: Call{By: identity.HouseClock()}, command: "tell_outage", stream: "", input: ids, run: func(u *unit) (*Receipt, error) {
		if slices.ContainsFunc(o.outages, func(said saidOutage) bool { return u.now.Before(said.To) }) {
			return nil, notEnded() // by the clock of this node, which is behind
		}
		if err := u.foresee(ids); err != nil {
			return nil, err
		}
		for _, id := range ids {
			if _, err := u.deal(deal.ID(id)); err != nil { // reading it is enough
				return nil, err
			}
		}
		return &Receipt{State: "told"}, nil
	}})
	return err
}

// foresee reads the deals that are not in memory by one question, and has them
// forgotten after the act: nobody is about to ask for all open deals again.
func (u *unit) foresee(ids []string) error {
	var streams []string
	for _, id := range ids {
		stream := deal.ID(id).Stream()
		if _, known := u.known(stream); !known {
			streams = append(streams, stream)
		}
	}
	if len(streams) == 0 {
		return nil
	}
	records, err := u.house.cfg.Store.RecordsOf(u.ctx, streams)
	if err != nil {
		return err
	}
	deals, err := foldDeals(records)
	for id, s := range deals {
		u.put(id.Stream(), s)
		u.passing = append(u.passing, id.Stream())
	}
	return err
}

// hear tells a deal of the outages that are being told, if it has not heard of them, before
// anything is decided about it: nobody is late for what fell into an outage. A command
// that came before an outage had ended, and waited, is decided as of then.
func (u *unit) hear(s deal.State) (deal.State, error) {
	o := u.house.untold.Load()
	if o == nil {
		return s, nil
	}
	for _, said := range o.outages {
		if u.now.Before(said.To) || !s.Misses(deal.Pause(said.OutageHeld)) {
			continue
		}
		d, err := deal.Decide(s, deal.RecordOutage(said.OutageHeld), deal.Moment{Now: u.now, By: identity.HouseClock()})
		if err != nil {
			return s, err
		}
		fault.Assert(len(d.Transfers) == 0, "deal.restless", "an outage moves no money")
		if err := recordAs(u, identity.HouseClock(), s.ID.Stream(), s.Version, d.Events...); err != nil {
			return s, err
		}
		u.showDeal(s, d.After)
		s = d.After
	}
	return s, nil
}

// heard is the deal as whoever reads it shall see it: with the outages of which it will
// be told presently.
func (h *House) heard(s deal.State) deal.State {
	o := h.untold.Load()
	if o == nil {
		return s
	}
	for _, said := range o.outages {
		if s.Misses(deal.Pause(said.OutageHeld)) {
			s = s.Heard(deal.Pause(said.OutageHeld))
		}
	}
	return s
}
