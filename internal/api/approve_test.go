package api_test

import (
	"time"
)

// ask is a request as POST /v1/approvals takes it.
func ask(operation string, path map[string]string, body any) map[string]any {
	q := map[string]any{"operation": operation}
	if path != nil {
		q["path"] = path
	}
	if body != nil {
		q["body"] = body
	}
	return q
}

// totpProof is a proof by the role's authenticator app.
func (w *world) totpProof(role string) map[string]any {
	w.t.Helper()
	return map[string]any{"kind": "totp", "code": w.code(role)}
}

// approval asks for one and has these roles agree to it; the first asks.
func (w *world) approval(q map[string]any, roles ...string) string {
	w.t.Helper()
	id := w.want(w.post(roles[0], "/v1/approvals", q), 201, "").word("id")
	for _, role := range roles {
		w.want(w.post(role, "/v1/approvals/"+id+"/agree", w.totpProof(role)), 200, "")
	}
	return id
}

// with sends a request under an approval.
func (w *world) with(approval string, q request) reply {
	w.t.Helper()
	q.headers = map[string]string{"Approval": approval}
	return w.do(q)
}

// surely gives a command without words about a deal, under an approval where that
// is needed.
func (w *world) surely(role, operation, id string) {
	w.t.Helper()
	q := request{role: role, method: "POST", path: "/v1/deals/" + id + "/" + operation}
	if w.asksMuch {
		q.headers = map[string]string{"Approval": w.approval(ask(operation, map[string]string{"id": id}, nil), role)}
	}
	w.want(w.do(q), 200, "")
}

func profileBody(role string) map[string]any {
	return map[string]any{"legal_name": role + " Ltd", "country": "CH", "registration": "CHE-" + role, "address": "Basel"}
}

// verify has a role's company verified by the house.
func (w *world) verify(role string) {
	w.t.Helper()
	w.want(w.do(request{role: role, method: "PUT", path: "/v1/company/profile", body: profileBody(role)}), 200, "")
	w.want(w.post("compliance", "/v1/parties/"+w.party[role]+"/review", map[string]any{
		"verdict": "verified", "reasons": "as in the register", "until": stampOf(w.clock.Now().AddDate(1, 0, 0)), "submission": 1,
	}), 200, "")
}

func stampOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func accountBody(holder string) map[string]any {
	return map[string]any{"holder": holder, "number": "CH93 0076 2011 6238 5295 7", "country": "CH", "currency": "USD"}
}

// propose names a payout account for a role's company; the second agrees.
func (w *world) propose(role, second string) string {
	w.t.Helper()
	a := w.approval(ask("propose-payout-account", nil, accountBody(role+" Ltd")), role, second)
	return w.want(w.with(a, request{role: role, method: "POST", path: "/v1/payout-accounts", body: accountBody(role + " Ltd")}), 201, "").word("id")
}

// pass lets time go by, and everything happen that time brings.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.clock.Advance(d)
	for {
		due, err := w.house.DueClocks(w.t.Context(), 100)
		must(w.t, err)
		if len(due) == 0 {
			return
		}
		for _, c := range due {
			_, err := w.house.Lapse(w.t.Context(), c)
			must(w.t, err)
		}
	}
}

// paidOut is the payout account of a role's company, in force.
func (w *world) account(role, second string) string {
	w.t.Helper()
	w.verify(role)
	id := w.propose(role, second)
	w.pass(73 * time.Hour)
	return id
}
