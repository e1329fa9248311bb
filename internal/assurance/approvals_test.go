package assurance_test

import (
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// trade is a delivered deal between two companies with people.
type trade struct {
	*place
	buyer, seller *human
	id            deal.ID
}

func traded(t *testing.T) *trade {
	t.Helper()
	p := guarded(t)
	x := &trade{place: p, buyer: p.joined("Ann", "Annex Handel AG").withTOTP(), seller: p.joined("Sun", "Sunrise Works Ltd").withTOTP()}
	p.buyer, p.seller = x.buyer.in.Actor(), x.seller.in.Actor()
	x.id = p.delivered()
	return x
}

func accepting(id deal.ID) assurance.DealDeed {
	return assurance.DealDeed{Deal: id, Command: deal.Accept{}}
}

func TestMoneyGoesToTheOtherSideOnlyUnderAnApproval(t *testing.T) {
	t.Parallel()
	x := traded(t)
	_, err := x.Act(x.ctx, x.buyer.call(), x.id, deal.Accept{})
	x.refused(err, "control.approval_needed")
	a := x.buyer.agreed(accepting(x.id))
	if a.Intent.Amount == 0 || a.Intent.Currency != "USD" || a.Intent.Action != control.Release || a.Needed != 1 {
		t.Errorf("the house asks to sign %+v", a.Intent)
	}
	c := x.buyer.call()
	c.Approval = a.ID
	_, err = x.Act(x.ctx, c, x.id, deal.Accept{})
	x.must(err)
	if s := x.state(x.id); s.Phase != deal.Closed {
		t.Errorf("the deal is %s", s.Phase)
	}
	_, err = x.Prepare(x.ctx, x.buyer.in, x.buyer.call(), accepting(x.id))
	if err == nil {
		t.Error("a closed deal can be approved again")
	}
	x.sound()
}

func TestAnApprovalOfOneDealServesNoOther(t *testing.T) { // case 47
	t.Parallel()
	x := traded(t)
	other := x.delivered()
	c := x.buyer.under(accepting(x.id))
	_, err := x.Act(x.ctx, c, other, deal.Accept{})
	x.refused(err, "control.changed")
	asked, err := x.Approval(x.ctx, x.buyer.in, c.Approval)
	x.must(err)
	if asked.Approval.Stage != control.Void {
		t.Errorf("the approval is %s afterwards", asked.Approval.Stage)
	}
	_, err = x.Act(x.ctx, c, x.id, deal.Accept{})
	x.refused(err, "control.wrong_stage")
}

func TestAnyChangeOfTheDealVoidsTheApproval(t *testing.T) { // case 66
	t.Parallel()
	x := traded(t)
	c := x.buyer.under(accepting(x.id))
	_, err := x.Act(x.ctx, x.buyer.call(), x.id, deal.ExtendInspection{Days: 1})
	x.must(err)
	_, err = x.Act(x.ctx, c, x.id, deal.Accept{})
	x.refused(err, "control.changed")
	if s := x.state(x.id); s.Phase == deal.Closed {
		t.Error("the deal is closed")
	}
}

func TestAnApprovalRunsOut(t *testing.T) {
	t.Parallel()
	x := traded(t)
	c := x.buyer.under(accepting(x.id))
	x.clock.Advance(11 * time.Minute)
	_, err := x.Act(x.ctx, c, x.id, deal.Accept{})
	x.refused(err, "control.expired")
}

func TestAPasskeySignsExactlyWhatHappens(t *testing.T) { // cases 46 and 47
	t.Parallel()
	x := traded(t)
	x.buyer.withPasskey(x.buyer.digits())
	other := x.delivered()
	first, err := x.Prepare(x.ctx, x.buyer.in, x.buyer.call(), accepting(x.id))
	x.must(err)
	second, err := x.Prepare(x.ctx, x.buyer.in, x.buyer.call(), accepting(other))
	x.must(err)
	signed := assurance.Proof{Kind: account.Passkey, Response: x.buyer.touched(first.Passkey)}
	_, err = x.Agree(x.ctx, x.buyer.in, x.buyer.from, x.buyer.call(), second.Approval.ID, signed)
	x.refused(err, "passkey.wrong_challenge")
	done, err := x.Agree(x.ctx, x.buyer.in, x.buyer.from, x.buyer.call(), first.Approval.ID, signed)
	x.must(err)
	kept := done.Approval.Consents[0].Assertion
	if kept == nil || done.Approval.Stage != control.Approved {
		t.Fatalf("%+v", done.Approval)
	}
	hash, err := done.Approval.Intent.Hash()
	x.must(err)
	if hash != done.Approval.Hash {
		t.Error("the hash that was signed is not that of the intent")
	}
	c := x.buyer.call()
	c.Approval = first.Approval.ID
	_, err = x.Act(x.ctx, c, x.id, deal.Accept{})
	x.must(err)
	x.sound()
}

func TestWhoHasNoFactorCannotAgree(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann, sun := p.joined("Ann", "Annex Handel AG"), p.joined("Sun", "Sunrise Works Ltd")
	p.buyer, p.seller = ann.in.Actor(), sun.in.Actor()
	id := p.delivered()
	asked, err := p.Prepare(p.ctx, ann.in, ann.call(), accepting(id))
	p.must(err)
	_, err = p.Agree(p.ctx, ann.in, ann.from, ann.call(), asked.Approval.ID, assurance.Proof{Kind: account.TOTP, Code: "123456"})
	p.refused(err, "account.factor_needed")
}

func TestRolesDoWhatTheyMayAndNoMore(t *testing.T) {
	t.Parallel()
	x := traded(t)
	trader, viewer, finance := x.buyer.invited("Tom", identity.Trader).withTOTP(), x.buyer.invited("Vic", identity.Viewer).withTOTP(), x.buyer.invited("Fin", identity.Finance).withTOTP()
	_, err := x.Act(x.ctx, viewer.call(), x.id, deal.ExtendInspection{Days: 1})
	x.refused(err, "identity.not_your_role")
	_, err = x.Prepare(x.ctx, trader.in, trader.call(), accepting(x.id))
	x.refused(err, "identity.not_your_role")
	_, err = x.Act(x.ctx, finance.call(), x.id, deal.ExtendInspection{Days: 1})
	x.refused(err, "identity.not_your_role")
	_, err = x.Act(x.ctx, finance.under(accepting(x.id)), x.id, deal.Accept{})
	x.must(err)
}

func TestTwoPersonsMustBeTwo(t *testing.T) { // case 65
	t.Parallel()
	x := traded(t)
	finance := x.buyer.invited("Fin", identity.Finance).withTOTP()
	limits := identity.SetTwoPersons{Limits: []money.Amount{usd(1)}}
	_, err := x.SetTwoPersons(x.ctx, x.buyer.under(assurance.RulesDeed{TwoPersons: &limits}), limits)
	x.must(err)
	asked, err := x.Prepare(x.ctx, x.buyer.in, x.buyer.call(), accepting(x.id))
	x.must(err)
	agree := func(y *human, from assurance.Origin) error {
		_, err := x.Agree(x.ctx, y.in, from, y.call(), asked.Approval.ID, y.digits())
		return err
	}
	x.must(agree(x.buyer, x.buyer.from))
	x.refused(agree(x.buyer, x.buyer.from), "control.same_person")
	x.refused(agree(finance, x.buyer.from), "control.same_person") // another account on the same device
	c := x.buyer.call()
	c.Approval = asked.Approval.ID
	_, err = x.Act(x.ctx, c, x.id, deal.Accept{})
	x.refused(err, "control.wrong_stage")
	x.must(agree(finance, finance.from))
	_, err = x.Act(x.ctx, c, x.id, deal.Accept{})
	x.must(err)
	if m := x.mails(finance.email); m[len(m)-1].Kind == assurance.MailApproval {
		t.Error("the second person was asked before the first had signed")
	}
}

func TestAKeyDoesWhatItWasGivenAndNoMore(t *testing.T) {
	t.Parallel()
	x := traded(t)
	d := assurance.KeyDeed{Label: "shop", Scopes: []string{"release", "read_deals"}, Ceiling: []money.Amount{usd(70_000)}, Days: 30}
	_, _, err := x.MakeKey(x.ctx, x.buyer.in, x.buyer.from, x.buyer.call(), d)
	x.refused(err, "control.approval_needed")
	secret, key, err := x.MakeKey(x.ctx, x.buyer.in, x.buyer.from, x.buyer.under(d), d)
	x.must(err)
	in, err := x.Present(x.ctx, secret)
	x.must(err)
	byKey := assurance.Call{By: in.Actor(), Mandate: in.Mandate}
	_, err = x.Act(x.ctx, byKey, x.id, deal.ExtendInspection{Days: 1})
	x.refused(err, "control.over_mandate")
	_, err = x.Act(x.ctx, byKey, x.id, deal.Accept{})
	x.must(err)
	x.must(x.EndKey(x.ctx, x.buyer.in, x.buyer.from, key.ID))
	_, err = x.Present(x.ctx, secret)
	x.refused(err, "people.bad_token")
}

func TestAKeysCeilingHolds(t *testing.T) {
	t.Parallel()
	x := traded(t)
	d := assurance.KeyDeed{Label: "shop", Scopes: []string{"release"}, Ceiling: []money.Amount{usd(69_000)}, Days: 30}
	secret, _, err := x.MakeKey(x.ctx, x.buyer.in, x.buyer.from, x.buyer.under(d), d)
	x.must(err)
	in, err := x.Present(x.ctx, secret)
	x.must(err)
	_, err = x.Act(x.ctx, assurance.Call{By: in.Actor(), Mandate: in.Mandate}, x.id, deal.Accept{})
	x.refused(err, "control.over_mandate")
}

// verified lets the house's compliance verify the company.
func (x *human) verified(officer *human) *human {
	x.t.Helper()
	_, err := x.SubmitProfile(x.ctx, x.call(), identity.Profile{LegalName: "Sunrise Works Ltd", Country: "CH", Registration: "R-1", Address: "1 Street"})
	x.must(err)
	_, err = x.ReviewProfile(x.ctx, officer.call(), x.in.Person.Party, identity.ReviewProfile{Verdict: identity.Verified, Until: x.Now().AddDate(1, 0, 0)})
	x.must(err)
	return x
}

func swiss(holder string) assurance.AccountDeed {
	return assurance.AccountDeed{Holder: holder, Number: "CH93 0076 2011 6238 5295 7", BIC: "POFICHBEXXX", BankName: "Bank", Country: "CH", Currency: "USD"}
}

func TestANewPayoutAccountWaitsAndFreezesPayouts(t *testing.T) { // cases 34 and 43
	t.Parallel()
	x := traded(t)
	officer, treasurer := x.staffed(identity.Compliance, "Carla"), x.staffed(identity.Treasury, "Tess")
	deed := swiss("Sunrise Works Ltd")
	_, err := x.Prepare(x.ctx, x.seller.in, x.seller.call(), deed)
	x.refused(err, "treasury.not_verified")
	x.seller.verified(officer)
	_, err = x.Prepare(x.ctx, x.seller.in, x.seller.call(), swiss("Somebody Else Trading"))
	x.refused(err, "treasury.other_name")
	withdraw := assurance.WithdrawDeed{Amount: usd(100)}
	_, err = x.Prepare(x.ctx, x.seller.in, x.seller.call(), withdraw)
	x.refused(err, "treasury.no_account")

	_, err = x.ProposePayoutAccount(x.ctx, x.seller.under(deed, treasurer), deed)
	x.must(err)
	rows, err := x.PayoutAccounts(x.ctx, x.seller.in.Actor(), assurance.PayoutAccountQuery{})
	x.must(err)
	if len(rows) != 1 || rows[0].Stage != treasury.Waiting || rows[0].HoldHours != 72 {
		t.Fatalf("%+v", rows)
	}
	if m := x.mails(x.buyer.email)[0]; m.Kind != assurance.MailCounterparty {
		t.Errorf("the other side of an open deal gets %s", m.Kind)
	}
	_, err = x.Prepare(x.ctx, x.seller.in, x.seller.call(), withdraw)
	x.refused(err, "treasury.payouts_wait")
	x.clock.Advance(71 * time.Hour)
	x.lapse()
	_, err = x.Prepare(x.ctx, x.seller.in, x.seller.call(), withdraw)
	x.refused(err, "treasury.payouts_wait")
	x.clock.Advance(2 * time.Hour)
	x.lapse()
	_, err = x.Withdraw(x.ctx, x.seller.call(), x.seller.in.Person.Party, usd(100), "")
	x.refused(err, "control.approval_needed")
	_, err = x.Withdraw(x.ctx, x.seller.under(withdraw), x.seller.in.Person.Party, usd(100), "")
	x.must(err)

	second := swiss("Sunrise Works Ltd")
	second.Number = "DE89 3704 0044 0532 0130 00"
	second.Country = "DE"
	second.BIC = ""
	x.must(x.MayPay(x.ctx, assurance.PayoutOrder{Party: x.seller.in.Person.Party}))
	r, err := x.ProposePayoutAccount(x.ctx, x.seller.under(second, treasurer), second)
	x.must(err)
	x.refused(x.MayPay(x.ctx, assurance.PayoutOrder{Party: x.seller.in.Person.Party}), "treasury.payouts_wait") // what is under way already waits too
	_, err = x.Prepare(x.ctx, x.seller.in, x.seller.call(), withdraw)
	x.refused(err, "treasury.payouts_wait")
	_, err = x.CancelPayoutAccount(x.ctx, x.buyer.call(), r.ID, "not mine")
	x.refused(err, "treasury.unknown_account")
	_, err = x.CancelPayoutAccount(x.ctx, x.seller.call(), r.ID, "a mistake")
	x.must(err)
	_, err = x.Withdraw(x.ctx, x.seller.under(withdraw), x.seller.in.Person.Party, usd(100), "")
	x.must(err)
	x.sound()
}

func TestAnAccountReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	x := traded(t)
	officer, treasurer := x.staffed(identity.Compliance, "Carla"), x.staffed(identity.Treasury, "Tess")
	x.seller.verified(officer)
	first, second := swiss("Sunrise Works Ltd"), swiss("Sunrise Works Limited")
	second.Number, second.Country, second.BIC = "DE89370400440532013000", "DE", ""
	for _, deed := range []assurance.AccountDeed{first, second} {
		_, err := x.ProposePayoutAccount(x.ctx, x.seller.under(deed, treasurer), deed)
		x.must(err)
		x.clock.Advance(73 * time.Hour)
		x.lapse()
	}
	rows, err := x.PayoutAccounts(x.ctx, x.seller.in.Actor(), assurance.PayoutAccountQuery{})
	x.must(err)
	if len(rows) != 2 || rows[0].Stage != treasury.Current || rows[1].Stage != treasury.Replaced {
		t.Errorf("%+v", rows)
	}
	x.sound()
}

