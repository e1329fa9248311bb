// Package shipment folds what is known of one consignment into its stage, and
// grades the proof that it arrived.
//
//	announced ─▶ picked_up ─▶ in_transit ⇄ customs ─▶ out_for_delivery ─▶ delivered
//	                             │                        │ attempted         │
//	                             └──▶ exception ──────────┴──▶ returning ◀────┘
//
// A delivery starts the buyer's inspection clock only when its proof is good:
// reported by the carrier and not by the seller, at the right destination, on a
// plausible day, under a tracking number that no other deal has used. Any other
// proof is weak, and says why.
//
// Sources and live tracking are adapters; they hand events in.
package shipment
