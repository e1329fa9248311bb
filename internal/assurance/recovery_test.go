package assurance_test

import (
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

const (
	newPassphrase = "eleven loud lanterns at noon"
	ownPassphrase = "four green lanterns by night"
)

func (p *place) machine() assurance.Call { return assurance.Call{By: identity.HouseClock()} }

func TestALoneAdministratorIsLetInAgainAnnouncedAndLate(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	lost, other := p.staffed(identity.Administrator, "Livia"), p.staffed(identity.Treasury, "Sofia")
	ticket, from, err := p.AskRecovery(p.ctx, p.machine(), lost.email)
	p.must(err)
	if !from.Equal(p.Now().Add(assurance.RecoveryDelay)) || assurance.RecoveryDelay < 24*time.Hour {
		t.Errorf("it may be done from %s on, and it is %s", from, p.Now())
	}
	for _, x := range []*human{lost, other} {
		if m := p.mails(x.email)[0]; m.Kind != assurance.MailRecovery || m.Args["Who"] != lost.email {
			t.Errorf("%s is told %+v", x.email, m)
		}
	}
	p.clock.Advance(assurance.RecoveryDelay - time.Minute)
	if _, err := p.Recover(p.ctx, p.machine(), ticket, newPassphrase); fault.CodeOf(err) != "staff.too_early" {
		t.Fatalf("before its time: %v", err)
	}
	p.clock.Advance(time.Minute)
	for _, weak := range []string{"short", passphrase} { // the password that was lost does not come back
		if _, err := p.Recover(p.ctx, p.machine(), ticket, weak); fault.CodeOf(err) != "people.invalid" {
			t.Errorf("with the password %q: %v", weak, err)
		}
	}
	_, err = p.Recover(p.ctx, p.machine(), ticket, newPassphrase)
	p.must(err)
	if _, err := p.Recover(p.ctx, p.machine(), ticket, newPassphrase); fault.CodeOf(err) != "people.no_ticket" {
		t.Errorf("a second time: %v", err)
	}
	if _, err := p.Present(p.ctx, lost.secret); fault.CodeOf(err) != "people.bad_token" {
		t.Errorf("the old session: %v", err)
	}
	if _, err := p.Enter(p.ctx, lost.from, assurance.BrowserSession, lost.email, passphrase); fault.CodeOf(err) != "people.wrong_sign_in" {
		t.Errorf("the old password: %v", err)
	}
	e, err := p.Enter(p.ctx, lost.from, assurance.BrowserSession, lost.email, newPassphrase)
	p.must(err)
	if e.Presence != nil || !e.Renew {
		t.Fatalf("with a password that was made for the administrator: %+v", e)
	}
	e, err = p.Renew(p.ctx, lost.from, e.Ticket, ownPassphrase)
	p.must(err)
	if e.Presence == nil || !e.Presence.Weak || e.Presence.Actor() != (identity.Actor{}) {
		t.Fatalf("without a factor the administrator is %+v", e)
	}
	lost.in, lost.secret = *e.Presence, e.Secret
	lost.withTOTP()
	e, err = p.Enter(p.ctx, lost.from, assurance.BrowserSession, lost.email, ownPassphrase)
	p.must(err)
	e, err = p.Continue(p.ctx, lost.from, e.Ticket, lost.digits())
	p.must(err)
	if e.Presence.Actor().Office != identity.Administrator {
		t.Errorf("with a factor the administrator is %+v", e.Presence.Actor())
	}
	p.sound()
}

func TestARecoveryLetsSomebodyNewInWhoseAddressIsFree(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	p.staffed(identity.Administrator, "Livia")
	ticket, _, err := p.AskRecovery(p.ctx, p.machine(), "second@house.example")
	p.must(err)
	p.clock.Advance(assurance.RecoveryDelay)
	who, err := p.Recover(p.ctx, p.machine(), ticket, newPassphrase)
	p.must(err)
	if who.Office != identity.Administrator || who.Email != "second@house.example" {
		t.Errorf("let in: %+v", who)
	}
	e, err := p.Enter(p.ctx, p.origin("new"), assurance.BrowserSession, who.Email, newPassphrase)
	p.must(err)
	if e.Presence != nil || !e.Renew {
		t.Errorf("the new administrator comes in as %+v", e)
	}
	p.sound()
}

func TestARecoveryIsRefusedWhereItIsNotNeeded(t *testing.T) {
	t.Parallel()
	p := guarded(t)
	lost := p.staffed(identity.Administrator, "Livia")
	cashier := p.staffed(identity.Treasury, "Sofia")
	if _, _, err := p.AskRecovery(p.ctx, lost.call(), lost.email); fault.CodeOf(err) != "house.forbidden" {
		t.Errorf("by an administrator: %v", err)
	}
	if _, _, err := p.AskRecovery(p.ctx, p.machine(), cashier.email); fault.CodeOf(err) != "staff.not_an_administrator" {
		t.Errorf("for the treasury: %v", err)
	}
	ticket, _, err := p.AskRecovery(p.ctx, p.machine(), lost.email)
	p.must(err)
	if _, err := p.Recover(p.ctx, lost.call(), ticket, newPassphrase); fault.CodeOf(err) != "house.forbidden" {
		t.Errorf("by an administrator: %v", err)
	}
	p.clock.Advance(assurance.RecoveryDelay)
	lost.again()
	if _, err := p.Recover(p.ctx, p.machine(), ticket, newPassphrase); fault.CodeOf(err) != "staff.not_lost" {
		t.Errorf("after its owner has signed in: %v", err)
	}
	ticket, _, err = p.AskRecovery(p.ctx, p.machine(), lost.email)
	p.must(err)
	p.clock.Advance(assurance.RecoveryLife)
	if _, err := p.Recover(p.ctx, p.machine(), ticket, newPassphrase); fault.CodeOf(err) != "people.no_ticket" {
		t.Errorf("after a week: %v", err)
	}
	ticket, _, err = p.AskRecovery(p.ctx, p.machine(), lost.email)
	p.must(err)
	p.staffed(identity.Administrator, "Marco")
	p.staffed(identity.Administrator, "Piero")
	p.clock.Advance(assurance.RecoveryDelay)
	if _, err := p.Recover(p.ctx, p.machine(), ticket, newPassphrase); fault.CodeOf(err) != "staff.two_are_there" {
		t.Errorf("with two others there: %v", err)
	}
	if _, _, err := p.AskRecovery(p.ctx, p.machine(), lost.email); fault.CodeOf(err) != "staff.two_are_there" {
		t.Errorf("with two others there: %v", err)
	}
}
