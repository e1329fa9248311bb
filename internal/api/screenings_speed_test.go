package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fondaco/internal/trade/screening"
	"fondaco/internal/watchlist"
)

// namesOf are listed names, one of each fiftieth entry, and as many that mix the
// first word of one with the last of the next: most of these are nobody's.
func namesOf(lists []screening.List) (names []string) {
	for _, l := range lists {
		for i := 0; i+50 < len(l.Entries); i += 50 {
			a, b := strings.Fields(l.Entries[i].Names[0].Text), strings.Fields(l.Entries[i+50].Names[0].Text)
			names = append(names, strings.Join(a, " "))
			if len(a) > 0 && len(b) > 0 {
				names = append(names, a[0]+" "+b[len(b)-1])
			}
		}
	}
	return names
}

// BenchmarkScreening measures searches on the published lists through the handler:
// one for each request, and a thousand for each.
func BenchmarkScreening(b *testing.B) {
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		b.Skip("FONDACO_DATA names no folder of reference data")
	}
	folder := filepath.Join(root, "lists")
	lists, _, err := watchlist.ReadDir(folder)
	must(b, err)
	shelf, err := watchlist.NewShelf(watchlist.ShelfOptions{Reader: watchlist.NewReader(watchlist.Options{Now: time.Now}), Folder: folder})
	must(b, err)
	w := opening{shelf: shelf}.open(b)
	names := namesOf(lists)
	send := func(b *testing.B, path string, doc []byte) {
		b.Helper()
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(doc))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+w.tokens["auditor"])
		rec := httptest.NewRecorder()
		w.api.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			b.Fatalf("%d %.300s", rec.Code, rec.Body)
		}
		b.SetBytes(int64(rec.Body.Len()))
	}
	measure := func(b *testing.B, queries int, once func(i int)) {
		b.Helper()
		before := cpu(b)
		b.ResetTimer()
		for i := range b.N {
			once(i)
		}
		spent := (cpu(b) - before).Seconds()
		b.ReportMetric(float64(b.N*queries)/spent, "searches/cpu-s")
	}
	b.Run("alone", func(b *testing.B) {
		measure(b, 1, func(i int) {
			doc, err := json.Marshal(map[string]any{"name": names[i%len(names)]})
			must(b, err)
			send(b, "/v1/screenings", doc)
		})
	})
	b.Run("thousand", func(b *testing.B) {
		queries := make([]any, 1000)
		for i := range queries {
			queries[i] = map[string]any{"name": names[i%len(names)]}
		}
		doc, err := json.Marshal(map[string]any{"queries": queries})
		must(b, err)
		measure(b, 1000, func(int) { send(b, "/v1/screenings/batch", doc) })
	})
	b.Run("engine", func(b *testing.B) {
		index := screening.Build(lists)
		measure(b, 1, func(i int) { index.Search(screening.Query{Name: names[i%len(names)]}, 10) })
	})
}
