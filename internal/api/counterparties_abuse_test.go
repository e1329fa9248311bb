package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/api"
	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
)

const quartermaine = "2|Quartermaine Zebulon Elias|person|1960-03-12|SY"

func TestNamesThatNobodyShouldSendAreAnswered(t *testing.T) {
	t.Parallel()
	w := opening{watched: lists(quartermaine)}.open(t)
	for name, tt := range map[string]struct {
		name   string
		status int
		code   string
		hit    bool
	}{
		"nothing":            {"", 422, "screening.empty_name", false},
		"only spaces":        {" \u3000\t", 422, "screening.empty_name", false},
		"10,000 characters":  {strings.Repeat("Quartermaine ", 770), 422, "screening.long_name", false},
		"1,001 wide ones":    {strings.Repeat("名", 1001), 422, "screening.long_name", false},
		"1,000 of a kind":    {strings.Repeat("a", 1000), 200, "", false},
		"500 words":          {strings.Repeat("a ", 499) + "b", 200, "", false},
		"only zero widths":   {"\u200b\u200d\u2060\ufeff", 422, "screening.unreadable_name", false},
		"only marks":         {strings.Repeat("\u0301", 600), 422, "screening.unreadable_name", false},
		"a heap of marks":    {"Z" + strings.Repeat("\u0301", 900) + "ebulon", 200, "", true},
		"zero widths inside": {"Quarter\u200bmaine Zebu\u2060lon Elias", 200, "", true},
		"right to left":      {"\u202eQuartermaine Zebulon Elias\u202c", 200, "", true},
		"mixed scripts":      {"Qu\u0430rtermaine Z\u0435bulon Elias", 200, "", true}, // Cyrillic a and e
		"wide letters":       {"Ｑｕａｒｔｅｒｍａｉｎｅ Ｚｅｂｕｌｏｎ Ｅｌｉａｓ", 200, "", true},
		"control characters": {"Quartermaine\u0000 Zebulon\u0007 Elias", 200, "", true},
		"query language":     {"'; DROP TABLE parties; -- Zebulon", 200, "", false},
		"pictures":           {"🛳🚢", 422, "screening.unreadable_name", false},
	} {
		r := w.want(w.post("buyer", "/v1/screenings", map[string]any{"name": tt.name}), tt.status, tt.code)
		if found := r.word("hits.0.entity_id") == "2"; found != tt.hit {
			t.Errorf("%s: %s", name, r.text())
		}
		if tt.status != 200 && len(strings.TrimSpace(tt.name)) > 8 && strings.Contains(string(r.body), tt.name[:9]) {
			t.Errorf("%s: the refusal repeats the name: %s", name, r.text())
		}
	}
	w.want(w.post("buyer", "/v1/screenings", "{\"name\":\"Zeb\xffulon\"}"), 400, "request.malformed")
	w.want(w.post("buyer", "/v1/screenings", `{"name":"\ud800"}`), 400, "request.malformed")
}

func TestSearchesAreReadStrictly(t *testing.T) {
	t.Parallel()
	w := opening{watched: lists(quartermaine)}.open(t)
	for body, want := range map[string]struct {
		status int
		code   string
	}{
		`{"name":"a","name":"b"}`:                                            {400, "request.duplicate_key"},
		`{"name":"a","Name":"b"}`:                                            {400, "request.wrong_case"},
		`{"name":"a","fuzzy":true}`:                                          {400, "request.unknown_key"},
		`{"name":["a"]}`:                                                     {400, "request.wrong_type"},
		`{"name":"a"} {}`:                                                    {400, "request.trailing_data"},
		`{"name":"a","min":"0.5"}`:                                           {400, "request.wrong_type"},
		`{"name":"a","min":1e999}`:                                           {422, "request.invalid"},
		`{"name":"a","min":1.01}`:                                            {422, "request.bad_min"},
		`{"name":"a","min":-0.01}`:                                           {422, "request.bad_min"},
		`{"name":"a","min":5e-1}`:                                            {200, ""},
		`{"name":"a","limit":1.0}`:                                           {400, "request.not_integer"},
		`{"name":"a","limit":51}`:                                            {422, "request.bad_limit"},
		`{"name":"a","limit":-1}`:                                            {422, "request.bad_limit"},
		`{"name":"a","limit":50}`:                                            {200, ""},
		`{"name":"a","type":"ship"}`:                                         {422, "screening.bad_kind"},
		`{"name":"a","type":"vessel"}`:                                       {200, ""},
		`{"name":"a","birth":"12.3.1960"}`:                                   {422, "screening.bad_date"},
		`{"name":"a","birth":"1960-02-30"}`:                                  {422, "screening.bad_date"},
		`{"name":"a","birth":"1960-3-1"}`:                                    {422, "screening.bad_date"},
		`{"name":"a","birth":"+960"}`:                                        {422, "screening.bad_date"},
		`{"name":"a","birth":"-1960"}`:                                       {422, "screening.bad_date"},
		`{"name":"a","birth":"0000-00-00"}`:                                  {422, "screening.bad_date"},
		`{"name":"a","birth":"1960-03-12-01"}`:                               {422, "screening.bad_date"},
		`{"name":"a","birth":"1960"}`:                                        {200, ""},
		`{"name":"a","countries":["sy"]}`:                                    {422, "screening.bad_country"},
		`{"name":"a","countries":["SYR"]}`:                                   {422, "screening.bad_country"},
		`{"name":"a","identifiers":[{"type":"tax","value":" "}]}`:            {422, "screening.bad_identifier"},
		`{"name":"a","identifiers":[{"type":"tax"}]}`:                        {422, "request.invalid"},
		`{"name":"a","identifiers":[{"type":"tax","value":"123"}]}`:          {200, ""},
		`{"name":"a","countries":[` + strings.Repeat(`"SY",`, 50) + `"SY"]}`: {422, "screening.too_many"},
	} {
		r := w.do(request{role: "buyer", method: "POST", path: "/v1/screenings", body: body})
		w.want(r, want.status, want.code)
	}
	for _, birth := range []string{"May", "1960-02-30"} { // one that cannot be read, and one that no calendar has
		if r := w.post("buyer", "/v1/screenings", map[string]any{"name": "a", "birth": birth}); r.word("errors.0.field") != "birth" {
			t.Errorf("the field is named in %s", r.text())
		}
	}
	if r := w.post("buyer", "/v1/screenings", map[string]any{"name": "a", "type": "ship"}); r.word("errors.0.field") != "type" {
		t.Errorf("the field is named in %s", r.text())
	}
}

func TestHugeBatchesOfSearchesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	w := opening{watched: lists(quartermaine)}.open(t)
	at := "/v1/screenings/batch"
	many := func(n int, name string) map[string]any {
		all := make([]any, n)
		for i := range all {
			all[i] = map[string]any{"name": name}
		}
		return map[string]any{"queries": all}
	}
	w.want(w.post("buyer", at, many(0, "")), 422, "request.screening_size")
	w.want(w.post("buyer", at, many(1001, "a")), 422, "request.screening_size")
	w.want(w.post("buyer", at, many(900, strings.Repeat("long ", 400))), 413, "request.too_large")
	w.want(w.do(request{role: "buyer", method: "POST", path: at, body: `{"queries":[{"name":"a","name":"b"}]}`}), 400, "request.duplicate_key")
	w.want(w.do(request{role: "buyer", method: "POST", path: at, body: `{"queries":[{"name":"a","limit":1}]}`}), 400, "request.unknown_key")
	w.want(w.do(request{role: "buyer", method: "POST", path: at, body: `{"queries":` + strings.Repeat("[", 100_000)}), 400, "")
	r := w.want(w.post("buyer", at, many(1000, "Quartermaine Zebulon Elias")), 200, "")
	if answers := r.field("answers").([]any); len(answers) != 1000 || r.word("answers.999.hits.0.entity_id") != "2" {
		t.Errorf("%d answers", len(answers))
	}
}

func TestEachSearchOfABatchIsAnsweredAsItWouldBeAlone(t *testing.T) {
	t.Parallel()
	w := opening{watched: lists(quartermaine + "\n3|Malachite Freight Syndicate|organisation")}.open(t)
	queries := []any{
		map[string]any{"name": "Zebulon Quatermaine", "birth": "1960-03"},
		map[string]any{"name": ""},
		map[string]any{"name": "Malachite Freight Ltd", "type": "person"},
		map[string]any{"name": "Zebulon Quartermaine", "birth": "never"},
		map[string]any{"name": "Nobody", "countries": []string{"xx"}},
		map[string]any{"name": "Malachite Freight Syndicate", "type": "organisation", "countries": []string{"SY"}},
		map[string]any{"name": "x", "type": "ship", "birth": "never"},
	}
	batch := w.want(w.post("buyer", "/v1/screenings/batch", map[string]any{"queries": queries}), 200, "")
	for i, q := range queries {
		alone, in := w.post("buyer", "/v1/screenings", q), fmt.Sprintf("answers.%d.", i)
		if batch.number(in+"status") != int64(alone.status) || batch.word(in+"problem.code") != alone.word("code") {
			t.Errorf("%v alone is answered %s, in a batch %v", q, alone.text(), batch.field(in+"problem"))
		}
		hits := alone.field("hits")
		if alone.status != 200 {
			hits = []any{}
		}
		if !reflect.DeepEqual(hits, batch.field(in+"hits")) {
			t.Errorf("%v alone finds %v, in a batch %v", q, hits, batch.field(in+"hits"))
		}
	}
	if first := batch.field("answers.0.hits").([]any); len(first) == 0 {
		t.Error("nothing was found, so nothing was compared")
	}
}

