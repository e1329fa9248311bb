package compliance

import "fondaco/internal/trade/identity"

// Actor is who gives a command. Insiders are the people who belong to the
// subject's party as they stand in the same commit: members, owners, directors.
type Actor struct {
	identity.Actor

	Insiders []identity.PersonID
}

// Command is something that somebody wants done with a case.
type Command interface {
	// Name is the command's word in the API and in the role table.
	Name() string
}

// The commands of a case.
type (
	// Open begins a case. The house clock or a person of compliance gives it.
	Open struct {
		Subject  Subject
		Trigger  Trigger
		Findings []Finding // at least one
		Hold     bool      // the verdict was [Block]
		Deal     string    // may be empty
	}
	// Add brings later findings of the same subject to a case that is undecided,
	// and voids its proposal. Hold can only be added, never taken away; adding
	// nothing else voids nothing.
	Add struct {
		Subject  Subject
		Trigger  Trigger
		Findings []Finding
		Hold     bool
		Deal     string
	}
	// Take makes the giver the person who works on the case.
	Take struct{}
	// Propose is the first person's decision of every finding. Edition is
	// [Case.Edition] as that person read it. Decision is of all findings that
	// Decisions does not name; it may be empty if Decisions names every one.
	Propose struct {
		Edition   int
		Decision  Decision
		Decisions []Decided
		Reason    string
	}
	// Agree is the second person's consent to the proposal of that number
	// ([Proposal.Round]). It closes the case, or lifts it.
	Agree struct {
		Round  int
		Reason string
	}
	// Object ends a proposal. Whoever proposed takes it back in this way.
	Object struct {
		Round  int
		Reason string
	}
	// Lift proposes that a confirmed case blocks no longer. Licence is needed on
	// [Licensed] and left out otherwise.
	Lift struct {
		Ground  Ground
		Reason  string
		Licence Licence
	}
	// Remind raises the alarm of a case that nobody has decided, by the clock.
	Remind struct{}
	// Resume blocks the party again when its licence has run out, by the clock.
	Resume struct{}
)

// Name answers the command's word.
func (Open) Name() string    { return "open_case" }
func (Add) Name() string     { return "add_finding" }
func (Take) Name() string    { return "take_case" }
func (Propose) Name() string { return "propose_decision" }
func (Agree) Name() string   { return "agree_decision" }
func (Object) Name() string  { return "object_decision" }
func (Lift) Name() string    { return "propose_lift" }
func (Remind) Name() string  { return "remind_case" }
func (Resume) Name() string  { return "resume_case" }
