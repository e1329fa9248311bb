package api

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// ListState is a list as those see it who watch over it.
type ListState struct {
	Code      string      `json:"code" example:"own:example"`
	From      string      `json:"from,omitempty" doc:"Where the house reads it; empty if it reads it no more" example:"/etc/fondaco/lists/example.csv"`
	InUse     *ListInUse  `json:"in_use,omitempty" doc:"Nothing while no version was ever fit for use"`
	Change    *ListChange `json:"change,omitempty" doc:"How the version in use differs from the one before"`
	ReadAt    string      `json:"read_at,omitempty" format:"date-time" doc:"When its source was last read, changed or not" example:"2027-03-01T12:00:00.000000Z"`
	Trouble   string      `json:"trouble,omitempty" doc:"The code of why it could not be read then" example:"watchlist.unreachable"`
	Refused   string      `json:"refused,omitempty" doc:"The code of why a later version was refused; the one before stays in use" example:"watchlist.truncated"`
	RefusedAt string      `json:"refused_at,omitempty" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
}

// ListChange counts entries.
type ListChange struct {
	Added   int `json:"added" example:"12"`
	Removed int `json:"removed" example:"3"`
	Changed int `json:"changed" example:"40"`
}

// ListStates are all lists, by code.
type ListStates struct {
	Items []ListState `json:"items"`
}

// ListVersions are the versions of a list that were in use, newest first.
type ListVersions struct {
	Items []ListVersion `json:"items"`
}

// ListVersion is one version of a list.
type ListVersion struct {
	Version  string `json:"version" doc:"As its publisher dates it" example:"2027-02-28"`
	Checksum string `json:"checksum" doc:"SHA-256 of the version as the house keeps it, in hexadecimal"`
	Source   string `json:"source" example:"/etc/fondaco/lists/example.csv"`
	Entries  int    `json:"entries" example:"18000"`
	Bytes    int64  `json:"bytes" doc:"As the house keeps it" example:"1200000"`
	At       string `json:"at" format:"date-time" doc:"When it came into use" example:"2027-03-01T12:00:00.000000Z"`
}

// ListsRead is what became of reading the lists.
type ListsRead struct {
	Done    bool `json:"done" doc:"false: it goes on, and GET /v1/lists will tell"`
	Changed int  `json:"changed" doc:"Lists that have a new version" example:"1"`
}

const (
	listsReadMax  = 15 * time.Minute
	listsWaitPart = 2 // of the time for an answer, one part in so many is spent waiting for the publishers
)

// reading is one reading of the lists, which all who ask for one meanwhile share.
type reading struct {
	done    chan struct{}
	changed int
	err     error
}

// readings keeps the reading that is under way.
type readings struct {
	mu  sync.Mutex
	now *reading
}

func (s *server) lists() {
	add(s, operation{
		id: "list-lists", method: http.MethodGet, path: "/v1/lists", tag: "screening",
		summary: "The lists: versions, ages, troubles (offices: compliance, auditor, administrator)",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{ Body ListStates }, error) {
		all, err := s.house.ListStates(ctx, c.By)
		if err != nil {
			return nil, err
		}
		out := ListStates{Items: make([]ListState, len(all))}
		for i, l := range all {
			out.Items[i] = listStateOf(l)
		}
		return &struct{ Body ListStates }{out}, nil
	})
	add(s, operation{
		id: "list-versions", method: http.MethodGet, path: "/v1/lists/{code}/versions", tag: "screening",
		summary: "The versions of a list that were in use, newest first (offices: compliance, auditor)",
	}, func(ctx context.Context, c caller, in *struct {
		Limit int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
		Code  string `path:"code" maxLength:"64" example:"own:example"`
	},
	) (*struct{ Body ListVersions }, error) {
		rows, err := s.house.ListVersions(ctx, c.By, in.Code, in.Limit)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, fault.New(fault.NotFound, "screening.no_list", "There is no such list.")
		}
		out := ListVersions{Items: make([]ListVersion, len(rows))}
		for i, r := range rows {
			out.Items[i] = ListVersion{Version: r.Version, Checksum: r.Checksum, Source: r.Source, Entries: r.Entries, Bytes: r.Bytes, At: stamp(r.At)}
		}
		return &struct{ Body ListVersions }{out}, nil
	})
	add(s, operation{
		id: "read-lists", method: http.MethodPost, path: "/v1/lists/read", tag: "screening",
		summary: "Have every list read from its source now (offices: administrator, compliance)",
		doc:     "A list that cannot be read, or is not fit, leaves the version before in use. Publishers may be slow: then the answer says that it goes on.",
	}, s.readLists)
}

func listStateOf(l assurance.ListStatus) ListState {
	out := ListState{Code: l.List, From: l.From, ReadAt: stamp(l.Read), Trouble: l.Trouble, Refused: l.Refused, RefusedAt: stamp(l.RefusedAt)}
	if l.Mark > 0 {
		out.InUse = &ListInUse{Code: l.List, Version: l.Version, Checksum: l.Checksum, Entries: l.Entries, At: stamp(l.At)}
		out.Change = &ListChange{Added: l.Added, Removed: l.Removed, Changed: l.Changed}
	}
	return out
}

// readLists waits for the publishers for a part of the time that an answer has.
// What they send later is taken all the same.
func (s *server) readLists(ctx context.Context, c caller, _ *nothing) (*struct{ Body ListsRead }, error) {
	if err := identity.Permit(c.By, identity.ToKeepLists); err != nil {
		return nil, err
	}
	r := s.readings.join(func() (changed int, err error) {
		defer func() {
			if p := recover(); p != nil { // nobody above would catch it
				s.panicked(ctx, p)
				err = fault.New(fault.Internal, fault.CodeInternal, "")
			}
		}()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), listsReadMax)
		defer cancel()
		if changed, err = s.house.KeepLists(ctx, c.By); err != nil {
			s.log.ErrorContext(ctx, "lists not read", slog.String("error", fault.Of(err).Trace()))
		}
		return changed, err
	})
	wait := time.NewTimer(s.cfg.AnswerWithin / listsWaitPart)
	defer wait.Stop()
	select {
	case <-r.done:
		return &struct{ Body ListsRead }{ListsRead{Done: true, Changed: r.changed}}, r.err
	case <-wait.C:
	case <-ctx.Done():
	}
	return &struct{ Body ListsRead }{ListsRead{}}, nil
}

// join begins a reading, or answers the one that is under way.
func (a *readings) join(read func() (int, error)) *reading {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now != nil {
		return a.now
	}
	r := &reading{done: make(chan struct{})}
	a.now = r
	go func() {
		defer func() {
			a.mu.Lock()
			a.now = nil
			a.mu.Unlock()
			close(r.done)
		}()
		r.changed, r.err = read()
	}()
	return r
}
