package notice_test

import (
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/notice"
)

func post(t *testing.T, s notice.Server) *notice.Post {
	t.Helper()
	p, err := notice.NewPost(writer(t), s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAMailReachesAServerEncrypted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server serverOptions
		way    notice.Encryption
		user   bool
		secure bool
	}{
		"by STARTTLS":               {serverOptions{starttls: true}, notice.StartTLS, false, true},
		"as it is when nobody says": {serverOptions{starttls: true}, "", false, true},
		"by STARTTLS with password": {serverOptions{starttls: true, auth: true}, notice.StartTLS, true, true},
		"by TLS":                    {serverOptions{implicit: true}, notice.Implicit, false, true},
		"when able":                 {serverOptions{starttls: true}, notice.WhenAble, false, true},
		"when not able":             {serverOptions{}, notice.WhenAble, false, false},
		"unguarded, as told":        {serverOptions{}, notice.Unguarded, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, c.server)
			to := notice.Server{Host: "localhost", Port: s.port, Encryption: c.way, TLS: s.tls}
			if c.user {
				to.User, to.Password = "house", "a long secret"
			}
			m := every("en")[9]
			if err := post(t, to).Send(t.Context(), m); err != nil {
				t.Fatalf("%+v", err)
			}
			got := s.mails()
			if len(got) != 1 || got[0].secure != c.secure || got[0].from != "deals@house.example" || got[0].to != "anna@anvil.example" {
				t.Fatalf("the server took %+v", got)
			}
			read(t, got[0].raw, m)
		})
	}
}

// read parses a raw mail strictly and compares it with what was to be said.
func read(t *testing.T, raw string, m assurance.Mail) {
	t.Helper()
	l, err := writer(t).Write(m)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	h := parsed.Header
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil || subject != l.Subject {
		t.Errorf("subject %q, want %q (%v)", subject, l.Subject, err)
	}
	date, err := h.Date()
	if err != nil || !date.Equal(time.Date(2026, 11, 22, 23, 26, 0, 0, time.UTC)) {
		t.Errorf("date %v (%v)", date, err)
	}
	if h.Get("Message-ID") != "<"+l.MessageID+">" || h.Get("Auto-Submitted") != "auto-generated" || h.Get("Bcc") != "" || h.Get("User-Agent")+h.Get("X-Mailer") != "" {
		t.Errorf("headers %v", h)
	}
	if from, err := h.AddressList("From"); err != nil || len(from) != 1 || *from[0] != (mail.Address{Name: "Hanse Assurance", Address: "deals@house.example"}) {
		t.Errorf("from %v (%v)", from, err)
	}
	if to, err := h.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != m.To {
		t.Errorf("to %v (%v)", to, err)
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q (%v)", kind, err)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for _, want := range []string{l.Text, l.HTML} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if got := strings.ReplaceAll(string(body), "\r\n", "\n"); err != nil || strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("a part reads\n%s\nwant\n%s\n(%v)", got, want, err)
		}
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Errorf("more than two parts: %v", err)
	}
}

func TestAServerThatCannotBeTrustedGetsNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server serverOptions
		bend   func(*notice.Server)
	}{
		"it offers no encryption":      {serverOptions{}, func(*notice.Server) {}},
		"its certificate is not known": {serverOptions{starttls: true}, func(s *notice.Server) { s.TLS = nil }},
		"it speaks no TLS":             {serverOptions{}, func(s *notice.Server) { s.Encryption = notice.Implicit }},
		"it refuses the password":      {serverOptions{starttls: true, auth: true}, func(s *notice.Server) { s.User, s.Password = "house", "wrong" }},
		"it wants a password":          {serverOptions{starttls: true, auth: true}, func(*notice.Server) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, c.server)
			to := notice.Server{Host: "localhost", Port: s.port, TLS: s.tls}
			c.bend(&to)
			err := post(t, to).Send(t.Context(), every("en")[0])
			if k := fault.KindOf(err); k != fault.Unavailable && k != fault.Refused {
				t.Errorf("got %+v", err)
			}
			if got := s.mails(); len(got) != 0 {
				t.Errorf("the server took %+v", got)
			}
		})
	}
}

