package assurance

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
)

// watch is the lists in use, as this node has them in memory.
type watch struct {
	mu  sync.Mutex // held while they are read
	now atomic.Pointer[inUse]

	reading sync.Mutex // held while sources are read: the clock and a person may ask at one time
	recheck sync.Mutex // guards delta
	delta   *delta
}

// inUse is one state of the lists. It never changes.
type inUse struct {
	mark  int64 // of the register; the newest of its lists
	rows  []ListRow
	lists []screening.List
	index *screening.Index
}

// delta is what a version of a list has added or changed, as an index of its own.
type delta struct {
	mark  int64
	index *screening.Index
}

// Screens reports whether the house checks parties against lists at all.
func (h *House) Screens() bool { return h.cfg.Watchlists != nil }

// lists are the lists in use, read anew if another node or this one has changed them.
func (h *House) lists(ctx context.Context) (*inUse, error) {
	rows, err := h.cfg.Store.Lists(ctx)
	if err != nil {
		return nil, err
	}
	mark := int64(0)
	for _, r := range rows {
		mark = max(mark, r.Mark)
	}
	if now := h.watch.now.Load(); now != nil && now.mark >= mark {
		return now, nil
	}
	h.watch.mu.Lock()
	defer h.watch.mu.Unlock()
	before := h.watch.now.Load()
	if before != nil && before.mark >= mark {
		return before, nil // somebody else has read them meanwhile
	}
	now := &inUse{mark: mark, rows: rows}
	for _, r := range rows {
		l, err := h.parsed(ctx, r, before)
		if err != nil {
			return nil, err
		}
		now.lists = append(now.lists, l)
	}
	now.index = screening.Build(now.lists)
	h.watch.now.Store(now)
	return now, nil
}

// parsed is a list that is in memory already, or read from what is stored.
func (h *House) parsed(ctx context.Context, r ListRow, before *inUse) (screening.List, error) {
	if before != nil {
		for i, known := range before.rows {
			if known.Code == r.Code && known.Checksum == r.Checksum {
				return before.lists[i], nil
			}
		}
	}
	body, err := h.cfg.Store.ListBody(ctx, r.Code, r.Checksum)
	if err != nil {
		return screening.List{}, err
	}
	if evidence.HashOf(body).String() != r.Checksum {
		return screening.List{}, fault.New(fault.Internal, "screening.other_bytes", "The stored list {list} is not what was recorded.").With("list", r.Code)
	}
	return h.cfg.Watchlists.Parse(r.Code, body)
}

// ReadyLists reads the lists into memory, so that the first check need not wait.
func (h *House) ReadyLists(ctx context.Context) error {
	if !h.Screens() {
		return nil
	}
	_, err := h.lists(ctx)
	return err
}

// ScreenedMax is how many hits a search answers at most.
const ScreenedMax = 50

// Screened is the answer to a search, and what was searched.
type Screened struct {
	Hits  []screening.Hit
	Lists []ListRow
}

// Screen looks for a name on the house's lists. It refuses as Query.Normal does,
// and with screening.no_lists while the house has none.
func (h *House) Screen(ctx context.Context, call Call, q screening.Query, most int) (Screened, error) {
	out, err := h.ScreenAll(ctx, call, []screening.Query{q}, most)
	if err != nil {
		return Screened{}, err
	}
	return Screened{Hits: out[0].Hits, Lists: out[0].Lists}, out[0].Err
}

// ScreenedOne is one answer of many; Err is why a query was refused.
type ScreenedOne struct {
	Hits  []screening.Hit
	Lists []ListRow
	Err   error
}

// ScreenAll looks for many names in the same versions of the lists.
func (h *House) ScreenAll(ctx context.Context, call Call, queries []screening.Query, most int) ([]ScreenedOne, error) {
	if call.By == (identity.Actor{}) {
		return nil, fault.New(fault.Unauthenticated, "people.sign_in", "Sign in first.")
	}
	if err := call.permit(identity.ToScreen); err != nil {
		return nil, err
	}
	if !h.Screens() {
		return nil, noLists()
	}
	now, err := h.lists(ctx)
	if err != nil {
		return nil, err
	}
	rows := readableBy(call.By, now.rows)
	if len(rows) == 0 {
		return nil, noLists()
	}
	if most <= 0 {
		most = 10
	}
	most = min(most, ScreenedMax)
	out := make([]ScreenedOne, len(queries))
	for i, q := range queries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i].Lists = rows
		if out[i].Err = q.Normal(); out[i].Err != nil {
			continue
		}
		if len(rows) == len(now.rows) {
			out[i].Hits = now.index.Search(q, most)
			continue
		}
		hits := slices.DeleteFunc(now.index.Search(q, screening.HitsMax), func(hit screening.Hit) bool { return private(hit.List) })
		out[i].Hits = hits[:min(len(hits), most)]
	}
	return out, nil
}

// readableBy leaves out the house's own lists for everybody but its staff: whom
// they name is nothing for those who may be named.
func readableBy(by identity.Actor, rows []ListRow) []ListRow {
	if by.Office.Staff() {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r ListRow) bool { return private(r.Code) })
}

func private(code string) bool { return strings.HasPrefix(code, "own:") }

func noLists() error {
	return fault.New(fault.Unavailable, "screening.no_lists", "This house has no lists to search.")
}

// ListStatus is a list as people who watch over it see it.
type ListStatus struct {
	screening.ListState
	From    string    // where the house reads it; empty if it reads it no more
	Read    time.Time // when its source was last read, changed or not
	Trouble string    // the code of why it could not be read then; empty if it could
}

// ListStates lists the lists: those in use, and those that the house shall read.
func (h *House) ListStates(ctx context.Context, by identity.Actor) ([]ListStatus, error) {
	if err := identity.Permit(by, identity.ToReadChecks); err != nil {
		if err := identity.Permit(by, identity.ToKeepLists); err != nil {
			return nil, err
		}
	}
	r, err := h.register(ctx)
	if err != nil {
		return nil, err
	}
	from := map[string]string{}
	if h.Screens() {
		for _, s := range h.cfg.Watchlists.Sources() {
			from[s.Code] = s.From
		}
	}
	for code := range from {
		if _, known := r.Lists[code]; !known {
			r.Lists[code] = screening.ListState{ListUpdated: screening.ListUpdated{List: code}}
		}
	}
	var out []ListStatus
	for _, code := range sortedKeys(r.Lists) {
		s := ListStatus{ListState: r.Lists[code], From: from[code]}
		if s.Read, s.Trouble, err = h.lastRead(ctx, code); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// ListVersions lists the versions of a list that were in use, newest first.
func (h *House) ListVersions(ctx context.Context, by identity.Actor, code string, limit int) ([]ListRow, error) {
	if err := identity.Permit(by, identity.ToReadChecks); err != nil {
		return nil, err
	}
	return h.cfg.Store.ListVersions(ctx, code, pageSize(limit))
}

func (h *House) register(ctx context.Context) (screening.Register, error) {
	records, err := h.cfg.Store.Records(ctx, screening.RegisterStream, 0)
	if err != nil {
		return screening.Register{}, err
	}
	return folded(records, foldRegister, screening.Register{Lists: map[string]screening.ListState{}})
}

func foldRegister(r screening.Register, record Record) (screening.Register, error) {
	e, err := screening.DecodeRegister(record.Kind, record.Payload)
	if err != nil {
		return r, err
	}
	return r.Apply(e, record.At), nil
}
