package passkey

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

const (
	challengeBytes = 32
	responseMax    = 64 << 10 // bytes of a browser's answer; real ones have one to six thousand
	patience       = 5 * time.Minute
)

// Options say which house the passkeys are for.
type Options struct {
	PublicURL string // where browsers reach the house; https, or http for localhost
	RPID      string // the domain that passkeys belong to; empty for the host of PublicURL
	Name      string // of the house, as authenticators show it
}

// Gate is one relying party. It holds no state and may be used by many at once.
type Gate struct {
	rpID    string
	name    string
	origin  string
	library *webauthn.WebAuthn
}

// New returns the gate of a house. It fails with Invalid passkey.no_domain where
// browsers would refuse passkeys: an address of numbers, http elsewhere than on
// localhost, or an RP id that the host is not under.
func New(o Options) (*Gate, error) {
	origin, host, err := originOf(o.PublicURL)
	if err != nil {
		return nil, err
	}
	g := &Gate{rpID: strings.ToLower(o.RPID), name: o.Name, origin: origin}
	if g.rpID == "" {
		g.rpID = host
	}
	if g.name == "" {
		g.name = g.rpID
	}
	if !under(host, g.rpID) {
		return nil, noDomain("the page's host is not under the RP id")
	}
	g.library, err = webauthn.New(&webauthn.Config{
		RPID:          g.rpID,
		RPDisplayName: g.name,
		RPOrigins:     []string{g.origin},
		// Some password keepers answer extensions that nobody asked for; none is read here.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, noDomain(err.Error())
	}
	return g, nil
}

var _ assurance.Passkeys = (*Gate)(nil)

// RPID returns the domain that the passkeys of this house belong to.
func (g *Gate) RPID() string { return g.rpID }

// originOf returns the origin as browsers spell it, and its host.
func originOf(publicURL string) (origin, host string, err error) {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" {
		return "", "", noDomain("the public address is not a web address")
	}
	host = strings.ToLower(u.Hostname())
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	switch {
	case net.ParseIP(host) != nil:
		return "", "", noDomain("the public address is made of numbers; browsers want a name")
	case u.Scheme != "https" && (u.Scheme != "http" || !local):
		return "", "", noDomain("the public address is not https")
	}
	origin = u.Scheme + "://" + host
	if p := u.Port(); p != "" && (u.Scheme != "https" || p != "443") && (u.Scheme != "http" || p != "80") {
		origin += ":" + p
	}
	return origin, host, nil
}

func under(host, rpID string) bool {
	return rpID != "" && (host == rpID || strings.HasSuffix(host, "."+rpID))
}

// algorithms are those that VerifyAssertion can check, the preferred first.
func algorithms() []protocol.CredentialParameter {
	var all []protocol.CredentialParameter
	for _, a := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		all = append(all, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a})
	}
	return all
}

func freshChallenge() []byte {
	c := make([]byte, challengeBytes)
	_, _ = rand.Read(c) // it never fails: the process ends instead
	return c
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func noDomain(why string) *fault.Error {
	return fault.New(fault.Invalid, "passkey.no_domain", "Passkeys need a house with a domain name and https: {why}.").With("why", why)
}

func bad(cause error) *fault.Error {
	return fault.New(fault.Invalid, "passkey.bad", "The passkey's answer could not be verified.").Because(cause)
}

func unknown() *fault.Error {
	return fault.New(fault.Unauthenticated, "passkey.unknown", "This house does not know this passkey.")
}
