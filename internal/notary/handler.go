package notary

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

// keepFor says how long a stranger may keep an answer.
const (
	keepNothing = "no-store"
	keepAsking  = "no-cache"
	keepAnHour  = "public, max-age=3600"
	keepForever = "public, max-age=31536000, immutable"
)

// Handler serves the log as C2SP tlog-tiles:
//
//	GET /checkpoint                the newest signed checkpoint, never cached
//	GET /tile/<L>/<N>[.p/<W>]      hashes; full tiles are immutable
//	GET /tile/entries/<N>[.p/<W>]  entries; full tiles are immutable
//
// A tile the log does not have yet, and a path that names none, is 404. Only a
// log that cannot be read is 503.
func (n *Notary) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /checkpoint", func(w http.ResponseWriter, r *http.Request) {
		signed, err := n.Checkpoint(r.Context())
		n.answer(w, r, file{"text/plain; charset=utf-8", keepAsking, signed}, internal(err))
	})
	mux.HandleFunc("GET /tile/", func(w http.ResponseWriter, r *http.Request) {
		// The escaped path, so that one tile has one address and not also its escaped spellings.
		tile, err := evidence.ParseTilePath(strings.TrimPrefix(r.URL.EscapedPath(), "/"))
		var content []byte
		if err == nil {
			content, err = n.tile(r.Context(), tile)
		}
		keep := keepAnHour
		if tile.IsFull() {
			keep = keepForever
		}
		n.answer(w, r, file{"application/octet-stream", keep, content}, err)
	})
	return mux
}

// file is one answer.
type file struct {
	contentType string
	keep        string
	content     []byte
}

func (n *Notary) answer(w http.ResponseWriter, r *http.Request, f file, err error) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	switch {
	case err == nil:
		header.Set("Content-Type", f.contentType)
		header.Set("Cache-Control", f.keep)
		header.Set("Content-Length", strconv.Itoa(len(f.content)))
		_, _ = w.Write(f.content)
	case fault.KindOf(err) == fault.NotFound:
		header.Set("Cache-Control", keepNothing)
		http.Error(w, fault.Of(err).Error(), http.StatusNotFound)
	default:
		if !errors.Is(err, context.Canceled) {
			n.logger.ErrorContext(r.Context(), "the log cannot be published", slog.String("path", r.URL.Path), slog.String("error", fault.Of(err).Trace()))
		}
		header.Set("Cache-Control", keepNothing)
		http.Error(w, "The log cannot be read now.", http.StatusServiceUnavailable)
	}
}

func (n *Notary) tile(ctx context.Context, t evidence.Tile) ([]byte, error) {
	size, err := n.log.Size(ctx)
	if err != nil {
		return nil, internal(err)
	}
	if !t.Within(size) {
		return nil, fault.New(fault.NotFound, "notary.no_such_tile", "The log does not have this tile.")
	}
	if t.IsEntries() {
		return n.bundle(ctx, t)
	}
	hashes, err := evidence.TileHashes(t, n.read(ctx))
	if err != nil {
		return nil, internal(err)
	}
	content := make([]byte, 0, len(hashes)*evidence.HashSize)
	for _, h := range hashes {
		content = append(content, h[:]...)
	}
	return content, nil
}

func (n *Notary) bundle(ctx context.Context, t evidence.Tile) ([]byte, error) {
	entries, err := n.log.Entries(ctx, t.First(), t.First()+int64(t.Width))
	if err != nil {
		return nil, internal(err)
	}
	if len(entries) != t.Width {
		return nil, fault.New(fault.Internal, "notary.entry_missing", "The log has fewer entries than it says.")
	}
	for i, e := range entries {
		if e.Sequence != t.First()+int64(i) {
			return nil, fault.New(fault.Internal, "notary.entry_missing", "The log has entries out of order.")
		}
	}
	content, err := evidence.Bundle(entries)
	return content, internal(err)
}

// internal keeps a log that lacks what it should have from passing as "no such tile".
func internal(err error) error {
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return err
	}
	return fault.New(fault.Internal, "notary.log_incomplete", "The log lacks a row it should have.").Because(err)
}
