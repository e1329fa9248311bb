// Package demo fills a sandbox house with companies and deals, through the
// public API and nothing else: it is what a stranger's program could do.
//
// [Run] signs up companies of several countries, drives one deal through its
// whole life while saying what happens line by line (who did what, where the
// money is, who owes what next), and leaves others in every phase: a draft, an
// offer, a contract that awaits its money, one half paid, funded, under way,
// under inspection, disputed, in mediation, frozen, expired, completed. Several have
// closed and were reviewed by both sides, so that companies have a standing. One
// company has an owner with nearly the name of somebody on the demo's list: two
// officers clear it. Another comes onto the list while the house holds its buyer's money.
//
// Everybody in it is invented. The house must be a sandbox, because the demo
// simulates money and moves the clock.
package demo
