package main

import (
	"io"

	"fondaco/internal/atlas"
)

type graphCommand struct {
	What   string `arg:"" optional:"" help:"What to draw: the phases of a deal, or the stages of a claim." enum:"deal,claim" default:"deal"`
	Format string `help:"Language of the drawing: mermaid or dot." enum:"mermaid,dot" default:"mermaid"`
}

// Run walks the real rules and prints what it saw.
func (c *graphCommand) Run(con *console) error {
	deals, claims, err := atlas.Graph()
	if err != nil {
		return err
	}
	drawing := deals
	if c.What == "claim" {
		drawing = claims
	}
	write := map[string]func(io.Writer) error{"mermaid": drawing.WriteMermaid, "dot": drawing.WriteDOT}[c.Format]
	return write(con.out)
}
