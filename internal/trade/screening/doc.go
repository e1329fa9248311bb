// Package screening decides how probable it is that a party of ours is a party on
// a list of sanctions or restrictions, and says why, word by word.
//
//	lists ──▶ Build ──▶ Index ◀── Query: name, births, countries, papers
//	                      │
//	   words of the query ──▶ listed words that are like them   vocabulary.go
//	                      ──▶ names that have enough of these   gather.go
//	                      ──▶ words paired one to one           align.go, loose.go
//	                      ──▶ log odds of the name              score.go
//	                      ──▶ times factors of the facts        facts.go
//	                      ──▶ the first hits, with reasons      hit.go
//
// A word is compared once with each listed word, not once with each listed party.
// Two words are alike if they are spelt nearly alike, if their keys are (under a
// key the spellings of one sound meet), if their consonants agree, if they mean the
// same, or if two on one side are one on the other. A word of ours that some list
// has is seldom a slip of another, so it is less like those that are spelt
// otherwise; so is one that is a common name somewhere in the world. How much a pair says
// is how rare the word is among the listed parties, and common names are taken for less rare;
// a word of ours that no list has is as rare as those it is like. Where telling words
// have met, a word that is left on both sides may be the same though it is hardly
// alike, unless some list has ours or it is a common name.
//
// Several lists name one party, each by the names it has heard of. Entries of
// different lists that share a telling name and agree in birth or country are kin, and
// each is found by the names of the other: see kin.go. The name of such a hit may
// stand on the other list only.
//
// The score of a name rests on three figures: the share of our name that is met,
// the share of theirs, and how rare what is met is. Something is taken off if both
// sides keep telling words that do not meet, if one word alone meets another, if all
// words of ours that meet are common names of the world, if two words meet one, if the name was read by its sound from another script, and if the
// list does not tell the kind of the party while its name looks like another kind. Weights were fitted so
// that the score is a probability among queries of which half are of listed parties. Facts
// beside the name multiply the odds by factors that are judgements: see facts.go.
// A paper with the same number outweighs any name.
//
// Invariants:
//   - Search answers exactly what Scan answers, which looks at every listed word and
//     every listed name. Rows are left out only if the most that they can score,
//     given which words of ours they may meet, is below the floor or below the last
//     hit that is answered.
//   - The same lists and the same query give the same answer, to the bit and in the
//     same order.
//   - More in common never lowers a score: no weight of a model is negative.
//   - An index never changes; any number of goroutines may search it. Working memories
//     of searches keep what was found for words that were looked up lately; this
//     saves time and changes no answer.
//   - An index of a part (Only) scores as the whole one does.
//
// It does not read lists, does not know deals or the parties of the house, and does
// not decide what happens after a hit.
package screening
