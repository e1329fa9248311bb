package control_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

func TestOnePersonSignsAndItHappensOnce(t *testing.T) {
	t.Parallel()
	d := asked(t, 1)
	if d.Stage != control.Asked || d.Intent.Expires != noon().Add(10*time.Minute) || d.AskedAt != noon() || d.Over(d.now) {
		t.Errorf("%+v", d.Approval)
	}
	if h, err := d.Intent.Hash(); err != nil || h != d.Hash {
		t.Errorf("the hash is of something else: %v", err)
	}
	d.refused(ann(), control.Ask{Intent: release(), Needed: 1}, "control.asked")
	d.refused(ann(), control.Use{Now: release(), By: "ann"}, "control.wrong_stage")
	d.refused(fay(), control.Agree{Consent: d.consent("fay")}, "control.asker_first")
	d.must(ann(), control.Agree{Consent: d.consent("ann")})
	if d.Stage != control.Approved || d.Consents[0].At != noon() || d.Consents[0].Assertion == nil {
		t.Errorf("%+v", d.Approval)
	}
	d.refused(fay(), control.Agree{Consent: d.consent("fay")}, "control.wrong_stage")
	d.refused(fay(), control.Use{Now: release(), By: "fay"}, "control.not_you")
	d.refused(ann(), control.Use{Now: release(), By: "fay"}, "control.not_you")
	d.refused(member("ann", identity.Trader), control.Use{Now: release(), By: "ann"}, "identity.not_your_role")
	d.must(ann(), control.Use{Now: release(), By: "ann"})
	d.refused(ann(), control.Use{Now: release(), By: "ann"}, "control.wrong_stage")
	d.refused(ann(), control.Cancel{Person: "ann"}, "control.wrong_stage")
	d.refused(fay(), control.Decline{Person: "fay"}, "control.wrong_stage")
	if d.Stage != control.Used || !d.Over(d.now) || d.EndedAt != noon() {
		t.Errorf("%+v", d.Approval)
	}
}

func TestAnApprovalEndsWithItsTime(t *testing.T) {
	t.Parallel()
	for needed, life := range map[int]time.Duration{1: 10 * time.Minute, 2: 24 * time.Hour} {
		d := asked(t, needed)
		d.now = noon().Add(life)
		d.refused(ann(), control.Agree{Consent: d.consent("ann")}, "control.expired")
		d.now = noon().Add(life - 1)
		d.must(ann(), control.Agree{Consent: d.consent("ann")})
		if needed == 2 {
			d.must(fay(), control.Agree{Consent: d.consent("fay")})
		}
		d.now = noon().Add(life)
		d.refused(ann(), control.Use{Now: release(), By: "ann"}, "control.expired")
		if !d.Over(d.now) {
			t.Error("it is not over")
		}
		d.now = noon().Add(life - 1)
		d.must(ann(), control.Use{Now: release(), By: "ann"})
	}
}

