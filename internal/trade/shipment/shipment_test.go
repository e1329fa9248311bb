package shipment_test

import (
	"slices"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/shipment"
)

func noon() time.Time { return time.Date(2027, 3, 10, 12, 0, 0, 0, time.UTC) }

const day = 24 * time.Hour

func setup(t *testing.T) shipment.Consignment {
	t.Helper()
	return shipment.Consignment{ID: "k1", ShippedAt: noon().Add(-5 * day), Stage: shipment.Announced, PickedUp: true}
}

func TestDoubtsAreNamed(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration, place string) shipment.Event {
		return shipment.Event{Stage: shipment.Delivered, At: noon().Add(d), Place: place}
	}
	for _, x := range []struct {
		name   string
		spoil  func(*shipment.Consignment)
		event  shipment.Event
		shipTo string
		want   []shipment.Doubt
	}{
		{"good", nil, at(0, "CH Basel"), "CH Basel", nil},
		{"country alone", nil, at(0, "CH"), "CH Basel", nil},
		{"any city of the country", nil, at(0, "CH Chur"), "CH", nil},
		{"case and spaces", nil, at(0, "ch  basel "), "CH Basel", nil},
		{"another city", nil, at(0, "CH Chur"), "CH Basel", []shipment.Doubt{shipment.WrongPlace}},
		{"another country", nil, at(0, "FR Basel"), "CH Basel", []shipment.Doubt{shipment.WrongPlace}},
		{"no place", nil, at(0, ""), "CH Basel", []shipment.Doubt{shipment.NoPlace}},
		{"a day ahead", nil, at(day, "CH"), "CH", nil},
		{"more than a day ahead", nil, at(day+1, "CH"), "CH", []shipment.Doubt{shipment.ImpossibleDay}},
		{"a day before shipment", nil, at(-6*day, "CH"), "CH", nil},
		{"long before shipment", nil, at(-6*day-1, "CH"), "CH", []shipment.Doubt{shipment.ImpossibleDay}},
		{"reused number", func(c *shipment.Consignment) { c.NumberReused = true }, at(0, "CH"), "CH", []shipment.Doubt{shipment.NumberReused}},
		{"never moved", func(c *shipment.Consignment) { c.PickedUp = false }, at(0, "CH"), "CH", []shipment.Doubt{shipment.NeverMoved}},
		{"all at once", func(c *shipment.Consignment) { c.PickedUp, c.NumberReused = false, true }, at(9*day, "FR"), "CH", []shipment.Doubt{
			shipment.WrongPlace, shipment.ImpossibleDay, shipment.NumberReused, shipment.NeverMoved,
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c := setup(t)
			if x.spoil != nil {
				x.spoil(&c)
			}
			if got := c.Doubt(x.event, x.shipTo, noon()); !slices.Equal(got, x.want) {
				t.Errorf("doubts %v, want %v", got, x.want)
			}
			grade := shipment.Weak
			if x.want == nil {
				grade = shipment.Good
			}
			if got := c.Fold(x.event, x.want, noon()); got.Grade != grade || got.ProofAt != noon() {
				t.Errorf("grade %q known at %s", got.Grade, got.ProofAt)
			}
		})
	}
}

func TestGoodProofStaysAndWeakProofGivesWay(t *testing.T) {
	t.Parallel()
	delivered := shipment.Event{Stage: shipment.Delivered, At: noon().Add(-day)}
	weak := setup(t).Fold(delivered, []shipment.Doubt{shipment.NoPlace}, noon())
	good := weak.Fold(delivered, nil, noon().Add(time.Hour))
	if good.Grade != shipment.Good || good.ProofAt != noon() {
		t.Errorf("grade %q, first proof at %s", good.Grade, good.ProofAt)
	}
	if got := good.Fold(delivered, []shipment.Doubt{shipment.WrongPlace}, noon()); got.Grade != shipment.Good || len(got.Doubts) > 0 {
		t.Errorf("a good proof became %q with %v", got.Grade, got.Doubts)
	}
}

func TestStageFollowsTheNewestScanWhateverTheOrder(t *testing.T) {
	t.Parallel()
	c := setup(t)
	for _, s := range shipment.Stages() {
		if parsed, err := shipment.ParseStage(string(s)); err != nil || parsed != s {
			t.Errorf("%s: %v", s, err)
		}
	}
	if _, err := shipment.ParseStage("Delivered"); fault.CodeOf(err) != "shipment.unknown_stage" {
		t.Error(err)
	}
	c = c.Fold(shipment.Event{Stage: shipment.Customs, At: noon().Add(-day)}, nil, noon())
	c = c.Fold(shipment.Event{Stage: shipment.PickedUp, At: noon().Add(-2 * day)}, nil, noon())
	if c.Stage != shipment.Customs {
		t.Errorf("an older scan set the stage to %s", c.Stage)
	}
	c = c.Fold(shipment.Event{Stage: shipment.Customs, At: noon().Add(-day)}, nil, noon())
	if c.Stage != shipment.Customs || c.LastEventAt != noon().Add(-day) {
		t.Errorf("the same scan again changed %+v", c)
	}
}

func TestLateScanLiftsTheDoubtThatTheGoodsNeverMoved(t *testing.T) {
	t.Parallel()
	c := setup(t)
	c.PickedUp = false
	delivered := shipment.Event{Stage: shipment.Delivered, At: noon()}
	one := c.Fold(delivered, []shipment.Doubt{shipment.NeverMoved}, noon())
	two := c.Fold(delivered, []shipment.Doubt{shipment.NeverMoved, shipment.NumberReused}, noon())
	before := shipment.Event{Stage: shipment.PickedUp, At: noon().Add(-day)}
	after := shipment.Event{Stage: shipment.PickedUp, At: noon().Add(time.Hour)}
	if got := one.Fold(before, nil, noon().Add(2*time.Hour)); got.Grade != shipment.Good {
		t.Errorf("grade %q, doubts %v", got.Grade, got.Doubts)
	}
	if got := two.Fold(before, nil, noon().Add(2*time.Hour)); got.Grade != shipment.Weak || len(got.Doubts) != 1 {
		t.Errorf("grade %q, doubts %v", got.Grade, got.Doubts)
	}
	if got := one.Fold(after, nil, noon().Add(2*time.Hour)); got.Grade != shipment.Weak {
		t.Error("a pick-up after the delivery made the proof good")
	}
}
