package assurance_test

import (
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
)

func TestSignUpTellsNobodyWhoHasAnAccount(t *testing.T) { // case 37
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd")
	ask := func(email string) error {
		return p.AskToJoin(p.ctx, p.origin("x"), assurance.SignUp{Email: email, Name: "Somebody", Password: passphrase, Company: register("Some Ltd")})
	}
	p.must(ask(ann.email))
	p.must(ask("new@example.com"))
	if m := p.mails(ann.email)[0]; m.Kind != assurance.MailKnown {
		t.Errorf("the owner of the address gets %s", m.Kind)
	}
	if m := p.mails("new@example.com")[0]; m.Kind != assurance.MailConfirm {
		t.Errorf("the new address gets %s", m.Kind)
	}
	for _, email := range []string{ann.email, "nobody@example.com"} {
		_, err := p.Enter(p.ctx, p.origin("x"), assurance.BrowserSession, email, "wrong in every way")
		p.refused(err, "people.wrong_sign_in")
		p.must(p.Forget(p.ctx, p.origin("x"), email, "en"))
	}
	if m := p.mails("nobody@example.com")[0]; m.Kind != assurance.MailResetUnknown || m.Link != "" {
		t.Errorf("an unknown address gets %+v", m)
	}
}

func TestOneAddressIsOneAccountHoweverItIsWritten(t *testing.T) { // case 49
	t.Parallel()
	p := guarded(t)
	p.joined("Kim", "Kelvin Ltd")
	twin := "\u212aim@example.com" // the sign of the kelvin looks and folds like a K
	p.must(p.AskToJoin(p.ctx, p.origin("x"), assurance.SignUp{Email: twin, Name: "Kim", Password: passphrase, Company: register("Twin Ltd")}))
	if m := p.mails("kim@example.com")[0]; m.Kind != assurance.MailKnown {
		t.Errorf("the twin's mail is %s", m.Kind)
	}
}

func TestALinkOpensOneAccountOnce(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	p.joined("Ann", "Annex Ltd")
	secret := p.link("ann@example.com", assurance.MailConfirm, "/join/")
	_, err := p.ConfirmJoin(p.ctx, p.origin("x"), assurance.BrowserSession, secret)
	p.refused(err, "people.no_ticket")
	_, err = p.ConfirmJoin(p.ctx, p.origin("x"), assurance.BrowserSession, "made up")
	p.refused(err, "people.no_ticket")
	p.sound()
}

func TestASecondFactorIsAskedForAndTakenOnce(t *testing.T) { // case 40
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	enter := func() assurance.Entrance {
		e, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
		p.must(err)
		if e.Presence != nil || len(e.Wants) == 0 || e.Wants[0] != account.TOTP {
			t.Fatalf("a password alone gives %+v", e)
		}
		return e
	}
	code := ann.code()
	first, second := enter(), enter()
	e, err := p.Continue(p.ctx, ann.from, first.Ticket, assurance.Proof{Kind: account.TOTP, Code: code})
	p.must(err)
	if e.Presence == nil || e.Presence.Session.Factor != string(account.TOTP) {
		t.Fatalf("%+v", e)
	}
	_, err = p.Continue(p.ctx, ann.from, second.Ticket, assurance.Proof{Kind: account.TOTP, Code: code})
	p.refused(err, "account.code_used")
	_, err = p.Continue(p.ctx, ann.from, first.Ticket, assurance.Proof{Kind: account.TOTP, Code: ann.code()})
	p.refused(err, "people.no_ticket")
}

func TestGuessingCodesMeetsAWaitThatEnds(t *testing.T) { // case 40
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	e, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
	p.must(err)
	for range 5 {
		_, err := p.Continue(p.ctx, ann.from, e.Ticket, assurance.Proof{Kind: account.TOTP, Code: "000000"})
		p.refused(err, "people.wrong_code")
	}
	_, err = p.Continue(p.ctx, ann.from, e.Ticket, ann.digits())
	p.refused(err, "account.factor_blocked")
	p.clock.Advance(2 * time.Minute)
	_, err = p.Continue(p.ctx, ann.from, e.Ticket, ann.digits())
	p.must(err)
}