// Abuse case 46: a passkey's answer for another origin, another relying party or
// another challenge, or without the person's own verification, is refused.
func TestAPasskeySignsThisAndHereAndInPerson(t *testing.T) {
	t.Parallel()
	swap := func(from, to string) func(*control.Assertion) {
		return func(a *control.Assertion) {
			a.ClientDataJSON = bytes.Replace(a.ClientDataJSON, []byte(from), []byte(to), 1)
		}
	}
	for name, tt := range map[string]struct {
		spoil func(*control.Assertion)
		code  string
	}{
		"as it should be":        {func(*control.Assertion) {}, ""},
		"wrong origin":           {swap("house.example", "hause.example"), "control.bad_assertion"},
		"wrong relying party":    {func(a *control.Assertion) { a.RPID = "hause.example" }, "control.bad_assertion"},
		"a registration":         {swap("webauthn.get", "webauthn.create"), "control.bad_assertion"},
		"inside another page":    {swap(`"crossOrigin":false`, `"crossOrigin":true`), "control.bad_assertion"},
		"replayed challenge":     {func(a *control.Assertion) { *a = *assertion("ann", evidence.HashOf([]byte("yesterday"))) }, "control.other_intent"},
		"challenge twice":        {swap(`"crossOrigin":false`, `"challenge":"x"`), "control.bad_assertion"},
		"no challenge":           {swap(`"challenge"`, `"question"`), "control.other_intent"},
		"nobody present":         {func(a *control.Assertion) { a.AuthenticatorData[32] = 0x04 }, "control.bad_assertion"},
		"nobody verified":        {func(a *control.Assertion) { a.AuthenticatorData[32] = 0x01 }, "control.bad_assertion"},
		"cut short":              {func(a *control.Assertion) { a.AuthenticatorData = a.AuthenticatorData[:36] }, "control.bad_assertion"},
		"no signature":           {func(a *control.Assertion) { a.Signature = nil }, "control.bad_assertion"},
		"no key":                 {func(a *control.Assertion) { a.PublicKey = nil }, "control.bad_assertion"},
		"client data of nothing": {func(a *control.Assertion) { a.ClientDataJSON = []byte("null") }, "control.bad_assertion"},
		"client data of a list":  {func(a *control.Assertion) { a.ClientDataJSON = []byte("[]") }, "control.bad_assertion"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := asked(t, 1)
			c := d.consent("ann")
			tt.spoil(c.Assertion)
			if tt.code == "" {
				d.must(ann(), control.Agree{Consent: c})
				return
			}
			d.refused(ann(), control.Agree{Consent: c}, tt.code)
		})
	}
}

// Abuse case 47: a signature over EUR 10 to A serves neither EUR 1,000 nor B.
func TestASignatureForOneAmountOrPayeeServesNoOther(t *testing.T) {
	t.Parallel()
	small := release()
	small.Amount, small.Currency, small.Payee = 1000, "EUR", "A"
	for name, alter := range map[string]func(*control.Intent){
		"EUR 1,000 to A": func(i *control.Intent) { i.Amount = 100_000 },
		"EUR 10 to B":    func(i *control.Intent) { i.Payee = "B" },
		"USD 10 to A":    func(i *control.Intent) { i.Currency = "USD" },
		"another nonce":  func(i *control.Intent) { i.Nonce = "fedcba9876543210" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := setup(t), setup(t)
			first.must(ann(), control.Ask{Intent: small, Needed: 1})
			other := small
			alter(&other)
			second.must(ann(), control.Ask{Intent: other, Needed: 1})

			stolen := first.consent("ann")
			second.refused(ann(), control.Agree{Consent: stolen}, "control.other_intent")
			stolen.Hash = second.Hash // says the right hash, but the passkey signed the other
			second.refused(ann(), control.Agree{Consent: stolen}, "control.other_intent")

			if name == "another nonce" {
				return // the same thing asked for again; the first approval may be used for it
			}
			first.must(ann(), control.Agree{Consent: first.consent("ann")})
			if err := first.try(ann(), control.Use{Now: other, By: "ann"}); fault.CodeOf(err) != "control.changed" || first.Stage != control.Void {
				t.Errorf("used for %s: %v, %s", name, err, first.Stage)
			}
		})
	}
}

