package main

import (
	"context"
	"log/slog"
	"math"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/watchlist"
)

// caution is the flags about whom the house lets trade, and how much.
type caution struct {
	Lists       string   `help:"Folder of sanction lists, as their publishers give them out. Everybody who trades is checked against them." placeholder:"DIR" type:"existingdir" env:"FONDACO_LISTS"`
	List        []string `help:"A list by itself, from a file or an https address, such as un=https://lists.example/un.xml or own:banned=banned.csv. May be given more than once; one that has several files is named once for each." placeholder:"CODE=PLACE" env:"FONDACO_LIST"`
	ListsMirror bool     `help:"Let lists come from addresses of one's own network too, and without TLS from this machine." env:"FONDACO_LISTS_MIRROR"`
	ReviewAt    float64  `help:"Probability from which on people look whether somebody is a listed party." default:"0.35" env:"FONDACO_REVIEW_AT"`
	BlockAt     float64  `help:"Probability from which on that somebody is held until two people have decided." default:"0.85" env:"FONDACO_BLOCK_AT"`
	NoLimits    bool     `help:"Let companies agree to deals of any size and any advance, whatever their standing." env:"FONDACO_NO_LIMITS"`
}

// rules are the thresholds in basis points.
func (c caution) rules() (compliance.Rules, error) {
	bps := func(share float64) int {
		if !(share >= 0 && share <= 1) {
			return -1
		}
		return int(math.Round(share * 10_000))
	}
	r := compliance.Rules{ReviewBps: bps(c.ReviewAt), BlockBps: bps(c.BlockAt)}
	if err := r.Check(); err != nil {
		return r, fault.New(fault.Invalid, "cmd.bad_thresholds", "--review-at is above 0, and --block-at is neither below it nor above 1.").At("review-at").Because(err)
	}
	return r, nil
}

// sources are the lists that are named one by one.
func (c caution) sources() ([]watchlist.Source, error) {
	var out []watchlist.Source
	for _, l := range c.List {
		code, from, found := strings.Cut(l, "=")
		if !found || code == "" || from == "" {
			return nil, fault.New(fault.Invalid, "cmd.bad_list_source", "A list is named by its code and where it is, such as un=https://lists.example/un.xml.").At("list")
		}
		s := watchlist.Source{Code: code, Paths: []string{from}}
		if strings.Contains(from, "://") {
			s.Paths, s.URLs = nil, []string{from}
		}
		out = append(out, s)
	}
	return out, nil
}

// beware puts into cfg what the house looks at before it lets somebody trade. A house
// that has lists goes on checking against them, also where nobody names any more.
func (o *open) beware(ctx context.Context, cfg *assurance.Config) error {
	if o.trusting {
		return nil
	}
	if o.caution.ReviewAt != 0 || o.caution.BlockAt != 0 {
		rules, err := o.caution.rules()
		if err != nil {
			return err
		}
		cfg.Checks = &rules
	}
	if !o.caution.NoLimits {
		limits := reputation.DefaultLimits()
		cfg.Limits = &limits
	}
	sources, err := o.caution.sources()
	if err != nil {
		return err
	}
	kept, err := o.store.Lists(ctx)
	if err != nil {
		return err
	}
	if o.caution.Lists == "" && len(sources) == 0 && len(kept) == 0 {
		return nil
	}
	shelf, err := watchlist.NewShelf(watchlist.ShelfOptions{
		Reader: watchlist.NewReader(watchlist.Options{Now: time.Now, Private: o.caution.ListsMirror}), Folder: o.caution.Lists, Lists: sources,
	})
	if err != nil {
		return err
	}
	cfg.Watchlists = shelf
	return nil
}

// readyLists reads the lists in use into memory, while the house is open already.
func (o *open) readyLists(ctx context.Context) {
	if err := o.house.ReadyLists(ctx); err != nil && ctx.Err() == nil {
		o.log.ErrorContext(ctx, "lists not ready; whoever needs a check waits", slog.Any("error", err))
	}
}
