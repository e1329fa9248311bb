// Package reputation says what past trades say of a party.
//
// # Score
//
// A [Graph] holds ratings between accounts; [Graph.Scores] turns them into one
// [Score] for each account.
//
//	seeds ── good ratings ──▶ reach ── less the largest source ──▶ say
//	ratings × say × value of the giver ──▶ evidence for and against ──▶ value, confidence
//
// Whoever runs the house names seeds: accounts that it has checked itself. Trust flows
// from them along good ratings; how much of it an account keeps without its largest
// source is its say, so that whom only one account vouches for has none, and a thousand
// accounts that nobody trusts say nothing. A rating counts by its giver's say and value,
// and for less if it is returned. Value is the share of what is for the account, beside
// a prior; confidence is how much was counted at all; with next to nothing an account is
// new: a state of its own, never a middle value.
//
// A [Live] graph takes ratings one by one and keeps the scores near; a full pass puts
// them right. A [Sheet] reads ratings of another house.
//
// Invariants: the order in which ratings come changes no bit of a result, nor does the
// machine, since no product is fused with a sum. Rating oneself says nothing. Of one
// pair, the latest rating of each period counts. A rating by an account that no seed
// reaches changes nobody else's score. Nobody raises his own score by what he says of
// others.
//
// What arithmetic cannot do is tell accounts with real trades, which conspire, from a
// circle of good customers. So ratings come only from settled deals, and weigh by them.
//
// # Reviews
//
// Each deal for which money was held has one [Book]. It is double-blind:
//
//	         Write (one side)          Write (other side)
//	open ───────────────────▶ sealed ───────────────────▶ shown ──▶ Reply, Hide, Show
//	  └────────────── Reveal, 7 days after closing ─────────▲
//
// Until everything is shown nobody reads the other side's review, staff included, and
// a side cannot tell whether the other has written. Whoever was silent until then
// writes no more: no review is an answer to one that was read. A review is never
// changed. Staff hide words, by a rule and with a reason; marks stay, and count.
//
// [RatingsOf] says what a shown book gives to the graph: praise weighs by the
// logarithm of what the seller was paid, blame by that of what was held.
//
// # Rulings
//
// A [Verdict] counts by itself, whoever won and whoever reviews. It is evidence
// against the loser ([Facts].Against) that rests on no rater's trust, so that neither
// silence nor an unknown winner takes it away; and the loser's blame of the winner
// counts the less the clearer he lost, down to nothing. His marks are shown unchanged.
//
// # Standing
//
// [Facts] are counted from the outcomes of closed deals, in any order with the same
// result. [StandingOf] puts score, facts and marks together: new, or a value with a
// confidence, and always the reasons, as codes that faces put into words. Of the
// settled volume only a band is shown. [Limits] say what a house lets parties of some
// standing agree to. [WorthCents] compares currencies by a table of rough rates; it
// decides no payment.
//
// Not here: when a book is opened and its clock is swept, who is told, and how a deal
// becomes an [Outcome].
package reputation