func TestTwoAdministratorsTakeSomebodyIn(t *testing.T) { // cases 65 and 67
	t.Parallel()
	p := guarded(t)
	ada, bea := p.staffed(identity.Administrator, "Ada"), p.staffed(identity.Administrator, "Bea")
	deed := assurance.StaffDeed{Email: "max@house.example", Office: identity.Mediator}
	asked, err := p.Prepare(p.ctx, ada.in, ada.call(), deed)
	p.must(err)
	if asked.Approval.Needed != 2 {
		t.Fatalf("%+v", asked.Approval)
	}
	_, err = p.Appoint(p.ctx, ada.call(), "max@house.example", identity.Mediator)
	p.refused(err, "control.approval_needed")
	_, err = p.Appoint(p.ctx, ada.under(deed, bea), "max@house.example", identity.Mediator)
	p.must(err)
	e, err := p.Accept(p.ctx, p.origin("max"), assurance.BrowserSession, p.link("max@house.example", assurance.MailInvite, "/invitation/"), assurance.SignUp{Name: "Max", Password: passphrase})
	p.must(err)
	if e.Presence.Person.Office != identity.Mediator {
		t.Errorf("Max is %+v", e.Presence.Person)
	}
	out := assurance.StaffDeed{Dismiss: e.Presence.Person.ID}
	_, err = p.Dismiss(p.ctx, ada.under(out, bea), e.Presence.Person.ID)
	p.must(err)
	_, err = p.Present(p.ctx, e.Secret)
	p.refused(err, "people.bad_token")
	p.sound()
}

