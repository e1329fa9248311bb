package account

import (
	"slices"
	"time"
)

// Apply folds one event recorded at the given time. The receiver and what it
// points to stay as they were.
func (s State) Apply(e Event, at time.Time) State {
	s.Version++
	switch e.What {
	case Opened:
		s.Stage, s.OpenedAt, s.ReviewedAt = Unconfirmed, at, at
	case Confirmed:
		s.Stage = Active
	case Ended:
		s.Stage, s.EmailChange = Closed, nil
	case SignedIn:
		s.Sessions = append(slices.Clone(s.Sessions), e.Session)
		s = s.shown(e, at)
	case SessionEnded:
		s.Sessions = without(s.Sessions, e.Sessions)
	case PasswordSet:
		s.PasswordAt, s.Condemned = at, ""
	case PasswordCondemned:
		s.Condemned = e.Why
	case FactorAdded:
		s.Factors = append(slices.Clone(s.Factors), Factor{ID: e.FactorID, Kind: e.FactorKind, Label: e.Label, AddedAt: at})
		s.Step = max(s.Step, e.Step)
	case FactorRenamed:
		s.Factors = changed(s.Factors, e.FactorID, func(f *Factor) { f.Label = e.Label })
	case FactorRemoved:
		s.Factors = slices.DeleteFunc(slices.Clone(s.Factors), func(f Factor) bool { return f.ID == e.FactorID })
		if !s.HasFactor() || e.Why == Struck {
			s.RecoveryLeft = 0 // they stood in for a factor; nothing is left to stand in for, or they are not the owner's
		}
	case FactorUsed, RecoveryUsed:
		s = s.shown(e, at)
	case FactorFailed:
		if e.FactorKind != Passkey {
			s.Misses, s.MissedAt = s.Misses+1, at
		}
	case RecoveryIssued:
		s.RecoveryLeft, s.Spent = e.Count, nil
	case Reviewed:
		s.ReviewedAt = at
	case EmailAsked:
		s.EmailChange = &EmailChange{ID: e.ChangeID, AskedAt: at, TakesEffect: e.TakesEffect}
	case EmailUndone, EmailTaken:
		s.EmailChange = nil
	case NotMe:
		if !s.Disowned {
			s.DisownedAt = at
		}
		s.Disowned, s.Condemned = true, Disowned
	case Reinstated:
		s.Disowned, s.DisownedAt = false, time.Time{}
	case KeyMade:
		if e.Key != nil {
			s.Keys = forgetful(append(slices.Clone(s.Keys), *e.Key))
		}
	case KeyEnded:
		s.Keys = ended(s.Keys, e.Keys, at)
	case SignInRefused, Exported, RoleChanged, PayoutAccountChanged, Approved:
	}
	return s
}

// shown folds a factor that was proven; an event without one changes nothing.
func (s State) shown(e Event, at time.Time) State {
	if e.FactorKind == "" {
		return s
	}
	s.Misses, s.MissedAt = 0, time.Time{}
	s.Step = max(s.Step, e.Step)
	if e.FactorKind == Recovery {
		s.RecoveryLeft = max(0, s.RecoveryLeft-1)
		if e.FactorID != "" {
			s.Spent = append(slices.Clone(s.Spent), e.FactorID)
		}
		return s
	}
	s.Factors = changed(s.Factors, e.FactorID, func(f *Factor) { f.UsedAt = at })
	return s
}

// changed returns the factors with one of them changed; unknown ids change none.
func changed(factors []Factor, id string, change func(*Factor)) []Factor {
	i := slices.IndexFunc(factors, func(f Factor) bool { return f.ID == id })
	if i < 0 {
		return factors
	}
	factors = slices.Clone(factors)
	change(&factors[i])
	return factors
}

// without returns the ids that are not among the gone.
func without(ids, gone []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(gone, id) })
}

// ended returns the keys with those named taken back.
func ended(keys []Key, ids []string, at time.Time) []Key {
	keys = slices.Clone(keys)
	for i := range keys {
		if keys[i].EndedAt.IsZero() && slices.Contains(ids, keys[i].ID) {
			keys[i].EndedAt = at
		}
	}
	return keys
}

// forgetful drops the oldest keys beyond what is kept, those taken back first.
func forgetful(keys []Key) []Key {
	for len(keys) > keysKept {
		i := slices.IndexFunc(keys, func(k Key) bool { return !k.EndedAt.IsZero() })
		keys = slices.Delete(keys, max(0, i), max(0, i)+1)
	}
	return keys
}
