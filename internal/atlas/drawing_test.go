package atlas_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"fondaco/internal/atlas"
)

var update = flag.Bool("update", false, "write the drawings in docs/graph again")

func TestDrawingsInTheDocsAreTheProgram(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the short walk is made once")
	}
	deals, claims, err := atlas.Graph()
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(io.Writer) error{
		"deal.mmd": deals.WriteMermaid, "deal.dot": deals.WriteDOT, "claim.mmd": claims.WriteMermaid, "claim.dot": claims.WriteDOT,
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("..", "..", "docs", "graph", name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s is not what the program does; run go test ./internal/atlas -run Drawings -update", name)
		}
	}
}
