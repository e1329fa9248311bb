package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// newsChannel is where nodes tell each other what they have appended to the log.
const newsChannel = "fondaco_news"

const (
	tellNews = `SELECT pg_notify($1::text, $2::text)`

	// newsQuiet is how long nothing is heard before the line is tried.
	newsQuiet = 20 * time.Second
	// newsAgain is the first wait after the line was lost, doubling up to newsAgainMax.
	newsAgain    = 100 * time.Millisecond
	newsAgainMax = 5 * time.Second
)

// Ears are told what other nodes have written. Neither is called twice at one time.
type Ears struct {
	Heard  func(from, to int64) // records with from <= sequence < to; some of them may be this node's own
	Missed func()               // anything may have been written: the line is new, or was lost for a while
}

// Listen tells what other nodes append to the log, until ctx ends. News that come
// faster than they are taken are told together. On SQLite there is one node, and
// nothing is ever told.
func (s *Store) Listen(ctx context.Context, to Ears) {
	w, several := s.writer.(*postgresWriter)
	if !several {
		<-ctx.Done()
		return
	}
	n := &news{own: w.name, waiting: make(chan struct{}, 1)}
	var telling sync.WaitGroup
	defer telling.Wait()
	telling.Go(func() { n.tell(ctx, to) })
	config := ownConnection(w.config)
	for wait := newsAgain; ; wait = min(2*wait, newsAgainMax) {
		if n.listen(ctx, config) {
			wait = newsAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// news is what has been heard and not told yet.
type news struct {
	own     string
	waiting chan struct{}

	mu       sync.Mutex
	from, to int64
	missed   bool
}

// listen holds one line until it is lost, and reports whether there was one.
func (n *news) listen(ctx context.Context, config *pgx.ConnConfig) bool {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+newsChannel); err != nil {
		return false
	}
	n.add(0, 0, true)
	for {
		heard, err := next(ctx, conn)
		if err != nil {
			return true
		}
		var by string
		var from, to int64
		if _, err := fmt.Sscan(heard, &from, &to, &by); err != nil {
			n.add(0, 0, true) // from a node that speaks otherwise
		} else if by != n.own {
			n.add(from, to, false)
		}
	}
}

// next waits for a notice. A line that is quiet for long is tried, because one that
// was cut looks the same.
func next(ctx context.Context, conn *pgx.Conn) (string, error) {
	for {
		quiet, cancel := context.WithTimeout(ctx, newsQuiet)
		heard, err := conn.WaitForNotification(quiet)
		cancel()
		if err == nil {
			return heard.Payload, nil
		}
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) || conn.IsClosed() {
			return "", err
		}
		trying, cancel := context.WithTimeout(ctx, leaderWait)
		err = conn.Ping(trying)
		cancel()
		if err != nil {
			return "", err
		}
	}
}

func (n *news) add(from, to int64, missed bool) {
	n.mu.Lock()
	switch {
	case missed:
		n.missed = true
	case n.to == n.from:
		n.from, n.to = from, to
	default:
		n.from, n.to = min(n.from, from), max(n.to, to)
	}
	n.mu.Unlock()
	select {
	case n.waiting <- struct{}{}:
	default:
	}
}

func (n *news) tell(ctx context.Context, to Ears) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.waiting:
		}
		n.mu.Lock()
		from, end, missed := n.from, n.to, n.missed
		n.from, n.to, n.missed = 0, 0, false
		n.mu.Unlock()
		switch {
		case missed:
			to.Missed()
		case end > from:
			to.Heard(from, end)
		}
	}
}

// teller is a transaction that tells other nodes what it has appended, if and when
// it is durable.
type teller interface{ tellNews(from, to int64) }

func (t *postgresTx) tellNews(from, to int64) {
	t.send(tellNews, [][]byte{[]byte(newsChannel), fmt.Appendf(nil, "%d %d %s", from, to, t.w.name)}, sent{})
}

// nodeName tells the nodes on one database apart.
func nodeName() string { return rand.Text() }
