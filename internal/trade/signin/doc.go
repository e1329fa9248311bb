// Package signin says how unusual a sign-in is for an account, and why.
//
// It decides the [Level] of a [Visit] from a [History] of counts: how often the
// account, and everybody else, was seen at this address, network and country, with
// this browser and system, on this device and at this hour. The score is the
// logarithm of how much likelier a stranger is to come this way than the account's
// owner. Each feature that becomes coarser backs off to the next: an address to its
// network and country, a browser's version to the browser and the system.
// Three rules need no score: journeys that nobody can make, addresses known for
// attacks, and many wrong passwords within an hour.
//
// Invariants: the same visit and history give the same verdict, whatever the order of
// a map; a visit that is new to the account in one more way never scores lower; while
// little is known the score alone never makes a verdict high; wrong passwords that
// others try never shut out a device which the account knows.
//
// The package does not parse addresses or browsers, does not find places, does not
// keep counts, and does not say what a level leads to: its callers do.
package signin
