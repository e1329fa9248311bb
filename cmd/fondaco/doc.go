// Command fondaco is the one binary of the house: it serves deals to people and
// programs, and checks what it has kept.
//
//	serve    run a house          verify   walk the evidence log
//	demo     run a guided house   doctor   rebuild every book and compare
//	replay   a delivery record    migrate  bring the database up to date
//	graph    draw the deal        version  say what this is
//
// Here are only flags and wiring: which adapter stands behind which port, in
// which order things start, and in which they stop. Exit codes: 0 all is well,
// 1 something was found or failed, 2 the command line is not understood (80 by
// the parser is turned into 2).
package main