func TestAHouseWithoutListsSaysSo(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, path := range []string{"/v1/screenings", "/v1/screenings/batch"} {
		body := map[string]any{"name": "a"}
		if strings.HasSuffix(path, "batch") {
			body = map[string]any{"queries": []any{map[string]any{"name": "a"}}}
		}
		r := w.serve(request{role: "buyer", method: "POST", path: path, body: body}.build(w))
		if r.status != 503 || r.word("code") != "screening.no_lists" || r.header.Get("Retry-After") == "" {
			t.Errorf("a search is answered %s", r.text())
		}
	}
	if r := w.want(w.get("compliance", "/v1/lists"), 200, ""); len(r.field("items").([]any)) != 0 {
		t.Errorf("the lists are %s", r.text())
	}
	if r := w.serve(request{method: "GET", path: "/v1/parties/" + w.party["buyer"] + "/badge"}.build(w)); r.word("code") != "standing.no_signer" {
		t.Errorf("a house without a seal answers %s", r.text())
	}
}

func TestTheHousesOwnListIsForItsStaffOnly(t *testing.T) {
	t.Parallel()
	w := opening{watched: lists(quartermaine)}.open(t)
	q := map[string]any{"name": "Nobody Whom You Know"}
	if r := w.want(w.post("auditor", "/v1/screenings", q), 200, ""); r.word("hits.0.entity_id") != "77" || r.word("hits.0.list") != ownList {
		t.Errorf("an auditor finds %s", r.text())
	}
	for _, role := range []string{"buyer", "trader", "finance", "stranger"} {
		r := w.want(w.post(role, "/v1/screenings", q), 200, "")
		batch := w.want(w.post(role, "/v1/screenings/batch", map[string]any{"queries": []any{q}}), 200, "")
		if text := string(r.body) + string(batch.body); strings.Contains(text, "own:") || strings.Contains(text, "77") || len(r.field("lists").([]any)) != 1 {
			t.Errorf("%s finds %s", role, r.text())
		}
	}
	if r := w.want(w.post("buyer", "/v1/screenings", map[string]any{"name": "Quartermaine Zebulon"}), 200, ""); r.word("hits.0.entity_id") != "2" {
		t.Errorf("on the public list a member finds %s", r.text())
	}
}

func TestAKeySearchesByItsScopeAndDoesNothingElse(t *testing.T) {
	t.Parallel()
	w := opening{secured: true, watched: lists(quartermaine)}.open(t)
	for _, scope := range []string{"screen", "read_deals"} {
		body := map[string]any{"label": scope, "scopes": []string{scope}, "days": 30}
		made := w.want(w.with(w.approval(ask("make-key", nil, body), "buyer"), request{role: "buyer", method: "POST", path: "/v1/keys", body: body}), 201, "")
		w.tokens[scope] = made.word("secret")
	}
	q := map[string]any{"name": "Zebulon Quartermaine"}
	w.want(w.post("screen", "/v1/screenings", q), 200, "")
	w.want(w.post("screen", "/v1/screenings/batch", map[string]any{"queries": []any{q}}), 200, "")
	w.want(w.post("read_deals", "/v1/screenings", q), 403, "control.over_mandate")
	for _, path := range []string{"/v1/lists", "/v1/compliance/cases", "/v1/deals", "/v1/company"} {
		w.want(w.get("screen", path), 403, "control.over_mandate")
	}
	w.want(w.post("screen", "/v1/deals/x/reviews", map[string]any{"aspects": marks(5)}), 403, "control.over_mandate")
	w.want(w.get("screen", "/v1/parties/"+w.party["seller"]+"/standing"), 200, "") // what anybody may read
}

// suspicious are words that would tell a party why its deal stands still.
func suspicious() []string {
	return []string{"sanction", "compliance", "screening", "watchlist", "case_id", "freeze_case", "true_match", "\"holds\"", "suspicio", "check_opened", "party_checked"}
}

// Tipping-off: a company that is held, and its partner, learn neither that there is
// a case nor why.
func TestAHeldCompanyLearnsNothing(t *testing.T) {
	t.Parallel()
	list := lists("9|Malachite Freight Syndicate")
	w := opening{watched: list}.open(t)
	running, waiting, byHand := w.deal("funded"), w.deal("offered"), w.deal("funded")
	w.want(w.post("compliance", "/v1/deals/"+byHand+"/freeze", map[string]any{"case": "C-9"}), 200, "")
	list.write("paper", "9|Malachite Freight Syndicate\n10|Seller Ltd")
	w.readLists()
	c := w.caseOf("seller").word("id")
	var told []string
	for _, role := range []string{"seller", "buyer"} {
		hash := w.get(role, "/v1/deals/"+waiting).word("terms_hash")
		r := w.want(w.post(role, "/v1/deals/"+waiting+"/sign", map[string]any{"hash": hash}), 422, "deal.waits")
		told = append(told, string(r.body))
		if d := w.get(role, "/v1/deals/"+running); d.field("frozen") != true {
			t.Errorf("the running deal is %s", d.text())
		}
		for _, id := range []string{running, byHand} {
			h, frozen := w.get(role, "/v1/deals/"+id+"/history"), false
			for i := range h.field("items").([]any) {
				item := fmt.Sprintf("items.%d.", i)
				if h.word(item+"kind") == "frozen" {
					frozen = true
					if h.word(item+"actor.office") != "clock" || h.field(item+"data") != nil || strings.Contains(string(h.body), w.people["compliance"]) {
						t.Errorf("%s reads of the freeze %s", role, h.text())
					}
				}
			}
			if !frozen {
				t.Errorf("the history lacks the freeze: %s", h.text())
			}
		}
	}
	if told[0] != told[1] {
		t.Errorf("the sides are told %s and %s", told[0], told[1])
	}
	looked := 0
	for _, route := range w.routes() {
		if route.method != http.MethodGet {
			continue
		}
		for _, id := range []string{running, waiting} {
			path := strings.NewReplacer("/deals/{id}", "/deals/"+id, "/parties/{id}", "/parties/"+w.party["seller"], "/cases/{id}", "/cases/"+c, "{code}", "paper", "{id}", "none", "{hash}", strings.Repeat("a", 64), "{factor}", "x").Replace(route.path)
			if strings.Contains(path, "{") {
				continue // entries of the log are walked below
			}
			for _, role := range []string{"seller", "buyer", "trader", "stranger", ""} {
				r := w.do(request{role: role, method: "GET", path: path})
				text := strings.ToLower(string(r.body))
				if strings.Contains(text, c) {
					t.Errorf("%s by %q names the case: %s", path, role, r.text())
				}
				if r.status != 200 {
					continue
				}
				looked++
				for _, word := range suspicious() {
					if strings.Contains(text, word) {
						t.Errorf("%s by %q says %s: %s", path, role, word, r.text())
					}
				}
			}
		}
	}
	if looked < 100 {
		t.Errorf("only %d answers were looked at", looked)
	}
	w.walkLog("seller", "party_checked", "check_opened", "frozen")
}

