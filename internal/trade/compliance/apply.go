package compliance

import (
	"slices"
	"time"
)

// Apply folds one event, recorded at the given time, into the case.
func (c Case) Apply(e Event, at time.Time) Case {
	c.Version++
	c.Matters = slices.Clone(c.Matters)
	switch e := e.(type) {
	case CheckOpened:
		c.Subject, c.Trigger, c.Hold = e.Subject, e.Trigger, e.Hold
		c.OpenedAt, c.DecideBy = at, e.DecideBy
		c = c.with(e.Findings, e.Deal, at).to(Opened, at)
	case CheckAdded:
		c.Hold = c.Hold || e.Hold
		c = c.with(e.Findings, e.Deal, at)
		if len(e.Findings) > 0 && c.Stage == Proposed {
			c = c.undecide().to(Opened, at)
		}
	case CheckAssigned:
		c.Assignee = e.To
	case CheckProposed:
		c = c.propose(Proposal{By: e.By, At: at, Reason: e.Reason})
		c.Hold = c.Hold || e.Hold
		for _, d := range e.Decisions {
			for i := range c.Matters {
				if c.Matters[i].Finding.Key() == d.Key {
					c.Matters[i].Decision = d.Decision
				}
			}
		}
		c = c.to(Proposed, at)
	case CheckAgreed:
		c.AgreedBy, c.Agreed = e.By, e.Reason
	case CheckObjected:
		c.Objected = e.Reason
		if c.Stage == Lifting {
			return c.rest(Confirmed, at)
		}
		c = c.undecide().to(Opened, at)
	case CheckClosed:
		c.ClosedAt = at
		if len(e.Matched) > 0 {
			return c.rest(Confirmed, at)
		}
		c = c.rest(Cleared, at)
	case CheckOverdue:
		c.Overdue = true
	case CheckEndProposed:
		c = c.propose(Proposal{By: e.By, At: at, Reason: e.Reason, Ground: e.Ground, Licence: e.Licence}).to(Lifting, at)
		c.DecideBy = e.DecideBy
	case CheckEnded:
		c = c.rest(Lifted, at)
	case CheckResumed:
		c = c.rest(Confirmed, at)
	}
	return c
}

func (c Case) to(s Stage, at time.Time) Case {
	c.Stage, c.Since = s, at
	return c
}

// rest is a stage in which nobody has to decide.
func (c Case) rest(s Stage, at time.Time) Case {
	c.DecideBy, c.Overdue = time.Time{}, false
	return c.to(s, at)
}

func (c Case) propose(p Proposal) Case {
	c.Rounds++
	p.Round = c.Rounds
	c.Proposal = p
	c.AgreedBy, c.Agreed, c.Objected = "", "", ""
	return c
}

// with adds findings. A finding of a listed party that is there already takes
// its place: the list says something else of it now.
func (c Case) with(findings []Finding, deal string, at time.Time) Case {
	if len(findings) > 0 {
		c.Edition++
	}
	for _, f := range findings {
		m := Matter{Finding: f, At: at}
		if i := slices.IndexFunc(c.Matters, func(o Matter) bool { return o.Finding.Key() == f.Key() }); i >= 0 {
			c.Matters[i] = m
		} else {
			c.Matters = append(c.Matters, m)
		}
	}
	if deal != "" && !slices.Contains(c.Deals, deal) {
		c.Deals = append(slices.Clone(c.Deals), deal)
	}
	return c
}

// undecide forgets what was proposed of the findings. The proposal itself stays
// readable, and its number is never given again.
func (c Case) undecide() Case {
	for i := range c.Matters {
		c.Matters[i].Decision = ""
	}
	return c
}
