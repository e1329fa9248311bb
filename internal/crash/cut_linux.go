package crash

import (
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"fondaco/internal/fault"
)

// The request that shuts a file system down, and the flag by which nothing that
// still waits in memory, the journal included, reaches the disk (Linux, ext4.h).
const (
	goingDown  = 0x8004587d // FS_IOC_SHUTDOWN, _IOR('X', 125, __u32)
	noLogFlush = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH
)

// cut takes the power from the file system: what was not forced to it is gone.
func (d *disk) cut() error {
	f, err := os.Open(d.folder)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	flags := uint32(noLogFlush)
	if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), goingDown, uintptr(unsafe.Pointer(&flags))); no != 0 { //nolint:gosec // a pointer is what the request takes
		return fault.New(fault.Unavailable, "crash.no_cut", "The file system cannot be shut down.").Because(no)
	}
	return nil
}

// runAs lets another user run the program.
func runAs(cmd *exec.Cmd, who owner) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(who.uid), Gid: uint32(who.gid)}} //nolint:gosec // ids fit
}
