package bench

import (
	"math/rand/v2"
	"time"

	"fondaco/internal/trade/signin"
)

// attacker is somebody who has the password but none of the owner's devices.
type attacker string

// The attackers, by what they know of the owner.
const (
	naive        attacker = "naive"         // nothing: any network of the world, any browser
	tunnelled    attacker = "vpn"           // the country
	targeted     attacker = "targeted"      // the country, and which browser on which system
	veryTargeted attacker = "very targeted" // the network and town, the exact browser, and the usual hours
)

func attackers() []attacker { return []attacker{naive, tunnelled, targeted, veryTargeted} }

const (
	naiveHosting  = 0.40 // naive attacks from rented servers; the others are taken over at home
	tunnelHosting = 0.50 // attacks in the owner's country from rented servers
	attackPocket  = 0.20 // attacks that look like a telephone
)

// attack is one attempt upon an account whose past sign-ins are given, between two
// moments. What the attacker knows is what the owner did most.
func (w *world) attack(r *rand.Rand, who attacker, past []sign, from, to time.Time) signin.Visit {
	at := from.Add(time.Duration(r.Float64() * float64(to.Sub(from))))
	p := newProgram(r, r.Float64() < attackPocket)
	if who == naive {
		return see(at, w.foothold(r, &w.countries[draw(r, w.bots)], naiveHosting), p)
	}
	home := w.country(most(past, func(v signin.Visit) string { return v.Country }))
	s := w.foothold(r, home, tunnelHosting)
	if who == tunnelled {
		return see(at, s, p)
	}
	usual := most(past, func(v signin.Visit) [2]string { return [2]string{v.Browser, v.System} })
	p.browser, p.system = usual[0], usual[1]
	if who == targeted {
		return see(at, s, p)
	}
	return veryNear(r, past, at)
}

// foothold is a network in a country, of a server or of somebody's home.
func (w *world) foothold(r *rand.Rand, c *country, hosting float64) spot {
	n := anyOf(r, c.homes)
	if r.Float64() < hosting {
		n = anyOf(r, c.hosting)
	}
	return spot{c, anyOf(r, c.towns), n, n.address(r)}
}

func (w *world) country(code string) *country {
	for i := range w.countries {
		if w.countries[i].code == code {
			return &w.countries[i]
		}
	}
	return &w.countries[0]
}

// veryNear is the owner's own sign-in but for the address and the cookie.
func veryNear(r *rand.Rand, past []sign, at time.Time) signin.Visit {
	network := most(past, func(v signin.Visit) string { return v.Network })
	usual := most(past, func(v signin.Visit) [2]string { return [2]string{v.Browser, v.System} })
	var v signin.Visit
	for _, s := range past {
		if s.visit.Network == network {
			v = s.visit
		}
	}
	for _, s := range past {
		if s.visit.Browser == usual[0] && s.visit.System == usual[1] {
			v.Agent, v.Browser, v.System = s.visit.Agent, usual[0], usual[1]
		}
	}
	v.At, v.Hour = at, past[r.IntN(len(past))].visit.Hour
	v.Address, v.Device = networkOf(network).address(r), ""
	return v
}

// networkOf is a network by its name, with a pool in which neighbours seldom meet.
func networkOf(name string) network { return network{name, 20_000} }

// most is what was so most often, the latest of equals.
func most[K comparable](past []sign, of func(signin.Visit) K) K {
	n := map[K]int{}
	var best K
	for _, s := range past {
		k := of(s.visit)
		n[k]++
		if n[k] >= n[best] {
			best = k
		}
	}
	return best
}
