package watchlist

import (
	"fmt"
	"slices"

	"fondaco/internal/trade/screening"
)

// ShrinkMaxPercent is how much smaller than the version before a list may be
// before somebody must look: true lists grow, and lose a few at a time.
const ShrinkMaxPercent = 20

// Check refuses a list that has lost more than so many percent of the entries, or
// of the names, of the version before it: watchlist.shrunk (Refused). A version
// before without entries allows everything.
func Check(before, after screening.List, shrinkMaxPercent int) error {
	for _, c := range []struct {
		what     string
		was, are int
	}{
		{"entries", len(before.Entries), len(after.Entries)},
		{"names", namesOf(before), namesOf(after)},
	} {
		if c.are*100 < c.was*(100-shrinkMaxPercent) {
			return refuse(codeShrunk, after.Code, fmt.Sprintf("it has %d %s, where the version before had %d", c.are, c.what, c.was))
		}
	}
	return nil
}

func namesOf(l screening.List) int {
	n := 0
	for i := range l.Entries {
		n += len(l.Entries[i].Names)
	}
	return n
}

// Changes are the IDs of entries that one version has and another has not, or has
// otherwise; each sorted.
type Changes struct{ Added, Removed, Changed []string }

// None tells whether nothing changed.
func (c Changes) None() bool { return len(c.Added)+len(c.Removed)+len(c.Changed) == 0 }

// Diff compares two versions of one list by the fingerprints of their entries.
func Diff(before, after screening.List) Changes {
	was := make(map[string]*screening.Entry, len(before.Entries))
	for i := range before.Entries {
		was[before.Entries[i].ID] = &before.Entries[i]
	}
	var c Changes
	for i := range after.Entries {
		e := &after.Entries[i]
		old, known := was[e.ID]
		switch {
		case !known:
			c.Added = append(c.Added, e.ID)
		case old.Fingerprint() != e.Fingerprint():
			c.Changed = append(c.Changed, e.ID)
		}
		delete(was, e.ID)
	}
	for id := range was {
		c.Removed = append(c.Removed, id)
	}
	slices.Sort(c.Added)
	slices.Sort(c.Removed)
	slices.Sort(c.Changed)
	return c
}
