package scms

import (
	"context"
	"strconv"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// Summary is what became of a file. Sums are minor units by currency code.
type Summary struct {
	Rows       int              `json:"rows"`
	Deals      int              `json:"deals"`
	Refused    []Refusal        `json:"refused"` // rows that cannot be a deal
	Companies  int              `json:"companies"`
	Assumed    Assumed          `json:"assumed"`
	Outcomes   map[string]int   `json:"outcomes"`
	Late       int              `json:"late"`        // delivered after the promised day, by the record
	LateClosed map[string]int   `json:"late_closed"` // how deals of late rows ended
	Silent     int              `json:"accepted_by_silence"`
	Penalised  int              `json:"penalised"`
	Penalties  map[string]int64 `json:"penalties"`
	Price      map[string]int64 `json:"price"` // agreed
	Held       map[string]int64 `json:"held"`  // ever held
	StillHeld  map[string]int64 `json:"still_held"`
	Released   map[string]int64 `json:"released"` // to sellers
	Refunded   map[string]int64 `json:"refunded"` // to buyers, penalties included
	Fees       map[string]int64 `json:"fees"`
	SentBack   map[string]int64 `json:"sent_back"` // that came in above a price
	Trial      map[string]int64 `json:"trial_balance"`
	From       time.Time        `json:"from"`
	To         time.Time        `json:"to"`
	Commands   int64            `json:"commands"` // given by people, carriers and banks
	ByHouse    int64            `json:"by_house"` // lapses and messages of the house itself
	Answers    map[string]int   `json:"refusals"` // commands that came too late, by command and code
	Seconds    float64          `json:"seconds"`
	PerSecond  float64          `json:"commands_per_second"` // those of the house included
	Entries    int64            `json:"entries"`             // of the evidence log
}

func newSummary(refused []Refusal) Summary {
	return Summary{
		Refused: append([]Refusal{}, refused...), Outcomes: map[string]int{}, LateClosed: map[string]int{}, Penalties: map[string]int64{},
		Price: map[string]int64{}, Held: map[string]int64{}, StillHeld: map[string]int64{}, Released: map[string]int64{},
		Refunded: map[string]int64{}, Fees: map[string]int64{}, Answers: map[string]int{},
	}
}

func (s *Summary) took(d time.Duration) {
	s.Seconds = d.Seconds()
	if s.Seconds > 0 {
		s.PerSecond = float64(s.Commands+s.ByHouse) / s.Seconds
	}
}

// read asks the house how every deal ended.
func (s *Summary) read(ctx context.Context, h *assurance.House, courses []*course) error {
	s.Deals = len(courses)
	for _, c := range courses {
		d, err := h.Deal(ctx, auditor(), c.deal)
		if err != nil {
			return err
		}
		s.add(c.row, d)
	}
	var err error
	if s.Trial, err = h.TrialBalance(ctx); err != nil {
		return err
	}
	s.To = h.Now()
	s.Entries, err = h.LogSize(ctx)
	return err
}

func (s *Summary) add(r Row, d deal.State) {
	code := d.Terms.Currency.Code()
	s.Outcomes[string(d.Outcome)]++
	if r.late() > 0 {
		s.Late++
		s.LateClosed[string(d.Outcome)]++
	}
	if d.AcceptedBy == "silence" {
		s.Silent++
	}
	if d.PenaltyTaken > 0 {
		s.Penalised++
		s.Penalties[code] += d.PenaltyTaken
	}
	if s.From.IsZero() || d.DraftedAt.Before(s.From) {
		s.From = d.DraftedAt
	}
	s.Price[code] += d.Escrow.Due()
	s.Held[code] += d.Escrow.Funded()
	s.StillHeld[code] += d.Escrow.Held()
	s.Released[code] += d.Escrow.Released()
	s.Refunded[code] += d.Escrow.Refunded()
	s.Fees[code] += d.Escrow.Fees()
}

func auditor() identity.Actor { return identity.Actor{Office: identity.Auditor, Person: "scms-replay"} }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