// walkLog reads every entry of the log as a role, and insists that nothing of these
// kinds is disclosed. Each kind must be there.
func (w *world) walkLog(role string, kinds ...string) {
	w.t.Helper()
	seen := map[string]bool{}
	size := w.get(role, "/v1/log").number("size")
	for n := range size {
		e := w.want(w.get(role, fmt.Sprintf("/v1/log/entries/%d", n)), 200, "")
		kind := e.word("entry.kind")
		for _, k := range kinds {
			if kind == k {
				seen[kind] = true
				if e.field("disclosed") != false || e.word("payload") != "" || e.word("salt") != "" {
					w.t.Errorf("%s reads %s", role, e.text())
				}
			}
		}
	}
	for _, k := range kinds {
		if !seen[k] {
			w.t.Errorf("the log has no %s, so nothing was tested", k)
		}
	}
}

func TestProbingForCasesTellsNothing(t *testing.T) {
	t.Parallel()
	w := opening{watched: lists("1|Stranger Ltd")}.open(t)
	real, none := w.caseOf("stranger").word("id"), "01a20473-0000-7880-8bd0-e763dcb782d1"
	word := map[string]any{"round": 1, "reason": also}
	bodies := map[string]any{
		"take": nil, "agree": word, "object": word, "propose": map[string]any{"edition": 1, "decision": "false_positive", "reason": why},
		"lift": map[string]any{"ground": "mistaken", "reason": why},
	}
	for _, role := range []string{"stranger", "buyer", "viewer", "mediator", "treasury", "administrator", "rail", "auditor"} {
		if role != "auditor" {
			there, not := w.want(w.get(role, "/v1/compliance/cases/"+real), 403, ""), w.want(w.get(role, "/v1/compliance/cases/"+none), 403, "")
			if string(there.body) != string(not.body) {
				t.Errorf("%s tells a case from none: %s and %s", role, there.text(), not.text())
			}
			w.want(w.get(role, "/v1/compliance/cases?party="+w.party["stranger"]), 403, "")
		}
		for step, body := range bodies {
			there, not := w.post(role, "/v1/compliance/cases/"+real+"/"+step, body), w.post(role, "/v1/compliance/cases/"+none+"/"+step, body)
			if there.status != 403 || string(there.body) != string(not.body) {
				t.Errorf("%s by %s: %s and %s", step, role, there.text(), not.text())
			}
		}
	}
	w.want(w.get("", "/v1/compliance/cases"), 401, "")
	w.want(w.get("compliance", "/v1/compliance/cases/"+none), 404, "compliance.not_found")
	w.want(w.post("compliance", "/v1/compliance/cases/"+none+"/take", nil), 404, "compliance.not_found")
}

