package deal

import (
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// ID names a deal for ever; it is opaque.
type ID string

// Stream is the name of the deal's stream of events.
func (id ID) Stream() string { return "deal:" + string(id) }

// Phase is how far a deal has come.
type Phase string

// The phases, each with what moves it on.
const (
	None      Phase = ""          // nothing recorded yet; Draft
	Draft     Phase = "draft"     // one side writes; Offer
	Offered   Phase = "offered"   // terms lie before both; both Sign, or Counter
	Agreed    Phase = "agreed"    // a contract; the whole price arrives
	Funded    Phase = "funded"    // the house holds the price; Ship
	Shipped   Phase = "shipped"   // under way; good delivery proof or the buyer's word
	Delivered Phase = "delivered" // the buyer inspects; Accept, or the inspection ends
	Closed    Phase = "closed"    // over; see Outcome
)

// Phases lists every phase from Draft on, in order.
func Phases() []Phase {
	return []Phase{Draft, Offered, Agreed, Funded, Shipped, Delivered, Closed}
}

// Outcome is how a closed deal ended.
type Outcome string

// The outcomes.
const (
	Running   Outcome = ""          // not closed
	Completed Outcome = "completed" // goods accepted, seller paid
	Cancelled Outcome = "cancelled" // withdrawn, or called off by both
	Expired   Outcome = "expired"   // not signed or not funded in time
	Refunded  Outcome = "refunded"  // not shipped or not delivered in time: the held money went back
	Settled   Outcome = "settled"   // a claim decided about a part of the money
)

// Rules are the house's clocks and fee as they were when the deal was drafted.
// Days are counted in whole days of 24 hours.
type Rules struct {
	SignDays         int           `json:"sign_days"`
	FundDays         int           `json:"fund_days"`
	ShipGraceDays    int           `json:"ship_grace_days"`  // after ship-by, until the buyer may withdraw
	ShipRefundDays   int           `json:"ship_refund_days"` // after the grace, until the refund by itself
	WarnDays         int           `json:"warn_days"`        // before a lapse, when notices go out
	ExtensionDaysMax int           `json:"extension_days_max"`
	WeakProofDays    int           `json:"weak_proof_days"` // after a weak delivery proof, until it counts as delivered
	LostDays         int           `json:"lost_days"`       // after deliver-by without any proof, until the refund
	FeeBps           int64         `json:"fee_bps"`         // of what the seller gets
	Disputes         dispute.Rules `json:"disputes"`
}

// DefaultRules are the house's rules unless its administrator sets others.
func DefaultRules() Rules {
	return Rules{
		SignDays: 5, FundDays: 10, ShipGraceDays: 3, ShipRefundDays: 14, WarnDays: 2, ExtensionDaysMax: 14,
		WeakProofDays: 21, LostDays: 45, FeeBps: 100, Disputes: dispute.DefaultRules(),
	}
}

// check refuses rules under which money or clocks would go astray. Only the
// house writes rules, so deal.bad_rules is for its administrator to mend.
func (r Rules) check() error {
	const daysMax, bpsWhole = 3660, 10_000
	p := r.Disputes
	for _, n := range []int{
		r.SignDays, r.FundDays, r.ShipGraceDays, r.ShipRefundDays, r.WarnDays, r.ExtensionDaysMax, r.WeakProofDays, r.LostDays,
		p.NegotiationDays, p.AssignDays, p.ProposalDays, p.AnswerDays, p.RulingDays, p.AppealDays, p.ReturnShipDays, p.ReturnReceiveDays,
		p.HouseMissesMax,
	} {
		if n < 0 || n > daysMax {
			return badRules()
		}
	}
	if r.FeeBps < 0 || r.FeeBps > bpsWhole || p.DefaultBuyerBps < 0 || p.DefaultBuyerBps > bpsWhole {
		return badRules()
	}
	return nil
}

func badRules() error {
	return fault.New(fault.Invalid, "deal.bad_rules", "Clocks are 0 to 3660 days long, and shares lie between 0 and 100 %.").At("rules")
}

// Agreement is the whole of what both sides sign: the terms they wrote, and the
// clocks and the fee of the house under which it carries them out. Its hash is
// the one that is signed, so neither can change unseen.
type Agreement struct {
	Terms contract.Terms `json:"terms"`
	Rules Rules          `json:"rules"`
}

// Canonical is the RFC 8785 form of the agreement: the bytes that are signed.
func (a Agreement) Canonical() ([]byte, error) { return evidence.Canonical(a) }

// Hash is the SHA-256 of the canonical form. An agreement always encodes, so a
// failure here is a fault of the program.
func (a Agreement) Hash() evidence.Hash {
	doc, err := a.Canonical()
	fault.Assert(err == nil, "deal.canonical", "an agreement must have a canonical form")
	return evidence.HashOf(doc)
}

// Agreement is what the deal's hash covers.
func (s State) Agreement() Agreement { return Agreement{Terms: s.Terms, Rules: s.Rules} }

// Signature is one side's agreement to one hash.
type Signature struct {
	Side   identity.Side     `json:"side"`
	Person identity.PersonID `json:"person"`
	Hash   evidence.Hash     `json:"hash"`
	At     time.Time         `json:"at"`
}

// Amendment is a change of agreed terms that one side proposes.
type Amendment struct {
	By     identity.Side
	Person identity.PersonID // who proposed it
	Terms  contract.Terms
	Hash   evidence.Hash
	At     time.Time
}

// Deposit is booked money that a deal has received and not yet turned into held
// money; the ledger keeps it in suspense.
type Deposit struct {
	ID    string `json:"id"`
	Rail  string `json:"rail"`
	Minor int64  `json:"minor"`
}

// Pause is a span of time in which no clock of the deal ran: an outage of the
// house or a freeze.
type Pause struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// State is the fold of a deal's events.
type State struct {
	ID           ID
	Version      int64 // how many events it has
	Phase        Phase
	Outcome      Outcome
	Rules        Rules
	Drafter      identity.Side
	Terms        contract.Terms
	TermsHash    evidence.Hash
	TermsVersion int
	OfferedBy    identity.Side
	Signatures   []Signature
	Amendment    *Amendment
	CancelBy     identity.Side // who asks to cancel
	CancelPerson identity.PersonID
	CancelAt     time.Time
	Deposits     []Deposit // in suspense for this deal
	Escrow       escrow.Holding
	Consignments []shipment.Consignment
	Scans        int // carriers' events taken in
	Claims       []dispute.Claim
	CalledOff    Outcome // decided to end with a refund of what is held
	CalledOffWhy string  // code of the cause, such as "ship"
	Accepted     bool
	AcceptedBy   string // "buyer" or "silence"
	Extensions   []Extension
	PenaltyTaken int64 // minor units
	Frozen       bool
	FrozenFrom   time.Time
	FreezeCase   string
	Pauses       []Pause // disjoint, in order
	DraftedAt    time.Time
	OfferedAt    time.Time
	AgreedAt     time.Time
	FundedAt     time.Time
	ShippedAt    time.Time
	ArrivedAt    time.Time // when the goods arrived, by the proof
	InspectFrom  time.Time // when the house learnt of it
	ClosedAt     time.Time
}

// Extension is more time to inspect, given by one side.
type Extension struct {
	By   identity.Side `json:"by"`
	Days int           `json:"days"`
}

// SideOf is the actor's side in this deal, NoSide for anyone but its members.
func (s State) SideOf(a identity.Actor) identity.Side {
	if a.Office != identity.Member {
		return identity.NoSide
	}
	return s.Terms.SideOf(a.Party)
}

// VisibleTo reports whether a side may know of the deal: a draft is its writer's
// own until it has been offered.
func (s State) VisibleTo(side identity.Side) bool {
	return side != identity.NoSide && (side == s.Drafter || !s.OfferedAt.IsZero())
}

// Claim finds a claim by its id.
func (s State) Claim(id string) (dispute.Claim, bool) {
	i := slices.IndexFunc(s.Claims, func(c dispute.Claim) bool { return c.ID == id })
	if i < 0 {
		return dispute.Claim{}, false
	}
	return s.Claims[i], true
}

// OpenClaims counts the claims that still keep money frozen.
func (s State) OpenClaims() int {
	n := 0
	for _, c := range s.Claims {
		if c.Open() {
			n++
		}
	}
	return n
}

// Signed reports whether the side has signed the present terms.
func (s State) Signed(side identity.Side) bool {
	return slices.ContainsFunc(s.Signatures, func(g Signature) bool { return g.Side == side && g.Hash == s.TermsHash })
}

// Received is the booked money that waits in suspense for the rest of the price.
func (s State) Received() int64 {
	var sum int64
	for _, d := range s.Deposits {
		sum += d.Minor
	}
	return sum
}

// Missing is what must still arrive before the deal is funded, in minor units.
func (s State) Missing() int64 { return max(0, s.Escrow.Due()-s.Received()) }

// finalShipment reports whether the seller has announced the last consignment.
func (s State) finalShipment() bool {
	return slices.ContainsFunc(s.Consignments, func(c shipment.Consignment) bool { return c.Final })
}

// allArrived reports whether every consignment has at least the given proof.
func (s State) allArrived(want shipment.Grade) bool {
	if !s.finalShipment() {
		return false
	}
	for _, c := range s.Consignments {
		if c.Grade != shipment.Good && (want == shipment.Good || c.Grade == shipment.NoProof) {
			return false
		}
	}
	return true
}

// anyArrived reports whether any consignment has any proof.
func (s State) anyArrived() bool {
	return slices.ContainsFunc(s.Consignments, func(c shipment.Consignment) bool { return c.Grade != shipment.NoProof })
}

// proofKnown is when the house learnt that the last of the consignments arrived,
// or the zero time.
func (s State) proofKnown() time.Time {
	var last time.Time
	for _, c := range s.Consignments {
		if c.ProofAt.After(last) {
			last = c.ProofAt
		}
	}
	return last
}

// presumedArrival is lastArrival where nobody has said that the date is true: not
// before the goods were shipped.
func (s State) presumedArrival() time.Time { return later(s.lastArrival(), s.ShippedAt) }

// lastArrival is the newest delivery by the carriers' time, or the zero time.
func (s State) lastArrival() time.Time {
	var last time.Time
	for _, c := range s.Consignments {
		if c.DeliveredAt.After(last) {
			last = c.DeliveredAt
		}
	}
	return last
}
