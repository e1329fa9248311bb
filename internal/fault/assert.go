package fault

// Violation is a broken invariant of the house. Whoever recovers it must stop
// the work it guards; it is never an answer to a caller's mistake.
type Violation struct {
	Code    string
	Message string
}

// Error returns the code and the message.
func (v *Violation) Error() string {
	return "violation " + v.Code + ": " + v.Message
}

// Assert panics with a *Violation when ok is false, in production too.
func Assert(ok bool, code, message string) {
	if !ok {
		panic(&Violation{Code: code, Message: message})
	}
}
