package store

import (
	"context"

	"fondaco/internal/fault"
)

// LoseWhatIsAcknowledged takes the durability away from a store on SQLite, for
// as long as it is open: commits are answered before they are on the disk, and a
// power cut loses them. It is there for one purpose, to prove that the test of
// power cuts finds such a loss. No flag, address or setting of a house leads here.
func (s *Store) LoseWhatIsAcknowledged(ctx context.Context) error {
	w, is := s.writer.(*sqliteWriter)
	if !is {
		return fault.New(fault.Internal, "store.broken", "Only a store on SQLite can be told to forget.")
	}
	if err := w.take(ctx); err != nil {
		return err
	}
	defer w.release()
	err := w.connect()
	if err == nil {
		t := &sqliteTx{w: w}
		if _, err = t.exec("PRAGMA synchronous(off)"); err == nil {
			err = t.read("PRAGMA synchronous", nil, mustBe{"synchronous", int64(0)}.check)
		}
	}
	return s.dialect.classify(err)
}
