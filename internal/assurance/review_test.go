package assurance_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
	"fondaco/internal/trade/treasury"
)

// disputed is a claim of the buyer's, raised by a trader, and that trader.
func (x *trade) disputed() *human {
	x.t.Helper()
	tom := x.buyer.invited("Tom", identity.Trader).withTOTP()
	_, err := x.Act(x.ctx, tom.call(), x.id, deal.RaiseClaim{ClaimID: "k1", Reason: dispute.QualityDefect, Minor: 50_000, Demand: dispute.Division{ToBuyer: 50_000}, Statement: "They leak."})
	x.must(err)
	return tom
}

func offering(toBuyer int64, back bool) deal.Conduct {
	return deal.Conduct{ClaimID: "k1", Step: dispute.MakeOffer{Division: dispute.Division{ToBuyer: toBuyer, WithReturn: back}}}
}

// TestAnOfferInAClaimIsSignedByWhoeverMakesIt: the other side's word alone makes
// money of it.
func TestAnOfferInAClaimIsSignedByWhoeverMakesIt(t *testing.T) {
	t.Parallel()
	x := traded(t)
	tom := x.disputed()
	_, err := x.Act(x.ctx, tom.call(), x.id, offering(0, false))
	x.refused(err, "identity.not_your_role")
	_, err = x.Act(x.ctx, tom.call(), x.id, offering(50_000, false)) // it gives nothing away
	x.must(err)
	offer := offering(10_000, false)
	_, err = x.Act(x.ctx, x.buyer.call(), x.id, offer)
	x.refused(err, "control.approval_needed")
	a := x.buyer.agreed(assurance.DealDeed{Deal: x.id, Command: offer})
	if a.Intent.Action != control.Release || a.Intent.Amount != 40_000 {
		t.Errorf("the buyer signs %+v", a.Intent)
	}
	c := x.buyer.call()
	c.Approval = a.ID
	_, err = x.Act(x.ctx, c, x.id, offer)
	x.must(err)
	_, err = x.Act(x.ctx, x.seller.call(), x.id, offering(49_000, true)) // money for goods that come back
	x.refused(err, "control.approval_needed")
	_, err = x.Act(x.ctx, x.seller.call(), x.id, offering(9_999, false)) // below what a seller gives back freely
	x.must(err)
	x.sound()
}

func TestACancellationIsSignedByTheSellerWhoAsksForIt(t *testing.T) {
	t.Parallel()
	x := traded(t)
	sal := x.seller.invited("Sal", identity.Trader).withTOTP()
	cancel := deal.CancelByBoth{Reason: "a favour"}
	_, err := x.Act(x.ctx, sal.call(), x.id, cancel)
	x.refused(err, "identity.not_your_role")
	_, err = x.Act(x.ctx, x.seller.call(), x.id, cancel)
	x.refused(err, "control.approval_needed")
	_, err = x.Act(x.ctx, x.seller.under(assurance.DealDeed{Deal: x.id, Command: cancel}), x.id, cancel)
	x.must(err)
}

func (x *trade) needsTwo(from int64) {
	x.t.Helper()
	limits := identity.SetTwoPersons{Limits: []money.Amount{usd(from)}}
	_, err := x.SetTwoPersons(x.ctx, x.buyer.under(assurance.RulesDeed{TwoPersons: &limits}), limits)
	x.must(err)
}

func TestAKeyIsNoSecondPerson(t *testing.T) {
	t.Parallel()
	x := traded(t)
	x.buyer.invited("Fin", identity.Finance).withTOTP()
	x.needsTwo(1)
	d := assurance.KeyDeed{Label: "shop", Scopes: []string{"release"}, Ceiling: []money.Amount{usd(1_000_000)}, Days: 30}
	secret, _, err := x.MakeKey(x.ctx, x.buyer.in, x.buyer.from, x.buyer.under(d), d)
	x.must(err)
	in, err := x.Present(x.ctx, secret)
	x.must(err)
	_, err = x.Act(x.ctx, assurance.Call{By: in.Actor(), Mandate: in.Mandate}, x.id, deal.Accept{})
	x.refused(err, "control.over_mandate")
}

func TestTheRuleOfTwoHoldsForWhatOneHasSignedBefore(t *testing.T) {
	t.Parallel()
	x := traded(t)
	x.buyer.invited("Fin", identity.Finance).withTOTP()
	c := x.buyer.under(accepting(x.id))
	x.needsTwo(1)
	_, err := x.Act(x.ctx, c, x.id, deal.Accept{})
	x.refused(err, "control.changed")
}

