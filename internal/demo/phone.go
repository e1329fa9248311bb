package demo

import (
	"context"
	"net/http"
	"time"

	"github.com/pquerna/otp/totp"

	"fondaco/internal/fault"
)

// phone is a person's authenticator app (RFC 6238). It shows each code once,
// because the house takes each once.
type phone struct {
	seed string // base32
	step int64  // of the last code
}

const stepSeconds = 30

// Code is what an authenticator app with this seed shows at a time, "" if there is
// no app.
func Code(seed string, at time.Time) string {
	if seed == "" {
		return ""
	}
	code, err := totp.GenerateCode(seed, at)
	if err != nil {
		return ""
	}
	return code
}

// edge is how close to the end of a period a code is not worth reading any more.
const edge = 2 * time.Second

// code is the next code of a person's phone. The house takes each once, and only
// while the phone shows it: where this one was used, its clock is moved to the next.
func (t *troupe) code(ctx context.Context, p *phone) (string, error) {
	if p.seed == "" {
		return "", fault.New(fault.Internal, "demo.no_phone", "Somebody without a phone was asked for a code.")
	}
	now := t.time()
	next := time.Unix((now.Unix()/stepSeconds+1)*stepSeconds, 0)
	switch left := next.Sub(now); {
	case now.Unix()/stepSeconds <= p.step:
		if err := t.advance(ctx, left.Truncate(time.Second)+time.Second); err != nil {
			return "", err
		}
	case left < edge:
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(left + edge/10):
		}
	}
	now = t.time()
	p.step = now.Unix() / stepSeconds
	return Code(p.seed, now), nil
}

// enrol adds an authenticator app to the account of whoever is in.
func (t *troupe) enrol(ctx context.Context, c *client) error {
	var offer struct {
		Ticket string `json:"ticket"`
		Secret string `json:"secret"`
	}
	if err := c.post(ctx, "/v1/me/factors/totp", nil, &offer); err != nil {
		return err
	}
	c.phone.seed = offer.Secret
	code, err := t.code(ctx, c.phone)
	if err != nil {
		return err
	}
	if t.cfg.Enrolled != nil {
		t.cfg.Enrolled(c.email, offer.Secret)
	}
	return c.post(ctx, "/v1/me/factors/totp/confirm", map[string]string{"ticket": offer.Ticket, "code": code, "label": "Phone"}, nil)
}

// sign does what moves money or rights: it asks the house what that would do, lets
// everybody named agree with a code, and then does it under the approval. Path
// parameters stand as the API's description names them.
func (c *client) sign(ctx context.Context, d deed, others ...*client) error {
	var approval struct {
		ID string `json:"id"`
	}
	ask := map[string]any{"operation": d.operation}
	if d.names != nil {
		ask["path"] = d.names
	}
	if d.body != nil {
		ask["body"] = d.body
	}
	err := c.post(ctx, "/v1/approvals", ask, &approval)
	if fault.CodeOf(err) == "control.not_needed" {
		return c.post(ctx, d.path, d.body, nil)
	}
	if err != nil {
		return err
	}
	for _, who := range append([]*client{c}, others...) {
		code, err := who.troupe.code(ctx, who.phone)
		if err != nil {
			return err
		}
		if err := who.post(ctx, "/v1/approvals/"+approval.ID+"/agree", map[string]string{"kind": "totp", "code": code}, nil); err != nil {
			return err
		}
	}
	return c.under(ctx, approval.ID, http.MethodPost, d.path, d.body, nil)
}

// deed is a request that is signed.
type deed struct {
	operation string
	path      string
	names     map[string]string // of the parameters in the path
	body      any
}