func TestOnePersonIsNotBothHandsOfACase(t *testing.T) {
	t.Parallel()
	w := opening{watched: lists("1|Stranger Ltd")}.open(t)
	w.hire("colleague", identity.Compliance)
	c := w.caseOf("stranger")
	at := "/v1/compliance/cases/" + c.word("id")
	proposal := map[string]any{"edition": c.number("edition"), "decision": "false_positive", "reason": why}
	word := func(round int, reason string) map[string]any { return map[string]any{"round": round, "reason": reason} }
	w.want(w.post("compliance", at+"/agree", word(1, also)), 409, "compliance.wrong_stage")
	w.want(w.post("compliance", at+"/propose", map[string]any{"edition": c.number("edition") + 1, "decision": "false_positive", "reason": why}), 409, "compliance.other_edition")
	w.want(w.post("compliance", at+"/propose", map[string]any{"edition": c.number("edition"), "reason": why}), 422, "compliance.undecided")
	w.want(w.post("compliance", at+"/propose", map[string]any{"edition": c.number("edition"), "decision": "maybe", "reason": why}), 422, "compliance.bad_decision")
	w.want(w.post("compliance", at+"/propose", map[string]any{"edition": c.number("edition"), "decision": "false_positive", "reason": "fine"}), 422, "compliance.no_reason")
	w.want(w.post("compliance", at+"/propose", proposal), 200, "")
	w.want(w.post("compliance", at+"/agree", word(1, also)), 403, "compliance.second_person")
	w.want(w.post("colleague", at+"/agree", word(1, strings.ToUpper(why))), 422, "compliance.same_reason")
	w.want(w.post("colleague", at+"/agree", word(2, also)), 409, "compliance.other_round")
	w.want(w.post("auditor", at+"/agree", word(1, also)), 403, "identity.not_your_role")
	if c := w.get("auditor", at); c.word("stage") != "proposed" || c.field("holds") != true {
		t.Errorf("after all that the case is %s", c.text())
	}
	key := request{role: "colleague", method: "POST", path: at + "/agree", body: word(1, also), key: "agree-once"}
	first, again := w.want(w.do(key), 200, ""), w.want(w.do(key), 200, "")
	if first.word("state") != "cleared" || string(first.body) != string(again.body) || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the consent is answered %s and %s", first.text(), again.text())
	}
	w.carryChecks()
	w.want(w.post("colleague", at+"/lift", map[string]any{"ground": "mistaken", "reason": why}), 409, "compliance.wrong_stage")
	if all := w.get("compliance", "/v1/compliance/cases?open=true"); len(all.field("items").([]any)) != 0 {
		t.Errorf("open cases are %s", all.text())
	}
}

// Nobody gets into both the house and a company, by which alone he could decide a
// case of his own.
func TestNobodyOfTheHouseJoinsACompany(t *testing.T) {
	t.Parallel()
	w := opening{secured: true, watched: lists("1|Stranger Ltd")}.open(t)
	invitation := map[string]any{"email": "compliance@house.example", "role": "trader"}
	asked := w.post("stranger", "/v1/approvals", ask("invite", nil, invitation))
	if asked.status == 201 {
		w.want(w.post("stranger", "/v1/approvals/"+asked.word("id")+"/agree", w.totpProof("stranger")), 200, "")
		if r := w.with(asked.word("id"), request{role: "stranger", method: "POST", path: "/v1/company/invitations", body: invitation}); r.status == 201 {
			secret := w.link("compliance@house.example", "/invitation/")
			for _, role := range []string{"", "compliance"} {
				joined := w.do(request{role: role, method: "POST", path: "/v1/invitations/accept", body: map[string]any{"secret": secret, "name": "Casey", "password": secretPhrase}})
				if joined.status < 400 {
					t.Errorf("somebody of the house joins a company: %s", joined.text())
				}
			}
		}
	}
	o := w.want(w.get("compliance", "/v1/parties/"+w.party["stranger"]+"/organisation"), 200, "")
	if strings.Contains(string(o.body), w.people["compliance"]) {
		t.Errorf("the company is %s", o.text())
	}
}

func TestListsThatCannotBeReadStayAsTheyWere(t *testing.T) {
	t.Parallel()
	list := lists("1|Somebody Else Entirely\n" + quartermaine)
	w := opening{watched: list}.open(t)
	for lines, code := range map[string]string{"burnt": "watchlist.unreachable", "1|Somebody Else Entirely\n2|": "watchlist.truncated", "": "watchlist.shrunk"} {
		list.write("paper", lines)
		if r := w.want(w.post("compliance", "/v1/lists/read", nil), 200, ""); r.number("changed") != 0 {
			t.Errorf("%q changes %s", lines, r.text())
		}
		r := w.want(w.get("administrator", "/v1/lists"), 200, "")
		if r.word("items.1.trouble") != code || r.word("items.1.refused") == "" || r.number("items.1.in_use.entries") != 2 {
			t.Errorf("after %q the lists are %s", lines, r.text())
		}
		if found := w.post("buyer", "/v1/screenings", map[string]any{"name": "Quartermaine Zebulon Elias"}); found.word("hits.0.entity_id") != "2" {
			t.Errorf("after %q the search finds %s", lines, found.text())
		}
	}
	list.write("paper", "1|Somebody Else Entirely\n2|Quartermaine Zebulon\n3|A Third")
	if r := w.want(w.post("compliance", "/v1/lists/read", nil), 200, ""); r.number("changed") != 1 {
		t.Errorf("a good version changes %s", r.text())
	}
	r := w.want(w.get("auditor", "/v1/lists"), 200, "")
	if r.word("items.1.trouble") != "" || r.number("items.1.change.added") != 1 || r.number("items.1.change.changed") != 1 {
		t.Errorf("the lists are %s", r.text())
	}
	if v := w.get("auditor", "/v1/lists/paper/versions"); len(v.field("items").([]any)) != 2 || v.word("items.0.checksum") != r.word("items.1.in_use.checksum") {
		t.Errorf("the versions are %s", v.text())
	}
	for _, path := range []string{"/v1/lists/a:b:c/versions", "/v1/lists/a.b/versions", "/v1/lists/*/versions"} {
		w.want(w.get("auditor", path), 404, "request.no_such_path")
	}
}