// Abuse case 65: one's own request is not approved by oneself, nor through a
// second account of the same person.
func TestTheSecondPersonIsAnotherPerson(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		by    identity.Actor
		spoil func(*control.Consent)
		code  string
	}{
		"herself again":           {ann(), func(c *control.Consent) { c.Person = "ann" }, "control.same_person"},
		"under her own name":      {fay(), func(c *control.Consent) { c.Name = "ＮＡＭＥ  of ann" }, "control.same_person"},
		"with the name turned":    {fay(), func(c *control.Consent) { c.Name = "Ann, name of" }, "control.same_person"},
		"without a name":          {fay(), func(c *control.Consent) { c.Name = " " }, "control.same_person"},
		"on her own device":       {fay(), func(c *control.Consent) { c.Device = "device of ann" }, "control.same_person"},
		"on no known device":      {fay(), func(c *control.Consent) { c.Device = "" }, "control.same_person"},
		"with her passkey":        {fay(), func(c *control.Consent) { c.Assertion.PublicKey = []byte("key of ann") }, "control.same_person"},
		"with her credential":     {fay(), func(c *control.Consent) { c.Assertion.CredentialID = []byte("credential of ann") }, "control.same_person"},
		"in another's name":       {fay(), func(c *control.Consent) { c.Person = "bob" }, "control.not_you"},
		"as nobody":               {member("", identity.Owner), func(c *control.Consent) { c.Person = "" }, "control.not_you"},
		"by a trader":             {member("fay", identity.Trader), func(*control.Consent) {}, "identity.not_your_role"},
		"by a viewer":             {member("fay", identity.Viewer), func(*control.Consent) {}, "identity.not_your_role"},
		"by who was invited":      {member("fay", ""), func(*control.Consent) {}, "identity.not_your_role"},
		"by another company":      {identity.MemberOf("rival", "fay"), func(*control.Consent) {}, "control.not_you"},
		"by the treasury":         {identity.Actor{Office: identity.Treasury, Person: "fay"}, func(*control.Consent) {}, "control.not_you"},
		"by an administrator":     {identity.Actor{Office: identity.Administrator, Person: "fay"}, func(*control.Consent) {}, "control.not_you"},
		"by a word":               {fay(), func(c *control.Consent) { c.Method = "sms" }, "control.bad_method"},
		"a passkey without proof": {fay(), func(c *control.Consent) { c.Assertion = nil }, "control.bad_assertion"},
		"a code with proof":       {fay(), func(c *control.Consent) { c.Method = control.TOTP }, "control.bad_assertion"},
		"another person":          {fay(), func(*control.Consent) {}, ""},
		"another, by a code":      {fay(), func(c *control.Consent) { c.Method, c.Assertion = control.Code, nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := asked(t, 2)
			d.refused(fay(), control.Agree{Consent: d.consent("fay")}, "control.asker_first")
			d.must(ann(), control.Agree{Consent: d.consent("ann")})
			c := d.consent("fay")
			tt.spoil(&c)
			if tt.code != "" {
				d.refused(tt.by, control.Agree{Consent: c}, tt.code)
				d.refused(ann(), control.Use{Now: release(), By: "ann"}, "control.wrong_stage")
				return
			}
			d.must(tt.by, control.Agree{Consent: c})
			d.must(ann(), control.Use{Now: release(), By: "ann"})
		})
	}
}

// Abuse case 66: what is altered after somebody approved it is void, for good.
func TestWhatIsAlteredAfterwardsIsVoid(t *testing.T) {
	t.Parallel()
	for field, alter := range alterations() {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			d := asked(t, 2)
			d.must(ann(), control.Agree{Consent: d.consent("ann")})
			other := release()
			alter(&other)
			other.Expires = d.Intent.Expires
			h, err := other.Hash()
			if err != nil {
				t.Fatal(err)
			}
			swapped := d.consent("fay")
			swapped.Hash, swapped.Assertion = h, assertion("fay", h)
			d.refused(fay(), control.Agree{Consent: swapped}, "control.other_intent")
			d.must(fay(), control.Agree{Consent: d.consent("fay")})
			if err := d.try(ann(), control.Use{Now: other, By: "ann"}); fault.CodeOf(err) != "control.changed" {
				t.Errorf("%v", err)
			}
			if d.Stage != control.Void || d.Why != field {
				t.Errorf("%s because of %s", d.Stage, d.Why)
			}
			d.refused(ann(), control.Use{Now: release(), By: "ann"}, "control.wrong_stage")
			d.refused(ann(), control.Agree{Consent: d.consent("ann")}, "control.wrong_stage")
		})
	}
}

