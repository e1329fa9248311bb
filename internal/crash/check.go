package crash

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // for the database's own check of its pages

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/store"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
)

// Verdict is what a look at a house has found.
type Verdict struct {
	Acked     int      `json:"acked"`      // commands whose receipt had been given
	Stored    int      `json:"stored"`     // of these, how many the house still answers for
	Lost      int      `json:"lost"`       // of these, how many it does not
	Differing int      `json:"differing"`  // receipts that are no longer what they were, or that were two at one time
	Doubled   int      `json:"doubled"`    // commands that stand in the log more than once
	Doubtful  int      `json:"doubtful"`   // commands under way, without an answer, when the house fell
	DoubtKept int      `json:"doubt_kept"` // of these, how many the house had written
	Entries   int64    `json:"entries"`    // of the log
	Faults    []string `json:"faults,omitempty"`
}

// faultsMax is how many sentences are kept: after that many one knows.
const faultsMax = 8

func (v *Verdict) fault(format string, args ...any) {
	if len(v.Faults) < faultsMax {
		v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
	}
}

// OK reports whether nothing was lost, doubled or changed and every check agrees.
func (v Verdict) OK() bool {
	return v.Lost == 0 && v.Doubled == 0 && v.Differing == 0 && len(v.Faults) == 0
}

// add sums up two verdicts.
func (v *Verdict) add(o Verdict) {
	v.Acked += o.Acked
	v.Stored += o.Stored
	v.Lost += o.Lost
	v.Differing += o.Differing
	v.Doubled += o.Doubled
	v.Doubtful += o.Doubtful
	v.DoubtKept += o.DoubtKept
	v.Entries = max(v.Entries, o.Entries)
	for _, f := range o.Faults {
		v.fault("%s", f)
	}
}

// checker looks at one house after one round.
type checker struct {
	ctx   context.Context
	store *store.Store
	house *assurance.House
	cast  Cast
	kept  map[assurance.AnswerKey]assurance.Receipt
	v     Verdict
}

// Check opens the house on a database and holds it against what was acknowledged.
// An error means that the house does not open or cannot be read.
func Check(ctx context.Context, database string, cast Cast, acks []Ack, log *slog.Logger) (_ Verdict, err error) {
	s, h, err := openHouse(ctx, database, false, log)
	if err != nil {
		return Verdict{}, err
	}
	defer func() {
		h.Close()
		if e := s.Close(); err == nil {
			err = e
		}
	}()
	c := &checker{ctx: ctx, store: s, house: h, cast: cast, kept: map[assurance.AnswerKey]assurance.Receipt{}}
	acks = c.unique(acks)
	doubts := doubtful(acks)
	c.v.Acked, c.v.Doubtful = len(acks), len(doubts)
	for _, look := range []func([]Ack, []Ack) error{c.answers, c.again, c.log, c.books} {
		if err := look(acks, doubts); err != nil {
			return c.v, err
		}
	}
	if path, ok := sqlitePath(database); ok {
		if err := c.pages(path); err != nil {
			return c.v, err
		}
	}
	return c.v, nil
}

func dealOf(r assurance.Receipt) deal.ID { return deal.ID(r.ID) }

// same compares receipts; whether one was replayed is not part of it.
func same(a, b assurance.Receipt) bool {
	when := a.At.Equal(b.At)
	a.Replayed, a.At = b.Replayed, b.At
	return when && a == b
}

// unique keeps one of several receipts for the same command, which must be the same.
func (c *checker) unique(acks []Ack) []Ack {
	seen := map[assurance.AnswerKey]Ack{}
	var out []Ack
	for _, a := range acks {
		key := steps()[a.Step].key(c.cast, a.Trade)
		first, known := seen[key]
		switch {
		case !known:
			seen[key] = a
			out = append(out, a)
		case !same(first.Receipt, a.Receipt):
			c.v.Differing++
			c.v.fault("%s was answered in two ways: %+v and %+v", key.Key, first.Receipt, a.Receipt)
		}
	}
	return out
}

