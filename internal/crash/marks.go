package crash

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/treasury"
)

// marks counts what each command of the load left in the log.
type marks struct {
	steps map[mark]string   // the step that leaves this mark
	names map[string]string // the trade by its deal's stream
	found map[string]int    // by trade and step
}

// mark is a kind of fact and who caused it.
type mark struct{ kind, actor string }

func newMarks(c Cast) *marks {
	m := &marks{steps: map[mark]string{}, names: map[string]string{}, found: map[string]int{}}
	for _, s := range steps() {
		m.steps[mark{s.fact, s.by(c).String()}] = s.name
	}
	return m
}

func (m *marks) take(r assurance.Record) {
	if strings.HasPrefix(r.Stream, "deposit:") {
		e, err := treasury.DecodeDeposit(r.Kind, r.Payload)
		if booked, ok := e.(treasury.DepositBooked); err == nil && ok {
			m.found[booked.Notice.Reference+" deposit"]++
		}
		return
	}
	if r.Kind == "drafted" {
		if e, err := deal.Decode(r.Kind, r.Payload); err == nil {
			if d, ok := e.(deal.Drafted); ok {
				m.names[r.Stream] = d.Terms.Title
			}
		}
	}
	if step, ok := m.steps[mark{r.Kind, r.Actor}]; ok {
		m.found[m.names[r.Stream]+" "+step]++
	}
}

// doubled counts the commands that stand in the log more often than once.
func (m *marks) doubled(v *Verdict) int {
	n := 0
	for _, command := range slices.Sorted(maps.Keys(m.found)) {
		if times := m.found[command]; times > 1 {
			n += times - 1
			v.fault("%s", fmt.Sprintf("doubled: %s stands in the log %d times", command, times))
		}
	}
	return n
}
