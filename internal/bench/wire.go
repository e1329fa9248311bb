package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// admit gives every company's clerk an API key and a rail a token, and answers the
// rail's. People and keys are written straight into the database: making them as
// people do would take a mail, a password and an approval for each.
func admit(ctx context.Context, h *assurance.House, s Store, companies []company) (string, error) {
	var b assurance.Batch
	enter := func(p assurance.Person, kind assurance.SessionKind, m *assurance.Mandate) (string, error) {
		p.Email, p.Name, p.Language, p.CreatedAt = string(p.ID)+"@bench.example", "Clerk", "en", h.Now()
		p.Account, p.Folded, p.Stage = "account of "+string(p.ID), p.Email, string(account.Active)
		body, err := json.Marshal(struct {
			Mandate *assurance.Mandate `json:"mandate,omitempty"`
		}{m})
		token := "fdk_" + rand.Text()
		b.Persons = append(b.Persons, p)
		b.Sessions = append(b.Sessions, assurance.Session{
			ID: newID(), Hash: evidence.HashOf([]byte(token)), Person: p.ID, Kind: kind, Label: "bench",
			CreatedAt: h.Now(), SeenAt: h.Now(), ExpiresAt: h.Now().Add(keyLife), Body: body,
		})
		return token, err
	}
	for i := range companies {
		c := &companies[i]
		p := assurance.Person{ID: c.actor.Person, Office: identity.Member, Party: c.actor.Party, Role: c.actor.Role}
		var err error
		if c.token, err = enter(p, assurance.KeySession, mandate()); err != nil {
			return "", err
		}
	}
	token, err := enter(assurance.Person{ID: railName, Office: identity.Rail}, assurance.ProgramSession, nil)
	if err != nil {
		return "", err
	}
	return token, s.Commit(ctx, &b, func(assurance.Tail) error { return nil })
}

// keyLife is longer than any bench takes.
const keyLife = 30 * day

// mandate is what the key of a clerk may do: every command of a deal's life, with
// a ceiling that no price of the bench reaches.
func mandate() *assurance.Mandate {
	m := assurance.Mandate{Key: "bench"}
	for _, act := range []identity.Act{
		identity.ToReadDeals, identity.ToDraft, identity.ToOffer, identity.ToSign, identity.ToShip, identity.ToReceive, identity.ToRelease,
	} {
		m.Scopes = append(m.Scopes, string(act))
	}
	m.Ceiling = []money.Amount{money.New(ceiling, usd())}
	return &m
}

// ceiling is ten million dollars.
const ceiling = 10_000_000_00

// server is the house on a port of this machine.
type server struct {
	address   string
	railToken string
	stop      func() error
}

// serve answers as a real house does.
func (b *bench) serve(ctx context.Context, h *assurance.House, s Store) (*server, error) {
	handler, stopHandler, err := b.Handler(ctx, h, s)
	if err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fault.New(fault.Unavailable, "bench.cannot_listen", "No port can be listened on.").Because(err), stopHandler())
	}
	// The limits are those of a served house.
	srv := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	stop := func() error {
		err := srv.Close()
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return errors.Join(err, stopHandler())
	}
	return &server{address: l.Addr().String(), railToken: b.railToken, stop: stop}, nil
}

func (s *server) door(ctx context.Context) (door, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "bench.cannot_connect", "The house on this machine cannot be reached.").Because(err)
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 8<<10), host: s.address, railToken: s.railToken}, nil
}

// answerWait is how long an answer may take before the bench gives up.
const answerWait = time.Minute

// wire speaks HTTP/1.1 over one connection that stays open. It writes each
// request by hand and reads of each answer only what it needs, so that little of
// what is measured is the client.
type wire struct {
	conn      net.Conn
	in        *bufio.Reader
	host      string
	railToken string
	out, body []byte
}

func (w *wire) close() error { return w.conn.Close() }