// doubtful lists the commands that the workers must have given next, and which
// nobody answered.
func doubtful(acks []Ack) []Ack {
	newest := 0
	for _, a := range acks {
		newest = max(newest, a.Trade.Round)
	}
	last := map[int]Ack{}
	for _, a := range acks {
		at := a.Trade.Worker
		if a.Trade.Round != newest {
			continue // what was in doubt then has been asked then
		}
		if l, ok := last[at]; !ok || a.Trade.Number > l.Trade.Number || a.Trade.Number == l.Trade.Number && a.Step > l.Step {
			if a.Step == 0 {
				a.Trade.ID = dealOf(a.Receipt)
			}
			last[at] = a
		}
	}
	var out []Ack
	for _, l := range last {
		next := Ack{Trade: l.Trade, Step: l.Step + 1}
		if next.Step == len(steps()) {
			next = Ack{Trade: Trade{Round: l.Trade.Round, Worker: l.Trade.Worker, Number: l.Trade.Number + 1}}
		}
		out = append(out, next)
	}
	slices.SortFunc(out, func(a, b Ack) int { return strings.Compare(a.Trade.name(), b.Trade.name()) })
	return out
}

const answersPage = 500

// answers reads what the house remembers for the keys, before anything is asked again.
func (c *checker) answers(acks, doubts []Ack) error {
	for part := range slices.Chunk(slices.Concat(acks, doubts), answersPage) {
		keys := make([]assurance.AnswerKey, len(part))
		for i, a := range part {
			keys[i] = steps()[a.Step].key(c.cast, a.Trade)
		}
		known, err := c.store.Answers(c.ctx, keys)
		if err != nil {
			return err
		}
		for _, a := range known {
			var r assurance.Receipt
			if err := json.Unmarshal(a.Response, &r); err != nil {
				c.v.fault("the answer to %s cannot be read: %s", a.Key, err)
				continue
			}
			c.kept[a.AnswerKey] = r
		}
	}
	for _, a := range acks {
		key := steps()[a.Step].key(c.cast, a.Trade)
		switch r, ok := c.kept[key]; {
		case !ok:
			c.v.Lost++
			c.v.fault("lost: %s, acknowledged as entries %d to %d", key.Key, a.Receipt.First, a.Receipt.Last)
		case !same(r, a.Receipt):
			c.v.Differing++
			c.v.fault("%s was acknowledged as %+v and is kept as %+v", key.Key, a.Receipt, r)
		default:
			c.v.Stored++
		}
	}
	return nil
}

// asking is how many commands are asked again at one time.
const asking = 64

// again asks every command that is kept, and those in doubt, with their keys.
// What is lost is not asked: that would carry it out anew and hide the loss.
func (c *checker) again(acks, doubts []Ack) error {
	kept := slices.DeleteFunc(slices.Clone(acks), func(a Ack) bool {
		_, ok := c.kept[steps()[a.Step].key(c.cast, a.Trade)]
		return !ok
	})
	for part := range slices.Chunk(kept, asking) {
		replies, errs := make([]assurance.Receipt, len(part)), make([]error, len(part))
		var all sync.WaitGroup
		for i, a := range part {
			all.Go(func() { replies[i], errs[i] = ask(c.ctx, c.house, c.cast, a.Trade, a.Step) })
		}
		all.Wait()
		for i, a := range part {
			c.compare(a, replies[i], errs[i])
		}
	}
	if c.v.Lost > 0 {
		return nil
	}
	for _, a := range doubts {
		key := steps()[a.Step].key(c.cast, a.Trade)
		_, kept := c.kept[key]
		r, err := ask(c.ctx, c.house, c.cast, a.Trade, a.Step)
		switch {
		case err != nil:
			c.v.fault("%s was under way and is refused when it is asked again: %s", key.Key, fault.Of(err).Trace())
		case kept && !r.Replayed:
			c.v.fault("%s was under way and written, and is carried out again", key.Key)
		case r.Replayed:
			// A server may end the last transaction of a house that is dead already, even
			// after its answers were read. That none was carried out twice the log says.
			c.v.DoubtKept++
		}
	}
	return nil
}

