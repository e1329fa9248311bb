package account

import (
	"slices"
	"time"

	"fondaco/internal/money"
)

// Stage is where an account stands.
type Stage string

// The stages of an account.
const (
	NotOpened   Stage = ""            // nothing recorded yet
	Unconfirmed Stage = "unconfirmed" // opened; the address is not proven, and nobody can sign in
	Active      Stage = "active"      // the address is proven
	Closed      Stage = "closed"      // for good
)

// FactorKind is a way to prove who signs in, beside or instead of the password.
type FactorKind string

// The kinds of factors. Only passkeys and TOTP are kept as a [Factor].
const (
	Passkey  FactorKind = "passkey"  // WebAuthn with user verification; cannot be phished or guessed
	TOTP     FactorKind = "totp"     // time-based one-time code, RFC 6238
	Recovery FactorKind = "recovery" // one of the codes printed for the day a factor is lost
	Code     FactorKind = "code"     // sent by mail or SMS: the weakest
)

// Strength ranks the kinds: passkey 3, TOTP 2, recovery and sent codes 1, others 0.
func (k FactorKind) Strength() int {
	switch k {
	case Passkey:
		return 3
	case TOTP:
		return 2
	case Recovery, Code:
		return 1
	}
	return 0
}

// kept reports whether factors of this kind are listed on the account.
func (k FactorKind) kept() bool { return k == Passkey || k == TOTP }

// Factor is a passkey or an authenticator app of the account. UsedAt is zero until first used.
type Factor struct {
	ID      string
	Kind    FactorKind
	Label   string
	AddedAt time.Time
	UsedAt  time.Time
}

// Where is from where somebody acted, as the server saw it. Device is the random
// id of the browser's cookie, Network the provider or range of the address.
type Where struct {
	Address string `json:"address,omitempty"`
	Network string `json:"network,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	City    string `json:"city,omitempty"`
	Browser string `json:"browser,omitempty"`
	Version string `json:"version,omitempty"`
	System  string `json:"system,omitempty"`
	Device  string `json:"device,omitempty"`
}

// The levels of [Risk].
const (
	LowRisk    = "low"
	MediumRisk = "medium"
	HighRisk   = "high"
)

// Risk is how unusual a sign-in was: low, medium or high, its score in
// thousandths, and the codes of the reasons.
type Risk struct {
	Level      string   `json:"level"`
	ScoreMilli int64    `json:"score_milli"`
	Reasons    []string `json:"reasons,omitempty"`
}

// Key lets a program act for the person within scopes and, per currency, below a
// ceiling. EndedAt is zero while it has not been taken back.
type Key struct {
	ID        string         `json:"id"`
	Label     string         `json:"label"`
	Scopes    []string       `json:"scopes"`
	Ceiling   []money.Amount `json:"ceiling,omitempty"`
	MadeAt    time.Time      `json:"made_at"`
	ExpiresAt time.Time      `json:"expires_at"`
	EndedAt   time.Time      `json:"ended_at,omitzero"`
}

// Living reports whether the key is neither taken back nor expired.
func (k Key) Living(now time.Time) bool { return k.EndedAt.IsZero() && now.Before(k.ExpiresAt) }

// EmailChange is a change of address that waits; the addresses are not in the log.
type EmailChange struct {
	ID          string
	AskedAt     time.Time
	TakesEffect time.Time
}

// The bounds of an account.
const (
	SessionsMax   = 100 // the oldest ends when one more begins
	FactorsMax    = 10
	KeysMax       = 20 // living at once
	KeyDaysMax    = 366
	RecoveryMax   = 20
	LabelRunesMax = 60
	HoldHoursMax  = 720

	keysKept = 100 // ended ones are forgotten first; the log still has them
)

// State is the fold of an account's events.
type State struct {
	Version    int64
	Stage      Stage
	OpenedAt   time.Time
	PasswordAt time.Time // when the password was set; zero when there is none
	Condemned  string    // why the password must be changed at once; empty when it need not
	Factors    []Factor  // in the order they were added
	Step       int64     // newest TOTP time step that was taken
	// RecoveryLeft is how many recovery codes are unused.
	RecoveryLeft int
	// Spent are the recovery codes used since they were issued, as far as they were named.
	Spent       []string
	Misses      int       // wrong second-factor answers in a row, passkeys aside
	MissedAt    time.Time // when the last of them was given
	ReviewedAt  time.Time // last security review; opening counts as one
	Sessions    []string  // ids of living sessions, the oldest first
	EmailChange *EmailChange
	Disowned    bool      // "this was not me" was said and is not resolved; payouts stay frozen
	DisownedAt  time.Time // when it was said first; zero unless Disowned
	Keys        []Key
}

// Stream is the name of an account's stream of events. The id is not the person's.
func Stream(id string) string { return "account:" + id }

// HasFactor reports whether the account has a passkey or TOTP.
func (s State) HasFactor() bool { return len(s.Factors) > 0 }

// Strongest is the strongest kind of factor on the account, or "".
func (s State) Strongest() FactorKind {
	var best FactorKind
	for _, f := range s.Factors {
		if f.Kind.Strength() > best.Strength() {
			best = f.Kind
		}
	}
	return best
}

// Factor finds a passkey or TOTP of the account.
func (s State) Factor(id string) (Factor, bool) {
	i := slices.IndexFunc(s.Factors, func(f Factor) bool { return f.ID == id })
	if i < 0 {
		return Factor{}, false
	}
	return s.Factors[i], true
}

// Key finds a key of the account, living or not.
func (s State) Key(id string) (Key, bool) {
	i := slices.IndexFunc(s.Keys, func(k Key) bool { return k.ID == id })
	if i < 0 {
		return Key{}, false
	}
	return s.Keys[i], true
}

const (
	missesFree = 5 // NIST SP 800-63B asks for a limit and leaves the number to the house
	blockFirst = time.Minute
	blockMost  = time.Hour
)

// FactorBlockedUntil is until when guessable factors are not looked at, or the
// zero time: from the fifth wrong answer in a row one minute, doubling with each
// further one, at most an hour. Passkeys are never blocked.
func (s State) FactorBlockedUntil() time.Time {
	if s.Misses < missesFree {
		return time.Time{}
	}
	wait := blockFirst
	for range s.Misses - missesFree {
		if wait *= 2; wait >= blockMost {
			wait = blockMost
			break
		}
	}
	return s.MissedAt.Add(wait)
}

// ReviewDue reports whether the last security review is days or more ago. With
// days below one no review is ever due.
func (s State) ReviewDue(days int, now time.Time) bool {
	return s.Stage == Active && days > 0 && !now.Before(s.ReviewedAt.AddDate(0, 0, days))
}

// CondemnedBars reports whether the password opens no session until it is reset:
// somebody else may know it. A password that is only listed or expired still
// brings its owner to the page where it is changed.
func (s State) CondemnedBars() bool {
	return s.Condemned != "" && s.Condemned != Listed && s.Condemned != Expired
}
