package api_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/trade/screening"
)

// desk is two lists that a test writes by hand, "paper" and one of the house's
// own: lines of id, name, kind, births and countries between bars. It signs badges too.
type desk struct {
	*notary.Seal

	mu      sync.Mutex
	lines   map[string]string // by code
	fetched int
	slow    chan struct{} // every source waits for it; nil: nobody waits
}

const ownList = "own:desk"

// lists is a desk with these lines on the list that everybody may search.
func lists(lines string) *desk {
	skey, vkey, err := notary.GenerateKey(rand.Reader, "house.example/log")
	if err != nil {
		panic(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		panic(err)
	}
	seal, err := notary.NewSeal(signer, vkey)
	if err != nil {
		panic(err)
	}
	return &desk{Seal: seal, lines: map[string]string{"paper": lines, ownList: "77|Nobody Whom You Know"}}
}

func (d *desk) write(code, lines string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines[code] = lines
}

// asked is how many requests the publishers have had.
func (d *desk) asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fetched
}

func (d *desk) Sources() []assurance.ListSource {
	return []assurance.ListSource{{Code: "paper", From: "desk"}, {Code: ownList, From: "drawer"}}
}

func (d *desk) Fetch(_ context.Context, code string, _ assurance.ListRow) ([]byte, error) {
	d.mu.Lock()
	d.fetched++
	slow := d.slow
	d.mu.Unlock()
	if slow != nil {
		<-slow
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lines[code] == "burnt" {
		return nil, fault.New(fault.Unavailable, "watchlist.unreachable", "It burns.")
	}
	return []byte(d.lines[code]), nil
}

func (d *desk) Parse(code string, body []byte) (screening.List, error) {
	l := screening.List{Code: code, Version: fmt.Sprint(len(body))}
	for line := range strings.Lines(string(body)) {
		f := append(strings.Split(strings.TrimSpace(line), "|"), "", "", "")
		if f[1] == "" {
			return l, fault.New(fault.Refused, "watchlist.truncated", "Half a line.")
		}
		e := screening.Entry{List: code, ID: f[0], Kind: screening.Any, Names: []screening.Name{{Text: f[1], Type: "primary"}}, Programmes: []string{"TEST"}}
		if f[2] != "" {
			e.Kind = screening.Kind(f[2])
		}
		if f[3] != "" {
			var date screening.Date
			if _, err := fmt.Sscanf(f[3], "%d-%d-%d", &date.Year, &date.Month, &date.Day); err != nil {
				return l, err
			}
			e.Births = []screening.Date{date}
		}
		if len(f) > 4 && f[4] != "" {
			e.Countries = []string{f[4]}
		}
		l.Entries = append(l.Entries, e)
	}
	return l, nil
}

func (d *desk) Compare(before, after screening.List) error {
	if len(after.Entries)*2 < len(before.Entries) {
		return fault.New(fault.Refused, "watchlist.shrunk", "Too few.")
	}
	return nil
}

// readLists reads the lists, and carries out what follows.
func (w *world) readLists() {
	w.t.Helper()
	_, err := w.house.ReadLists(w.t.Context(), true)
	must(w.t, err)
	w.carryChecks()
}

// carryChecks does what the worker does with orders about companies.
func (w *world) carryChecks() {
	w.t.Helper()
	for range 20 {
		messages, err := w.db.DueMessages(w.t.Context(), w.clock.Now().Add(time.Hour), 1000)
		must(w.t, err)
		did := false
		for _, m := range messages {
			switch m.Topic {
			case assurance.TopicCheck:
				must(w.t, w.house.Check(w.t.Context(), order[assurance.CheckOrder](w, m)))
			case assurance.TopicRecheck:
				must(w.t, w.house.Recheck(w.t.Context(), order[assurance.RecheckOrder](w, m)))
			case assurance.TopicHold:
				must(w.t, w.house.HoldDeals(w.t.Context(), order[assurance.HoldOrder](w, m)))
			default:
				continue
			}
			did = true
			must(w.t, w.db.MessageDone(w.t.Context(), m.ID, w.clock.Now()))
		}
		if !did {
			return
		}
	}
	w.t.Fatal("orders never end")
}

func order[T any](w *world, m assurance.Message) (o T) {
	w.t.Helper()
	must(w.t, json.Unmarshal(m.Payload, &o))
	return o
}

// caseOf is the open case about a role's company.
func (w *world) caseOf(role string) reply {
	w.t.Helper()
	all := w.want(w.get("compliance", "/v1/compliance/cases?open=true&party="+w.party[role]), 200, "")
	if len(all.field("items").([]any)) != 1 {
		w.t.Fatalf("the open cases about %s are %s", role, all.text())
	}
	return w.want(w.get("compliance", "/v1/compliance/cases/"+all.word("items.0.id")), 200, "")
}

func marks(n int) map[string]any {
	return map[string]any{"as_described": n, "on_time": n, "communication": n, "documents": n, "overall": n}
}

// closed is a deal that both have seen through.
func (w *world) closed() string {
	w.t.Helper()
	id := w.deal("delivered")
	w.surely("buyer", "accept", id)
	return id
}

const (
	why  = "Compared the papers of both, line by line."
	also = "I have looked at the same papers myself."
)

func (j *journey) searches() {
	j.t.Helper()
	one := j.call(200, "trader", "POST", "/v1/screenings", map[string]any{"name": "Zebulon QUATERMAINE", "type": "person", "birth": "1960", "countries": []string{"CH"}, "min": 0.2, "limit": 5})
	if one.word("hits.0.entity_id") != "2" || one.word("hits.0.list") != "paper" || one.word("hits.0.name") != "Quartermaine Zebulon Elias" {
		j.t.Fatalf("the search finds %s", one.text())
	}
	if one.word("hits.0.reasons.0.text") == "" || one.word("hits.0.programmes.0") != "TEST" || one.word("lists.0.code") != "paper" || len(one.word("lists.0.checksum")) != 64 {
		j.t.Errorf("the hit is told as %s", one.text())
	}
	many := j.call(200, "auditor", "POST", "/v1/screenings/batch", map[string]any{"queries": []any{
		map[string]any{"name": "Nobody at all"}, map[string]any{"name": ""}, map[string]any{"name": "Zebulon Quartermaine Elias"},
	}})
	if many.number("answers.0.status") != 200 || many.number("answers.1.status") != 422 || many.word("answers.1.problem.code") != "screening.empty_name" || many.word("answers.2.hits.0.entity_id") != "2" {
		j.t.Errorf("many are answered %s", many.text())
	}
}

func (j *journey) watchedLists() {
	j.t.Helper()
	desk := map[string]string{"paper": "1|Stranger Ltd\n2|Quartermaine Zebulon Elias\n3|Malachite Freight Syndicate"}
	if r := j.call(200, "administrator", "POST", "/v1/lists/read", nil); r.field("done") != true || r.number("changed") != 0 {
		j.t.Errorf("nothing has changed, and the reading is answered %s", r.text())
	}
	all := j.call(200, "compliance", "GET", "/v1/lists", nil)
	if all.word("items.1.code") != "paper" || all.number("items.1.in_use.entries") != int64(strings.Count(desk["paper"], "\n")) || all.word("items.1.read_at") == "" {
		j.t.Errorf("the lists are %s", all.text())
	}
	versions := j.call(200, "auditor", "GET", "/v1/lists/"+ownList+"/versions?limit=5", nil)
	if versions.number("items.0.entries") != 1 || versions.word("items.0.source") != "drawer" {
		j.t.Errorf("the versions are %s", versions.text())
	}
	j.call(404, "auditor", "GET", "/v1/lists/none/versions", nil)
}

// cases walks a case to its confirmation and to its end, by two people.
func (j *journey) cases() {
	j.t.Helper()
	j.hire("colleague", identity.Compliance)
	list := j.call(200, "auditor", "GET", "/v1/compliance/cases?open=true&limit=1", nil)
	if list.word("items.0.subject.party") != j.party["stranger"] || list.word("items.0.trigger") != "list_update" || list.field("items.0.holds") != true {
		j.t.Fatalf("the cases are %s", list.text())
	}
	at := "/v1/compliance/cases/" + list.word("items.0.id")
	do := func(role, step string, body any) reply {
		j.t.Helper()
		return j.call(200, role, "POST", at+"/"+step, body)
	}
	do("compliance", "take", nil)
	c := j.call(200, "compliance", "GET", at, nil)
	if c.word("assignee") != j.people["compliance"] || c.word("matters.0.entity_id") != "1" || c.word("matters.0.reasons.0.text") == "" || c.word("company.legal_name") != "stranger Ltd" {
		j.t.Errorf("the case is %s", c.text())
	}
	do("compliance", "propose", map[string]any{"edition": c.number("edition"), "decision": "false_positive", "reason": why})
	do("colleague", "object", map[string]any{"round": 1, "reason": also})
	do("colleague", "propose", map[string]any{
		"edition": c.number("edition"), "reason": why,
		"decisions": []any{map[string]any{"list": "paper", "entity_id": "1", "decision": "true_match"}},
	})
	if r := do("compliance", "agree", map[string]any{"round": 2, "reason": also}); r.word("state") != "confirmed" {
		j.t.Errorf("the case is %s", r.text())
	}
	do("compliance", "lift", map[string]any{"ground": "licensed", "reason": why, "licence": map[string]any{
		"number": "L-1", "authority": "An office of export control", "until": stampOf(j.clock.Now().AddDate(1, 0, 0)),
	}})
	do("colleague", "agree", map[string]any{"round": 3, "reason": also})
	j.carryChecks()
	if c := j.call(200, "auditor", "GET", at, nil); c.word("stage") != "lifted" || c.field("holds") != false || c.word("proposal.licence.number") != "L-1" {
		j.t.Errorf("the case is %s", c.text())
	}
}

func (j *journey) reviews() {
	j.t.Helper()
	party := "/v1/parties/" + j.party["seller"]
	if s := j.call(200, "", "GET", party+"/standing", nil); s.word("state") != "new" || s.field("value") != nil || s.field("confidence") != nil || s.word("reasons.0.text") == "" {
		j.t.Errorf("a company without trade stands as %s", s.text())
	}
	id := j.closed()
	at := "/v1/deals/" + id + "/reviews"
	if r := j.call(200, "buyer", "GET", at, nil); r.field("may_write") != true || r.field("revealed") != false {
		j.t.Errorf("before anybody has written there is %s", r.text())
	}
	j.call(201, "trader", "POST", at, map[string]any{"aspects": marks(5), "text": "Pumps as described."})
	j.call(201, "seller", "POST", at, map[string]any{"aspects": marks(4), "text": "Paid within a day."})
	if r := j.call(200, "buyer", "GET", at, nil); r.field("revealed") != true || r.word("reviews.1.text") != "Paid within a day." || r.field("may_reply") != true {
		j.t.Errorf("when both have written there is %s", r.text())
	}
	j.call(200, "buyer", "POST", at+"/reply", map[string]any{"text": "Thank you."})
	words := map[string]any{"side": "buyer", "part": "text", "reason": "It names a person.", "rule": "personal_data"}
	j.call(200, "compliance", "POST", at+"/hide", words)
	if r := j.call(200, "", "GET", party+"/reviews?limit=5", nil); r.word("items.0.hidden") != "personal_data" || r.word("items.0.text") != "" || r.number("items.0.aspects.overall") != 5 {
		j.t.Errorf("everybody reads %s", r.text())
	}
	delete(words, "rule")
	j.call(200, "administrator", "POST", at+"/show", words)
	if r := j.call(200, "", "GET", party+"/reviews", nil); r.word("items.0.text") != "Pumps as described." {
		j.t.Errorf("everybody reads %s", r.text())
	}
	_, err := j.house.FollowTrades(j.t.Context())
	must(j.t, err)
	s := j.call(200, "", "GET", party+"/standing", nil)
	if s.number("facts.settled") != 1 || s.number("facts.partners") != 1 || s.number("reviews.count") != 1 || s.number("reviews.average_tenths.overall") != 50 || s.word("facts.volume_band") == "none" {
		j.t.Errorf("after a deal the company stands as %s", s.text())
	}
	for _, text := range sentences(s, "reasons") {
		if text == "" || strings.ContainsAny(text, "{}") {
			j.t.Errorf("a reason reads %q", text)
		}
	}
	if all := sentences(s, "reasons"); !slices.Contains(all, "1 settled deal with 1 partner.") {
		j.t.Errorf("the reasons read %q", all)
	}
	badge := j.call(200, "", "GET", party+"/badge", nil)
	b, err := j.house.OpenBadge(badge.body)
	if err != nil || string(b.Party) != j.party["seller"] || b.Deals != 1 || !strings.HasSuffix(b.Link, "/companies/"+j.party["seller"]) || badge.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		j.t.Errorf("the badge is %q, %v %v", badge.body, b, err)
	}
}

