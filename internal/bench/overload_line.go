package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// line is one connection of a flood, opened again if the house hangs up.
type line struct {
	address string
	from    net.IP // of this machine; nil for any
	conn    net.Conn
	in      *bufio.Reader
	out     []byte
	body    []byte
	doc     []byte
}

// reply is an answer of the house, read no further than needed. Its document is
// good until the next question.
type reply struct {
	status int
	after  time.Duration // Retry-After; 0 if there is none
	doc    []byte
}

// verdict is what the answer means.
func (r reply) verdict() verdict {
	switch {
	case r.status >= 200 && r.status <= 299:
		return accepted
	case (r.status == 429 || r.status == 503) && r.after > 0:
		return refused
	case r.status == 429 || r.status == 503:
		return unexplained
	case r.status >= 500:
		return broken
	}
	return denied
}

// interrupted reports whether the house does not say what became of the command.
func (r reply) interrupted() bool { return bytes.Contains(r.doc, []byte(`"house.interrupted"`)) }

func (r reply) receipt() (assurance.Receipt, error) { return receipt(r.status, r.doc) }

// lineWait is how long a connection may take to open.
const lineWait = 10 * time.Second

func (l *line) open(ctx context.Context) error {
	if l.conn != nil {
		return nil
	}
	dialer := net.Dialer{Timeout: lineWait}
	if l.from != nil {
		dialer.LocalAddr = &net.TCPAddr{IP: l.from}
	}
	conn, err := dialer.DialContext(ctx, "tcp", l.address)
	if err != nil {
		return err
	}
	l.conn = conn
	if l.in == nil {
		l.in = bufio.NewReaderSize(conn, 4<<10)
	} else {
		l.in.Reset(conn)
	}
	return nil
}

func (l *line) close() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}

// give sends an order under its key.
func (l *line) give(ctx context.Context, o *order, b *bargain, token string) (reply, error) {
	l.writeBody(o, b)
	h := append(l.out[:0], "POST "...)
	h = o.appendPath(h)
	h = l.appendHead(h, token)
	h = append(append(h, "\r\nIdempotency-Key: "...), o.key...)
	h = append(h, "\r\nContent-Type: application/json\r\nContent-Length: "...)
	h = strconv.AppendInt(h, int64(len(l.body)), 10)
	h = append(h, "\r\n\r\n"...)
	l.out = append(h, l.body...)
	return l.ask(ctx)
}

// get asks for a path.
func (l *line) get(ctx context.Context, path, token string) (reply, error) {
	h := append(append(l.out[:0], "GET "...), path...)
	l.out = append(l.appendHead(h, token), "\r\n\r\n"...)
	return l.ask(ctx)
}

func (l *line) appendHead(h []byte, token string) []byte {
	h = append(append(h, " HTTP/1.1\r\nHost: "...), l.address...)
	return append(append(h, "\r\nAuthorization: Bearer "...), token...)
}

// writeBody writes the order's document.
func (l *line) writeBody(o *order, b *bargain) {
	l.body = l.body[:0]
	switch o.step {
	case draft:
		l.body = append(l.body, b.Terms...)
	case buyerSigns, sellerSigns:
		l.body = append(append(append(l.body, `{"hash":"`...), o.hash.String()...), `"}`...)
	case fund:
		l.body = fmt.Appendf(l.body, `{"rail":%q,"reference":%q,"deal":%q,"payer":%q,"amount":{"amount":%d,"currency":"USD"},"booked_at":%q}`,
			railName, o.key, o.deal, o.payer, o.total.Minor(), o.now.UTC().Format(time.RFC3339Nano))
	case ship:
		l.body = append(append(append(l.body, `{"carrier":"COSCO","final":true,"tracking_number":"`...), o.tracking()...), `"}`...)
	case offer, confirmReceipt, accept, steps:
	}
}

// ask sends what has been written and reads the answer. A line that fails is
// opened again for the next question.
func (l *line) ask(ctx context.Context) (r reply, err error) {
	if err = l.open(ctx); err == nil {
		if err = l.conn.SetDeadline(time.Now().Add(answerWait)); err == nil {
			if _, err = l.conn.Write(l.out); err == nil {
				r, err = l.read()
			}
		}
	}
	if err != nil {
		l.close()
	}
	return r, err
}

// read reads one answer.
func (l *line) read() (r reply, err error) {
	first, err := l.in.ReadSlice('\n')
	if err != nil {
		return r, err
	}
	if len(first) < len("HTTP/1.1 200") {
		return r, unreadableAnswer()
	}
	if r.status, err = strconv.Atoi(string(first[9:12])); err != nil {
		return r, unreadableAnswer()
	}
	length, chunked := -1, false
	for {
		header, err := l.in.ReadSlice('\n')
		if err != nil {
			return r, err
		}
		if len(header) <= 2 {
			break
		}
		if n, ok := number(header, "content-length:"); ok {
			length = n
		} else if n, ok := number(header, "retry-after:"); ok {
			r.after = time.Duration(n) * time.Second
		} else if bytes.EqualFold(bytes.TrimSpace(header), []byte("transfer-encoding: chunked")) {
			chunked = true
		}
	}
	if chunked {
		return r, l.readChunks()
	}
	if length < 0 || length > 1<<20 {
		return r, unreadableAnswer()
	}
	if cap(l.doc) < length {
		l.doc = make([]byte, length)
	}
	r.doc = l.doc[:length]
	_, err = io.ReadFull(l.in, r.doc)
	return r, err
}

// readChunks reads a long document past, which nobody looks into.
func (l *line) readChunks() error {
	if _, err := io.Copy(io.Discard, httputil.NewChunkedReader(l.in)); err != nil {
		return err
	}
	_, err := l.in.ReadSlice('\n') // the empty line after the last chunk
	return err
}

// number reads a header with a whole number that is not negative.
func number(header []byte, name string) (int, bool) {
	if len(header) <= len(name) || !bytes.EqualFold(header[:len(name)], []byte(name)) {
		return 0, false
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(header[len(name):])))
	return n, err == nil && n >= 0
}

func unreadableAnswer() *fault.Error {
	return fault.New(fault.Internal, "bench.unreadable", "The answer does not say how long it is.")
}
