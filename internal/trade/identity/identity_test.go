package identity_test

import (
	"slices"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

func setup(t *testing.T) identity.Register {
	t.Helper()
	return identity.Register{LegalName: " Ningbo Brass Co., Ltd. ", Country: "CN", Registration: "91330200X", Address: "1 Harbour Road\nNingbo"}
}

func TestRegisteringNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*identity.Register){
		"":                                     func(*identity.Register) {},
		"legal_name identity.too_short":        func(r *identity.Register) { r.LegalName = " x " },
		"legal_name identity.too_long":         func(r *identity.Register) { r.LegalName = strings.Repeat("公", 201) },
		"legal_name identity.bad_characters":   func(r *identity.Register) { r.LegalName = "Acme \u202eLtd" },
		"registration identity.too_short":      func(r *identity.Register) { r.Registration = "" },
		"registration identity.bad_characters": func(r *identity.Register) { r.Registration = "9\x00" },
		"address identity.too_long":            func(r *identity.Register) { r.Address = strings.Repeat("x", 501) },
		"address identity.bad_characters":      func(r *identity.Register) { r.Address = "\xff" },
		"country identity.unknown_country":     func(r *identity.Register) { r.Country = "cn" },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			spoil(&r)
			e, err := identity.DecideRegister("p1", r)
			var got []string
			if err != nil {
				for _, d := range fault.Of(err).Details {
					got = append(got, d.Field+" "+d.Code)
				}
			}
			if want == "" && (err != nil || e.Party.LegalName != "Ningbo Brass Co., Ltd." || e.Party.ID != "p1") || want != "" && !slices.Equal(got, []string{want}) {
				t.Errorf("found %q, registered %+v", got, e)
			}
		})
	}
}

func TestOnlyAssignedCodesAreCountries(t *testing.T) {
	t.Parallel()
	n := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if identity.IsCountry(string([]rune{a, b})) {
				n++
			}
		}
	}
	if n != 249 {
		t.Errorf("%d countries, ISO 3166-1 assigns 249", n)
	}
	for _, bad := range []string{"", "C", "CHE", "ch", "UK", "EU", "UN", "SU", "YU", "AN", "XK", "ZZ", "A ", " A", "ＣＨ"} {
		if identity.IsCountry(bad) {
			t.Errorf("%q counts as a country", bad)
		}
	}
	for _, good := range []string{"CH", "CN", "US", "GB", "TW", "SS", "AD", "ZW"} {
		if !identity.IsCountry(good) {
			t.Errorf("%q does not count as a country", good)
		}
	}
}

func TestActorsAreReadBackAsWritten(t *testing.T) {
	t.Parallel()
	for _, o := range identity.Offices() {
		a := identity.Actor{Office: o, Person: "ann"}
		if o == identity.Member {
			a = identity.Actor{Office: o, Party: "acme", Person: "ann"}
		}
		if got, err := identity.ParseActor(a.String()); err != nil || got != a {
			t.Errorf("%s: %+v, %v", a, got, err)
		}
	}
	for _, bad := range []string{"", "member", "member/acme", "member/acme/ann/x", "king//ann", "Member/acme/ann"} {
		if _, err := identity.ParseActor(bad); fault.CodeOf(err) != "identity.bad_actor" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	staff := 0
	for _, o := range identity.Offices() {
		if o.Staff() {
			staff++
		}
	}
	if staff != 5 || identity.HouseClock().Office != identity.Clock {
		t.Errorf("%d offices are people of the house", staff)
	}
}

func TestSidesFaceEachOther(t *testing.T) {
	t.Parallel()
	if identity.Buyer.Other() != identity.Seller || identity.Seller.Other() != identity.Buyer || identity.NoSide.Other() != identity.NoSide {
		t.Error("a side does not face the other")
	}
}