func (w *wire) give(ctx context.Context, o *order) (assurance.Receipt, error) {
	token := w.railToken
	if o.by != nil {
		token = o.by.token
	}
	if err := w.writeBody(o); err != nil {
		return assurance.Receipt{}, err
	}
	b := append(w.out[:0], "POST "...)
	b = o.appendPath(b)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, w.host...)
	b = append(b, "\r\nAuthorization: Bearer "...)
	b = append(b, token...)
	b = append(b, "\r\nIdempotency-Key: "...)
	b = append(b, o.key...)
	b = append(b, "\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(w.body)), 10)
	b = append(b, "\r\n\r\n"...)
	b = append(b, w.body...)
	w.out = b
	if err := errors.Join(ctx.Err(), w.conn.SetDeadline(time.Now().Add(answerWait))); err != nil {
		return assurance.Receipt{}, unreachable(err)
	}
	if _, err := w.conn.Write(b); err != nil {
		return assurance.Receipt{}, unreachable(err)
	}
	return w.read()
}

// appendPath writes where the order goes.
func (o *order) appendPath(b []byte) []byte {
	switch o.step {
	case draft:
		return append(b, "/v1/deals"...)
	case fund:
		return append(b, "/v1/rail/deposits"...)
	case offer, buyerSigns, sellerSigns, ship, confirmReceipt, accept, steps:
	}
	b = append(append(b, "/v1/deals/"...), o.deal...)
	return append(b, [steps]string{
		offer: "/offer", buyerSigns: "/sign", sellerSigns: "/sign", ship: "/ship", confirmReceipt: "/confirm-receipt", accept: "/accept",
	}[o.step]...)
}

// writeBody writes the order's document.
func (w *wire) writeBody(o *order) (err error) {
	w.body = w.body[:0]
	switch o.step {
	case draft:
		w.body = append(w.body, o.document...)
	case buyerSigns, sellerSigns:
		w.body = append(append(append(w.body, `{"hash":"`...), o.hash.String()...), `"}`...)
	case fund:
		w.body, err = json.Marshal(map[string]any{
			"rail": railName, "reference": o.key, "deal": o.deal, "payer": o.payer, "amount": o.total, "booked_at": o.now,
		})
	case ship:
		w.body = append(append(append(w.body, `{"carrier":"COSCO","final":true,"tracking_number":"`...), o.tracking()...), `"}`...)
	case offer, confirmReceipt, accept, steps:
	}
	return err
}

// read reads one answer.
func (w *wire) read() (assurance.Receipt, error) {
	line, err := w.in.ReadSlice('\n')
	if err != nil || len(line) < 12 {
		return assurance.Receipt{}, unreachable(err)
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return assurance.Receipt{}, unreachable(err)
	}
	length := -1
	for {
		if line, err = w.in.ReadSlice('\n'); err != nil {
			return assurance.Receipt{}, unreachable(err)
		}
		if len(line) <= 2 {
			break
		}
		const name = "content-length:"
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil {
				return assurance.Receipt{}, unreachable(err)
			}
		}
	}
	if length < 0 || length > 1<<20 {
		return assurance.Receipt{}, fault.New(fault.Internal, "bench.unreadable", "The answer does not say how long it is.")
	}
	doc := make([]byte, length)
	if _, err := io.ReadFull(w.in, doc); err != nil {
		return assurance.Receipt{}, unreachable(err)
	}
	return receipt(status, doc)
}

// receipt reads the document of an answer.
func receipt(status int, doc []byte) (assurance.Receipt, error) {
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return assurance.Receipt{}, fault.New(fault.Exhausted, "bench.busy", string(doc))
	case status < 200 || status > 299:
		return assurance.Receipt{}, fault.New(fault.Refused, "bench.refused", fmt.Sprintf("The house answered %d: %s", status, doc))
	}
	var r struct {
		ID      string `json:"id"`
		Version int64  `json:"version"`
		State   string `json:"state"`
		Log     struct{ First, Last int64 }
	}
	if err := json.Unmarshal(doc, &r); err != nil {
		return assurance.Receipt{}, fault.New(fault.Internal, "bench.unreadable", "The answer cannot be read.").Because(err)
	}
	return assurance.Receipt{ID: r.ID, Version: r.Version, State: r.State, First: r.Log.First, Last: r.Log.Last}, nil
}

func unreachable(err error) error {
	return fault.New(fault.Internal, "bench.hung_up", "The house hung up on a client.").Because(err)
}
