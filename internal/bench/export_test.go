package bench

import (
	"bufio"
	"bytes"

	"fondaco/internal/assurance"
)

// ReadAnswer reads one answer of a server as the bench's clients do.
func ReadAnswer(doc []byte) (assurance.Receipt, error) {
	w := &wire{in: bufio.NewReaderSize(bytes.NewReader(doc), 8<<10)}
	return w.read()
}

// RowsOf is how many rows the bench counts for a batch.
func RowsOf(b *assurance.Batch) int { return rowsOf(b) }
