package bench

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"
	"time"

	"fondaco/internal/trade/screening"
)

// Screening measures how well listed parties are found by altered names, and how
// many strangers are taken for them. Strangers are made from tables of common
// names, and once more as generators of test data make them; alterations are made by
// rule from names of the lists, except held-out aliases and original scripts, which
// are the lists' own.
type Screening struct {
	// Lists reads the lists; it is called once and timed.
	Lists func() ([]screening.List, error)
	Seed  uint64
	// Own are pairs of a name in another script and a listed Latin name, to be
	// found as well; may be empty.
	Own []Rendering
	// Given are more innocents, of a generator of one's own, and GivenName is what to
	// call them; may be empty. They change no other figure.
	Given     []screening.Query
	GivenName string
	// Progress, which may be nil, is told how many names have been searched.
	Progress func(what string, done, total int64, more string)
}

// A Rendering is a listed name as it is written in another script.
type Rendering struct {
	Kind         screening.Kind
	Name, Listed string
}

// Sizes of the query sets.
const (
	screeningTargets  = 500   // names that are altered in each way
	screeningHeldOut  = 500   // aliases that are taken out of the lists and searched for
	screeningStrange  = 4_000 // innocents
	screeningHard     = 1_000 // innocents whose names are recombined from listed ones
	screeningMost     = 10    // hits that count
	screeningEasyRate = 0.01
	screeningHardRate = 0.10
)

// ScreeningResult is what was found.
type ScreeningResult struct {
	Seed                 uint64                 `json:"seed"`
	Entries              int                    `json:"entries"`
	Names                int                    `json:"names"`
	ReadMS               float64                `json:"read_ms"`
	BuildMS              float64                `json:"build_ms"`
	HeapBytes            int64                  `json:"heap_bytes"`         // of lists and index
	EasyLimit            float64                `json:"limit_at_easy_rate"` // the higher of those of the two sets of innocents
	CommonLimit          float64                `json:"limit_at_easy_rate_common"`
	GeneratedLimit       float64                `json:"limit_at_easy_rate_generated"`
	HardLimit            float64                `json:"limit_at_hard_rate"`
	HardFlagged          float64                `json:"hard_flagged_at_easy_rate"`
	EasyFlagged          float64                `json:"easy_flagged_at_hard_rate"`
	HardFlaggedGenerated float64                `json:"hard_flagged_at_easy_rate_generated"`
	GeneratedFlagged     float64                `json:"generated_flagged_at_hard_rate"`
	Given                *ScreeningGiven        `json:"given,omitempty"`
	Classes              []ScreeningClass       `json:"classes"`
	Calibration          []ScreeningCalibration `json:"calibration"`
	PerSecond            float64                `json:"searches_per_second"` // one goroutine
	PerSecondTwo         float64                `json:"searches_per_second_two_goroutines"`
	CPUMicros            float64                `json:"cpu_us_per_search"` // of one goroutine; what the machine does besides does not count
	P50                  float64                `json:"p50_ms"`
	P99                  float64                `json:"p99_ms"`
	Searches             int                    `json:"searches"`
}

// ScreeningGiven is what the innocents that were given amount to.
type ScreeningGiven struct {
	Name        string  `json:"name"`
	Count       int     `json:"count"` // without those that a list has, and without repetitions
	LeftOut     int     `json:"left_out"`
	Limit       float64 `json:"limit_at_easy_rate"`
	HardFlagged float64 `json:"hard_flagged_at_easy_rate"`
	Flagged     float64 `json:"flagged_at_hard_rate"`
}

// ScreeningClass is the recall of one way to alter names.
type ScreeningClass struct {
	Name        string  `json:"name"`
	Count       int     `json:"count"`
	Latin       bool    `json:"latin"`
	AtEasy      float64 `json:"recall_at_easy_rate"`           // the limit that screeningEasyRate of innocents exceed
	AtCommon    float64 `json:"recall_at_easy_rate_common"`    // the same of innocents with common names
	AtGenerated float64 `json:"recall_at_easy_rate_generated"` // the same of innocents of generated test data
	AtGiven     float64 `json:"recall_at_easy_rate_given"`     // the same of innocents that were given; 0 without any
	AtHard      float64 `json:"recall_at_hard_rate"`           // the limit that screeningHardRate of hard innocents exceed
}

// ScreeningCalibration is how many of the first hits of a score were right.
type ScreeningCalibration struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Hits  int     `json:"hits"`
	Mean  float64 `json:"mean_score"`
	Right float64 `json:"share_right"`
}

