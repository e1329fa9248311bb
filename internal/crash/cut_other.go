//go:build !linux

package crash

import (
	"os/exec"

	"fondaco/internal/fault"
)

func (*disk) cut() error {
	return fault.New(fault.Unavailable, "crash.no_cut", "Only Linux can shut a file system down under its users.")
}

func runAs(*exec.Cmd, owner) {}
