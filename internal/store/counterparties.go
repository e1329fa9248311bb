package store

import "fondaco/internal/assurance"

const (
	intoList  = `INSERT INTO list_version (code, mark, version, checksum, source, entries, bytes, at, body)`
	intoCase  = `INSERT INTO case_view (id, party, stage, holds, assignee, opened_at, decide_by, body)`
	renewCase = `ON CONFLICT (id) DO UPDATE SET party = excluded.party, stage = excluded.stage, holds = excluded.holds, assignee = excluded.assignee,
		opened_at = excluded.opened_at, decide_by = excluded.decide_by, body = excluded.body`
	intoReview  = `INSERT INTO review_view (deal, writer, about, written_at, revealed_at, hidden, body)`
	renewReview = `ON CONFLICT (deal, writer) DO UPDATE SET about = excluded.about, written_at = excluded.written_at,
		revealed_at = excluded.revealed_at, hidden = excluded.hidden, body = excluded.body`
)

// putChecks writes what companies are checked against, and what was found and decided.
func putChecks(t tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoList, kinds: "titttiiib"}, len(b.Lists), func(i int, c cells) {
		l := &b.Lists[i]
		c.text(l.Code)
		c.number(l.Mark)
		c.text(writable(l.Version))
		c.text(l.Checksum)
		c.text(writable(l.Source))
		c.number(int64(l.Entries))
		c.number(int64(len(l.Body)))
		c.number(micros(l.At))
		c.bytes(l.Body)
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoCase, kinds: "tttitiit", after: renewCase}, len(b.Cases), func(i int, c cells) {
		r := &b.Cases[i]
		c.text(r.ID)
		c.text(string(r.Party))
		c.text(r.Stage)
		c.number(flag(r.Holds))
		c.text(string(r.Assignee))
		c.number(micros(r.OpenedAt))
		moment(c, r.DecideBy)
		c.bytesAsText(r.Body)
	})
}

// putReviews writes what the sides of deals say of each other.
func putReviews(t tx, b *assurance.Batch) error {
	return t.insert(insertion{into: intoReview, kinds: "tttiiit", after: renewReview}, len(b.Reviews), func(i int, c cells) {
		r := &b.Reviews[i]
		c.text(string(r.Deal))
		c.text(string(r.From))
		c.text(string(r.To))
		c.number(micros(r.WrittenAt))
		moment(c, r.RevealedAt)
		c.number(flag(r.Hidden))
		c.bytesAsText(r.Body)
	})
}
