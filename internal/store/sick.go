package store

import (
	sqlite3 "modernc.org/sqlite/lib"

	"fondaco/internal/fault"
)

// sickCode is the code of a disk that has failed while it was read or written.
const sickCode = "store.sick"

// sick says that the disk has failed. What the kernel still holds in memory may
// never reach the disk, and a later success of forcing it proves nothing: the
// failure is told once, and then forgotten. So nothing more is written by this
// process, and the next one starts from what is on the disk.
func sick(err error) error {
	return fault.New(fault.Unavailable, sickCode, "The disk under the database has failed. Nothing more is written until the house is started again.").Because(err)
}

// sickDisk tells errors of the disk from a full disk, a lock or a lack of memory,
// which pass. A file that reads as something else than a database is one of them.
func sickDisk(code int) bool {
	switch code & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	switch code {
	case sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE,
		sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_DATA, sqlite3.SQLITE_IOERR_CORRUPTFS:
		return true
	}
	return false
}

// failed reads the driver's error, and remembers it if nothing may be written after it.
func (w *sqliteWriter) failed(err error) error {
	err = w.classify(err)
	if fault.CodeOf(err) == sickCode {
		w.sick = err
	}
	return err
}

// full says that the disk has no room. Work goes on once it has.
func full(err error) error {
	return fault.New(fault.Unavailable, "store.full", "The disk under the database is full. Nothing was written; try again once there is room.").Because(err)
}
