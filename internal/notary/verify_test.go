package notary_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"fondaco/internal/notary"
	"fondaco/internal/trade/evidence"
)

func verify(t testing.TB, m *memory, checkpoints ...evidence.Checkpoint) notary.Report {
	t.Helper()
	report, err := notary.Verify(t.Context(), m, notary.Options{Checkpoints: checkpoints}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestVerifyFindsNothingInALogLeftAlone(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, 2, 767, 768, 769, 5_000} {
		m := setupLog(t, 0)
		past := []evidence.Checkpoint{m.stated(t)}
		for m.size < size {
			m.append(t)
			if m.size%97 == 1 {
				past = append(past, m.stated(t))
			}
		}
		past = append(past, m.stated(t))
		slices.Reverse(past)
		report := verify(t, m, past...)
		if !report.OK() || report.Entries != size || report.Payloads != size || report.Root != m.tree.Root() || report.Checkpoints != len(past) {
			t.Errorf("%d entries: %+v", size, report)
		}
		if f, found := report.First(); found {
			t.Errorf("First gives %+v", f)
		}
	}
}

func TestVerifyTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	m := setupLog(t, 2_000)
	var told []int64
	_, err := notary.Verify(t.Context(), m, notary.Options{}, func(done, total int64) {
		if total != 2_000 {
			t.Errorf("total is %d", total)
		}
		told = append(told, done)
	})
	if err != nil || !slices.IsSorted(told) || len(told) < 2 || told[len(told)-1] != 2_000 {
		t.Errorf("told %v, %v", told, err)
	}
}

func TestVerifyPassesOnTheFailureOfTheSource(t *testing.T) {
	t.Parallel()
	m := setupLog(t, 5)
	m.failure = errors.New("disk gone")
	if _, err := notary.Verify(t.Context(), m, notary.Options{}, nil); !errors.Is(err, m.failure) {
		t.Errorf("got %v", err)
	}
}

func TestVerifyCountsErasedPayloads(t *testing.T) {
	t.Parallel()
	m := setupLog(t, 20)
	for n := range int64(3) {
		m.payloads[n] = notary.Payload{Sequence: n, Erased: true}
	}
	if report := verify(t, m, m.stated(t)); !report.OK() || report.Erased != 3 || report.Payloads != 17 {
		t.Errorf("%+v", report)
	}
}

// change edits entry n in place.
func change(m *memory, n int64, edit func(*evidence.Entry)) {
	e := m.entries[n]
	edit(&e)
	m.entries[n] = e
}

// swap exchanges what stands at two places and renumbers it, as a forger would.
func swap(m *memory, a, b int64) {
	m.entries[a], m.entries[b] = m.entries[b], m.entries[a]
	change(m, a, func(e *evidence.Entry) { e.Sequence = a })
	change(m, b, func(e *evidence.Entry) { e.Sequence = b })
	m.payloads[a], m.payloads[b] = m.payloads[b], m.payloads[a]
}

func flip(m *memory, index int64) {
	h := m.hashes[index]
	h[9] ^= 1
	m.hashes[index] = h
}

