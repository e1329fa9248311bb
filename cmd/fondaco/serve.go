package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
)

type serveCommand struct {
	place
	Listen    string `help:"Address and port to listen on." default:"127.0.0.1:8080" env:"FONDACO_LISTEN"`
	PublicURL string `help:"Where people reach the house, such as https://house.example. Passkeys belong to its host. By default the machine itself." env:"FONDACO_PUBLIC_URL"`
	Name      string `help:"Name of the house, as people read it." default:"Fondaco" env:"FONDACO_NAME"`
	Sandbox   bool   `help:"Simulate money and time. Nothing in such a house is real." env:"FONDACO_SANDBOX"`
	Origin    string `help:"Name of the evidence log, fixed at the first start. By default it follows from the public URL, or is made up."`

	guards
	caution

	AdminEmail    string `help:"Address of the administrator who is made at the first start." default:"administrator@fondaco.localhost" env:"FONDACO_ADMIN_EMAIL"`
	AdminPassword string `help:"That administrator's password; by default one is made and shown once." env:"FONDACO_ADMIN_PASSWORD"`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(con *console) error {
	if err := c.guards.check(c.Sandbox); err != nil {
		return err
	}
	if _, err := c.caution.rules(); err != nil {
		return err
	}
	listener, err := listen(con.ctx, c.Listen)
	if err != nil {
		return err
	}
	public, err := publicURL(c.PublicURL, listener)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	name, err := c.origin(public)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	o, err := openHouse(con.ctx, plan{
		place: c.place, sandbox: c.Sandbox, origin: name, name: c.Name, publicURL: public.String(),
		secure: public.Scheme == "https", guards: c.guards, caution: c.caution, log: con.log,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := o.administrator(con, c.AdminEmail, c.AdminPassword); err != nil {
		return errors.Join(err, listener.Close(), o.close())
	}
	if !c.Sandbox {
		con.log.WarnContext(con.ctx, "no payment rail is configured: payouts wait and expire. Use --sandbox to try the house with simulated money")
	}
	say(con.err, "The house is open at %s\nIts evidence log is checked with the key %s", public, o.vkey)
	err = serve(con.ctx, listener, o.handler(nil), con.log)
	return errors.Join(err, o.close())
}

// origin names the log after the house, or, where the house has no public
// address, by chance, so that no two logs have one name.
func (c *serveCommand) origin(public *url.URL) (string, error) {
	if c.Origin != "" {
		return c.Origin, nil
	}
	if c.PublicURL != "" {
		return strings.ReplaceAll(public.Host, "+", "-") + "/log", nil
	}
	word, err := passphrase(rand.Reader)
	return "fondaco.localhost/" + word[:11], err
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "cmd.cannot_listen", "Nothing can be served at {address}.").With("address", address).Because(err)
	}
	return l, nil
}

// publicURL is where the house is reached, by default where it listens. This
// machine is called localhost, because browsers take passkeys there and not at
// addresses of numbers.
func publicURL(given string, l net.Listener) (*url.URL, error) {
	if given == "" {
		given = "http://" + l.Addr().String()
		if at, ok := l.Addr().(*net.TCPAddr); ok && at.IP.IsLoopback() {
			given = "http://localhost:" + strconv.Itoa(at.Port)
		}
	}
	u, err := url.Parse(strings.TrimSuffix(given, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return nil, fault.New(fault.Invalid, "cmd.bad_url", "The public URL is a scheme and a host, such as https://house.example.").At("public-url")
	}
	return u, nil
}

// Time limits of the server: long enough for a slow line, short enough that
// nobody can hold connections open for nothing.
const (
	headerWait   = 5 * time.Second
	readWait     = 20 * time.Second
	writeWait    = 60 * time.Second
	idleWait     = 2 * time.Minute
	shutdownWait = 15 * time.Second
	headerBytes  = 32 << 10
)

// connectionsMax is how many connections are open at one time, those that only
// wait included; further ones wait in the kernel's queue, which has a bound of its
// own. Each costs some 20 KiB while it is idle, and at most 16 KiB more while a small body comes.
const connectionsMax = 4096

// formMax is the largest form that a page takes.
const formMax = 1 << 20

// filesMax is the largest form with documents in it.
const filesMax = 32 << 20

// visitor tells the people before the pages apart, so that one alone cannot take
// every place: by session, else by network address. Whoever makes up sessions
// still meets the bound for all.
func visitor(r *http.Request) string {
	for _, name := range []string{"__Host-fondaco_session", "fondaco_session"} {
		if c, err := r.Cookie(name); err == nil && len(c.Value) <= 128 {
			return c.Value
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// bounded accepts while fewer than so many connections are open.
type bounded struct {
	net.Listener
	free   chan struct{}
	closed chan struct{}
	once   sync.Once
}

func boundedListener(l net.Listener, most int) *bounded {
	return &bounded{Listener: l, free: make(chan struct{}, most), closed: make(chan struct{})}
}

// Accept waits for a place, then for a connection.
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.free <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		<-b.free
		return nil, err
	}
	return &placed{Conn: conn, leave: sync.OnceFunc(func() { <-b.free })}, nil
}

// Close lets nobody in any more.
func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

type placed struct {
	net.Conn
	leave func()
}

// Close gives the place back.
func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}

// serve answers until ctx ends, then lets running requests finish.
func serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: headerWait, ReadTimeout: readWait, WriteTimeout: writeWait, IdleTimeout: idleWait,
		MaxHeaderBytes: headerBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(boundedListener(l, connectionsMax)) }()
	select {
	case err := <-failed:
		return fault.New(fault.Unavailable, "cmd.server", "The server has stopped.").Because(err)
	case <-ctx.Done():
	}
	log.InfoContext(ctx, "closing")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.WarnContext(ctx, "some requests were cut off", slog.Any("error", err))
		return server.Close()
	}
	return nil
}

const administratorSetting = "administrator"

// administrator makes the first person of a new house.
func (o *open) administrator(con *console, email, word string) error {
	ctx := con.ctx
	return o.once(ctx, administratorSetting, func() (err error) {
		generated := word == ""
		if generated {
			if word, err = passphrase(rand.Reader); err != nil {
				return err
			}
		}
		p, err := o.house.AddStaff(ctx, identity.HouseClock(), identity.Administrator, assurance.SignUp{Email: email, Name: "Administrator", Password: word, Initial: generated})
		if err != nil {
			return err
		}
		if generated {
			say(con.err, "The administrator signs in as %s with the password %s\nIt is shown this once, and good for the first sign-in: choose another there, and add a second factor.", p.Email, word)
		}
		return o.store.SetSetting(ctx, administratorSetting, string(p.ID))
	})
}

// passphrase is 150 bits of chance in groups that can be copied by hand. They are so
// short that they spell nobody's name, which the house would refuse as a password. Its
// list of known passwords takes one in some ten thousand for known that is not: such
// a one is drawn anew.
func passphrase(random io.Reader) (string, error) {
	raw := make([]byte, 19)
	for {
		if _, err := io.ReadFull(random, raw); err != nil {
			return "", err
		}
		text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))[:30]
		groups := make([]string, 0, len(text)/3)
		for group := range slices.Chunk([]byte(text), 3) {
			groups = append(groups, string(group))
		}
		word := strings.Join(groups, "-")
		if !slices.Contains(password.Measure(word, password.About{}).Weak, password.Known) {
			return word, nil
		}
	}
}
