package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/pressly/goose/v3"

	"fondaco/internal/fault"
)

// oldestSetting is written by a migration that takes something away: the version
// of the schema that a program must know of to work with what is left. A program
// that knows less, but not so little, works with a schema that is newer than its own.
const oldestSetting = "schema_oldest"

// fits refuses a schema that has left this program behind. It fails with
// store.program_too_old.
func (s *Store) fits(ctx context.Context, db *sql.DB, steps *goose.Provider) error {
	var text string
	err := db.QueryRowContext(ctx, settingByName, oldestSetting).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return s.dialect.classify(err)
	}
	oldest, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return corrupt(oldestSetting)
	}
	sources := steps.ListSources()
	if known := sources[len(sources)-1].Version; known < oldest {
		return fault.New(fault.Refused, "store.program_too_old", "The database needs a program that knows version {oldest} of the schema; this one knows version {known}.").
			With("oldest", text).With("known", strconv.FormatInt(known, 10))
	}
	return nil
}
