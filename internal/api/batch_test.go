package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/assurance"
)

// item is one command of a batch.
func item(operation, key string, path map[string]string, body any) map[string]any {
	c := map[string]any{"operation": operation, "key": key}
	if path != nil {
		c["path"] = path
	}
	if body != nil {
		c["body"] = body
	}
	return c
}

func on(id string) map[string]string { return map[string]string{"id": id} }

type answers struct {
	Answers []struct {
		Key      string
		Status   int
		Replayed bool
		Receipt  json.RawMessage
		Problem  json.RawMessage
	}
}

func (a answers) id(i int) string { return reply{body: a.Answers[i].Receipt}.word("id") }

// code is that of a problem, "" of a receipt.
func (a answers) code(i int) string { return reply{body: a.Answers[i].Problem}.word("code") }

// batch sends commands and insists on an answer to each.
func (w *world) batch(role string, commands ...map[string]any) answers {
	w.t.Helper()
	r := w.want(w.post(role, "/v1/batch", map[string]any{"commands": commands}), 200, "")
	var a answers
	must(w.t, json.Unmarshal(r.body, &a))
	if len(a.Answers) != len(commands) {
		w.t.Fatalf("%d commands have %d answers", len(commands), len(a.Answers))
	}
	for i, one := range a.Answers {
		if one.Key != commands[i]["key"] || (one.Receipt == nil) == (one.Problem == nil) || (one.Status < 300) != (one.Receipt != nil) {
			w.t.Errorf("answer %d is %d %s %s to the key %v", i, one.Status, one.Receipt, one.Problem, commands[i]["key"])
		}
	}
	return a
}

func (a answers) statuses() map[int]int {
	got := map[int]int{}
	for _, one := range a.Answers {
		got[one.Status]++
	}
	return got
}

// counted is a store that takes its time and counts its commits.
type counted struct {
	assurance.Store
	commits atomic.Int64
}

func TestAHundredDraftsAreAHundredDealsInFewCommits(t *testing.T) {
	t.Parallel()
	c := &counted{}
	w := populated(t, func(s assurance.Store) assurance.Store { c.Store = s; return c })
	var commands []map[string]any
	for i := range 100 {
		commands = append(commands, item("draft-deal", fmt.Sprint("draft-", i), nil, w.terms()))
	}
	before := c.commits.Load()
	a := w.batch("seller", commands...)
	if commits := c.commits.Load() - before; commits > 25 {
		t.Errorf("100 commands took %d commits", commits)
	}
	ids := map[string]bool{}
	for i := range commands {
		ids[a.id(i)] = true
	}
	if a.statuses()[201] != 100 || len(ids) != 100 {
		t.Fatalf("100 drafts are answered %v with %d ids", a.statuses(), len(ids))
	}
	again := w.batch("seller", commands...)
	for i := range commands {
		if !again.Answers[i].Replayed || again.id(i) != a.id(i) || a.Answers[i].Replayed || !bytes.Equal(again.Answers[i].Receipt, a.Answers[i].Receipt) {
			t.Fatalf("draft %d, sent again, is answered %s after %s", i, again.Answers[i].Receipt, a.Answers[i].Receipt)
		}
	}
	// Two commands on each of 50 deals keep their order: nobody signs what is not offered.
	hash := w.get("seller", "/v1/deals/"+a.id(0)).word("terms_hash")
	commands = nil
	for i := range 50 {
		commands = append(commands, item("offer", fmt.Sprint("offer-", i), on(a.id(i)), nil), item("sign", fmt.Sprint("sign-", i), on(a.id(i)), map[string]any{"hash": hash}))
	}
	if got := w.batch("seller", commands...).statuses(); got[200] != 100 {
		t.Errorf("offers with their signatures are answered %v", got)
	}
}

