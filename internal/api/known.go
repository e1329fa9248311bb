package api

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// Tokens that were good a moment ago are not looked up again for each command:
// two reads of the database cost as much as the rest of the request. Those in use
// are looked up together before that moment is over.
const (
	knownMax   = 4096
	knownLife  = 2 * time.Second
	knownAgain = time.Second
	knownQuiet = 8 // how often a token that nobody uses meanwhile is looked up with the others
)

// known remembers for at most knownLife who a token acts for. Whoever loses a
// token, an office or a company therefore loses it here within two seconds, on
// every node, without any message between nodes; the bound for that is five. It
// remembers good tokens only, so that a new one is good at once, and never the
// secret itself.
type known struct {
	house *assurance.House

	mu    sync.RWMutex
	who   map[evidence.Hash]*acquaintance
	again moment // when all that are in use were last looked up together
}

type acquaintance struct {
	in    assurance.Presence
	since moment
	used  atomic.Bool // since it was looked up with others
	quiet int         // how often it was looked up since it was used
}

// moment is a time by the machine's clock and by the house's: the first because a
// sandbox can stand still, the second because it can jump past a token's end.
type moment struct{ machine, house time.Time }

func (k *known) now() moment { return moment{time.Now(), k.house.Now()} }

// after is how long a moment is after another by the clock that shows more. A
// house's clock that was put back has made everything old.
func (m moment) after(o moment) time.Duration {
	passed := m.house.Sub(o.house)
	if passed < 0 {
		return knownLife
	}
	return max(passed, m.machine.Sub(o.machine))
}

func newKnown(h *assurance.House) *known {
	return &known{house: h, who: map[evidence.Hash]*acquaintance{}}
}

// find answers who the token acts for if that is known.
func (k *known) find(ctx context.Context, secret string) (assurance.Presence, bool) {
	k.mu.RLock()
	a, again := k.who[evidence.HashOf([]byte(secret))], k.again
	k.mu.RUnlock()
	if a == nil {
		return assurance.Presence{}, false
	}
	now := k.now()
	age := now.after(a.since)
	if age >= knownLife {
		return assurance.Presence{}, false
	}
	if !a.used.Load() {
		a.used.Store(true)
	}
	if age >= knownAgain && now.after(again) >= knownAgain {
		k.refresh(ctx, now, again)
	}
	return a.in, true
}

// refresh looks up again, in one question, everybody who was here lately, at most once
// a knownAgain. The others go on with what is known meanwhile; where it fails, each is
// looked up alone when its life is over.
func (k *known) refresh(ctx context.Context, now, last moment) {
	k.mu.Lock()
	if k.again != last {
		k.mu.Unlock()
		return // somebody else is at it
	}
	k.again = now
	asked := map[evidence.Hash]*acquaintance{}
	var hashes []evidence.Hash
	for key, a := range k.who {
		if a.used.Load() || a.quiet < knownQuiet {
			asked[key], hashes = a, append(hashes, key)
		}
	}
	k.mu.Unlock()
	in, err := k.house.PresentStill(context.WithoutCancel(ctx), hashes) // it is asked for others too
	if err != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, before := range asked {
		if k.who[key] != before {
			continue // forgotten meanwhile, and what was read may be older than that
		}
		p, ok := in[key]
		if !ok {
			delete(k.who, key)
			continue
		}
		after := &acquaintance{in: p, since: now} // from before the question: the answer is no older
		if !before.used.Load() {
			after.quiet = before.quiet + 1
		}
		k.who[key] = after
	}
}

// ask asks the house who the token acts for, and remembers a good answer.
func (k *known) ask(ctx context.Context, secret string) (assurance.Presence, error) {
	a := &acquaintance{since: k.now()} // before the question: the answer is no older than that
	a.used.Store(true)
	var err error
	if a.in, err = k.house.Present(ctx, secret); err != nil {
		return assurance.Presence{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.who) >= knownMax {
		clear(k.who) // everybody is asked for again; that is all it costs
	}
	k.who[evidence.HashOf([]byte(secret))] = a
	return a.in, nil
}

// forget drops what is known of a person's sessions, because the person has just
// ended some of them here: that is felt at once.
func (k *known) forget(person identity.PersonID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.DeleteFunc(k.who, func(_ evidence.Hash, a *acquaintance) bool { return a.in.Person.ID == person })
}
