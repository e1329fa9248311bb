package identity_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// noon is when every test begins.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// company is an organisation under test: it decides, folds, and reads back what
// it decided as the log would.
type company struct {
	t   *testing.T
	now time.Time
	identity.Organisation
}

// setupCompany has the owner ann, the trader tom, the finance member fay and the viewer vic.
func setupCompany(t *testing.T) *company {
	t.Helper()
	c := &company{t: t, now: noon(), Organisation: identity.Organisation{Party: identity.Party{ID: "acme"}}}
	c.must(identity.Actor{Office: identity.Member, Person: "ann"}, setup(t))
	c.must(identity.Actor{Office: identity.Member, Person: "ann"}, identity.FoundMember{Person: "ann"})
	for person, role := range map[identity.PersonID]identity.Role{"tom": identity.Trader, "fay": identity.Finance, "vic": identity.Viewer} {
		c.admit(person, role)
	}
	return c
}

func (c *company) admit(person identity.PersonID, role identity.Role) {
	c.t.Helper()
	c.must(c.member("ann"), identity.Invite{ID: "i-" + string(person), Role: role})
	c.must(identity.Actor{Office: identity.Member, Person: person}, identity.Join{Invitation: "i-" + string(person), Person: person})
}

func (c *company) member(p identity.PersonID) identity.Actor {
	return identity.Actor{Office: identity.Member, Party: "acme", Person: p, Role: c.RoleOf(p)}
}

func (c *company) try(by identity.Actor, cmd identity.OrganisationCommand) error {
	c.t.Helper()
	before, err := json.Marshal(c.Organisation)
	if err != nil {
		c.t.Fatal(err)
	}
	events, err := identity.DecideOrganisation(c.Organisation, cmd, by, c.now)
	if err != nil && len(events) > 0 {
		c.t.Fatalf("%s is refused and answers %v", cmd.Name(), events)
	}
	if err == nil && len(events) == 0 {
		c.t.Fatalf("%s is granted and nothing follows", cmd.Name())
	}
	folded := c.Organisation
	for _, e := range events {
		payload, err := json.Marshal(e)
		if err != nil {
			c.t.Fatal(err)
		}
		read, err := identity.DecodeParty(e.Kind(), payload)
		if err != nil || !reflect.DeepEqual(read, e) {
			c.t.Fatalf("%s is written as %s and read as %+v, %v", e.Kind(), payload, read, err)
		}
		folded = folded.Apply(read, c.now)
	}
	if after, _ := json.Marshal(c.Organisation); string(after) != string(before) {
		c.t.Fatalf("%s changed what it was given", cmd.Name())
	}
	c.Organisation = folded
	return err
}

func (c *company) must(by identity.Actor, cmd identity.OrganisationCommand) {
	c.t.Helper()
	if err := c.try(by, cmd); err != nil {
		c.t.Fatalf("%s by %s: %v", cmd.Name(), by, err)
	}
}

func (c *company) refused(by identity.Actor, cmd identity.OrganisationCommand, code string) {
	c.t.Helper()
	version := c.Version
	err := c.try(by, cmd)
	if fault.CodeOf(err) != code || c.Version != version {
		c.t.Errorf("%s by %s: %v, want %s", cmd.Name(), by, err, code)
	}
}

func TestOnlyOwnersManageTheirCompany(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	usd := money.New(100, money.MustCurrency("USD"))
	forOwners := []identity.OrganisationCommand{
		identity.Invite{ID: "new", Role: identity.Viewer},
		identity.CallOff{ID: "open"},
		identity.Grant{Person: "fay", Role: identity.Viewer},
		identity.Remove{Person: "vic"},
		identity.SubmitProfile{Profile: goodProfile()},
		identity.SetTwoPersons{Limits: []money.Amount{usd}},
		identity.SetPayoutHold{Hours: 96},
	}
	c.must(c.member("ann"), identity.Invite{ID: "open", Role: identity.Viewer})
	others := []identity.Actor{
		c.member("tom"), c.member("fay"), c.member("vic"), c.member("stranger"),
		{},
		identity.HouseClock(),
		{Office: identity.Member, Party: "acme", Person: "tom", Role: identity.Owner}, // says more than the company knows
		{Office: identity.Member, Party: "rival", Person: "ann", Role: identity.Owner},
		{Office: identity.Member, Party: "rival", Person: "rex", Role: identity.Owner},
		{Office: identity.Member, Party: "", Person: "ann", Role: identity.Owner},
	}
	for _, o := range identity.Offices() {
		if o != identity.Member {
			others = append(others, identity.Actor{Office: o, Person: "sue"})
		}
	}
	for _, cmd := range forOwners {
		for _, by := range others {
			c.refused(by, cmd, "identity.not_your_role")
		}
		snapshot := c.Organisation
		c.must(c.member("ann"), cmd)
		c.Organisation = snapshot
	}
}

