package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strconv"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
)

const (
	// The kinds are those of the index, word for word: no other condition would find it.
	tidings = `SELECT ` + recordColumns + ` FROM event WHERE seq > $1
		AND kind IN ('closed', 'review_revealed', 'profile_reviewed', 'profile_expired') ORDER BY seq LIMIT $2`

	standingColumns = `party, state, value, confidence, deals, at, body`
	standingOf      = `SELECT ` + standingColumns + ` FROM standing_view WHERE party = $1`
	standingsFrom   = `SELECT ` + standingColumns + ` FROM standing_view WHERE party > $1 ORDER BY party LIMIT $2`
	intoStanding    = `INSERT INTO standing_view (` + standingColumns + `)`
	renewStanding   = `ON CONFLICT (party) DO UPDATE SET state = excluded.state, value = excluded.value, confidence = excluded.confidence,
		deals = excluded.deals, at = excluded.at, body = excluded.body`

	// What is shown belongs to the standing of the same time: the release before renews only that.
	standingShown = `SELECT s.party, s.state, s.value, s.confidence, s.deals, s.at, w.body
		FROM standing_view s JOIN standing_shown w ON w.party = s.party AND w.at = s.at WHERE s.party = $1 AND w.body <> ''`
	intoShown  = `INSERT INTO standing_shown (party, at, body)`
	renewShown = `ON CONFLICT (party) DO UPDATE SET at = excluded.at, body = excluded.body`

	ratingColumns = `deal, rater, rated, value, weight, at`
	ratingsFrom   = `SELECT ` + ratingColumns + ` FROM rating_view WHERE (at, deal, rater) > ($1, $2, $3) ORDER BY at, deal, rater LIMIT $4`
	intoRating    = `INSERT INTO rating_view (` + ratingColumns + `)`
	renewRating   = `ON CONFLICT (deal, rater) DO UPDATE SET rated = excluded.rated, value = excluded.value, weight = excluded.weight, at = excluded.at`

	intoSetting  = `INSERT INTO setting (name, value)`
	renewSetting = `ON CONFLICT (name) DO UPDATE SET value = excluded.value`

	selectReviews   = `SELECT v.deal, v.writer, v.about, v.written_at, v.revealed_at, v.hidden, v.body FROM review_view v WHERE 1 = 1`
	reviewsAbout    = ` AND v.about = {1}`
	reviewsBy       = ` AND v.writer = {1}`
	reviewsOfDeal   = ` AND v.deal = {1}`
	reviewsRevealed = ` AND v.revealed_at IS NOT NULL`
	// A party gives and gets one review a deal, so that the deal names the last of a page.
	reviewsAboutBefore = ` AND (v.written_at, v.deal) < (SELECT l.written_at, l.deal FROM review_view l WHERE l.deal = {2} AND l.about = {1})`
	reviewsByBefore    = ` AND (v.written_at, v.deal) < (SELECT l.written_at, l.deal FROM review_view l WHERE l.deal = {2} AND l.writer = {1})`
	// What is sealed must not even serve as a place in the list: it would tell that it is there.
	revealedAboutBefore = ` AND (v.written_at, v.deal) < (SELECT l.written_at, l.deal FROM review_view l WHERE l.deal = {2} AND l.about = {1} AND l.revealed_at IS NOT NULL)`
	revealedByBefore    = ` AND (v.written_at, v.deal) < (SELECT l.written_at, l.deal FROM review_view l WHERE l.deal = {2} AND l.writer = {1} AND l.revealed_at IS NOT NULL)`
	reviewsNewest       = ` ORDER BY v.written_at DESC, v.deal DESC, v.writer DESC LIMIT {1}`
)

// standingSetting holds the sequence of the last tiding that is in.
const standingSetting = "standing_mark"

// Tidings reads the records after a place in the log that bear on standing, in order.
func (s *Store) Tidings(ctx context.Context, after int64, limit int) ([]assurance.Record, error) {
	return all(ctx, s, tidings, []any{after, int64(limit)}, scanRecord)
}

// StandingMark is the sequence of the last tiding that is in, -1 for none.
func (s *Store) StandingMark(ctx context.Context) (int64, error) {
	value, err := s.Setting(ctx, standingSetting)
	if err != nil || value == "" {
		return -1, err
	}
	mark, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return -1, corrupt("setting.value")
	}
	return mark, nil
}

// SaveStandings writes rows, ratings and the mark in one transaction. Of
// two of one key the later is kept.
func (s *Store) SaveStandings(ctx context.Context, save assurance.StandingSave) error {
	rows := newestOf(save.Rows, func(a, b assurance.StandingRow) int { return cmp.Compare(a.Party, b.Party) })
	ratings := newestOf(save.Ratings, func(a, b assurance.RatingRow) int {
		return cmp.Or(cmp.Compare(a.Deal, b.Deal), cmp.Compare(a.From, b.From))
	})
	var marks []string
	if save.Mark >= 0 {
		marks = []string{strconv.FormatInt(save.Mark, 10)}
	}
	if len(rows)+len(ratings)+len(marks) == 0 {
		return nil
	}
	return s.writer.insertBeside(ctx, func(t inserter) error {
		if err := putStandings(t, rows); err != nil {
			return err
		}
		if err := putRatings(t, ratings); err != nil {
			return err
		}
		return t.insert(insertion{into: intoSetting, kinds: "tt", after: renewSetting}, len(marks), func(i int, c cells) {
			c.text(standingSetting)
			c.text(marks[i])
		})
	})
}

