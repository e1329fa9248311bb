package evidence_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

func TestCheckpointTextIsThreeLines(t *testing.T) {
	t.Parallel()
	c := evidence.Checkpoint{Origin: "fondaco.example/log", Size: 20852163, Root: evidence.HashOf([]byte("x"))}
	want := "fondaco.example/log\n20852163\nLXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=\n"
	if c.Text() != want {
		t.Errorf("got\n%s\nwant\n%s", c.Text(), want)
	}
	if got, err := evidence.ParseCheckpoint(want); err != nil || got != c {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestParseCheckpointRefuses(t *testing.T) {
	t.Parallel()
	good := "fondaco.example/log\n7\nLXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=\n"
	for name, bad := range map[string]string{
		"nothing":              "",
		"no last newline":      strings.TrimSuffix(good, "\n"),
		"an extension line":    good + "extension\n",
		"a blank line":         good + "\n",
		"no origin":            strings.TrimPrefix(good, "fondaco.example/log"),
		"a space in origin":    strings.Replace(good, "example", "exam ple", 1),
		"a plus in origin":     strings.Replace(good, "example", "exam+ple", 1),
		"a leading zero":       strings.Replace(good, "\n7", "\n07", 1),
		"a plus sign":          strings.Replace(good, "\n7", "\n+7", 1),
		"a negative size":      strings.Replace(good, "\n7", "\n-7", 1),
		"a size beyond reason": strings.Replace(good, "\n7", "\n9223372036854775807", 1),
		"a short root":         strings.Replace(good, "LXEW", "", 1),
		"loose base64 bits":    strings.Replace(good, "SIE=", "SIF=", 1),
		"url base64":           strings.Replace(good, "+6wy", "-6wy", 1),
		"a carriage return":    strings.Replace(good, "\n7", "\r\n7", 1),
	} {
		if got, err := evidence.ParseCheckpoint(bad); fault.CodeOf(err) != "evidence.bad_checkpoint" {
			t.Errorf("%s: got %+v and %v", name, got, err)
		}
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add(evidence.Checkpoint{Origin: "a", Size: 1, Root: evidence.HashOf(nil)}.Text())
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := evidence.ParseCheckpoint(text); err == nil && c.Text() != text {
			t.Fatalf("%q came back as %q", text, c.Text())
		}
	})
}

func TestTilePathsAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]evidence.Tile{
		"tile/0/000":                  {Level: 0, Index: 0, Width: 256},
		"tile/0/x001/x234/067":        {Level: 0, Index: 1234067, Width: 256},
		"tile/0/x001/000":             {Level: 0, Index: 1000, Width: 256},
		"tile/1/273.p/98":             {Level: 1, Index: 273, Width: 98},
		"tile/63/999":                 {Level: 63, Index: 999, Width: 256},
		"tile/entries/x001/234.p/1":   {Level: evidence.EntriesLevel, Index: 1234, Width: 1},
		"tile/entries/005":            {Level: evidence.EntriesLevel, Index: 5, Width: 256},
		"tile/2/x999/x000/x000/255":   {Level: 2, Index: 999000000255, Width: 256},
		"tile/entries/x010/000.p/255": {Level: evidence.EntriesLevel, Index: 10000, Width: 255},
	} {
		got, err := evidence.ParseTilePath(path)
		if err != nil || got != want || want.Path() != path {
			t.Errorf("%s is %+v, %v; %+v is %s", path, got, err, want, want.Path())
		}
	}
}

func TestParseTilePathRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/+1/000",
		"tile/a/000", "tile/Entries/000", "tile/0/00", "tile/0/0000", "tile/0/x000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/xx01/001",
		"tile/0/x01/001", "tile/0/+01", "tile/0/-01", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
		"tile/0/000.p/257", "tile/0/000.p/-1", "tile/0/000.p/1/2", "tile/0/000.p/1.p/1", "tile/0/x001.p/1/001", "tile/8/0/000", "tile/0/１23",
		"tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/" + strings.Repeat("x999/", 1000) + "000", "tile/0/..", "tile/0/000?x", "tile/entries",
	} {
		if got, err := evidence.ParseTilePath(bad); fault.CodeOf(err) != "evidence.bad_tile_path" || fault.KindOf(err) != fault.NotFound {
			t.Errorf("%q gives %+v and %v", bad, got, err)
		}
	}
}

