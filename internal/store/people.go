package store

import (
	"context"
	"database/sql"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

const (
	personColumns = `id, email, name, password_hash, office, party, language, created_at`
	addPerson     = `INSERT INTO person (` + personColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	personByEmail = `SELECT ` + personColumns + ` FROM person WHERE email = $1`
	personByID    = `SELECT ` + personColumns + ` FROM person WHERE id = $1`
	addToken      = `INSERT INTO token (hash, person, expires_at) VALUES ($1, $2, $3)`
	tokenByHash   = `SELECT hash, person, expires_at FROM token WHERE hash = $1` //nolint:gosec // a query about tokens, no token
	findSession   = `SELECT data FROM session WHERE token = $1 AND expires_at > $2`
	putSession    = `INSERT INTO session (token, data, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`
	endSession  = `DELETE FROM session WHERE token = $1`
	endSessions = `DELETE FROM session WHERE expires_at <= $1`
)

// AddPerson keeps a new person, or fails with people.email_taken.
func (s *Store) AddPerson(ctx context.Context, p assurance.Person) error {
	_, err := s.put(ctx, addPerson, string(p.ID), p.Email, p.Name, p.PasswordHash, string(p.Office), string(p.Party), p.Language, micros(p.CreatedAt))
	if fault.CodeOf(err) == "store.conflict" {
		return emailTaken(err)
	}
	return err
}

func emailTaken(cause error) error {
	return fault.New(fault.Conflict, "people.email_taken", "There is an account with this address. Sign in instead.").At("email").Because(cause)
}

// PersonByEmail finds a person by the normal form of the address, or fails with people.unknown.
func (s *Store) PersonByEmail(ctx context.Context, email string) (assurance.Person, error) {
	return s.person(ctx, personByEmail, email)
}

// PersonByID finds a person, or fails with people.unknown.
func (s *Store) PersonByID(ctx context.Context, id identity.PersonID) (assurance.Person, error) {
	return s.person(ctx, personByID, string(id))
}

func (s *Store) person(ctx context.Context, query, key string) (assurance.Person, error) {
	p, found, err := one(ctx, s, query, []any{key}, func(r row) (assurance.Person, error) {
		var p assurance.Person
		var at int64
		err := r.Scan(&p.ID, &p.Email, &p.Name, &p.PasswordHash, &p.Office, &p.Party, &p.Language, &at)
		p.CreatedAt = instant(at)
		return p, err
	})
	if err == nil && !found {
		err = missing("people.unknown", "Nobody is known by this.")
	}
	return p, err
}

// AddToken keeps the hash of a token. The person must be known.
func (s *Store) AddToken(ctx context.Context, t assurance.Token) error {
	_, err := s.put(ctx, addToken, t.Hash[:], string(t.Person), micros(t.ExpiresAt))
	return err
}

// TokenByHash finds a token, expired or not, or fails with people.unknown.
func (s *Store) TokenByHash(ctx context.Context, hash evidence.Hash) (assurance.Token, error) {
	t, found, err := one(ctx, s, tokenByHash, []any{hash[:]}, func(r row) (assurance.Token, error) {
		var t assurance.Token
		var h sql.RawBytes
		var at int64
		if err := r.Scan(&h, &t.Person, &at); err != nil {
			return t, err
		}
		if copy(t.Hash[:], h) != evidence.HashSize {
			return t, corrupt("token.hash")
		}
		t.ExpiresAt = instant(at)
		return t, nil
	})
	if err == nil && !found {
		err = missing("people.unknown", "Nobody is known by this.")
	}
	return t, err
}

// SessionFind reads a browser session that has not expired.
func (s *Store) SessionFind(ctx context.Context, token string) (data []byte, found bool, err error) {
	return one(ctx, s, findSession, []any{token, micros(s.now())}, scanOne[[]byte])
}

// SessionCommit writes a browser session, and forgets those that have expired.
func (s *Store) SessionCommit(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if data == nil {
		data = []byte{}
	}
	_, err := s.writer.put(ctx, statement{endSessions, []any{micros(s.now())}}, statement{putSession, []any{token, data, micros(expiry)}})
	return err
}

// SessionDelete forgets a browser session; an unknown one is no error.
func (s *Store) SessionDelete(ctx context.Context, token string) error {
	_, err := s.put(ctx, endSession, token)
	return err
}