func TestADepositIsInOrderWithItsDeal(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("agreed")
	deposit := func(reference string, minor int64) map[string]any {
		return item("report-deposit", reference, nil, map[string]any{
			"rail": "sandbox", "reference": reference, "deal": id, "amount": usd(minor), "booked_at": "2027-03-05T12:00:00Z",
		})
	}
	a := w.batch("rail", deposit("R-1", 40_000), deposit("R-2", 60_000))
	first, second := reply{body: a.Answers[0].Receipt}, reply{body: a.Answers[1].Receipt}
	if first.number("log.last") >= second.number("log.first") || a.statuses()[201] != 2 {
		t.Errorf("two deposits of one deal are answered %s and %s", first.body, second.body)
	}
	if phase := w.get("buyer", "/v1/deals/"+id).word("phase"); phase != "funded" {
		t.Errorf("the deal is %s", phase)
	}
}

func TestACommandInABatchIsAnsweredAsAlone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id, other := w.deal("delivered"), w.deal("draft")
	for _, tt := range []struct {
		role, operation string
		path            map[string]string
		url             string
		body            any
	}{
		{"buyer", "accept", on(other), "/v1/deals/" + other + "/accept", nil},
		{"seller", "accept", on(id), "/v1/deals/" + id + "/accept", nil},
		{"stranger", "accept", on(id), "/v1/deals/" + id + "/accept", nil},
		{"stranger", "offer", on("none"), "/v1/deals/none/offer", nil},
		{"buyer", "freeze", on(id), "/v1/deals/" + id + "/freeze", map[string]any{"case": "C"}},
		{"buyer", "report-deposit", nil, "/v1/rail/deposits", map[string]any{"rail": "r", "reference": "x", "amount": usd(1), "booked_at": "2027-03-05T12:00:00Z"}},
		{"mediator", "accept", on(id), "/v1/deals/" + id + "/accept", nil},
		{"buyer", "withdraw-money", nil, "/v1/payouts", map[string]any{"amount": usd(-5)}},
		{"buyer", "raise-claim", on(id), "/v1/deals/" + id + "/claims", map[string]any{"reason": "QUALITY_DEFECT"}},
		{"buyer", "sign", on(id), "/v1/deals/" + id + "/sign", map[string]any{"hash": "zz"}},
		{"buyer", "sign", on(id), "/v1/deals/" + id + "/sign", nil},
		{"buyer", "sign", on(id), "/v1/deals/" + id + "/sign", map[string]any{"Hash": "zz"}},
		{"buyer", "sign", on(id), "/v1/deals/" + id + "/sign", map[string]any{"hash": 1}},
		{"buyer", "sign", on(id), "/v1/deals/" + id + "/sign", map[string]any{"hash": "x", "verified": true}},
		{"buyer", "accept", on(id), "/v1/deals/" + id + "/accept", map[string]any{"amount": 1}},
		{"buyer", "take-offer", map[string]string{"id": id, "claim": "none", "number": "1e2"}, "/v1/deals/" + id + "/claims/none/offers/1e2/take", nil},
		{"buyer", "take-offer", map[string]string{"id": id, "claim": "none", "number": "0"}, "/v1/deals/" + id + "/claims/none/offers/0/take", nil},
		{"buyer", "extend-inspection", on(id), "/v1/deals/" + id + "/extend-inspection", map[string]any{"days": 1_000}},
	} {
		alone := w.do(request{role: tt.role, method: "POST", path: tt.url, body: tt.body, key: "alone"})
		a := w.batch(tt.role, item(tt.operation, "batched", tt.path, tt.body))
		if alone.status < 400 || a.Answers[0].Status != alone.status || !bytes.Equal(bytes.TrimSpace(alone.body), a.Answers[0].Problem) {
			t.Errorf("%s by %s is answered alone %s, in a batch %d %s", tt.operation, tt.role, alone.text(), a.Answers[0].Status, a.Answers[0].Problem)
		}
	}
	w.want(w.do(request{method: "POST", path: "/v1/batch", body: map[string]any{"commands": []any{item("accept", "k", on(id), nil)}}}), 401, "people.sign_in")
	w.want(w.do(request{method: "POST", path: "/v1/batch", body: map[string]any{}, headers: map[string]string{"Authorization": "Bearer fdk_wrong"}}), 401, "people.bad_token")
	if d := w.get("buyer", "/v1/deals/"+id); d.word("phase") != "delivered" {
		t.Errorf("after nothing but refusals the deal is %s", d.word("phase"))
	}
}