func sentences(r reply, path string) (all []string) {
	list, _ := r.field(path).([]any)
	for _, one := range list {
		if m, ok := one.(map[string]any); ok {
			all = append(all, fmt.Sprint(m["text"]))
		}
	}
	return all
}

func TestReasonsAreToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	w := opening{watched: lists("2|Quartermaine Zebulon Elias|person|1960-03-12|SY")}.open(t)
	q := request{role: "buyer", method: "POST", path: "/v1/screenings", body: map[string]any{"name": "Zebulon Quatermaine Marius", "birth": "1960-03-12", "countries": []string{"SY"}}}
	english := sentences(w.want(w.do(q), 200, ""), "hits.0.reasons")
	q.headers = map[string]string{"Accept-Language": "zh-CN"}
	chinese := sentences(w.want(w.do(q), 200, ""), "hits.0.reasons")
	if len(english) < 5 || len(english) != len(chinese) {
		t.Fatalf("told as %q and %q", english, chinese)
	}
	for i := range english {
		if english[i] == "" || chinese[i] == "" || english[i] == chinese[i] || strings.ContainsAny(english[i]+chinese[i], "{}") {
			t.Errorf("told as %q and %q", english[i], chinese[i])
		}
	}
	if !slices.Contains(english, "The date is the same: 1960-03-12.") || !slices.Contains(chinese, "国家相同：SY。") {
		t.Errorf("told as %q and %q", english, chinese)
	}
}

