package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// client speaks the API for one person, or for a stranger.
type client struct {
	*troupe
	email    string
	password string
	token    string
	phone    *phone
}

// problem is a refusal (RFC 9457).
type problem struct {
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Errors []struct {
		Field   string `json:"field"`
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

const answerMax = 4 << 20

// do asks, and if the token has run out meanwhile, as it does when the clock moves
// by months, signs in and asks again. It fails with the code of the house's
// refusal, or demo.no_answer (Unavailable).
func (c *client) do(ctx context.Context, method, path string, in, out any) error {
	err := c.ask(ctx, method, path, in, out)
	if c.token == "" || fault.CodeOf(err) != "people.bad_token" {
		return err
	}
	if err := c.signIn(ctx); err != nil {
		return err
	}
	return c.ask(ctx, method, path, in, out)
}

// entrance is a token, or what a sign-in still needs.
type entrance struct {
	Token  string `json:"token"`
	Next   string `json:"next"`
	Ticket string `json:"ticket"`
	Person struct {
		Party string `json:"party"`
	} `json:"person"`
}

// signIn asks for a token, with a code of the phone where the house wants one.
func (c *client) signIn(ctx context.Context) error {
	c.token = ""
	var in entrance
	if err := c.ask(ctx, http.MethodPost, "/v1/sessions", map[string]string{"email": c.email, "password": c.password}, &in); err != nil {
		return err
	}
	if in.Next == "factor" {
		code, err := c.troupe.code(ctx, c.phone)
		if err != nil {
			return err
		}
		proof := map[string]string{"ticket": in.Ticket, "kind": "totp", "code": code}
		if err := c.ask(ctx, http.MethodPost, "/v1/sessions/continue", proof, &in); err != nil {
			return err
		}
	}
	c.token = in.Token
	return nil
}

// ask sends in, if there is any, and reads the answer into out, if it is wanted.
func (c *client) ask(ctx context.Context, method, path string, in, out any) error {
	return c.under(ctx, "", method, path, in, out)
}

// A house that is busy says so, and is asked again so often.
const (
	triesMax   = 10
	againAfter = 200 * time.Millisecond // and after each further try so much later
)

// under asks under an approval, if there is one.
func (c *client) under(ctx context.Context, approval, method, path string, in, out any) error {
	key := rand.Text()
	for try := 1; ; try++ {
		status, err := c.once(ctx, key, approval, method, path, in, out)
		if status != http.StatusServiceUnavailable || try == triesMax {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(try) * againAfter):
		}
	}
}

// once asks one time under a key; the status is 0 if there is no whole answer.
func (c *client) once(ctx context.Context, key, approval, method, path string, in, out any) (status int, err error) {
	var body io.Reader
	if in != nil {
		doc, err := json.Marshal(in)
		if err != nil {
			return 0, noAnswer(err)
		}
		body = bytes.NewReader(doc)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.cfg.URL+path, body)
	if err != nil {
		return 0, noAnswer(err)
	}
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet {
		request.Header.Set("Idempotency-Key", key)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if approval != "" {
		request.Header.Set("Approval", approval)
	}
	answer, err := c.cfg.HTTP.Do(request)
	if err != nil {
		return 0, noAnswer(err)
	}
	defer func() { _ = answer.Body.Close() }()
	doc, err := io.ReadAll(io.LimitReader(answer.Body, answerMax))
	if err != nil {
		return 0, noAnswer(err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return answer.StatusCode, refused(method+" "+path, doc)
	}
	if out == nil || answer.StatusCode == http.StatusNoContent {
		return answer.StatusCode, nil
	}
	if err := json.Unmarshal(doc, out); err != nil {
		return answer.StatusCode, noAnswer(err)
	}
	return answer.StatusCode, nil
}

func noAnswer(err error) error {
	return fault.New(fault.Unavailable, "demo.no_answer", "The house has not answered.").Because(err)
}

func refused(what string, doc []byte) error {
	var p problem
	if err := json.Unmarshal(doc, &p); err != nil || p.Code == "" {
		return noAnswer(err)
	}
	f := fault.New(fault.Refused, p.Code, "{what} was refused: {why}").With("what", what).With("why", p.Detail)
	for _, e := range p.Errors {
		f = f.And(fault.New(fault.Invalid, e.Code, e.Message).At(e.Field))
	}
	return f
}

func (c *client) get(ctx context.Context, path string, out any) error {
	return c.do(ctx, http.MethodGet, path, nil, out)
}

func (c *client) post(ctx context.Context, path string, in, out any) error {
	return c.do(ctx, http.MethodPost, path, in, out)
}

// amount is money in the API.
type amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// String is the amount with its code, such as "USD 1,250.00".
func (a amount) String() string {
	c, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return a.Currency
	}
	return money.New(a.Amount, c).String()
}

// share is bps of the amount.
func (a amount) share(bps int64) amount { return amount{a.Amount * bps / 10_000, a.Currency} }

// receipt is the answer to every write.
type receipt struct {
	ID    string `json:"id"`
	State string `json:"state"`
}

// deal is what the demo reads of a deal.
type deal struct {
	ID        string `json:"id"`
	Phase     string `json:"phase"`
	Outcome   string `json:"outcome"`
	Frozen    bool   `json:"frozen"`
	TermsHash string `json:"terms_hash"`
	Money     struct {
		Total    amount `json:"total"`
		Received amount `json:"received"`
		Missing  amount `json:"missing"`
		Held     amount `json:"held"`
		Disputed amount `json:"disputed"`
		Released amount `json:"released"`
		Refunded amount `json:"refunded"`
		Fees     amount `json:"fees"`
	} `json:"money"`
	Consignments []struct {
		ID string `json:"id"`
	} `json:"consignments"`
	Claims []struct {
		ID     string `json:"id"`
		Offers []struct {
			Number int `json:"number"`
		} `json:"offers"`
	} `json:"claims"`
	Next *struct {
		Who   string `json:"who"`
		What  string `json:"what"`
		By    string `json:"by"`
		Lapse string `json:"lapse"`
		May   bool   `json:"may"`
	} `json:"next"`
}
