package fault_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"fondaco/internal/fault"
)

func TestEveryKindHasItsOwnWords(t *testing.T) {
	t.Parallel()
	seen := map[string]fault.Kind{}
	for k := fault.Kind(0); k <= fault.Internal; k++ {
		word := k.String()
		if word != strings.ToLower(word) || word == "" || word == "unknown" {
			t.Errorf("kind %d is written %q", k, word)
		}
		if other, dup := seen[word]; dup {
			t.Errorf("kinds %d and %d are both %q", other, k, word)
		}
		seen[word] = k
	}
	if got := (fault.Internal + 1).String(); got != "unknown" {
		t.Errorf("a kind beyond the last is %q", got)
	}
}

func TestErrorFillsTheNamedPlaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, message string
		args          []string // name, value, …
		want          string
	}{
		{"no places", "plain", nil, "plain"},
		{"one place", "{a} is late", []string{"a", "it"}, "it is late"},
		{"a place twice", "{a}{a}", []string{"a", "x"}, "xx"},
		{"an unknown place stays", "{a} {b}", []string{"a", "x"}, "x {b}"},
		{"no arguments leave it as it is", "{a}", nil, "{a}"},
		{"a value is not read again", "{a}", []string{"a", "{b}", "b", "x"}, "{b}"},
		{"an open brace stays", "{a} {", []string{"a", "x"}, "x {"},
		{"a brace inside a brace", "{{a}}", []string{"a", "x"}, "{x}"},
		{"the last value counts", "{a}", []string{"a", "x", "a", "y"}, "y"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := fault.New(fault.Invalid, "c", tt.message)
			for i := 0; i < len(tt.args); i += 2 {
				e = e.With(tt.args[i], tt.args[i+1])
			}
			if got := e.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMakersCopyAndNeverChangeTheFirst(t *testing.T) {
	t.Parallel()
	first := fault.New(fault.Refused, "c", "{a}").With("a", "1").And(fault.New(fault.Invalid, "d", "d"))
	second := first.With("a", "2").At("lines[0]").Because(io.EOF).And(fault.New(fault.Invalid, "e", "e"))
	third := first.And(fault.New(fault.Invalid, "f", "f"))
	if first.Args["a"] != "1" || first.Field != "" || first.Unwrap() != nil || len(first.Details) != 1 {
		t.Errorf("the first was changed: %+v", first)
	}
	if second.Args["a"] != "2" || second.Field != "lines[0]" || !errors.Is(second, io.EOF) || len(second.Details) != 2 {
		t.Errorf("the second lacks something: %+v", second)
	}
	if second.Details[1].Code != "e" || third.Details[1].Code != "f" {
		t.Errorf("two copies share their details: %+v, %+v", second, third)
	}
}

func TestTheCauseIsShownToTheLogOnly(t *testing.T) {
	t.Parallel()
	inner := fault.New(fault.Unavailable, "store.busy", "the store is busy").Because(errors.New("driver text"))
	e := fault.New(fault.Internal, "x.y", "it broke").At("a.b").Because(fmt.Errorf("loading: %w", inner)).
		And(fault.New(fault.Invalid, "d", "detail"))
	for _, verb := range []string{"%v", "%s", "%q", "%d", "%#v"} {
		if got := fmt.Sprintf(verb, e); strings.Contains(got, "driver") || !strings.Contains(got, "it broke") {
			t.Errorf("%s gives %q", verb, got)
		}
	}
	if got := fmt.Sprintf("%q", e); got != `"it broke"` {
		t.Errorf("%%q gives %s", got)
	}
	want := "internal x.y at a.b: it broke; also invalid d: detail: loading: the store is busy"
	if got := fmt.Sprintf("%+v", e); got != want || got != e.Trace() {
		t.Errorf("the trace is %q, want %q", got, want)
	}
	if got := inner.Trace(); got != "unavailable store.busy: the store is busy: driver text" {
		t.Errorf("the inner trace is %q", got)
	}
}

func TestFaultsAreTheSameByCode(t *testing.T) {
	t.Parallel()
	a := fault.New(fault.Invalid, "a", "one")
	wrapped := fmt.Errorf("more: %w", fault.New(fault.Refused, "b", "b").Because(a))
	if !errors.Is(a, fault.New(fault.Refused, "a", "other words")) {
		t.Error("equal codes are not the same")
	}
	if errors.Is(a, fault.New(fault.Invalid, "b", "one")) || errors.Is(a, io.EOF) || errors.Is(a, (*fault.Error)(nil)) {
		t.Error("different codes are the same")
	}
	if !errors.Is(wrapped, a) || errors.Is(wrapped, fault.New(fault.Invalid, "c", "")) {
		t.Error("codes are not found through the chain")
	}
}

func TestOfNamesEveryError(t *testing.T) {
	t.Parallel()
	e := fault.New(fault.Conflict, "a.b", "m")
	for _, tt := range []struct {
		name string
		err  error
		kind fault.Kind
		code string
	}{
		{"nil", nil, 0, ""},
		{"a fault", e, fault.Conflict, "a.b"},
		{"a wrapped fault", fmt.Errorf("x: %w", e), fault.Conflict, "a.b"},
		{"the outermost fault counts", fault.New(fault.Refused, "c", "").Because(e), fault.Refused, "c"},
		{"a fault among others", errors.Join(io.EOF, e), fault.Conflict, "a.b"},
		{"another error", io.EOF, fault.Internal, fault.CodeInternal},
		{"a violation", &fault.Violation{Code: "v"}, fault.Internal, fault.CodeInternal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if fault.KindOf(tt.err) != tt.kind || fault.CodeOf(tt.err) != tt.code {
				t.Errorf("got %s %q, want %s %q", fault.KindOf(tt.err), fault.CodeOf(tt.err), tt.kind, tt.code)
			}
			if of := fault.Of(tt.err); (of == nil) != (tt.err == nil) {
				t.Errorf("Of gave %v", of)
			}
		})
	}
	if of := fault.Of(io.EOF); !errors.Is(of, io.EOF) || strings.Contains(of.Error(), "EOF") {
		t.Errorf("an unknown error is not wrapped silently: %+v", of)
	}
}

func TestANilFaultReturnedAsAnErrorIsAViolation(t *testing.T) {
	t.Parallel()
	defer func() {
		if v, ok := recover().(*fault.Violation); !ok || v.Code != "fault.nil" {
			t.Errorf("recovered %v", v)
		}
	}()
	var none *fault.Error
	fault.Of(none)
}

func TestAssertPanicsOnlyWhenFalse(t *testing.T) {
	t.Parallel()
	fault.Assert(true, "a", "b")
	defer func() {
		v, ok := recover().(*fault.Violation)
		if !ok || v.Code != "a.b" || v.Error() != "violation a.b: gone wrong" {
			t.Errorf("recovered %v", v)
		}
	}()
	fault.Assert(false, "a.b", "gone wrong")
}

func TestOnlyTheHousesOwnFaultsAreServerErrors(t *testing.T) {
	t.Parallel()
	want := map[fault.Kind]int{
		0: 500, fault.Invalid: 422, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404, fault.Conflict: 409,
		fault.Refused: 422, fault.Exhausted: 429, fault.Unavailable: 503, fault.Internal: 500, fault.Internal + 1: 500,
	}
	for kind, status := range want {
		if got := kind.HTTPStatus(); got != status {
			t.Errorf("%s answers %d, want %d", kind, got, status)
		}
	}
}
