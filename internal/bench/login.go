package bench

import (
	"context"
	"maps"

	"fondaco/internal/trade/signin"
)

// LoginRisk says how many synthetic people sign in, and from which seed they are
// made. Nothing of it is a recording of people.
type LoginRisk struct {
	Users int
	Seed  uint64
	// Progress, which may be nil, is told how many sign-ins have been judged.
	Progress func(what string, done, total int64, more string)
}

// What is measured.
const (
	loginStretch   = 12   // sign-ins that are judged after a history of given length
	loginDetection = 0.98 // attacks that must be noticed
)

// loginDepths are the lengths of history that are looked at, in sign-ins.
func loginDepths() []int { return []int{12, 39} }

// LoginResult is what the model has done to people and attackers.
type LoginResult struct {
	Users     int         `json:"users"`
	Seed      uint64      `json:"seed"`
	SignIns   int64       `json:"sign_ins"`
	Attacks   int64       `json:"attacks"`
	Detection float64     `json:"detection"` // share of attacks that each row must notice
	Rows      []LoginRow  `json:"rows"`
	Levels    []LoginLine `json:"levels"`
}

// LoginRow is what it costs to notice the attacks of one attacker. Its rates are of
// the sign-ins of the owners that are doubted too.
type LoginRow struct {
	History  int     `json:"history"`  // sign-ins before the first that counts
	Attacker string  `json:"attacker"` // naive, vpn, targeted or very targeted
	Model    string  `json:"model"`    // score, score without cookie, novelty or novelty with cookie
	Noticed  float64 `json:"noticed"`  // share of attacks; more than asked for if many score alike
	Limit    int64   `json:"limit"`    // from which a sign-in is doubted: thousandths of the score, or a number of news
	Median   float64 `json:"reauth_median"`
	Mean     float64 `json:"reauth_mean"`
	P90      float64 `json:"reauth_p90"`
	Learning float64 `json:"reauth_learning_median"` // among the first sign-ins, as many as the history, the very first included
}

// LoginLine is how the rules of a house that has set none judge, in shares.
type LoginLine struct {
	History int     `json:"history"`
	Who     string  `json:"who"` // owners, owners learning, or an attacker
	Low     float64 `json:"low"`
	Medium  float64 `json:"medium"`
	High    float64 `json:"high"`
}

// loginModel is one way to rank visits: higher is stranger.
type loginModel struct {
	name string
	rank func(signin.Visit, signin.History) int64
}

func loginModels() []loginModel {
	rules := signin.DefaultRules()
	return []loginModel{
		{"score", func(v signin.Visit, h signin.History) int64 { return signin.Judge(v, h, rules).ScoreMilli }},
		{"score without cookie", func(v signin.Visit, h signin.History) int64 {
			// As of an account that was never seen on one device twice.
			v.Device = ""
			h.OwnDistinct = maps.Clone(h.OwnDistinct)
			h.OwnDistinct[signin.Device] = h.OwnTotal
			return signin.Judge(v, h, rules).ScoreMilli
		}},
		{"novelty", func(v signin.Visit, h signin.History) int64 { return news(v, h) }},
		{"novelty with cookie", func(v signin.Visit, h signin.History) int64 {
			n := news(v, h)
			if v.Device == "" || h.Own[signin.Value{Feature: signin.Device, Value: v.Device}] == 0 {
				n++
			}
			return n
		}},
	}
}

// news counts what the account has never shown: the rule that is compared with.
func news(v signin.Visit, h signin.History) int64 {
	n := int64(0)
	for _, x := range v.Values() {
		switch x.Feature {
		case signin.Address, signin.Network, signin.Country, signin.Browser, signin.System:
			if h.Own[x] == 0 {
				n++
			}
		case signin.Agent, signin.Device, signin.Hour:
		}
	}
	return n
}

// Run makes the people, lets them sign in one after the other as time passes, and
// tries every attack upon each between two of their sign-ins.
func (l LoginRisk) Run(ctx context.Context) (LoginResult, error) {
	t := l.prepare()
	order := t.inTime()
	for i, s := range order {
		if i%1000 == 0 {
			if err := ctx.Err(); err != nil {
				return LoginResult{}, err
			}
			if l.Progress != nil {
				l.Progress("sign-ins", int64(i), int64(len(order)), "")
			}
		}
		t.judge(s)
	}
	r := LoginResult{Users: l.Users, Seed: l.Seed, SignIns: int64(len(order)), Attacks: t.tried, Detection: loginDetection}
	for _, depth := range loginDepths() {
		for _, who := range attackers() {
			for m := range t.models {
				r.Rows = append(r.Rows, t.row(depth, who, m))
			}
		}
		r.Levels = append(r.Levels, t.lines(depth)...)
	}
	return r, nil
}
