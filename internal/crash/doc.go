// Package crash breaks a house under load and checks what is left of it.
//
// A parent gives a database to a child process, which opens the house on it and
// runs whole deals from many goroutines. The child writes down each receipt after
// the house has answered, and never before. Something then happens to the child,
// to the disk under it or to the database server:
//
//	kill   the house, or the whole database server, is killed at a random moment
//	power  the file system under the database is shut down and loses whatever was not forced to it
//	full   the disk is full, and later it is not
//	sick   forcing the disk fails with an input/output error
//
// The parent opens the house again and asks the same questions each time:
//
//   - every acknowledged key has its receipt, word for word, and is answered from it when it is asked again;
//   - the facts of every receipt stand in the log, and no command stands there twice;
//   - the log is what its leaves say, every hash of it;
//   - every book and view is what the events make it, and every currency sums to zero;
//   - the database's own check of its pages finds nothing.
//
// A command that was under way when the house fell may have happened or not. It
// is asked again with its key, and must then stand in the log once.
//
// Teeth: the power cut is repeated on a database that was told not to force
// anything to its disk. That house must lose what it acknowledged. If it does
// not, the cut is no cut, and the part fails.
//
// The cut takes a moment, for the kernel goes on while the file system is shut
// down. A forced write that was under way then may be reported as done although
// its journal is gone; a machine without power would not have told anybody. So a
// receipt counts as acknowledged only if it was heard before the cut began. One
// that came later is a command in doubt.
//
// A kill shows that commits are whole, not that they are durable: whatever the
// kernel was given survives it. Only the power cut shows durability. What a disk
// does that lies about its cache is beyond both.
//
// The package mounts, shuts down and unmounts file systems that it has made
// itself, in temporary folders, and touches no other. It measures nothing:
// package bench does.
package crash
