package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"fondaco/internal/fault"
)

// CheckConfig is whom to ask about which book.
type CheckConfig struct {
	URLs    []string
	Acks    io.Reader     // the book
	Attempt time.Duration // for one try; 0 for 10 seconds
	GiveUp  time.Duration // for one question; 0 for 60 seconds
	Lanes   int           // questions at one time; 0 for 8
}

// Verdict is what the house remembers of a book.
type Verdict struct {
	Acknowledged int      `json:"acknowledged"` // commands in the book that the house had answered
	Lost         int      `json:"lost"`         // of them, and of versions once seen
	Doubled      int      `json:"doubled"`      // written twice, or given the place of another
	Unknown      int      `json:"unknown"`      // commands that were never answered
	Resolved     int      `json:"resolved"`     // of them, answered now
	Refused      int      `json:"refused"`      // commands that the house had refused; they must have left nothing
	Deals        int      `json:"deals"`
	Facts        int      `json:"facts"`    // in the histories of those deals
	Findings     []string `json:"findings"` // what is lost or doubled, at most 50
}

// OK holds when nothing is lost or doubled, everything unknown is known now, and
// there was something to look at.
func (v Verdict) OK() bool {
	return v.Lost == 0 && v.Doubled == 0 && v.Unknown == v.Resolved && v.Acknowledged > 0
}

const findingsMax = 50

// checker compares a book with a house.
type checker struct {
	cfg   CheckConfig
	house *house

	accounts map[string]*account // by email
	acks     []line
	unknowns []line
	deals    map[string]*file // by id

	mu      sync.Mutex
	verdict Verdict
}

// file is what the book says of one deal.
type file struct {
	id      string
	reader  string // an account that may read it
	seen    int64  // newest version that was acknowledged or read
	acks    []line
	unknown int // commands that may have left facts
}

// Check asks the house about every line of the book. It changes nothing but what
// unknown and lost commands, asked again, bring about; those are asked last. It
// fails with load.bad_config, load.bad_book, load.no_answer, load.refused or
// load.bad_answer when it cannot look; what it finds wrong is in the verdict.
func Check(ctx context.Context, cfg CheckConfig) (Verdict, error) {
	if len(cfg.URLs) == 0 || cfg.Acks == nil {
		return Verdict{}, fault.New(fault.Invalid, "load.bad_config", "A check needs an address and a book.")
	}
	or(&cfg.Attempt, 10*time.Second)
	or(&cfg.GiveUp, time.Minute)
	if cfg.Lanes < 1 {
		cfg.Lanes = 8
	}
	way := transport(0)
	defer way.CloseIdleConnections()
	way.MaxIdleConnsPerHost = cfg.Lanes
	k := &checker{
		cfg: cfg, house: &house{urls: cfg.URLs, http: &http.Client{Transport: way}, attempt: cfg.Attempt, giveUp: cfg.GiveUp},
		accounts: map[string]*account{}, deals: map[string]*file{}, verdict: Verdict{Findings: []string{}},
	}
	if err := read(cfg.Acks, k.file); err != nil {
		return Verdict{}, err
	}
	k.places()
	k.verdict.Acknowledged, k.verdict.Unknown, k.verdict.Deals = len(k.acks), len(k.unknowns), len(k.deals)
	for _, step := range []func(context.Context) error{k.tokens, k.histories, k.strays, k.again, k.resolve} {
		if err := step(ctx); err != nil {
			return Verdict{}, err
		}
	}
	return k.verdict, nil
}

// file puts a line where it belongs.
func (k *checker) file(l line) {
	switch l.Kind {
	case lineAccount:
		k.accounts[l.Email] = &account{email: l.Email, party: l.Party, token: l.Token, seed: l.Seed}
		return
	case lineRefused:
		k.verdict.Refused++
		return
	case lineAck:
		k.acks = append(k.acks, l)
	case lineUnknown:
		k.unknowns = append(k.unknowns, l)
	}
	if l.Deal == "" {
		return // a draft that nobody has heard of again
	}
	f := k.deals[l.Deal]
	if f == nil {
		f = &file{id: l.Deal, reader: l.Email}
		k.deals[l.Deal] = f
	}
	f.seen = max(f.seen, l.Version)
	switch l.Kind {
	case lineAck:
		f.acks = append(f.acks, l)
	case lineUnknown:
		f.unknown++
	}
}