// A publisher that does not answer holds up neither whoever asks nor the next one,
// and what it sends at last is taken.
func TestASlowPublisherKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	list := lists(quartermaine)
	w := opening{watched: list}.open(t)
	w.api = api.New(api.Config{House: w.house, AnswerWithin: 100 * time.Millisecond})
	list.mu.Lock()
	list.slow, list.fetched, list.lines["paper"] = make(chan struct{}), 0, quartermaine+"\n3|A Third"
	list.mu.Unlock()
	for range 3 {
		if r := w.want(w.post("compliance", "/v1/lists/read", nil), 200, ""); r.field("done") != false {
			t.Errorf("while the publisher is silent a reading is answered %s", r.text())
		}
	}
	for list.asked() == 0 {
		runtime.Gosched() // until the reading has come as far as the publisher
	}
	if n := list.asked(); n != 1 {
		t.Errorf("three who ask make %d requests to the publisher", n)
	}
	close(list.slow)
	w.api = api.New(api.Config{House: w.house, AnswerWithin: time.Minute})
	for w.get("auditor", "/v1/lists").number("items.1.in_use.entries") != 2 {
		runtime.Gosched() // until the reading that is under way has ended
	}
	if r := w.want(w.post("compliance", "/v1/lists/read", nil), 200, ""); r.field("done") != true {
		t.Errorf("the next reading is answered %s", r.text())
	}
}

func TestASealedReviewIsReadByNobody(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.closed()
	at := "/v1/deals/" + id + "/reviews"
	const words = "Pumps as described, zq7."
	readers := []string{"seller", "stranger", "auditor", "compliance", "administrator", "mediator", ""}
	places := []string{at, "/v1/deals/" + id, "/v1/deals/" + id + "/history", "/v1/deals/" + id + "/obligations", "/v1/parties/" + w.party["seller"] + "/reviews", "/v1/parties/" + w.party["seller"] + "/standing", "/v1/parties/" + w.party["seller"]}
	read := func() (all []string) {
		for _, role := range readers {
			for _, place := range places {
				all = append(all, w.get(role, place).text())
			}
		}
		return all
	}
	before := read()
	w.want(w.post("buyer", at, map[string]any{"aspects": marks(2), "text": words}), 201, "")
	for i, after := range read() {
		if after != before[i] {
			t.Errorf("before the buyer wrote there was %s, and then %s", before[i], after)
		}
	}
	if own := w.get("trader", at); own.word("reviews.0.text") != words || own.field("revealed") != false || own.field("may_write") != false {
		t.Errorf("the buyer's people read %s", own.text())
	}
	for _, role := range []string{"seller", "auditor", "compliance", ""} {
		w.walkLog(role, "review_written")
	}
	w.want(w.post("seller", at+"/reply", map[string]any{"text": "x"}), 422, "review.not_yet")
	w.want(w.post("compliance", at+"/hide", map[string]any{"side": "buyer", "part": "text", "rule": "abuse", "reason": "x"}), 422, "review.not_yet")
	w.pass(7*24*time.Hour - time.Microsecond)
	if r := w.get("auditor", at); r.field("revealed") != false {
		t.Errorf("the reviews are shown too early: %s", r.text())
	}
	w.pass(2 * time.Microsecond)
	for _, role := range []string{"buyer", "seller", "auditor"} {
		w.enterAgain(role)
		if r := w.get(role, at); r.field("revealed") != true || r.word("reviews.0.text") != words || r.field("may_write") != false {
			t.Errorf("after the time to write %s reads %s", role, r.text())
		}
	}
	w.want(w.post("seller", at, map[string]any{"aspects": marks(1), "text": "An answer in kind."}), 422, "review.window_over")
}

func TestReviewsComeOnceAndOnlyFromTheSidesOfAClosedDeal(t *testing.T) {
	t.Parallel()
	w := setup(t)
	open, id := w.deal("delivered"), w.closed()
	at, good := "/v1/deals/"+id+"/reviews", map[string]any{"aspects": marks(5), "text": "Good."}
	w.want(w.post("buyer", "/v1/deals/"+open+"/reviews", good), 422, "review.not_closed")
	w.want(w.post("stranger", at, good), 404, "deal.not_found")
	w.want(w.get("stranger", at), 404, "deal.not_found")
	for _, role := range []string{"finance", "viewer", "mediator", "compliance"} {
		w.want(w.post(role, at, good), 403, "identity.not_your_role")
	}
	first := w.want(w.do(request{role: "buyer", method: "POST", path: at, body: good, key: "one"}), 201, "")
	again := w.want(w.do(request{role: "buyer", method: "POST", path: at, body: good, key: "one"}), 201, "")
	if string(first.body) != string(again.body) || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("a repeated request is answered %s, then %s", first.text(), again.text())
	}
	size := w.get("", "/v1/log").number("size")
	for i := range 50 { // a flood, by both people who may
		w.want(w.post([]string{"buyer", "trader"}[i%2], at, map[string]any{"aspects": marks(1 + i%5), "text": fmt.Sprint("again ", i)}), 409, "review.written")
	}
	if now := w.get("", "/v1/log").number("size"); now != size {
		t.Errorf("a flood of reviews has left %d facts", now-size)
	}
	w.want(w.post("seller", at, good), 201, "")
	w.want(w.post("buyer", at+"/reply", map[string]any{"text": "Thanks."}), 200, "")
	w.want(w.post("trader", at+"/reply", map[string]any{"text": "Thanks again."}), 409, "review.answered")
	w.want(w.post("stranger", at+"/reply", map[string]any{"text": "Thanks."}), 404, "deal.not_found")
	// Nobody trades with himself, so nobody reviews himself.
	self := w.changed(map[string]any{"seller": w.party["buyer"]})
	w.want(w.post("buyer", "/v1/deals", self), 422, "")
}

