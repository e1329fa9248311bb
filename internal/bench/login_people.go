package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"fondaco/internal/trade/signin"
)

// What people do, in shares of sign-ins unless it says otherwise. All of it is
// assumed; none of it was measured on people.
const (
	officeShare    = 0.60  // people who have an office, whose one address never changes
	officeMates    = 4     // the most who share an office
	phoneShare     = 0.65  // people who also sign in with a telephone
	secondShare    = 0.25  // people who also have a second computer
	elsewhereShare = 0.04  // at a customer's, in a café: any network of the country
	tripShare      = 0.02  // sign-ins that begin a journey abroad
	tripSigns      = 4     // the most sign-ins on one journey
	tunnelPeople   = 0.10  // people who use a VPN
	tunnelShare    = 0.40  // sign-ins of theirs that come through it
	tunnelAbroad   = 0.40  // of these people, those whose exit is abroad
	privatePeople  = 0.08  // people whose browser forgets
	privateLoss    = 0.90  // their sign-ins without a cookie
	cookieLoss     = 0.015 // everybody else's
	replaceShare   = 0.010 // sign-ins from a machine bought since the last
	otherShare     = 0.020 // sign-ins with another browser of the same machine
	redialShare    = 0.35  // sign-ins at which a line gives a new address, for half of the lines
	redialSeldom   = 0.02  // for the other half
	eveningShare   = 0.15  // sign-ins at any hour from morning to midnight
)

// sign is one sign-in of a person.
type sign struct {
	visit  signin.Visit
	given  string // the device's name afterwards
	person int
}

// machine is a computer or telephone.
type machine struct {
	program program
	pocket  bool
	cookie  string
}

// person lives, works and travels.
type person struct {
	number              int
	r                   *rand.Rand
	world               *world
	country             *country
	office, home        *spot
	mobile, tunnel      *spot
	machines            []machine
	gap                 time.Duration // between sign-ins, on average
	morning             float64       // the local hour of most sign-ins
	redial, loss        float64
	officeTime, outTime float64
	away                *spot // on a journey
	awaySigns           int
	cookies             int
}

// newPerson settles a person; mates share the office of their company.
func newPerson(w *world, number int, seed uint64, office *spot) *person {
	r := chance(seed, uint64(number)) //nolint:gosec // numbers begin at zero
	p := &person{number: number, r: r, world: w}
	if office != nil {
		p.country = office.country
	} else {
		p.country = &w.countries[draw(r, w.people)]
	}
	live := anyOf(r, p.country.towns)
	if office != nil {
		live = office.town
	}
	p.office = office
	p.home = p.at(p.country, live, anyOf(r, p.country.homes))
	p.mobile = p.at(p.country, live, anyOf(r, p.country.mobile))
	p.gap = time.Duration([]float64{1, 2.5, 7}[draw(r, []float64{30, 40, 30})] * 24 * float64(time.Hour))
	p.morning = 10 + 1.5*r.NormFloat64()
	p.redial, p.loss = redialSeldom, cookieLoss
	if r.Float64() < 0.5 {
		p.redial = redialShare
	}
	if r.Float64() < privatePeople {
		p.loss = privateLoss
	}
	p.officeTime, p.outTime = r.Float64(), 0.5*r.Float64()
	if r.Float64() < tunnelPeople {
		exit := p.country
		if r.Float64() < tunnelAbroad {
			exit = &w.countries[draw(r, w.people)]
		}
		p.tunnel = p.at(exit, exit.towns[0], anyOf(r, exit.hosting))
	}
	p.machines = []machine{{program: newProgram(r, false)}}
	if r.Float64() < phoneShare {
		p.machines = append(p.machines, machine{program: newProgram(r, true), pocket: true})
	}
	if r.Float64() < secondShare {
		p.machines = append(p.machines, machine{program: newProgram(r, false)})
	}
	return p
}

// chance is a source of chance of its own for each use, so that one more draw in one
// place changes nothing elsewhere.
func chance(seed, use uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, use)) //nolint:gosec // a seed, so that a result comes again
}

func (p *person) at(c *country, t town, n network) *spot {
	return &spot{country: c, town: t, network: n, address: n.address(p.r)}
}