func (k *checker) find(count *int, format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	*count++
	if len(k.verdict.Findings) < findingsMax {
		k.verdict.Findings = append(k.verdict.Findings, fmt.Sprintf(format, args...))
	}
}

func (k *checker) lost(format string, args ...any) { k.find(&k.verdict.Lost, "lost: "+format, args...) }

func (k *checker) doubled(format string, args ...any) {
	k.find(&k.verdict.Doubled, "doubled: "+format, args...)
}

// places finds receipts of different commands that name one place in the log.
func (k *checker) places() {
	byPlace := slices.Clone(k.acks)
	slices.SortFunc(byPlace, func(a, b line) int { return int(a.Receipt.Log.First - b.Receipt.Log.First) })
	for i := 1; i < len(byPlace); i++ {
		a, b := byPlace[i-1], byPlace[i]
		if b.Receipt.Log.First <= a.Receipt.Log.Last {
			k.doubled("the place %d of the log was given to %s of deal %s and to %s of deal %s", b.Receipt.Log.First, a.Operation, a.Deal, b.Operation, b.Deal)
		}
	}
}

// tokens finds out whether every account's token still opens the house; a token
// was an answer, too.
func (k *checker) tokens(ctx context.Context) error {
	return inLanes(k.cfg.Lanes, slices.Sorted(maps.Keys(k.accounts)), func(email string) error {
		a, err := k.asAccount(ctx, email, request{method: http.MethodGet, path: "/v1/me"})
		if err != nil || !a.refused() {
			return err
		}
		k.lost("the token of %s is refused: %s", email, a.code())
		in, err := signIn(ctx, k.house, *k.accounts[email])
		k.accounts[email].token = in.Token
		return err
	})
}

