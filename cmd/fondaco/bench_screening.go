package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"fondaco/internal/bench"
	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
	"fondaco/internal/watchlist"
)

type benchScreening struct {
	Lists string   `help:"Folder with the published lists that names are drawn from and searched for in." required:"" type:"existingdir" placeholder:"DIR"`
	Names []string `help:"File of listed names in other scripts, one in a line: kind, name and listed name, between tabs. May be repeated." type:"existingfile" placeholder:"FILE.tsv"`
	Seed  uint64   `help:"What the queries are drawn from. The scores were fitted with 7 and 8; others were not looked at for that." default:"1"`
	JSON  bool     `name:"json" help:"Answer in JSON, with nothing else on standard output."`
}

// Run searches for altered names and for strangers, and answers what was found.
func (c *benchScreening) Run(con *console) error {
	own, err := c.renderings()
	if err != nil {
		return err
	}
	show := benchProgress{con: con, unit: "searches"}
	r, err := bench.Screening{Lists: c.read, Seed: c.Seed, Own: own, Progress: show.step}.Run(con.ctx)
	show.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(con.out).Encode(r)
	}
	tellScreening(con.out, r)
	return nil
}

func (c *benchScreening) read() ([]screening.List, error) {
	lists, _, err := watchlist.ReadDir(c.Lists)
	if err == nil && len(lists) == 0 {
		err = fault.New(fault.Invalid, "bench.bad_lists", "Name a folder with lists of parties, by --lists.").At("lists")
	}
	return lists, err
}

// renderings reads the files of names in other scripts.
func (c *benchScreening) renderings() (own []bench.Rendering, err error) {
	for _, name := range c.Names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			parts := strings.Split(lines.Text(), "\t")
			if len(parts) != 3 || strings.HasPrefix(parts[0], "#") {
				continue
			}
			own = append(own, bench.Rendering{Kind: screening.Kind(parts[0]), Name: parts[1], Listed: parts[2]})
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			return nil, err
		}
	}
	return own, nil
}

func tellScreening(w io.Writer, r bench.ScreeningResult) {
	const percent = 100
	say(w, "%d entries with %d names, seed %d; %d searches by name alone, 10 hits each", r.Entries, r.Names, r.Seed, r.Searches)
	say(w, "  lists are read in %.0f ms, the index is built in %.0f ms; both hold %.0f MiB", r.ReadMS, r.BuildMS, float64(r.HeapBytes)/(1<<20))
	say(w, "  %-44s %8s", "Score that is exceeded", "by score")
	say(w, "  %-44s %8.3f; by %.1f %% of hard innocents", "by 1 % of innocents with common names", r.CommonLimit, percent*r.HardFlagged)
	say(w, "  %-44s %8.3f; by %.1f %% of hard innocents", "by 1 % of those of generated test data", r.GeneratedLimit, percent*r.HardFlaggedGenerated)
	say(w, "  %-44s %8.3f; by %.1f and %.1f %% of innocents", "by 10 % of hard innocents", r.HardLimit, percent*r.EasyFlagged, percent*r.GeneratedFlagged)
	say(w, "")
	say(w, "  %-54s %7s %12s %12s %12s", "Found above that score, in %", "queries", "1 % common", "1 % generat.", "10 % of hard")
	for _, c := range r.Classes {
		say(w, "  %-54s %7d %12.1f %12.1f %12.1f", c.Name, c.Count, percent*c.AtCommon, percent*c.AtGenerated, percent*c.AtHard)
	}
	say(w, "")
	say(w, "  %-14s %8s %10s %12s", "Score", "queries", "mean score", "right, in %")
	for _, c := range r.Calibration {
		say(w, "  %.1f to %.1f     %8d %10.3f %12.1f", c.From, c.To, c.Hits, c.Mean, percent*c.Right)
	}
	say(w, "")
	say(w, "  %.0f searches/s one after the other, %.0f two at a time; %.0f µs of processor time each", r.PerSecond, r.PerSecondTwo, r.CPUMicros)
	say(w, "  a search takes %.3f ms (p50), %.3f ms (p99)", r.P50, r.P99)
}
