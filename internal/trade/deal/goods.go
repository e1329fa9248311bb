package deal

import (
	"slices"
	"strings"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// Limits of one deal.
const (
	consignmentsMax = 50
	eventsMax       = 500 // tracked events of one deal; twice as many if they are proofs of delivery
	trackingMax     = 64
	extensionsMax   = 4
	claimsMax       = 20  // of one side, so that neither can use up the other's
	evidenceMax     = 50  // documents of one claim
	versionsMax     = 500 // of the terms
	nameMax         = 64  // bytes

	reasonMax    = 2_000 // characters
	statementMax = 10_000
	scanMax      = 500
)

// checkText refuses text that is too long, and text that is not UTF-8, because
// no event that holds it could be recorded.
func checkText(field, s string, most int) error {
	switch {
	case !utf8.ValidString(s):
		return fault.New(fault.Invalid, "deal.bad_characters", "This text cannot be read.").At(field)
	case utf8.RuneCountInString(s) > most:
		return fault.New(fault.Invalid, "deal.too_long", "This is too long.").At(field)
	}
	return nil
}

// checkName refuses a name that could not stand in an address, a log line or a
// column: names are letters, digits and the signs - _ . of ASCII.
func checkName(field, s string) error {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
	}
	if len(s) > nameMax || strings.ContainsFunc(s, odd) {
		return fault.New(fault.Invalid, "deal.bad_name", "A name has at most 64 letters, digits, hyphens, underscores and dots.").At(field)
	}
	return nil
}

func (d *decision) ship(s State, c Ship) error {
	number := strings.TrimSpace(c.TrackingNumber)
	if err := checkName("consignment", c.ConsignmentID); err != nil {
		return err
	}
	if err := checkText("carrier", c.Carrier, trackingMax); err != nil {
		return err
	}
	if err := checkText("tracking_number", number, trackingMax); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(c.Carrier) == "":
		return fault.New(fault.Invalid, "deal.no_carrier", "Name the carrier.").At("carrier")
	case number == "":
		return fault.New(fault.Invalid, "deal.no_tracking_number", "Give the carrier's tracking number.").At("tracking_number")
	case s.finalShipment():
		return fault.New(fault.Conflict, "deal.all_shipped", "The last consignment has been announced already.")
	case !c.Final && !s.Terms.Delivery.PartialShipments:
		return fault.New(fault.Refused, "deal.no_partial_shipments", "The contract asks for one shipment.").At("final")
	case len(s.Consignments) >= consignmentsMax:
		return fault.New(fault.Refused, "deal.too_many_consignments", "A deal holds at most 50 consignments.")
	case slices.ContainsFunc(s.Consignments, func(k shipment.Consignment) bool { return k.ID == c.ConsignmentID }):
		return fault.New(fault.Conflict, "deal.consignment_known", "This consignment has been announced already.")
	}
	d.add(Dispatched{ConsignmentID: c.ConsignmentID, Carrier: strings.TrimSpace(c.Carrier), TrackingNumber: number, Final: c.Final, NumberReused: c.NumberReused})
	return nil
}

func (d *decision) track(s State, c Track) error {
	i := slices.IndexFunc(s.Consignments, func(k shipment.Consignment) bool { return k.ID == c.ConsignmentID })
	if i < 0 {
		return fault.New(fault.NotFound, "deal.unknown_consignment", "This deal has no such consignment.")
	}
	// Only scans count, and proofs of delivery have a reserve: else noise could keep
	// the one event out that pays the seller.
	if s.Scans >= 2*eventsMax || s.Scans >= eventsMax && c.Event.Stage != shipment.Delivered {
		return fault.New(fault.Exhausted, "deal.too_many_events", "This deal takes no more tracking events.")
	}
	if _, err := shipment.ParseStage(string(c.Event.Stage)); err != nil {
		return err
	}
	if err := checkScan(c.Event); err != nil {
		return err
	}
	c.Event.At = c.Event.At.UTC() // as it will be read again
	var doubts []shipment.Doubt
	if c.Event.Stage == shipment.Delivered {
		doubts = s.Consignments[i].Doubt(c.Event, s.Terms.Delivery.ShipTo, d.now)
	}
	d.add(Tracked{ConsignmentID: c.ConsignmentID, Event: c.Event, Doubts: doubts})
	if s.Phase == Shipped && d.After.allArrived(shipment.Good) {
		d.add(GoodsArrived{By: "proof", At: d.After.lastArrival()})
	}
	return nil
}

// checkScan refuses what could not be recorded; what is merely odd is a doubt.
func checkScan(e shipment.Event) error {
	if err := checkText("place", e.Place, scanMax); err != nil {
		return err
	}
	if err := checkText("note", e.Note, scanMax); err != nil {
		return err
	}
	if year := e.At.UTC().Year(); year < 1 || year > 9998 {
		return fault.New(fault.Invalid, "deal.bad_time", "The time of the scan lies outside the calendar.").At("at")
	}
	return nil
}

func (d *decision) accept(s State) error {
	if s.Accepted {
		return fault.New(fault.Conflict, "deal.already_accepted", "The goods have been accepted already.")
	}
	d.add(GoodsAccepted{By: "buyer"})
	return nil
}

func (d *decision) extend(s State, c ExtendInspection, side identity.Side) error {
	if s.Accepted {
		return fault.New(fault.Conflict, "deal.already_accepted", "The goods have been accepted already.")
	}
	if c.Days < 1 || c.Days > s.Rules.ExtensionDaysMax {
		return fault.New(fault.Invalid, "deal.bad_extension", "Give between 1 and {days} days.").With("days", itoa(s.Rules.ExtensionDaysMax)).At("days")
	}
	if side == identity.Buyer && slices.ContainsFunc(s.Extensions, func(x Extension) bool { return x.By == identity.Buyer }) {
		return fault.New(fault.Refused, "deal.extended_once", "You have extended the inspection once; ask the seller for more time.")
	}
	if len(s.Extensions) >= extensionsMax {
		return fault.New(fault.Refused, "deal.too_many_extensions", "The inspection cannot be extended any further.")
	}
	d.add(InspectionExtended{Extension{By: side, Days: c.Days}})
	return nil
}
