package reputation

import (
	"math"
	"slices"
	"strings"
	"time"

	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// Outcome is what one closed deal says of one of its sides. Only a deal that both
// signed has an outcome.
type Outcome struct {
	Deal     string
	Side     identity.Side // of the party that the outcome is about
	Partner  identity.PartyID
	ClosedAt time.Time
	Ending   Ending
	Held     money.Amount // the price as it was held; zero if it never was
	Settled  money.Amount // what of it went to the seller, the house's fee included
	// Promised is when the side's own dated duty was due, and Kept when it was done:
	// of a seller that the goods arrive, of a buyer that the price is held. Kept is
	// zero if it never was. A duty without a date has a zero Promised.
	Promised time.Time
	Kept     time.Time
	Disputed bool            // the partner raised a claim and did not drop it
	Claimed  bool            // the side itself did
	Rulings  []Ruling        // of the claims that the house decided
	FailedBy identity.Side   // whose doing it was that the deal came to nothing; NoSide for both or nobody
	Answers  []time.Duration // how long the side took for what it was asked to do by a date
}

// Facts are what closed deals say of a party without anybody's opinion. The zero
// Facts are those of a party without deals. They do not depend on the order in
// which outcomes come in; each deal counts once, and the caller sees to that.
type Facts struct {
	Deals     int `json:"deals"`      // closed, with the price held
	Settled   int `json:"settled"`    // of these, in which the seller was paid
	Kept      int `json:"kept"`       // dated duties done in time
	Late      int `json:"late"`       // dated duties done late or never
	Disputed  int `json:"disputed"`   // deals with a claim by the partner
	Claimed   int `json:"claimed"`    // deals with a claim of its own
	Won       int `json:"won"`        // deals decided for it by the house
	Lost      int `json:"lost"`       // deals decided against it
	CalledOff int `json:"called_off"` // agreed deals that came to nothing by its doing

	// Against is the evidence of lost rulings, in thousandths of a rating.
	Against  int64          `json:"against"`
	Partners []Partner      `json:"partners,omitempty"` // of settled deals, by name
	Sum      *PartnerSum    `json:"sum,omitempty"`      // in their place: see [Facts.Shown]
	Volume   []money.Amount `json:"volume,omitempty"`   // settled, one for each currency, by code
	Answers  []int          `json:"answers,omitempty"`  // how many in each class of [answerHours]
	First    time.Time      `json:"first,omitzero"`     // closing of the first settled deal
	Newest   time.Time      `json:"newest,omitzero"`    // closing of the newest
}

// Partner is what a party settled with one other.
type Partner struct {
	Party identity.PartyID `json:"party"`
	Deals int              `json:"deals"`
	Cents int64            `json:"cents"` // by [WorthCents]
}

// PartnerSum is what is shown of a party's partners.
type PartnerSum struct {
	Count       int `json:"count"`
	MainPercent int `json:"main_percent"` // as [Facts.MainPartnerPercent]
}

// Shown is what there is to show of the facts: all but who the partners are, of which
// a large company has thousands. No outcome may be added to it.
func (f Facts) Shown() Facts {
	f.Sum = &PartnerSum{Count: f.PartnerCount(), MainPercent: f.MainPartnerPercent()}
	f.Partners = nil
	return f
}

// PartnerCount is with how many others the party has settled deals.
func (f Facts) PartnerCount() int {
	if f.Sum != nil {
		return f.Sum.Count
	}
	return len(f.Partners)
}

// With is the facts with one more outcome. The receiver stays as it was.
func (f Facts) With(o Outcome) Facts {
	if o.FailedBy == o.Side && o.Side != identity.NoSide {
		f.CalledOff++
	}
	switch {
	case o.Promised.IsZero():
	case !o.Kept.IsZero() && !o.Kept.After(o.Promised):
		f.Kept++
	case !o.Kept.IsZero() || o.ClosedAt.After(o.Promised):
		f.Late++ // a deal that ended before the day broke no promise
	}
	f.Answers = answered(f.Answers, o.Answers)
	if !o.Held.IsPositive() {
		return f
	}
	f.Deals++
	f.Disputed += one(o.Disputed)
	f.Claimed += one(o.Claimed)
	v := VerdictOf(o.Rulings, o.Held.Currency())
	f.Lost += one(v.Loser != identity.NoSide && v.Loser == o.Side)
	f.Won += one(v.Loser != identity.NoSide && v.Loser == o.Side.Other())
	if v.Loser == o.Side {
		f.Against = plus(f.Against, v.against())
	}
	if o.Settled.IsPositive() {
		f = f.settled(o)
	}
	return f
}

func (f Facts) settled(o Outcome) Facts {
	f.Settled++
	if f.First.IsZero() || o.ClosedAt.Before(f.First) {
		f.First = o.ClosedAt
	}
	if o.ClosedAt.After(f.Newest) {
		f.Newest = o.ClosedAt
	}
	f.Partners = slices.Clone(f.Partners)
	i, known := slices.BinarySearchFunc(f.Partners, o.Partner, func(p Partner, id identity.PartyID) int { return strings.Compare(string(p.Party), string(id)) })
	if !known {
		f.Partners = slices.Insert(f.Partners, i, Partner{Party: o.Partner})
	}
	f.Partners[i].Deals++
	f.Partners[i].Cents = plus(f.Partners[i].Cents, WorthCents(o.Settled))

	f.Volume = slices.Clone(f.Volume)
	code := o.Settled.Currency().Code()
	i, known = slices.BinarySearchFunc(f.Volume, code, func(a money.Amount, code string) int { return strings.Compare(a.Currency().Code(), code) })
	if !known {
		f.Volume = slices.Insert(f.Volume, i, money.Zero(o.Settled.Currency()))
	}
	f.Volume[i] = money.New(plus(f.Volume[i].Minor(), o.Settled.Minor()), o.Settled.Currency())
	return f
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// answerHours are the upper ends of the classes of response times; the last class
// has none.
func answerHours() []int { return []int{1, 2, 4, 8, 12, 24, 48, 72, 120, 168, 336, 720} }

func answered(classes []int, times []time.Duration) []int {
	if len(times) == 0 {
		return classes
	}
	ends := answerHours()
	out := make([]int, len(ends)+1)
	copy(out, classes)
	for _, t := range times {
		i := slices.IndexFunc(ends, func(hours int) bool { return t <= time.Duration(hours)*time.Hour })
		if i < 0 {
			i = len(ends)
		}
		out[i]++
	}
	return out
}

// ResponseHours is the time within which the party did half of what it was asked
// to do by a date, as the upper end of a class: 1, 2, 4 … 720 hours. It is 0 when
// nothing was asked, and -1 when the half took longer than that.
func (f Facts) ResponseHours() int {
	total := 0
	for _, n := range f.Answers {
		total += n
	}
	if total == 0 {
		return 0
	}
	seen := 0
	for i, hours := range answerHours() {
		if seen += f.Answers[i]; 2*seen >= total {
			return hours
		}
	}
	return -1
}

// OnTimePercent is the share of dated duties done in time, rounded down, and
// false when there was none.
func (f Facts) OnTimePercent() (int, bool) { return percent(f.Kept, f.Kept+f.Late) }

// DisputePercent is the share of closed deals with a claim by the partner, rounded
// up, and false when there was no deal.
func (f Facts) DisputePercent() (int, bool) {
	kept, ok := percent(f.Deals-f.Disputed, f.Deals)
	return 100 - kept, ok
}

func percent(part, whole int) (int, bool) {
	if whole <= 0 {
		return 0, false
	}
	return int(int64(part) * 100 / int64(whole)), true
}

// MainPartnerPercent is the share of the settled worth that came from one partner,
// rounded down; 0 without settled deals.
func (f Facts) MainPartnerPercent() int {
	if f.Sum != nil {
		return f.Sum.MainPercent
	}
	var all, most int64
	for _, p := range f.Partners {
		all, most = plus(all, p.Cents), max(most, p.Cents)
	}
	if all == 0 {
		return 0
	}
	return int(float64(most) / float64(all) * 100)
}

// Band is a span of settled volume. The sum itself is nobody's business.
type Band string

// The bands, in US dollars at the house's rough rates.
const (
	NoVolume  Band = "none"
	Under10K  Band = "under_10k"
	Under100K Band = "10k_100k"
	Under1M   Band = "100k_1m"
	Under10M  Band = "1m_10m"
	Over10M   Band = "over_10m"
)

// Bands lists every band, the least first.
func Bands() []Band { return []Band{NoVolume, Under10K, Under100K, Under1M, Under10M, Over10M} }

// Band is the span in which all settled volume lies.
func (f Facts) Band() Band {
	var cents int64
	for _, a := range f.Volume {
		cents = plus(cents, WorthCents(a))
	}
	const dollar = 100
	switch {
	case cents == 0:
		return NoVolume
	case cents < 10_000*dollar:
		return Under10K
	case cents < 100_000*dollar:
		return Under100K
	case cents < 1_000_000*dollar:
		return Under1M
	case cents < 10_000_000*dollar:
		return Under10M
	}
	return Over10M
}

// MarkSum adds up the marks that a party was given in revealed reviews.
type MarkSum struct {
	Count int     `json:"count"`
	Sums  Aspects `json:"sums"`
}

// With is the tally with one more review.
func (t MarkSum) With(a Aspects) MarkSum {
	t.Count++
	t.Sums.AsDescribed += a.AsDescribed
	t.Sums.OnTime += a.OnTime
	t.Sums.Communication += a.Communication
	t.Sums.Documents += a.Documents
	t.Sums.Overall += a.Overall
	return t
}

// Tenths is the average overall mark in tenths, 10 to 50, rounded half up; 0
// without reviews.
func (t MarkSum) Tenths() int { return t.tenths(t.Sums.Overall) }

// AspectTenths is the average of each mark in tenths, as [MarkSum.Tenths].
func (t MarkSum) AspectTenths() Aspects {
	return Aspects{
		AsDescribed: t.tenths(t.Sums.AsDescribed), OnTime: t.tenths(t.Sums.OnTime), Communication: t.tenths(t.Sums.Communication),
		Documents: t.tenths(t.Sums.Documents), Overall: t.tenths(t.Sums.Overall),
	}
}

func (t MarkSum) tenths(sum int) int {
	if t.Count == 0 {
		return 0
	}
	return int(math.Floor(float64(sum)*10/float64(t.Count) + 0.5))
}
