package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/oidc"
)

// idp is a provider of OpenID Connect with one person.
type idp struct {
	t         *testing.T
	server    *httptest.Server
	key       *rsa.PrivateKey
	client    assurance.SSOClient
	state     assurance.SSOState
	door      *oidc.Door
	challenge string         // of PKCE, from the browser's visit
	claims    map[string]any // of the token
	signer    *rsa.PrivateKey
}

const callback = "https://house.example/sso/back"

func setup(t *testing.T) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, signer: key, door: oidc.New(oidc.Options{Callback: callback, Private: true})}
	mux := http.NewServeMux()
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	p.client = assurance.SSOClient{Issuer: p.server.URL, ID: "fondaco", Secret: "shared"}
	p.state = assurance.SSOState{State: "state", Nonce: "nonce", Verifier: "a verifier of at least forty-three characters, yes"}
	p.claims = map[string]any{
		"iss": p.server.URL, "aud": "fondaco", "sub": "ann-1", "nonce": "nonce", "email": "ann@example.com", "email_verified": true,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	}
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
			"jwks_uri": p.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if r.PostFormValue("code") != "good" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]any{"error": "invalid_grant"})
			return
		}
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.token()})
	})
	return p
}

func (p *idp) token() string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.signer, KeyID: "k"}}, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	doc, err := json.Marshal(p.claims)
	if err != nil {
		p.t.Error(err)
	}
	signed, err := signer.Sign(doc)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	return text
}

// left is where the browser is sent, and remembers the challenge.
func (p *idp) left() url.Values {
	p.t.Helper()
	address, err := p.door.Begin(p.t.Context(), p.client, p.state)
	if err != nil {
		p.t.Fatalf("%+v", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.challenge = u.Query().Get("code_challenge")
	return u.Query()
}

func (p *idp) back(code string) (assurance.SSOClaims, error) {
	return p.door.Finish(p.t.Context(), p.client, p.state, code)
}

func TestAPersonComesBackWithWhatTheProviderVouchesFor(t *testing.T) {
	t.Parallel()
	p := setup(t)
	q := p.left()
	for name, want := range map[string]string{
		"state": "state", "nonce": "nonce", "code_challenge_method": "S256", "redirect_uri": callback, "client_id": "fondaco", "response_type": "code",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	got, err := p.back("good")
	if err != nil || got != (assurance.SSOClaims{Subject: "ann-1", Email: "ann@example.com", EmailVerified: true}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatIsNotQuiteRightConfirmsNobody(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*idp){
		"another nonce":    func(p *idp) { p.claims["nonce"] = "of somebody else" },
		"another audience": func(p *idp) { p.claims["aud"] = "another house" },
		"another issuer":   func(p *idp) { p.claims["iss"] = "https://evil.example" },
		"too old":          func(p *idp) { p.claims["exp"] = time.Now().Add(-time.Hour).Unix() },
		"another key": func(p *idp) {
			var err error
			if p.signer, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
				p.t.Fatal(err)
			}
		},
		"another verifier": func(p *idp) { p.challenge = "not that of our verifier" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			p.left()
			spoil(p)
			if got, err := p.back("good"); fault.CodeOf(err) != "oidc.refused" {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	p := setup(t)
	p.left()
	if _, err := p.back("made up"); fault.CodeOf(err) != "oidc.refused" {
		t.Errorf("a made up code: %v", err)
	}
}

func TestAStrangersAddressIsNoWayIntoTheNetwork(t *testing.T) {
	t.Parallel()
	p := setup(t)
	public := oidc.New(oidc.Options{Callback: callback})
	for issuer, code := range map[string]string{
		p.server.URL:                "oidc.bad_issuer",
		"https://127.0.0.1:9":       "oidc.unreachable",
		"https://169.254.169.254":   "oidc.unreachable",
		"https://[::ffff:10.0.0.1]": "oidc.unreachable",
		"https://u:p@idp.example":   "oidc.bad_issuer",
		"file:///etc/passwd":        "oidc.bad_issuer",
		"":                          "oidc.bad_issuer",
	} {
		c := p.client
		c.Issuer = issuer
		if _, err := public.Begin(t.Context(), c, p.state); fault.CodeOf(err) != code {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}
