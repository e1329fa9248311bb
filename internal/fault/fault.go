package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Error is one failure: what sort it is, its stable code, and a message in
// plain English that may hold {name} places filled from Args.
type Error struct {
	Kind    Kind
	Code    string            // stable dotted name, such as "escrow.not_held"
	Message string            // English template; {name} stands for Args["name"]
	Field   string            // JSON path of the wrong input, such as "lines[0].quantity"; may be empty
	Args    map[string]string // values for the message and for its translations
	Details []*Error          // further failures of the same request
	cause   error
}

// CodeInternal is the code Of gives to an error that is not a fault.
const CodeInternal = "internal"

// New returns a fault without field, arguments, details or cause.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// With returns a copy whose argument name has the value.
func (e *Error) With(name, value string) *Error {
	c := *e
	c.Args = maps.Clone(e.Args)
	if c.Args == nil {
		c.Args = make(map[string]string, 1)
	}
	c.Args[name] = value
	return &c
}

// At returns a copy naming the input field as a JSON path.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Because returns a copy that wraps the cause; only the log shows it.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// And returns a copy with the others appended to its details.
func (e *Error) And(others ...*Error) *Error {
	c := *e
	c.Details = slices.Concat(e.Details, others)
	return &c
}

// Error returns the message with its {name} places filled. It never shows the cause.
func (e *Error) Error() string {
	if len(e.Args) == 0 || !strings.Contains(e.Message, "{") {
		return e.Message
	}
	var out strings.Builder
	rest := e.Message
	for {
		before, after, open := strings.Cut(rest, "{")
		out.WriteString(before)
		if !open {
			return out.String()
		}
		name, tail, closed := strings.Cut(after, "}")
		value, known := e.Args[name]
		if closed && known {
			out.WriteString(value)
			rest = tail
			continue
		}
		out.WriteByte('{')
		rest = after
	}
}

// Trace returns kind, code, field, message, details and the whole chain of
// causes on one line, for the log only.
func (e *Error) Trace() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s", e.Kind, e.Code)
	if e.Field != "" {
		fmt.Fprintf(&out, " at %s", e.Field)
	}
	fmt.Fprintf(&out, ": %s", e.Error())
	for _, detail := range e.Details {
		fmt.Fprintf(&out, "; also %s", detail.Trace())
	}
	if e.cause != nil {
		fmt.Fprintf(&out, ": %+v", e.cause)
	}
	return out.String()
}

// Format prints Trace for %+v and Error for every other verb.
func (e *Error) Format(s fmt.State, verb rune) {
	switch {
	case verb == 'v' && s.Flag('+'):
		_, _ = s.Write([]byte(e.Trace()))
	case verb == 'q':
		_, _ = fmt.Fprintf(s, "%q", e.Error())
	default:
		_, _ = s.Write([]byte(e.Error()))
	}
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether the target is a fault of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t != nil && t.Code == e.Code
}

// Of returns the first fault in err's chain. A nil err gives nil; any other
// error becomes Internal with CodeInternal, wrapping err.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var found *Error
	if errors.As(err, &found) {
		Assert(found != nil, "fault.nil", "a nil fault was returned as an error")
		return found
	}
	return New(Internal, CodeInternal, "something went wrong on our side").Because(err)
}

// KindOf returns the kind of the first fault in err's chain: zero for nil,
// Internal for an error that is not a fault.
func KindOf(err error) Kind {
	if e := Of(err); e != nil {
		return e.Kind
	}
	return 0
}

// CodeOf returns the code of the first fault in err's chain: "" for nil,
// CodeInternal for an error that is not a fault.
func CodeOf(err error) string {
	if e := Of(err); e != nil {
		return e.Code
	}
	return ""
}