func TestAnInvitationIsTakenOnceAndInTime(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	bob := identity.Actor{Office: identity.Member, Person: "bob"}
	c.must(c.member("ann"), identity.Invite{ID: "i", Role: identity.Finance})
	if c.RoleOf("bob") != "" || identity.May(c.ActorFor("bob"), identity.ToReadDeals) {
		t.Error("who is invited acts already")
	}
	c.refused(bob, identity.Join{Invitation: "i", Person: "eve"}, "organisation.not_you")
	c.refused(identity.Actor{Office: identity.Treasury, Person: "bob"}, identity.Join{Invitation: "i", Person: "bob"}, "organisation.not_you")
	c.refused(identity.MemberOf("rival", "bob"), identity.Join{Invitation: "i", Person: "bob"}, "organisation.elsewhere")
	c.refused(identity.Actor{Office: identity.Member}, identity.Join{Invitation: "i"}, "organisation.not_you")
	c.refused(c.member("tom"), identity.Join{Invitation: "i", Person: "tom"}, "organisation.already_member")
	c.refused(bob, identity.Join{Invitation: "other", Person: "bob"}, "organisation.invitation_over")
	c.refused(bob, identity.Join{Person: "bob"}, "organisation.invitation_over")
	c.must(bob, identity.Join{Invitation: "i", Person: "bob"})
	if c.RoleOf("bob") != identity.Finance || len(c.Invitations) != 0 {
		t.Errorf("bob is %q", c.RoleOf("bob"))
	}
	c.refused(identity.Actor{Office: identity.Member, Person: "eve"}, identity.Join{Invitation: "i", Person: "eve"}, "organisation.invitation_over")

	c.must(c.member("ann"), identity.Invite{ID: "late", Role: identity.Viewer})
	c.now = c.now.Add(7 * 24 * time.Hour)
	c.refused(identity.Actor{Office: identity.Member, Person: "eve"}, identity.Join{Invitation: "late", Person: "eve"}, "organisation.invitation_over")
	c.refused(c.member("ann"), identity.CallOff{ID: "late"}, "organisation.invitation_over")
	c.must(c.member("ann"), identity.Invite{ID: "off", Role: identity.Viewer})
	c.must(c.member("ann"), identity.CallOff{ID: "off"})
	c.refused(identity.Actor{Office: identity.Member, Person: "eve"}, identity.Join{Invitation: "off", Person: "eve"}, "organisation.invitation_over")

	c.refused(c.member("ann"), identity.Invite{ID: "x", Role: "admin"}, "organisation.bad_role")
	c.refused(c.member("ann"), identity.Invite{ID: "x"}, "organisation.bad_role")
	c.refused(c.member("ann"), identity.Invite{Role: identity.Viewer}, "organisation.bad_invitation")
	c.refused(c.member("ann"), identity.Invite{ID: "x", Role: identity.Viewer, Expires: c.now}, "organisation.bad_expiry")
	c.refused(c.member("ann"), identity.Invite{ID: "x", Role: identity.Viewer, Expires: c.now.Add(7*24*time.Hour + 1)}, "organisation.bad_expiry")
	c.must(c.member("ann"), identity.Invite{ID: "x", Role: identity.Viewer, Expires: c.now.Add(7 * 24 * time.Hour)})
	c.refused(c.member("ann"), identity.Invite{ID: "x", Role: identity.Owner}, "organisation.invitation_known")
}

func TestNoMoreThanFiftyInvitationsAreOpen(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	for i := range identity.InvitationsMax {
		c.must(c.member("ann"), identity.Invite{ID: fmt.Sprint(i), Role: identity.Viewer})
	}
	c.refused(c.member("ann"), identity.Invite{ID: "one more", Role: identity.Viewer}, "organisation.too_many_invitations")
	c.now = c.now.Add(identity.InvitationLife)
	c.must(c.member("ann"), identity.Invite{ID: "one more", Role: identity.Viewer})
	if len(c.Invitations) != 1 {
		t.Errorf("%d invitations are kept", len(c.Invitations))
	}
}

