package notary

import (
	"cmp"
	"fmt"
	"slices"

	"fondaco/internal/trade/evidence"
)

// Kind names one way a log can differ from what was recorded.
type Kind string

const (
	// PayloadChanged means the payload of an entry is gone or not the one committed to.
	PayloadChanged Kind = "payload_changed"
	// EntryChanged means an entry says something else than was recorded.
	EntryChanged Kind = "entry_changed"
	// EntryMissing means an entry was recorded and is gone.
	EntryMissing Kind = "entry_missing"
	// OrderChanged means an entry stands at another place than where it was recorded.
	OrderChanged Kind = "order_changed"
	// HashChanged means a stored hash is gone or does not follow from what is below it.
	HashChanged Kind = "hash_changed"
	// CheckpointInconsistent means the log does not continue a checkpoint signed earlier.
	CheckpointInconsistent Kind = "checkpoint_inconsistent"
)

// Finding is one difference.
type Finding struct {
	Kind Kind `json:"kind"`
	// Sequence is the entry concerned; for a hash over several entries the first of
	// them, for a checkpoint the last entry it covers or the first that is gone.
	Sequence int64 `json:"sequence"`
	// Stream is that entry's stream, empty where it is unknown.
	Stream string `json:"stream"`
	// Sentence says in plain English what differs.
	Sentence string `json:"sentence"`
}

// Report is what Verify found.
type Report struct {
	// Entries is the size of the log that was walked.
	Entries int64 `json:"entries"`
	// Root is the tree hash recomputed from the entries.
	Root evidence.Hash `json:"root"`
	// Payloads counts the payloads that match their commitment.
	Payloads int64 `json:"payloads"`
	// Erased counts the payloads marked as erased, which cannot be compared.
	Erased int64 `json:"erased"`
	// Checkpoints counts the earlier checkpoints that the log continues.
	Checkpoints int `json:"checkpoints"`
	// Findings lists the differences by sequence, at most 1,000.
	Findings []Finding `json:"findings"`
	// More counts the differences beyond those listed.
	More int64 `json:"more"`
}

// OK reports whether nothing differs.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// First returns the difference with the lowest sequence, if there is any.
func (r Report) First() (Finding, bool) {
	if r.OK() {
		return Finding{}, false
	}
	return r.Findings[0], true
}

const maxFindings = 1000

func (r *Report) add(f Finding) { r.Findings = append(r.Findings, f) }

// addInOrder is add for findings that come by rising sequence, of which the last
// can be dropped before the rest is known.
func (r *Report) addInOrder(f Finding) {
	if len(r.Findings) >= maxFindings {
		r.More++
		return
	}
	r.add(f)
}

// close sorts the findings and keeps the first.
func (r *Report) close() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(a.Sequence, b.Sequence) })
	if extra := len(r.Findings) - maxFindings; extra > 0 {
		r.More += int64(extra)
		r.Findings = slices.Clip(r.Findings[:maxFindings])
	}
}

func foundIn(kind Kind, e evidence.Entry, format string, args ...any) Finding {
	return Finding{Kind: kind, Sequence: e.Sequence, Stream: e.Stream, Sentence: fmt.Sprintf(format, args...)}
}
