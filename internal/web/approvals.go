package web

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/ui"
)

// errand is what a person wanted done when the house asked for a signature: the
// form as it was sent, which goes again under the approval.
type errand struct {
	Route  string            `json:"route"` // of a POST
	Places map[string]string `json:"places,omitempty"`
	Form   url.Values        `json:"form,omitempty"`
}

const (
	sessionSignature = "signature" // path of the approval for which a factor is missing
	errandPrefix     = "errand:"
	errandsMax       = 8        // of a visit; the oldest is forgotten first
	errandMax        = 64 << 10 // bytes of the form
)

// wantsSignature reports whether a command was refused because nobody has signed it yet.
func wantsSignature(err error) bool { return fault.CodeOf(err) == "control.approval_needed" }

// needsApproval asks for an approval of a deed and leads to the page where it is
// signed. What was posted is remembered, and is posted again under the approval.
func (v *visit) needsApproval(d assurance.Deed) (reply, error) {
	asked, err := v.house().Prepare(v.ctx(), v.in, assurance.Call{By: v.actor(), Mandate: v.in.Mandate}, d)
	if err != nil {
		return reply{}, err
	}
	if err := v.remember(asked.Approval.ID); err != nil {
		return reply{}, err
	}
	return reply{to: approvalPath(asked.Approval.ID)}, nil
}

func approvalPath(id string) string { return "/approvals/" + id }

func (v *visit) remember(id string) error {
	e := errand{Route: v.route.path, Places: map[string]string{}, Form: v.form}
	for _, m := range hole.FindAllStringSubmatch(v.route.path, -1) {
		e.Places[m[1]] = v.path(m[1])
	}
	doc, err := json.Marshal(e)
	if err != nil || len(doc) > errandMax {
		return err // a form as long as that is filled in again
	}
	kept := slices.DeleteFunc(v.site.sessions.Keys(v.ctx()), func(name string) bool { return !strings.HasPrefix(name, errandPrefix) })
	slices.Sort(kept) // approvals are numbered in the order of time
	for len(kept) >= errandsMax {
		v.drop(kept[0])
		kept = kept[1:]
	}
	return v.keep(errandPrefix+id, string(doc))
}

// errand is what is to be carried out under an approval: as it was posted in this
// visit, or as it can be read off what was signed.
func (v *visit) errand(a control.Approval) (errand, bool) {
	var e errand
	if doc := v.recall(errandPrefix + a.ID); doc != "" && json.Unmarshal([]byte(doc), &e) == nil {
		return e, true
	}
	return errandOf(a)
}

// carryOut posts an errand again, under its approval.
func (v *visit) carryOut(a control.Approval) (reply, error) {
	e, ok := v.errand(a)
	if !ok {
		return reply{}, fault.New(fault.Conflict, "web.no_errand", "This was begun in another browser. Carry it out there, or begin again.")
	}
	routes := v.site.routes()
	i := slices.IndexFunc(routes, func(r route) bool { return r.method == v.r.Method && r.path == e.Route })
	if i < 0 {
		return reply{}, noSuchPage()
	}
	rt := routes[i]
	if err := rt.who.mayCome(v.in, v.person); err != nil {
		return reply{}, err
	}
	r := v.r.Clone(v.ctx())
	r.URL = &url.URL{Path: rt.path}
	for name, value := range e.Places {
		r.SetPathValue(name, value)
		r.URL.Path = strings.ReplaceAll(r.URL.Path, "{"+name+"}", value)
	}
	v.r, v.route, v.form, v.approval = r, rt, maps.Clone(e.Form), a.ID
	if v.form == nil {
		v.form = url.Values{}
	}
	rep, err := rt.handle(v)
	v.drop(errandPrefix + a.ID)
	return rep, err
}

// approvalView is a page on which somebody signs.
type approvalView struct {
	assurance.Asked
	Asker     string // name of who asked
	Own       bool   // the reader asked
	Turn      bool   // the reader may agree now
	Gave      bool   // the reader has agreed
	Ready     bool   // signed by all, and the reader can carry it out
	Lost      bool   // the same, but what is to be carried out is not known here
	MayRefuse bool
	Exact     string // the canonical text whose hash is signed
	Err       error
}

