package fault_test

import (
	"errors"
	"fmt"

	"fondaco/internal/fault"
)

func Example() {
	refuse := func() error {
		return fault.New(fault.Refused, "escrow.not_held", "{tranche} is not held").
			With("tranche", "the deposit").
			Because(errors.New("a text for the log"))
	}
	err := fmt.Errorf("releasing: %w", refuse())

	fmt.Println(fault.KindOf(err), fault.CodeOf(err))
	fmt.Println(fault.Of(err))
	fmt.Printf("%+v\n", fault.Of(err))
	// Output:
	// refused escrow.not_held
	// the deposit is not held
	// refused escrow.not_held: the deposit is not held: a text for the log
}
