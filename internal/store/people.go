package store

import (
	"context"
	"database/sql"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

const (
	personColumns   = `id, account, email, folded, name, office, party, role, stage, language, disowned, created_at`
	personByEmail   = `SELECT ` + personColumns + ` FROM person WHERE folded = $1`
	personByID      = `SELECT ` + personColumns + ` FROM person WHERE id = $1`
	personByAccount = `SELECT ` + personColumns + ` FROM person WHERE account = $1`
	selectPersons   = `SELECT ` + personColumns + ` FROM person WHERE id > $1`
	personsOfParty  = ` AND party = {1}`
	personsInOffice = ` AND office = {1}`
	personsDisowned = ` AND disowned = 1`
	personsByID     = ` ORDER BY id LIMIT {1}`
	secretColumns   = `person, name, data` //nolint:gosec // names of columns, no secret
	secretsOf       = `SELECT ` + secretColumns + ` FROM secret WHERE person = $1 ORDER BY name`
	secretByName    = `SELECT ` + secretColumns + ` FROM secret WHERE name = $1`
	documentColumns = `hash, party, name, kind, at, bytes`
	documentOf      = `SELECT ` + documentColumns + ` FROM document WHERE party = $1 AND hash = $2`
	putDocument     = `INSERT INTO document (` + documentColumns + `) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (party, hash) DO NOTHING`
	countsOf        = `SELECT scope, feature, value, n FROM counter WHERE scope = $1`
	andCountOf      = ` UNION ALL SELECT scope, feature, value, n FROM counter WHERE scope = 'all' AND feature = {1} AND value = {2}`
)

func emailTaken(cause error) error {
	return fault.New(fault.Conflict, "people.email_taken", "There is an account with this address. Sign in instead.").At("email").Because(cause)
}

// PersonByEmail finds a person by the one spelling of the address that is
// compared, or fails with people.unknown.
func (s *Store) PersonByEmail(ctx context.Context, folded string) (assurance.Person, error) {
	return s.person(ctx, personByEmail, folded)
}

// PersonByID finds a person, or fails with people.unknown.
func (s *Store) PersonByID(ctx context.Context, id identity.PersonID) (assurance.Person, error) {
	return s.person(ctx, personByID, string(id))
}

// PersonByAccount finds a person by the name of the account, or fails with people.unknown.
func (s *Store) PersonByAccount(ctx context.Context, account string) (assurance.Person, error) {
	return s.person(ctx, personByAccount, account)
}

func (s *Store) person(ctx context.Context, query, key string) (assurance.Person, error) {
	p, found, err := one(ctx, s, query, []any{key}, scanPerson)
	if err == nil && !found {
		err = unknown()
	}
	return p, err
}

func unknown() error { return missing("people.unknown", "Nobody is known by this.") }

func scanPerson(r row) (assurance.Person, error) {
	var v personRow
	err := r.Scan(v.columns()...)
	return v.person(), err
}

// personRow takes personColumns.
type personRow struct {
	p            assurance.Person
	disowned, at int64
}

func (v *personRow) columns() []any {
	p := &v.p
	return []any{&p.ID, &p.Account, &p.Email, &p.Folded, &p.Name, &p.Office, &p.Party, &p.Role, &p.Stage, &p.Language, &v.disowned, &v.at}
}

func (v *personRow) person() assurance.Person {
	v.p.Disowned, v.p.CreatedAt = v.disowned == 1, instant(v.at)
	return v.p
}

// Persons lists persons in order of id.
func (s *Store) Persons(ctx context.Context, q assurance.PersonQuery) ([]assurance.Person, error) {
	query := personQuery(q)
	return all(ctx, s, query.text.String(), query.args, scanPerson)
}

func personQuery(q assurance.PersonQuery) *selection {
	query := &selection{args: []any{string(q.After)}}
	query.add(selectPersons)
	if q.Party != "" {
		query.add(personsOfParty, string(q.Party))
	}
	if q.Office != "" {
		query.add(personsInOffice, string(q.Office))
	}
	if q.Disowned {
		query.add(personsDisowned)
	}
	query.add(personsByID, int64(q.Limit))
	return query
}

// Secrets lists what is kept of a person, in order of name.
func (s *Store) Secrets(ctx context.Context, person identity.PersonID) ([]assurance.Secret, error) {
	return all(ctx, s, secretsOf, []any{string(person)}, scanSecret)
}

// SecretByName finds a secret of whomever, or fails with people.unknown.
func (s *Store) SecretByName(ctx context.Context, name string) (assurance.Secret, error) {
	v, found, err := one(ctx, s, secretByName, []any{name}, scanSecret)
	if err == nil && !found {
		err = unknown()
	}
	return v, err
}

func scanSecret(r row) (v assurance.Secret, err error) {
	err = r.Scan(&v.Person, &v.Name, &v.Data)
	return v, err
}

// PutDocument keeps a document; one that the company has handed in already stays as it is.
func (s *Store) PutDocument(ctx context.Context, d assurance.Document) error {
	_, err := s.put(ctx, putDocument, d.Hash, string(d.Party), writable(d.Name), d.Kind, micros(d.At), present(d.Bytes))
	return err
}

// Document reads a company's document by its hash, or fails with people.no_document.
func (s *Store) Document(ctx context.Context, party identity.PartyID, hash string) (assurance.Document, error) {
	d, found, err := one(ctx, s, documentOf, []any{string(party), hash}, func(r row) (d assurance.Document, err error) {
		var at int64
		err = r.Scan(&d.Hash, &d.Party, &d.Name, &d.Kind, &at, &d.Bytes)
		d.At = instant(at)
		return d, err
	})
	if err == nil && !found {
		err = missing("people.no_document", "There is no such document.")
	}
	return d, err
}

// Counts reads every counter of a person's scope, and of the scope "all" those of
// the given features and values, in no order.
func (s *Store) Counts(ctx context.Context, person string, values []assurance.Count) ([]assurance.Count, error) {
	query := countQuery(person, values)
	return all(ctx, s, query.text.String(), query.args, func(r row) (c assurance.Count, err error) {
		err = r.Scan(&c.Scope, &c.Feature, &c.Value, &c.N)
		return c, err
	})
}

func countQuery(person string, values []assurance.Count) *selection {
	query := &selection{args: []any{person}}
	query.add(countsOf)
	asked := map[assurance.Count]bool{}
	for _, v := range values {
		of := assurance.Count{Feature: v.Feature, Value: writable(v.Value)}
		if !asked[of] {
			asked[of] = true
			query.add(andCountOf, of.Feature, of.Value)
		}
	}
	return query
}

// scanHash reads a hash that the driver lends.
func scanHash(raw sql.RawBytes, column string) (h evidence.Hash, err error) {
	if copy(h[:], raw) != evidence.HashSize {
		err = corrupt(column)
	}
	return h, err
}
