package sim

import (
	"testing"
	"time"

	"fondaco/internal/assurance"
)

// TestWhatNobodyWasAnsweredIsExplainedByTheCallThatCanBeMeant: of two calls whose outcome
// nobody knows, one about a deal and one that may open any, the entry about the deal must
// not use up the one that opened another.
func TestWhatNobodyWasAnsweredIsExplainedByTheCallThatCanBeMeant(t *testing.T) {
	t.Parallel()
	const by = "member/p/1"
	drafts := &call{command: "draft", by: by, streams: []string{"deal:"}}
	offers := &call{command: "offer", by: by, streams: []string{"deal:7"}}
	records := []assurance.Record{
		{Sequence: 0, Stream: "deal:7", Version: 2, Kind: "offered", Actor: by},
		{Sequence: 1, Stream: "deal:9", Version: 1, Kind: "drafted", Actor: by, At: time.Unix(1, 0)},
	}
	for _, calls := range [][]*call{{drafts, offers}, {offers, drafts}} {
		if got := examineCalls(records, calls, nil); got != "" {
			t.Error(got)
		}
	}
	if got := examineCalls(records, []*call{drafts}, nil); got == "" {
		t.Error("one call explains two entries")
	}
	if got := examineCalls(records, []*call{offers, offers}, nil); got == "" {
		t.Error("a call about one deal explains an entry about another")
	}
}