// inLanes does for every item, a few at one time, and answers the first failure.
func inLanes[T any](lanes int, items []T, do func(T) error) error {
	work := make(chan T)
	failed := make(chan error, lanes)
	var wait sync.WaitGroup
	for range lanes {
		wait.Go(func() {
			for item := range work {
				if err := do(item); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	var err error
	for _, item := range items {
		select {
		case work <- item:
			continue
		case err = <-failed:
		}
		break
	}
	close(work)
	wait.Wait()
	if err == nil && len(failed) > 0 {
		err = <-failed
	}
	return err
}

// asAccount asks for an account of the book.
func (k *checker) asAccount(ctx context.Context, email string, q request) (answer, error) {
	if who := k.accounts[email]; who != nil {
		q.token = who.token
	}
	return k.house.ask(ctx, q)
}

// fact is one event of a deal as the house tells it.
type fact struct {
	Sequence int64  `json:"sequence"`
	Version  int64  `json:"version"`
	Kind     string `json:"kind"`
	Actor    struct {
		Office string `json:"office"`
	} `json:"actor"`
}

func (k *checker) histories(ctx context.Context) error {
	files := slices.SortedFunc(maps.Values(k.deals), func(a, b *file) int { return bytes.Compare([]byte(a.id), []byte(b.id)) })
	return inLanes(k.cfg.Lanes, files, func(f *file) error {
		a, err := k.asAccount(ctx, f.reader, request{method: http.MethodGet, path: "/v1/deals/" + f.id + "/history"})
		if err != nil {
			return err
		}
		if a.refused() && a.status != http.StatusNotFound {
			return refusal(a)
		}
		var h struct {
			Items []fact `json:"items"`
		}
		if !a.refused() && json.Unmarshal(a.body, &h) != nil {
			return badAnswer("the history of " + f.id)
		}
		k.compare(f, h.Items)
		return nil
	})
}

func badAnswer(what string) error {
	return fault.New(fault.Internal, "load.bad_answer", "The house answers {what} with something else.").With("what", what)
}

// compare holds the history of a deal against its file.
func (k *checker) compare(f *file, history []fact) {
	k.mu.Lock()
	k.verdict.Facts += len(history)
	k.mu.Unlock()
	at := map[int64]int64{} // version by place in the log
	newest, place := int64(0), int64(-1)
	for _, e := range history {
		if e.Version != newest+1 || e.Sequence <= place {
			k.doubled("deal %s has version %d at place %d after version %d at place %d", f.id, e.Version, e.Sequence, newest, place)
		}
		newest, place, at[e.Sequence] = e.Version, e.Sequence, e.Version
	}
	if newest < f.seen {
		k.lost("deal %s was seen in version %d and is in %d", f.id, f.seen, newest)
	}
	named := map[int64]bool{}
	for _, l := range f.acks {
		reached := false
		for place := l.Receipt.Log.First; place <= l.Receipt.Log.Last; place++ {
			named[place] = true
			reached = reached || at[place] == l.Version && l.Version > 0
		}
		if !reached {
			k.lost("%s of deal %s has no fact that brings version %d at places %d to %d", l.Operation, f.id, l.Version, l.Receipt.Log.First, l.Receipt.Log.Last)
		}
	}
	var strangers []fact
	for _, e := range history {
		if e.Actor.Office == "member" && !named[e.Sequence] {
			strangers = append(strangers, e)
		}
	}
	// A command leaves one or more facts of its own, so with something unknown in the deal these may be its.
	if f.unknown == 0 {
		for _, e := range strangers {
			k.doubled("deal %s has %s in version %d, which no acknowledgement names", f.id, e.Kind, e.Version)
		}
	}
}

// strays finds deals that the house has and the book has not: drafts made twice.
func (k *checker) strays(ctx context.Context) error {
	unheard := map[string]int{} // drafts without an answer, by who asked
	for _, l := range k.unknowns {
		if l.Deal == "" {
			unheard[l.Email]++
		}
	}
	drafters := map[string]bool{}
	for _, l := range slices.Concat(k.acks, k.unknowns) {
		if l.Operation == "draft" {
			drafters[l.Email] = true
		}
	}
	return inLanes(k.cfg.Lanes, slices.Sorted(maps.Keys(drafters)), func(email string) error {
		strangers, err := k.unlisted(ctx, email)
		for i, id := range strangers {
			if i >= unheard[email] {
				k.doubled("deal %s of %s is in no acknowledgement", id, email)
			}
		}
		return err
	})
}

// unlisted are the deals of an account that the book does not name.
func (k *checker) unlisted(ctx context.Context, email string) ([]string, error) {
	var out []string
	for before := ""; ; {
		path := "/v1/deals?limit=200"
		if before != "" {
			path += "&before=" + before
		}
		a, err := k.asAccount(ctx, email, request{method: http.MethodGet, path: path})
		if err != nil {
			return nil, err
		}
		var page struct {
			Items []struct {
				ID string `json:"id"`
			} `json:"items"`
			Next string `json:"next"`
		}
		if a.refused() || json.Unmarshal(a.body, &page) != nil {
			return nil, badAnswer("a list of deals")
		}
		for _, d := range page.Items {
			if k.deals[d.ID] == nil {
				out = append(out, d.ID)
			}
		}
		if before = page.Next; before == "" {
			return out, nil
		}
	}
}

// again asks every acknowledged command once more: the answer must be the first one.
func (k *checker) again(ctx context.Context) error {
	return inLanes(k.cfg.Lanes, k.acks, func(l line) error {
		a, err := k.asAccount(ctx, l.Email, request{method: http.MethodPost, path: l.Path, body: l.Body, key: l.Key})
		if err != nil {
			return err
		}
		var r Receipt
		switch {
		case a.refused():
			k.lost("%s of deal %s, asked again, is refused: %s", l.Operation, l.Deal, a.code())
		case json.Unmarshal(a.body, &r) != nil:
			return badAnswer(l.Operation)
		case !a.replayed:
			k.lost("%s of deal %s, asked again, was done again", l.Operation, l.Deal)
		case r != *l.Receipt:
			k.lost("%s of deal %s, asked again, has another receipt", l.Operation, l.Deal)
		}
		return nil
	})
}

// resolve asks what was never answered; any definite answer ends the doubt.
func (k *checker) resolve(ctx context.Context) error {
	return inLanes(k.cfg.Lanes, k.unknowns, func(l line) error {
		_, err := k.asAccount(ctx, l.Email, request{method: http.MethodPost, path: l.Path, body: l.Body, key: l.Key})
		if err == nil {
			k.mu.Lock()
			k.verdict.Resolved++
			k.mu.Unlock()
		}
		return ctx.Err()
	})
}
