package notice_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"fondaco/internal/assurance"
	"fondaco/internal/notice"
)

func writer(t *testing.T) *notice.Writer {
	t.Helper()
	w, err := notice.NewWriter(notice.Options{
		PublicURL: "https://house.example", House: "Hanse Assurance", From: "Hanse Assurance <deals@house.example>",
		Now: func() time.Time { return time.Date(2026, 11, 22, 23, 26, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// every returns one whole mail of each kind.
func every(language string) []assurance.Mail {
	made := 0
	mail := func(kind assurance.MailKind, link string, args ...string) assurance.Mail {
		made++
		m := assurance.Mail{ID: fmt.Sprintf("outbox-%d", made), To: "anna@anvil.example", Name: "Anna", Language: language, Kind: kind, Link: link, Args: map[string]string{}}
		for i := 0; i+1 < len(args); i += 2 {
			m.Args[args[i]] = args[i+1]
		}
		return m
	}
	const when = "2026-11-25T09:30:00Z"
	return []assurance.Mail{
		mail(assurance.MailConfirm, "/confirm/t0k3n"),
		mail(assurance.MailKnown, "/forgotten"),
		mail(assurance.MailReset, "/reset/t0k3n"),
		mail(assurance.MailResetUnknown, ""),
		mail(assurance.MailInvite, "/join/t0k3n", "Company", "Anvil & Sons GmbH", "Role", "finance", "By", "Berta"),
		mail(assurance.MailInvite, "/invitation/t0k3n", "Role", "mediator"),
		mail(assurance.MailCode, "", "Code", "482915"),
		mail(assurance.MailEmailNew, "/email/t0k3n"),
		mail(assurance.MailEmailOld, "/email/undo/t0k3n", "When", when),
		mail(assurance.MailAlert, "/not-me/t0k3n", "What", "signed_in", "When", when, "Place", "Hamburg, DE", "Device", "Firefox 149, Linux"),
		mail(assurance.MailPayoutAccount, "/payouts", "Company", "Anvil & Sons GmbH", "Masked", "DE… 1234", "When", when),
		mail(assurance.MailPayoutAccount, "/payouts", "Company", "Anvil & Sons GmbH", "Masked", "DE… 1234", "When", ""),
		mail(assurance.MailCounterparty, "/deals/D-1007", "Company", "Anvil & Sons GmbH", "Deal", "D-1007"),
		mail(assurance.MailApproval, "/approvals/a1", "Company", "Anvil & Sons GmbH", "By", "Berta", "What", "withdraw"),
		mail(assurance.MailReview, "/company", "Company", "Anvil & Sons GmbH", "Verdict", "more_needed", "Reasons", "The extract is older than three months.\nThe address differs."),
		mail(assurance.MailCase, "/desk/checks/0192", "What", "opened", "When", when),
		mail(assurance.MailCase, "/desk/checks/0192", "What", "overdue", "When", when),
		mail(assurance.MailRecovery, "", "Who", "berta@house.example", "When", when),
	}
}

// server is a real mail server on this machine that remembers what it took.
type server struct {
	port int
	tls  *tls.Config // what a client must trust

	mu     sync.Mutex
	taken  []taken
	answer error // to DATA
}

type taken struct {
	from, to string
	raw      string
	secure   bool
}

type serverOptions struct {
	starttls, implicit, auth bool
}

func listen(t *testing.T, o serverOptions) *server {
	t.Helper()
	s := &server{}
	certificate, roots := selfSigned(t)
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{server: s, conn: c, auth: o.auth}, nil }))
	srv.Domain, srv.AllowInsecureAuth = "localhost", false
	srv.ErrorLog = quiet{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if s.port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	given := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.tls = &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	if o.starttls {
		srv.TLSConfig = given
	}
	if o.implicit {
		l = tls.NewListener(l, given)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l)
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return s
}

func (s *server) mails() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]taken(nil), s.taken...)
}

func (s *server) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = err
}

type session struct {
	server   *server
	conn     *smtp.Conn
	auth     bool
	known    bool
	from, to string
}

func (s *session) AuthMechanisms() []string {
	if !s.auth {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "house" || password != "a long secret" {
			return errors.New("wrong")
		}
		s.known = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.auth && !s.known {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, secure := s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.answer != nil {
		return s.server.answer
	}
	s.server.taken = append(s.server.taken, taken{s.from, s.to, string(raw), secure})
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
