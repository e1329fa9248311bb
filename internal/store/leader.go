package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// leaderLock is held by the node that does the house's periodic work, for as long
// as its connection lives.
const leaderLock = 0x666f6e6461636f03

// leaderWait bounds a look at the lock: whoever does not know does not lead.
const leaderWait = 5 * time.Second

const tryLead = `SELECT pg_try_advisory_lock($1)`

// Leader is one node's claim to the periodic work of a house. On PostgreSQL it is
// a lock that belongs to a connection of its own: the server gives it to another
// node when that connection ends, however it ends. On SQLite there is one node. It
// may be used by many goroutines at once. Close it to hand over at once.
type Leader struct {
	config *pgx.ConnConfig // nil where there is one node

	mu     sync.Mutex
	conn   *pgx.Conn
	leads  bool
	closed bool
}

// Leader is a claim that leads nothing until it is asked.
func (s *Store) Leader() *Leader {
	if w, several := s.writer.(*postgresWriter); several {
		return &Leader{config: ownConnection(w.config)}
	}
	return &Leader{}
}

// ownConnection is the address with what a connection that is held for long needs:
// the server must notice soon when its other end is gone.
func ownConnection(config *pgx.ConnConfig) *pgx.ConnConfig {
	config = config.Copy()
	for name, value := range map[string]string{"tcp_user_timeout": "30000", "idle_session_timeout": "0"} {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
	return config
}

// Lead reports whether this node leads now, and takes the lead if nobody has it.
// Two nodes may believe for a moment that they lead: one whose connection has been
// lost learns of it at its next question. It fails with store.unavailable when the
// database cannot be asked; then the node does not lead.
func (l *Leader) Lead(ctx context.Context) (bool, error) {
	if l.config == nil {
		return true, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, leaderWait)
	defer cancel()
	if err := l.ask(ctx); err != nil {
		l.drop()
		return false, classifyPostgres(err)
	}
	return l.leads, nil
}

func (l *Leader) ask(ctx context.Context) (err error) {
	if l.leads {
		return l.conn.Ping(ctx) // the lock lives as long as the connection
	}
	if l.conn == nil {
		if l.conn, err = pgx.ConnectConfig(ctx, l.config); err != nil {
			return err
		}
	}
	return l.conn.QueryRow(ctx, tryLead, int64(leaderLock)).Scan(&l.leads)
}

func (l *Leader) drop() {
	l.leads = false
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.conn.Close(ctx)
	l.conn = nil
}

// Close gives up the lead for good.
func (l *Leader) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.drop()
}
