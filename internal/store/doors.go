package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"slices"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

const (
	sessionColumns = `hash, id, person, kind, label, created_at, seen_at, expires_at, ended_at, factor, body`
	sessionsByHash = `SELECT s.hash, s.id, s.person, s.kind, s.label, s.created_at, s.seen_at, s.expires_at, s.ended_at, s.factor, s.body,
		p.id, p.account, p.email, p.folded, p.name, p.office, p.party, p.role, p.stage, p.language, p.disowned, p.created_at
		FROM session s JOIN person p ON p.id = s.person WHERE s.hash IN {in}`
	sessionsOf = `SELECT ` + sessionColumns + ` FROM session WHERE person = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC`

	seeingSessions = `WITH e (id, at) AS (`
	seenSessions   = `) UPDATE session SET seen_at = e.at FROM e WHERE session.id = e.id AND session.seen_at < e.at`

	putTicket = `INSERT INTO ticket (hash, purpose, person, body, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (hash) DO UPDATE SET purpose = excluded.purpose, person = excluded.person, body = excluded.body, expires_at = excluded.expires_at`
	ticketByHash = `SELECT purpose, person, body, expires_at FROM ticket WHERE hash = $1 AND expires_at > $2`
	takeTicket   = `DELETE FROM ticket WHERE hash = $1 AND expires_at > $2 RETURNING purpose, person, body, expires_at`
	dropTickets  = `DELETE FROM ticket WHERE person = $1 AND purpose = $2`

	putMessage = `INSERT INTO outbox (id, topic, payload, state, attempts, next_at, last_error)
		VALUES ($1, $2, $3, 'waiting', $4, $5, $6) ON CONFLICT (id) DO NOTHING`

	// A window that began after $4 goes on; $5 is how long it is.
	tallyOne = `INSERT INTO tally (key, began_at, ends_at, n) VALUES ($1, $2, $3, 1) ON CONFLICT (key) DO UPDATE SET
		n = CASE WHEN tally.began_at > $4 THEN tally.n + 1 ELSE 1 END,
		began_at = CASE WHEN tally.began_at > $4 THEN tally.began_at ELSE excluded.began_at END,
		ends_at = CASE WHEN tally.began_at > $4 THEN tally.began_at + $5 ELSE excluded.ends_at END RETURNING n`
	anyStale = `SELECT 1 FROM tally WHERE ends_at <= $1 UNION ALL SELECT 1 FROM ticket WHERE expires_at <= $1 LIMIT 1`
)

// SessionsByHash finds sessions by the hashes of their secrets, ended and expired or
// not, and whose they are, in no order. What is unknown is left out.
func (s *Store) SessionsByHash(ctx context.Context, hashes []evidence.Hash) ([]assurance.SignedIn, error) {
	keys := make([][]byte, len(hashes))
	for i := range hashes {
		keys[i] = hashes[i][:]
	}
	return several(ctx, s, sessionsByHash, keys, func(r row) (v assurance.SignedIn, err error) {
		var holder personRow
		v.Session, err = scanSession(r, holder.columns()...)
		v.Person = holder.person()
		return v, err
	})
}

// SessionsOf lists a person's sessions that have neither ended nor expired, newest first.
func (s *Store) SessionsOf(ctx context.Context, person identity.PersonID, now time.Time) ([]assurance.Session, error) {
	return all(ctx, s, sessionsOf, []any{string(person), micros(now)}, func(r row) (assurance.Session, error) { return scanSession(r) })
}

// scanSession reads sessionColumns, and more columns after them.
func scanSession(r row, more ...any) (assurance.Session, error) {
	var (
		v                      assurance.Session
		hash                   sql.RawBytes
		created, seen, expires int64
		ended                  sql.NullInt64
	)
	err := r.Scan(append([]any{&hash, &v.ID, &v.Person, &v.Kind, &v.Label, &created, &seen, &expires, &ended, &v.Factor, &v.Body}, more...)...)
	if err != nil {
		return v, err
	}
	v.CreatedAt, v.SeenAt, v.ExpiresAt, v.EndedAt = instant(created), instant(seen), instant(expires), someInstant(ended)
	v.Hash, err = scanHash(hash, "session.hash")
	return v, err
}

