package store

import (
	"context"
	"time"

	"fondaco/internal/assurance"
)

// The states of an outbox message.
const (
	stateWaiting = "waiting"
	stateDone    = "done"
	stateDead    = "dead"
)

const (
	dueClocks      = `SELECT stream, clock, ref, at FROM clock WHERE at < $1 ORDER BY at, stream, clock, ref LIMIT $2`
	messageColumns = `id, topic, payload, attempts, next_at, last_error`
	dueMessages    = `SELECT ` + messageColumns + ` FROM outbox WHERE state = 'waiting' AND next_at <= $1 ORDER BY next_at, id LIMIT $2`
	deadMessages   = `SELECT ` + messageColumns + ` FROM outbox WHERE state = 'dead' ORDER BY id LIMIT $1`
	messageDone    = `UPDATE outbox SET state = $1, attempts = attempts + 1, done_at = $2 WHERE id = $3 AND state <> 'done'`
	messageFailed  = `UPDATE outbox SET state = $1, attempts = attempts + 1, next_at = $2, last_error = $3 WHERE id = $4 AND state = 'waiting'`
	messageState   = `SELECT state FROM outbox WHERE id = $1`
	settingByName  = `SELECT value FROM setting WHERE name = $1`
	setSetting     = `INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	openDeals      = `SELECT id FROM deal_view WHERE running = 1 AND id > $1 ORDER BY id LIMIT $2`
)

// DueClocks lists clocks whose instant is before now, the earliest first.
func (s *Store) DueClocks(ctx context.Context, now time.Time, limit int) ([]assurance.ClockRow, error) {
	return all(ctx, s, dueClocks, []any{micros(now), int64(limit)}, func(r row) (assurance.ClockRow, error) {
		var c assurance.ClockRow
		var at int64
		err := r.Scan(&c.Stream, &c.Clock, &c.Ref, &at)
		c.At = instant(at)
		return c, err
	})
}

// DueMessages lists waiting messages whose next attempt is due, in order.
func (s *Store) DueMessages(ctx context.Context, now time.Time, limit int) ([]assurance.Message, error) {
	return all(ctx, s, dueMessages, []any{micros(now), int64(limit)}, scanMessage)
}

// DeadMessages lists messages that were given up, in order of their ids.
func (s *Store) DeadMessages(ctx context.Context, limit int) ([]assurance.Message, error) {
	return all(ctx, s, deadMessages, []any{int64(limit)}, scanMessage)
}

func scanMessage(r row) (assurance.Message, error) {
	var m assurance.Message
	var at int64
	err := r.Scan(&m.ID, &m.Topic, &m.Payload, &m.Attempts, &at, &m.Error)
	m.NextAt = instant(at)
	return m, err
}

// MessageDone marks a message as carried out. Marking it twice is no error; an
// unknown one is NotFound store.no_message.
func (s *Store) MessageDone(ctx context.Context, id string, at time.Time) error {
	return s.mark(ctx, id, messageDone, stateDone, micros(at), id)
}

// MessageFailed counts an attempt at a waiting message and sets the next; dead
// stops trying. An unknown one is NotFound store.no_message.
func (s *Store) MessageFailed(ctx context.Context, id, lastError string, next time.Time, dead bool) error {
	state := stateWaiting
	if dead {
		state = stateDead
	}
	return s.mark(ctx, id, messageFailed, state, micros(next), lastError, id)
}

func (s *Store) mark(ctx context.Context, id, update string, args ...any) error {
	touched, err := s.put(ctx, update, args...)
	if err != nil || touched > 0 {
		return err
	}
	_, found, err := one(ctx, s, messageState, []any{id}, scanOne[string])
	if err == nil && !found {
		err = missing("store.no_message", "There is no such message.")
	}
	return err
}

// put runs one statement in a transaction of its own.
func (s *Store) put(ctx context.Context, query string, args ...any) (touched int64, err error) {
	return s.writer.put(ctx, statement{query, args})
}

// Setting reads a value of the house, "" if it was never set.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	value, _, err := one(ctx, s, settingByName, []any{name}, scanOne[string])
	return value, err
}

// SetSetting writes a value of the house.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	_, err := s.put(ctx, setSetting, name, value)
	return err
}

// OpenDeals lists deals that are not closed, in order of id after the given id.
func (s *Store) OpenDeals(ctx context.Context, after string, limit int) ([]string, error) {
	return all(ctx, s, openDeals, []any{after, int64(limit)}, scanOne[string])
}