func TestTileIsWithinALogThatHasAllOfIt(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		tile evidence.Tile
		size int64
		want bool
	}{
		{evidence.Tile{Level: 0, Index: 0, Width: 1}, 0, false},
		{evidence.Tile{Level: 0, Index: 0, Width: 1}, 1, true},
		{evidence.Tile{Level: 0, Index: 0, Width: 256}, 255, false},
		{evidence.Tile{Level: 0, Index: 0, Width: 256}, 256, true},
		{evidence.Tile{Level: evidence.EntriesLevel, Index: 1, Width: 44}, 300, true},
		{evidence.Tile{Level: evidence.EntriesLevel, Index: 1, Width: 45}, 300, false},
		{evidence.Tile{Level: 1, Index: 0, Width: 1}, 255, false},
		{evidence.Tile{Level: 1, Index: 0, Width: 1}, 256, true},
		{evidence.Tile{Level: 7, Index: 0, Width: 1}, 1 << 56, true},
		{evidence.Tile{Level: 8, Index: 0, Width: 1}, 1 << 61, false},
		{evidence.Tile{Level: 63, Index: 0, Width: 1}, 1 << 61, false},
		{evidence.Tile{Level: 0, Index: 1 << 62, Width: 1}, 1 << 61, false},
		{evidence.Tile{Level: 0, Index: 0, Width: 0}, 9, false},
		{evidence.Tile{Level: 0, Index: 0, Width: 1}, -1, false},
		{evidence.Tile{Level: -2, Index: 0, Width: 1}, 9, false},
	} {
		if got := row.tile.Within(row.size); got != row.want {
			t.Errorf("%+v within %d: %v", row.tile, row.size, got)
		}
	}
}

func TestTileHashesRefusesTilesThatHoldNone(t *testing.T) {
	t.Parallel()
	hashes, _ := setup(t, 3)
	for _, tile := range []evidence.Tile{{Level: evidence.EntriesLevel, Width: 1}, {Level: 8, Width: 1}, {Width: 0}, {Index: 1 << 60, Width: 1}} {
		if _, err := evidence.TileHashes(tile, hashes.read); fault.CodeOf(err) != "evidence.bad_tile_path" {
			t.Errorf("%+v gives %v", tile, err)
		}
	}
}

func TestEveryTileOfALogIsWithinItAndNoLargerOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(0, 200_000).Draw(t, "size")
		tiles, err := evidence.Tiles(size)
		if err != nil {
			t.Fatal(err)
		}
		entries := int64(0)
		for _, tile := range tiles {
			if !tile.Within(size) {
				t.Fatalf("%s is not within %d", tile.Path(), size)
			}
			if !tile.IsFull() {
				tile.Width++
				if tile.Within(size) {
					t.Fatalf("%s is within %d", tile.Path(), size)
				}
				tile.Width--
			}
			if tile.IsEntries() {
				entries += int64(tile.Width)
			}
			if back, err := evidence.ParseTilePath(tile.Path()); err != nil || back != tile {
				t.Fatalf("%+v came back as %+v, %v", tile, back, err)
			}
		}
		if entries != size {
			t.Fatalf("the tiles hold %d entries of %d", entries, size)
		}
	})
}

func TestBundleComesBack(t *testing.T) {
	t.Parallel()
	entries := make([]evidence.Entry, evidence.TileWidth)
	for i := range entries {
		entries[i] = setupEntry()
		entries[i].Sequence = int64(i)
		entries[i].Stream = strings.Repeat("s", i+1)
	}
	data, err := evidence.Bundle(entries)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := evidence.ParseBundle(data); err != nil || !slices.Equal(got, entries) {
		t.Errorf("the bundle changed: %v", err)
	}
	for name, bad := range map[string][]byte{
		"cut":            data[:len(data)-1],
		"a byte at end":  append(slices.Clone(data), 0),
		"too many":       append(slices.Clone(data), data[:2+int(data[0])<<8+int(data[1])]...),
		"an empty entry": {0, 0},
	} {
		if _, err := evidence.ParseBundle(bad); fault.CodeOf(err) != "evidence.bad_entry" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := evidence.Bundle([]evidence.Entry{{}}); fault.CodeOf(err) != "evidence.bad_entry" {
		t.Errorf("an unfit entry: %v", err)
	}
}

func FuzzParseTilePath(f *testing.F) {
	for _, seed := range []string{"tile/0/x001/x234/067", "tile/entries/000.p/1", "tile/63/999", "tile/0/x000/001"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		tile, err := evidence.ParseTilePath(path)
		if err != nil {
			return
		}
		if tile.Path() != path {
			t.Fatalf("%q came back as %q", path, tile.Path())
		}
		if tile.Within(0) {
			t.Fatalf("%q is within an empty log", path)
		}
	})
}

func FuzzParseBundle(f *testing.F) {
	data, err := evidence.Bundle([]evidence.Entry{setupEntry(), setupEntry()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := evidence.ParseBundle(data)
		if err != nil {
			return
		}
		if again, err := evidence.Bundle(entries); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%q came back as %q, %v", data, again, err)
		}
	})
}
