// Package ledger is the double entry of the house.
//
// It decides whether a movement of money may happen and what it does to the
// balances. Every transfer debits one account and credits another of the same
// currency by the same amount, so that the sum over all accounts of a currency
// is zero after each one. A credit adds to a balance, a debit subtracts.
//
// A transfer is done at once, or in two steps:
//
//	Posted ─────────────────────▶ balances move
//
//	Pending ──▶ (open) ─ Post ──▶ balances move
//	                   ├ Void ──▶ the reserve is given back, by decision
//	                   └ Expire ▶ the reserve is given back, by time
//
// Accounts are liabilities of the house (what it owes somebody), except rails,
// which are its assets (money at a bank) and so carry the opposite sign:
//
//	rail:<rail>            money at the payment rail         never above zero
//	party:<id>             what a party may take out         ┐
//	deal:<id>:<tranche>    held for one tranche of a deal    │
//	payout:<id>            on its way out                    │
//	fees                   earned by the house               │ never below zero
//	penalty                penalties due to nobody else      │
//	insurance              premiums to pass on               │
//	suspense:<rail>        arrived and not yet matched       ┘
//
// An AccountID is the name above, a slash, and the currency: "fees/USD".
//
// Invariants, after every accepted transfer:
//   - The posted balances of each currency sum to zero.
//   - A liability covers what it has posted and what is reserved on its way out:
//     Posted - PendingOut >= 0. A rail, symmetrically: Posted + PendingIn <= 0.
//   - Closing an open pending transfer can therefore never fail for lack of
//     money or of room; it happens exactly once and for exactly its amount.
//   - A refused transfer changes nothing.
//   - Every accepted transfer writes one Entry on each of its two accounts, its
//     Delta zero where only a reserve moved. An account's Version counts its
//     entries, so (account, version) is unique and two writers who started from
//     the same balance cannot both be stored.
//
// A Book is these rules over balances in memory. Overlay gives a book that can be
// thrown away or merged, which is how one commit holds many commands.
//
// It does not decide who may be paid (escrow does), does not store anything, and
// does not notice that a posted transfer's ID was used before (the store does).
package ledger
