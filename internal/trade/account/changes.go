package account

import (
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

func askEmail(s State, c AskEmail, now time.Time) ([]Event, error) {
	if err := isID("id", c.ID); err != nil {
		return nil, err
	}
	if c.HoldHours < 1 || c.HoldHours > HoldHoursMax {
		return nil, malformed("hold_hours")
	}
	if s.Disowned {
		return nil, disowned()
	}
	if s.EmailChange != nil {
		return nil, fault.New(fault.Conflict, "account.email_change_waits", "A change of address is waiting already. Cancel it first.")
	}
	return []Event{{What: EmailAsked, ChangeID: c.ID, TakesEffect: now.Add(time.Duration(c.HoldHours) * time.Hour)}}, nil
}

func undoEmail(s State, c UndoEmail) ([]Event, error) {
	if s.EmailChange == nil || s.EmailChange.ID != c.ID {
		return nil, unknownChange()
	}
	return []Event{{What: EmailUndone, ChangeID: c.ID}}, nil
}

func takeEmail(s State, c TakeEmail, now time.Time) ([]Event, error) {
	if s.EmailChange == nil || s.EmailChange.ID != c.ID {
		return nil, unknownChange()
	}
	if until := s.EmailChange.TakesEffect; now.Before(until) {
		return nil, fault.New(fault.Refused, "account.hold", "The new address counts from {until}. Until then the old one may cancel.").
			With("until", until.Format(time.RFC3339))
	}
	return []Event{{What: EmailTaken, ChangeID: c.ID}}, nil
}

func unknownChange() error {
	return fault.New(fault.NotFound, "account.unknown_change", "No such change of address is waiting.")
}

// disown is never refused for what it names: the session may be over, and saying
// it twice ends what has begun in between.
func disown(s State, c Disown) ([]Event, error) {
	if c.Session != "" {
		if err := isID("session", c.Session); err != nil {
			return nil, err
		}
	}
	events := []Event{{What: NotMe, Session: c.Session}}
	events = append(events, s.ending(Disowned)...)
	if s.EmailChange != nil {
		events = append(events, Event{What: EmailUndone, ChangeID: s.EmailChange.ID, Why: Disowned})
	}
	return events, nil
}

func reinstate(s State, c Reinstate) ([]Event, error) {
	if err := isText("why", c.Why); err != nil || c.Why == "" {
		return nil, malformed("why")
	}
	if !s.Disowned {
		return nil, fault.New(fault.Conflict, "account.not_disowned", "Nothing is open that this could resolve.")
	}
	events := []Event{{What: Reinstated, Why: c.Why}}
	for _, f := range s.Factors {
		if f.AddedAt.After(s.DisownedAt.Add(-SuspectFor)) {
			events = append(events, Event{What: FactorRemoved, FactorID: f.ID, FactorKind: f.Kind, Label: f.Label, Why: Struck})
		}
	}
	return events, nil
}

// SuspectFor is how long before a "this was not me" a new factor may have been an
// intruder's: as long as the owner had to say so. It goes when the case is closed,
// or the intruder would come back by it and the owner would stay outside.
const SuspectFor = 14 * 24 * time.Hour

// Struck is why such a factor was removed.
const Struck = "struck"

func disowned() error {
	return fault.New(fault.Refused, "account.disowned", "You told us that a sign-in was not yours. Until that is resolved, this cannot be done.")
}

func makeKey(s State, c MakeKey, now time.Time) ([]Event, error) {
	if s.Disowned {
		return nil, disowned()
	}
	k := c.Key
	if err := isID("id", k.ID); err != nil {
		return nil, err
	}
	label, err := cleanLabel(k.Label)
	if err != nil {
		return nil, err
	}
	k.Label, k.MadeAt, k.EndedAt = label, now, time.Time{}
	k.ExpiresAt = k.ExpiresAt.UTC().Truncate(time.Microsecond)
	if err := soundKey(k, now); err != nil {
		return nil, err
	}
	if _, known := s.Key(k.ID); known {
		return nil, fault.New(fault.Conflict, "account.key_known", "A new key needs a new name.")
	}
	living := 0
	for _, other := range s.Keys {
		if other.Living(now) {
			living++
		}
	}
	if living >= KeysMax {
		return nil, fault.New(fault.Refused, "account.too_many_keys", "A person has at most 20 keys. Take one back first.")
	}
	k.Scopes, k.Ceiling = slices.Clone(k.Scopes), slices.Clone(k.Ceiling)
	return []Event{{What: KeyMade, Key: &k}}, nil
}

// soundKey checks what a key may do and for how long.
func soundKey(k Key, now time.Time) error {
	if len(k.Scopes) < 1 || len(k.Scopes) > scopesMax {
		return malformed("scopes")
	}
	for i, scope := range k.Scopes {
		if isID("scopes", scope) != nil || slices.Contains(k.Scopes[:i], scope) {
			return malformed("scopes")
		}
	}
	var currencies []money.Currency
	for _, a := range k.Ceiling {
		if a.Currency().IsZero() || a.Sign() < 0 || slices.Contains(currencies, a.Currency()) {
			return fault.New(fault.Invalid, "account.bad_ceiling", "Give one amount for each currency, not below zero.").At("ceiling")
		}
		currencies = append(currencies, a.Currency())
	}
	if !k.ExpiresAt.After(now) || k.ExpiresAt.After(now.AddDate(0, 0, KeyDaysMax)) {
		return fault.New(fault.Invalid, "account.bad_expiry", "A key expires after today and within 366 days.").At("expires_at")
	}
	return nil
}

func endKey(s State, c EndKey) ([]Event, error) {
	if err := isText("why", c.Why); err != nil {
		return nil, err
	}
	if k, known := s.Key(c.ID); !known || !k.EndedAt.IsZero() {
		return nil, fault.New(fault.NotFound, "account.unknown_key", "There is no such key.")
	}
	return []Event{{What: KeyEnded, Keys: []string{c.ID}, Why: c.Why}}, nil
}
