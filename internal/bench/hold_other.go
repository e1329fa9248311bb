//go:build !linux

package bench

import "fondaco/internal/fault"

// Hold needs Linux. It fails with bench.cannot_hold, Unavailable.
func (d *SQLite) Hold(func(done, total int64)) (release func() error, err error) {
	return nil, fault.New(fault.Unavailable, "bench.cannot_hold", "Files are held in memory on Linux only.").At("hold")
}
