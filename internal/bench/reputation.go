package bench

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/reputation"
)

// Reputation measures the score of accounts on two public networks of ratings, beside
// simpler scores and under attack.
//
// Labels exist for one of them, Alpha: accounts that its founders trust, and frauds.
// They were made from ratings, so every rating of a labelled account by a good one is
// taken away first; otherwise a plain average would know the answer.
type Reputation struct {
	Dir      string // holds alpha_network.csv, alpha_gt.csv and otc_network.csv
	Progress func(what string, done, total int64, more string)
}

// ReputationResult is what was found. AUC is the share of pairs of a good account and
// a fraud in which the good one scores higher; a tie is half a pair.
type ReputationResult struct {
	Good      int                 `json:"good"` // labelled accounts
	Fraud     int                 `json:"fraud"`
	Rows      []ReputationRow     `json:"rows"`
	Selection ReputationSelection `json:"selection"`
	Abuse     []ReputationAbuse   `json:"abuse"`
	Speed     []ReputationSpeed   `json:"speed"`
	Settings  reputation.Settings `json:"settings"`
}

// ReputationRow is one way to score under one attack. The interval is that of 1,000
// samples of the labels, the middle 95 %.
type ReputationRow struct {
	Method string  `json:"method"`
	Attack string  `json:"attack"`
	AUC    float64 `json:"auc"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// ReputationSelection says whether the settings fit the labels they were chosen on too
// well: of a grid around them, the best on one half of the labels is judged on the other.
type ReputationSelection struct {
	Settings      int     `json:"settings"`
	Halves        int     `json:"halves"`
	ChosenClean   float64 `json:"chosen_clean"` // mean AUC of the best of the other half
	ChosenBoth    float64 `json:"chosen_both"`
	StandingClean float64 `json:"standing_clean"` // mean AUC of the settings of the program
	StandingBoth  float64 `json:"standing_both"`
}

// ReputationAbuse is the value of one account before and after somebody tries to move it.
type ReputationAbuse struct {
	What    string  `json:"what"`
	Before  float64 `json:"before"`
	After   float64 `json:"after"`
	Average float64 `json:"average_after"` // what the average rating would show, on the same scale
	New     bool    `json:"new_after"`
}

// ReputationSpeed is how long the work on one network takes: processor time of one
// goroutine and what it causes, the median of several runs.
type ReputationSpeed struct {
	Network  string  `json:"network"`
	Accounts int     `json:"accounts"`
	Ratings  int     `json:"ratings"`
	ReadMS   float64 `json:"read_ms"`  // lines to a table
	BuildMS  float64 `json:"build_ms"` // table to graph
	PassMS   float64 `json:"pass_ms"`  // graph to scores
	AddUS    float64 `json:"add_us"`   // one more rating, its neighbourhood worked out anew
}

// Run measures all.
func (b Reputation) Run(ctx context.Context) (ReputationResult, error) {
	alpha, err := readTable(filepath.Join(b.Dir, "alpha_network.csv"))
	if err != nil {
		return ReputationResult{}, err
	}
	otc, err := readTable(filepath.Join(b.Dir, "otc_network.csv"))
	if err != nil {
		return ReputationResult{}, err
	}
	labels, err := readLabels(filepath.Join(b.Dir, "alpha_gt.csv"), alpha)
	if err != nil {
		return ReputationResult{}, err
	}
	r := ReputationResult{Good: len(labels.good), Fraud: len(labels.fraud), Settings: reputation.DefaultSettings()}
	clean := withoutLeak(alpha, labels)
	scenes := scenes(clean, labels)
	total := int64(len(scenes)) + 3
	tell := func(done int64, what string) error {
		if b.Progress != nil {
			b.Progress("reputation", done, total, ", "+what)
		}
		return ctx.Err()
	}
	for i, s := range scenes {
		if err := tell(int64(i), s.name); err != nil {
			return r, err
		}
		r.Rows = append(r.Rows, s.rows(labels)...)
	}
	if err := tell(total-3, "choice of settings"); err != nil {
		return r, err
	}
	r.Selection = selection(scenes[0].table, scenes[1].table, labels)
	if err := tell(total-2, "abuse"); err != nil {
		return r, err
	}
	if r.Abuse, err = abuse(alpha); err != nil {
		return r, err
	}
	for i, n := range []string{"alpha", "otc"} {
		if err := tell(total-1, "speed"); err != nil {
			return r, err
		}
		s, err := speed(filepath.Join(b.Dir, n+"_network.csv"), []reputation.Table{alpha, otc}[i])
		if err != nil {
			return r, err
		}
		s.Network = n
		r.Speed = append(r.Speed, s)
	}
	return r, nil
}

// readTable reads a file of ratings.
func readTable(path string) (reputation.Table, error) {
	var sheet reputation.Sheet
	if err := eachLine(path, sheet.Line); err != nil {
		return reputation.Table{}, err
	}
	return sheet.Table(0)
}

// eachLine gives the lines of a file, one by one.
func eachLine(path string, take func(string) error) error {
	f, err := os.Open(path) //nolint:gosec // whoever runs the bench names its folder
	if err != nil {
		return fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", path).Because(err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if err := take(lines.Text()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", path).Because(err)
	}
	return nil
}

// labels are places of accounts of which the truth is known, in order.
type labels struct{ good, fraud []int32 }

func readLabels(path string, t reputation.Table) (labels, error) {
	var l labels
	line := 0
	err := eachLine(path, func(text string) error {
		line++
		user, label, _ := strings.Cut(strings.TrimSpace(text), ",")
		place := t.Place(user)
		switch {
		case label == "1" && place >= 0:
			l.good = append(l.good, place)
		case label == "-1" && place >= 0:
			l.fraud = append(l.fraud, place)
		default:
			return fault.New(fault.Invalid, "bench.bad_label", "Line {line} of the labels is none: a user of the ratings, and 1 or -1.").
				With("line", strconv.Itoa(line))
		}
		return nil
	})
	if err == nil && (len(l.good) == 0 || len(l.fraud) == 0) {
		err = fault.New(fault.Invalid, "bench.no_labels", "Both good accounts and frauds must be labelled.")
	}
	slices.Sort(l.good)
	slices.Sort(l.fraud)
	return l, err
}

// speedRuns is how often each work is timed.
const speedRuns = 15

// speed times the work on one network.
func speed(path string, t reputation.Table) (ReputationSpeed, error) {
	s := ReputationSpeed{Accounts: len(t.Users), Ratings: len(t.Ratings)}
	settings, seeds := reputation.DefaultSettings(), t.Founders()
	var read, build, pass, add []time.Duration
	for range speedRuns {
		began := processorTime()
		if _, err := readTable(path); err != nil {
			return s, err
		}
		read = append(read, processorTime()-began)

		began = processorTime()
		g, err := reputation.NewGraph(len(t.Users), t.Ratings, 0)
		if err != nil {
			return s, err
		}
		build = append(build, processorTime()-began)

		began = processorTime()
		g.Scores(seeds, settings)
		pass = append(pass, processorTime()-began)
	}
	byTime := slices.Clone(t.Ratings)
	slices.SortStableFunc(byTime, func(a, b reputation.Rating) int { return int(min(1, max(-1, a.At-b.At))) })
	late := byTime[len(byTime)*9/10:]
	g, err := reputation.NewGraph(len(t.Users), byTime[:len(byTime)*9/10], 0)
	if err != nil {
		return s, err
	}
	live, err := reputation.NewLive(g, seeds, settings)
	if err != nil {
		return s, err
	}
	began := processorTime()
	for _, r := range late {
		if _, err := live.Add(r); err != nil {
			return s, err
		}
	}
	add = append(add, processorTime()-began)
	ms := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2].Microseconds()) / 1000
	}
	s.ReadMS, s.BuildMS, s.PassMS = ms(read), ms(build), ms(pass)
	s.AddUS = 1000 * ms(add) / float64(max(1, len(late)))
	return s, nil
}
