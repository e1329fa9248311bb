// Package dispute conducts one claim about one deal: negotiation first, then a
// mediator of the house, then a ruling, then one appeal. What comes after, a
// court or an arbitrator, reads the evidence.
//
//	raised ─▶ negotiation ──TakeOffer──────────────────────────────────┐
//	              │ Escalate or lapse                                  │
//	              ▼                                                    │
//	          mediation ──Propose──▶ answer ──both take it─────────────┤
//	              │ (mediator absent:   │ refused or lapse             │
//	              │  replaced)          ▼                              ▼
//	              │                 decision ──Rule──▶ ruled ──lapse─▶ resolved
//	              │                     ▲                │ Appeal     ▲   ▲
//	              │                     │                ▼            │   │
//	              │                     │              review ──Rule──┘   │
//	              └── house fails too often: the share agreed in advance ─┘
//
//	resolved with a return: return_due ─▶ return_sent ─▶ ended; otherwise ended at once.
//
// Invariants:
//
//   - every stage but ended has exactly one clock, and its lapse leads on, so that
//     time alone ends every claim ([Claim.Clock]);
//   - silence of a party never loses the case: a lapse moves it to the next stage,
//     where it is decided on the evidence;
//   - silence of the house is counted, and after HouseMissesMax the share that both
//     parties agreed to in advance is applied;
//   - the person who ruled does not decide the appeal.
//
// The package decides who gets how much of the disputed amount. Package escrow
// moves it, and package deal says when a claim may be raised at all.
package dispute
