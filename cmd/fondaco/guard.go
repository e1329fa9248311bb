package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/geo"
	"fondaco/internal/notice"
	"fondaco/internal/oidc"
	"fondaco/internal/passkey"
	"fondaco/internal/trade/password"
	"fondaco/internal/vault"
)

// guards are the flags about mails and about what is known of visitors.
type guards struct {
	SMTP             string   `name:"smtp" help:"Mail server that takes the house's mails. Without one they are written as files into the folder mail of the house." placeholder:"HOST:PORT" env:"FONDACO_SMTP"`
	SMTPUser         string   `name:"smtp-user" help:"User name at the mail server." env:"FONDACO_SMTP_USER"`
	SMTPPasswordFile string   `name:"smtp-password-file" help:"File that holds that user's password." type:"existingfile" env:"FONDACO_SMTP_PASSWORD_FILE"`
	SMTPPlain        bool     `name:"smtp-plain" help:"Speak to the mail server without encryption; for one on this machine only." env:"FONDACO_SMTP_PLAIN"`
	MailFrom         string   `help:"Sender of the house's mails; by default no-reply at the host of its public URL." placeholder:"ADDRESS" env:"FONDACO_MAIL_FROM"`
	GeoIP            []string `name:"geoip" help:"File in the MaxMind DB format that says where network addresses are; may be given more than once." placeholder:"FILE" type:"existingfile" env:"FONDACO_GEOIP"`
	AttackList       string   `help:"File of network addresses known for attacks, one address or CIDR prefix in a line." placeholder:"FILE" type:"existingfile" env:"FONDACO_ATTACK_LIST"`
	Blocklist        string   `help:"File of passwords that nobody may use, made by passwords build; beside the list in this program." placeholder:"FILE" type:"existingfile" env:"FONDACO_BLOCKLIST"`
	TrustedProxy     []string `help:"Address or prefix of a proxy of yours, whose X-Forwarded-For is believed; may be given more than once. Without it all who come through a proxy are one visitor." placeholder:"PREFIX" env:"FONDACO_TRUSTED_PROXY"`
	SSOPrivate       bool     `name:"sso-private" help:"Let companies name sign-in services on private networks, and without TLS." env:"FONDACO_SSO_PRIVATE"`
}

// implicitPort is where mail servers encrypt from the first byte (RFC 8314).
const implicitPort = 465

// check refuses flags that contradict each other.
func (g guards) check(sandbox bool) error {
	if _, err := parseProxies(g.TrustedProxy); err != nil {
		return err
	}
	switch {
	case sandbox && g.SMTP != "":
		return fault.New(fault.Invalid, "cmd.sandbox_mail", "A sandbox keeps its mails and sends none. Leave the mail server out.").At("smtp")
	case g.SMTP == "" && (g.SMTPUser != "" || g.SMTPPlain):
		return fault.New(fault.Invalid, "cmd.no_smtp", "Name the mail server with --smtp.").At("smtp")
	case (g.SMTPUser == "") != (g.SMTPPasswordFile == ""):
		return fault.New(fault.Invalid, "cmd.smtp_password", "A user at the mail server has a name and a password file.").At("smtp-user")
	}
	return nil
}

// guard puts into cfg what the house knows of people and visitors.
func (o *open) guard(ctx context.Context, cfg *assurance.Config) error {
	if o.trusting {
		return nil
	}
	security := assurance.DefaultSecurity()
	// In a sandbox people come and go by script, and its mails go nowhere.
	security.SentCode = !o.sandbox
	cfg.Security, cfg.Sealer = &security, o.vault
	cfg.SSO = oidc.New(oidc.Options{Callback: o.publicURL + "/sso/back", Private: o.guards.SSOPrivate})
	gate, err := passkey.New(passkey.Options{PublicURL: o.publicURL, Name: o.name})
	switch {
	case err == nil:
		cfg.Passkeys = gate
	case fault.CodeOf(err) == "passkey.no_domain":
		o.log.WarnContext(ctx, "no passkeys: browsers take them at a name with https, or at localhost", slog.String("public_url", o.publicURL))
	default:
		return err
	}
	places, err := geo.Open(o.guards.GeoIP...)
	if err != nil {
		return err
	}
	cfg.Places = places
	if o.guards.AttackList != "" {
		attacks, err := readAttacks(o.guards.AttackList)
		if err != nil {
			return err
		}
		cfg.Attacks = attacks.holds
	}
	if o.guards.Blocklist != "" {
		list, err := readPasswords(o.guards.Blocklist)
		if err != nil {
			return err
		}
		cfg.Blocklist = &list
	}
	return nil
}