func TestRacesUseAnApprovalOnce(t *testing.T) {
	t.Parallel()
	x := traded(t)
	c := x.buyer.under(accepting(x.id))
	act := func() (assurance.Receipt, error) { return x.Act(x.ctx, c, x.id, deal.Accept{}) }
	good := 0
	for _, o := range x.together(act, act, act) {
		if o.err == nil {
			good++
		} else if fault.KindOf(o.err) == fault.Internal {
			t.Errorf("%+v", o.err)
		}
	}
	if good != 1 {
		t.Errorf("%d calls went through", good)
	}
	x.sound()
}

func TestWhoeverWritesHimselfARoleIsNamed(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ statement, check string }{
		"nothing":                     {"", ""},
		"a role":                      {`UPDATE person SET role = 'owner' WHERE role = 'viewer'`, "everybody has the role"},
		"an office":                   {`UPDATE person SET office = 'administrator' WHERE office = 'treasury'`, "everybody has the role"},
		"another company":             {`UPDATE person SET party = 'elsewhere' WHERE role = 'viewer'`, "everybody has the role"},
		"an approval's stage":         {`UPDATE approval_view SET stage = 'approved'`, "approvals are as"},
		"an approval away":            {`DELETE FROM approval_view`, "approvals are as"},
		"where payouts go":            {`UPDATE payout_account_view SET body = replace(body, 'CH93', 'CH94')`, "payout accounts are as"},
		"that a hold is over":         {`UPDATE payout_account_view SET stage = 'current'`, "payout accounts are as"},
		"when a hold ends":            {`UPDATE clock SET at = at - 1000000 WHERE clock = 'payout_account'`, "running clocks"},
		"how long a company is known": {`UPDATE party_view SET verified_until = verified_until + 1`, "companies are as"},
		"that a company is verified":  {`UPDATE party_view SET standing = 'verified' WHERE standing <> 'verified'`, "companies are as"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			x := traded(t)
			x.seller.verified(x.staffed(identity.Compliance, "Carla")).invited("Vic", identity.Viewer)
			deed := swiss("Sunrise Works Ltd")
			_, err := x.ProposePayoutAccount(x.ctx, x.seller.under(deed, x.staffed(identity.Treasury, "Tess")), deed)
			x.must(err)
			if c.statement != "" {
				(&audited{path: x.path}).tamper(t, c.statement)
			}
			checks, err := assurance.Audit{Store: x.store, Archive: x.store}.Checks(x.ctx, nil)
			x.must(err)
			var named []string
			for _, got := range checks {
				if !got.OK {
					named = append(named, got.Name)
				}
				if c.check == "" && got.Counted == 0 && (strings.HasPrefix(got.Name, "approvals") || strings.HasPrefix(got.Name, "payout accounts") || strings.HasPrefix(got.Name, "everybody")) {
					t.Errorf("%s compared nothing", got.Name)
				}
			}
			if all := strings.Join(named, "; "); c.check == "" && all != "" || !strings.Contains(all, c.check) {
				t.Errorf("want %q named, found %q", c.check, named)
			}
		})
	}
}

func TestAnApprovalThatNoLongerFitsIsVoidWhateverItWasFor(t *testing.T) { // case 66
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	c := ann.under(assurance.RoleDeed{Email: "bob@example.com", Role: identity.Viewer})
	_, err := p.Invite(p.ctx, c, "bob@example.com", identity.Owner)
	p.refused(err, "control.changed")
	hold := identity.SetPayoutHold{Hours: 96}
	rules := ann.under(assurance.RulesDeed{PayoutHold: &hold})
	_, err = p.SetPayoutHold(p.ctx, rules, identity.SetPayoutHold{Hours: 100})
	p.refused(err, "control.changed")
	for _, id := range []string{c.Approval, rules.Approval} {
		asked, err := p.Approval(p.ctx, ann.in, id)
		p.must(err)
		if asked.Approval.Stage != control.Void {
			t.Errorf("the approval of %s is %s", asked.Approval.Intent.Action, asked.Approval.Stage)
		}
	}
	p.sound()
}
