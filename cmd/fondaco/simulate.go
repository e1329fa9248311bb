package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/sim"
)

type simulateCommand struct {
	Seed    uint64 `help:"First seed." default:"1"`
	Seeds   uint64 `help:"How many seeds, one after the other." default:"1"`
	Ops     int    `help:"Acts of users, bank, clock and worker in each run." default:"100"`
	Users   int    `help:"Users who act at one time. With more than one, a run cannot be replayed to the bit." default:"1"`
	Folder  string `help:"Where the databases of the runs are kept meanwhile; in memory if there is such a place." type:"path"`
	Trace   bool   `help:"Print every act."`
	Verbose bool   `help:"Print what became of each command, by outcome."`
	JSON    bool   `name:"json" help:"Answer in JSON."`
}

// simulated is what a row of runs did together.
type simulated struct {
	Commit       string         `json:"commit"`
	Seed         uint64         `json:"seed"`
	Seeds        uint64         `json:"seeds"`
	Ops          int            `json:"operations"`
	Calls        int            `json:"calls"`
	Deals        int            `json:"deals"`
	Entries      int64          `json:"entries"`
	Restarts     int            `json:"restarts"`
	Faults       map[string]int `json:"faults"`
	Years        float64        `json:"simulated_years"`
	Seconds      float64        `json:"seconds"`
	OpsPerSecond float64        `json:"operations_per_second"`
	History      string         `json:"history,omitempty"` // of the only run
	Failures     []string       `json:"failures"`
	coverage     sim.Coverage
}

// failuresMax is how many failures are shown before the runs end.
const failuresMax = 10

// Run plays the seeds and answers what they did, or how to play again what failed.
func (c *simulateCommand) Run(con *console) (err error) {
	folder, err := c.folder()
	if err != nil {
		return fault.New(fault.Unavailable, "cmd.no_folder", "The folder {folder} cannot be made.").With("folder", c.Folder).Because(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	ground, err := sim.NewGround(con.ctx, folder)
	if err != nil {
		return err
	}
	all, err := c.play(con, ground)
	if err != nil {
		return err
	}
	if err := c.report(con, all); err != nil {
		return err
	}
	if len(all.Failures) > 0 {
		return errFound
	}
	return nil
}

func (c *simulateCommand) folder() (string, error) {
	if c.Folder != "" {
		return os.MkdirTemp(c.Folder, "fondaco-sim-")
	}
	if folder, err := os.MkdirTemp("/dev/shm", "fondaco-sim-"); err == nil {
		return folder, nil
	}
	return os.MkdirTemp("", "fondaco-sim-")
}

func (c *simulateCommand) play(con *console, ground *sim.Ground) (simulated, error) {
	all := simulated{Commit: version(), Seed: c.Seed, Seeds: c.Seeds, Faults: map[string]int{}, Failures: []string{}, coverage: sim.Coverage{}}
	began := time.Now()
	show := newProgress(con, "simulating", "seeds")
	defer show.end()
	var next atomic.Uint64
	var done int64
	var mu sync.Mutex
	var broken error
	var group sync.WaitGroup
	for range max(1, min(runtime.GOMAXPROCS(0), int(min(c.Seeds, 1<<20)))) {
		group.Go(func() {
			for n := next.Add(1) - 1; n < c.Seeds && con.ctx.Err() == nil; n = next.Add(1) - 1 {
				cfg := sim.Config{Seed: c.Seed + n, Ops: c.Ops, Users: c.Users}
				if c.Trace {
					cfg.Trace = con.err
				}
				r, err := ground.Run(con.ctx, cfg)
				mu.Lock()
				if failure, ok := errors.AsType[*sim.Failure](err); ok {
					all.Failures = append(all.Failures, c.failure(cfg, failure))
				} else if err != nil {
					broken = errors.Join(broken, err)
				}
				all.add(r)
				stop := broken != nil || len(all.Failures) >= failuresMax
				done++
				show.step(done, int64(min(c.Seeds, 1<<40)), fmt.Sprintf(", %d faults, %d restarts, %d failures", total(all.Faults), all.Restarts, len(all.Failures)))
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	group.Wait()
	all.Seconds = time.Since(began).Seconds()
	all.OpsPerSecond = float64(all.Ops) / max(all.Seconds, 0.001)
	return all, broken
}

// failure says what is not true, and how to see it again.
func (c *simulateCommand) failure(cfg sim.Config, f *sim.Failure) string {
	text := fmt.Sprintf("seed %d commit %s op %d: %s: %s\n  again: fondaco simulate --seed %d --ops %d", f.Seed, version(), f.Op, f.Invariant, f.Detail, f.Seed, cfg.Ops)
	if cfg.Users > 1 {
		text += fmt.Sprintf(" --users %d (its order is the machine's; try several times)", cfg.Users)
	}
	return text
}

func (s *simulated) add(r sim.Result) {
	s.Ops, s.Calls, s.Deals, s.Entries, s.Restarts = s.Ops+r.Ops, s.Calls+r.Calls, s.Deals+r.Deals, s.Entries+r.Entries, s.Restarts+r.Restarts
	s.Years += r.Span.Hours() / (24 * 365.25)
	for name, n := range r.Faults {
		s.Faults[name] += n
	}
	if s.coverage.Merge(r.Coverage); s.Seeds == 1 && !r.History.IsZero() {
		s.History = r.History.String()
	}
}

func total(m map[string]int) int {
	sum := 0
	for _, n := range m {
		sum += n
	}
	return sum
}

func (c *simulateCommand) report(con *console, s simulated) error {
	if c.JSON {
		doc := json.NewEncoder(con.out)
		doc.SetIndent("", "  ")
		return doc.Encode(s)
	}
	for _, f := range s.Failures {
		say(con.out, "%s", f)
	}
	if c.Verbose {
		for _, command := range slices.Sorted(maps.Keys(s.coverage)) {
			say(con.out, "%-28s %s", command, counts(s.coverage[command]))
		}
		say(con.out, "")
	}
	say(con.out, "Seeds %d to %d, commit %s: %d operations, %d calls, %d deals, %d entries, %.1f simulated years", s.Seed, s.Seed+s.Seeds-1, s.Commit, s.Ops, s.Calls, s.Deals, s.Entries, s.Years)
	say(con.out, "%d restarts; %d faults: %s", s.Restarts, total(s.Faults), counts(s.Faults))
	say(con.out, "%.1f s, %.0f operations/s", s.Seconds, s.OpsPerSecond)
	if s.History != "" {
		say(con.out, "History %s", s.History)
	}
	if len(s.Failures) == 0 {
		say(con.out, "Every check held.")
	} else {
		say(con.out, "%s", strings.TrimSpace(fmt.Sprintf("%d runs failed.", len(s.Failures))))
	}
	return nil
}
