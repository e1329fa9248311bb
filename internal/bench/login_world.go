package bench

import (
	"fmt"
	"math/rand/v2"
	"time"

	"fondaco/internal/trade/signin"
)

// land is a country of the synthetic world. Shares need not add up to one.
type land struct {
	code                string
	people, bots        float64 // shares of those who trade, and of those who attack at random
	latitude, longitude float64 // about its middle
	span                float64 // how far its towns lie from there, in degrees
	utc                 int     // hours that its clocks are ahead
}

// lands is a mix as a house for trade between Asia, Europe, America and Africa may
// have it. The figures are assumptions.
func lands() []land {
	return []land{
		{"CN", 20, 14, 31, 115, 7, 8},
		{"US", 12, 20, 39, -95, 12, -6},
		{"DE", 9, 4, 51, 10, 3, 1},
		{"GB", 6, 3, 53, -1, 2, 0},
		{"IN", 6, 9, 21, 78, 7, 5},
		{"IT", 5, 2, 43, 12, 3, 1},
		{"FR", 4, 3, 47, 2, 3, 1},
		{"NL", 4, 5, 52, 5, 1, 1},
		{"VN", 4, 4, 16, 107, 4, 7},
		{"TR", 4, 2, 39, 35, 4, 3},
		{"KR", 3, 3, 37, 127, 1, 9},
		{"JP", 3, 2, 36, 138, 3, 9},
		{"HK", 3, 3, 22, 114, 0.2, 8},
		{"SG", 2, 4, 1, 104, 0.2, 8},
		{"AE", 2, 1, 25, 55, 1, 4},
		{"BR", 2, 6, -20, -47, 7, -3},
		{"MX", 2, 2, 21, -101, 4, -6},
		{"PL", 2, 2, 52, 19, 2, 1},
		{"CH", 2, 1, 47, 8, 1, 1},
		{"KE", 2, 1, -1, 37, 2, 3},
		{"ZA", 1, 1, -29, 25, 4, 2},
		{"ID", 1, 5, -6, 107, 4, 7},
		{"RU", 1, 9, 56, 40, 8, 3},
		{"NG", 1, 2, 8, 6, 3, 1},
	}
}

// town is where networks are reached from.
type town struct{ latitude, longitude float64 }

// network is one network of a land. Addresses of a pool are given to whoever comes.
type network struct {
	name string
	pool int
}

// country is a land with its towns and networks.
type country struct {
	land
	towns                  []town
	homes, mobile, hosting []network
}

// world is where people live and attackers come from.
type world struct {
	countries    []country
	people, bots []float64
}

// newWorld lays out towns and networks.
func newWorld(r *rand.Rand) *world {
	w := &world{}
	for _, l := range lands() {
		c := country{land: l}
		for range 5 {
			c.towns = append(c.towns, town{l.latitude + l.span*(2*r.Float64()-1), l.longitude + l.span*(2*r.Float64()-1)})
		}
		c.homes = networks(l.code+"-home", 8, 20_000)
		c.mobile = networks(l.code+"-mobile", 3, 256)
		c.hosting = networks(l.code+"-hosting", 6, 64)
		w.countries = append(w.countries, c)
		w.people, w.bots = append(w.people, l.people), append(w.bots, l.bots)
	}
	return w
}

// networks names so many networks, each with a pool of addresses.
func networks(prefix string, n, pool int) []network {
	out := make([]network, n)
	for i := range out {
		out[i] = network{fmt.Sprintf("%s-%d", prefix, i), pool}
	}
	return out
}

// address gives any address of the network.
func (n network) address(r *rand.Rand) string { return fmt.Sprintf("%s/%d", n.name, r.IntN(n.pool)) }

// draw chooses by weights.
func draw(r *rand.Rand, weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	at := r.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// anyOf draws one of a list; the first are taken more often, as the largest networks are.
func anyOf[T any](r *rand.Rand, list []T) T {
	weights := make([]float64, len(list))
	for i := range weights {
		weights[i] = 1 / float64(i+1)
	}
	return list[draw(r, weights)]
}

// spot is a network in a town.
type spot struct {
	country *country
	town    town
	network network
	address string // the address that was had last
}

// program is a browser on a system. Its version follows the calendar, lag behind.
type program struct {
	browser, system string
	lag             int // versions
}

// worldBegins is the first day of the synthetic world.
func worldBegins() time.Time { return time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC) }

// agent is what the program calls itself at a time. Most browsers have a new version
// every four weeks, Safari every half year.
func (p program) agent(at time.Time) string {
	weeks := 4.0
	if p.browser == "Safari" {
		weeks = 26
	}
	version := 100 + int(at.Sub(worldBegins()).Hours()/24/7/weeks) - p.lag
	return fmt.Sprintf("%s %d on %s", p.browser, version, p.system)
}

// newProgram draws a browser and system, for a desk or for a pocket.
func newProgram(r *rand.Rand, pocket bool) program {
	p := program{lag: draw(r, []float64{70, 20, 5, 3, 1, 1})}
	if pocket {
		p.system = []string{"Android", "iOS"}[draw(r, []float64{60, 40})]
		p.browser = map[string][]string{
			"Android": {"Chrome", "Samsung Internet", "Firefox"}, "iOS": {"Safari", "Chrome", "Edge"},
		}[p.system][draw(r, []float64{80, 15, 5})]
		return p
	}
	p.system = []string{"Windows", "macOS", "Linux"}[draw(r, []float64{72, 23, 5})]
	p.browser = map[string][]string{
		"Windows": {"Chrome", "Edge", "Firefox"}, "macOS": {"Chrome", "Safari", "Firefox"}, "Linux": {"Chrome", "Firefox", "Edge"},
	}[p.system][draw(r, []float64{65, 27, 8})]
	return p
}

// see is a visit from a spot with a program.
func see(at time.Time, s spot, p program) signin.Visit {
	return signin.Visit{
		At: at, Hour: at.Hour(), Address: s.address, Network: s.network.name, Country: s.country.code,
		Agent: p.agent(at), Browser: p.browser, System: p.system,
		Latitude: s.town.latitude, Longitude: s.town.longitude, Located: true,
	}
}
