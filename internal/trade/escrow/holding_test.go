package escrow_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/escrow"
)

func setup(t *testing.T) escrow.Holding {
	t.Helper()
	return escrow.New(money.MustCurrency("USD"), []escrow.Slice{{Tranche: "a", Minor: 300}, {Tranche: "b", Minor: 700}})
}

// model is the dumbest thing that could be right: one letter for each unit.
type model struct {
	unit    []string // "held", a claim's name, "seller", "buyer" or "house"
	tranche []string
}

func (m model) count(tranche, where string) int64 {
	var n int64
	for i, u := range m.unit {
		if (tranche == "" || m.tranche[i] == tranche) && (u == where || where == "open" && u != "seller" && u != "buyer" && u != "house") {
			n++
		}
	}
	return n
}

func (m model) take(tranche, from, to string, n int64) {
	for i, u := range m.unit {
		if n > 0 && m.tranche[i] == tranche && u == from {
			m.unit[i] = to
			n--
		}
	}
	if n != 0 {
		panic("the model has no such unit")
	}
}

func (m model) move(moves []escrow.Movement, from string) {
	for _, x := range moves {
		m.take(x.Tranche, from, string(x.To), x.Minor)
	}
}

func TestHoldingAgreesWithCountingUnits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var due []escrow.Slice
		var m model
		for i := range rapid.IntRange(1, 4).Draw(r, "tranches") {
			s := escrow.Slice{Tranche: fmt.Sprint("t", i), Minor: rapid.Int64Range(1, 30).Draw(r, "due")}
			due = append(due, s)
			for range s.Minor {
				m.unit, m.tranche = append(m.unit, "held"), append(m.tranche, s.Tranche)
			}
		}
		h := escrow.New(money.MustCurrency("USD"), due).Fund()
		fee := rapid.Int64Range(0, 10_000).Draw(r, "fee")
		var claims []string
		pick := func() escrow.Slice {
			free := h.Free()
			if len(free) == 0 {
				r.Skip("nothing free")
			}
			s := rapid.SampledFrom(free).Draw(r, "slice")
			s.Minor = rapid.Int64Range(1, s.Minor).Draw(r, "part")
			return s
		}
		r.Repeat(map[string]func(*rapid.T){
			"release": func(r *rapid.T) {
				moves := h.Releasing([]escrow.Slice{pick()}, escrow.ReleaseTerms{FeeBps: fee, Penalty: rapid.Int64Range(0, 20).Draw(r, "penalty")})
				m.move(moves, "held")
				h = h.Move(moves)
			},
			"refund": func(*rapid.T) {
				moves := h.Refunding([]escrow.Slice{pick()})
				m.move(moves, "held")
				h = h.Move(moves)
			},
			"freeze": func(r *rapid.T) {
				name, minor := fmt.Sprint("c", len(claims)), rapid.Int64Range(-1, 40).Draw(r, "minor")
				frozen, err := h.Freeze(name, minor)
				if ok := minor > 0 && minor <= m.count("", "held"); ok != (err == nil) {
					r.Fatalf("freeze %d: %v", minor, err)
				}
				if err != nil {
					return
				}
				for i := len(due) - 1; i >= 0; i-- { // the last tranche first
					take := min(minor, m.count(due[i].Tranche, "held"))
					m.take(due[i].Tranche, "held", name, take)
					minor -= take
				}
				h, claims = frozen, append(claims, name)
			},
			"divide": func(r *rapid.T) {
				if len(claims) == 0 {
					r.Skip("no claim")
				}
				name := rapid.SampledFrom(claims).Draw(r, "claim")
				share := rapid.Int64Range(-1, 40).Draw(r, "share")
				moves, err := h.Splitting(name, share, fee)
				if ok := share >= 0 && share <= m.count("", name); ok != (err == nil) {
					r.Fatalf("split %d: %v", share, err)
				}
				if err != nil {
					return
				}
				m.move(moves, name)
				h = h.Thaw(name).Move(moves)
				claims = slices.DeleteFunc(claims, func(c string) bool { return c == name })
			},
			"thaw": func(r *rapid.T) {
				if len(claims) == 0 {
					r.Skip("no claim")
				}
				name := rapid.SampledFrom(claims).Draw(r, "claim")
				for _, s := range due {
					m.take(s.Tranche, name, "held", m.count(s.Tranche, name))
				}
				h = h.Thaw(name)
				claims = slices.DeleteFunc(claims, func(c string) bool { return c == name })
			},
			"": func(r *rapid.T) {
				if !h.Balanced() {
					r.Fatalf("unbalanced: %+v", h)
				}
				for _, p := range h.Parts {
					got := []int64{p.Held, p.Frozen, p.Released, p.Refunded, p.Fees}
					want := []int64{m.count(p.Tranche, "open"), m.count(p.Tranche, "open") - m.count(p.Tranche, "held"), m.count(p.Tranche, "seller"), m.count(p.Tranche, "buyer"), m.count(p.Tranche, "house")}
					if !slices.Equal(got, want) {
						r.Fatalf("%s: %v, want %v", p.Tranche, got, want)
					}
				}
				for _, c := range claims {
					if h.HeldFor(c) != m.count("", c) {
						r.Fatalf("%s holds %d, want %d", c, h.HeldFor(c), m.count("", c))
					}
				}
			},
		})
	})
}

