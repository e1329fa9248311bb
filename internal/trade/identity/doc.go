// Package identity says who acts: organisations (parties), the people who act
// for them, the people and offices of the house, and which of them may do what.
//
// It decides
//
//   - whether a party may be registered as described ([DecideRegister]);
//
//   - who becomes, stays and ceases to be a member, in which role
//     ([DecideOrganisation]), and the same for the house's staff ([DecideStaff]);
//
//   - how far the house has checked what a company says of itself
//     (drawn below);
//
//   - what each role and office may do ([May]): the one place of it;
//
//   - when two e-mail addresses are one account's ([FoldEmail]).
//
//     Unverified, MoreNeeded, RefusedProfile, Expired
//     │ submit                        ▲ review   ▲ clock
//     ▼                               │          │
//     Submitted ──────── review ─────────┼──▶ Verified
//     ▲                                        │
//     └── another name, country or number ─────┘
//
// Invariants:
//
//   - A company that has members has an owner; a house that has staff keeps an
//     administrator.
//   - Nobody raises his own role, reviews his own company or changes his own office.
//   - An invitation is taken once, while it is open, and dies with the right of
//     the person who sent it.
//   - The name, country and registration in the public file follow the profile only
//     when staff have verified it.
//   - No one of the house and no stranger may release or withdraw a company's money.
//
// It verifies the check digits of registration numbers, not that they belong to
// the company, and it does not authenticate anybody: an [Actor] is a statement
// made by a caller who has already done so.
package identity
