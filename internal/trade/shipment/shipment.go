package shipment

import (
	"slices"
	"strings"
	"time"

	"fondaco/internal/fault"
)

// Stage is where a consignment is.
type Stage string

// The stages; a carrier's own codes are mapped to these by its adapter.
const (
	Announced      Stage = "announced"        // the seller says it was handed over
	PickedUp       Stage = "picked_up"        // the carrier says it has the goods
	InTransit      Stage = "in_transit"       // moving
	Customs        Stage = "customs"          // held for export or import clearance
	OutForDelivery Stage = "out_for_delivery" // on the last leg
	Attempted      Stage = "attempted"        // nobody took it; the carrier will try again
	Delivered      Stage = "delivered"        // the carrier says the consignee has it
	Exception      Stage = "exception"        // lost, damaged, refused or stopped
	Returning      Stage = "returning"        // on its way back to the sender
)

// Stages lists every stage in the order above.
func Stages() []Stage {
	return []Stage{Announced, PickedUp, InTransit, Customs, OutForDelivery, Attempted, Delivered, Exception, Returning}
}

// ParseStage finds a stage by name. It fails with shipment.unknown_stage.
func ParseStage(s string) (Stage, error) {
	for _, st := range Stages() {
		if string(st) == s {
			return st, nil
		}
	}
	return "", fault.New(fault.Invalid, "shipment.unknown_stage", "No tracking stage has the name {stage}.").With("stage", s).At("stage")
}

// Event is one scan reported by a carrier.
type Event struct {
	Stage Stage     `json:"stage"`
	At    time.Time `json:"at"`    // when it happened, by the carrier's clock
	Place string    `json:"place"` // country code, optionally a space and a city, such as "CH Basel"
	Note  string    `json:"note"`  // the carrier's own words
}

// Grade is how far a delivery proof can be relied on.
type Grade string

// The grades of proof.
const (
	NoProof Grade = ""
	Weak    Grade = "weak"
	Good    Grade = "good"
)

// Doubt is one reason why a proof is weak.
type Doubt string

// The doubts.
const (
	WrongPlace    Doubt = "wrong_place"    // delivered somewhere else than agreed
	NoPlace       Doubt = "no_place"       // the carrier names no place
	ImpossibleDay Doubt = "impossible_day" // before it was shipped, or in the future
	NumberReused  Doubt = "number_reused"  // the tracking number was seen in another deal
	NeverMoved    Doubt = "never_moved"    // delivered without ever having been picked up
)

// Consignment is the fold of one shipment of a deal.
type Consignment struct {
	ID             string    `json:"id"`
	Carrier        string    `json:"carrier"`
	TrackingNumber string    `json:"tracking_number"`
	Final          bool      `json:"final"`         // no more shipments follow
	NumberReused   bool      `json:"number_reused"` // known when it was announced
	ShippedAt      time.Time `json:"shipped_at"`
	Stage          Stage     `json:"stage"`
	PickedUp       bool      `json:"picked_up"`
	LastEventAt    time.Time `json:"last_event_at"`
	DeliveredAt    time.Time `json:"delivered_at"`
	ProofAt        time.Time `json:"proof_at"` // when the house learnt of the first proof
	Grade          Grade     `json:"grade"`
	Doubts         []Doubt   `json:"doubts"`
}

// Fold takes in one event that the house learnt of at the given instant. Events
// may come late or twice: the stage follows the newest event by the carrier's
// time, and nothing that is said to lie ahead happened later than now. A scan of
// long before the consignment was announced is another parcel's. A weak
// proof gives way to the next one; a good proof stays. A doubt that the goods
// never moved is lifted when the missing scan arrives.
func (c Consignment) Fold(e Event, doubts []Doubt, now time.Time) Consignment {
	if e.At.After(now) {
		e.At = now
	}
	if !e.At.Before(c.LastEventAt) {
		c.Stage, c.LastEventAt = e.Stage, e.At
	}
	switch e.Stage {
	case PickedUp, InTransit, Customs, OutForDelivery, Attempted:
		if !e.At.Before(c.ShippedAt.Add(-aheadMax)) {
			c.PickedUp = true
			c = c.moved(e.At)
		}
	case Delivered:
		if c.Grade == NoProof {
			c.ProofAt = now
		}
		if c.Grade != Good {
			c.DeliveredAt, c.Grade, c.Doubts = e.At, Weak, doubts
			if len(doubts) == 0 {
				c.Grade = Good
			}
		}
	case Announced, Exception, Returning:
	}
	return c
}

// moved lifts the doubt that the goods never moved, once a scan from before the
// delivery shows that they did.
func (c Consignment) moved(at time.Time) Consignment {
	if c.Grade != Weak || at.After(c.DeliveredAt) {
		return c
	}
	c.Doubts = slices.DeleteFunc(slices.Clone(c.Doubts), func(d Doubt) bool { return d == NeverMoved })
	if len(c.Doubts) == 0 {
		c.Doubts, c.Grade = nil, Good
	}
	return c
}

// aheadMax is how long a carrier may have had goods before the seller announced them.
const aheadMax = 30 * 24 * time.Hour

// dayOff is how far clocks of carrier, seller and house may differ.
const dayOff = 24 * time.Hour

// Doubt says why a delivery event would be weak proof; none means good.
// ShipTo is the contract's destination in the form of [Event.Place].
func (c Consignment) Doubt(e Event, shipTo string, now time.Time) []Doubt {
	var doubts []Doubt
	switch {
	case e.Place == "":
		doubts = append(doubts, NoPlace)
	case !samePlace(e.Place, shipTo):
		doubts = append(doubts, WrongPlace)
	}
	if e.At.Before(c.ShippedAt.Add(-dayOff)) || e.At.After(now.Add(dayOff)) {
		doubts = append(doubts, ImpossibleDay)
	}
	if c.NumberReused {
		doubts = append(doubts, NumberReused)
	}
	if !c.PickedUp {
		doubts = append(doubts, NeverMoved)
	}
	return doubts
}

// samePlace holds when the countries match and, if both name a city, the cities do.
func samePlace(got, want string) bool {
	gotCountry, gotCity, _ := strings.Cut(got, " ")
	wantCountry, wantCity, _ := strings.Cut(want, " ")
	if !strings.EqualFold(gotCountry, wantCountry) {
		return false
	}
	return gotCity == "" || wantCity == "" || strings.EqualFold(strings.TrimSpace(gotCity), strings.TrimSpace(wantCity))
}
