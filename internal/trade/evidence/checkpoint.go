package evidence

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/fault"
)

// Checkpoint is what the house states about its log at one moment: under this
// name, at this size, the root is this (C2SP tlog-checkpoint).
type Checkpoint struct {
	// Origin names the log: a schema-less URL such as "fondaco.example/log".
	Origin string
	// Size is how many entries the log has.
	Size int64
	// Root is the tree hash of those entries.
	Root Hash
}

// Text returns the body to be signed: origin, size and base64 root, one per line.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" +
		base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// CheckOrigin refuses, with evidence.bad_checkpoint, an origin that is empty or
// not fit to name a key: it must be plain text without spaces and without plus.
func CheckOrigin(origin string) error {
	unfit := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' }
	if origin == "" || len(origin) > maxName || !utf8.ValidString(origin) || strings.ContainsFunc(origin, unfit) {
		return badCheckpoint("its origin must be plain text without spaces and plus signs")
	}
	return nil
}

// ParseCheckpoint is the exact inverse of Text. It refuses everything else,
// extension lines included, with evidence.bad_checkpoint.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, badCheckpoint("it must have three lines")
	}
	if err := CheckOrigin(lines[0]); err != nil {
		return Checkpoint{}, err
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > maxSize {
		return Checkpoint{}, badCheckpoint("its size is not a count of entries")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != HashSize {
		return Checkpoint{}, badCheckpoint("its root is not the base64 of 32 bytes")
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}
	if c.Text() != text {
		return Checkpoint{}, badCheckpoint("it is not spelt the one way a checkpoint is spelt")
	}
	return c, nil
}

func badCheckpoint(why string) error {
	return fault.New(fault.Invalid, "evidence.bad_checkpoint", "This is not a checkpoint: {why}.").With("why", why)
}