// SessionsSeen notes when sessions were last used; what is older than what is known
// already, and what is about an unknown session, is no error and changes nothing.
func (s *Store) SessionsSeen(ctx context.Context, ids []string, at time.Time) error {
	into := insertion{into: seeingSessions, kinds: "ti", after: seenSessions}
	for part := range slices.Chunk(ids, listMax) { // so that no batch waits long
		err := s.writer.insertBeside(ctx, func(t inserter) error {
			return t.insert(into, len(part), func(i int, c cells) {
				c.text(part[i])
				c.number(micros(at))
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// PutTicket keeps a ticket; one with the same hash is replaced.
func (s *Store) PutTicket(ctx context.Context, t assurance.Ticket) error {
	_, err := s.put(ctx, putTicket, t.Hash[:], t.Purpose, string(t.Person), present(t.Body), micros(t.ExpiresAt))
	return err
}

// present is bytes as databases take them: none are not nothing.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Ticket reads a ticket that has not expired, or fails with people.no_ticket.
func (s *Store) Ticket(ctx context.Context, hash evidence.Hash, now time.Time) (assurance.Ticket, error) {
	t, found, err := one(ctx, s, ticketByHash, []any{hash[:], micros(now)}, func(r row) (assurance.Ticket, error) { return scanTicket(r, hash) })
	if err == nil && !found {
		err = noTicket()
	}
	return t, err
}

// TakeTicket reads a ticket that has not expired and removes it, or fails with
// people.no_ticket: of two takers one gets it.
func (s *Store) TakeTicket(ctx context.Context, hash evidence.Hash, now time.Time) (t assurance.Ticket, err error) {
	found := false
	err = s.writer.fetch(ctx, statement{takeTicket, []any{hash[:], micros(now)}}, func(r row) (err error) {
		t, err = scanTicket(r, hash)
		found = true
		return err
	})
	if err == nil && !found {
		err = noTicket()
	}
	if err != nil {
		return assurance.Ticket{}, err
	}
	return t, nil
}

func scanTicket(r row, hash evidence.Hash) (assurance.Ticket, error) {
	t := assurance.Ticket{Hash: hash}
	var at int64
	err := r.Scan(&t.Purpose, &t.Person, &t.Body, &at)
	t.ExpiresAt = instant(at)
	return t, err
}

func noTicket() error {
	return missing("people.no_ticket", "This link or step is not valid any more. Begin again.")
}

// DropTickets removes a person's tickets of a purpose; that there are none is no error.
func (s *Store) DropTickets(ctx context.Context, purpose string, person identity.PersonID) error {
	_, err := s.put(ctx, dropTickets, string(person), purpose)
	return err
}

// PostMessage queues a message that follows from no fact. An id that is known stays
// as it is, whether its message waits or was carried out.
func (s *Store) PostMessage(ctx context.Context, m assurance.Message) error {
	_, err := s.put(ctx, putMessage, m.ID, m.Topic, string(m.Payload), int64(m.Attempts), micros(m.NextAt), m.Error)
	return err
}

// Tally counts one more under a key, and answers how many there are since the
// window of that length began. A key may be any bytes of any length.
func (s *Store) Tally(ctx context.Context, key string, now time.Time, window time.Duration) (n int64, err error) {
	sum := sha256.Sum256([]byte(key))
	at, length := micros(now), window.Microseconds()
	err = s.writer.fetch(ctx, statement{tallyOne, []any{sum[:], at, at + length, at - length, length}}, func(r row) error { return r.Scan(&n) })
	if err == nil && n == 1 {
		err = s.sweep(ctx, at)
	}
	return n, err
}

// sweep removes some of the tallies and tickets that have expired: more than are
// added between two sweeps, and never so many that others wait.
func (s *Store) sweep(ctx context.Context, now int64) error {
	_, found, err := one(ctx, s, anyStale, []any{now}, scanOne[int64])
	if err != nil || !found {
		return err
	}
	statements := make([]statement, len(s.dialect.sweeps))
	for i, query := range s.dialect.sweeps {
		statements[i] = statement{query, []any{now, int64(sweepMax)}}
	}
	_, err = s.writer.put(ctx, statements...)
	return err
}

// sweepMax is how many rows of a table one sweep removes.
const sweepMax = 64
