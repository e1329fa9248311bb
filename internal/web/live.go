package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"fondaco/internal/trade/identity"
)

// An open deal page keeps a line (server-sent events) on which it hears that
// something has happened, and then asks for it as it would have done anyway. Nothing
// of the deal travels on the line. A page that gets no line, or loses it, still asks
// every now and then.

const (
	linesMax       = 1024 // of the whole house
	linesOfSession = 4    // browsers have six connections to a house, and pages need some
	// pulse is how often a line is tried and its session looked up.
	pulse = 4 * time.Second
	// standsWait bounds that look: whoever cannot be looked up is let go.
	standsWait = time.Second
	// lineWait bounds a write to a line.
	lineWait = 10 * time.Second
	// newsGap lies between two pieces of news, so that a busy deal does not have its
	// page fetched without end.
	newsGap = 250 * time.Millisecond
)

const streamType = "text/event-stream"

// listens reports whether a script asks for a line.
func (v *visit) listens() bool { return v.r.Header.Get("Accept") == streamType }

// dealNews is the line of a deal's page. Whoever comes without a script is led to
// the page itself.
func (s *site) dealNews(v *visit) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	if !v.listens() {
		return reply{to: "/deals/" + string(st.ID)}, nil
	}
	session := s.sessions.Token(v.ctx())
	if !s.lines.take(session) {
		return reply{status: http.StatusNoContent}, nil // tells a browser not to try again
	}
	news, leave := v.house().Watch(st.ID.Stream())
	return reply{live: func() {
		defer s.lines.give(session)
		defer leave()
		// What happened between the page and now was told to nobody.
		st, err := v.deal()
		v.line(session, news, err == nil && v.query("seen") != v.mark(st))
	}}, nil
}

// line writes until the reader leaves, the session ends or the house closes.
func (v *visit) line(session string, news <-chan struct{}, already bool) {
	h := v.w.Header()
	h.Set("Content-Type", streamType)
	h.Set("X-Accel-Buffering", "no") // proxies that gather answers would hold it back
	control := http.NewResponseController(v.w)
	// The server's own time limits are for requests that have an end.
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		v.site.Log.WarnContext(v.ctx(), "no line: the connection takes no time limits", slog.Any("error", err))
		v.w.WriteHeader(http.StatusNoContent)
		return
	}
	say := func(text string) bool {
		err := control.SetWriteDeadline(time.Now().Add(lineWait))
		if err == nil {
			_, err = io.WriteString(v.w, text)
		}
		if err == nil {
			err = control.Flush()
		}
		return err == nil
	}
	const heard = "event: news\ndata: 1\n\n"
	if !say("retry: 2000\n\n") || already && !say(heard) {
		return
	}
	every := v.site.Pulse
	if every == 0 {
		every = pulse
	}
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		select {
		case <-v.ctx().Done():
			return
		case <-v.site.Ending:
			return
		case <-beat.C:
			if !v.site.stands(session, v.person.ID) || !say(":\n\n") {
				return
			}
		case <-news:
			if !say(heard) {
				return
			}
			select {
			case <-time.After(newsGap):
			case <-v.site.Ending:
				return
			case <-v.ctx().Done():
				return
			}
		}
	}
}

// stands reports whether a session still is that of the person. To look is no use
// of the session, so an open page does not keep it alive.
func (s *site) stands(session string, person identity.PersonID) bool {
	// A context of its own: the request's holds the session as it was when it came.
	ctx, cancel := context.WithTimeout(context.Background(), standsWait)
	defer cancel()
	ctx, err := s.sessions.Load(ctx, session)
	if err != nil {
		return false
	}
	in, err := s.House.Glance(ctx, s.recall(ctx, sessionSecret))
	return err == nil && in.Person.ID == person
}

// board counts the lines, by session.
type board struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

func (l *board) take(session string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= linesMax || l.of[session] >= linesOfSession {
		return false
	}
	if l.of == nil {
		l.of = map[string]int{}
	}
	l.all++
	l.of[session]++
	return true
}

func (l *board) give(session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.of[session]--; l.of[session] == 0 {
		delete(l.of, session)
	}
}