func TestHoldingIsNeverChangedInPlace(t *testing.T) {
	t.Parallel()
	h, err := setup(t).Fund().Freeze("c1", 800)
	if err != nil {
		t.Fatal(err)
	}
	parts, holds := slices.Clone(h.Parts), slices.Clone(h.Holds)
	if _, err := h.Freeze("c2", 100); err != nil {
		t.Fatal(err)
	}
	h.Thaw("c1").Move([]escrow.Movement{{Tranche: "a", To: escrow.ToSeller, Minor: 5, Why: escrow.Release}})
	if !reflect.DeepEqual(parts, h.Parts) || !reflect.DeepEqual(holds, h.Holds) {
		t.Errorf("now %+v", h)
	}
}

func TestReleaseTakesPenaltyThenFeeThenPaysTheRest(t *testing.T) {
	t.Parallel()
	h := setup(t).Fund()
	got := h.Releasing(h.Free(), escrow.ReleaseTerms{FeeBps: 150, Penalty: 310})
	want := []escrow.Movement{
		{Tranche: "a", To: escrow.ToBuyer, Minor: 300, Why: escrow.Penalty},
		{Tranche: "b", To: escrow.ToBuyer, Minor: 10, Why: escrow.Penalty},
		{Tranche: "b", To: escrow.ToHouse, Minor: 10, Why: escrow.Fee}, // 1.5 % of 690 is 10.35
		{Tranche: "b", To: escrow.ToSeller, Minor: 680, Why: escrow.Release},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestMoneyThatIsNotThereStopsTheProgram(t *testing.T) {
	t.Parallel()
	frozen, err := setup(t).Fund().Freeze("c1", 700)
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func(){
		"funded twice":     func() { setup(t).Fund().Fund() },
		"more than held":   func() { setup(t).Fund().Move([]escrow.Movement{{Tranche: "a", To: escrow.ToSeller, Minor: 301}}) },
		"frozen":           func() { frozen.Move([]escrow.Movement{{Tranche: "b", To: escrow.ToSeller, Minor: 1}}) },
		"nothing":          func() { frozen.Move([]escrow.Movement{{Tranche: "a", To: escrow.ToSeller}}) },
		"an unknown place": func() { frozen.Move([]escrow.Movement{{Tranche: "z", To: escrow.ToSeller, Minor: 1}}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if _, ok := recover().(*fault.Violation); !ok {
					t.Error("nothing stopped it")
				}
			}()
			do()
		})
	}
}
