package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// besideInserter inserts rows in a transaction of the pool, as one array a column.
type besideInserter struct {
	ctx context.Context // it ends with the transaction
	t   *sql.Tx
}

func (b besideInserter) insert(into insertion, n int, fill func(i int, c cells)) error {
	if n == 0 {
		return nil
	}
	rows := &gathered{columns: make([]gatheredColumn, len(into.kinds))}
	for i, kind := range []byte(into.kinds) {
		rows.columns[i].kind = kind
	}
	for i := range n {
		fill(i, rows)
	}
	if _, err := b.t.ExecContext(b.ctx, into.unnested(), rows.arrays()...); err != nil {
		return fmt.Errorf("%s: %w", into.into, err)
	}
	return nil
}

// gathered are rows turned into one array a column, as the driver of the pool takes them.
type gathered struct {
	columns []gatheredColumn
	next    int
}

// gatheredColumn holds the values of one kind; nil is nothing.
type gatheredColumn struct {
	kind    byte
	numbers []*int64
	texts   []*string
	blobs   [][]byte
}

// column is the one that takes the next value.
func (g *gathered) column() *gatheredColumn {
	c := &g.columns[g.next]
	if g.next++; g.next == len(g.columns) {
		g.next = 0
	}
	return c
}

func (g *gathered) number(v int64) {
	c := g.column()
	c.numbers = append(c.numbers, &v)
}

func (g *gathered) text(v string) {
	c := g.column()
	c.texts = append(c.texts, &v)
}

func (g *gathered) bytes(v []byte) {
	c := g.column()
	c.blobs = append(c.blobs, present(slices.Clone(v)))
}

func (g *gathered) bytesAsText(v []byte) { g.text(string(v)) }

func (g *gathered) null() {
	switch c := g.column(); c.kind {
	case 'i':
		c.numbers = append(c.numbers, nil)
	case 't':
		c.texts = append(c.texts, nil)
	default:
		c.blobs = append(c.blobs, nil)
	}
}

func (g *gathered) arrays() []any {
	out := make([]any, len(g.columns))
	for i, c := range g.columns {
		switch c.kind {
		case 'i':
			out[i] = c.numbers
		case 't':
			out[i] = c.texts
		default:
			out[i] = c.blobs
		}
	}
	return out
}
