package oidc

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"code.dny.dev/ssrf"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

const (
	answerMax  = 1 << 20 // bytes of one answer of a provider
	answerTime = 10 * time.Second
)

// Options wire a Door.
type Options struct {
	Callback string // the address of the house to which the provider sends the browser back
	Private  bool   // providers on private addresses and without TLS are reached: for a house on one's own network, and for tests
}

// Door speaks OpenID Connect for the house.
type Door struct {
	options Options
	client  *http.Client
}

// New makes a Door.
func New(o Options) *Door {
	dialer := &net.Dialer{Timeout: answerTime}
	if !o.Private {
		dialer.Control = ssrf.New().Safe
	}
	return &Door{options: o, client: &http.Client{
		Timeout:       answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     bounded{&http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: answerTime, ResponseHeaderTimeout: answerTime, MaxIdleConns: 10, IdleConnTimeout: time.Minute}},
	}}
}

// bounded cuts answers off that are longer than any provider's should be.
type bounded struct{ http.RoundTripper }

// RoundTrip asks, and bounds the answer.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, answerMax), answer.Body}
	}
	return answer, err
}

// Begin answers where the browser is to go. It fails with oidc.bad_issuer (Invalid)
// or oidc.unreachable (Unavailable).
func (d *Door) Begin(ctx context.Context, c assurance.SSOClient, s assurance.SSOState) (string, error) {
	_, config, err := d.provider(ctx, c)
	if err != nil {
		return "", err
	}
	return config.AuthCodeURL(s.State, oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)), nil
}

// Finish answers whom the provider names. It fails with oidc.refused
// (Unauthenticated) where the code, the signature, the audience, the time or the
// nonce is not right.
func (d *Door) Finish(ctx context.Context, c assurance.SSOClient, s assurance.SSOState, code string) (assurance.SSOClaims, error) {
	provider, config, err := d.provider(ctx, c)
	if err != nil {
		return assurance.SSOClaims{}, err
	}
	ctx = oidc.ClientContext(ctx, d.client)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(s.Verifier))
	if err != nil {
		return assurance.SSOClaims{}, refused(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return assurance.SSOClaims{}, refused(nil)
	}
	id, err := provider.Verifier(&oidc.Config{ClientID: c.ID}).Verify(ctx, raw)
	if err != nil || id.Nonce != s.Nonce {
		return assurance.SSOClaims{}, refused(err)
	}
	var said struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&said); err != nil {
		return assurance.SSOClaims{}, refused(err)
	}
	return assurance.SSOClaims{Subject: id.Subject, Email: said.Email, EmailVerified: said.Verified}, nil
}

func (d *Door) provider(ctx context.Context, c assurance.SSOClient) (*oidc.Provider, *oauth2.Config, error) {
	issuer, err := url.Parse(c.Issuer)
	if err != nil || issuer.Host == "" || issuer.User != nil || issuer.RawQuery != "" || issuer.Scheme != "https" && !d.options.Private {
		return nil, nil, fault.New(fault.Invalid, "oidc.bad_issuer", "The provider's address begins with https:// and has no question mark.").At("issuer")
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, d.client), c.Issuer)
	if err != nil {
		return nil, nil, fault.New(fault.Unavailable, "oidc.unreachable", "The company's sign-in service does not answer as it should. Try again, or sign in with your password.").Because(err)
	}
	return provider, &oauth2.Config{
		ClientID: c.ID, ClientSecret: c.Secret, Endpoint: provider.Endpoint(), RedirectURL: d.options.Callback,
		Scopes: []string{oidc.ScopeOpenID, "email"},
	}, nil
}

func refused(cause error) error {
	return fault.New(fault.Unauthenticated, "oidc.refused", "The company's sign-in service did not confirm who you are. Begin again.").Because(cause)
}