func readPasswords(file string) (password.Blocklist, error) {
	in, err := os.Open(file)
	if err != nil {
		return password.Blocklist{}, fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", file).Because(err)
	}
	defer func() { _ = in.Close() }() // it was only read
	return password.ReadBlocklist(in)
}

// mailer is how the house's mails leave it: kept by a sandbox, handed to a server,
// or written into a folder.
func (o *open) mailer() (assurance.Mailer, error) {
	g, public := o.guards, o.publicURL
	options := notice.Options{PublicURL: public, House: o.name, From: g.MailFrom, Now: o.now}
	if options.From == "" {
		options.From = sender(o.name, public)
	}
	w, err := notice.NewWriter(options)
	if err != nil {
		return nil, err
	}
	switch {
	case o.sandbox:
		return notice.NewSandbox(w, o.store), nil
	case g.SMTP == "":
		return notice.NewPickup(w, filepath.Join(o.place.Data, "mail"))
	}
	server, err := g.server()
	if err != nil {
		return nil, err
	}
	return notice.NewPost(w, server)
}

// sender is an address at the house's host that nobody reads.
func sender(name, public string) string {
	host := "fondaco.localhost"
	if u, err := url.Parse(public); err == nil && u.Hostname() != "" && net.ParseIP(u.Hostname()) == nil {
		host = u.Hostname()
	}
	return (&mail.Address{Name: name, Address: "no-reply@" + host}).String()
}

func (g guards) server() (notice.Server, error) {
	s := notice.Server{Host: g.SMTP, User: g.SMTPUser, Encryption: notice.StartTLS}
	if host, port, err := net.SplitHostPort(g.SMTP); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return s, fault.New(fault.Invalid, "cmd.bad_smtp", "The mail server is a host and a port, such as mail.example:587.").At("smtp")
		}
		s.Host, s.Port = host, int(n)
	}
	if s.Port == implicitPort {
		s.Encryption = notice.Implicit
	}
	if g.SMTPPlain {
		s.Encryption = notice.Unguarded
	}
	if g.SMTPPasswordFile == "" {
		return s, nil
	}
	text, err := os.ReadFile(g.SMTPPasswordFile)
	if err != nil {
		return s, fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", g.SMTPPasswordFile).Because(err)
	}
	s.Password = strings.TrimRight(string(text), "\r\n")
	return s, nil
}

// vaultSetting holds a word that is sealed under the house's secret key.
const (
	vaultSetting = "secret_key_check"
	vaultWord    = "fondaco"
)

// openVault opens the house's secret key, and refuses a node that has another one:
// it could read no seed of an authenticator app, and what it wrote nobody else could.
func (o *open) openVault(ctx context.Context) (err error) {
	if o.vault, err = vault.LoadOrCreate(o.place.Data, rand.Reader); err != nil {
		return err
	}
	err = o.once(ctx, vaultSetting, func() error {
		sealed, err := o.vault.Seal([]byte(vaultWord), vaultSetting)
		if err != nil {
			return err
		}
		return o.store.SetSetting(ctx, vaultSetting, base64.StdEncoding.EncodeToString(sealed))
	})
	if err != nil {
		return err
	}
	kept, err := o.store.Setting(ctx, vaultSetting)
	if err != nil {
		return err
	}
	sealed, err := base64.StdEncoding.DecodeString(kept)
	if err == nil {
		_, err = o.vault.Open(sealed, vaultSetting)
	}
	if err != nil {
		return fault.New(fault.Refused, "cmd.other_secret", "The secrets of this house are sealed under another key. Put its secret.key into the folder {folder}.").
			With("folder", o.place.Data).Because(err)
	}
	return nil
}
