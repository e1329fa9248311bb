package main

import (
	"encoding/hex"
	"io"
	"os"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/password"
)

type passwordsCommand struct {
	Build passwordsBuild `cmd:"" help:"Compile a list of passwords, one in a line, into a file that a house reads."`
	Show  passwordsShow  `cmd:"" help:"Say what the built-in list, or one of yours, holds and how old it is."`
}

type passwordsBuild struct {
	In    string    `required:"" help:"The list: one password in a line, UTF-8." type:"existingfile"`
	Out   string    `required:"" help:"The file to write." type:"path"`
	Name  string    `help:"Name and version of the list, at most 64 bytes." default:"own list"`
	Dated time.Time `help:"Day of the list, such as 2026-03-31." format:"2006-01-02" required:""`
}

// Run compiles the list; an existing file is replaced only by a whole one.
func (c *passwordsBuild) Run(con *console) error {
	in, err := os.Open(c.In)
	if err != nil {
		return fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", c.In).Because(err)
	}
	defer func() { _ = in.Close() }()
	list, err := password.Compile(in, password.Origin{Version: c.Name, Dated: c.Dated})
	if err != nil {
		return err
	}
	if err := writeWhole(c.Out, list); err != nil {
		return fault.New(fault.Unavailable, "cmd.unwritable", "{file} cannot be written.").With("file", c.Out).Because(err)
	}
	tellList(con.out, list)
	return nil
}

func writeWhole(name string, list io.WriterTo) error {
	part := name + ".part"
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644) //nolint:gosec // a list of passwords that nobody may use is no secret
	if err != nil {
		return err
	}
	_, err = list.WriteTo(out)
	if err == nil {
		err = out.Sync()
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		_ = os.Remove(part)
	}
	return err
}

type passwordsShow struct {
	File string `arg:"" optional:"" help:"A file that passwords build has written; by default the list in this program." type:"existingfile"`
}

// Run reads the list and checks that its bytes are whole.
func (c *passwordsShow) Run(con *console) error {
	list := password.BuiltIn()
	if c.File != "" {
		in, err := os.Open(c.File)
		if err != nil {
			return fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", c.File).Because(err)
		}
		defer func() { _ = in.Close() }()
		if list, err = password.ReadBlocklist(in); err != nil {
			return err
		}
	}
	tellList(con.out, list)
	return nil
}

func tellList(w io.Writer, list password.Blocklist) {
	source := list.Source()
	say(w, "%s, dated %s: %d passwords", list.Version(), list.Dated().Format(time.DateOnly), list.Count())
	say(w, "source sha256 %s", hex.EncodeToString(source[:]))
}