func (s *site) approvalPage(v *visit) (reply, error) { return v.showApproval(v.path("approval"), nil) }

func (v *visit) showApproval(id string, refusal error) (reply, error) {
	asked, err := v.house().Approval(v.ctx(), v.in, id)
	if err != nil {
		return reply{}, err
	}
	view := v.approvalView(asked, refusal)
	if view.Turn && !hasFactor(asked) {
		v.site.sessions.Put(v.ctx(), sessionSignature, approvalPath(id)) // whoever adds one comes back here
	}
	rep := reply{page: ui.Page{Title: v.T("approval.action." + string(asked.Approval.Intent.Action)), Scripts: []string{"passkey.js"}}, view: approvalPageView(v, view)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

// hasFactor reports whether the reader has something to sign with.
func hasFactor(a assurance.Asked) bool {
	return slices.Contains(a.Ways, account.Passkey) || slices.Contains(a.Ways, account.TOTP)
}

func (v *visit) approvalView(asked assurance.Asked, refusal error) approvalView {
	open := v.readsNumber(asked.Approval)
	known := asked.Approval
	if !open {
		asked.Approval = masked(asked.Approval)
	}
	a, me := asked.Approval, v.person.ID
	gave := slices.ContainsFunc(a.Consents, func(c control.Consent) bool { return c.Person == me })
	view := approvalView{Asked: asked, Asker: v.personName(a.Intent.Person), Own: a.Intent.Person == me, Gave: gave, Err: refusal}
	view.Turn = v.mayAgree(a)
	view.MayRefuse = !view.Own && !a.Over(v.Now) && v.mayApprove(a)
	if a.Stage == control.Approved && view.Own && !a.Over(v.Now) {
		_, found := v.errand(known)
		view.Ready, view.Lost = found, !found
	}
	if exact, err := a.Intent.Canonical(); err == nil && open {
		view.Exact = string(exact)
	}
	return view
}

// readsNumber reports whether the reader may see all of a bank account's number:
// whoever could sign it must, nobody else need.
func (v *visit) readsNumber(a control.Approval) bool {
	return a.Intent.Action != control.PayoutAccount || v.allowed(identity.ToPayoutAccounts) || v.allowed(identity.ToConfirmPayoutAccounts)
}

// masked hides a bank account's number in what an approval says.
func masked(a control.Approval) control.Approval {
	number := detailOf(a.Intent, "number")
	if a.Intent.Action != control.PayoutAccount || number == "" {
		return a
	}
	a.Intent.Payee = strings.ReplaceAll(a.Intent.Payee, number, treasury.Masked(number))
	a.Intent.Details = slices.Clone(a.Intent.Details)
	for i := range a.Intent.Details {
		if a.Intent.Details[i].Name == "number" {
			a.Intent.Details[i].Value = treasury.Masked(number)
		}
	}
	return a
}

// mayAgree reports whether it is the reader's turn: the asker first, then one other.
func (v *visit) mayAgree(a control.Approval) bool {
	if a.Stage != control.Asked || a.Over(v.Now) || slices.ContainsFunc(a.Consents, func(c control.Consent) bool { return c.Person == v.person.ID }) {
		return false
	}
	if a.Intent.Person == v.person.ID {
		return len(a.Consents) == 0
	}
	return len(a.Consents) > 0 && v.mayApprove(a)
}

// mayApprove asks the policy whether the reader can be the second person.
func (v *visit) mayApprove(a control.Approval) bool {
	by := v.actor()
	switch {
	case a.Intent.Party == "":
		return identity.May(by, control.ActFor(a.Intent.Action, ""))
	case by.Party == a.Intent.Party:
		return identity.May(by, identity.ToApprove)
	}
	return a.Alone && identity.May(by, identity.ToConfirmPayoutAccounts)
}

func (s *site) agree(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	id := v.path("approval")
	given := assurance.Proof{Kind: account.FactorKind(v.form.Get("kind")), Code: v.posted("code"), Response: []byte(v.form.Get("response"))}
	asked, err := v.house().Agree(v.ctx(), v.in, v.origin(), call, id, given)
	if err != nil {
		return v.signAgain("agree-"+v.form.Get("kind"), id, err)
	}
	if asked.Approval.Stage == control.Approved && asked.Approval.Intent.Person == v.person.ID {
		if _, known := v.errand(asked.Approval); known {
			return v.carryOut(asked.Approval)
		}
	}
	return goTo(approvalPath(id), "flash.agreed")
}

// signAgain shows the page again with what went wrong.
func (v *visit) signAgain(form, id string, err error) (reply, error) {
	if fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Internal {
		return reply{}, err
	}
	v.refused(form, err)
	return v.showApproval(id, err)
}

func (s *site) declineApproval(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	id := v.path("approval")
	if err := v.house().DeclineApproval(v.ctx(), call, id, v.posted("why")); err != nil {
		return v.signAgain("decline", id, err)
	}
	return goTo(approvalPath(id), "flash.declined")
}

func (s *site) cancelApproval(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	id := v.path("approval")
	if err := v.house().CancelApproval(v.ctx(), call, id); err != nil {
		return v.signAgain("cancel", id, err)
	}
	v.drop(errandPrefix + id)
	return goTo("/approvals", "flash.approval_cancelled")
}

func (s *site) carryOutApproval(v *visit) (reply, error) {
	if _, err := v.call(); err != nil {
		return reply{}, err
	}
	asked, err := v.house().Approval(v.ctx(), v.in, v.path("approval"))
	if err != nil {
		return reply{}, err
	}
	if asked.Approval.Intent.Person != v.person.ID || asked.Approval.Stage != control.Approved {
		return v.signAgain("carry-out", asked.Approval.ID, fault.New(fault.Conflict, "control.wrong_stage", "The approval is {stage}, where this cannot be done.").With("stage", string(asked.Approval.Stage)))
	}
	return v.carryOut(asked.Approval)
}

// approvalsView lists what waits for signatures.
type approvalsView struct {
	Turn []control.Approval // for the reader to sign, or to carry out
	Own  []control.Approval // asked by the reader, waiting for somebody else
	Rest []control.Approval
}

const approvalsShown = 100

func (s *site) approvalsPage(v *visit) (reply, error) {
	list, err := v.approvals()
	if err != nil {
		return reply{}, err
	}
	var view approvalsView
	for _, a := range list {
		switch {
		case v.mayAgree(a) || a.Stage == control.Approved && a.Intent.Person == v.person.ID && !a.Over(v.Now):
			view.Turn = append(view.Turn, a)
		case a.Intent.Person == v.person.ID && !a.Over(v.Now):
			view.Own = append(view.Own, a)
		default:
			view.Rest = append(view.Rest, a)
		}
	}
	return show(v.T("approvals.title"), approvalsPageView(v, view))
}

// approvals are those that concern the reader, the newest first.
func (v *visit) approvals() ([]control.Approval, error) {
	list, err := v.house().Approvals(v.ctx(), v.actor(), assurance.ApprovalQuery{Limit: approvalsShown})
	if err != nil || !identity.May(v.actor(), identity.ToConfirmPayoutAccounts) {
		return list, err
	}
	alone, err := v.house().StandIns(v.ctx(), v.actor())
	return append(alone, list...), err
}

// signaturesWanted counts what waits for the reader.
func (v *visit) signaturesWanted() int {
	list, err := v.approvals()
	if err != nil {
		return 0 // a hint on another page; the list itself says what is wrong
	}
	n := 0
	for _, a := range list {
		if v.mayAgree(a) {
			n++
		}
	}
	return n
}

// personName names somebody for a list.
func (v *visit) personName(id identity.PersonID) string {
	if v.people == nil {
		v.people = map[identity.PersonID]string{}
	}
	if name, ok := v.people[id]; ok {
		return name
	}
	name := string(id)
	if p, err := v.house().Person(v.ctx(), id); err == nil {
		name = p.Name
	}
	v.people[id] = name
	return name
}
