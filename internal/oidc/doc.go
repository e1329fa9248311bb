// Package oidc lets the people of a company sign in with the company's own
// identity provider, by OpenID Connect Core 1.0: the code flow with PKCE
// (RFC 7636), a state and a nonce.
//
//	Begin ─▶ address of the provider ─▶ browser ─▶ code ─▶ Finish ─▶ who it was
//
// The provider is named by an owner of a company, so it is a stranger's address:
// it is reached by HTTPS only, on public addresses only, each looked at when the
// connection is made, with bounds on time and size. A private provider is reached
// if the operator says so.
//
// The package does not decide who may come in: it answers what the provider said,
// after its signature, issuer, audience, time and nonce have been checked.
package oidc