func TestEveryReasonHasASentence(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("reasons.json")
	must(t, err)
	var all map[string]map[string]map[string]string
	must(t, json.Unmarshal(doc, &all))
	want := map[string][]string{"screening": {
		screening.Same, screening.Spelled, screening.Sounds, screening.Joined, screening.Initial, screening.Translated, screening.MissingOurs, screening.MissingTheirs,
		screening.Contradiction, screening.LegalForm, screening.BirthSame, screening.BirthYear, screening.BirthNear, screening.BirthDiffers, screening.CountrySame,
		screening.CountryDiffers, screening.IdentifierSame, screening.IdentifierDiffers, screening.WeakName, screening.OtherList,
	}}
	for _, code := range reputation.Codes() {
		want["standing"] = append(want["standing"], string(code))
	}
	for _, band := range reputation.Bands() {
		want["bands"] = append(want["bands"], string(band))
	}
	for kind, codes := range want {
		for _, code := range codes {
			if all[kind][code]["en"] == "" || all[kind][code]["zh"] == "" {
				t.Errorf("the %s reason %s has no sentence", kind, code)
			}
			delete(all[kind], code)
		}
		for code := range all[kind] {
			t.Errorf("the sentences of %s name %s, which nobody gives", kind, code)
		}
	}
}