func TestReviewsThatNobodyShouldRead(t *testing.T) {
	t.Parallel()
	w := setup(t)
	at := "/v1/deals/" + w.closed() + "/reviews"
	for name, tt := range map[string]struct {
		body any
		code string
	}{
		"no marks":            {map[string]any{"aspects": map[string]any{}, "text": "x"}, "request.invalid"},
		"a mark of nothing":   {map[string]any{"aspects": marks(0)}, "review.bad_mark"},
		"a mark of six":       {map[string]any{"aspects": marks(6)}, "review.bad_mark"},
		"10,000 characters":   {map[string]any{"aspects": marks(5), "text": strings.Repeat("很", 10_000)}, "review.too_long"},
		"a way round":         {map[string]any{"aspects": marks(5), "text": "Write to me at pumps (at) acme (dot) com"}, "review.contact_details"},
		"a telephone":         {map[string]any{"aspects": marks(5), "text": "call +86 138 0013 8000"}, "review.contact_details"},
		"right to left":       {map[string]any{"aspects": marks(5), "text": "good \u202eevil"}, "review.bad_characters"},
		"zero widths":         {map[string]any{"aspects": marks(5), "text": "go\u200bod"}, "review.bad_characters"},
		"a control character": {map[string]any{"aspects": marks(5), "text": "go\u0000od"}, "review.bad_characters"},
		"half of a character": {`{"aspects":{"as_described":5,"on_time":5,"communication":5,"documents":5,"overall":5},"text":"\ud83d"}`, "request.malformed"},
		"a side of one's own": {map[string]any{"aspects": marks(5), "side": "seller"}, "request.unknown_key"},
		"half a mark":         {`{"aspects":{"as_described":4.5,"on_time":5,"communication":5,"documents":5,"overall":5}}`, "request.not_integer"},
		"one mark twice":      {`{"aspects":{"overall":1,"overall":5}}`, "request.duplicate_key"},
	} {
		r := w.do(request{role: "buyer", method: "POST", path: at, body: tt.body})
		code := r.word("code")
		if code == "review.invalid" {
			code = r.word("errors.0.code")
		}
		if r.status < 400 || code != tt.code {
			t.Errorf("%s is answered %s", name, r.text())
		}
	}
	if r := w.get("buyer", at); r.field("may_write") != true {
		t.Errorf("after refusals there is %s", r.text())
	}
	const script = "<script>alert(1)</script> & \"quotes\""
	w.want(w.post("buyer", at, map[string]any{"aspects": marks(5), "text": script}), 201, "")
	if r := w.get("buyer", at); r.word("reviews.0.text") != script || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("the text comes back as %s", r.text())
	}
}

func TestAProfileNamesThePeopleBehindACompany(t *testing.T) {
	t.Parallel()
	list := lists("4|Wolfgang Ostrander|person|1961-05-01|AT")
	w := opening{watched: list}.open(t)
	body := profileBody("seller")
	body["other_names"] = []string{"卖方有限公司", "Seller Trading"}
	body["people"] = []any{
		map[string]any{"name": "Wolfgang Ostrander", "local_name": "", "birth": "1961-05-01", "country": "AT", "capacity": "owner", "share_percent": 60},
		map[string]any{"name": "Bo Li", "local_name": "李波", "capacity": "director"},
	}
	put := func(role string, body any) reply {
		return w.do(request{role: role, method: "PUT", path: "/v1/company/profile", body: body})
	}
	w.want(put("trader", body), 403, "identity.not_your_role")
	w.want(put("seller", body), 200, "")
	o := w.want(w.get("seller", "/v1/company"), 200, "")
	if o.word("profile.other_names.0") != "卖方有限公司" || o.word("profile.people.0.name") != "Wolfgang Ostrander" || o.number("profile.people.0.share_percent") != 60 || o.word("profile.people.1.local_name") != "李波" {
		t.Errorf("the profile is %s", o.text())
	}
	public := w.get("buyer", "/v1/parties/"+w.party["seller"])
	if strings.Contains(string(public.body), "Ostrander") {
		t.Errorf("another company reads of the owner: %s", public.text())
	}
	w.carryChecks()
	c := w.caseOf("seller")
	if c.word("subject.capacity") != "owner" || c.word("subject.births.0") != "1961-05-01" || c.word("trigger") != "profile" {
		t.Errorf("the case is %s", c.text())
	}
	for _, role := range []string{"seller", "auditor", "compliance"} {
		path := "/v1/parties/" + w.party["seller"] + "/organisation"
		if r := w.want(w.get(role, path), 200, ""); strings.Contains(strings.ToLower(string(r.body)), "hold\"") || strings.Contains(string(r.body), c.word("id")) {
			t.Errorf("%s reads of the hold: %s", role, r.text())
		}
	}
	for name, wrong := range map[string]any{
		"nobody":          []any{map[string]any{"name": " ", "capacity": "owner"}},
		"no capacity":     []any{map[string]any{"name": "Bo Li", "capacity": "cousin"}},
		"more than whole": []any{map[string]any{"name": "Bo Li", "capacity": "owner", "share_percent": 101}},
		"no such day":     []any{map[string]any{"name": "Bo Li", "capacity": "owner", "birth": "1961-13"}},
	} {
		body["people"] = wrong
		if r := put("seller", body); r.status != 422 || r.word("code") != "identity.invalid" {
			t.Errorf("%s is answered %s", name, r.text())
		}
	}
	body["people"] = []any{map[string]any{"name": "Bo Li", "capacity": "owner", "case": "x"}}
	w.want(put("seller", body), 400, "request.unknown_key")
}

