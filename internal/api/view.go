package api

import (
	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// Deal is everything about a deal, for its parties and for staff.
type Deal struct {
	ID           string        `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Version      int64         `json:"version" doc:"How many facts it has" example:"7"`
	Phase        string        `json:"phase" enum:"draft,offered,agreed,funded,shipped,delivered,closed" example:"funded"`
	Outcome      string        `json:"outcome,omitempty" doc:"How a closed deal ended" enum:"completed,cancelled,expired,refunded,settled" example:"completed"`
	Side         string        `json:"side,omitempty" doc:"The caller's side" enum:"buyer,seller" example:"buyer"`
	Parties      []DealParty   `json:"parties"`
	Terms        Terms         `json:"terms"`
	Rules        Rules         `json:"rules"`
	TermsHash    string        `json:"terms_hash" doc:"SHA-256 of the canonical form (RFC 8785) of an object with the keys rules and terms: what is signed" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	TermsVersion int           `json:"terms_version" example:"1"`
	Drafter      string        `json:"drafter" enum:"buyer,seller" example:"seller"`
	OfferedBy    string        `json:"offered_by,omitempty" doc:"Whose terms lie on the table" enum:"buyer,seller" example:"seller"`
	Signatures   []Signature   `json:"signatures"`
	Amendment    *Amendment    `json:"amendment,omitempty" doc:"A change that one side proposes"`
	CancelBy     string        `json:"cancel_by,omitempty" doc:"Who asks to call the deal off" enum:"buyer,seller" example:"buyer"`
	CalledOff    string        `json:"called_off,omitempty" doc:"Decided to end with what is held going back" enum:"cancelled,expired,refunded" example:"refunded"`
	Money        Money         `json:"money"`
	Tranches     []TrancheSums `json:"tranches"`
	Consignments []Consignment `json:"consignments"`
	Claims       []Claim       `json:"claims"`
	Clocks       []Clock       `json:"clocks" doc:"What runs now, the earliest first"`
	Obligations  []Obligation  `json:"obligations" doc:"Who owes what by when, the most urgent first"`
	Next         *Obligation   `json:"next,omitempty" doc:"The most urgent obligation"`
	Accepted     bool          `json:"accepted"`
	AcceptedBy   string        `json:"accepted_by,omitempty" enum:"buyer,silence" example:"buyer"`
	Frozen       bool          `json:"frozen" doc:"Payments and clocks stand still"`
	FreezeCase   string        `json:"freeze_case,omitempty" doc:"For staff only" example:"C-2027-17"`
	DraftedAt    string        `json:"drafted_at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	OfferedAt    string        `json:"offered_at,omitempty" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	AgreedAt     string        `json:"agreed_at,omitempty" format:"date-time" example:"2027-03-02T12:00:00.000000Z"`
	FundedAt     string        `json:"funded_at,omitempty" format:"date-time" example:"2027-03-05T12:00:00.000000Z"`
	ShippedAt    string        `json:"shipped_at,omitempty" format:"date-time" example:"2027-04-05T12:00:00.000000Z"`
	ArrivedAt    string        `json:"arrived_at,omitempty" format:"date-time" example:"2027-05-05T12:00:00.000000Z"`
	ClosedAt     string        `json:"closed_at,omitempty" format:"date-time" example:"2027-05-12T12:00:00.000000Z"`
}

// DealParty is one side of a deal.
type DealParty struct {
	Side      string `json:"side" enum:"buyer,seller" example:"buyer"`
	Party     string `json:"party" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	LegalName string `json:"legal_name" example:"Acme GmbH"`
	Country   string `json:"country" example:"DE"`
	Signed    bool   `json:"signed" doc:"Has signed the present terms"`
}

// Signature is one side's agreement to one hash.
type Signature struct {
	Side   string `json:"side" enum:"buyer,seller" example:"buyer"`
	Person string `json:"person" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	Hash   string `json:"hash" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	At     string `json:"at" format:"date-time" example:"2027-03-02T12:00:00.000000Z"`
}

// Amendment is a proposed change of agreed terms.
type Amendment struct {
	By    string `json:"by" enum:"buyer,seller" example:"seller"`
	Terms Terms  `json:"terms"`
	Hash  string `json:"hash" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	At    string `json:"at" format:"date-time" example:"2027-03-12T12:00:00.000000Z"`
}

// Money is the sums of a deal: total = held + released + refunded + fees once it is funded.
type Money struct {
	Total    Amount `json:"total" doc:"The price"`
	Received Amount `json:"received" doc:"Arrived and waiting for the rest of the price"`
	Missing  Amount `json:"missing" doc:"Still to arrive before the deal is funded"`
	Held     Amount `json:"held" doc:"By the house, disputed or not"`
	Disputed Amount `json:"disputed" doc:"The part of held that claims keep"`
	Released Amount `json:"released" doc:"To the seller, after the fee"`
	Refunded Amount `json:"refunded" doc:"To the buyer"`
	Fees     Amount `json:"fees" doc:"To the house"`
}

// TrancheSums is where the money of one tranche is.
type TrancheSums struct {
	ID       string `json:"id" example:"balance"`
	Due      Amount `json:"due"`
	Held     Amount `json:"held"`
	Disputed Amount `json:"disputed"`
	Released Amount `json:"released"`
	Refunded Amount `json:"refunded"`
	Fees     Amount `json:"fees"`
}

// Consignment is one shipment of a deal.
type Consignment struct {
	ID             string   `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000006"`
	Carrier        string   `json:"carrier" example:"COSCO"`
	TrackingNumber string   `json:"tracking_number" example:"COSU6212345670"`
	Final          bool     `json:"final" doc:"Nothing follows"`
	ShippedAt      string   `json:"shipped_at" format:"date-time" example:"2027-04-05T12:00:00.000000Z"`
	Stage          string   `json:"stage" enum:"announced,picked_up,in_transit,customs,out_for_delivery,attempted,delivered,exception,returning" example:"in_transit"`
	DeliveredAt    string   `json:"delivered_at,omitempty" format:"date-time" example:"2027-05-05T12:00:00.000000Z"`
	Proof          string   `json:"proof,omitempty" doc:"How far the delivery proof can be relied on" enum:"weak,good" example:"good"`
	Doubts         []string `json:"doubts" doc:"Why a proof is weak"`
}

// Division is a way to divide the disputed amount; the rest goes to the seller.
type Division struct {
	ToBuyer    Amount `json:"to_buyer"`
	WithReturn bool   `json:"with_return" required:"false" doc:"The buyer's share is paid only once the goods are back"`
}

// Claim is a dispute about a part of the held money.
type Claim struct {
	ID        string       `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000007"`
	By        string       `json:"by" enum:"buyer,seller" example:"buyer"`
	Reason    string       `json:"reason" example:"QUALITY_DEFECT"`
	Amount    Amount       `json:"amount" doc:"What is disputed and frozen"`
	Demand    Division     `json:"demand"`
	Statement string       `json:"statement" example:"Forty of the pumps leak at the seal."`
	Evidence  []string     `json:"evidence" doc:"SHA-256 of documents"`
	Stage     string       `json:"stage" enum:"negotiation,mediation,answer,decision,ruled,review,return_due,return_sent,ended" example:"negotiation"`
	RaisedAt  string       `json:"raised_at" format:"date-time" example:"2027-05-06T12:00:00.000000Z"`
	Offers    []ClaimOffer `json:"offers"`
	Mediator  string       `json:"mediator,omitempty" doc:"Person of the house" example:"0198c0de-7a3c-7cc0-8000-000000000008"`
	Proposal  *Division    `json:"proposal,omitempty"`
	TakenBy   []string     `json:"taken_by" doc:"Who has taken the proposal"`
	Ruling    *Ruling      `json:"ruling,omitempty"`
	Result    *Division    `json:"result,omitempty"`
	Ending    string       `json:"ending,omitempty" example:"agreed"`
}

// ClaimOffer is a division that a party proposes to the other.
type ClaimOffer struct {
	Number   int      `json:"number" example:"1"`
	By       string   `json:"by" enum:"buyer,seller" example:"seller"`
	Division Division `json:"division"`
}

// Ruling is a decision of the house.
type Ruling struct {
	By       string   `json:"by" doc:"Person of the house" example:"0198c0de-7a3c-7cc0-8000-000000000008"`
	Reasons  string   `json:"reasons" example:"The photographs show the leak; the seller does not deny it."`
	Division Division `json:"division"`
}

// Clock runs out strictly after at.
type Clock struct {
	Name   string `json:"name" example:"inspection"`
	Claim  string `json:"claim,omitempty" example:"0198c0de-7a3c-7cc0-8000-000000000007"`
	At     string `json:"at" format:"date-time" example:"2027-05-12T12:00:00.000000Z"`
	Paused bool   `json:"paused"`
}

// Obligation is one thing that somebody owes or may do.
type Obligation struct {
	Who    string `json:"who" enum:"buyer,seller,either,house" example:"buyer"`
	What   string `json:"what" example:"inspect"`
	By     string `json:"by,omitempty" format:"date-time" doc:"The last instant that is in time" example:"2027-05-12T12:00:00.000000Z"`
	Lapse  string `json:"lapse,omitempty" doc:"What happens if nobody acts" example:"accepted"`
	Claim  string `json:"claim,omitempty" example:"0198c0de-7a3c-7cc0-8000-000000000007"`
	May    bool   `json:"may" doc:"A right rather than a duty"`
	Paused bool   `json:"paused"`
}

// dealOf is the state as the actor may see it.
func dealOf(s deal.State, by identity.Actor, buyer, seller assurance.PartyRow) Deal {
	c := s.Terms.Currency
	d := Deal{
		ID: string(s.ID), Version: s.Version, Phase: string(s.Phase), Outcome: string(s.Outcome), Side: string(s.SideOf(by)),
		Parties: []DealParty{
			{Side: "buyer", Party: string(s.Terms.Buyer), LegalName: buyer.LegalName, Country: buyer.Country, Signed: s.Signed(identity.Buyer)},
			{Side: "seller", Party: string(s.Terms.Seller), LegalName: seller.LegalName, Country: seller.Country, Signed: s.Signed(identity.Seller)},
		},
		Terms: termsOf(s.Terms), Rules: rulesOf(s.Rules), TermsHash: s.TermsHash.String(), TermsVersion: s.TermsVersion, Drafter: string(s.Drafter), OfferedBy: string(s.OfferedBy),
		Signatures: []Signature{}, CancelBy: string(s.CancelBy), CalledOff: string(s.CalledOff), Tranches: []TrancheSums{},
		Money: Money{
			Total: minorOf(s.Escrow.Due(), c), Received: minorOf(s.Received(), c), Missing: missingOf(s), Held: minorOf(s.Escrow.Held(), c),
			Disputed: minorOf(s.Escrow.Frozen(), c), Released: minorOf(s.Escrow.Released(), c), Refunded: minorOf(s.Escrow.Refunded(), c), Fees: minorOf(s.Escrow.Fees(), c),
		},
		Consignments: []Consignment{}, Claims: []Claim{}, Clocks: []Clock{}, Obligations: obligationsOf(s.Obligations()),
		Accepted: s.Accepted, AcceptedBy: s.AcceptedBy, Frozen: s.Frozen,
		DraftedAt: stamp(s.DraftedAt), OfferedAt: stamp(s.OfferedAt), AgreedAt: stamp(s.AgreedAt), FundedAt: stamp(s.FundedAt),
		ShippedAt: stamp(s.ShippedAt), ArrivedAt: stamp(s.ArrivedAt), ClosedAt: stamp(s.ClosedAt),
	}
	if by.Office.Staff() {
		d.FreezeCase = s.FreezeCase
	}
	for _, g := range s.Signatures {
		d.Signatures = append(d.Signatures, Signature{Side: string(g.Side), Person: string(g.Person), Hash: g.Hash.String(), At: stamp(g.At)})
	}
	if a := s.Amendment; a != nil {
		d.Amendment = &Amendment{By: string(a.By), Terms: termsOf(a.Terms), Hash: a.Hash.String(), At: stamp(a.At)}
	}
	for _, p := range s.Escrow.Parts {
		d.Tranches = append(d.Tranches, TrancheSums{
			ID: p.Tranche, Due: minorOf(p.Due, c), Held: minorOf(p.Held, c), Disputed: minorOf(p.Frozen, c),
			Released: minorOf(p.Released, c), Refunded: minorOf(p.Refunded, c), Fees: minorOf(p.Fees, c),
		})
	}
	for _, k := range s.Consignments {
		d.Consignments = append(d.Consignments, consignmentOf(k))
	}
	for _, k := range s.Claims {
		d.Claims = append(d.Claims, claimOf(k, c))
	}
	for _, k := range s.Deadlines() {
		d.Clocks = append(d.Clocks, Clock{Name: string(k.Clock), Claim: k.Ref, At: stamp(k.At), Paused: k.Paused})
	}
	if len(d.Obligations) > 0 {
		d.Next = &d.Obligations[0]
	}
	return d
}

// missingOf is nothing once the price has been held or the deal is over.
func missingOf(s deal.State) Amount {
	if !s.FundedAt.IsZero() || s.Phase == deal.Closed {
		return minorOf(0, s.Terms.Currency)
	}
	return minorOf(s.Missing(), s.Terms.Currency)
}

func consignmentOf(k shipment.Consignment) Consignment {
	return Consignment{
		ID: k.ID, Carrier: k.Carrier, TrackingNumber: k.TrackingNumber, Final: k.Final, ShippedAt: stamp(k.ShippedAt), Stage: string(k.Stage),
		DeliveredAt: stamp(k.DeliveredAt), Proof: string(k.Grade), Doubts: texts(k.Doubts),
	}
}

func claimOf(k dispute.Claim, c money.Currency) Claim {
	out := Claim{
		ID: k.ID, By: string(k.By), Reason: string(k.Reason), Amount: minorOf(k.Minor, c), Demand: divisionOf(k.Demand, c), Statement: k.Statement,
		Evidence: hashes(k.Evidence), Stage: string(k.Stage), RaisedAt: stamp(k.RaisedAt), Offers: []ClaimOffer{}, Mediator: string(k.Mediator),
		TakenBy: texts(k.TakenBy), Ending: string(k.Ending),
	}
	for _, o := range k.Offers {
		out.Offers = append(out.Offers, ClaimOffer{Number: o.Number, By: string(o.By), Division: divisionOf(o.Division, c)})
	}
	if k.Proposal != nil {
		p := divisionOf(*k.Proposal, c)
		out.Proposal = &p
	}
	if k.Ruling != nil {
		out.Ruling = &Ruling{By: string(k.Ruling.By), Reasons: k.Ruling.Reasons, Division: divisionOf(k.Ruling.Division, c)}
	}
	if k.Ending != dispute.NotEnded {
		r := divisionOf(k.Result, c)
		out.Result = &r
	}
	return out
}

func divisionOf(d dispute.Division, c money.Currency) Division {
	return Division{ToBuyer: minorOf(d.ToBuyer, c), WithReturn: d.WithReturn}
}

func obligationOf(o deal.Obligation) Obligation {
	return Obligation{Who: string(o.Who), What: o.What, By: stamp(o.By), Lapse: o.Lapse, Claim: o.Ref, May: o.May, Paused: o.Paused}
}

func obligationsOf(all []deal.Obligation) []Obligation {
	out := []Obligation{}
	for _, o := range all {
		out = append(out, obligationOf(o))
	}
	return out
}

func texts[T ~string](list []T) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

func hashes[S ~[]evidence.Hash](list S) []string {
	out := []string{}
	for _, h := range list {
		out = append(out, h.String())
	}
	return out
}
