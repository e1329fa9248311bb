package api

import (
	"reflect"
	"time"
)

// WaitForTurns sets how long reads wait for their turn.
func (g *Gate) WaitForTurns(most time.Duration) { g.reads.turnMax = most }

// Strictly is the reader of bodies, for its fuzz test.
func Strictly(doc []byte, t reflect.Type) error {
	if err := strictly(doc, shapeOf(t)); err != nil {
		return err
	}
	return nil
}
