package sim

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// forever is later than any clock of a world.
func forever() time.Time { return time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC) }

// atRest is when nothing is under way.
const atRest = "at rest"

// log is the stored log as the notary reads it.
type log struct{ Port }

// Entries reads the public parts of records.
func (l log) Entries(ctx context.Context, from, to int64) ([]evidence.Entry, error) {
	records, err := l.Range(ctx, from, to)
	out := make([]evidence.Entry, len(records))
	for i, r := range records {
		out[i] = r.Entry()
	}
	return out, err
}

// Payloads reads the private parts of records.
func (l log) Payloads(ctx context.Context, from, to int64) ([]notary.Payload, error) {
	records, err := l.Range(ctx, from, to)
	out := make([]notary.Payload, len(records))
	for i, r := range records {
		out[i] = notary.Payload{Sequence: r.Sequence, Salt: r.Salt, Bytes: r.Payload}
	}
	return out, err
}

// examine checks whatever must be true at any moment at which nobody writes.
func (w *world) examine(when string) {
	records, ok := w.records(when)
	if !ok {
		return
	}
	w.examineLog(when, records)
	checks, err := assurance.Audit{Store: w.port, Archive: w.port}.Checks(w.ctx, nil)
	if err != nil {
		w.fail("the books can be compared", "%s: %s", when, err)
		return
	}
	for _, c := range checks {
		if !c.OK {
			w.fail(c.Name, "%s: %s", when, c.Detail)
		}
	}
	if why := w.house.Halted(); why != "" {
		w.fail("the house has no reason to stop", "%s: %s", when, why)
	}
	w.examineSums(when)
	w.examineAgendas(when)
	w.examineClocks(when, records)
	w.examineHolds(when, records)
	w.examineReviews(when, records, when == atRest)
	if why := examineCalls(records, w.witness.all(), w.witness.spans); why != "" {
		w.fail("the log is what was asked and acknowledged, once", "%s: %s", when, why)
	}
}

func (w *world) records(when string) ([]assurance.Record, bool) {
	size, err := w.port.Size(w.ctx)
	if err != nil {
		w.fail("the log can be read", "%s: %s", when, err)
		return nil, false
	}
	records, err := w.port.Range(w.ctx, 0, size)
	if err != nil || int64(len(records)) != size {
		w.fail("the log can be read", "%s: %d of %d entries: %v", when, len(records), size, err)
		return nil, false
	}
	return records, true
}

// examineLog verifies the log twice: by the notary, and by hand.
func (w *world) examineLog(when string, records []assurance.Record) {
	report, err := notary.Verify(w.ctx, log{w.port}, notary.Options{Checkpoints: w.roots}, nil)
	if err != nil {
		w.fail("the log can be read", "%s: %s", when, err)
		return
	}
	if first, found := report.First(); found {
		w.fail("the log is as it was recorded", "%s: %s", when, first.Sentence)
		return
	}
	leaves := make([]evidence.Hash, len(records))
	versions := map[string]int64{}
	for i, r := range records {
		versions[r.Stream]++
		if r.Sequence != int64(i) || r.Version != versions[r.Stream] {
			w.fail("sequences and versions have no gaps", "%s: entry %d is entry %d, version %d of %s, and %d was next", when, i, r.Sequence, r.Version, r.Stream, versions[r.Stream])
			return
		}
		if i > 0 && r.At.Before(records[i-1].At) {
			w.fail("time in the log never runs back", "%s: entry %d", when, i)
		}
		leaves[i] = sha256.Sum256(append([]byte{0}, r.Entry().Bytes()...))
	}
	root := rootOf(leaves)
	if root != report.Root {
		w.fail("the root follows from the entries", "%s: %s, and the notary says %s", when, root, report.Root)
	}
	w.roots = append(w.roots, evidence.Checkpoint{Origin: "sim", Size: int64(len(records)), Root: root})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note("%s: %d entries, root %s", when, len(records), root)
}

// rootOf is the Merkle tree hash of RFC 6962, section 2.1, as it is defined there.
func rootOf(leaves []evidence.Hash) evidence.Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	left, right := rootOf(leaves[:k]), rootOf(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, left[:], right[:]))
}