func TestARecoveryCodeWorksOnceAndIsTold(t *testing.T) { // case 45
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	codes, err := p.IssueRecovery(p.ctx, ann.in, ann.from, ann.digits())
	p.must(err)
	use := func() error {
		e, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
		p.must(err)
		_, err = p.Continue(p.ctx, ann.from, e.Ticket, assurance.Proof{Kind: account.Recovery, Code: strings.ToLower(codes[3])})
		return err
	}
	p.must(use())
	if m := p.mails(ann.email)[0]; m.Kind != assurance.MailAlert {
		t.Errorf("the owner gets %s", m.Kind)
	}
	p.refused(use(), "people.wrong_code")
}

func TestAResetEndsSessionsAndKeepsTheSecondFactor(t *testing.T) { // cases 39 and 42
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	p.must(p.Forget(p.ctx, p.origin("thief"), ann.email, "en"))
	secret := p.link(ann.email, assurance.MailReset, "/reset/")
	fresh := "another nine grey lighthouses"
	p.must(p.Reset(p.ctx, p.origin("thief"), secret, fresh))
	p.refused(p.Reset(p.ctx, p.origin("thief"), secret, fresh+" again"), "people.no_ticket")
	_, err := p.Present(p.ctx, ann.secret)
	p.refused(err, "people.bad_token")
	e, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, fresh)
	p.must(err)
	if e.Presence != nil || e.Wants[0] != account.TOTP {
		t.Errorf("after a reset the house asks for %+v", e)
	}
}

func TestAPasswordChangeKeepsOneSession(t *testing.T) { // case 42
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd")
	other, err := p.Enter(p.ctx, ann.from, assurance.ProgramSession, ann.email, passphrase)
	p.must(err)
	p.refused(p.ChangePassword(p.ctx, ann.in, ann.from, "not it", "a fine new passphrase of mine"), "people.wrong_password")
	p.refused(p.ChangePassword(p.ctx, ann.in, ann.from, passphrase, passphrase), "people.invalid")
	p.must(p.ChangePassword(p.ctx, ann.in, ann.from, passphrase, "a fine new passphrase of mine"))
	if _, err := p.Present(p.ctx, ann.secret); err != nil {
		t.Errorf("the session that asked is gone: %v", err)
	}
	_, err = p.Present(p.ctx, other.Secret)
	p.refused(err, "people.bad_token")
}

func TestStrangersCannotLockTheOwnerOut(t *testing.T) { // case 38
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd")
	var last error
	for i := range 15 {
		from := assurance.Origin{Address: "198.51.100." + string(rune('1'+i%9)), Browser: "curl", Device: "stranger"}
		_, last = p.Enter(p.ctx, from, assurance.BrowserSession, ann.email, "guess number "+string(rune('a'+i)))
	}
	p.refused(last, "people.throttled")
	if _, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase); err != nil {
		t.Errorf("the owner, on a browser that is known: %v", err)
	}
}

func TestASignInFromTheWorldsEndIsBlockedAndTold(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd")
	for range 14 {
		p.clock.Advance(24 * time.Hour)
		_, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
		p.must(err)
	}
	thief := assurance.Origin{Address: "203.0.113.99", Browser: "Opera", Version: "12", System: "BeOS", Device: "thief"}
	e, err := p.Enter(p.ctx, thief, assurance.BrowserSession, ann.email, passphrase)
	if err == nil && (e.Presence != nil || e.Wants[0] != account.Code) {
		t.Fatalf("a sign-in that is new in everything gives %+v", e)
	}
	if err == nil {
		if m := p.mails(ann.email)[0]; m.Kind != assurance.MailCode || len(m.Args["Code"]) != 6 {
			t.Errorf("the owner gets %+v", m)
		}
		_, err = p.Continue(p.ctx, thief, e.Ticket, assurance.Proof{Kind: account.Code, Code: "000000"})
		p.refused(err, "people.wrong_code")
		return
	}
	p.refused(err, "people.blocked")
	if m := p.mails(ann.email)[0]; m.Kind != assurance.MailAlert {
		t.Errorf("the owner gets %s", m.Kind)
	}
}