func TestACompanyKeepsItsLastOwner(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	c.refused(c.member("ann"), identity.Leave{}, "organisation.last_owner")
	c.refused(c.member("ann"), identity.Remove{Person: "ann"}, "organisation.last_owner")
	c.refused(c.member("ann"), identity.Grant{Person: "ann", Role: identity.Viewer}, "organisation.last_owner")
	c.must(c.member("ann"), identity.Grant{Person: "fay", Role: identity.Owner})
	c.must(c.member("fay"), identity.Grant{Person: "ann", Role: identity.Viewer})
	c.refused(c.member("fay"), identity.Leave{}, "organisation.last_owner")
	c.must(c.member("ann"), identity.Leave{})
	if c.RoleOf("ann") != "" || c.Owners() != 1 {
		t.Errorf("ann is %q, %d owners", c.RoleOf("ann"), c.Owners())
	}
	c.refused(c.member("ann"), identity.Leave{}, "organisation.not_a_member")
	c.refused(c.member("fay"), identity.Remove{Person: "ann"}, "organisation.not_a_member")
	c.refused(c.member("fay"), identity.Grant{Person: "ann", Role: identity.Owner}, "organisation.not_a_member")
	c.refused(identity.MemberOf("rival", "tom"), identity.Leave{}, "organisation.not_a_member")
}

func TestNobodyGrantsHimselfMore(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	for _, p := range []identity.PersonID{"tom", "fay", "vic"} {
		for _, r := range identity.Roles() {
			code := "organisation.own_role"
			if r == c.RoleOf(p) || r == identity.Viewer && p == "fay" {
				code = "identity.not_your_role"
			}
			if p == "tom" && r == identity.Viewer {
				code = "organisation.own_role" // a viewer may export, a trader may not
			}
			c.refused(c.member(p), identity.Grant{Person: p, Role: r}, code)
		}
	}
	c.refused(c.member("ann"), identity.Grant{Person: "tom", Role: identity.Trader}, "organisation.same_role")
	c.refused(c.member("ann"), identity.Grant{Person: "tom", Role: "administrator"}, "organisation.bad_role")
}

func TestWhoMayNoLongerInviteLetsNobodyIn(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]identity.OrganisationCommand{
		"removed":   identity.Remove{Person: "fay"},
		"made less": identity.Grant{Person: "fay", Role: identity.Viewer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := setupCompany(t)
			c.must(c.member("ann"), identity.Grant{Person: "fay", Role: identity.Owner})
			c.must(c.member("fay"), identity.Invite{ID: "back door", Role: identity.Owner})
			c.must(c.member("ann"), identity.Invite{ID: "front door", Role: identity.Viewer})
			c.must(c.member("ann"), end)
			c.refused(identity.Actor{Office: identity.Member, Person: "eve"}, identity.Join{Invitation: "back door", Person: "eve"}, "organisation.invitation_over")
			c.must(identity.Actor{Office: identity.Member, Person: "bob"}, identity.Join{Invitation: "front door", Person: "bob"})
		})
	}
}

func TestACompanyIsFoundedOnceByItsFounder(t *testing.T) {
	t.Parallel()
	c := &company{t: t, now: noon(), Organisation: identity.Organisation{Party: identity.Party{ID: "acme"}}}
	ann := identity.Actor{Office: identity.Member, Person: "ann"}
	c.refused(ann, identity.FoundMember{Person: "ann"}, "party.not_found")
	c.must(ann, setup(t))
	c.refused(ann, setup(t), "organisation.registered")
	for _, by := range []identity.Actor{{}, {Office: identity.Member, Person: "eve"}, {Office: identity.Administrator, Person: "ann"}, identity.MemberOf("rival", "ann")} {
		c.refused(by, identity.FoundMember{Person: "ann"}, "organisation.not_you")
	}
	c.refused(identity.HouseClock(), identity.FoundMember{}, "organisation.no_person")
	c.must(ann, identity.FoundMember{Person: "ann"})
	c.refused(ann, identity.FoundMember{Person: "ann"}, "organisation.founded")
	c.refused(identity.HouseClock(), identity.FoundMember{Person: "eve"}, "organisation.founded")
	if !c.Alone("ann") || c.Owners() != 1 || c.Members[0].Since != c.now || c.Party.ID != "acme" {
		t.Errorf("%+v", c.Organisation)
	}
	c.admit("vic", identity.Viewer)
	if !c.Alone("ann") || c.Alone("vic") {
		t.Error("a viewer counts as a second person")
	}
	c.admit("fay", identity.Finance)
	if c.Alone("ann") || c.Approvers() != 2 {
		t.Error("a finance member does not count as a second person")
	}
}

