package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/store"
	"fondaco/internal/trade/evidence"
)

// place is where a house keeps everything: in a folder, with the key of its log in
// notary.key and its database in house.db, or with the database elsewhere. The key
// stays in the folder: it must not lie beside what it signs. All nodes of a house
// have the same one.
type place struct {
	Data     string `help:"Folder of the house." default:"fondaco-data" env:"FONDACO_DATA_DIR" type:"path"`
	Database string `help:"PostgreSQL database of the house, as postgres://user@host/name; by default a file in its folder." placeholder:"URL" env:"FONDACO_DATABASE"`
}

func (p place) file() string { return filepath.Join(p.Data, "house.db") }

// create opens the house's database, made and brought up to date if need be.
func (p place) create(ctx context.Context) (*store.Store, error) {
	if err := os.MkdirAll(p.Data, 0o700); err != nil {
		return nil, fault.New(fault.Unavailable, "cmd.no_folder", "The folder {folder} cannot be made.").With("folder", p.Data).Because(err)
	}
	s, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if moved, err := s.Moved(ctx); err != nil || moved {
		if moved {
			err = fault.New(fault.Refused, "cmd.moved", "This house has been copied to PostgreSQL and goes on there. Name that database with --database.")
		}
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (p place) open(ctx context.Context) (*store.Store, error) {
	if p.Database != "" {
		return store.OpenPostgres(ctx, p.Database)
	}
	return store.OpenSQLite(ctx, p.file())
}

// existing opens a house that is there; looking for one never makes one.
func (p place) existing(ctx context.Context) (*store.Store, error) {
	if p.Database == "" {
		if _, err := os.Stat(p.file()); errors.Is(err, fs.ErrNotExist) {
			return nil, fault.New(fault.NotFound, "cmd.no_house", "There is no house in {folder}. Name its folder with --data.").With("folder", p.Data)
		}
		return p.open(ctx)
	}
	s, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	schema, err := s.Schema(ctx)
	if err == nil && schema.Version == 0 {
		err = fault.New(fault.NotFound, "cmd.no_house", "There is no house in this database. Make one with fondaco migrate up, or by serving it.")
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

const originSetting = "log_origin"

// origin is the name of the evidence log, chosen once for ever.
func origin(ctx context.Context, s assurance.Schedule, wanted string) (string, error) {
	kept, err := s.Setting(ctx, originSetting)
	if err != nil || kept != "" {
		return kept, err
	}
	if err := evidence.CheckOrigin(wanted); err != nil {
		return "", err
	}
	return wanted, s.SetSetting(ctx, originSetting, wanted)
}

const (
	modeSetting = "mode"
	sandboxMode = "sandbox"
)

// keepMode remembers whether the house is a simulation. One that was, or was not,
// stays so for ever: money that is simulated must never stand beside money that is not.
func keepMode(ctx context.Context, s assurance.Schedule, sandbox bool) error {
	mode := map[bool]string{true: sandboxMode, false: "real"}[sandbox]
	kept, err := s.Setting(ctx, modeSetting)
	switch {
	case err != nil:
		return err
	case kept == "":
		return s.SetSetting(ctx, modeSetting, mode)
	case kept != mode:
		return fault.New(fault.Refused, "cmd.other_mode", "This house is a {mode} house and stays one. Use another folder, or the flag --sandbox as before.").With("mode", kept)
	}
	return nil
}

// archive is the stored log as the notary reads it.
type archive struct{ *store.Store }

// Payloads reads salts and payloads of from <= sequence < to.
func (a archive) Payloads(ctx context.Context, from, to int64) ([]notary.Payload, error) {
	records, err := a.Range(ctx, from, to)
	if err != nil {
		return nil, err
	}
	out := make([]notary.Payload, len(records))
	for i, r := range records {
		out[i] = notary.Payload{Sequence: r.Sequence, Salt: r.Salt, Bytes: r.Payload}
	}
	return out, nil
}

// signed opens the checkpoints that the house has kept, with its own public key.
func signed(ctx context.Context, s *store.Store, vkey string) ([]evidence.Checkpoint, error) {
	notes, err := s.Checkpoints(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]evidence.Checkpoint, 0, len(notes))
	for _, n := range notes {
		c, err := notary.Open(n, vkey)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