func TestThisWasNotMeClosesEveryDoor(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	secret := p.link(ann.email, assurance.MailAlert, "/not-me/")
	who, err := p.ReadDisown(p.ctx, secret)
	p.must(err)
	if who.ID != ann.in.Person.ID {
		t.Errorf("the link speaks of %s", who.ID)
	}
	if _, err := p.Present(p.ctx, ann.secret); err != nil {
		t.Fatal("looking at the link has ended the session")
	}
	p.must(p.Disown(p.ctx, p.origin("mail"), secret))
	_, err = p.Present(p.ctx, ann.secret)
	p.refused(err, "people.bad_token")
	_, err = p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
	p.refused(err, "people.condemned")
	p.refused(p.Disown(p.ctx, p.origin("mail"), secret), "people.no_ticket")
	o, err := p.Organisation(p.ctx, identity.Actor{Office: identity.Compliance, Person: "c"}, ann.in.Person.Party)
	p.must(err)
	if o.PayoutsFrozen == "" {
		t.Error("payouts of the company go on")
	}
	officer := p.staffed(identity.Compliance, "Carla")
	_, err = p.Reinstate(p.ctx, officer.call(), ann.in.Person.ID, "spoke with her on the phone")
	p.must(err)
	p.sound()
}

func TestAnAddressChangesSlowlyAndCanBeTakenBack(t *testing.T) { // case 44
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd")
	p.must(p.AskEmail(p.ctx, ann.in, ann.from, "ann@new.example", passphrase, assurance.Proof{}))
	prove := p.link("ann@new.example", assurance.MailEmailNew, "/email/")
	undo := p.link(ann.email, assurance.MailEmailOld, "/email/undo/")
	p.refused(p.TakeEmail(p.ctx, ann.from, prove), "account.hold")
	p.must(p.UndoEmail(p.ctx, ann.from, undo))
	p.clock.Advance(73 * time.Hour)
	if err := p.TakeEmail(p.ctx, ann.from, prove); err == nil {
		t.Error("an address that was undone is taken")
	}
	p.must(p.AskEmail(p.ctx, ann.in, ann.from, "ann@newer.example", passphrase, assurance.Proof{}))
	p.clock.Advance(73 * time.Hour)
	p.must(p.TakeEmail(p.ctx, ann.from, p.link("ann@newer.example", assurance.MailEmailNew, "/email/")))
	_, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
	p.refused(err, "people.wrong_sign_in")
}

func TestARemovedMemberIsOutAtOnce(t *testing.T) { // cases 32 and 33
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	_, err := p.Invite(p.ctx, ann.call(), "bob@example.com", identity.Finance)
	p.refused(err, "control.approval_needed")
	bob := ann.invited("Bob", identity.Finance).withTOTP()
	if got := bob.in.Actor(); got.Role != identity.Finance || got.Party != ann.in.Person.Party {
		t.Errorf("Bob acts as %+v", got)
	}
	_, err = p.RemoveMember(p.ctx, bob.call(), ann.in.Person.ID)
	p.refused(err, "identity.not_your_role")
	_, err = p.RemoveMember(p.ctx, ann.call(), bob.in.Person.ID)
	p.must(err)
	_, err = p.Present(p.ctx, bob.secret)
	p.refused(err, "people.bad_token")
	_, err = p.RemoveMember(p.ctx, ann.call(), ann.in.Person.ID)
	p.refused(err, "organisation.last_owner")
	p.sound()
}

func TestAPasskeySignsInByItself(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withPasskey(assurance.Proof{})
	options, ticket, err := p.PasskeyDoor(p.ctx)
	p.must(err)
	response := ann.touched(options)
	e, err := p.EnterByPasskey(p.ctx, ann.from, assurance.BrowserSession, ticket, response)
	p.must(err)
	if e.Presence == nil || e.Presence.Person.ID != ann.in.Person.ID || e.Presence.Weak {
		t.Fatalf("%+v", e)
	}
	_, err = p.EnterByPasskey(p.ctx, ann.from, assurance.BrowserSession, ticket, response)
	p.refused(err, "people.no_ticket") // the challenge is used up
	_, ticket, err = p.PasskeyDoor(p.ctx)
	p.must(err)
	if _, err = p.EnterByPasskey(p.ctx, ann.from, assurance.BrowserSession, ticket, response); err == nil {
		t.Error("an answer to another challenge signs in")
	}
}

func TestAFurtherFactorNeedsOneThatIsThere(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	offer, err := p.OfferTOTP(p.ctx, ann.in, "House")
	p.must(err)
	thief := &human{place: p, in: ann.in, from: p.origin("thief"), seed: offer.Secret}
	err = p.AddTOTP(p.ctx, ann.in, thief.from, offer.Ticket, thief.code(), "thief", assurance.Proof{})
	p.refused(err, "account.proof_needed")
	ann.withPasskey(ann.digits())
	s, err := p.Account(p.ctx, ann.in)
	p.must(err)
	if len(s.Factors) != 2 {
		t.Errorf("factors: %+v", s.Factors)
	}
	p.must(p.RemoveFactor(p.ctx, ann.in, ann.from, s.Factors[1].ID, ann.digits()))
	err = p.RemoveFactor(p.ctx, ann.in, ann.from, s.Factors[0].ID, ann.digits())
	p.refused(err, "account.last_factor")
}

