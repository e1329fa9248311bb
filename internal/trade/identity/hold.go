package identity

import (
	"slices"

	"fondaco/internal/fault"
)

// Holds. While the house looks into something, a party is held: it signs nothing,
// and no money moves to it or from it. Why is written in the case, which parties
// never see; here there is only its number.

type (
	// Hold keeps the party from signing and from being paid until the case is closed.
	Hold struct{ Case string }
	// Free ends the hold of one case; others stay.
	Free struct{ Case string }
	// PassCheck records a check that found nothing to hold the party for, so that
	// the kind of the fact tells nobody which way a check went.
	PassCheck struct{}
)

// Name makes each type an OrganisationCommand.
func (Hold) Name() string { return "hold_party" }

// Name is the same for all, so that a log of commands tells nobody which it was.
func (Free) Name() string { return "hold_party" }

// Name is the same for all three.
func (PassCheck) Name() string { return "hold_party" }

// Checked says that a check of the party has ended one way or the other, or that a case
// lets it go. All of it is one kind, because kinds are public.
type Checked struct {
	Case string `json:"case"` // empty if there is none
	Held bool   `json:"held"`
}

// Kind makes it a PartyEvent.
func (Checked) Kind() string { return "party_checked" }

// Held reports whether any case holds the party.
func (o Organisation) Held() bool { return len(o.Holds) > 0 }

func (o Organisation) passCheck(by Actor) ([]PartyEvent, error) {
	if err := Permit(by, ToHold); err != nil {
		return nil, err
	}
	return []PartyEvent{Checked{}}, nil
}

func (o Organisation) hold(c string, held bool, by Actor) ([]PartyEvent, error) {
	if err := Permit(by, ToHold); err != nil {
		return nil, err
	}
	if c == "" || len(c) > nameMax {
		return nil, fault.New(fault.Invalid, "identity.bad_case", "Name the case.").At("case")
	}
	if slices.Contains(o.Holds, c) == held {
		return nil, fault.New(fault.Conflict, "identity.same_hold", "The case holds the party already, or does so no more.")
	}
	return []PartyEvent{Checked{Case: c, Held: held}}, nil
}

func (o Organisation) checked(e Checked) []string {
	holds := slices.DeleteFunc(slices.Clone(o.Holds), func(c string) bool { return c == e.Case })
	if e.Held {
		holds = append(holds, e.Case)
	}
	return holds
}
