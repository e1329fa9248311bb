package account

import (
	"slices"
	"strconv"
	"time"

	"fondaco/internal/fault"
)

// Decide answers what follows from a command, or a refusal: account.not_active,
// account.wrong_stage (Conflict) for opening or confirming twice,
// account.malformed (Invalid) for what cannot be recorded, and the codes of each
// rule. A refusal has no effect.
func Decide(s State, c Command, m Moment) ([]Event, error) {
	m.Now = m.Now.UTC().Truncate(time.Microsecond) // as times are stored
	if err := inStage(s, c); err != nil {
		return nil, err
	}
	events, err := decide(s, c, m)
	if err != nil {
		return nil, err
	}
	if w := m.Where.recordable(); w != (Where{}) {
		for i := range events {
			events[i].Where = &w
		}
	}
	return events, nil
}

func decide(s State, c Command, m Moment) ([]Event, error) {
	switch c := c.(type) {
	case Open:
		return []Event{{What: Opened}}, nil
	case Confirm:
		return []Event{{What: Confirmed}}, nil
	case Close:
		return append(s.ending("closed"), Event{What: Ended}), nil
	case SignIn:
		return signIn(s, c, m.Now)
	case RefuseSignIn:
		return refuseSignIn(c)
	case EndSession:
		return endSession(s, c)
	case EndOthers:
		return endOthers(s, c)
	case SetPassword:
		return setPassword(s, c, m.Now)
	case Condemn:
		return condemn(s, c)
	case AddFactor:
		return addFactor(s, c)
	case RenameFactor:
		return renameFactor(s, c)
	case RemoveFactor:
		return removeFactor(s, c)
	case UseFactor:
		return useFactor(s, c, m.Now)
	case MissFactor:
		return missFactor(s, c, m.Now)
	case IssueRecovery:
		return issueRecovery(c)
	case UseRecovery:
		return useRecovery(s, c, m.Now)
	case ConfirmReview:
		return confirmReview(c)
	case AskEmail:
		return askEmail(s, c, m.Now)
	case UndoEmail:
		return undoEmail(s, c)
	case TakeEmail:
		return takeEmail(s, c, m.Now)
	case Disown:
		return disown(s, c)
	case Reinstate:
		return reinstate(s, c)
	case MakeKey:
		return makeKey(s, c, m.Now)
	case EndKey:
		return endKey(s, c)
	case Note:
		return note(c)
	}
	return nil, fault.New(fault.Internal, "account.unknown_command", "No rule for this command.")
}

// inStage refuses a command that the account has not reached or has passed.
func inStage(s State, c Command) error {
	switch c.(type) {
	case Open:
		if s.Stage != NotOpened {
			return wrongStage(s.Stage)
		}
		return nil
	case Confirm:
		if s.Stage != Unconfirmed {
			return wrongStage(s.Stage)
		}
		return nil
	case Close, SetPassword, Condemn, RefuseSignIn:
		if s.Stage == Unconfirmed || s.Stage == Active {
			return nil
		}
	case Note: // what was decided elsewhere is true of a closed account too
		if s.Stage != NotOpened {
			return nil
		}
	default:
		if s.Stage == Active {
			return nil
		}
	}
	return fault.New(fault.Refused, "account.not_active", "This account is not active.")
}

func wrongStage(s Stage) error {
	return fault.New(fault.Conflict, "account.wrong_stage", "The account has been opened or confirmed already, or is closed.").With("stage", string(s))
}

func signIn(s State, c SignIn, now time.Time) ([]Event, error) {
	if err := isID("session", c.Session); err != nil {
		return nil, err
	}
	if slices.Contains(s.Sessions, c.Session) {
		return nil, fault.New(fault.Conflict, "account.session_known", "A new session needs a new name.")
	}
	if err := c.Risk.sound(); err != nil {
		return nil, err
	}
	if err := enough(s, c); err != nil {
		return nil, err
	}
	if c.Factor != "" {
		if err := provable(s, c.Factor, c.FactorID, c.Step, now); err != nil {
			return nil, err
		}
	}
	e := Event{What: SignedIn, Session: c.Session, Method: c.Method, FactorKind: c.Factor, FactorID: c.FactorID, Step: stepOf(c.Factor, c.Step), Risk: c.Risk.kept()}
	if c.Factor == Recovery {
		e.Count = s.RecoveryLeft - 1
	}
	var events []Event
	if full := len(s.Sessions) - (SessionsMax - 1); full > 0 {
		events = append(events, Event{What: SessionEnded, Sessions: slices.Clone(s.Sessions[:full]), Why: "too_many"})
	}
	return append(events, e), nil
}

// enough reports whether the method and the factor together may open a session.
func enough(s State, c SignIn) error {
	if s.Disowned && c.Method != ByPassword {
		// The intruder may have left a passkey of his own; the mailbox and a new password are the owner's.
		return fault.New(fault.Refused, "account.disowned", "Somebody said that this account was used by another person. The house looks into it first.")
	}
	switch c.Method {
	case ByPasskey:
		if c.Factor != Passkey {
			return malformed("factor")
		}
	case ByPassword:
		if s.CondemnedBars() {
			return fault.New(fault.Refused, "account.password_condemned", "This password no longer opens the account. Set a new one through your mailbox.")
		}
		if c.Factor == "" && s.HasFactor() {
			return fault.New(fault.Refused, "account.factor_needed", "Your second factor is needed too.")
		}
	case BySSO:
	default:
		return malformed("method")
	}
	return nil
}

