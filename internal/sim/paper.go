package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
)

// paperCode is the one list of a world.
const paperCode = "own:world"

// paper is a list of the world outside: it changes whenever its publisher likes, and
// whatever becomes of the house. Each line is the number and the name of an entry.
type paper struct {
	mu    sync.Mutex
	lines []string
	torn  bool // what is fetched now is cut off
	away  bool // the publisher does not answer
}

var _ assurance.Watchlists = (*paper)(nil)

// newPaper lists people who trade with nobody here.
func newPaper() *paper {
	return &paper{lines: []string{"90 Wolfgang Ostrander", "91 Ignatius Featherstonehaugh", "92 Malachite Freight Syndicate", "93 Zebulon Quartermaine Holdings"}}
}

// turn lists a name, or strikes it off.
func (p *paper) turn(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.lines, line); i >= 0 {
		p.lines = slices.Delete(p.lines, i, i+1)
		return
	}
	p.lines = append(p.lines, line)
}

// ail makes the next readings fail in one way or another, or not.
func (p *paper) ail(torn, away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.torn, p.away = torn, away
}

// Sources names the list.
func (p *paper) Sources() []assurance.ListSource {
	return []assurance.ListSource{{Code: paperCode, From: "the world"}}
}

// Fetch answers the list as it is now.
func (p *paper) Fetch(context.Context, string, assurance.ListRow) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		return nil, fault.New(fault.Unavailable, "paper.away", "The publisher does not answer.")
	}
	body := strings.Join(p.lines, "\n") + "\n"
	if p.torn {
		body = body[:len(body)-2]
	}
	return []byte(body), nil
}

// Parse reads a list, or refuses one whose last line does not end.
func (p *paper) Parse(code string, body []byte) (screening.List, error) {
	l := screening.List{Code: code, Version: fmt.Sprint(len(body))}
	for line := range strings.Lines(string(body)) {
		text, ends := strings.CutSuffix(line, "\n")
		id, name, named := strings.Cut(text, " ")
		if !ends || !named {
			return screening.List{}, fault.New(fault.Refused, "paper.torn", "The list is cut off.")
		}
		l.Entries = append(l.Entries, screening.Entry{List: code, ID: id, Kind: screening.Any, Names: []screening.Name{{Text: name, Type: "primary"}}})
	}
	return l, nil
}

// Compare takes every version: how much a list may shrink is tested where lists are read.
func (p *paper) Compare(_, _ screening.List) error { return nil }