func TestOneBadCommandHarmsNobody(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("draft")
	deep := json.RawMessage(strings.Repeat(`{"a":`, 5_000) + "1" + strings.Repeat("}", 5_000))
	bad := []struct {
		name    string
		command map[string]any
		code    string
	}{
		{"an operation that is not there", item("no-such", "k1", nil, nil), "request.not_in_batch"},
		{"a read", item("get-deal", "k2", on(id), nil), "request.not_in_batch"},
		{"a batch in a batch", item("batch", "k3", nil, map[string]any{"commands": []any{item("offer", "n", on(id), nil)}}), "request.not_in_batch"},
		{"a sign-up", item("sign-up", "k4", nil, nil), "request.not_in_batch"},
		{"what only staff does to the house", item("resume", "k5", nil, nil), "request.not_in_batch"},
		{"the clock", item("advance-clock", "k6", nil, map[string]any{"seconds": 5}), "request.not_in_batch"},
		{"no key", item("offer", "", on(id), nil), "request.invalid"},
		{"a key too long", item("offer", strings.Repeat("k", 201), on("none"), nil), "house.long_key"},
		{"no id", item("offer", "k7", nil, nil), "request.invalid"},
		{"an id too many", item("offer", "k8", map[string]string{"id": id, "claim": "x"}, nil), "request.unknown_key"},
		{"another name", item("offer", "k9", map[string]string{"deal": id}, nil), "request.invalid"},
		{"a way out of the path", item("offer", "k10", on("../deals/"+id), nil), "request.no_such_path"},
		{"an escape", item("offer", "k11", on("%2e%2e"), nil), "request.no_such_path"},
		{"a line end", item("offer", "k12", on(id+"\r\nX: y"), nil), "request.no_such_path"},
		{"a huge id", item("offer", "k13", on(strings.Repeat("a", 10_000)), nil), "request.no_such_path"},
		{"a deep body", item("sign", "k14", on(id), deep), "request.unknown_key"},
		{"a body where none belongs", item("offer", "k15", on(id), map[string]any{"x": 1}), "request.unknown_key"},
		{"a huge text", item("sign", "k16", on(id), map[string]any{"hash": strings.Repeat("a", 100_000)}), "evidence.bad_hash"},
		{"a person's own party", item("draft-deal", "k17", nil, maps.Collect(maps.All(w.changed(map[string]any{"role": "administrator"})))), "request.unknown_key"},
	}
	commands := []map[string]any{item("draft-deal", "good-1", nil, w.terms())}
	for _, b := range bad {
		commands = append(commands, b.command)
	}
	commands = append(commands, item("draft-deal", "good-2", nil, w.terms()), item("offer", "good-3", on(id), nil))
	a := w.batch("seller", commands...)
	for i, b := range bad {
		if a.code(i+1) != b.code {
			t.Errorf("%s is answered %d %s", b.name, a.Answers[i+1].Status, a.Answers[i+1].Problem)
		}
	}
	last := len(commands) - 1
	if a.Answers[0].Status != 201 || a.Answers[last-1].Status != 201 || a.Answers[last].Status != 200 {
		t.Errorf("the good ones are answered %v", a.statuses())
	}
}

func TestKeysInABatchAreThoseOfTheCaller(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("draft")
	draft := item("draft-deal", "twice", nil, w.terms())
	a := w.batch("seller", draft, draft, item("draft-deal", "twice", nil, w.changed(map[string]any{"title": "other"})))
	made, replayed, reused := map[string]bool{}, 0, 0
	for i := range a.Answers {
		switch {
		case a.code(i) == "house.key_reused":
			reused++
		case a.Answers[i].Replayed:
			replayed++
			made[a.id(i)] = true
		default:
			made[a.id(i)] = true
		}
	}
	if !(len(made) == 1 && (replayed == 1 && reused == 1 || replayed == 0 && reused == 2)) { // whichever of them came first has the key
		t.Errorf("one key for three commands: %d made, %d replayed, %d refused", len(made), replayed, reused)
	}
	a = w.batch("seller", item("offer", "k", on(id), nil), item("offer", "k", on(id), nil), item("withdraw", "k", on(id), map[string]any{}))
	if a.Answers[0].Status != 200 || !a.Answers[1].Replayed || a.id(1) != id || a.code(2) != "house.key_reused" {
		t.Errorf("one key for three commands on one deal is answered %+v", a.statuses())
	}
	// What was said in a batch is known outside, and the other way round.
	alone := w.do(request{role: "seller", method: "POST", path: "/v1/deals/" + id + "/offer", key: "k"})
	if alone.status != 200 || alone.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the key of a batch, used alone, is answered %s", alone.text())
	}
	if b := w.batch("buyer", item("draft-deal", "twice", nil, w.terms())); b.Answers[0].Replayed || b.Answers[0].Status != 201 {
		t.Errorf("another caller's key is answered %d", b.Answers[0].Status)
	}
}

