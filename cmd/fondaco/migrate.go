package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fondaco/internal/store"
)

type migrateCommand struct {
	Status migrateStatus `cmd:"" help:"Say how far the schema has come. Exit code 1 if it is behind."`
	Up     migrateUp     `cmd:"" help:"Bring the schema up to date. serve does so by itself."`
	Copy   migrateCopy   `cmd:"" help:"Copy a whole house from its folder into an empty PostgreSQL database, and compare."`
}

type migrateStatus struct{ place }

// Run answers which version the schema has and which there is.
func (c *migrateStatus) Run(con *console) (err error) {
	s, err := c.existing(con.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	schema, err := s.Schema(con.ctx)
	if err != nil {
		return err
	}
	say(con.out, "The schema has version %d of %d.", schema.Version, schema.Newest)
	if schema.Version != schema.Newest {
		return errFound
	}
	return nil
}

type migrateUp struct{ place }

// Run makes the database if need be and brings it up to date.
func (c *migrateUp) Run(con *console) (err error) {
	s, err := c.create(con.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	schema, err := s.Schema(con.ctx)
	if err != nil {
		return err
	}
	say(con.out, "The schema has version %d of %d.", schema.Version, schema.Newest)
	return nil
}

type migrateCopy struct {
	From string `help:"Folder of the house to copy." required:"" type:"path"`
	To   string `help:"The database to copy into, as postgres://user@host/name. It is made ready if need be and must be empty." required:"" placeholder:"URL" env:"FONDACO_DATABASE"`
}

// Run copies, compares and says what to do next.
func (c *migrateCopy) Run(con *console) error {
	from := place{Data: c.From}
	s, err := from.existing(con.ctx)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	if err := ready(con.ctx, c.To); err != nil {
		return err
	}
	show := newProgress(con, "copying", "rows")
	made, err := store.CopyToPostgres(con.ctx, from.file(), c.To, func(table string, done, total int64) { show.step(done, total, ", "+table) })
	show.end()
	if err != nil {
		return err
	}
	var rows int64
	for _, table := range slices.Sorted(maps.Keys(made.Rows)) {
		rows += made.Rows[table]
		say(con.out, "%12d  %s", made.Rows[table], table)
	}
	var trial []string
	for _, currency := range slices.Sorted(maps.Keys(made.Trial)) {
		trial = append(trial, fmt.Sprintf("%s %d", currency, made.Trial[currency]))
	}
	say(con.out, "Copied and read back as it was: %d rows, %d entries of the log with the root %s, trial balance %s", rows, made.Entries, made.Root, strings.Join(trial, ", "))
	say(con.out, "Serve the house from now on with: fondaco serve --data %s --database URL", c.From)
	say(con.out, "Keep the folder: the key of the log, notary.key, stays there. Its house.db is marked as moved and is not served any more.")
	return nil
}

// ready brings the schema of a database up to date.
func ready(ctx context.Context, database string) error {
	s, err := place{Database: database}.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}