func TestTwoPersonsAreAskedForFromAnAmountOn(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	usd, eur := money.MustCurrency("USD"), money.MustCurrency("EUR")
	set := func(limits ...money.Amount) identity.SetTwoPersons { return identity.SetTwoPersons{Limits: limits} }
	c.refused(c.member("ann"), set(money.New(-1, usd)), "organisation.bad_limits")
	c.refused(c.member("ann"), set(money.Amount{}), "organisation.bad_limits")
	c.refused(c.member("ann"), set(money.New(1, usd), money.New(2, usd)), "organisation.bad_limits")
	c.refused(c.member("ann"), set(make([]money.Amount, 41)...), "organisation.bad_limits")
	c.refused(c.member("ann"), set(), "organisation.unchanged")
	c.must(c.member("ann"), set(money.New(100, usd), money.New(0, eur)))
	c.refused(c.member("ann"), set(money.New(100, usd), money.New(0, eur)), "organisation.unchanged")
	for amount, want := range map[money.Amount]bool{
		money.New(99, usd): false, money.New(100, usd): true, money.New(101, usd): true, money.New(0, eur): true, money.New(1e12, money.MustCurrency("CNY")): false,
	} {
		if c.NeedsTwo(amount) != want {
			t.Errorf("%s: %v", amount, !want)
		}
	}
	c.must(c.member("ann"), set())
	c.must(c.member("ann"), identity.Remove{Person: "fay"})
	c.refused(c.member("ann"), set(money.New(100, usd)), "organisation.too_few")
}

func TestAWaitIsNeverShorterThanTheHouses(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	for _, hours := range []int{-1, 1, 71, 721, 1 << 30} {
		c.refused(c.member("ann"), identity.SetPayoutHold{Hours: hours}, "organisation.bad_hold")
	}
	c.refused(c.member("ann"), identity.SetPayoutHold{}, "organisation.unchanged")
	for _, hours := range []int{72, 720, 0} {
		c.must(c.member("ann"), identity.SetPayoutHold{Hours: hours})
		if c.PayoutHoldHours != hours {
			t.Errorf("%d hours", c.PayoutHoldHours)
		}
	}
}

func goodProfile() identity.Profile {
	return identity.Profile{
		LegalName: "Ningbo Brass Co., Ltd.", Country: "CN", Registration: "9111 0106 0766 0150 7N", Address: "2 Harbour Road", LEI: "5493 00BYIOZP5U0LN442", VAT: "DE 136 695 976",
		Website: "https://brass.example", Documents: []identity.Document{{Hash: strings.Repeat("0a", 32), Kind: identity.RegistrationExtract, Name: "extract.pdf", Size: 1000}},
	}
}

func TestAProfileNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*identity.Profile){
		"legal_name identity.too_short":          func(p *identity.Profile) { p.LegalName = "" },
		"country identity.unknown_country":       func(p *identity.Profile) { p.Country = "XX" },
		"registration identity.bad_uscc":         func(p *identity.Profile) { p.Registration = "91110106076601508N" },
		"registration identity.too_short":        func(p *identity.Profile) { p.Registration = " " },
		"address identity.bad_characters":        func(p *identity.Profile) { p.Address = "a\u202eb" },
		"lei identity.bad_lei":                   func(p *identity.Profile) { p.LEI = "549300BYIOZP5U0LN443" },
		"vat identity.bad_vat":                   func(p *identity.Profile) { p.VAT = "DE136695977" },
		"website identity.bad_website":           func(p *identity.Profile) { p.Website = "javascript:alert(1)" },
		"documents identity.too_many_documents":  func(p *identity.Profile) { p.Documents = make([]identity.Document, 21) },
		"documents[0] identity.bad_document":     func(p *identity.Profile) { p.Documents[0].Hash = strings.Repeat("0A", 32) },
		"documents[1] identity.bad_document":     func(p *identity.Profile) { p.Documents = append(p.Documents, p.Documents[0]) },
		"documents[0] identity.bad_document ":    func(p *identity.Profile) { p.Documents[0].Kind = "photo" },
		"documents[0] identity.bad_document  ":   func(p *identity.Profile) { p.Documents[0].Size = 0 },
		"documents[0] identity.bad_document   ":  func(p *identity.Profile) { p.Documents[0].Name = " " },
		"documents[0] identity.bad_document    ": func(p *identity.Profile) { p.Documents[0].Size = 51 << 20 },
		"website identity.bad_website ":          func(p *identity.Profile) { p.Website = "https://a@b.example" },
		"website identity.bad_website  ":         func(p *identity.Profile) { p.Website = "https://" },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := setupCompany(t)
			p := goodProfile()
			spoil(&p)
			err := c.try(c.member("ann"), identity.SubmitProfile{Profile: p})
			e := fault.Of(err)
			if err == nil || e.Code != "identity.invalid" || len(e.Details) != 1 || e.Details[0].Field+" "+e.Details[0].Code != strings.TrimSpace(want) {
				t.Errorf("%v", err)
			}
		})
	}
	for vat, country := range map[string]string{"91110106076601507N": "CN", "27AAPFU0939F1ZV": "IN", "": "DE", "T1234567890123": "JP"} {
		p := goodProfile()
		p.VAT, p.Country = vat, country
		setupCompany(t).must(identity.MemberOf("acme", "ann"), identity.SubmitProfile{Profile: p})
	}
	for vat, country := range map[string]string{"91110106076601508N": "CN", "136695976": "DE", "27AAPFU0939F1ZV": "DE", "123456789": "GR", "1": "IN", "12 34é": "IN"} {
		p := goodProfile()
		p.VAT, p.Country, p.Registration = vat, country, "1"
		setupCompany(t).refused(identity.MemberOf("acme", "ann"), identity.SubmitProfile{Profile: p}, "identity.invalid")
	}
}

func TestStaffReviewWhatACompanySaysOfItself(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	cora := identity.Actor{Office: identity.Compliance, Person: "cora"}
	year := c.now.AddDate(1, 0, 0)
	verify := identity.ReviewProfile{Verdict: identity.Verified, Until: year}
	c.refused(cora, verify, "organisation.nothing_submitted")
	c.must(c.member("ann"), identity.SubmitProfile{Profile: goodProfile()})
	c.refused(c.member("ann"), identity.SubmitProfile{Profile: goodProfile()}, "organisation.same_profile")
	if c.Standing != identity.Submitted || c.Profile.Registration != "91110106076601507N" || c.Profile.VAT != "DE136695976" || c.Party.Registration != "91330200X" {
		t.Errorf("%+v", c.Organisation)
	}
	for _, by := range []identity.Actor{c.member("ann"), {}, {Office: identity.Mediator, Person: "m"}, {Office: identity.Treasury, Person: "t"}, {Office: identity.Auditor, Person: "a"}, identity.HouseClock()} {
		c.refused(by, verify, "identity.not_your_role")
	}
	c.refused(identity.Actor{Office: identity.Compliance, Person: "vic"}, verify, "organisation.own_review")
	for _, verdict := range []identity.Standing{"", identity.Submitted, identity.Expired, identity.Unverified, "good"} {
		c.refused(cora, identity.ReviewProfile{Verdict: verdict, Reasons: "x", Until: year}, "organisation.bad_verdict")
	}
	for _, verdict := range []identity.Standing{identity.MoreNeeded, identity.RefusedProfile} {
		c.refused(cora, identity.ReviewProfile{Verdict: verdict, Reasons: " \n"}, "organisation.no_reasons")
	}
	c.refused(cora, identity.ReviewProfile{Verdict: identity.MoreNeeded, Reasons: "a\u202eb"}, "identity.bad_characters")
	for _, until := range []time.Time{{}, c.now, c.now.AddDate(2, 0, 0).Add(1)} {
		c.refused(cora, identity.ReviewProfile{Verdict: identity.Verified, Until: until}, "organisation.bad_until")
	}
	c.must(cora, identity.ReviewProfile{Verdict: identity.MoreNeeded, Reasons: "The extract is from 2019.", Submission: 1})
	if c.Standing != identity.MoreNeeded || c.Reasons == "" || c.ReviewedAt != c.now || !c.VerifiedUntil.IsZero() {
		t.Errorf("%+v", c.Organisation)
	}
	p := goodProfile()
	p.Documents[0].Hash = strings.Repeat("0b", 32)
	c.must(c.member("ann"), identity.SubmitProfile{Profile: p})
	stale := verify
	stale.Submission = 1
	c.refused(cora, stale, "organisation.profile_changed")
	verify.Submission = 2
	c.must(cora, verify)
	if c.Standing != identity.Verified || c.VerifiedUntil != year || c.Party.Registration != "91110106076601507N" || c.Party.ID != "acme" {
		t.Errorf("%+v", c.Organisation)
	}
}

