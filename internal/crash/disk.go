package crash

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"fondaco/internal/fault"
)

// disk is a file system of the run's own, on a folder of the run's own: an ext4
// image in a sparse file, or memory of a fixed size.
type disk struct {
	image   string // the file of an ext4 file system; empty for memory
	folder  string // where it is mounted
	mounted bool
}

const (
	imageMiB   = 256
	unmountMax = 10 * time.Second
)

// newImage makes an ext4 file system in a sparse file under dir, and mounts it.
func newImage(ctx context.Context, dir, name string) (*disk, error) {
	d := &disk{image: filepath.Join(dir, name+".img"), folder: filepath.Join(dir, name)}
	f, err := os.OpenFile(d.image, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		err = errors.Join(f.Truncate(imageMiB<<20), f.Close())
	}
	if err == nil {
		err = os.Mkdir(d.folder, 0o711) //nolint:gosec // the database server is another user
	}
	if err == nil {
		err = command(ctx, "mkfs.ext4", "-q", "-F", d.image)
	}
	if err == nil {
		err = d.mount(ctx)
	}
	if err != nil {
		d.remove(ctx)
		return nil, err
	}
	return d, nil
}

// newMemory mounts memory of a fixed size.
func newMemory(ctx context.Context, dir, name string, size int) (*disk, error) {
	d := &disk{folder: filepath.Join(dir, name)}
	if err := os.Mkdir(d.folder, 0o711); err != nil { //nolint:gosec // the database server is another user
		return nil, err
	}
	if err := command(ctx, "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm,mode=0711", size), "fondaco-crash", d.folder); err != nil {
		return nil, errors.Join(err, os.Remove(d.folder))
	}
	d.mounted = true
	return d, nil
}

func (d *disk) mount(ctx context.Context) error {
	if err := command(ctx, "mount", "-o", "loop", d.image, d.folder); err != nil {
		return err
	}
	d.mounted = true
	return os.Chmod(d.folder, 0o711) //nolint:gosec // the database server is another user
}

// resize gives memory another size, in MiB, while it is in use.
func (d *disk) resize(ctx context.Context, size int) error {
	return command(ctx, "mount", "-o", fmt.Sprintf("remount,size=%dm", size), d.folder)
}

// unmount waits for the last user of the file system to go. The loop device is
// given back with it.
func (d *disk) unmount(ctx context.Context) error {
	if !d.mounted {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	var err error
	for began := time.Now(); time.Since(began) < unmountMax; time.Sleep(50 * time.Millisecond) {
		if err = command(ctx, "umount", d.folder); err == nil {
			d.mounted = false
			return nil
		}
	}
	return err
}

// remove leaves nothing behind, as far as that is possible.
func (d *disk) remove(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	if err := d.unmount(ctx); err != nil {
		_ = command(ctx, "umount", "-l", d.folder)
	}
	_ = os.Remove(d.folder) // never what is below it: it may still be mounted
	if d.image != "" {
		_ = os.Remove(d.image)
	}
}

// fill writes a file until the disk has no room left.
func (d *disk) fill() (ballast string, err error) {
	ballast = filepath.Join(d.folder, "ballast")
	f, err := os.OpenFile(ballast, os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // a file of the run's own
	if err != nil {
		return ballast, err
	}
	defer func() { _ = f.Close() }()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2 // down to the last byte
		}
	}
	return ballast, nil
}

// command runs a program of the system.
func command(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // programs that this package names
	if err == nil {
		return nil
	}
	return fault.New(fault.Unavailable, "crash.system", "{program} has failed: {said}").
		With("program", name).With("said", strings.TrimSpace(string(out))).Because(err)
}

// absent says which of the programs this machine does not have, or "".
func absent(names ...string) string {
	for _, n := range names {
		if _, err := exec.LookPath(n); err != nil {
			return n + " is not installed"
		}
	}
	return ""
}