// A lookup is one query and what it must find.
type lookup struct {
	class   string
	query   screening.Query
	list    string // of the entry that must be found; empty for innocents
	id      string
	latin   bool
	names   []string // of the party, folded
	score   float64  // of the entry, 0 if it is not among the first hits
	first   float64  // of the first hit
	correct bool     // the first hit is the entry
}

const (
	classInnocent  = "innocent"
	classGenerated = "innocent of generated test data"
	classHard      = "hard innocent"
	classGiven     = "innocent that was given"
	classAlias     = "held-out alias that shares a word"
	classOther     = "held-out alias that shares none"
)

// Run reads the lists, makes the queries, searches, and counts.
func (b Screening) Run(ctx context.Context) (ScreeningResult, error) {
	r := ScreeningResult{Seed: b.Seed}
	before := heapInUse()
	begun := time.Now()
	lists, err := b.Lists()
	if err != nil {
		return r, err
	}
	r.ReadMS = milliseconds(time.Since(begun))
	for _, l := range lists {
		r.Entries += len(l.Entries)
		for i := range l.Entries {
			r.Names += len(l.Entries[i].Names)
		}
	}
	d := &drawer{cast: cast{rand: rand.New(rand.NewPCG(b.Seed, 0x5c4ee)), people: cultures()}, lists: lists, seed: b.Seed} //nolint:gosec // repeatable on purpose
	d.draw(b.Own)
	if len(b.Given) > 0 {
		r.Given = &ScreeningGiven{Name: b.GivenName}
		r.Given.Count = d.give(b.Given)
		r.Given.LeftOut = len(b.Given) - r.Given.Count
	}
	begun = time.Now()
	x := screening.Build(d.lists)
	r.BuildMS = milliseconds(time.Since(begun))
	if err := b.search(ctx, x, d.lookups); err != nil {
		return r, err
	}
	r.count(d.lookups)
	r.clock(ctx, x, d.lookups)
	r.HeapBytes = heapInUse() - before
	runtime.KeepAlive(x)
	return r, ctx.Err()
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below 2^63
}

// search searches for every lookup once.
func (b Screening) search(ctx context.Context, x *screening.Index, lookups []lookup) error {
	for i := range lookups {
		if i%500 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if b.Progress != nil {
				b.Progress("searches", int64(i), int64(len(lookups)), "")
			}
		}
		lookups[i].search(x)
	}
	return nil
}

func (t *lookup) search(x *screening.Index) {
	for i, h := range x.Search(t.query, screeningMost) {
		right := h.List == t.list && h.Entry.ID == t.id
		if i == 0 {
			t.first, t.correct = h.Score, right || t.known(h.Entry)
		}
		if right {
			t.score = h.Score
		}
	}
}

// known tells whether an entry, of another list perhaps, has a name of the party
// that must be found.
func (t *lookup) known(e *screening.Entry) bool {
	return slices.ContainsFunc(e.Names, func(n screening.Name) bool { return slices.Contains(t.names, plain(n.Text)) })
}

// limit is the score that the given share of lookups of a class exceeds.
func limit(lookups []lookup, class string, share float64) float64 {
	var scores []float64
	for i := range lookups {
		if lookups[i].class == class {
			scores = append(scores, lookups[i].first)
		}
	}
	sort.Sort(sort.Reverse(sort.Float64Slice(scores)))
	if len(scores) == 0 {
		return 1
	}
	return scores[min(len(scores)-1, int(share*float64(len(scores))))]
}

// above is the share of lookups that keep and exceed the limit.
func above(lookups []lookup, keep func(*lookup) bool, score func(*lookup) float64, limit float64) (count int, share float64) {
	found := 0
	for i := range lookups {
		t := &lookups[i]
		if !keep(t) {
			continue
		}
		count++
		if score(t) > limit {
			found++
		}
	}
	return count, float64(found) / float64(max(count, 1))
}