// TestNobodyMakesHisOwnSecondPerson: a company that wants two persons for its money
// wants them for whoever could be the second, too.
func TestNobodyMakesHisOwnSecondPerson(t *testing.T) {
	t.Parallel()
	p := guardedWith(t, func(c *assurance.Config) { c.SSO = &provider{} })
	ann := p.joined("Ann", "Annex Handel AG").withTOTP()
	needed := func(d assurance.Deed) int {
		asked, err := p.Prepare(p.ctx, ann.in, ann.call(), d)
		p.must(err)
		return asked.Approval.Needed
	}
	own := assurance.SSODeed{Issuer: "https://idp.example", ID: "x", Secret: "y"}
	if n := needed(own); n != 1 {
		t.Errorf("a company of one needs %d persons", n)
	}
	ann.invited("Fin", identity.Finance).withTOTP()
	if n := needed(own); n != 2 {
		t.Errorf("the provider that says who Fin is: %d persons", n)
	}
	limits := identity.SetTwoPersons{Limits: []money.Amount{usd(1)}}
	_, err := p.SetTwoPersons(p.ctx, ann.under(assurance.RulesDeed{TwoPersons: &limits}), limits)
	p.must(err)
	for role, want := range map[identity.Role]int{identity.Owner: 2, identity.Finance: 2, identity.Trader: 1, identity.Viewer: 1} {
		if n := needed(assurance.RoleDeed{Email: "new@example.com", Role: role}); n != want {
			t.Errorf("a new %s: %d persons, want %d", role, n, want)
		}
	}
}

func TestAConsentDoesNotOutliveTheRole(t *testing.T) {
	t.Parallel()
	for what, lose := range map[string]func(x *trade, fin *human){
		"demoted": func(x *trade, fin *human) {
			deed := assurance.RoleDeed{Person: fin.in.Person.ID, Role: identity.Viewer}
			_, err := x.Grant(x.ctx, x.buyer.under(deed), fin.in.Person.ID, identity.Viewer)
			x.must(err)
		},
		"removed": func(x *trade, fin *human) {
			_, err := x.RemoveMember(x.ctx, x.buyer.call(), fin.in.Person.ID)
			x.must(err)
		},
		"not me": func(x *trade, fin *human) { x.must(x.DisownHere(x.ctx, fin.in, fin.from, fin.in.Session.ID)) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			x := traded(t)
			fin := x.buyer.invited("Fin", identity.Finance).withTOTP()
			x.needsTwo(1)
			c := x.buyer.under(accepting(x.id), fin)
			lose(x, fin)
			_, err := x.Act(x.ctx, c, x.id, deal.Accept{})
			x.refused(err, "control.consent_gone")
		})
	}
}

func TestADismissedAdministratorsConsentIsGone(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ada, bea, cid := p.staffed(identity.Administrator, "Ada"), p.staffed(identity.Administrator, "Bea"), p.staffed(identity.Administrator, "Cid")
	c := ada.under(assurance.ProfileDeed{Profile: password.Prescriptive}, bea)
	_, err := p.Dismiss(p.ctx, ada.under(assurance.StaffDeed{Dismiss: bea.in.Person.ID}, cid), bea.in.Person.ID)
	p.must(err)
	_, err = p.SetPasswordProfile(p.ctx, c, password.Prescriptive)
	p.refused(err, "control.consent_gone")
}

// TestWhoSaidItWasNotHimSignsNothing until somebody has looked into it: the thief
// may hold the mailbox and the telephone.
func TestWhoSaidItWasNotHimSignsNothing(t *testing.T) {
	t.Parallel()
	x := traded(t)
	x.must(x.DisownHere(x.ctx, x.buyer.in, x.buyer.from, x.buyer.in.Session.ID))
	x.must(x.Forget(x.ctx, x.buyer.from, x.buyer.email, "en"))
	x.must(x.Reset(x.ctx, x.buyer.from, x.link(x.buyer.email, assurance.MailReset, "/reset/"), "nine brass kettles on a roof"))
	e, err := x.Enter(x.ctx, x.buyer.from, assurance.BrowserSession, x.buyer.email, "nine brass kettles on a roof")
	x.must(err)
	e, err = x.Continue(x.ctx, x.buyer.from, e.Ticket, x.buyer.digits())
	x.must(err)
	x.buyer.in, x.buyer.secret = *e.Presence, e.Secret
	asked, err := x.Prepare(x.ctx, x.buyer.in, x.buyer.call(), accepting(x.id))
	x.must(err)
	_, err = x.Agree(x.ctx, x.buyer.in, x.buyer.from, x.buyer.call(), asked.Approval.ID, x.buyer.digits())
	x.refused(err, "account.disowned")
}

