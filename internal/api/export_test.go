package api

import "reflect"

// Strictly is the reader of bodies, for its fuzz test.
func Strictly(doc []byte, t reflect.Type) error {
	if err := strictly(doc, shapeOf(t)); err != nil {
		return err
	}
	return nil
}
