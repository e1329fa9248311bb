package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/reputation"
)

type reputationCommand struct {
	Ratings string        `help:"Table of rater, ratee, rating and time, with commas between them; - is standard input." required:"" placeholder:"FILE"`
	Out     string        `help:"Where user, score and confidence are written, ordered by user; - is standard output." default:"-" placeholder:"FILE"`
	Seeds   string        `help:"Users that trust starts from, one in each line. By default the five that were first to rate others, of those whom twenty rated well." placeholder:"FILE"`
	Scale   float64       `help:"The best rating that can be given, as -scale is the worst. By default the most extreme rating in the table." placeholder:"NUMBER"`
	Period  time.Duration `help:"Of one pair of users, the latest rating of each period counts. By default the latest of all."`
	JSON    bool          `name:"json" help:"Write one JSON object for each user, with all that is known of the score."`
}

// Run scores the users of a table of ratings.
func (c *reputationCommand) Run(con *console) error {
	if c.Period < 0 {
		return fault.New(fault.Invalid, "reputation.bad_period", "A period is not negative.").At("period")
	}
	table, err := c.read(con)
	if err != nil {
		return err
	}
	seeds, err := c.seeds(table)
	if err != nil {
		return err
	}
	g, err := reputation.NewGraph(len(table.Users), table.Ratings, c.Period)
	if err != nil {
		return err
	}
	table.Ratings = nil
	scores := g.Scores(seeds, reputation.DefaultSettings())
	if err := c.write(con, table.Users, scores); err != nil {
		return err
	}
	fresh := 0
	for _, s := range scores {
		if s.New {
			fresh++
		}
	}
	t := g.Tally()
	say(con.err, "%d users, %d of them new; %d ratings count, %d were replaced by later ones, %d were of oneself",
		len(scores), fresh, t.Kept, t.Repeated, t.Own)
	return nil
}

// lineBytes is the longest line that is read, so that no file can fill the memory with one.
const lineBytes = 64 << 10

// lines gives the lines of a file, and after each how many bytes were read of how many.
func (c *reputationCommand) lines(name string, take func(line string, read, size int64) error) error {
	unreadable := func(err error) error {
		return fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", name).Because(err)
	}
	in, size := os.Stdin, int64(0)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return unreadable(err)
		}
		defer func() { _ = f.Close() }()
		info, err := f.Stat()
		if err != nil {
			return unreadable(err)
		}
		in, size = f, info.Size()
	}
	scan, read := bufio.NewScanner(in), int64(0)
	scan.Buffer(make([]byte, 0, lineBytes), lineBytes)
	for scan.Scan() {
		read += int64(len(scan.Bytes())) + 1
		if err := take(scan.Text(), read, size); err != nil {
			return err
		}
	}
	if err := scan.Err(); err != nil {
		return unreadable(err)
	}
	return nil
}

func (c *reputationCommand) read(con *console) (reputation.Table, error) {
	show := newProgress(con, "reading", "bytes")
	defer show.end()
	var sheet reputation.Sheet
	err := c.lines(c.Ratings, func(line string, read, size int64) error {
		if sheet.Lines()%4096 == 0 {
			if err := con.ctx.Err(); err != nil {
				return err
			}
			show.step(read, size, fmt.Sprintf(", %d lines", sheet.Lines()))
		}
		return sheet.Line(line)
	})
	if err != nil {
		return reputation.Table{}, err
	}
	return sheet.Table(c.Scale)
}

func (c *reputationCommand) seeds(table reputation.Table) ([]int32, error) {
	if c.Seeds == "" {
		return table.Founders(), nil
	}
	var seeds []int32
	err := c.lines(c.Seeds, func(line string, _, _ int64) error {
		user := strings.TrimSpace(line)
		if user == "" {
			return nil
		}
		place := table.Place(user)
		if place < 0 {
			return fault.New(fault.Invalid, "reputation.unknown_seed", "Nobody in the table is called {user}.").With("user", user).At("seeds")
		}
		seeds = append(seeds, place)
		return nil
	})
	return seeds, err
}

// write writes the whole answer or nothing: a file is there only when it is complete.
func (c *reputationCommand) write(con *console, users []string, scores []reputation.Score) (err error) {
	if c.Out == "-" {
		return c.rows(con.out, users, scores)
	}
	unwritable := func(err error) error {
		return fault.New(fault.Unavailable, "cmd.unwritable", "{file} cannot be written.").With("file", c.Out).Because(err)
	}
	f, err := os.CreateTemp(filepath.Dir(c.Out), filepath.Base(c.Out)+".*")
	if err != nil {
		return unwritable(err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = unwritable(err)
		}
	}()
	if err := c.rows(f, users, scores); err != nil {
		return err
	}
	const readable = 0o644
	if err := f.Chmod(readable); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), c.Out)
}

// scoreRow is the score of a user in JSON.
type scoreRow struct {
	User       string  `json:"user"`
	Score      float64 `json:"score"`
	Confidence float64 `json:"confidence"`
	New        bool    `json:"new"`
	Positive   float64 `json:"positive"`
	Negative   float64 `json:"negative"`
	Say        float64 `json:"say"`
}

func (c *reputationCommand) rows(out io.Writer, users []string, scores []reputation.Score) error {
	w := bufio.NewWriter(out)
	if !c.JSON {
		_, _ = fmt.Fprintln(w, "user,score,confidence")
	}
	doc := json.NewEncoder(w)
	for i, s := range scores {
		if !c.JSON {
			_, _ = fmt.Fprintf(w, "%s,%.12g,%.12g\n", users[i], s.Value, s.Confidence)
			continue
		}
		if err := doc.Encode(scoreRow{users[i], s.Value, s.Confidence, s.New, s.Positive, s.Negative, s.Say}); err != nil {
			return err
		}
	}
	return w.Flush()
}