func TestABatchThatCannotBeReadIsRefusedWhole(t *testing.T) {
	t.Parallel()
	w := setup(t)
	good := encoded(t, item("draft-deal", "k", nil, w.terms()))
	before, err := w.house.LogSize(t.Context())
	must(t, err)
	for _, tt := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"none", `{"commands":[]}`, 422, "request.batch_size"},
		{"101", `{"commands":[` + good + strings.Repeat(","+good, 100) + `]}`, 422, "request.batch_size"},
		{"no list", `{}`, 422, "request.invalid"},
		{"another type", `{"commands":{}}`, 400, "request.wrong_type"},
		{"no operation", `{"commands":[` + good + `,{"key":"x"}]}`, 422, "request.invalid"},
		{"a key twice in a command", `{"commands":[` + good + `,{"key":"x","key":"y","operation":"offer"}]}`, 400, "request.duplicate_key"},
		{"a key twice in a body", `{"commands":[` + good + `,{"key":"x","operation":"sign","body":{"hash":"a","hash":"b"}}]}`, 400, "request.duplicate_key"},
		{"a key twice in a path", `{"commands":[` + good + `,{"key":"x","operation":"offer","path":{"id":"a","id":"b"}}]}`, 400, "request.duplicate_key"},
		{"another case", `{"commands":[{"Key":"x","operation":"offer"}]}`, 400, "request.wrong_case"},
		{"an unknown key", `{"atomic":true,"commands":[` + good + `]}`, 400, "request.unknown_key"},
		{"a number in a path", `{"commands":[{"key":"x","operation":"offer","path":{"id":1}}]}`, 400, "request.wrong_type"},
		{"a body that is a list", `{"commands":[{"key":"x","operation":"offer","body":[]}]}`, 400, "request.wrong_type"},
		{"a body that is null", `{"commands":[{"key":"x","operation":"offer","body":null}]}`, 400, "request.wrong_type"},
		{"something after it", `{"commands":[` + good + `]}{}`, 400, "request.trailing_data"},
		{"cut short", `{"commands":[` + good, 400, "request.malformed"},
		{"not text", "{\"commands\":[{\"key\":\"\xff\",\"operation\":\"offer\"}]}", 400, "request.malformed"},
		{"deeper than anything", `{"commands":[{"key":"x","operation":"sign","body":` + strings.Repeat(`{"a":`, 50_000) + "1" + strings.Repeat("}", 50_000) + `}]}`, 400, "request.malformed"},
		{"larger than a request", `{"commands":[` + good + `],"x":"` + strings.Repeat("a", 1<<20) + `"}`, 413, "request.too_large"},
	} {
		r := w.do(request{role: "seller", method: "POST", path: "/v1/batch", body: tt.body})
		if r.status != tt.status || r.word("code") != tt.code {
			t.Errorf("%s: %.200s", tt.name, r.text())
		}
	}
	if after, err := w.house.LogSize(t.Context()); err != nil || after != before {
		t.Errorf("batches refused whole wrote %d facts, %v", after-before, err)
	}
}

const commitTakes = 5 * time.Millisecond

// Commit is slow, so that whoever comes meanwhile has to wait for the next one.
func (c *counted) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	c.commits.Add(1)
	time.Sleep(commitTakes)
	return c.Store.Commit(ctx, b, place)
}
