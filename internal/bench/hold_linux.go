package bench

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"fondaco/internal/fault"
)

// holdPart is how much of a file is read and held at one time.
const holdPart = 8 << 20

// Hold keeps the whole file of the house in memory until release, as a machine does that
// keeps the files it reads: a virtual one may give its memory back within seconds. No
// store of the house may be open in this process, which would lose its locks on the file.
//
// The file is read as random reads leave it, in the kernel's smallest pages. Locked
// as it is, it would be read in pages of 2 MiB, and then writing 4 KiB takes ten times as long.
//
// It fails with bench.cannot_hold, Unavailable, if so much may not be locked.
func (d *SQLite) Hold(tell func(done, total int64)) (release func() error, err error) {
	file, err := os.Open(d.file())
	if err != nil {
		return nil, notHeld(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, notHeld(err)
	}
	fd := int(file.Fd())
	held, err := unix.Mmap(fd, 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, notHeld(err)
	}
	release = func() error { return unix.Munmap(held) }
	err = errors.Join(unix.Madvise(held, unix.MADV_RANDOM), unix.Fadvise(fd, 0, 0, unix.FADV_RANDOM))
	part := make([]byte, holdPart)
	for from := 0; from < len(held) && err == nil; from += holdPart {
		to := min(from+holdPart, len(held))
		if _, err = file.ReadAt(part[:to-from], int64(from)); err == nil {
			err = unix.Mlock(held[from:to])
		}
		tell(int64(to), int64(len(held)))
	}
	if err != nil {
		return nil, notHeld(errors.Join(err, release()))
	}
	return release, nil
}

func notHeld(err error) error {
	return fault.New(fault.Unavailable, "bench.cannot_hold", "The file of the house cannot be held in memory here: that takes as much memory as it is long, and the right to lock it.").
		At("hold").Because(err)
}