func TestAConsentOfWhoHasLeftCountsNoMore(t *testing.T) {
	t.Parallel()
	d := asked(t, 2)
	d.must(ann(), control.Agree{Consent: d.code("ann")})
	d.must(fay(), control.Agree{Consent: d.consent("fay")})
	err := d.try(ann(), control.Use{Now: release(), By: "ann", Gone: []identity.PersonID{"bob", "fay"}})
	if fault.CodeOf(err) != "control.consent_gone" || d.Stage != control.Void || d.Why != "consent_gone" {
		t.Errorf("%v, %s", err, d.Stage)
	}
}

func TestWhoMayApproveMayDecline(t *testing.T) {
	t.Parallel()
	d := asked(t, 2)
	for _, by := range []identity.Actor{ann(), {}, identity.MemberOf("rival", "rex"), {Office: identity.Treasury, Person: "t"}} {
		d.refused(by, control.Decline{Person: by.Person}, "control.not_you")
	}
	d.refused(member("tom", identity.Trader), control.Decline{Person: "tom"}, "identity.not_your_role")
	d.refused(fay(), control.Decline{Person: "ann"}, "control.not_you")
	d.refused(fay(), control.Decline{Person: "fay", Why: strings.Repeat("x", 501)}, "control.bad_reason")
	d.refused(fay(), control.Decline{Person: "fay", Why: "a\u202eb"}, "control.bad_reason")
	d.must(ann(), control.Agree{Consent: d.consent("ann")})
	d.must(fay(), control.Decline{Person: "fay", Why: " Too much. "})
	if d.Stage != control.Declined || d.Why != "Too much." || !d.Over(d.now) {
		t.Errorf("%+v", d.Approval)
	}
	d.refused(fay(), control.Agree{Consent: d.consent("fay")}, "control.wrong_stage")
	d.refused(ann(), control.Use{Now: release(), By: "ann"}, "control.wrong_stage")
}

func TestOnlyTheAskerCancels(t *testing.T) {
	t.Parallel()
	d := asked(t, 2)
	d.refused(fay(), control.Cancel{Person: "fay"}, "control.not_you")
	d.refused(fay(), control.Cancel{Person: "ann"}, "control.not_you")
	d.refused(identity.MemberOf("rival", "ann"), control.Cancel{Person: "ann"}, "control.not_you")
	d.must(ann(), control.Cancel{Person: "ann"})
	if d.Stage != control.Void || d.Why != "cancelled" {
		t.Errorf("%+v", d.Approval)
	}
	d.refused(ann(), control.Agree{Consent: d.consent("ann")}, "control.wrong_stage")
	fresh := setup(t)
	fresh.refused(ann(), control.Cancel{Person: "ann"}, "control.not_found")
	fresh.refused(ann(), control.Agree{}, "control.not_found")
}

func TestTheTreasuryIsTheSecondPersonOfACompanyOfOne(t *testing.T) {
	t.Parallel()
	i := release()
	i.Action, i.Subject, i.Amount, i.Currency = control.PayoutAccount, "payout_account:x", 0, ""
	tess := identity.Actor{Office: identity.Treasury, Person: "tess"}
	for _, alone := range []bool{true, false} {
		d := setup(t)
		d.must(ann(), control.Ask{Intent: i, Needed: 2, Alone: alone})
		d.refused(tess, control.Agree{Consent: d.consent("tess")}, "control.asker_first")
		d.must(ann(), control.Agree{Consent: d.consent("ann")})
		d.refused(identity.MemberOf("rival", "rex"), control.Agree{Consent: d.consent("rex")}, "control.not_you")
		if !alone {
			d.refused(tess, control.Agree{Consent: d.consent("tess")}, "control.not_you")
			continue
		}
		d.refused(identity.Actor{Office: identity.Administrator, Person: "ada"}, control.Agree{Consent: d.consent("ada")}, "identity.not_your_role")
		d.must(tess, control.Agree{Consent: d.consent("tess")})
		d.refused(tess, control.Use{Now: i, By: "tess"}, "control.not_you")
		d.must(ann(), control.Use{Now: i, By: "ann"})
	}
}

