package account

import "time"

// Command is what somebody wants to happen to an account. Whoever gives it has
// proven the secrets it is about.
type Command interface{ Name() string }

// Moment is when a command is given, and from where.
type Moment struct {
	Now   time.Time
	Where Where
}

// Method is how a session was opened.
type Method string

// The methods.
const (
	ByPassword Method = "password"
	ByPasskey  Method = "passkey"
	BySSO      Method = "sso"
)

// Why a password is set.
const (
	Chosen  = "chosen"  // by its owner, who knew the one before or had none
	Reset   = "reset"   // through the mailbox; every session ends
	Renewed = "renewed" // because the house asked
)

// Why a password is condemned; other words are taken and bar the password too.
const (
	Listed    = "listed"    // it stands on a list of known passwords
	Expired   = "expired"   // older than the house allows
	Suspected = "suspected" // the house believes that somebody else knows it
	Disowned  = "disowned"  // its owner said "this was not me"
)

// Why a sign-in is refused.
const (
	WrongPassword = "wrong_password"
	Blocked       = "blocked" // too risky
	FactorMissed  = "factor_missed"
	Throttled     = "throttled"
	BarredWord    = "condemned" // right, but condemned
	NotActive     = "not_active"
)

// The commands.
type (
	// Open makes the account; the address is not proven yet.
	Open struct{}
	// Confirm says that the address is proven.
	Confirm struct{}
	// Close ends the account, its sessions and its keys for good.
	Close struct{}

	// SignIn begins a session. It takes the factor it names: TOTP raises the step, a
	// recovery code is used up; no UseFactor or UseRecovery goes with it.
	SignIn struct {
		Session  string // new; an id that is in use is refused
		Method   Method
		Factor   FactorKind // "" when none was shown
		FactorID string     // of a passkey or TOTP; of a recovery code its number, if it is to count once here too
		Step     int64      // of a TOTP code
		Risk     Risk
	}
	// RefuseSignIn records an attempt that failed.
	RefuseSignIn struct {
		Why  string
		Risk Risk
	}
	// EndSession ends one session.
	EndSession struct{ Session, Why string }
	// EndOthers ends every session but one; with an empty Keep, all.
	EndOthers struct{ Keep, Why string }

	// SetPassword records that a new password is in force. Keep is the session that
	// goes on, if any; after a reset none does.
	SetPassword struct{ Why, Keep string }
	// Condemn says that the password must be changed at once, and ends all sessions.
	Condemn struct{ Why string }

	// AddFactor adds a passkey or TOTP that has just been proven.
	AddFactor struct {
		ID    string
		Kind  FactorKind
		Label string
		Step  int64 // of the TOTP code that proved it
	}
	// RenameFactor changes a label.
	RenameFactor struct{ ID, Label string }
	// RemoveFactor takes a factor away. Required says that this person must have one.
	RemoveFactor struct {
		ID       string
		Required bool
	}
	// UseFactor records a factor proven again within a session, and for what. For a
	// code that was sent, ID is empty; recovery codes have [UseRecovery].
	UseFactor struct {
		ID   string
		Kind FactorKind
		Step int64
		For  string
	}
	// MissFactor records a wrong answer. That of a passkey does not count towards the block.
	MissFactor struct{ Kind FactorKind }
	// IssueRecovery replaces the recovery codes by new ones.
	IssueRecovery struct{ Count int }
	// UseRecovery uses up one recovery code within a session, and says for what.
	UseRecovery struct {
		ID  string // its number, or ""; a number that was used since the codes were issued is refused
		For string
	}

	// ConfirmReview records a security review: what was shown, and that it is right.
	ConfirmReview struct{ Seen []string }

	// AskEmail begins a change of address, which waits for the hold.
	AskEmail struct {
		ID        string
		HoldHours int
	}
	// UndoEmail cancels a change of address that waits.
	UndoEmail struct{ ID string }
	// TakeEmail carries out a change of address after its hold.
	TakeEmail struct{ ID string }

	// Disown says "this was not me", naming the session if it is known: it ends all
	// sessions and keys, bars the password and calls off a change of address.
	Disown struct{ Session string }
	// Reinstate resolves a Disown; compliance gives it. Factors that were added within
	// [SuspectFor] before, or since, are removed, and the recovery codes with them.
	Reinstate struct{ Why string }

	// MakeKey makes a key; MadeAt and EndedAt are the house's to set.
	MakeKey struct{ Key Key }
	// EndKey takes a key back.
	EndKey struct{ ID, Why string }

	// Note keeps a fact that was decided elsewhere and belongs into the activity
	// log: [Exported], [RoleChanged], [PayoutAccountChanged] or [Approved].
	Note struct {
		What    What
		Subject string
	}
)

func (Open) Name() string          { return "open" }
func (Confirm) Name() string       { return "confirm" }
func (Close) Name() string         { return "close" }
func (SignIn) Name() string        { return "sign_in" }
func (RefuseSignIn) Name() string  { return "refuse_sign_in" }
func (EndSession) Name() string    { return "end_session" }
func (EndOthers) Name() string     { return "end_others" }
func (SetPassword) Name() string   { return "set_password" }
func (Condemn) Name() string       { return "condemn" }
func (AddFactor) Name() string     { return "add_factor" }
func (RenameFactor) Name() string  { return "rename_factor" }
func (RemoveFactor) Name() string  { return "remove_factor" }
func (UseFactor) Name() string     { return "use_factor" }
func (MissFactor) Name() string    { return "miss_factor" }
func (IssueRecovery) Name() string { return "issue_recovery" }
func (UseRecovery) Name() string   { return "use_recovery" }
func (ConfirmReview) Name() string { return "confirm_review" }
func (AskEmail) Name() string      { return "ask_email" }
func (UndoEmail) Name() string     { return "undo_email" }
func (TakeEmail) Name() string     { return "take_email" }
func (Disown) Name() string        { return "disown" }
func (Reinstate) Name() string     { return "reinstate" }
func (MakeKey) Name() string       { return "make_key" }
func (EndKey) Name() string        { return "end_key" }
func (Note) Name() string          { return "note" }
