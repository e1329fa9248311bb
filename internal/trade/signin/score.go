package signin

import "math"

// level is one step of a chain from fine to coarse, and its part in the whole.
type level struct {
	feature Feature
	weight  float64
}

// The chains, with weights near those that were published for this model.
func place() []level   { return []level{{Address, 0.6}, {Network, 0.3}, {Country, 0.1}} }
func program() []level { return []level{{Agent, 0.54}, {Browser, 0.27}, {System, 0.19}} }

const (
	// liftMax is the most that one value speaks for the owner: cookies are stolen, and
	// an address that only one account was ever seen at may be a stranger's tomorrow.
	liftMax = 10_000
	// hourReach is how many hours away is still the same habit.
	hourReach = 2
	// hourMax is the most that an hour speaks for or against.
	hourMax = 1.5
)

// score is how much likelier a stranger comes this way than the owner, in
// thousandths of the natural logarithm. Nothing is known of a first visit.
func score(v Visit, h *History) int64 {
	if h.OwnTotal <= 0 {
		return 0
	}
	s := -math.Log(chain(v, h, place())) - math.Log(chain(v, h, program())) - math.Log(device(v, h)) - math.Log(hour(v, h))
	return int64(math.Round(s * 1000))
}

// chain is how much likelier the owner shows these values than others do: the mean
// over the levels, and a part for what the owner has never shown.
func chain(v Visit, h *History, levels []level) float64 {
	coarse := levels[len(levels)-1].feature
	known := 0.0
	for _, l := range levels {
		x := v.value(l.feature)
		known += l.weight * min(liftMax, h.own(x)/h.ownTotal()/h.others(x))
	}
	fresh := unseen(h, coarse)
	return (1-fresh)*known + fresh
}

// unseen is about how often the owner shows something new: as many times as it was
// new after the first visit, by the visits after it. Before there are any it is taken
// to be one in six, with the weight of three visits.
func unseen(h *History, f Feature) float64 {
	const surprises, visits = 0.5, 3
	n := h.ownTotal()
	different := min(n, float64(max(1, h.OwnDistinct[f])))
	return (different - 1 + surprises) / (n - 1 + visits)
}

// device is the same for the device. Strangers bring none that the account knows;
// owners bring a new one as often as they have done so far.
func device(v Visit, h *History) float64 {
	fresh := unseen(h, Device)
	if !h.knows(v) {
		return fresh
	}
	x := v.value(Device)
	return max(fresh, min(liftMax, h.own(x)/h.ownTotal()/h.others(x)))
}

// hour is the same for the time of the day, gently.
func hour(v Visit, h *History) float64 {
	const width = 2*hourReach + 1
	// Half a day's worth of knowing nothing keeps a few sign-ins from saying much.
	const doubt = 12
	lift := (h.around(v.Hour) + doubt*width/24.0) / (h.ownTotal() + doubt) * 24 / width
	return min(hourMax, max(1/hourMax, lift))
}

// around counts the account's sign-ins in the hours around one.
func (h *History) around(hour int) float64 {
	n := 0.0
	for by := -hourReach; by <= hourReach; by++ {
		n += h.own(hourValue(hour + by))
	}
	return n
}