func TestAVerifiedCompanyThatBecomesAnotherIsReviewedAgain(t *testing.T) {
	t.Parallel()
	cora := identity.Actor{Office: identity.Administrator, Person: "cora"}
	for name, tt := range map[string]struct {
		change func(*identity.Profile)
		want   identity.Standing
	}{
		"legal name":   {func(p *identity.Profile) { p.LegalName = "Brass Global Ltd." }, identity.Submitted},
		"country":      {func(p *identity.Profile) { p.Country = "HK" }, identity.Submitted},
		"registration": {func(p *identity.Profile) { p.Registration = "91370220MA3PBK173K" }, identity.Submitted},
		"LEI":          {func(p *identity.Profile) { p.LEI = "529900JWVN1VFAI10U61" }, identity.Submitted},
		"VAT":          {func(p *identity.Profile) { p.VAT = "" }, identity.Submitted},
		"address":      {func(p *identity.Profile) { p.Address = "3 Harbour Road" }, identity.Verified},
		"website":      {func(p *identity.Profile) { p.Website = "" }, identity.Verified},
		"documents":    {func(p *identity.Profile) { p.Documents = nil }, identity.Verified},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := setupCompany(t)
			c.must(c.member("ann"), identity.SubmitProfile{Profile: goodProfile()})
			c.must(cora, identity.ReviewProfile{Verdict: identity.Verified, Until: c.now.AddDate(2, 0, 0)})
			before := c.Party
			p := goodProfile()
			tt.change(&p)
			c.must(c.member("ann"), identity.SubmitProfile{Profile: p})
			if c.Standing != tt.want || c.VerifiedUntil.IsZero() != (tt.want == identity.Submitted) {
				t.Errorf("%s until %s", c.Standing, c.VerifiedUntil)
			}
			before.Address = c.Party.Address
			if c.Party != before {
				t.Errorf("the public file changed without a review: %+v", c.Party)
			}
			if name == "address" && c.Party.Address != "3 Harbour Road" {
				t.Errorf("the address stays %q", c.Party.Address)
			}
		})
	}
}

func TestAVerificationRunsOut(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	c.refused(identity.HouseClock(), identity.ExpireProfile{}, "organisation.not_due")
	c.must(c.member("ann"), identity.SubmitProfile{Profile: goodProfile()})
	c.must(identity.Actor{Office: identity.Compliance, Person: "cora"}, identity.ReviewProfile{Verdict: identity.Verified, Until: c.now.Add(time.Hour)})
	c.refused(identity.Actor{Office: identity.Compliance, Person: "cora"}, identity.ExpireProfile{}, "identity.not_your_role")
	c.refused(c.member("ann"), identity.ExpireProfile{}, "identity.not_your_role")
	c.now = c.now.Add(time.Hour - 1)
	c.refused(identity.HouseClock(), identity.ExpireProfile{}, "organisation.not_due")
	c.now = c.now.Add(1)
	c.must(identity.HouseClock(), identity.ExpireProfile{})
	c.refused(identity.HouseClock(), identity.ExpireProfile{}, "organisation.not_due")
	c.refused(identity.Actor{Office: identity.Compliance, Person: "cora"}, identity.ReviewProfile{Verdict: identity.Verified, Until: c.now.Add(time.Hour)}, "organisation.nothing_submitted")
	c.must(c.member("ann"), identity.SubmitProfile{Profile: goodProfile()})
	if c.Standing != identity.Submitted || !slices.Contains(identity.Standings(), c.Standing) {
		t.Errorf("%s", c.Standing)
	}
}
