package api

import (
	"context"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// TermsBody is terms to be written, countered or proposed.
type termsInput struct {
	ByID
	Body Terms
}

// SignatureInput agrees to exactly one hash.
type SignatureInput struct {
	Hash string `json:"hash" doc:"terms_hash of the deal, or hash of the amendment, as you read it" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
}

// Why is a reason in the caller's own words.
type Why struct {
	Reason string `json:"reason" required:"false" maxLength:"500" example:"We found another supplier."`
}

// Shipment announces a consignment.
type Shipment struct {
	Carrier        string `json:"carrier" example:"COSCO"`
	TrackingNumber string `json:"tracking_number" example:"COSU6212345670"`
	Final          bool   `json:"final" doc:"Nothing follows" example:"true"`
}

// Extension gives the buyer more time.
type Extension struct {
	Days int `json:"days" example:"3"`
}

// Scan is one event reported by a carrier.
type Scan struct {
	Stage string `json:"stage" enum:"announced,picked_up,in_transit,customs,out_for_delivery,attempted,delivered,exception,returning" example:"delivered"`
	At    string `json:"at" format:"date-time" doc:"By the carrier's clock" example:"2027-05-05T12:00:00Z"`
	Place string `json:"place" required:"false" doc:"Country code, optionally a space and a city" example:"DE Hamburg"`
	Note  string `json:"note" required:"false" example:"Signed by M. Braun"`
}

// Case names a compliance case.
type Case struct {
	Case string `json:"case" example:"C-2027-17"`
}

func (s *server) act(ctx context.Context, c caller, id string, cmd deal.Command) (*receiptAnswer, error) {
	if err := noted(ctx, assurance.DealDeed{Deal: deal.ID(id), Command: cmd}); err != nil {
		return nil, err
	}
	return receiptOf(s.house.Act(ctx, c.call(), deal.ID(id), cmd))
}

// plain registers a command that needs no words.
func (s *server) plain(id, path, tag, summary string, cmd deal.Command) {
	add(s, operation{id: id, method: http.MethodPost, path: path, tag: tag, summary: summary, scope: anyKey, write: true, signed: true},
		func(ctx context.Context, c caller, in *ByID) (*receiptAnswer, error) {
			return s.act(ctx, c, in.ID, cmd)
		})
}

// termed registers a command that brings terms.
func (s *server) termed(o operation, command func(Terms) (deal.Command, error)) {
	o.tag, o.scope, o.write, o.signed = "agreement", anyKey, true, true
	add(s, o, func(ctx context.Context, c caller, in *termsInput) (*receiptAnswer, error) {
		cmd, err := command(in.Body)
		if err != nil {
			return nil, err
		}
		return s.act(ctx, c, in.ID, cmd)
	})
}

func (s *server) commands() {
	s.agreement()
	s.goods()
	s.compliance()
}

func (s *server) agreement() {
	add(s, operation{
		id: "draft-deal", method: http.MethodPost, path: "/v1/deals", tag: "agreement", scope: identity.ToDraft, status: http.StatusCreated, write: true,
		summary: "Draft a deal with your company as buyer or seller",
		doc:     "Buyer, seller and currency are needed; the rest may follow. Nobody else sees a draft.",
	}, func(ctx context.Context, c caller, in *struct{ Body Terms }) (*receiptAnswer, error) {
		terms, err := in.Body.trade()
		if err != nil {
			return nil, err
		}
		return receiptOf(s.house.DraftDeal(ctx, c.call(), terms))
	})
	s.termed(operation{id: "rewrite-draft", method: http.MethodPut, path: "/v1/deals/{id}/terms", summary: "Rewrite a draft"},
		func(t Terms) (deal.Command, error) {
			terms, err := t.trade()
			return deal.WriteDraft{Terms: terms}, err
		})
	s.plain("offer", "/v1/deals/{id}/offer", "agreement", "Put complete terms before the other party", deal.MakeOffer{})
	s.termed(operation{id: "counter", method: http.MethodPost, path: "/v1/deals/{id}/counter", summary: "Answer an offer with other terms", doc: "All signatures are void."},
		func(t Terms) (deal.Command, error) {
			terms, err := t.trade()
			return deal.Counter{Terms: terms}, err
		})
	s.termed(operation{id: "amend", method: http.MethodPost, path: "/v1/deals/{id}/amend", summary: "Propose other terms after agreement", doc: "The other party signs them or lets them lapse."},
		func(t Terms) (deal.Command, error) {
			terms, err := t.trade()
			return deal.Amend{Terms: terms}, err
		})
	add(s, operation{
		id: "sign", method: http.MethodPost, path: "/v1/deals/{id}/sign", tag: "agreement", write: true, scope: anyKey, signed: true,
		summary: "Sign the terms, or a proposed amendment, by their hash", doc: "A hash that is not the present one is answered with 409 deal.stale_terms.",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body SignatureInput
	},
	) (*receiptAnswer, error) {
		hash, err := hashOf(in.Body.Hash, "hash")
		if err != nil {
			return nil, err
		}
		return s.act(ctx, c, in.ID, deal.Sign{Hash: hash})
	})
	add(s, operation{
		id: "withdraw", method: http.MethodPost, path: "/v1/deals/{id}/withdraw", tag: "agreement", write: true, scope: anyKey, signed: true,
		summary: "Leave before being bound, or when the seller is too late to ship",
	}, func(ctx context.Context, c caller, in *whyInput) (*receiptAnswer, error) {
		if err := in.Body.short(); err != nil {
			return nil, err
		}
		return s.act(ctx, c, in.ID, deal.Withdraw{Reason: in.Body.Reason})
	})
	add(s, operation{
		id: "cancel", method: http.MethodPost, path: "/v1/deals/{id}/cancel", tag: "agreement", write: true, scope: anyKey, signed: true,
		summary: "Ask to call the deal off; when both have asked, it is",
	}, func(ctx context.Context, c caller, in *whyInput) (*receiptAnswer, error) {
		if err := in.Body.short(); err != nil {
			return nil, err
		}
		return s.act(ctx, c, in.ID, deal.CancelByBoth{Reason: in.Body.Reason})
	})
}

type whyInput struct {
	ByID
	Body Why
}

const reasonMax = 500

// short keeps a reason within what a log should carry.
func (w Why) short() error { return shortText(w.Reason, reasonMax, "reason") }

func shortText(s string, longest int, field string) error {
	if len([]rune(s)) > longest {
		return fault.New(fault.Invalid, "request.too_long", "This is too long.").At(field)
	}
	return nil
}

func (s *server) goods() {
	add(s, operation{
		id: "ship", method: http.MethodPost, path: "/v1/deals/{id}/ship", tag: "goods", write: true, scope: anyKey, signed: true, summary: "Announce a consignment (seller)",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body Shipment
	},
	) (*receiptAnswer, error) {
		return s.act(ctx, c, in.ID, deal.Ship{Carrier: in.Body.Carrier, TrackingNumber: in.Body.TrackingNumber, Final: in.Body.Final})
	})
	s.plain("confirm-receipt", "/v1/deals/{id}/confirm-receipt", "goods", "Say that everything is there; inspection begins (buyer)", deal.ConfirmReceipt{})
	s.plain("accept", "/v1/deals/{id}/accept", "goods", "Say that the goods are as agreed; the seller is paid (buyer)", deal.Accept{})
	add(s, operation{
		id: "extend-inspection", method: http.MethodPost, path: "/v1/deals/{id}/extend-inspection", tag: "goods", write: true, scope: anyKey, signed: true, summary: "Give the buyer more days to inspect",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body Extension
	},
	) (*receiptAnswer, error) {
		return s.act(ctx, c, in.ID, deal.ExtendInspection{Days: in.Body.Days})
	})
	add(s, operation{
		id: "track", method: http.MethodPost, path: "/v1/deals/{id}/consignments/{consignment}/events", tag: "goods", write: true, scope: anyKey, signed: true,
		summary: "Report a carrier's event (office: carrier)",
		doc:     "A delivery starts the inspection only when its proof is good: right place, plausible day, a number that no other deal has used.",
	}, s.track)
}

func (s *server) track(ctx context.Context, c caller, in *struct {
	ByID
	Consignment string `path:"consignment" maxLength:"64" example:"0198c0de-7a3c-7cc0-8000-000000000006"`
	Body        Scan
},
) (*receiptAnswer, error) {
	at, err := instantOf(in.Body.At, "at")
	if err != nil {
		return nil, err
	}
	if err := shortText(in.Body.Place, 100, "place"); err != nil {
		return nil, err
	}
	if err := shortText(in.Body.Note, reasonMax, "note"); err != nil {
		return nil, err
	}
	return s.act(ctx, c, in.ID, deal.Track{ConsignmentID: in.Consignment, Event: shipment.Event{
		Stage: shipment.Stage(in.Body.Stage), At: at, Place: in.Body.Place, Note: in.Body.Note,
	}})
}

func (s *server) compliance() {
	type caseInput struct {
		ByID
		Body Case
	}
	add(s, operation{
		id: "freeze", method: http.MethodPost, path: "/v1/deals/{id}/freeze", tag: "house", write: true, summary: "Stop payments and clocks (office: compliance)",
	}, func(ctx context.Context, c caller, in *caseInput) (*receiptAnswer, error) {
		if err := shortText(in.Body.Case, 200, "case"); err != nil {
			return nil, err
		}
		return s.act(ctx, c, in.ID, deal.Freeze{Case: in.Body.Case})
	})
	add(s, operation{
		id: "unfreeze", method: http.MethodPost, path: "/v1/deals/{id}/unfreeze", tag: "house", write: true, summary: "Let them go on (office: compliance)",
	}, func(ctx context.Context, c caller, in *caseInput) (*receiptAnswer, error) {
		if err := shortText(in.Body.Case, 200, "case"); err != nil {
			return nil, err
		}
		return s.act(ctx, c, in.ID, deal.Unfreeze{Case: in.Body.Case})
	})
}
