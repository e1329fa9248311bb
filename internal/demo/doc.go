// Package demo fills a sandbox house with companies and deals, through the
// public API and nothing else: it is what a stranger's program could do.
//
// [Run] signs up companies of several countries, drives one deal through its
// whole life while saying what happens line by line (who did what, where the
// money is, who owes what next), and leaves others in every phase: a draft, an
// offer, a contract that awaits its money, one half paid, funded, under way,
// under inspection, disputed, in mediation, frozen, expired, completed.
//
// Everybody in it is invented. The house must be a sandbox, because the demo
// simulates money and moves the clock.
package demo
