package password

import (
	"math"
	"strings"
	"unicode"
)

const (
	walkMin = 4   // keys; three neighbours happen in many words
	keys    = 47  // where a walk can begin
	degree  = 4.6 // neighbours of a key, on average
)

// step is the way from one key to the next, in rows and places.
type step struct{ down, right int }

// keyOf returns where a character is on a keyboard of the US layout, and whether
// it takes the shift key.
func keyOf(r rune) (at step, shifted, known bool) {
	if r > unicode.MaxASCII {
		return step{}, false, false
	}
	plain := [...]string{"`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./"}
	shift := [...]string{"~!@#$%^&*()_+", "QWERTYUIOP{}|", `ASDFGHJKL:"`, "ZXCVBNM<>?"}
	for row := range plain {
		indent := min(row, 1) // the first row begins one key further left
		if i := strings.IndexRune(plain[row], r); i >= 0 {
			return step{row, i + indent}, false, true
		}
		if i := strings.IndexRune(shift[row], r); i >= 0 {
			return step{row, i + indent}, true, true
		}
	}
	return step{}, false, false
}

// stepTo is the way between two neighbouring keys. Rows lean: below a key lie the
// one of the same place and the one before it.
func stepTo(from, to step) (step, bool) {
	way := step{to.down - from.down, to.right - from.right}
	switch way {
	case step{0, 1}, step{0, -1}, step{1, 0}, step{1, -1}, step{-1, 0}, step{-1, 1}:
		return way, true
	}
	return way, false
}

// walks finds neighbours on a keyboard, each walk as long as it goes.
func (t text) walks() []part {
	var found []part
	for from := 0; from < len(t.runes); {
		length, bits := walk(t.runes[from:])
		if length >= walkMin {
			found = append(found, part{from, from + length, bits, Keyboard})
		}
		// The last key of a walk may begin the next one.
		from += max(1, length-1)
	}
	return found
}

// walk measures the walk that s begins with: its length in keys, and the bits to
// guess its start, its length, its turns and its shifts.
func walk(s []rune) (length int, bits float64) {
	at, shifted, known := keyOf(s[0])
	if !known {
		return 1, 0
	}
	turns, shifts := 0, 0
	if shifted {
		shifts++
	}
	var last step
	for length = 1; length < len(s); length++ {
		next, shifted, known := keyOf(s[length])
		way, near := stepTo(at, next)
		if !known || !near {
			break
		}
		if way != last {
			turns++
		}
		if shifted {
			shifts++
		}
		at, last = next, way
	}
	bits = math.Log2(keys) + math.Log2(float64(length)) + float64(turns)*math.Log2(degree) + choose(length-1, max(0, turns-1))
	return length, bits + choose(length, min(shifts, length-shifts))
}