func TestStandingAndBadgeAreForAnybody(t *testing.T) {
	t.Parallel()
	list := lists("1|Stranger Ltd")
	w := opening{watched: list}.open(t)
	for _, what := range []string{"standing", "badge", "reviews"} {
		w.want(w.get("", "/v1/parties/01a20473-0000-7880-8bd0-e763dcb782d1/"+what), 404, "party.not_found")
		w.want(w.get("", "/v1/parties/a.b/"+what), 404, "request.no_such_path")
		w.want(w.do(request{method: "GET", path: "/v1/parties/" + w.party["seller"] + "/" + what, headers: map[string]string{"Authorization": "Bearer fdk_none"}}), 401, "people.bad_token")
		// A held company looks like any other.
		if what == "badge" {
			continue
		}
		seen := map[string]string{}
		for _, role := range []string{"stranger", "seller"} {
			var v map[string]any
			must(t, json.Unmarshal(w.want(w.get("", "/v1/parties/"+w.party[role]+"/"+what), 200, "").body, &v))
			delete(v, "party")
			delete(v, "since")
			seen[role] = fmt.Sprint(v)
		}
		if seen["stranger"] != seen["seller"] { // a held company looks like any other
			t.Errorf("a held company's %s is %s, another's %s", what, seen["stranger"], seen["seller"])
		}
	}
	badge := w.get("", "/v1/parties/"+w.party["stranger"]+"/badge").body
	if _, err := w.house.OpenBadge(badge); err != nil || !strings.HasPrefix(string(badge), "house.example/log/badge\nbadge 1\n") {
		t.Errorf("the badge is %q, %v", badge, err)
	}
	if _, err := w.house.OpenBadge([]byte(strings.Replace(string(badge), "state new", "state rated", 1))); err == nil {
		t.Error("a changed badge is the house's")
	}
}

// stuck is a store whose register of lists answers when the test lets it.
type stuck struct {
	assurance.Store
	asked chan struct{}
	held  atomic.Pointer[chan struct{}]
}

func (s *stuck) Lists(ctx context.Context) ([]assurance.ListRow, error) {
	if gate := s.held.Load(); gate != nil {
		s.asked <- struct{}{}
		<-*gate
	}
	return s.Store.Lists(ctx)
}

func TestSearchesTakeNoPlaceFromOthersAndBatchesWeighMore(t *testing.T) {
	t.Parallel()
	s := &stuck{asked: make(chan struct{}, 100)}
	w := opening{watched: lists(quartermaine), over: func(kept assurance.Store) assurance.Store { s.Store = kept; return s }}.open(t)
	queries := make([]any, 1000)
	for i := range queries {
		queries[i] = map[string]any{"name": "Quartermaine"}
	}
	gate := make(chan struct{})
	s.held.Store(&gate)
	answers := make(chan reply, 3)
	for range 2 { // as many as have a turn at one time
		go func() {
			answers <- w.serve(request{role: "buyer", method: "POST", path: "/v1/screenings/batch", body: map[string]any{"queries": queries}}.build(w))
		}()
		<-s.asked
	}
	w.want(w.post("buyer", "/v1/screenings/batch", map[string]any{"queries": queries}), 429, "request.too_many_at_once")
	go func() {
		answers <- w.serve(request{role: "auditor", method: "POST", path: "/v1/screenings", body: map[string]any{"name": "Quartermaine"}}.build(w))
	}()
	w.want(w.get("buyer", "/v1/parties?search=seller"), 200, "")
	w.want(w.post("seller", "/v1/deals", w.terms()), 201, "")
	s.held.Store(nil)
	close(gate)
	for range 3 {
		if r := <-answers; r.status != 200 {
			t.Errorf("a search is answered %.300s", r.text())
		}
	}
}
