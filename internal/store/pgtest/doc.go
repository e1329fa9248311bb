// Package pgtest lends PostgreSQL databases to tests.
//
// The first test of a program that asks for one starts a server of its own, in a
// folder of its own, reached by a socket in that folder; the others share it. Each
// test gets a database for itself, copied from one that is migrated, and dropped
// when the test ends. The server and its folder go when the program ends, however
// it ends: they are guarded by a process that waits for the end of a pipe.
//
// Where no server is installed tests are skipped and say so; with CI=true they fail
// instead. FONDACO_POSTGRES, the URL of a database of a superuser, has that server
// used and none started.
package pgtest