// examineSums adds up every entry that was ever made.
func (w *world) examineSums(when string) {
	sums := map[string]int64{}
	for at := int64(0); ; {
		entries, last, err := w.port.AllEntries(w.ctx, at, 1000)
		if err != nil {
			w.fail("the ledger can be read", "%s: %s", when, err)
			return
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			sums[e.Account.Currency().Code()] += e.Delta
		}
		at = last
	}
	for code, sum := range sums {
		if sum != 0 {
			w.fail("every currency sums to zero", "%s: %s sums to %d", when, code, sum)
		}
	}
}

// folded are the deals of the log.
func folded(records []assurance.Record) (map[deal.ID]deal.State, error) {
	out := map[deal.ID]deal.State{}
	for _, r := range records {
		name, ok := strings.CutPrefix(r.Stream, "deal:")
		if !ok {
			continue
		}
		id := deal.ID(name)
		s, known := out[id]
		if !known {
			s.ID = id
		}
		e, err := deal.Decode(r.Kind, r.Payload)
		if err != nil {
			return nil, err
		}
		out[id] = s.Apply(e, r.At)
	}
	return out, nil
}

// examineClocks sees that no deadline is forgotten.
func (w *world) examineClocks(when string, records []assurance.Record) {
	rows, err := w.port.DueClocks(w.ctx, forever(), 1<<20)
	if err != nil {
		w.fail("the clocks can be read", "%s: %s", when, err)
		return
	}
	type clock struct {
		stream, name, ref string
		at                int64
	}
	kept := map[clock]bool{}
	for _, r := range rows {
		kept[clock{r.Stream, r.Clock, r.Ref, r.At.UnixMicro()}] = true
	}
	deals, err := folded(records)
	if err != nil {
		w.fail("every event can be read", "%s: %s", when, err)
		return
	}
	for id, s := range deals {
		for _, d := range s.Deadlines() {
			c := clock{id.Stream(), string(d.Clock), d.Ref, d.At.UnixMicro()}
			if !d.Paused && !kept[c] {
				w.fail("no deadline is forgotten", "%s: %s of %s at %s is not on the schedule", when, d.Clock, id, d.At)
			}
		}
	}
}

// examineAgendas compares what the house says at once about a company with what is
// stored: what it keeps in memory for that must never be behind.
func (w *world) examineAgendas(when string) {
	parties, err := w.port.Parties(w.ctx, assurance.PartyQuery{Limit: 100})
	if err != nil {
		w.fail("an agenda is what is stored", "%s: %s", when, err)
		return
	}
	for _, p := range parties {
		by := identity.Actor{Office: identity.Member, Party: p.ID, Person: "examiner"}
		held, herr := w.house.Held(w.ctx, by)
		duties, derr := w.house.Duties(w.ctx, by, 5)
		wantHeld, wherr := w.port.Held(w.ctx, p.ID)
		wantDuties, wderr := w.port.Duties(w.ctx, p.ID, 5)
		switch err := errors.Join(wherr, wderr); {
		case err != nil:
			w.fail("an agenda is what is stored", "%s: %s", when, err)
		case herr != nil && fault.KindOf(herr) != fault.Unavailable || derr != nil && fault.KindOf(derr) != fault.Unavailable:
			w.fail("an agenda is what is stored", "%s: %s", when, errors.Join(herr, derr))
		case herr == nil && !reflect.DeepEqual(held, wantHeld), derr == nil && !reflect.DeepEqual(duties, wantDuties):
			w.fail("an agenda is what is stored", "%s: %s: %v and %v, stored are %v and %v", when, p.ID, held, duties, wantHeld, wantDuties)
		}
	}
}

// examineCalls compares the log with what was asked. Every acknowledged receipt
// is there, once, as it was told; the rest was asked for by a call whose outcome
// nobody knows. It answers the first difference, or "".
func examineCalls(records []assurance.Record, calls []*call, spans map[string]bool) string {
	owner := make([]*call, len(records))
	for _, c := range calls {
		if c.outcome != acked {
			continue
		}
		if why := claimReceipt(records, owner, c); why != "" {
			return why
		}
	}
	return examineRest(records, owner, calls, spans)
}

