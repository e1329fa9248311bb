package sim

import (
	"fmt"
	"slices"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

// firmNames are the companies of a world, none of which reads like another.
func firmNames() [firmsMax]string {
	return [...]string{"Basler Handel AG", "Guangzhou Works Ltd", "Elbtor Wassertechnik GmbH", "Quince Harbour Trading"}
}

// readLists lets the house read its list.
func (w *world) readLists() {
	_, err := w.house.ReadLists(w.ctx, true)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note("lists are read: %v", err == nil)
}

// mindLists lets the list change, the house read it, or the compliance office work.
func (u *user) mindLists() {
	switch n := u.rng.IntN(10); {
	case n < 3:
		i := u.rng.IntN(firmsMax)
		u.paper.turn(fmt.Sprintf("%d %s", i, firmNames()[i]))
		u.paper.ail(u.chance(15), u.chance(15))
		u.readLists()
	default:
		u.stepCase()
	}
}

// officer is one of the two who decide cases.
func (u *user) officer() identity.Actor { return pick(u, u.staff.compliance, u.staff.second) }

// stepCase lets an officer do what a case asks for, or what the case forbids.
func (u *user) stepCase() {
	cases, err := u.house.CheckCases(u.ctx, u.staff.auditor, assurance.CaseQuery{Limit: 50})
	if err != nil || len(cases) == 0 {
		return
	}
	c := pick(u, cases...)
	decision := pick(u, compliance.FalsePositive, compliance.FalsePositive, compliance.OffList, compliance.TrueMatch)
	ground := pick(u, compliance.Mistaken, compliance.Delisted, compliance.Licensed)
	u.towards(c, u.officer(), decision, ground)
}

// towards takes the next step of a case to its end.
func (u *user) towards(c compliance.Case, by identity.Actor, d compliance.Decision, ground compliance.Ground) {
	var cmd compliance.Command
	switch c.Stage {
	case compliance.Opened:
		cmd = compliance.Propose{Edition: c.Edition, Decision: d, Reason: "Compared the papers of both, line by line."}
	case compliance.Proposed, compliance.Lifting:
		cmd = compliance.Agree{Round: c.Proposal.Round, Reason: "I have read the same papers and agree with it."}
		if u.chance(10) {
			cmd = compliance.Object{Round: c.Proposal.Round, Reason: "The papers do not say this, or not yet."}
		}
	case compliance.Confirmed:
		lift := compliance.Lift{Ground: ground, Reason: "The reason for the block has fallen away since."}
		if ground == compliance.Licensed {
			lift.Licence = compliance.Licence{Number: "L-1", Authority: "The authority", Until: u.tides.Now().Add(time.Duration(1+u.rng.IntN(60)) * day)}
		}
		cmd = lift
	case compliance.NotOpened, compliance.Cleared, compliance.Lifted:
		return
	}
	if agrees, ok := cmd.(compliance.Agree); ok && by.Person == c.Proposal.By && u.chance(50) {
		u.never(u.caseCall(c.ID, by, agrees))
		return
	}
	_, _ = u.ask(u.caseCall(c.ID, by, cmd))
}

func (u *user) caseCall(id string, by identity.Actor, cmd compliance.Command) *call {
	key := u.key()
	return &call{
		command: cmd.Name(), by: by.String(), key: key, streams: []string{compliance.Stream(id), "party:", "deal:"},
		ask: func(h *assurance.House) (assurance.Receipt, error) {
			return h.StepCase(u.ctx, assurance.Call{By: by, Key: key}, id, cmd)
		},
	}
}

// clearCases lets both officers end every case: nobody turns out to be who is listed.
func (u *user) clearCases() {
	for range 8 { // steps of one case
		cases, err := u.house.CheckCases(u.ctx, u.staff.auditor, assurance.CaseQuery{Limit: 200})
		if err != nil {
			u.fail("the cases can be read", "%s", err)
			return
		}
		left := 0
		for _, c := range cases {
			if !c.Holds() && !c.Undecided() {
				continue
			}
			left++
			by := u.staff.compliance
			if c.Proposal.By == by.Person {
				by = u.staff.second
			}
			u.towards(c, by, compliance.FalsePositive, compliance.Mistaken)
		}
		if left == 0 {
			return
		}
	}
}

// review lets a side of a deal say how it went, mostly of one that has closed.
func (u *user) review() {
	u.mu.Lock()
	ids := slices.Clone(u.deals)
	u.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	s, err := u.house.Deal(u.ctx, u.staff.admin, pick(u, ids...))
	if err != nil || s.Phase != deal.Closed && u.chance(90) {
		return
	}
	buyer, seller := u.parties(s)
	by, key := pick(u, buyer, seller), u.key()
	mark := func() int { return 1 + u.rng.IntN(5) }
	c := &call{command: "write_review", by: by.String(), key: key, streams: []string{reputation.BookStream(string(s.ID))}}
	written := reputation.Write{Aspects: reputation.Aspects{AsDescribed: mark(), OnTime: mark(), Communication: mark(), Documents: mark(), Overall: mark()}, Text: "As it went."}
	c.ask = func(h *assurance.House) (assurance.Receipt, error) {
		return h.Review(u.ctx, assurance.Call{By: by, Key: key}, s.ID, written)
	}
	switch n := u.rng.IntN(10); {
	case n < 2:
		c.command = "reply_to_review"
		c.ask = func(h *assurance.House) (assurance.Receipt, error) {
			return h.AnswerReview(u.ctx, assurance.Call{By: by, Key: key}, s.ID, reputation.Reply{Text: "Thank you for saying so."})
		}
	case n < 3: // of a deal of others
		eve := identity.MemberOf("stranger", "eve")
		c.command, c.by, c.streams = "wrong:write_review", eve.String(), nil
		c.ask = func(h *assurance.House) (assurance.Receipt, error) {
			return h.Review(u.ctx, assurance.Call{By: eve, Key: key}, s.ID, written)
		}
		u.never(c)
		return
	}
	_, _ = u.ask(c)
}
