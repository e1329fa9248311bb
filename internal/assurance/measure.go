package assurance

import "sync/atomic"

// Measure is what the house has written since it was opened.
type Measure struct {
	Commits  int64 // batches that were made durable
	Commands int64 // commands that they answered, refused and repeated ones among them
}

// measure counts for Measure.
type measure struct{ commits, commands atomic.Int64 }

func (m *measure) committed(commands int) {
	m.commits.Add(1)
	m.commands.Add(int64(commands))
}

// Measure reads how much the house has written.
func (h *House) Measure() Measure {
	m := &h.committer.measure
	return Measure{Commits: m.commits.Load(), Commands: m.commands.Load()}
}