// newestOf is lastOf where whatever comes later is newer.
func newestOf[T any](rows []T, order func(a, b T) int) []T {
	return lastOf(rows, order, func(T, T) bool { return true })
}

func putStandings(t inserter, rows []assurance.StandingRow) error {
	if err := t.insert(insertion{into: intoShown, kinds: "tit", after: renewShown}, len(rows), func(i int, c cells) {
		r := &rows[i]
		c.text(string(r.Party))
		c.number(micros(r.At))
		c.bytesAsText(r.Shown)
	}); err != nil {
		return err
	}
	return t.insert(insertion{into: intoStanding, kinds: "ttiiiit", after: renewStanding}, len(rows), func(i int, c cells) {
		r := &rows[i]
		c.text(string(r.Party))
		c.text(r.State)
		c.number(int64(r.Value))
		c.number(int64(r.Confidence))
		c.number(int64(r.Deals))
		c.number(micros(r.At))
		c.bytesAsText(r.Body)
	})
}

func putRatings(t inserter, ratings []assurance.RatingRow) error {
	return t.insert(insertion{into: intoRating, kinds: "tttiii", after: renewRating}, len(ratings), func(i int, c cells) {
		r := &ratings[i]
		c.text(string(r.Deal))
		c.text(string(r.From))
		c.text(string(r.To))
		c.number(int64(r.Value))
		c.number(r.Weight)
		c.number(micros(r.At))
	})
}

// Standing reads what past trades say of a party, or fails with standing.none.
func (s *Store) Standing(ctx context.Context, party identity.PartyID) (assurance.StandingRow, error) {
	v, found, err := one(ctx, s, standingOf, []any{string(party)}, scanStanding)
	if err == nil && !found {
		err = missing("standing.none", "Nothing is known of this company's trades yet.")
	}
	return v, err
}

// StandingShown reads the same with what was saved to be shown, if it was saved with it.
func (s *Store) StandingShown(ctx context.Context, party identity.PartyID) (assurance.StandingRow, bool, error) {
	return one(ctx, s, standingShown, []any{string(party)}, scanStanding)
}

// StandingRows lists them in order of party, after the given one.
func (s *Store) StandingRows(ctx context.Context, after identity.PartyID, limit int) ([]assurance.StandingRow, error) {
	return all(ctx, s, standingsFrom, []any{string(after), int64(limit)}, scanStanding)
}

func scanStanding(r row) (v assurance.StandingRow, err error) {
	var at int64
	err = r.Scan(&v.Party, &v.State, &v.Value, &v.Confidence, &v.Deals, &at, &v.Body)
	v.At = instant(at)
	return v, err
}

// Ratings lists all ratings in order of time, deal and rater, after the given one.
func (s *Store) Ratings(ctx context.Context, after assurance.RatingRow, limit int) ([]assurance.RatingRow, error) {
	args := []any{micros(after.At), string(after.Deal), string(after.From), int64(limit)}
	return all(ctx, s, ratingsFrom, args, func(r row) (v assurance.RatingRow, err error) {
		var at int64
		err = r.Scan(&v.Deal, &v.From, &v.To, &v.Value, &v.Weight, &at)
		v.At = instant(at)
		return v, err
	})
}

// Reviews lists reviews, the last written first. A query that names neither a party
// nor a deal is store.broken. Before names the deal of the last review of the page
// before, of the party that is asked for.
func (s *Store) Reviews(ctx context.Context, q assurance.ReviewQuery) ([]assurance.ReviewRow, error) {
	if q.To == "" && q.From == "" && q.Deal == "" {
		return nil, broken(errors.New("reviews of nobody are asked for"))
	}
	query := reviewQuery(q)
	return all(ctx, s, query.text.String(), query.args, func(r row) (v assurance.ReviewRow, err error) {
		var written, hidden int64
		var revealed sql.NullInt64
		err = r.Scan(&v.Deal, &v.From, &v.To, &written, &revealed, &hidden, &v.Body)
		v.WrittenAt, v.RevealedAt, v.Hidden = instant(written), someInstant(revealed), hidden == 1
		return v, err
	})
}

func reviewQuery(q assurance.ReviewQuery) *selection {
	query := &selection{}
	query.add(selectReviews)
	if q.To != "" {
		query.add(reviewsAbout, string(q.To))
	}
	if q.From != "" {
		query.add(reviewsBy, string(q.From))
	}
	if q.Deal != "" {
		query.add(reviewsOfDeal, string(q.Deal))
	}
	if q.Revealed {
		query.add(reviewsRevealed)
	}
	about, by := reviewsAboutBefore, reviewsByBefore
	if q.Revealed {
		about, by = revealedAboutBefore, revealedByBefore
	}
	switch {
	case q.Before == "":
	case q.To != "":
		query.add(about, string(q.To), string(q.Before))
	case q.From != "":
		query.add(by, string(q.From), string(q.Before))
	}
	query.add(reviewsNewest, int64(q.Limit))
	return query
}
