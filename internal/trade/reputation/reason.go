package reputation

import (
	"strconv"
	"time"
)

// Tone is whether a reason speaks for or against a party.
type Tone string

// The tones.
const (
	Good  Tone = "good"
	Plain Tone = "plain"
	Bad   Tone = "bad"
)

// Code names a reason; faces put it into words.
type Code string

// The codes, in the order in which reasons are told, each with its arguments.
// Counts are whole numbers.
const (
	NewAccount      Code = "new_account"       // days since the file was opened
	VerifiedByHouse Code = "verified_by_house" // none
	NotVerified     Code = "not_verified"      // none
	DealsSettled    Code = "deals_settled"     // deals, partners
	FewPartners     Code = "few_partners"      // percent of the worth that came from one partner
	LateDuties      Code = "late"              // count, of
	OnTime          Code = "on_time"           // percent, of
	LostRulings     Code = "lost_rulings"      // count, won
	Disputes        Code = "disputes"          // deals, percent
	CalledOff       Code = "called_off"        // deals
	ReviewsGiven    Code = "reviews"           // count, average with one decimal, such as 4.6
	ResponseTime    Code = "response"          // hours; half was done within them
	SlowResponse    Code = "slow_response"     // days; half took longer
	NewestDeal      Code = "newest"            // days
	OnPlatform      Code = "years"             // whole years since the file was opened
	VolumeBand      Code = "volume"            // band
)

// Codes lists every code in the order above.
func Codes() []Code {
	return []Code{
		NewAccount, VerifiedByHouse, NotVerified, DealsSettled, FewPartners, LateDuties, OnTime, LostRulings, Disputes,
		CalledOff, ReviewsGiven, ResponseTime, SlowResponse, NewestDeal, OnPlatform, VolumeBand,
	}
}

// Reason is one fact behind a standing.
type Reason struct {
	Code Code              `json:"code"`
	Tone Tone              `json:"tone"`
	Args map[string]string `json:"args,omitempty"`
}

// When a reason is told, and how.
const (
	fewPartnersDeals   = 3
	fewPartnersPercent = 60
	onTimeGood         = 95
	onTimeBad          = 80
	disputesBad        = 10
	marksGood          = 40 // tenths
	marksBad           = 30
	staleDays          = 365
	promptHours        = 24
)

// telling gathers reasons.
type telling []Reason

func (t *telling) say(code Code, tone Tone, args ...string) {
	r := Reason{Code: code, Tone: tone}
	for i := 0; i+1 < len(args); i += 2 {
		if r.Args == nil {
			r.Args = map[string]string{}
		}
		r.Args[args[i]] = args[i+1]
	}
	*t = append(*t, r)
}

func reasonsOf(k Known, isNew bool, now time.Time) []Reason {
	var t telling
	f := k.Facts
	if isNew {
		t.say(NewAccount, Plain, "days", count(days(k.Since, now)))
	}
	if k.Verified {
		t.say(VerifiedByHouse, Good)
	} else {
		t.say(NotVerified, Plain)
	}
	if f.Settled > 0 {
		t.say(DealsSettled, Good, "deals", count(f.Settled), "partners", count(f.PartnerCount()))
		if most := f.MainPartnerPercent(); f.Settled >= fewPartnersDeals && most >= fewPartnersPercent {
			t.say(FewPartners, Bad, "percent", count(most))
		}
	}
	t.conduct(f)
	if k.Reviews.Count > 0 {
		tenths := k.Reviews.Tenths()
		tone := Plain
		if tenths >= marksGood {
			tone = Good
		} else if tenths < marksBad {
			tone = Bad
		}
		t.say(ReviewsGiven, tone, "count", count(k.Reviews.Count), "average", count(tenths/10)+"."+count(tenths%10))
	}
	t.times(k, now)
	return t
}

// conduct tells how promises were kept and how disputes went.
func (t *telling) conduct(f Facts) {
	if onTime, any := f.OnTimePercent(); any {
		of := count(f.Kept + f.Late)
		tone := Plain
		if f.Late == 0 {
			tone = Good
		} else if onTime < onTimeBad {
			tone = Bad
		}
		t.say(LateDuties, tone, "count", count(f.Late), "of", of)
		if onTime >= onTimeGood {
			tone = Good
		}
		t.say(OnTime, tone, "percent", count(onTime), "of", of)
	}
	if f.Deals > 0 {
		tone := Good
		if f.Lost > 0 {
			tone = Bad
		}
		t.say(LostRulings, tone, "count", count(f.Lost), "won", count(f.Won))
	}
	if share, any := f.DisputePercent(); any && f.Disputed > 0 {
		tone := Plain
		if share >= disputesBad {
			tone = Bad
		}
		t.say(Disputes, tone, "deals", count(f.Disputed), "percent", count(share))
	}
	if f.CalledOff > 0 {
		t.say(CalledOff, Bad, "deals", count(f.CalledOff))
	}
}

// times tells how quick, how recent, how old and how big.
func (t *telling) times(k Known, now time.Time) {
	switch hours := k.Facts.ResponseHours(); {
	case hours > 0 && hours <= promptHours:
		t.say(ResponseTime, Good, "hours", count(hours))
	case hours > 0:
		t.say(ResponseTime, Plain, "hours", count(hours))
	case hours < 0:
		ends := answerHours()
		t.say(SlowResponse, Bad, "days", count(ends[len(ends)-1]/24))
	}
	if !k.Facts.Newest.IsZero() {
		old := days(k.Facts.Newest, now)
		tone := Plain
		if old > staleDays {
			tone = Bad
		}
		t.say(NewestDeal, tone, "days", count(old))
	}
	if years := days(k.Since, now) / 365; years > 0 && !k.Since.IsZero() {
		t.say(OnPlatform, Plain, "years", count(years))
	}
	if band := k.Facts.Band(); band != NoVolume {
		t.say(VolumeBand, Plain, "band", string(band))
	}
}

func days(from, to time.Time) int {
	if from.IsZero() || !to.After(from) {
		return 0
	}
	return int(to.Sub(from) / (24 * time.Hour))
}

func count(n int) string { return strconv.Itoa(n) }