func TestTheHouseChangesItsRulesWithTwoOfItsPeople(t *testing.T) {
	t.Parallel()
	i := control.Intent{Action: control.PasswordProfile, Subject: "house", Details: []control.Detail{{Name: "profile", Value: "prescriptive"}}, Person: "ada", Nonce: "0123456789abcdef"}
	ada, bea := identity.Actor{Office: identity.Administrator, Person: "ada"}, identity.Actor{Office: identity.Administrator, Person: "bea"}
	d := setup(t)
	d.refused(identity.Actor{Office: identity.Auditor, Person: "ada"}, control.Ask{Intent: i, Needed: 2}, "identity.not_your_role")
	d.must(ada, control.Ask{Intent: i, Needed: 2})
	d.must(ada, control.Agree{Consent: d.consent("ada")})
	d.refused(identity.Actor{Office: identity.Treasury, Person: "tess"}, control.Agree{Consent: d.consent("tess")}, "identity.not_your_role")
	d.refused(ann(), control.Agree{Consent: d.consent("ann")}, "identity.not_your_role")
	d.must(bea, control.Agree{Consent: d.consent("bea")})
	d.must(ada, control.Use{Now: i, By: "ada"})
}

// TestEveryActionIsAskedForByThoseWhoMay lists who may ask for what.
func TestEveryActionIsAskedForByThoseWhoMay(t *testing.T) {
	t.Parallel()
	want := map[control.Action]string{
		control.Release: "owner finance", control.Refund: "owner finance treasury", control.Withdraw: "owner finance", control.PayoutAccount: "owner finance",
		control.GrantRole: "owner", control.APIKey: "owner", control.AppointStaff: "administrator", control.PasswordProfile: "administrator",
		control.TwoPersons: "owner", control.PayoutHold: "owner", control.SignOn: "owner",
		control.RemoveFactor: "owner trader finance viewer administrator mediator compliance treasury auditor",
	}
	for _, action := range control.Actions() {
		var may []string
		for _, r := range identity.Roles() {
			if canAsk(t, action, member("ann", r)) {
				may = append(may, string(r))
			}
		}
		for _, o := range identity.Offices() {
			if o != identity.Member && canAsk(t, action, identity.Actor{Office: o, Person: "ann"}) {
				may = append(may, string(o))
			}
		}
		if strings.Join(may, " ") != want[action] {
			t.Errorf("%s is asked for by %s", action, may)
		}
	}
	if len(want) != len(control.Actions()) || !slices.Contains(control.Stages(), control.Asked) {
		t.Errorf("%d actions, the table has %d", len(control.Actions()), len(want))
	}
}

func canAsk(t *testing.T, action control.Action, by identity.Actor) bool {
	t.Helper()
	i := release()
	i.Action, i.Party = action, by.Party
	_, err := control.Decide(control.Approval{ID: "a"}, control.Ask{Intent: i, Needed: 1}, by, noon())
	return err == nil
}

func TestEveryCommandHasAWordOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range []control.Command{control.Ask{}, control.Agree{}, control.Decline{}, control.Use{}, control.Cancel{}} {
		if name := c.Name(); name == "" || seen[name] {
			t.Errorf("%T is called %q", c, name)
		}
		seen[c.Name()] = true
	}
	if _, err := control.Decide(asked(t, 1).Approval, nil, ann(), noon()); fault.CodeOf(err) != "control.unknown_command" {
		t.Errorf("no command: %v", err)
	}
	if control.Stream("a1") != "approval:a1" {
		t.Errorf("the stream is %s", control.Stream("a1"))
	}
}