// TestThisWasNotMeUndoesWhatIsUnderWay: an account that waits, and the places that
// were opened.
func TestThisWasNotMeUndoesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	x := traded(t)
	officer, treasurer := x.staffed(identity.Compliance, "Carla"), x.staffed(identity.Treasury, "Tess")
	x.seller.verified(officer)
	deed := swiss("Sunrise Works Ltd")
	_, err := x.ProposePayoutAccount(x.ctx, x.seller.under(deed, treasurer), deed)
	x.must(err)
	_, err = x.Invite(x.ctx, x.seller.under(assurance.RoleDeed{Email: "mal@example.com", Role: identity.Owner}), "mal@example.com", identity.Owner)
	x.must(err)
	x.must(x.DisownHere(x.ctx, x.seller.in, x.seller.from, x.seller.in.Session.ID))
	_, err = x.Accept(x.ctx, x.origin("mal"), assurance.BrowserSession, x.link("mal@example.com", assurance.MailInvite, "/invitation/"), assurance.SignUp{Name: "Mal", Password: passphrase})
	x.refused(err, "organisation.invitation_over")
	x.clock.Advance(74 * time.Hour)
	x.lapse()
	rows, err := x.PayoutAccounts(x.ctx, treasurer.in.Actor(), assurance.PayoutAccountQuery{Party: x.seller.in.Person.Party})
	x.must(err)
	if len(rows) != 1 || rows[0].Stage != treasury.Withdrawn {
		t.Errorf("%+v", rows)
	}
	x.sound()
}

// TestAReinstatedAccountIsItsOwnersAlone: what an intruder has added is gone.
func TestAReinstatedAccountIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann, officer := p.joined("Ann", "Annex Ltd"), p.staffed(identity.Compliance, "Carla")
	p.clock.Advance(20 * day)
	e, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
	p.must(err)
	ann.in = *e.Presence
	ann.withPasskey(assurance.Proof{}) // somebody else's, who knows the password
	p.must(p.Disown(p.ctx, p.origin("mail"), p.link(ann.email, assurance.MailAlert, "/not-me/")))
	officer.again()
	_, err = p.Reinstate(p.ctx, officer.call(), ann.in.Person.ID, "spoke with her on the phone")
	p.must(err)
	options, ticket, err := p.PasskeyDoor(p.ctx)
	p.must(err)
	_, err = p.EnterByPasskey(p.ctx, ann.from, assurance.BrowserSession, ticket, ann.touched(options))
	p.refused(err, "passkey.unknown")
	p.must(p.Forget(p.ctx, ann.from, ann.email, "en"))
	p.must(p.Reset(p.ctx, ann.from, p.link(ann.email, assurance.MailReset, "/reset/"), "nine brass kettles on a roof"))
	if e, err = p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, "nine brass kettles on a roof"); err != nil || e.Presence == nil {
		t.Errorf("the owner is asked for %v, %v", e.Wants, err)
	}
	p.sound()
}

// TestAFactorOfOldSurvivesACase: only what is new may be an intruder's.
func TestAFactorOfOldSurvivesACase(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann, officer := p.joined("Ann", "Annex Ltd").withTOTP(), p.staffed(identity.Compliance, "Carla")
	p.clock.Advance(20 * day)
	ann.again()
	officer.again()
	p.must(p.DisownHere(p.ctx, ann.in, ann.from, ann.in.Session.ID))
	_, err := p.Reinstate(p.ctx, officer.call(), ann.in.Person.ID, "spoke with her on the phone")
	p.must(err)
	p.must(p.Forget(p.ctx, ann.from, ann.email, "en"))
	p.must(p.Reset(p.ctx, ann.from, p.link(ann.email, assurance.MailReset, "/reset/"), "nine brass kettles on a roof"))
	e, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, "nine brass kettles on a roof")
	p.must(err)
	if len(e.Wants) == 0 {
		t.Error("the mailbox alone opens the account")
	}
}

