package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
)

// progress is a bar on a terminal, and nothing anywhere else.
type progress struct {
	con   *console
	what  string
	unit  string
	began time.Time
	shown time.Time
	on    bool
}

func newProgress(con *console, what, unit string) *progress {
	file, ok := con.err.(*os.File)
	return &progress{con: con, what: what, unit: unit, began: time.Now(), on: ok && isatty.IsTerminal(file.Fd())}
}

const (
	barCells  = 24
	showEvery = 100 * time.Millisecond
)

// step redraws the bar, at most ten times a second.
func (p *progress) step(done, total int64, more string) {
	if !p.on || total <= 0 || time.Since(p.shown) < showEvery && done < total {
		return
	}
	p.shown = time.Now()
	took := time.Since(p.began)
	rate := float64(done) / max(took.Seconds(), 0.001)
	left := time.Duration(float64(total-done) / max(rate, 0.001) * float64(time.Second)).Round(time.Second)
	full := int(done * barCells / total)
	_, _ = fmt.Fprintf(p.con.err, "\r\033[K%s %s%s %d of %d %s, %.0f/s, %s left%s",
		p.what, strings.Repeat("█", full), strings.Repeat("░", barCells-full), done, total, p.unit, rate, left, more)
}

// end clears the line for what comes next.
func (p *progress) end() {
	if p.on && !p.shown.IsZero() {
		_, _ = fmt.Fprint(p.con.err, "\r\033[K")
	}
}
