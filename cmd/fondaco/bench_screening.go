package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"fondaco/internal/bench"
	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
	"fondaco/internal/watchlist"
)

type benchScreening struct {
	Lists     string   `help:"Folder with the published lists that names are drawn from and searched for in." required:"" type:"existingdir" placeholder:"DIR"`
	Names     []string `help:"File of listed names in other scripts, one in a line: kind, name and listed name, between tabs. May be repeated." type:"existingfile" placeholder:"FILE.tsv"`
	Innocents string   `help:"File of people and companies that no list has, such as a generator of test data makes, one in a line: a name, or a name and person or organisation with a tab between them. The score that 1 % of them exceed is one more limit." type:"existingfile" placeholder:"FILE"`
	Seed      uint64   `help:"What the queries are drawn from. The scores were fitted with 7 and 8; others were not looked at for that." default:"1"`
	JSON      bool     `name:"json" help:"Answer in JSON, with nothing else on standard output."`
}

// Run searches for altered names and for strangers, and answers what was found.
func (c *benchScreening) Run(con *console) error {
	own, err := c.renderings()
	if err != nil {
		return err
	}
	given, err := c.given()
	if err != nil {
		return err
	}
	show := benchProgress{con: con, unit: "searches"}
	r, err := bench.Screening{Lists: c.read, Seed: c.Seed, Own: own, Given: given, GivenName: filepath.Base(c.Innocents), Progress: show.step}.Run(con.ctx)
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

// givenMax is how many innocents a file may have.
const givenMax = 100_000

// given reads the file of innocents.
func (c *benchScreening) given() (all []screening.Query, err error) {
	if c.Innocents == "" {
		return nil, nil
	}
	f, err := os.Open(c.Innocents)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() && err == nil {
		var q screening.Query
		if q, err = innocent(lines.Text(), len(all)+1); err == nil {
			all = append(all, q)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		err = badInnocent(len(all)+1, "it is too long")
	} else if err == nil {
		err = lines.Err()
	}
	if err = errors.Join(err, f.Close()); err == nil && len(all) == 0 {
		err = fault.New(fault.Invalid, "bench.no_innocents", "The file of innocents has no line.").At("innocents")
	}
	return all, err
}

// innocent reads one line: a name, and perhaps a tab and what bears it.
func innocent(line string, number int) (screening.Query, error) {
	name, kind, said := strings.Cut(line, "\t")
	q := screening.Query{Name: name, Kind: screening.Kind(kind)}
	if !said {
		q.Kind = screening.Any
	}
	var why string
	switch {
	case number > givenMax:
		why = fmt.Sprintf("there are more than %d", givenMax)
	case said && q.Kind != screening.Person && q.Kind != screening.Organisation:
		why = "after the tab comes person or organisation, and no more"
	case q.Normal() != nil:
		why = strings.TrimSuffix(q.Normal().Error(), ".")
	default:
		return q, nil
	}
	return q, badInnocent(number, why)
}

func badInnocent(line int, why string) error {
	return fault.New(fault.Invalid, "bench.bad_innocent", "Line {line} of the innocents cannot be searched for: {why}.").
		With("line", strconv.Itoa(line)).With("why", why).At("innocents")
}

func tellScreening(w io.Writer, r bench.ScreeningResult) {
	const percent = 100
	say(w, "%d entries with %d names, seed %d; %d searches by name alone, 10 hits each", r.Entries, r.Names, r.Seed, r.Searches)
	say(w, "  lists are read in %.0f ms, the index is built in %.0f ms; both hold %.0f MiB", r.ReadMS, r.BuildMS, float64(r.HeapBytes)/(1<<20))
	say(w, "  %-44s %8s", "Score that is exceeded", "by score")
	say(w, "  %-44s %8.3f; by %.1f %% of hard innocents", "by 1 % of innocents with common names", r.CommonLimit, percent*r.HardFlagged)
	say(w, "  %-44s %8.3f; by %.1f %% of hard innocents", "by 1 % of those of generated test data", r.GeneratedLimit, percent*r.HardFlaggedGenerated)
	if g := r.Given; g != nil {
		say(w, "  %-44s %8.3f; by %.1f %% of hard innocents", fmt.Sprintf("by 1 %% of the %d of %s", g.Count, g.Name), g.Limit, percent*g.HardFlagged)
	}
	say(w, "  %-44s %8.3f; by %.1f and %.1f %% of innocents", "by 10 % of hard innocents", r.HardLimit, percent*r.EasyFlagged, percent*r.GeneratedFlagged)
	say(w, "")
	given, at := "", ""
	if r.Given != nil {
		given = fmt.Sprintf(" %12.12s", "1 % "+r.Given.Name)
	}
	say(w, "  %-54s %7s %12s %12s%s %12s", "Found above that score, in %", "queries", "1 % common", "1 % generat.", given, "10 % of hard")
	for _, c := range r.Classes {
		if r.Given != nil {
			at = fmt.Sprintf(" %12.1f", percent*c.AtGiven)
		}
		say(w, "  %-54s %7d %12.1f %12.1f%s %12.1f", c.Name, c.Count, percent*c.AtCommon, percent*c.AtGenerated, at, percent*c.AtHard)
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