// count draws the figures from the lookups.
func (r *ScreeningResult) count(lookups []lookup) {
	r.CommonLimit, r.GeneratedLimit = limit(lookups, classInnocent, screeningEasyRate), limit(lookups, classGenerated, screeningEasyRate)
	r.EasyLimit, r.HardLimit = max(r.CommonLimit, r.GeneratedLimit), limit(lookups, classHard, screeningHardRate)
	first := func(t *lookup) float64 { return t.first }
	own := func(t *lookup) float64 { return t.score }
	_, r.HardFlagged = above(lookups, func(t *lookup) bool { return t.class == classHard }, first, r.CommonLimit)
	_, r.EasyFlagged = above(lookups, func(t *lookup) bool { return t.class == classInnocent }, first, r.HardLimit)
	_, r.HardFlaggedGenerated = above(lookups, func(t *lookup) bool { return t.class == classHard }, first, r.GeneratedLimit)
	_, r.GeneratedFlagged = above(lookups, func(t *lookup) bool { return t.class == classGenerated }, first, r.HardLimit)
	if r.Given != nil {
		r.Given.Limit = limit(lookups, classGiven, screeningEasyRate)
		_, r.Given.HardFlagged = above(lookups, func(t *lookup) bool { return t.class == classHard }, first, r.Given.Limit)
		_, r.Given.Flagged = above(lookups, func(t *lookup) bool { return t.class == classGiven }, first, r.HardLimit)
	}
	var names []string
	for i := range lookups {
		if c := lookups[i].class; lookups[i].list != "" && !slices.Contains(names, c) {
			names = append(names, c)
		}
	}
	add := func(name string, latin bool, keep func(*lookup) bool) {
		c := ScreeningClass{Name: name, Latin: latin}
		c.Count, c.AtEasy = above(lookups, keep, own, r.EasyLimit)
		_, c.AtCommon = above(lookups, keep, own, r.CommonLimit)
		_, c.AtGenerated = above(lookups, keep, own, r.GeneratedLimit)
		_, c.AtHard = above(lookups, keep, own, r.HardLimit)
		if r.Given != nil {
			_, c.AtGiven = above(lookups, keep, own, r.Given.Limit)
		}
		r.Classes = append(r.Classes, c)
	}
	for _, name := range names {
		at := slices.IndexFunc(lookups, func(t lookup) bool { return t.class == name })
		add(name, lookups[at].latin, func(t *lookup) bool { return t.class == name })
	}
	add("all in Latin script but aliases that share no word", true, func(t *lookup) bool { return t.list != "" && t.latin && t.class != classOther })
	add("all in Latin script", true, func(t *lookup) bool { return t.list != "" && t.latin })
	add("all in other scripts", false, func(t *lookup) bool { return t.list != "" && !t.latin })
	r.calibrate(lookups)
}

// calibrate compares scores with how often the first hit was right, each lookup
// counting once, listed or not.
func (r *ScreeningResult) calibrate(lookups []lookup) {
	const bins = 10
	var hits, right [bins]int
	var sum [bins]float64
	for i := range lookups {
		t := &lookups[i]
		if t.first <= 0 || t.class == classGiven {
			continue
		}
		b := min(bins-1, int(t.first*bins))
		hits[b]++
		sum[b] += t.first
		if t.correct {
			right[b]++
		}
	}
	for b := range bins {
		if hits[b] > 0 {
			n := float64(hits[b])
			r.Calibration = append(r.Calibration, ScreeningCalibration{
				From: float64(b) / bins, To: float64(b+1) / bins, Hits: hits[b], Mean: sum[b] / n, Right: float64(right[b]) / n,
			})
		}
	}
}

// clock measures searches one after the other, and then by two at a time.
func (r *ScreeningResult) clock(ctx context.Context, x *screening.Index, lookups []lookup) {
	mix := make([]screening.Query, 0, len(lookups))
	for i := range lookups {
		if lookups[i].class != classGiven {
			mix = append(mix, lookups[i].query)
		}
	}
	rand.New(rand.NewPCG(r.Seed, 1)).Shuffle(len(mix), func(i, j int) { mix[i], mix[j] = mix[j], mix[i] }) //nolint:gosec // repeatable on purpose
	took := make([]time.Duration, 0, len(mix))
	busy, begun := processorTime(), time.Now()
	for _, q := range mix {
		one := time.Now()
		x.Search(q, screeningMost)
		took = append(took, time.Since(one))
		if ctx.Err() != nil {
			return
		}
	}
	r.PerSecond = float64(len(mix)) / time.Since(begun).Seconds()
	r.CPUMicros = float64(processorTime()-busy) / float64(time.Microsecond) / float64(len(mix))
	slices.Sort(took)
	r.P50, r.P99, r.Searches = milliseconds(took[len(took)/2]), milliseconds(took[len(took)*99/100]), len(took)
	begun = time.Now()
	done := make(chan struct{})
	for half := range 2 {
		go func() {
			for i := half; i < len(mix); i += 2 {
				x.Search(mix[i], screeningMost)
			}
			done <- struct{}{}
		}()
	}
	<-done
	<-done
	r.PerSecondTwo = float64(len(mix)) / time.Since(begun).Seconds()
}
