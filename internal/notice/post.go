package notice

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// Encryption says how a connection to a mail server is protected.
type Encryption string

// The ways of protecting a connection.
const (
	StartTLS  Encryption = "starttls"  // required, after the greeting; the zero value means this
	Implicit  Encryption = "tls"       // from the first byte
	WhenAble  Encryption = "when-able" // if the server offers it; whoever sits between can take the offer away
	Unguarded Encryption = "none"      // only for a server on the same machine
)

const postTimeout = 20 * time.Second

// Server is the mail server that takes the house's mails.
type Server struct {
	Host       string
	Port       int // 0 for the usual port of the encryption
	User       string
	Password   string
	Encryption Encryption
	TLS        *tls.Config // nil for the machine's own trust
}

// Post sends mails by SMTP (RFC 5321), one connection a mail.
type Post struct {
	writer *Writer
	host   string
	client []gomail.Option
}

// NewPost returns a post. It fails with Invalid notice.setup for a server that cannot be
// used, such as a password that would travel unencrypted.
func NewPost(w *Writer, s Server) (*Post, error) {
	if s.Host == "" {
		return nil, setup("no mail server is named")
	}
	p := &Post{writer: w, host: s.Host, client: []gomail.Option{gomail.WithTimeout(postTimeout), gomail.WithoutNoop()}}
	switch s.Encryption {
	case StartTLS, "":
		p.client = append(p.client, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	case Implicit:
		p.client = append(p.client, gomail.WithSSLPort(false))
	case WhenAble:
		p.client = append(p.client, gomail.WithTLSPortPolicy(gomail.TLSOpportunistic))
	case Unguarded:
		p.client = append(p.client, gomail.WithTLSPortPolicy(gomail.NoTLS))
	default:
		return nil, setup("an encryption that nobody knows: " + string(s.Encryption))
	}
	if s.User != "" {
		if s.Encryption == Unguarded || s.Encryption == WhenAble {
			return nil, setup("a password may only travel encrypted")
		}
		p.client = append(p.client, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	if s.Port != 0 {
		p.client = append(p.client, gomail.WithPort(s.Port))
	}
	if s.TLS != nil {
		p.client = append(p.client, gomail.WithTLSConfig(s.TLS))
	}
	if _, err := gomail.NewClient(p.host, p.client...); err != nil {
		return nil, setup(err.Error())
	}
	return p, nil
}

var (
	_ assurance.Mailer = (*Post)(nil)
	_ assurance.Mailer = (*Pickup)(nil)
	_ assurance.Mailer = (*Sandbox)(nil)
)

// Send hands a mail to the server. It fails as [Writer.Write] does, with Unavailable
// notice.unavailable if the server could not be reached or asks to try later, and
// with Refused notice.rejected if it will never take this mail.
func (p *Post) Send(ctx context.Context, m assurance.Mail) error {
	l, err := p.writer.Write(m)
	if err != nil {
		return err
	}
	message, err := p.writer.message(l)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(p.host, p.client...)
	if err != nil {
		return setup(err.Error())
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return refusal(err)
	}
	return nil
}

func refusal(err error) error {
	const permanent = 500
	var sent *gomail.SendError
	if errors.As(err, &sent) && !sent.IsTemp() && sent.ErrorCode() >= permanent {
		return fault.New(fault.Refused, "notice.rejected", "The mail server refused this mail for good.").Because(err)
	}
	return fault.New(fault.Unavailable, "notice.unavailable", "The mail server cannot be reached or asks to try later.").Because(err)
}

// message builds the RFC 5322 form of a letter.
func (w *Writer) message(l Letter) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := m.FromFormat(w.from.Name, w.from.Address); err != nil {
		return nil, setup("the sender is not a mail address")
	}
	if err := m.To(l.To.Address); err != nil {
		return nil, unsafe("to")
	}
	m.SetMessageIDWithValue(l.MessageID)
	m.SetDateWithValue(w.now().UTC())
	m.Subject(l.Subject)
	// RFC 3834: no holiday notice shall answer this.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("Content-Language", l.Language)
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return m, nil
}

// Pickup writes mails as .eml files into a folder, for a house without a mail
// server. They hold links that let people in, so only the house's own user can read them.
type Pickup struct {
	writer *Writer
	folder string
}

// NewPickup returns a pickup; it makes the folder if it is not there.
func NewPickup(w *Writer, folder string) (*Pickup, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for mails: %w", err)
	}
	return &Pickup{writer: w, folder: folder}, nil
}

// Send writes one file, whole or not at all; the same id writes the same file again.
func (p *Pickup) Send(_ context.Context, m assurance.Mail) error {
	l, err := p.writer.Write(m)
	if err != nil {
		return err
	}
	message, err := p.writer.message(l)
	if err != nil {
		return err
	}
	var whole bytes.Buffer
	if _, err := message.WriteTo(&whole); err != nil {
		return fmt.Errorf("write a mail: %w", err)
	}
	id, _, _ := strings.Cut(l.MessageID, "@")
	return p.put(id+".eml", whole.Bytes())
}

func (p *Pickup) put(name string, whole []byte) (err error) {
	f, err := os.CreateTemp(p.folder, ".mail-*") // only its owner may read it
	if err != nil {
		return pickupFault(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(whole)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return pickupFault(err)
	}
	if err := os.Rename(f.Name(), filepath.Join(p.folder, name)); err != nil {
		return pickupFault(err)
	}
	return nil
}

func pickupFault(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "notice.unavailable", "The mail server cannot be reached or asks to try later.").Because(cause)
}

// Mailbox keeps mails so that the pages of a sandbox can show them.
type Mailbox interface {
	PutMail(ctx context.Context, m assurance.SandboxMail) error
}

// Sandbox keeps mails instead of sending them.
type Sandbox struct {
	writer *Writer
	box    Mailbox
}

// NewSandbox returns a sandbox that keeps its mails in the box.
func NewSandbox(w *Writer, box Mailbox) *Sandbox { return &Sandbox{writer: w, box: box} }

// Send keeps a mail. It fails as [Writer.Write] and the box do.
func (s *Sandbox) Send(ctx context.Context, m assurance.Mail) error {
	l, err := s.writer.Write(m)
	if err != nil {
		return err
	}
	id, _, _ := strings.Cut(l.MessageID, "@")
	return s.box.PutMail(ctx, assurance.SandboxMail{
		ID: id, At: s.writer.now().UTC(), To: l.To.Address, Subject: l.Subject, Text: l.Text, Link: l.Link,
	})
}
