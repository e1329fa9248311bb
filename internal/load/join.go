package load

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"fondaco/internal/fault"
)

// password is that of every account of a load; a sandbox holds nothing of worth.
const password = "seven simulated cargoes at sea"

// account is one company's owner with the token of an API key.
type account struct {
	email string
	party string
	token string
	seed  string // of the authenticator app
}

// Programs sign up as a stranger would who reads the API's description: by mail,
// with a second factor, and with an API key, because the commands of a deal move
// money and nobody is there to sign each.

// both does something with each of the program's companies.
func (p *program) both(do func(in *account, side string) error) error {
	if err := do(&p.seller, "seller"); err != nil {
		return err
	}
	return do(&p.buyer, "buyer")
}

// join signs both companies up.
func (p *program) join(ctx context.Context) error {
	return p.both(func(in *account, side string) error {
		in.email = p.email(side)
		if err := p.signUp(ctx, in, side); err != nil {
			return err
		}
		return p.enrol(ctx, in)
	})
}

// arm gives both companies a key.
func (p *program) arm(ctx context.Context) error {
	return p.both(func(in *account, _ string) error {
		if err := p.makeKey(ctx, in); err != nil {
			return err
		}
		return p.crew.book.enter(line{Kind: lineAccount, Email: in.email, Password: password, Seed: in.seed, Party: in.party, Token: in.token})
	})
}

// nextPeriod moves the sandbox's clock to the next period of authenticator apps,
// because the house takes a code once, and waits until that is so at every address.
func (p *program) nextPeriod(ctx context.Context) error {
	var moved clock
	in := map[string]int64{"seconds": int64(codeSpan / time.Second)}
	if _, err := p.line.post(ctx, p.seller.token, "/v1/sandbox/clock", in, &moved); err != nil {
		return err
	}
	for _, address := range p.line.urls {
		for begun := time.Now(); time.Since(begun) < p.line.giveUp; {
			a, _, err := p.line.try(ctx, address, request{method: http.MethodGet, path: healthPath})
			var here clock
			if err != nil || json.Unmarshal(a.body, &here) == nil && !here.Now.Before(moved.Now) {
				break // it is there, or nobody answers at this address
			}
			if err := pauseFor(ctx, lookFirst); err != nil {
				return err
			}
		}
	}
	return nil
}

// healthPath tells everybody the house's time.
const healthPath = "/v1/health"

type clock struct {
	Now time.Time `json:"now"`
}

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "load.no_answer", "The house has not answered.").Because(ctx.Err())
	case <-time.After(d):
		return nil
	}
}

func refusal(a answer) error {
	return fault.New(fault.Refused, "load.refused", "The house has refused an account ({code}).").With("code", a.code())
}

// post asks for something that is not written down, and reads the answer.
func (h *house) post(ctx context.Context, token, path string, in, out any) (answer, error) {
	q := request{method: http.MethodPost, path: path, token: token, key: rand.Text()}
	if in != nil {
		q.body = bytesOf(in)
	}
	return h.read(ctx, q, out)
}

func (h *house) read(ctx context.Context, q request, out any) (answer, error) {
	a, err := h.ask(ctx, q)
	if err == nil && a.refused() {
		err = refusal(a)
	}
	if err == nil && out != nil && json.Unmarshal(a.body, out) != nil {
		err = refusal(a)
	}
	return a, err
}

// session is a token, or what a sign-in still needs.
type session struct {
	Token  string `json:"token"`
	Next   string `json:"next"`
	Ticket string `json:"ticket"`
	Person struct {
		Party string `json:"party"`
	} `json:"person"`
}

// signUp opens the account by the link of the mail that the sandbox keeps.
func (p *program) signUp(ctx context.Context, in *account, side string) error {
	up := map[string]any{
		"email": in.email, "name": "Load " + side, "password": password, "language": "en",
		"company": map[string]string{"legal_name": fmt.Sprintf("Load %s %d %s Ltd", p.crew.run, p.number, side), "country": "DE", "registration": fmt.Sprintf("%s-%d", p.crew.run, p.number)},
	}
	if _, err := p.line.post(ctx, "", "/v1/sign-up", up, nil); err != nil {
		return err
	}
	secret, err := p.line.linkTo(ctx, in.email)
	if err != nil {
		return err
	}
	var s session
	a, err := p.line.post(ctx, "", "/v1/sign-up/confirm", map[string]string{"secret": secret}, &s)
	if a.refused() && a.code() == "people.no_ticket" && a.tries > 1 {
		s, err = signIn(ctx, p.line, *in) // the link was taken, by us, and the answer was lost
	}
	in.token, in.party = s.Token, s.Person.Party
	return err
}

