package signin

// History is what is known when a visit is judged. Of the counts only those of
// [Visit.Lookups] are read.
type History struct {
	Own, All                 map[Value]int64   // good sign-ins with a value: of the account; of every account, its own with them
	OwnTotal, AllTotal       int64             // good sign-ins
	OwnDistinct, AllDistinct map[Feature]int64 // different values so far
	Last                     *Visit            // the last good sign-in, nil for none
	OwnFailures              int               // wrong passwords at this account in the last hour
	NetworkFailures          int               // wrong passwords from this network in the last hour
	Attacking                bool              // whether the address is known for attacks
}

// own is how often the account was seen with the value.
func (h *History) own(v Value) float64 { return float64(max(0, h.Own[v])) }

// ownTotal is the number of the account's sign-ins.
func (h *History) ownTotal() float64 { return float64(max(0, h.OwnTotal)) }

// others is the share of everybody else's sign-ins with the value. It begins at
// what is usual in the world, so that a house with few accounts knows something.
func (h *History) others(v Value) float64 {
	total := float64(max(0, h.AllTotal-max(0, h.OwnTotal)))
	seen := min(total, float64(max(0, h.All[v]-max(0, h.Own[v]))))
	return (seen + worldWeight*usual(v)) / (total + worldWeight)
}

// worldWeight is the number of sign-ins that knowledge of the world counts for.
const worldWeight = 100

// usual is about how common a value is before any was counted. That nothing is
// known is what everybody shows who hides it.
func usual(v Value) float64 {
	if v.Value == "" {
		return 1
	}
	switch v.Feature {
	case Address, Device:
		return 1e-5
	case Network:
		return 1e-3
	case Country:
		return 0.05
	case Agent:
		return 0.02
	case Browser, System:
		return 0.25
	case Hour:
		return 1.0 / 24
	}
	return 1
}
