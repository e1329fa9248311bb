package api

import (
	"context"
	"crypto/sha256"
	"maps"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
)

// Tokens that were good a moment ago are not looked up again for each command:
// two reads of the database cost as much as the rest of the request.
const (
	knownMax  = 4096
	knownLife = 2 * time.Second
)

// known remembers for at most knownLife who a token acts for. Whoever loses a
// token, an office or a company therefore loses it here within two seconds, on
// every node, without any message between nodes; the bound for that is five. It
// remembers good tokens only, so that a new one is good at once, and never the
// secret itself.
//
// Both the machine's clock and the house's measure the life: the first because a
// sandbox can stand still, the second because it can jump past a token's end.
type known struct {
	house *assurance.House

	mu  sync.RWMutex
	who map[[sha256.Size]byte]acquaintance
}

type acquaintance struct {
	in    assurance.Presence
	since time.Time // by the machine's clock
	at    time.Time // by the house's
}

func newKnown(h *assurance.House) *known {
	return &known{house: h, who: map[[sha256.Size]byte]acquaintance{}}
}

// find answers who the token acts for if that is known.
func (k *known) find(secret string) (assurance.Presence, bool) {
	key := sha256.Sum256([]byte(secret))
	k.mu.RLock()
	a, ok := k.who[key]
	k.mu.RUnlock()
	if !ok || time.Since(a.since) >= knownLife {
		return assurance.Presence{}, false
	}
	if passed := k.house.Now().Sub(a.at); passed < 0 || passed >= knownLife {
		return assurance.Presence{}, false
	}
	return a.in, true
}

// ask asks the house who the token acts for, and remembers a good answer.
func (k *known) ask(ctx context.Context, secret string) (assurance.Presence, error) {
	a := acquaintance{since: time.Now(), at: k.house.Now()} // before the question: the answer is no older than that
	var err error
	if a.in, err = k.house.Present(ctx, secret); err != nil {
		return assurance.Presence{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.who) >= knownMax {
		clear(k.who) // everybody is asked for again; that is all it costs
	}
	k.who[sha256.Sum256([]byte(secret))] = a
	return a.in, nil
}

// forget drops what is known of a person's sessions, because the person has just
// ended some of them here: that is felt at once.
func (k *known) forget(person identity.PersonID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.DeleteFunc(k.who, func(_ [sha256.Size]byte, a acquaintance) bool { return a.in.Person.ID == person })
}
