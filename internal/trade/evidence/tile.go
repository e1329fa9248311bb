package evidence

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"fondaco/internal/fault"
)

const (
	// TileWidth is how many hashes or entries a full tile holds.
	TileWidth = 1 << tileHeight
	// EntriesLevel is the Level of a tile that holds entries instead of hashes.
	EntriesLevel = -1

	tileHeight   = 8
	maxTileLevel = 63
)

// Tile names one file of the published log (C2SP tlog-tiles): Width hashes of
// tree level 8*Level, from number Index*256 on, or that many entries.
type Tile struct {
	// Level is 0 for leaf hashes, one more for every 8 levels of the tree, or EntriesLevel.
	Level int
	// Index counts the tiles of a level from zero.
	Index int64
	// Width is 1 to 256; below 256 the tile is partial.
	Width int
}

// IsEntries reports whether the tile holds entries.
func (t Tile) IsEntries() bool { return t.Level == EntriesLevel }

// IsFull reports whether the tile is complete and so can never change.
func (t Tile) IsFull() bool { return t.Width == TileWidth }

// First returns the number of the first hash or entry of the tile within its level.
func (t Tile) First() int64 { return t.Index * TileWidth }

// Within reports whether a log of size entries has everything the tile names.
func (t Tile) Within(size int64) bool {
	shift := tileHeight * max(t.Level, 0)
	if t.check() != nil || size < 0 || shift >= 63 {
		return false
	}
	return t.First()+int64(t.Width) <= size>>shift
}

// Path returns the path of the tile, without a leading slash, such as
// "tile/0/x001/x234/067", "tile/1/000.p/7" or "tile/entries/005".
func (t Tile) Path() string {
	level := "entries"
	if !t.IsEntries() {
		level = strconv.Itoa(t.Level)
	}
	number := fmt.Sprintf("%03d", t.Index%1000)
	for n := t.Index / 1000; n > 0; n /= 1000 {
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	if t.IsFull() {
		return "tile/" + level + "/" + number
	}
	return "tile/" + level + "/" + number + ".p/" + strconv.Itoa(t.Width)
}

// ParseTilePath is the exact inverse of Path: it refuses, with
// evidence.bad_tile_path, everything that Path does not write.
func ParseTilePath(path string) (Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	level, rest, cut := strings.Cut(rest, "/")
	if !ok || !cut {
		return Tile{}, badTilePath()
	}
	t := Tile{Level: EntriesLevel, Width: TileWidth}
	var err error
	if level != "entries" {
		if t.Level, err = strconv.Atoi(level); err != nil || t.Level < 0 {
			return Tile{}, badTilePath()
		}
	}
	if number, width, partial := strings.Cut(rest, ".p/"); partial {
		rest = number
		if t.Width, err = strconv.Atoi(width); err != nil {
			return Tile{}, badTilePath()
		}
	}
	for part := range strings.SplitSeq(rest, "/") {
		n, err := strconv.Atoi(strings.TrimPrefix(part, "x"))
		if err != nil || n < 0 || t.Index > (math.MaxInt64/TileWidth-999)/1000 {
			return Tile{}, badTilePath()
		}
		t.Index = t.Index*1000 + int64(n)%1000
	}
	if t.check() != nil || t.Path() != path {
		return Tile{}, badTilePath()
	}
	return t, nil
}

func (t Tile) check() error {
	if t.Level < EntriesLevel || t.Level > maxTileLevel || t.Width < 1 || t.Width > TileWidth ||
		t.Index < 0 || t.Index > math.MaxInt64/TileWidth-1 {
		return badTilePath()
	}
	return nil
}

func badTilePath() error {
	return fault.New(fault.NotFound, "evidence.bad_tile_path", "No tile has this name.")
}

// Tiles lists the tiles that together hold everything of a log of size entries:
// full ones and the partial one at the end, for the entries and every level, from
// the entries up. It fails with evidence.out_of_range for a negative size.
func Tiles(size int64) ([]Tile, error) {
	if size < 0 || size > maxSize {
		return nil, badSize(size)
	}
	var tiles []Tile
	for level := EntriesLevel; ; level++ {
		nodes := size >> (tileHeight * max(level, 0))
		if nodes == 0 {
			return tiles, nil
		}
		for first := int64(0); first < nodes; first += TileWidth {
			tiles = append(tiles, Tile{Level: level, Index: first / TileWidth, Width: int(min(TileWidth, nodes-first))})
		}
	}
}

// TileHashes reads the hashes of a tile, in order. The caller makes sure the tile
// is Within the log. It fails with evidence.bad_tile_path for a tile of entries or
// an impossible one, with evidence.hash_missing, or with the reader's error.
func TileHashes(t Tile, read HashReader) ([]Hash, error) {
	if t.IsEntries() || !t.Within(maxSize) {
		return nil, badTilePath()
	}
	indexes := make([]int64, t.Width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(tileHeight*t.Level, t.First()+int64(i))
	}
	return readAll(indexes, read)
}

// Bundle encodes entries as the content of an entries tile: each preceded by its
// length in bytes as a big-endian 16-bit number. It fails with evidence.bad_entry
// if an entry does not pass Check.
func Bundle(entries []Entry) ([]byte, error) {
	var b []byte
	for _, e := range entries {
		if err := e.Check(); err != nil {
			return nil, err
		}
		encoded := e.Bytes()
		b = binary.BigEndian.AppendUint16(b, uint16(len(encoded))) //nolint:gosec // Check keeps an entry within 16 bits
		b = append(b, encoded...)
	}
	return b, nil
}

// ParseBundle is the exact inverse of Bundle for up to 256 entries; it refuses
// anything else with evidence.bad_entry.
func ParseBundle(data []byte) ([]Entry, error) {
	var entries []Entry
	for len(data) > 0 {
		if len(data) < 2 || len(entries) == TileWidth {
			return nil, badEntry("its bundle is cut short or too long")
		}
		length := int(binary.BigEndian.Uint16(data))
		data = data[2:]
		if len(data) < length {
			return nil, badEntry("its bundle is cut short")
		}
		e, err := ParseEntry(data[:length])
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		data = data[length:]
	}
	return entries, nil
}