func TestStaffWithoutASecondFactorAreNobody(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	_, err := p.AddStaff(p.ctx, identity.HouseClock(), identity.Compliance, assurance.SignUp{Email: "carl@house.example", Name: "Carl", Password: passphrase})
	p.must(err)
	e, err := p.Enter(p.ctx, p.origin("carl"), assurance.BrowserSession, "carl@house.example", passphrase)
	p.must(err)
	if got := e.Presence.Actor(); got != (identity.Actor{}) {
		t.Errorf("Carl acts as %+v", got)
	}
	x := p.staffed(identity.Treasury, "Tess")
	if got := x.in.Actor(); got.Office != identity.Treasury {
		t.Errorf("Tess acts as %+v", got)
	}
}

func TestTheActivityLogTellsWhatHappened(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	bob := p.joined("Bob", "Bobbin Ltd")
	lines, err := p.Activities(p.ctx, ann.in, assurance.ActivityQuery{})
	p.must(err)
	var whats []string
	for _, l := range lines {
		whats = append(whats, l.What)
		if l.Person != ann.in.Person.ID {
			t.Errorf("a line of somebody else: %+v", l)
		}
		if proof, err := p.Prove(p.ctx, ann.in.Actor(), l.Sequence, 0); err != nil || proof.Record.Kind != "account_noted" || !proof.Disclosed {
			t.Errorf("line %d cannot be proved: %v", l.Sequence, err)
		}
	}
	if got, want := strings.Join(whats, " "), "factor_added signed_in password_set confirmed opened"; got != want {
		t.Errorf("the log says %q, want %q", got, want)
	}
	_, err = p.Activities(p.ctx, bob.in, assurance.ActivityQuery{Party: ann.in.Person.Party})
	p.refused(err, "house.forbidden")
}

func TestCasesAreThoseWhoSaidItWasNotThem(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann, officer := p.joined("Ann", "Annex Ltd"), p.staffed(identity.Compliance, "Carla")
	tom := ann.withTOTP().invited("Tom", identity.Trader)
	cases := func() (ids []identity.PersonID) {
		people, err := p.Cases(p.ctx, officer.in.Actor())
		p.must(err)
		for _, x := range people {
			ids = append(ids, x.ID)
		}
		return ids
	}
	if got := cases(); len(got) != 0 {
		t.Errorf("cases of %v", got)
	}
	p.must(p.DisownHere(p.ctx, tom.in, tom.from, tom.in.Session.ID))
	if got := cases(); len(got) != 1 || got[0] != tom.in.Person.ID {
		t.Errorf("cases of %v", got)
	}
	if o, err := p.Organisation(p.ctx, officer.in.Actor(), ann.in.Person.Party); err != nil || o.PayoutsFrozen != "" {
		t.Errorf("a trader, who moves no money, has stopped the payouts: %+v, %v", o.PayoutsFrozen, err)
	}
	_, err := p.Reinstate(p.ctx, officer.call(), tom.in.Person.ID, "the train's wireless")
	p.must(err)
	if got := cases(); len(got) != 0 {
		t.Errorf("cases of %v", got)
	}
	_, err = p.Cases(p.ctx, ann.in.Actor())
	p.refused(err, "identity.not_your_role")
}

func TestWhoHasNoFactorIsSentACodeWhereTheHouseSaysSo(t *testing.T) {
	t.Parallel()
	p := guardedWith(t, func(c *assurance.Config) { c.Security.SentCode = true })
	ann := p.joined("Ann", "Annex Ltd")
	e, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
	p.must(err)
	if e.Presence != nil || len(e.Wants) != 1 || e.Wants[0] != account.Code {
		t.Fatalf("a password alone gives %+v", e)
	}
	code := p.mails(ann.email)[0].Args["Code"]
	e, err = p.Continue(p.ctx, ann.from, e.Ticket, assurance.Proof{Kind: account.Code, Code: code})
	p.must(err)
	if e.Presence == nil || !e.Presence.Weak {
		t.Errorf("a sent code is no factor of one's own: %+v", e.Presence)
	}
}