// provable refuses a factor that cannot count now, whatever was shown.
func provable(s State, k FactorKind, id string, step int64, now time.Time) error {
	if k != Passkey {
		if err := unblocked(s, now); err != nil {
			return err
		}
	}
	switch k {
	case Passkey, TOTP:
		if f, known := s.Factor(id); !known || f.Kind != k {
			return unknownFactor()
		}
		if k == TOTP && step <= s.Step {
			return codeUsed()
		}
	case Recovery:
		if id != "" && isID("factor_id", id) != nil {
			return malformed("factor_id")
		}
		if slices.Contains(s.Spent, id) {
			return codeUsed()
		}
		if s.RecoveryLeft < 1 {
			return fault.New(fault.Refused, "account.no_recovery", "No recovery code is left.")
		}
	case Code:
		if id != "" {
			return malformed("factor_id")
		}
		if s.HasFactor() {
			return fault.New(fault.Refused, "account.factor_too_weak", "A code that was sent does not stand in for your passkey or authenticator app.")
		}
	default:
		return malformed("factor")
	}
	return nil
}

// unblocked refuses guesses while the account rests from wrong ones.
func unblocked(s State, now time.Time) error {
	if until := s.FactorBlockedUntil(); now.Before(until) {
		return fault.New(fault.Exhausted, "account.factor_blocked", "Too many wrong answers. Try again after {until}, or use a passkey.").
			With("until", until.Format(time.RFC3339))
	}
	return nil
}

// stepOf keeps steps out of events that are not about TOTP.
func stepOf(k FactorKind, step int64) int64 {
	if k == TOTP {
		return step
	}
	return 0
}

func refuseSignIn(c RefuseSignIn) ([]Event, error) {
	switch c.Why {
	case WrongPassword, Blocked, FactorMissed, Throttled, BarredWord, NotActive:
	default:
		return nil, malformed("why")
	}
	if err := c.Risk.sound(); err != nil {
		return nil, err
	}
	return []Event{{What: SignInRefused, Why: c.Why, Risk: c.Risk.kept()}}, nil
}

func endSession(s State, c EndSession) ([]Event, error) {
	if err := isText("why", c.Why); err != nil {
		return nil, err
	}
	if !slices.Contains(s.Sessions, c.Session) {
		return nil, fault.New(fault.NotFound, "account.unknown_session", "There is no such session.")
	}
	return []Event{{What: SessionEnded, Sessions: []string{c.Session}, Why: c.Why}}, nil
}

func endOthers(s State, c EndOthers) ([]Event, error) {
	if err := isText("why", c.Why); err != nil {
		return nil, err
	}
	return []Event{{What: SessionEnded, Sessions: without(s.Sessions, []string{c.Keep}), Why: c.Why}}, nil
}

func setPassword(s State, c SetPassword, now time.Time) ([]Event, error) {
	first := s.PasswordAt.IsZero() && (s.Stage == Unconfirmed || s.OpenedAt.Equal(now))
	events := []Event{{What: PasswordSet, Why: c.Why, First: first}}
	switch c.Why {
	case Chosen, Renewed:
	case Reset:
		c.Keep = "" // whoever resets has proven the mailbox, not a session
	default:
		return nil, malformed("why")
	}
	if others := without(s.Sessions, []string{c.Keep}); len(others) > 0 {
		events = append(events, Event{What: SessionEnded, Sessions: others, Why: "password_set"})
	}
	return events, nil
}

func condemn(s State, c Condemn) ([]Event, error) {
	if err := isText("why", c.Why); err != nil || c.Why == "" {
		return nil, malformed("why")
	}
	events := []Event{{What: PasswordCondemned, Why: c.Why}}
	if len(s.Sessions) > 0 {
		events = append(events, Event{What: SessionEnded, Sessions: slices.Clone(s.Sessions), Why: "password_condemned"})
	}
	return events, nil
}

// ending ends every session, and every key that has not been taken back.
func (s State) ending(why string) []Event {
	var events []Event
	if len(s.Sessions) > 0 {
		events = append(events, Event{What: SessionEnded, Sessions: slices.Clone(s.Sessions), Why: why})
	}
	var keys []string
	for _, k := range s.Keys {
		if k.EndedAt.IsZero() {
			keys = append(keys, k.ID)
		}
	}
	if len(keys) > 0 {
		events = append(events, Event{What: KeyEnded, Keys: keys, Why: why})
	}
	return events
}

func confirmReview(c ConfirmReview) ([]Event, error) {
	if len(c.Seen) > seenMax {
		return nil, malformed("seen")
	}
	for i, seen := range c.Seen {
		if err := isText("seen["+strconv.Itoa(i)+"]", seen); err != nil {
			return nil, err
		}
	}
	return []Event{{What: Reviewed, Seen: slices.Clone(c.Seen)}}, nil
}

func note(c Note) ([]Event, error) {
	if !slices.Contains([]What{Exported, RoleChanged, PayoutAccountChanged, Approved}, c.What) {
		return nil, malformed("what")
	}
	if err := isText("subject", c.Subject); err != nil {
		return nil, err
	}
	return []Event{{What: c.What, Subject: c.Subject}}, nil
}
