package account

import (
	"time"

	"fondaco/internal/fault"
)

func addFactor(s State, c AddFactor) ([]Event, error) {
	if err := isID("id", c.ID); err != nil {
		return nil, err
	}
	label, err := cleanLabel(c.Label)
	if err != nil {
		return nil, err
	}
	if !c.Kind.kept() {
		return nil, malformed("kind")
	}
	if _, known := s.Factor(c.ID); known {
		return nil, fault.New(fault.Conflict, "account.factor_known", "This factor is on the account already.")
	}
	if len(s.Factors) >= FactorsMax {
		return nil, fault.New(fault.Refused, "account.too_many_factors", "An account has at most 10 factors. Remove one first.")
	}
	if c.Kind == TOTP && c.Step <= s.Step {
		return nil, codeUsed()
	}
	return []Event{{What: FactorAdded, FactorID: c.ID, FactorKind: c.Kind, Label: label, Step: stepOf(c.Kind, c.Step)}}, nil
}

func renameFactor(s State, c RenameFactor) ([]Event, error) {
	label, err := cleanLabel(c.Label)
	if err != nil {
		return nil, err
	}
	f, known := s.Factor(c.ID)
	if !known {
		return nil, unknownFactor()
	}
	return []Event{{What: FactorRenamed, FactorID: f.ID, FactorKind: f.Kind, Label: label}}, nil
}

func removeFactor(s State, c RemoveFactor) ([]Event, error) {
	f, known := s.Factor(c.ID)
	if !known {
		return nil, unknownFactor()
	}
	// Without a password, TOTP alone opens nothing: the last passkey is the way in.
	if len(s.Factors) == 1 && c.Required || s.PasswordAt.IsZero() && f.Kind == Passkey && s.passkeys() == 1 {
		return nil, fault.New(fault.Refused, "account.last_factor", "This is your last factor, and you need one. Add another first.")
	}
	return []Event{{What: FactorRemoved, FactorID: f.ID, FactorKind: f.Kind, Label: f.Label}}, nil
}

func (s State) passkeys() int {
	n := 0
	for _, f := range s.Factors {
		if f.Kind == Passkey {
			n++
		}
	}
	return n
}

func useFactor(s State, c UseFactor, now time.Time) ([]Event, error) {
	if c.Kind == Recovery {
		return nil, malformed("kind")
	}
	if err := isText("for", c.For); err != nil {
		return nil, err
	}
	if err := provable(s, c.Kind, c.ID, c.Step, now); err != nil {
		return nil, err
	}
	return []Event{{What: FactorUsed, FactorID: c.ID, FactorKind: c.Kind, Step: stepOf(c.Kind, c.Step), For: c.For}}, nil
}

// missFactor does not count while guesses are blocked: they are not looked at,
// and counting them would let anybody prolong the block. A passkey is shown before
// any password, so counting it would let a stranger block the owner's codes.
func missFactor(s State, c MissFactor, now time.Time) ([]Event, error) {
	if c.Kind.Strength() == 0 {
		return nil, malformed("kind")
	}
	if c.Kind == Passkey {
		return []Event{{What: FactorFailed, FactorKind: Passkey}}, nil
	}
	if err := unblocked(s, now); err != nil {
		return nil, err
	}
	return []Event{{What: FactorFailed, FactorKind: c.Kind, Count: s.Misses + 1}}, nil
}

func issueRecovery(c IssueRecovery) ([]Event, error) {
	if c.Count < 1 || c.Count > RecoveryMax {
		return nil, malformed("count")
	}
	return []Event{{What: RecoveryIssued, Count: c.Count}}, nil
}

func useRecovery(s State, c UseRecovery, now time.Time) ([]Event, error) {
	if err := isText("for", c.For); err != nil {
		return nil, err
	}
	if err := provable(s, Recovery, c.ID, 0, now); err != nil {
		return nil, err
	}
	return []Event{{What: RecoveryUsed, FactorKind: Recovery, FactorID: c.ID, Count: s.RecoveryLeft - 1, For: c.For}}, nil
}

func unknownFactor() error {
	return fault.New(fault.NotFound, "account.unknown_factor", "There is no such factor on the account.")
}

func codeUsed() error {
	return fault.New(fault.Refused, "account.code_used", "This code has been used already. Each counts once.")
}
