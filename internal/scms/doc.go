// Package scms replays a published delivery history as deals: each row of the
// USAID Supply Chain Management System's record of medicines and test kits that
// were bought for many countries becomes a deal, and its dates become commands.
//
//	file ─ Read ─▶ rows ─ Terms ─▶ contract
//	                 └─ course ─▶ agenda of all deals in order of time
//	                                 │  draft · offer · sign · sign · deposit · ship
//	                                 │  pick-up · delivery or receipt · accept
//	                                 ▼
//	                               House (the public write path), clock set to each instant
//
// What the record says is taken as it is: buyer's country, seller, rule of
// Incoterms, quantity, price, freight, insurance, promised day and day of
// delivery. What it does not say is decided here, always by the same rule, and
// noted in the terms:
//
//   - goods from a regional distribution centre have no rule of Incoterms in the
//     record: DAP is assumed; DDU, of Incoterms 2000, becomes its successor DAP;
//   - freight that is in the price, on another row or on another invoice is zero;
//   - the day of shipment is the day of delivery less the usual days of the mode;
//   - of late deliveries every second one left late, the others were slow under way;
//   - every third buyer says nothing and the inspection ends by itself; every fourth
//     one who may leave because nothing was shipped, leaves;
//   - rules under which the seller carries the goods to the end cost the seller
//     one percent of the price for each week of delay, at most ten.
//
// Invariants: every row is either a deal or listed with the reason why not; the
// same file gives the same deals; commands are given in the order of their time.
//
// The package does not touch a database, and does not judge whether the record
// is right.
package scms