func TestAServersNoIsToldForWhatItIs(t *testing.T) {
	t.Parallel()
	s := listen(t, serverOptions{starttls: true})
	p := post(t, notice.Server{Host: "localhost", Port: s.port, TLS: s.tls})
	m := every("zh")[0]
	for _, c := range []struct {
		answer error
		code   string
	}{
		{&smtp.SMTPError{Code: 451, Message: "try later"}, "notice.unavailable"},
		{&smtp.SMTPError{Code: 552, Message: "mailbox full"}, "notice.rejected"},
		{&smtp.SMTPError{Code: 554, Message: "never"}, "notice.rejected"},
		{nil, ""},
	} {
		s.refuse(c.answer)
		if err := p.Send(t.Context(), m); fault.CodeOf(err) != c.code {
			t.Errorf("%v became %+v", c.answer, err)
		}
	}
	// The same mail again is the same message.
	if err := p.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, got := range s.mails() {
		read(t, got.raw, m)
		parsed, err := mail.ReadMessage(strings.NewReader(got.raw))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, parsed.Header.Get("Message-ID"))
	}
	if len(ids) != 2 || ids[0] != ids[1] || ids[0] == "" {
		t.Errorf("message ids %q", ids)
	}
	m.ID = "another"
	if err := p.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if last := s.mails()[2]; strings.Contains(last.raw, ids[0]) {
		t.Error("another mail has the same id")
	}
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	p := post(t, notice.Server{Host: "localhost", Port: 1, Encryption: notice.Unguarded})
	if err := p.Send(t.Context(), every("en")[0]); fault.CodeOf(err) != "notice.unavailable" {
		t.Errorf("got %+v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Send(ctx, every("en")[0]); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("after the caller has gone: %+v", err)
	}
}

func TestAPasswordNeverTravelsInTheClear(t *testing.T) {
	t.Parallel()
	for _, way := range []notice.Encryption{notice.Unguarded, notice.WhenAble} {
		if _, err := notice.NewPost(writer(t), notice.Server{Host: "localhost", User: "house", Password: "x", Encryption: way}); fault.CodeOf(err) != "notice.setup" {
			t.Errorf("%s: %v", way, err)
		}
	}
	for _, s := range []notice.Server{{}, {Host: "localhost", Encryption: "perhaps"}, {Host: "localhost", Port: 70_000}} {
		if _, err := notice.NewPost(writer(t), s); fault.CodeOf(err) != "notice.setup" {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestAPickupWritesWholeFilesThatOnlyTheHouseReads(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "mail", "out")
	p, err := notice.NewPickup(writer(t), folder)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(every("en"), every("zh")[:1])
	all[len(all)-1].ID = "another"
	for _, m := range slices.Concat(all, all) { // a repeat is the same file
		if err := p.Send(t.Context(), m); err != nil {
			t.Fatalf("%s: %+v", m.Kind, err)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != len(all) {
		t.Fatalf("%d files for %d mails (%v)", len(files), len(all), err)
	}
	for _, m := range all {
		l, err := writer(t).Write(m)
		if err != nil {
			t.Fatal(err)
		}
		id, _, _ := strings.Cut(l.MessageID, "@")
		name := filepath.Join(folder, id+".eml")
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.IndexByte(raw, '\n'); i < 1 || raw[i-1] != '\r' {
			t.Error("lines do not end as RFC 5322 wants")
		}
		read(t, string(raw), m)
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v (%v)", name, info.Mode(), err)
		}
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := p.Send(t.Context(), all[0]); fault.CodeOf(err) != "notice.unavailable" {
		t.Errorf("into a folder that is gone: %v", err)
	}
}

type box struct {
	kept []assurance.SandboxMail
	err  error
}

func (b *box) PutMail(_ context.Context, m assurance.SandboxMail) error {
	b.kept = append(b.kept, m)
	return b.err
}

func TestASandboxKeepsMailsWithTheirLink(t *testing.T) {
	t.Parallel()
	b := &box{}
	s := notice.NewSandbox(writer(t), b)
	m := every("zh")[2]
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := b.kept[0]
	if got.To != m.To || got.Link != "https://house.example/reset/t0k3n" || got.Subject != "重新设置 Hanse Assurance 的密码" || !strings.Contains(got.Text, got.Link) || got.At.IsZero() || got.ID == "" {
		t.Errorf("kept %+v", got)
	}
	b.err = fault.New(fault.Unavailable, "store.busy", "busy")
	if err := s.Send(t.Context(), m); fault.CodeOf(err) != "store.busy" {
		t.Errorf("got %v", err)
	}
	m.To = "nobody"
	if err := s.Send(t.Context(), m); fault.CodeOf(err) != "notice.unsafe" || len(b.kept) != 2 {
		t.Errorf("got %v with %d kept", err, len(b.kept))
	}
}
