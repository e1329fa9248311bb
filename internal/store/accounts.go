package store

import "fondaco/internal/assurance"

const (
	intoPerson  = `INSERT INTO person (` + personColumns + `)`
	renewPerson = `ON CONFLICT (id) DO UPDATE SET account = excluded.account, email = excluded.email, folded = excluded.folded, name = excluded.name,
		office = excluded.office, party = excluded.party, role = excluded.role, stage = excluded.stage, language = excluded.language, disowned = excluded.disowned,
		created_at = excluded.created_at`
	endSecrets  = `DELETE FROM secret WHERE name IN {in}`                                           //nolint:gosec // a statement about secrets, no secret
	intoSecret  = `INSERT INTO secret (name, person, data)`                                         //nolint:gosec // the same
	renewSecret = `ON CONFLICT (name) DO UPDATE SET person = excluded.person, data = excluded.data` //nolint:gosec // the same
	intoSession = `INSERT INTO session (` + sessionColumns + `)`
	// Rows of ids and times stand between the two: what has ended stays as it ended.
	endingSessions = `WITH e (id, at) AS (`
	endedSessions  = `) UPDATE session SET ended_at = e.at FROM e WHERE session.id = e.id AND session.ended_at IS NULL`
	intoTicket     = `INSERT INTO ticket (hash, purpose, person, body, expires_at)`
	renewTicket    = `ON CONFLICT (hash) DO UPDATE SET purpose = excluded.purpose, person = excluded.person, body = excluded.body, expires_at = excluded.expires_at`
)

// putPersons writes who may come in, and by what.
func putPersons(t tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoPerson, kinds: "ttttttttttii", after: renewPerson, taken: emailTaken}, len(b.Persons), func(i int, c cells) {
		p := &b.Persons[i]
		for _, text := range [...]string{
			string(p.ID), p.Account, p.Email, p.Folded, p.Name, string(p.Office), string(p.Party), string(p.Role), p.Stage, p.Language,
		} {
			c.text(text)
		}
		c.number(flag(p.Disowned))
		c.number(micros(p.CreatedAt))
	})
	if err != nil {
		return err
	}
	var gone []string
	var kept []*assurance.Secret
	for i := range b.Secrets {
		if s := &b.Secrets[i]; len(s.Data) == 0 {
			gone = append(gone, s.Name)
		} else {
			kept = append(kept, s)
		}
	}
	if err := t.remove(endSecrets, gone); err != nil {
		return err
	}
	return t.insert(insertion{into: intoSecret, kinds: "ttb", after: renewSecret}, len(kept), func(i int, c cells) {
		c.text(kept[i].Name)
		c.text(string(kept[i].Person))
		c.bytes(kept[i].Data)
	})
}

// putDoors writes who is in, and who is on the way.
func putDoors(t tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoSession, kinds: "bttttiiiitt"}, len(b.Sessions), func(i int, c cells) {
		s := &b.Sessions[i]
		c.bytes(s.Hash[:])
		c.text(s.ID)
		c.text(string(s.Person))
		c.text(string(s.Kind))
		c.text(writable(s.Label))
		c.number(micros(s.CreatedAt))
		c.number(micros(s.SeenAt))
		c.number(micros(s.ExpiresAt))
		moment(c, s.EndedAt)
		c.text(s.Factor)
		c.bytesAsText(s.Body)
	})
	if err != nil {
		return err
	}
	err = t.insert(insertion{into: endingSessions, kinds: "ti", after: endedSessions}, len(b.Ended), func(i int, c cells) {
		c.text(b.Ended[i].ID)
		c.number(micros(b.Ended[i].At))
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoTicket, kinds: "bttbi", after: renewTicket}, len(b.Tickets), func(i int, c cells) {
		k := &b.Tickets[i]
		c.bytes(k.Hash[:])
		c.text(k.Purpose)
		c.text(string(k.Person))
		c.bytes(k.Body)
		c.number(micros(k.ExpiresAt))
	})
}

const (
	intoActivity  = `INSERT INTO activity (seq, account, person, party, what, session, at, body)`
	intoCounter   = `INSERT INTO counter (scope, feature, value, n)`
	addToCounter  = `ON CONFLICT (scope, feature, value) DO UPDATE SET n = counter.n + excluded.n`
	intoApproval  = `INSERT INTO approval_view (id, party, person, subject, stage, expires_at, body)`
	renewApproval = `ON CONFLICT (id) DO UPDATE SET party = excluded.party, person = excluded.person, subject = excluded.subject,
		stage = excluded.stage, expires_at = excluded.expires_at, body = excluded.body`
	intoAccount  = `INSERT INTO payout_account_view (id, party, stage, body)`
	renewAccount = `ON CONFLICT (id) DO UPDATE SET party = excluded.party, stage = excluded.stage, body = excluded.body`
)

// putDiary writes what people read of their accounts. The places of the lines are
// those that the batch was given.
func putDiary(t tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoActivity, kinds: "itttttit"}, len(b.Activities), func(i int, c cells) {
		a := &b.Activities[i]
		c.number(a.Sequence)
		c.text(a.Account)
		c.text(string(a.Person))
		c.text(string(a.Party))
		c.text(a.What)
		c.text(a.Session)
		c.number(micros(a.At))
		c.bytesAsText(a.Body)
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoCounter, kinds: "ttti", after: addToCounter}, len(b.Counts), func(i int, c cells) {
		n := &b.Counts[i]
		c.text(n.Scope)
		c.text(n.Feature)
		c.text(writable(n.Value))
		c.number(n.N)
	})
}

// putControls writes what waits for consent, and where money may go.
func putControls(t tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoApproval, kinds: "tttttit", after: renewApproval}, len(b.Approvals), func(i int, c cells) {
		a := &b.Approvals[i]
		c.text(a.ID)
		c.text(string(a.Party))
		c.text(string(a.Person))
		c.text(a.Subject)
		c.text(a.Stage)
		c.number(micros(a.ExpiresAt))
		c.bytesAsText(a.Body)
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoAccount, kinds: "tttt", after: renewAccount}, len(b.PayoutAccounts), func(i int, c cells) {
		a := &b.PayoutAccounts[i]
		c.text(a.ID)
		c.text(string(a.Party))
		c.text(a.Stage)
		c.bytesAsText(a.Body)
	})
}