// linkTo waits for the mail and answers what its link ends with.
func (h *house) linkTo(ctx context.Context, email string) (string, error) {
	begun := time.Now()
	for pause := lookFirst; ; pause = min(2*pause, lookMax) {
		var box struct {
			Items []struct {
				Link string `json:"link"`
			} `json:"items"`
		}
		if _, err := h.read(ctx, request{method: http.MethodGet, path: "/v1/sandbox/mail?limit=200&to=" + url.QueryEscape(email)}, &box); err != nil {
			return "", err
		}
		for _, m := range box.Items {
			if _, secret, found := strings.Cut(m.Link, "/join/"); found {
				return secret, nil
			}
		}
		if time.Since(begun) > h.giveUp {
			return "", fault.New(fault.Unavailable, "load.no_mail", "No mail has come to {address}.").With("address", email)
		}
		if err := pauseFor(ctx, pause); err != nil {
			return "", err
		}
	}
}

// enrol adds an authenticator app.
func (p *program) enrol(ctx context.Context, in *account) error {
	var offer struct {
		Ticket string `json:"ticket"`
		Secret string `json:"secret"`
	}
	if _, err := p.line.post(ctx, in.token, "/v1/me/factors/totp", nil, &offer); err != nil {
		return err
	}
	in.seed = offer.Secret
	code, err := p.line.code(ctx, *in)
	if err != nil {
		return err
	}
	proof := map[string]string{"ticket": offer.Ticket, "code": code, "label": "Load"}
	a, err := p.line.post(ctx, in.token, "/v1/me/factors/totp/confirm", proof, nil)
	if a.refused() && a.tries > 1 {
		return nil // it was kept at the first time, and the answer was lost; if not, the approval will say so
	}
	return err
}

const codeSpan = 30 * time.Second

// codeEdge is how close to the end of a period a code is not worth reading any more.
const codeEdge = 3 * time.Second

// code is what the account's authenticator app shows now, by the house's time.
func (h *house) code(ctx context.Context, in account) (string, error) {
	var is clock
	for {
		if _, err := h.read(ctx, request{method: http.MethodGet, path: healthPath}, &is); err != nil {
			return "", err
		}
		left := codeSpan - is.Now.Sub(is.Now.Truncate(codeSpan))
		if left > codeEdge {
			break
		}
		if err := pauseFor(ctx, left); err != nil {
			return "", err
		}
	}
	code, err := totp.GenerateCode(in.seed, is.Now)
	if err != nil {
		return "", fault.New(fault.Refused, "load.bad_seed", "The house has offered a seed that is none.").Because(err)
	}
	return code, nil
}

// keyDays is longer than any load takes.
const keyDays = 366

// makeKey asks for an API key, agrees to it with a code, and goes on under it.
func (p *program) makeKey(ctx context.Context, in *account) error {
	key := map[string]any{
		"label": "Load", "scopes": []string{"read_deals", "read_money", "draft", "offer", "sign", "ship", "receive", "release"},
		"ceiling": []amount{{Amount: 10_000_000_00, Currency: "USD"}}, "days": keyDays,
	}
	var approval struct {
		ID string `json:"id"`
	}
	if _, err := p.line.post(ctx, in.token, "/v1/approvals", map[string]any{"operation": "make-key", "body": key}, &approval); err != nil {
		return err
	}
	code, err := p.line.code(ctx, *in)
	if err != nil {
		return err
	}
	a, err := p.line.post(ctx, in.token, "/v1/approvals/"+approval.ID+"/agree", map[string]string{"kind": "totp", "code": code}, nil)
	if err != nil && (!a.refused() || a.tries == 1) {
		return err
	}
	var made struct {
		Secret string `json:"secret"`
	}
	q := request{method: http.MethodPost, path: "/v1/keys", token: in.token, key: rand.Text(), approval: approval.ID, body: bytesOf(key)}
	if _, err := p.line.read(ctx, q, &made); err != nil {
		return err
	}
	in.token = made.Secret
	return nil
}

// signIn asks for another token, with a code of the authenticator app.
func signIn(ctx context.Context, h *house, in account) (session, error) {
	var s session
	if _, err := h.post(ctx, "", "/v1/sessions", map[string]string{"email": in.email, "password": password}, &s); err != nil || s.Next != "factor" || in.seed == "" {
		return s, err
	}
	code, err := h.code(ctx, in)
	if err != nil {
		return s, err
	}
	_, err = h.post(ctx, "", "/v1/sessions/continue", map[string]string{"ticket": s.Ticket, "kind": "totp", "code": code}, &s)
	return s, err
}