// settle makes the people of a world, in companies that may share an office.
func settle(w *world, users int, seed uint64) []*person {
	r := chance(seed, 1<<40)
	var people []*person
	for len(people) < users {
		var office *spot
		if r.Float64() < officeShare {
			c := &w.countries[draw(r, w.people)]
			n := anyOf(r, c.homes)
			office = &spot{c, anyOf(r, c.towns), n, fmt.Sprintf("%s/office-%d", n.name, len(people))}
		}
		mates := 1
		if office != nil {
			mates += r.IntN(officeMates)
		}
		for range min(mates, users-len(people)) {
			people = append(people, newPerson(w, len(people), seed, office))
		}
	}
	return people
}

// life is so many sign-ins of the person, begun somewhere within the given time.
func (p *person) life(signs int, within time.Duration) []sign {
	at := worldBegins().Add(time.Duration(p.r.Float64() * float64(within)))
	out := make([]sign, 0, signs)
	for range signs {
		at = p.next(at)
		out = append(out, p.signIn(at))
	}
	return out
}

// next is when the person comes again: another day as a rule, at a usual hour.
func (p *person) next(last time.Time) time.Time {
	days := math.Round(p.r.ExpFloat64() * p.gap.Hours() / 24)
	hour := p.morning + 2*p.r.NormFloat64()
	if p.r.Float64() < eveningShare {
		hour = 7 + 16*p.r.Float64()
	}
	utc := p.country.utc
	if p.away != nil {
		utc = p.away.country.utc
	}
	at := last.Truncate(24 * time.Hour).Add(time.Duration((days*24 + hour - float64(utc)) * float64(time.Hour)))
	if !at.After(last) {
		// Twice on one day, some hours apart.
		at = last.Add(time.Duration((0.5 + 6*p.r.Float64()) * float64(time.Hour)))
	}
	return at
}

// signIn is one sign-in, from wherever the person is, with whatever is at hand.
func (p *person) signIn(at time.Time) sign {
	m := &p.machines[p.machineAtHand()]
	if p.r.Float64() < replaceShare {
		*m = machine{program: newProgram(p.r, m.pocket), pocket: m.pocket}
	}
	program, cookie := m.program, m.cookie
	if p.r.Float64() < otherShare {
		program.browser, cookie = "Firefox", ""
	}
	if p.r.Float64() < p.loss {
		cookie = ""
	}
	s := sign{visit: see(at, p.whereabouts(m.pocket), program), given: cookie, person: p.number}
	s.visit.Device = cookie
	if cookie == "" {
		p.cookies++
		s.given = fmt.Sprintf("device-%d-%d", p.number, p.cookies)
		if program == m.program {
			m.cookie = s.given
		}
	}
	return s
}

// machineAtHand is mostly the first; the telephone for a third of the time.
func (p *person) machineAtHand() int {
	weights := make([]float64, len(p.machines))
	for i := range weights {
		weights[i] = []float64{10, 5, 2}[i]
	}
	return draw(p.r, weights)
}

// whereabouts is where the person is now.
func (p *person) whereabouts(pocket bool) spot {
	r := p.r
	if p.away != nil {
		if p.awaySigns--; p.awaySigns <= 0 {
			defer func() { p.away = nil }()
		}
		return *p.away
	}
	if r.Float64() < tripShare {
		c := &p.world.countries[draw(r, p.world.people)]
		p.away, p.awaySigns = p.at(c, anyOf(r, c.towns), anyOf(r, c.homes)), 1+r.IntN(tripSigns)
		return *p.away
	}
	if p.tunnel != nil && r.Float64() < tunnelShare {
		p.tunnel.address = p.tunnel.network.address(r)
		return *p.tunnel
	}
	if r.Float64() < elsewhereShare {
		return *p.at(p.country, anyOf(r, p.country.towns), anyOf(r, p.country.homes))
	}
	if pocket && r.Float64() < p.outTime {
		p.mobile.address = p.mobile.network.address(r)
		return *p.mobile
	}
	if p.office != nil && r.Float64() < p.officeTime {
		return *p.office
	}
	if r.Float64() < p.redial {
		p.home.address = p.home.network.address(r)
	}
	return *p.home
}