// tamperings each leave exactly the findings named, in a log of 1,000 entries.
func tamperings() map[string]struct {
	tamper func(testing.TB, *memory)
	kind   notary.Kind
	at     []int64
} {
	type row = struct {
		tamper func(testing.TB, *memory)
		kind   notary.Kind
		at     []int64
	}
	return map[string]row{
		"a payload is edited": {func(_ testing.TB, m *memory) {
			p := m.payloads[41]
			p.Bytes = []byte(`{"n":42}`)
			m.payloads[41] = p
		}, notary.PayloadChanged, []int64{41}},
		"a salt is edited": {func(_ testing.TB, m *memory) {
			p := m.payloads[41]
			p.Salt[0]++
			m.payloads[41] = p
		}, notary.PayloadChanged, []int64{41}},
		"a payload is deleted": {func(_ testing.TB, m *memory) { delete(m.payloads, 41) }, notary.PayloadChanged, []int64{41}},
		"an entry is edited": {func(_ testing.TB, m *memory) {
			change(m, 500, func(e *evidence.Entry) { e.Actor = "party:other" })
		}, notary.EntryChanged, []int64{500}},
		"the last entry is edited": {func(_ testing.TB, m *memory) {
			change(m, 999, func(e *evidence.Entry) { e.Kind = "other" })
		}, notary.EntryChanged, []int64{999}},
		"a payload and its commitment are edited": {func(_ testing.TB, m *memory) {
			p := m.payloads[41]
			p.Bytes = []byte(`{"n":42}`)
			m.payloads[41] = p
			change(m, 41, func(e *evidence.Entry) { e.Commitment = evidence.Commit(p.Salt, p.Bytes) })
		}, notary.EntryChanged, []int64{41}},
		"two neighbours are edited": {func(_ testing.TB, m *memory) {
			change(m, 500, func(e *evidence.Entry) { e.Kind = "other" })
			change(m, 501, func(e *evidence.Entry) { e.Kind = "other" })
		}, notary.EntryChanged, []int64{500, 501}},
		"an entry is deleted": {func(_ testing.TB, m *memory) { delete(m.entries, 77) }, notary.EntryMissing, []int64{77}},
		"the tail is deleted": {func(_ testing.TB, m *memory) {
			delete(m.entries, 998)
			delete(m.entries, 999)
		}, notary.EntryMissing, []int64{998, 999}},
		"two entries change places":  {func(_ testing.TB, m *memory) { swap(m, 10, 900) }, notary.OrderChanged, []int64{10, 900}},
		"neighbours change places":   {func(_ testing.TB, m *memory) { swap(m, 10, 11) }, notary.OrderChanged, []int64{10, 11}},
		"a leaf hash is edited":      {func(_ testing.TB, m *memory) { flip(m, nodeIndex(0, 300)) }, notary.HashChanged, []int64{300}},
		"a leaf hash is deleted":     {func(_ testing.TB, m *memory) { delete(m.hashes, nodeIndex(0, 300)) }, notary.HashChanged, []int64{300}},
		"an inner hash is edited":    {func(_ testing.TB, m *memory) { flip(m, nodeIndex(3, 807)) }, notary.HashChanged, []int64{800}},
		"an inner hash is deleted":   {func(_ testing.TB, m *memory) { delete(m.hashes, nodeIndex(3, 807)) }, notary.HashChanged, []int64{800}},
		"a hash of the edge is lost": {func(_ testing.TB, m *memory) { delete(m.hashes, nodeIndex(9, 511)) }, notary.HashChanged, []int64{0}},
		"two leaf hashes change places": {func(_ testing.TB, m *memory) {
			a, b := nodeIndex(0, 300), nodeIndex(0, 301)
			m.hashes[a], m.hashes[b] = m.hashes[b], m.hashes[a]
		}, notary.HashChanged, []int64{300, 301}},
		"an entry is edited with its leaf hash": {func(_ testing.TB, m *memory) {
			change(m, 500, func(e *evidence.Entry) { e.Kind = "other" })
			m.hashes[nodeIndex(0, 500)] = m.entries[500].Leaf()
		}, notary.HashChanged, []int64{500}},
		"the whole log is rewritten": {func(t testing.TB, m *memory) {
			t.Helper()
			change(m, 500, func(e *evidence.Entry) { e.Kind = "other" })
			m.rehash(t)
		}, notary.CheckpointInconsistent, []int64{699, 999}},
		"the tail is cut off cleanly": {func(t testing.TB, m *memory) {
			t.Helper()
			m.size = 950
			m.rehash(t)
		}, notary.CheckpointInconsistent, []int64{950}},
		"a forged tail replaces the true one": {func(t testing.TB, m *memory) {
			t.Helper()
			for n := int64(900); n < 1000; n++ {
				change(m, n, func(e *evidence.Entry) { e.Actor = "party:other" })
			}
			m.rehash(t)
		}, notary.CheckpointInconsistent, []int64{999}},
	}
}

func TestVerifyNamesEveryTampering(t *testing.T) {
	t.Parallel()
	for name, row := range tamperings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := setupLog(t, 400)
			past := []evidence.Checkpoint{m.stated(t)}
			for m.size < 700 {
				m.append(t)
			}
			past = append(past, m.stated(t))
			for m.size < 1000 {
				m.append(t)
			}
			past = append(past, m.stated(t))
			streams := make(map[int64]string, len(m.entries))
			for n, e := range m.entries {
				streams[n] = e.Stream
			}
			row.tamper(t, m)
			requireFindings(t, verify(t, m, past...), row.kind, row.at)
			if row.kind != notary.CheckpointInconsistent {
				requireFindings(t, verify(t, m), row.kind, row.at)
			}
		})
	}
}

func requireFindings(t *testing.T, report notary.Report, kind notary.Kind, at []int64) {
	t.Helper()
	var places []int64
	for _, f := range report.Findings {
		places = append(places, f.Sequence)
		if f.Kind != kind {
			t.Errorf("found %+v, want %s", f, kind)
		}
		if f.Kind != notary.EntryMissing && f.Sequence < report.Entries && !strings.HasPrefix(f.Stream, "deal:") {
			t.Errorf("%+v names no stream", f)
		}
		if !strings.HasSuffix(f.Sentence, ".") || strings.Count(f.Sentence, ".") != 1 {
			t.Errorf("%q is not one sentence", f.Sentence)
		}
	}
	if !slices.Equal(places, at) || report.OK() {
		t.Errorf("found %+v, want %s at %v", report.Findings, kind, at)
	}
}

func TestVerifyNamesEntriesThatWereShifted(t *testing.T) {
	t.Parallel()
	m := setupLog(t, 100)
	for n := int64(40); n < 60; n++ {
		m.entries[n] = m.entries[n+1]
		change(m, n, func(e *evidence.Entry) { e.Sequence = n })
		p := m.payloads[n+1]
		p.Sequence = n
		m.payloads[n] = p
	}
	delete(m.entries, 60)
	report := verify(t, m)
	kinds := map[notary.Kind]int{}
	for _, f := range report.Findings {
		kinds[f.Kind]++
	}
	if first, _ := report.First(); first.Sequence != 40 || kinds[notary.OrderChanged] != 20 || kinds[notary.EntryMissing] != 1 || len(kinds) != 2 {
		t.Errorf("found %v", kinds)
	}
}