func TestAnOldSessionChangesNoWayIn(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	offer, err := p.OfferTOTP(p.ctx, ann.in, "House")
	p.must(err)
	p.clock.Advance(14 * time.Minute)
	p.must(p.EndOthers(p.ctx, ann.in, ann.from))
	p.clock.Advance(time.Minute)
	p.refused(p.AddTOTP(p.ctx, ann.in, ann.from, offer.Ticket, "123456", "x", ann.digits()), "people.no_ticket")
	_, err = p.IssueRecovery(p.ctx, ann.in, ann.from, ann.digits())
	p.refused(err, "account.sign_in_again")
	p.refused(p.EndOthers(p.ctx, ann.in, ann.from), "account.sign_in_again")
	bob := p.joined("Bob", "Bobbin Ltd") // has no factor yet, and somebody else has found the open browser
	p.clock.Advance(16 * time.Minute)
	for _, kind := range []account.FactorKind{"", account.Passkey} {
		offer, err := p.OfferTOTP(p.ctx, bob.in, "House")
		p.must(err)
		thief := &human{place: p, seed: offer.Secret}
		p.refused(p.AddTOTP(p.ctx, bob.in, bob.from, offer.Ticket, thief.code(), "thief", assurance.Proof{Kind: kind}), "account.sign_in_again")
	}
	p.must(p.SignOut(p.ctx, ann.in, ann.from))
	ann.again()
	_, err = p.IssueRecovery(p.ctx, ann.in, ann.from, ann.digits())
	p.must(err)
}

func TestAnIntrudersPasskeyIsShutOutWithTheRest(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd").withPasskey(assurance.Proof{})
	p.must(p.DisownHere(p.ctx, ann.in, ann.from, ann.in.Session.ID))
	options, ticket, err := p.PasskeyDoor(p.ctx)
	p.must(err)
	_, err = p.EnterByPasskey(p.ctx, ann.from, assurance.BrowserSession, ticket, ann.touched(options))
	p.refused(err, "account.disowned")
}

func TestThoseWhoLookIntoAccountsEndSessions(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann, officer := p.joined("Ann", "Annex Ltd"), p.staffed(identity.Compliance, "Carla")
	_, err := p.EndSessionsOf(p.ctx, ann.call(), officer.in.Person.ID, "revenge")
	p.refused(err, "identity.not_your_role")
	_, err = p.EndSessionsOf(p.ctx, officer.call(), ann.in.Person.ID, "a lost telephone")
	p.must(err)
	_, err = p.Present(p.ctx, ann.secret)
	p.refused(err, "people.bad_token")
}

func TestAPasswordThatTheHouseMadeIsGoodOnce(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	_, err := p.AddStaff(p.ctx, identity.HouseClock(), identity.Administrator, assurance.SignUp{Email: "ada@house.example", Name: "Ada", Password: passphrase, Initial: true})
	p.must(err)
	e, err := p.Enter(p.ctx, p.origin("ada"), assurance.BrowserSession, "ada@house.example", passphrase)
	p.must(err)
	if e.Presence != nil || !e.Renew {
		t.Fatalf("%+v", e)
	}
	_, err = p.Renew(p.ctx, p.origin("ada"), e.Ticket, passphrase)
	p.refused(err, "people.invalid")
	e, err = p.Renew(p.ctx, p.origin("ada"), e.Ticket, "my own eleven brass kettles")
	p.must(err)
	if e.Presence == nil {
		t.Errorf("%+v", e)
	}
}

func TestManyWrongPasswordsMakeTheRightOneSuspect(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	ann := p.joined("Ann", "Annex Ltd")
	for i := range 10 {
		p.clock.Advance(2 * time.Minute)
		from := assurance.Origin{Address: "198.51.100.7", Browser: "curl", Device: "stranger"}
		_, err := p.Enter(p.ctx, from, assurance.BrowserSession, ann.email, "guess number "+strings.Repeat("x", i+9))
		p.refused(err, "people.wrong_sign_in")
	}
	_, err := p.Enter(p.ctx, assurance.Origin{Address: "203.0.113.5", Browser: "Opera", Device: "other"}, assurance.BrowserSession, ann.email, passphrase)
	p.refused(err, "people.blocked")
	e, err := p.Enter(p.ctx, ann.from, assurance.BrowserSession, ann.email, passphrase)
	p.must(err) // the owner, on a browser that is known, is asked for more and not shut out
	if e.Presence != nil || len(e.Wants) == 0 {
		t.Errorf("%+v", e)
	}
}