func TestOneCaseClosedLeavesAnotherOpen(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann, officer := p.joined("Ann", "Annex Ltd").withTOTP(), p.staffed(identity.Compliance, "Carla")
	fin, tom, out := ann.invited("Fin", identity.Finance).withTOTP(), ann.invited("Tom", identity.Trader).withTOTP(), ann.invited("Out", identity.Finance).withTOTP()
	frozen := func() bool {
		o, err := p.Organisation(p.ctx, officer.in.Actor(), ann.in.Person.Party)
		p.must(err)
		return o.PayoutsFrozen != ""
	}
	for _, x := range []*human{fin, tom, out} {
		p.must(p.DisownHere(p.ctx, x.in, x.from, x.in.Session.ID))
	}
	_, err := p.RemoveMember(p.ctx, ann.call(), out.in.Person.ID)
	p.must(err)
	for _, c := range []struct {
		who   *human
		after bool
	}{{tom, true}, {fin, true}, {out, false}} { // the last was a member when it happened
		_, err := p.Reinstate(p.ctx, officer.call(), c.who.in.Person.ID, "looked into it")
		p.must(err)
		if frozen() != c.after {
			t.Errorf("after %s the payouts are frozen: %v", c.who.email, frozen())
		}
	}
	p.sound()
}

func TestStrangersCannotUseUpTheMailsOfAReset(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd")
	for range 8 {
		p.must(p.AskToJoin(p.ctx, p.origin("stranger"), assurance.SignUp{Email: ann.email, Name: "Ann", Password: passphrase, Company: register("Other Ltd")}))
	}
	p.must(p.Forget(p.ctx, ann.from, ann.email, "en"))
	p.link(ann.email, assurance.MailReset, "/reset/")
}

func TestAGuessedPasswordComesToNothing(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd")
	for range 10 {
		_, err := p.Enter(p.ctx, p.origin("thief"), assurance.BrowserSession, ann.email, "a wrong guess")
		p.refused(err, "people.wrong_sign_in")
		p.clock.Advance(3 * time.Minute)
	}
	_, err := p.Enter(p.ctx, p.origin("thief"), assurance.BrowserSession, ann.email, passphrase)
	p.refused(err, "people.blocked")
	_, err = p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase) // not from her own device
	if fault.CodeOf(err) == "people.blocked" {
		t.Error("the owner is locked out of her own device")
	}
}

func TestAStandInIsNotBuriedUnderTheQuestionsOfOthers(t *testing.T) {
	t.Parallel()
	x := traded(t)
	officer, treasurer := x.staffed(identity.Compliance, "Carla"), x.staffed(identity.Treasury, "Tess")
	x.seller.verified(officer)
	asked, err := x.Prepare(x.ctx, x.seller.in, x.seller.call(), swiss("Sunrise Works Ltd"))
	x.must(err)
	_, err = x.Agree(x.ctx, x.seller.in, x.seller.from, x.seller.call(), asked.Approval.ID, x.seller.digits())
	x.must(err)
	for range 205 {
		_, err := x.Prepare(x.ctx, x.buyer.in, x.buyer.call(), accepting(x.id))
		x.must(err)
	}
	waiting, err := x.StandIns(x.ctx, treasurer.in.Actor())
	x.must(err)
	if len(waiting) != 1 || waiting[0].ID != asked.Approval.ID {
		t.Errorf("%d wait", len(waiting))
	}
}

func TestACompanyCannotFillTheDisk(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd")
	var err error
	for i := 0; i < 60 && err == nil; i++ {
		_, err = p.HandIn(p.ctx, ann.call(), "a.pdf", fmt.Appendf(nil, "%%PDF-1.4 %d", i))
	}
	p.refused(err, "people.throttled")
}

func TestANewPasswordEndsWhatWasBegunWithTheOld(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	begun, err := p.Enter(p.ctx, p.origin("thief"), assurance.BrowserSession, ann.email, passphrase)
	p.must(err)
	p.must(p.Forget(p.ctx, p.origin("thief"), ann.email, "en"))
	link := p.link(ann.email, assurance.MailReset, "/reset/")
	p.must(p.ChangePassword(p.ctx, ann.in, ann.from, passphrase, "nine brass kettles on a roof"))
	_, err = p.Continue(p.ctx, p.origin("thief"), begun.Ticket, ann.digits())
	p.refused(err, "people.no_ticket")
	p.refused(p.Reset(p.ctx, p.origin("thief"), link, "eight tin lanterns in a row"), "people.no_ticket")
}

func TestASentCodeIsSealedWhileItWaits(t *testing.T) {
	t.Parallel()
	p := guardedWith(t, func(c *assurance.Config) { c.Security.SentCode = true })
	ann := p.joined("Ann", "Annex Ltd")
	_, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
	p.must(err)
	code := p.mails(ann.email)[0].Args["Code"]
	rows, err := p.store.DueMessages(p.ctx, p.Now().Add(time.Hour), 1000)
	p.must(err)
	for _, row := range rows {
		if len(code) != 6 || bytes.Contains(row.Payload, []byte(`"`+code+`"`)) {
			t.Errorf("the code %q waits in the clear: %s", code, row.Payload)
		}
	}
}