func TestVerifyBlamesHashesAtTheOpenEdgeOfTheLog(t *testing.T) {
	t.Parallel()
	swapped := setupLog(t, 3)
	a, b := nodeIndex(0, 1), nodeIndex(0, 2)
	swapped.hashes[a], swapped.hashes[b] = swapped.hashes[b], swapped.hashes[a]
	requireFindings(t, verify(t, swapped), notary.HashChanged, []int64{1, 2})

	// Nothing stored is left to confirm entry 2, but the checkpoint does.
	spoilt := setupLog(t, 3)
	flip(spoilt, nodeIndex(0, 2))
	flip(spoilt, nodeIndex(1, 1))
	requireFindings(t, verify(t, spoilt, spoilt.stated(t)), notary.HashChanged, []int64{0, 2})
}

func TestVerifyNamesAnEntryThatClaimsThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	m := setupLog(t, 20)
	change(m, 10, func(e *evidence.Entry) { e.Sequence = 11 })
	change(m, 15, func(e *evidence.Entry) { e.Sequence = 1500 })
	type found struct {
		kind notary.Kind
		at   int64
	}
	var got []found
	for _, f := range verify(t, m).Findings {
		got = append(got, found{f.Kind, f.Sequence})
	}
	want := []found{
		{notary.EntryMissing, 10}, {notary.OrderChanged, 11}, {notary.OrderChanged, 11}, {notary.EntryMissing, 15}, {notary.OrderChanged, 1500},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestVerifySurvivesALogThatIsAllWrong(t *testing.T) {
	t.Parallel()
	m := setupLog(t, 3_000)
	past := m.stated(t)
	for n := range m.size {
		change(m, n, func(e *evidence.Entry) { e.Kind = "other" })
	}
	report := verify(t, m, past)
	if first, _ := report.First(); first.Sequence != 0 || first.Kind != notary.EntryChanged || len(report.Findings) != 1000 || report.More != 2_000 {
		t.Errorf("first %+v, %d findings and %d more", first, len(report.Findings), report.More)
	}
	clear(m.entries)
	clear(m.hashes)
	if report := verify(t, m, past); report.OK() {
		t.Error("an empty table passes for a log of 3,000 entries")
	}
}

func TestReportReadsWellAsJSON(t *testing.T) {
	t.Parallel()
	doc, err := json.Marshal(verify(t, setupLog(t, 0)))
	want := `{"entries":0,"root":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","payloads":0,"erased":0,"checkpoints":0,"findings":[],"more":0}`
	if err != nil || string(doc) != want {
		t.Errorf("got %s, %v", doc, err)
	}
}

// TestVerifyMissesNoSingleChange flips one stored thing at a time, anywhere.
func TestVerifyMissesNoSingleChange(t *testing.T) {
	t.Parallel()
	pristine := setupLog(t, 50)
	stated := pristine.stated(t)
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.Int64Range(1, 50).Draw(r, "size")
		m := setupLog(t, size)
		n := rapid.Int64Range(0, size-1).Draw(r, "entry")
		withCheckpoint := rapid.Bool().Draw(r, "checkpoint")
		want := notary.PayloadChanged
		switch rapid.IntRange(0, 4).Draw(r, "what") {
		case 0:
			p := m.payloads[n]
			p.Bytes = append(slices.Clone(p.Bytes), ' ')
			m.payloads[n] = p
		case 1:
			change(m, n, func(e *evidence.Entry) { e.Version++ })
			want = notary.EntryChanged
		case 2:
			delete(m.entries, n)
			want = notary.EntryMissing
		case 3:
			flip(m, rapid.Int64Range(0, tlog.StoredHashCount(size)-1).Draw(r, "hash"))
			want = notary.HashChanged
			withCheckpoint = true // without one, the last leaf of an odd log has nothing above it
		case 4:
			delete(m.hashes, rapid.Int64Range(0, tlog.StoredHashCount(size)-1).Draw(r, "hash"))
			want = notary.HashChanged
		}
		var past []evidence.Checkpoint
		if withCheckpoint {
			past = append(past, m.stated(t))
		}
		if size == 50 {
			past = append(past, stated)
		}
		report := verify(t, m, past...)
		if len(report.Findings) != 1 || report.Findings[0].Kind != want || report.Checkpoints != len(past) {
			r.Fatalf("size %d: found %+v, want one %s", size, report, want)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	const size = 20_000
	m := setupLog(b, size)
	past := m.stated(b)
	for b.Loop() {
		if report := verify(b, m, past); !report.OK() {
			b.Fatal(report.Findings)
		}
	}
	b.ReportMetric(size*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkCheckpoint(b *testing.B) {
	m, n, _ := setup(b, 10_000)
	for b.Loop() {
		b.StopTimer()
		m.append(b)
		b.StartTimer()
		if _, err := n.Checkpoint(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