func claimReceipt(records []assurance.Record, owner []*call, c *call) string {
	r := c.receipt
	if r.First < 0 || r.Last < r.First || r.Last >= int64(len(records)) {
		return fmt.Sprintf("lost: %s, and the log has %d entries", c, len(records))
	}
	stated := false
	for i := r.First; i <= r.Last; i++ {
		e := records[i]
		if o := owner[i]; o != nil && !(r.Replayed && o.receipt.First == r.First && o.receipt.Last == r.Last) && !(o.receipt.Replayed && o.receipt.First == r.First) {
			return fmt.Sprintf("entry %d was acknowledged twice: %s, and %s", i, o, c)
		}
		owner[i] = c
		if !c.may(e) || !e.At.Equal(r.At) {
			return fmt.Sprintf("entry %d, %s of %s by %s at %s, is not what was acknowledged: %s at %s", i, e.Kind, e.Stream, e.Actor, e.At, c, r.At)
		}
		if _, id, _ := strings.Cut(e.Stream, ":"); (id == r.ID || e.Stream == r.ID) && e.Version == r.Version {
			stated = true
		}
	}
	if !stated {
		return fmt.Sprintf("no entry has the acknowledged version: %s", c)
	}
	return ""
}

// examineRest explains what no receipt covers: by a call without an answer, each
// of which explains one run of entries, or by an outage that was reported.
func examineRest(records []assurance.Record, owner []*call, calls []*call, spans map[string]bool) string {
	if why := examineOutages(records, spans); why != "" {
		return why
	}
	used := map[*call]bool{}
	for i := 0; i < len(records); i++ {
		r := records[i]
		if owner[i] != nil {
			continue
		}
		if follows(r) {
			i = thawed(records, owner, i)
			continue
		}
		if r.Kind == (assurance.OutageHeld{}).Kind() {
			continue
		}
		c := explains(calls, used, r)
		if c == nil {
			return fmt.Sprintf("entry %d, %s of %s by %s at %s, was asked for by nobody, or was refused", i, r.Kind, r.Stream, r.Actor, r.At)
		}
		used[c] = true
		for i+1 < len(records) && owner[i+1] == nil && c.may(records[i+1]) && records[i+1].At.Equal(r.At) {
			i = thawed(records, owner, i+1)
		}
	}
	return ""
}

// explains finds the call that can be behind an entry: one about its stream, and only
// then one that may open any, because that one may be behind another entry.
func explains(calls []*call, used map[*call]bool, r assurance.Record) *call {
	var open *call
	for _, c := range calls {
		if c.outcome != unknown || used[c] || !c.may(r) {
			continue
		}
		if slices.Contains(c.streams, r.Stream) {
			return c
		}
		if open == nil {
			open = c
		}
	}
	return open
}

// thawed is the last of the entries that belong to the one at i: if a deal goes on
// with it, what had waited while the deal stood still is in the same act.
func thawed(records []assurance.Record, owner []*call, i int) int {
	if lifted := records[i]; lifted.Kind == (deal.FreezeLifted{}).Kind() {
		for i+1 < len(records) && owner[i+1] == nil && oneCommit(lifted, records[i+1]) {
			i++
		}
	}
	return i
}

// examineOutages looks for outages that nobody has reported, and for deals that have
// been told of one twice, by whatever act.
func examineOutages(records []assurance.Record, spans map[string]bool) string {
	told := map[string]bool{}
	for _, r := range records {
		if r.Kind != (assurance.OutageHeld{}).Kind() && !tellsOutage(r) {
			continue
		}
		if why := explainOutage(r, spans, told); why != "" {
			return why
		}
	}
	return ""
}

// tellsOutage reports whether the house tells a deal of an outage.
func tellsOutage(r assurance.Record) bool {
	return r.Kind == (deal.ClocksStopped{}).Kind() && r.Actor == identity.HouseClock().String()
}

func explainOutage(r assurance.Record, spans, told map[string]bool) string {
	var span struct {
		From time.Time `json:"from"`
		To   time.Time `json:"to"`
	}
	// The two events differ in whether the span stands in a field of its own.
	var nested struct {
		Pause *struct{ From, To time.Time } `json:"pause"`
	}
	err := json.Unmarshal(r.Payload, &span)
	if err == nil && span.From.IsZero() {
		if err = json.Unmarshal(r.Payload, &nested); err == nil && nested.Pause != nil {
			span.From, span.To = nested.Pause.From, nested.Pause.To
		}
	}
	key := spanOf(span.From, span.To)
	switch about := key + " " + r.Stream; {
	case err != nil:
		return fmt.Sprintf("entry %d cannot be read: %s", r.Sequence, err)
	case !spans[key]:
		return fmt.Sprintf("entry %d tells of an outage that nobody reported: %s", r.Sequence, r.Payload)
	case told[about]:
		return fmt.Sprintf("entry %d tells %s of one outage twice", r.Sequence, r.Stream)
	default:
		told[about] = true
		return ""
	}
}