func TestNobodyTakesTwoPlacesAtOnce(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann, sun := p.joined("Ann", "Annex Ltd").withTOTP(), p.joined("Sun", "Sunrise Ltd").withTOTP()
	tom := ann.invited("Tom", identity.Trader)
	_, err := p.RemoveMember(p.ctx, ann.call(), tom.in.Person.ID)
	p.must(err)
	var takes []func() (assurance.Receipt, error)
	for _, x := range []*human{ann, sun} {
		_, err := p.Invite(p.ctx, x.under(assurance.RoleDeed{Email: tom.email, Role: identity.Finance}), tom.email, identity.Finance)
		p.must(err)
		link := p.link(tom.email, assurance.MailInvite, "/invitation/")
		takes = append(takes, func() (assurance.Receipt, error) {
			_, err := p.Accept(p.ctx, tom.from, assurance.BrowserSession, link, assurance.SignUp{})
			return assurance.Receipt{}, err
		})
	}
	p.buyer = ann.in.Actor()
	out := p.together(takes...)
	p.must(out[0].err)
	p.refused(out[1].err, "people.email_taken")
	p.sound()
}

func TestNobodyClosesHisOwnCase(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	x := p.staffed(identity.Compliance, "Carla")
	p.must(p.DisownHere(p.ctx, x.in, x.from, x.in.Session.ID))
	_, err := p.Reinstate(p.ctx, x.call(), x.in.Person.ID, "it was me after all")
	p.refused(err, "organisation.own_review")
}

// TestWhatIsUnderWayDoesNotGoToAnAccountThatWasReplaced: whoever changes the
// account does not want the old one to be paid.
func TestWhatIsUnderWayDoesNotGoToAnAccountThatWasReplaced(t *testing.T) {
	t.Parallel()
	x := traded(t)
	officer, treasurer := x.staffed(identity.Compliance, "Carla"), x.staffed(identity.Treasury, "Tess")
	x.seller.verified(officer)
	first, second := swiss("Sunrise Works Ltd"), swiss("Sunrise Works Limited")
	second.Number, second.Country, second.BIC = "DE89370400440532013000", "DE", ""
	var ids []string
	for _, deed := range []assurance.AccountDeed{first, second} {
		r, err := x.ProposePayoutAccount(x.ctx, x.seller.under(deed, treasurer), deed)
		x.must(err)
		x.clock.Advance(73 * time.Hour)
		x.lapse()
		ids = append(ids, r.ID)
	}
	order := assurance.PayoutOrder{Party: x.seller.in.Person.Party, Payee: &assurance.Payee{Account: ids[0]}}
	x.refused(x.MayPay(x.ctx, order), "treasury.wrong_account_stage")
	order.Payee.Account = ids[1]
	x.must(x.MayPay(x.ctx, order))
}

// TestAnApprovalTellsAnAccountsNumberToThoseWhoMayChangeIt and to nobody else of the
// company: lists of accounts show them all but the end.
func TestAnApprovalTellsAnAccountsNumberToThoseWhoMayChangeIt(t *testing.T) {
	t.Parallel()
	x := traded(t)
	x.seller.verified(x.staffed(identity.Compliance, "Carla"))
	vic, fin := x.seller.invited("Vic", identity.Viewer), x.seller.invited("Fin", identity.Finance)
	asked, err := x.Prepare(x.ctx, x.seller.in, x.seller.call(), swiss("Sunrise Works Ltd"))
	x.must(err)
	_, err = x.Approval(x.ctx, vic.in, asked.Approval.ID)
	x.refused(err, "control.not_found")
	if rows, err := x.Approvals(x.ctx, vic.in.Actor(), assurance.ApprovalQuery{Subject: asked.Approval.Intent.Subject}); err != nil || slices.ContainsFunc(rows, func(a control.Approval) bool { return a.ID == asked.Approval.ID }) {
		t.Errorf("the viewer reads %+v, %v", rows, err)
	}
	_, err = x.Approval(x.ctx, fin.in, asked.Approval.ID)
	x.must(err)
	size, err := x.LogSize(x.ctx)
	x.must(err)
	for actor, want := range map[*human]bool{vic: false, fin: true} {
		for seq := range size {
			p, err := x.Prove(x.ctx, actor.in.Actor(), seq, 0)
			x.must(err)
			if p.Record.Stream == control.Stream(asked.Approval.ID) && p.Disclosed != want {
				t.Errorf("%s reads the fact itself: %v", actor.email, p.Disclosed)
			}
		}
	}
}
