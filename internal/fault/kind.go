package fault

// Kind is the sort of a failure. The zero Kind means no failure.
type Kind uint8

const (
	// Invalid means the input is malformed; sending it again cannot help.
	Invalid Kind = iota + 1
	// Unauthenticated means nobody knows who is asking.
	Unauthenticated
	// Forbidden means the asker is known and may not do this.
	Forbidden
	// NotFound means the thing named does not exist, or the asker may not know of it.
	NotFound
	// Conflict means the state moved under the caller; loading again may help.
	Conflict
	// Refused means the request is well-formed but the rules of the trade forbid it.
	Refused
	// Exhausted means a limit or quota is used up for now.
	Exhausted
	// Unavailable means a part of the house or an outside source is down for now.
	Unavailable
	// Internal means the house is at fault.
	Internal
)

// String returns the kind in lower-case words, "none" for the zero Kind.
func (k Kind) String() string {
	switch k {
	case 0:
		return "none"
	case Invalid:
		return "invalid"
	case Unauthenticated:
		return "unauthenticated"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not found"
	case Conflict:
		return "conflict"
	case Refused:
		return "refused"
	case Exhausted:
		return "exhausted"
	case Unavailable:
		return "unavailable"
	case Internal:
		return "internal"
	}
	return "unknown"
}

// HTTPStatus is how both faces answer a failure of this kind over HTTP (RFC 9110);
// a refusal is never a 5xx. Kinds that are none answer 500.
func (k Kind) HTTPStatus() int {
	switch k {
	case Invalid, Refused:
		return 422
	case Unauthenticated:
		return 401
	case Forbidden:
		return 403
	case NotFound:
		return 404
	case Conflict:
		return 409
	case Exhausted:
		return 429
	case Unavailable:
		return 503
	case Internal:
	}
	return 500
}