// compare holds the second answer to a command against the first.
func (c *checker) compare(a Ack, r assurance.Receipt, err error) {
	name := steps()[a.Step].key(c.cast, a.Trade).Key
	switch {
	case err != nil:
		c.v.Differing++
		c.v.fault("%s was acknowledged and is now refused: %s", name, fault.Of(err).Trace())
	case !r.Replayed || !same(r, a.Receipt):
		c.v.Differing++
		c.v.fault("%s was acknowledged as %+v and is now answered %+v", name, a.Receipt, r)
	}
}

const logPage = 2000

// log walks the whole log from its leaves up, counts what each command left in
// it, and looks for the facts of every receipt.
func (c *checker) log(acks, _ []Ack) error {
	type place struct {
		stream  string
		version int64
	}
	wanted := map[place]assurance.Receipt{}
	for _, a := range acks {
		wanted[place{steps()[a.Step].stream(a.Receipt), a.Receipt.Version}] = a.Receipt
	}
	marks := newMarks(c.cast)
	tree := new(evidence.Tree)
	size, err := c.store.Size(c.ctx)
	if err != nil {
		return err
	}
	c.v.Entries = size
	for from := int64(0); from < size; from += logPage {
		records, err := c.store.Range(c.ctx, from, min(from+logPage, size))
		if err != nil {
			return err
		}
		if err := c.leaves(tree, records); err != nil {
			return err
		}
		for _, r := range records {
			marks.take(r)
			at := place{r.Stream, r.Version}
			if w, ok := wanted[at]; ok && w.First <= r.Sequence && r.Sequence <= w.Last {
				delete(wanted, at)
			}
		}
	}
	if tree.Size() != size {
		c.v.fault("the log says it has %d entries and has %d", size, tree.Size())
	}
	missing := len(wanted)
	for at, r := range wanted {
		c.v.fault("%s version %d was acknowledged as entry %d to %d and is not there", at.stream, at.version, r.First, r.Last)
	}
	c.v.Lost = max(c.v.Lost, missing) // a lost key has lost its facts too; neither is counted twice
	c.v.Doubled += marks.doubled(&c.v)
	return nil
}

// leaves appends the records to a tree of the checker's own and compares every
// hash that follows with the one that is stored.
func (c *checker) leaves(tree *evidence.Tree, records []assurance.Record) error {
	var want []evidence.StoredHash
	for _, r := range records {
		if r.Sequence != tree.Size() {
			c.v.fault("entry %d stands at place %d", r.Sequence, tree.Size())
			return nil
		}
		hashes, err := tree.Append(r.Entry().Leaf())
		if err != nil {
			return err
		}
		want = append(want, hashes...)
	}
	for part := range slices.Chunk(want, answersPage) {
		indexes := make([]int64, len(part))
		for i, h := range part {
			indexes[i] = h.Index
		}
		have, err := c.store.Hashes(c.ctx, indexes)
		if fault.CodeOf(err) == "evidence.hash_missing" {
			c.v.fault("a hash of the tree between %d and %d is missing", indexes[0], indexes[len(indexes)-1])
			continue
		}
		if err != nil {
			return err
		}
		for i, h := range part {
			if have[i] != h.Hash {
				c.v.fault("hash %d of the tree does not follow from its leaves", h.Index)
			}
		}
	}
	return nil
}

// books rebuilds everything that is kept twice, and sums up every currency.
func (c *checker) books(_, _ []Ack) error {
	checks, err := assurance.Audit{Store: c.store, Archive: c.store}.Checks(c.ctx, nil)
	if err != nil {
		return err
	}
	for _, check := range checks {
		if !check.OK {
			c.v.fault("%s: %s", check.Name, check.Detail)
		}
	}
	if why := c.house.Halted(); why != "" {
		c.v.fault("the house has come back halted: %s", why)
	}
	return nil
}

// pages lets SQLite check its own file.
func (c *checker) pages(path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var said string
	if err := db.QueryRowContext(c.ctx, "PRAGMA integrity_check").Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		c.v.fault("integrity_check: %s", said)
	}
	return nil
}
