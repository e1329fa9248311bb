package main

import (
	"errors"
)

type migrateCommand struct {
	Status migrateStatus `cmd:"" help:"Say how far the schema has come. Exit code 1 if it is behind."`
	Up     migrateUp     `cmd:"" help:"Bring the schema up to date. serve does so by itself."`
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
