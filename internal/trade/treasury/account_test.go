package treasury_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

const hold = 72 * time.Hour

func proposal() treasury.Propose {
	return treasury.Propose{
		Party: "acme", Holder: "ACME PUMPS GMBH", Number: "de89 3704 0044 0532 0130 00", BIC: "deutdeff", BankName: " Bank ", Country: "de", Currency: "eur",
		LegalName: "Acme Pumps GmbH", HoldHours: 72, By: "ann",
	}
}

// accountAt is a payout account at the given stage; it was proposed at noon.
func accountAt(t *testing.T, stage treasury.AccountStage) treasury.PayoutAccount {
	t.Helper()
	a := treasury.PayoutAccount{ID: "p1"}
	after := noon().Add(hold + time.Microsecond)
	steps := map[treasury.AccountStage][]treasury.AccountCommand{
		treasury.NotProposed: {},
		treasury.Proposed:    {proposal()},
		treasury.Waiting:     {proposal(), byBen()},
		treasury.Current:     {proposal(), byBen(), treasury.Activate{}},
		treasury.Withdrawn:   {proposal(), treasury.Cancel{By: "ann"}},
		treasury.Replaced:    {proposal(), byBen(), treasury.Activate{}, treasury.Replace{Successor: "p2"}},
		treasury.Refused:     {proposal(), treasury.Refuse{By: "tom", Why: "no such bank"}},
	}
	for _, c := range steps[stage] {
		now := noon()
		if _, clock := c.(treasury.Activate); clock {
			now = after
		}
		a = do(t, a, c, now)
	}
	if a.Stage != stage {
		t.Fatalf("stage %q, want %q", a.Stage, stage)
	}
	return a
}

func byBen() treasury.Approve { return treasury.Approve{By: "ben", Office: identity.Member} }

// do gives a command that must be taken, and folds what follows as it is read back.
func do(t *testing.T, a treasury.PayoutAccount, c treasury.AccountCommand, now time.Time) treasury.PayoutAccount {
	t.Helper()
	events, err := treasury.DecideAccount(a, c, now)
	if err != nil || len(events) == 0 {
		t.Fatalf("%#v at %q: %v, %+v", c, a.Stage, events, err)
	}
	for _, e := range events {
		payload, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		read, err := treasury.DecodeAccount(e.Kind(), payload)
		if err != nil || !reflect.DeepEqual(read, e) {
			t.Fatalf("%s reads %+v, %v; want %+v", payload, read, err, e)
		}
		a = a.Apply(read, now)
	}
	return a
}

// refuses gives a command that must be refused.
func refuses(t *testing.T, a treasury.PayoutAccount, c treasury.AccountCommand, now time.Time, kind fault.Kind, code string) {
	t.Helper()
	events, err := treasury.DecideAccount(a, c, now)
	if fault.CodeOf(err) != code || fault.KindOf(err) != kind || events != nil {
		t.Errorf("%#v at %q: %v, %+v; want %s %s", c, a.Stage, events, err, kind, code)
	}
}

func TestAProposalIsKeptInItsCanonicalForm(t *testing.T) {
	t.Parallel()
	got := accountAt(t, treasury.Proposed)
	want := treasury.PayoutAccount{
		ID: "p1", Version: 1, Party: "acme", Holder: "ACME PUMPS GMBH", Number: "DE89370400440532013000", BIC: "DEUTDEFF", BankName: "Bank", Country: "DE", Currency: "EUR",
		Match: treasury.MatchName("Acme Pumps GmbH", "ACME PUMPS GMBH"), Stage: treasury.Proposed, ProposedBy: "ann", HoldHours: 72, At: noon(), Since: noon(),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if s := treasury.PayoutAccountStream("p1"); s != "payout_account:p1" {
		t.Errorf("its stream is %q", s)
	}
}

// TestEveryStageOfAPayoutAccountTakesTheRightStepsOnly is the whole table.
func TestEveryStageOfAPayoutAccountTakesTheRightStepsOnly(t *testing.T) {
	t.Parallel()
	steps := map[string]treasury.AccountCommand{
		"propose": proposal(), "approve": byBen(), "activate": treasury.Activate{}, "lapse": treasury.Lapse{},
		"cancel": treasury.Cancel{By: "ann", Why: "mistyped"}, "replace": treasury.Replace{Successor: "p2"}, "refuse": treasury.Refuse{By: "tom", Why: "no"},
	}
	leads := map[treasury.AccountStage]map[string]treasury.AccountStage{
		treasury.NotProposed: {"propose": treasury.Proposed},
		treasury.Proposed:    {"approve": treasury.Waiting, "lapse": treasury.Withdrawn, "cancel": treasury.Withdrawn, "refuse": treasury.Refused},
		treasury.Waiting:     {"activate": treasury.Current, "cancel": treasury.Withdrawn, "refuse": treasury.Refused},
		treasury.Current:     {"replace": treasury.Replaced},
	}
	frozen := []treasury.AccountStage{treasury.Proposed, treasury.Waiting}
	later := noon().Add(treasury.ProposalDays*day + time.Second)
	for _, stage := range append(treasury.AccountStages(), treasury.NotProposed) {
		a := accountAt(t, stage)
		if a.Frozen() != slices.Contains(frozen, stage) {
			t.Errorf("%q frozen is %v", stage, a.Frozen())
		}
		for name, c := range steps {
			if next, ok := leads[stage][name]; ok {
				b := do(t, a, c, later)
				if b.Stage != next || b.Version != a.Version+1 || !b.Since.Equal(later) {
					t.Errorf("%s at %q leads to %+v", name, stage, b)
				}
				continue
			}
			refuses(t, a, c, later, fault.Conflict, "treasury.wrong_account_stage")
		}
	}
}

func TestTheHoldIsNeverShorterThanThreeDays(t *testing.T) {
	t.Parallel()
	for hours, code := range map[int]string{
		-1: "treasury.short_hold", 0: "treasury.short_hold", 71: "treasury.short_hold", 72: "", 720: "", 8760: "",
		8761: "treasury.long_hold", 1 << 40: "treasury.long_hold",
	} {
		p := proposal()
		p.HoldHours = hours
		_, err := treasury.DecideAccount(treasury.PayoutAccount{ID: "p1"}, p, noon())
		if fault.CodeOf(err) != code {
			t.Errorf("%d hours: %v", hours, err)
		}
		if code == "treasury.short_hold" && fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%d hours: %s", hours, fault.KindOf(err))
		}
	}
}

func TestAnAccountBecomesCurrentOnlyAfterItsHold(t *testing.T) {
	t.Parallel()
	a := accountAt(t, treasury.Proposed)
	late := noon().Add(5 * day)
	a = do(t, a, byBen(), late) // the hold runs from the approval
	if want := late.Add(hold); !a.Due.Equal(want) {
		t.Fatalf("due %s, want %s", a.Due, want)
	}
	for _, early := range []time.Duration{0, hold - time.Microsecond, hold} {
		refuses(t, a, treasury.Activate{}, late.Add(early), fault.Refused, "treasury.hold_runs")
	}
	if b := do(t, a, treasury.Activate{}, late.Add(hold+time.Microsecond)); b.Stage != treasury.Current || b.Frozen() {
		t.Errorf("%+v", b)
	}
}

func TestTheClockEndsWhatNobodyEnds(t *testing.T) {
	t.Parallel()
	for stage, want := range map[treasury.AccountStage]struct {
		wait time.Duration
		ends treasury.AccountStage
		why  string
	}{
		treasury.Proposed: {treasury.ProposalDays * day, treasury.Withdrawn, treasury.NotApproved},
		treasury.Waiting:  {hold, treasury.Current, ""},
	} {
		a := accountAt(t, stage)
		at, c := a.Next()
		if !at.Equal(noon().Add(want.wait)) {
			t.Errorf("%s ends at %s", stage, at)
		}
		refuses(t, a, c, at, fault.Refused, "treasury.hold_runs")
		if b := do(t, a, c, at.Add(time.Microsecond)); b.Stage != want.ends || b.Why != want.why {
			t.Errorf("%s ends as %+v", stage, b)
		}
	}
	for _, stage := range []treasury.AccountStage{treasury.NotProposed, treasury.Current, treasury.Withdrawn, treasury.Replaced, treasury.Refused} {
		if at, c := accountAt(t, stage).Next(); c != nil || !at.IsZero() {
			t.Errorf("%q has a clock: %s, %v", stage, at, c)
		}
	}
}

func TestASecondPersonApproves(t *testing.T) {
	t.Parallel()
	unlike := proposal()
	unlike.Holder = "Acme Pumps AG"
	near := do(t, treasury.PayoutAccount{ID: "p1"}, unlike, noon())
	like := accountAt(t, treasury.Proposed)
	for _, tt := range []struct {
		name    string
		account treasury.PayoutAccount
		approve treasury.Approve
		kind    fault.Kind
		code    string
	}{
		{"another member", like, treasury.Approve{By: "ben", Office: identity.Member}, 0, ""},
		{"the proposer", like, treasury.Approve{By: "ann", Office: identity.Member}, fault.Forbidden, "treasury.own_approval"},
		{"the only member", like, treasury.Approve{By: "ann", Office: identity.Member, SoleMember: true}, fault.Forbidden, "treasury.own_approval"},
		{"the proposer, as staff", like, treasury.Approve{By: "ann", Office: identity.Treasury, SoleMember: true}, fault.Forbidden, "treasury.own_approval"},
		{"the treasury for the only member", like, treasury.Approve{By: "tom", Office: identity.Treasury, SoleMember: true}, 0, ""},
		{"the treasury beside other members", like, treasury.Approve{By: "tom", Office: identity.Treasury}, fault.Refused, "treasury.members_approve"},
		{"nobody", like, treasury.Approve{Office: identity.Member}, fault.Forbidden, "treasury.no_person"},
		{"another office", like, treasury.Approve{By: "tom", Office: identity.Administrator, SoleMember: true}, fault.Forbidden, "treasury.not_approver"},
		{"no office", like, treasury.Approve{By: "tom"}, fault.Forbidden, "treasury.not_approver"},
		{"the clock", like, treasury.Approve{By: "house", Office: identity.Clock}, fault.Forbidden, "treasury.not_approver"},
		{"a member, of a name that differs", near, treasury.Approve{By: "ben", Office: identity.Member}, fault.Refused, "treasury.name_needs_staff"},
		{"the treasury, of a name that differs", near, treasury.Approve{By: "tom", Office: identity.Treasury}, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.code != "" {
				refuses(t, tt.account, tt.approve, noon(), tt.kind, tt.code)
				return
			}
			a := do(t, tt.account, tt.approve, noon())
			if a.Stage != treasury.Waiting || a.ApprovedBy != tt.approve.By || a.ApprovedOffice != tt.approve.Office {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestOneAccountWaitsAtATime(t *testing.T) {
	t.Parallel()
	for _, stage := range treasury.AccountStages() {
		other := accountAt(t, stage)
		p := proposal()
		p.Others = []treasury.PayoutAccount{accountAt(t, treasury.Current), other}
		if other.Frozen() {
			refuses(t, treasury.PayoutAccount{ID: "p2"}, p, noon(), fault.Conflict, "treasury.account_waits")
		} else {
			do(t, treasury.PayoutAccount{ID: "p2"}, p, noon())
		}
		p.Party = "beta"
		do(t, treasury.PayoutAccount{ID: "p2"}, p, noon())
	}
}

func TestAnAccountReplacesTheCurrentOneOfItsParty(t *testing.T) {
	t.Parallel()
	next := accountAt(t, treasury.Waiting)
	next.ID = "p9"
	foreign := accountAt(t, treasury.Current)
	foreign.ID, foreign.Party = "p8", "beta"
	others := []treasury.PayoutAccount{accountAt(t, treasury.Replaced), foreign, accountAt(t, treasury.Current), next}
	old := next.Predecessors(others)
	if len(old) != 1 || old[0].ID != "p1" {
		t.Fatalf("%+v", old)
	}
	if got := do(t, old[0], treasury.Replace{Successor: next.ID}, noon()); got.Stage != treasury.Replaced || got.Successor != "p9" {
		t.Errorf("%+v", got)
	}
	defer func() {
		if v, ok := recover().(*fault.Violation); !ok || v.Code != "treasury.no_successor" {
			t.Errorf("recovered %v", v)
		}
	}()
	_, _ = treasury.DecideAccount(old[0], treasury.Replace{Successor: old[0].ID}, noon())
}

func TestEndingAnAccountNamesAPersonAndAReason(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 501)
	for _, stage := range []treasury.AccountStage{treasury.Proposed, treasury.Waiting} {
		a := accountAt(t, stage)
		refuses(t, a, treasury.Cancel{}, noon(), fault.Forbidden, "treasury.no_person")
		refuses(t, a, treasury.Refuse{Why: "no"}, noon(), fault.Forbidden, "treasury.no_person")
		refuses(t, a, treasury.Refuse{By: "tom", Why: " "}, noon(), fault.Invalid, "treasury.no_reason")
		refuses(t, a, treasury.Refuse{By: "tom", Why: long}, noon(), fault.Invalid, "treasury.no_reason")
		refuses(t, a, treasury.Cancel{By: "ann", Why: long}, noon(), fault.Invalid, "treasury.no_reason")
		refuses(t, a, treasury.Cancel{By: "ann", Why: "\xff"}, noon(), fault.Invalid, "treasury.no_reason")
		if b := do(t, a, treasury.Cancel{By: "olga"}, noon()); b.Stage != treasury.Withdrawn || b.Why != "" || b.Frozen() {
			t.Errorf("%+v", b)
		}
		if b := do(t, a, treasury.Refuse{By: "tom", Why: "closed bank"}, noon()); b.Stage != treasury.Refused || b.Why != "closed bank" {
			t.Errorf("%+v", b)
		}
	}
}

func TestEachWrongFieldOfAProposalIsNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, field, code string
		change            func(*treasury.Propose)
	}{
		{"no holder", "holder", "treasury.bad_text", func(p *treasury.Propose) { p.Holder = " " }},
		{"a long holder", "holder", "treasury.bad_text", func(p *treasury.Propose) { p.Holder = strings.Repeat("x", 201) }},
		{"a holder that reads backwards", "holder", "treasury.bad_text", func(p *treasury.Propose) { p.Holder = "ACME PUMPS\u202e GMBH" }},
		{"a holder of two lines", "holder", "treasury.bad_text", func(p *treasury.Propose) { p.Holder = "ACME PUMPS\nGMBH" }},
		{"a holder that is no text", "holder", "treasury.bad_text", func(p *treasury.Propose) { p.Holder = "ACME\xff" }},
		{"no legal name", "legal_name", "treasury.bad_text", func(p *treasury.Propose) { p.LegalName = "" }},
		{"a hidden mark in the bank", "bank_name", "treasury.bad_text", func(p *treasury.Propose) { p.BankName = "Bank\u200b" }},
		{"a mistyped IBAN", "number", "treasury.bad_iban", func(p *treasury.Propose) { p.Number = "DE89370400440532013001" }},
		{"no IBAN where there are IBANs", "number", "treasury.bad_iban", func(p *treasury.Propose) { p.Number = "0532013000" }},
		{"an IBAN of another country", "number", "treasury.other_country", func(p *treasury.Propose) { p.Number = "NL91ABNA0417164300" }},
		{"a mistyped BIC", "bic", "treasury.bad_bic", func(p *treasury.Propose) { p.BIC = "DEUTDEF" }},
		{"a BIC of another country", "bic", "treasury.other_country", func(p *treasury.Propose) { p.BIC = "ABNANL2A" }},
		{"an IBAN in a country without", "number", "treasury.other_country", func(p *treasury.Propose) { p.Country, p.BIC = "US", "CHASUS33" }},
		{"no number", "number", "treasury.bad_number", func(p *treasury.Propose) { p.Country, p.BIC, p.Number = "CN", "BKCHCNBJ", "" }},
		{"a number of signs", "number", "treasury.bad_number", func(p *treasury.Propose) { p.Country, p.BIC, p.Number = "CN", "BKCHCNBJ", "1234_5678" }},
		{"a long number", "number", "treasury.bad_number", func(p *treasury.Propose) { p.Country, p.BIC, p.Number = "CN", "BKCHCNBJ", strings.Repeat("1", 35) }},
		{"no BIC beside a number", "bic", "treasury.bad_bic", func(p *treasury.Propose) { p.Country, p.BIC, p.Number = "CN", "", "6222020200112233445" }},
		{"no such country", "country", "treasury.unknown_country", func(p *treasury.Propose) { p.Country, p.Number, p.BIC = "UK", "12345678", "BARCGB22" }},
		{"no such currency", "currency", "money.unknown_currency", func(p *treasury.Propose) { p.Currency = "EURO" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := proposal()
			tt.change(&p)
			events, err := treasury.DecideAccount(treasury.PayoutAccount{ID: "p1"}, p, noon())
			if fault.CodeOf(err) != "treasury.bad_account" || fault.KindOf(err) != fault.Invalid || events != nil {
				t.Fatalf("%v, %+v", events, err)
			}
			if !slices.ContainsFunc(fault.Of(err).Details, func(d *fault.Error) bool { return d.Field == tt.field && d.Code == tt.code }) {
				t.Errorf("%+v", err)
			}
		})
	}
}

func TestAccountsOfManyCountriesAreTaken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ country, number, bic, currency string }{
		{"DE", "DE89370400440532013000", "", "EUR"},
		{"FR", "FR14 2004 1010 0505 0001 3M02 606", "PSSTFRPPXXX", "EUR"},
		{"RE", "FR1420041010050500013M02606", "", "EUR"},
		{"JE", "GB29NWBK60161331926819", "NWBKJESH", "GBP"},
		{"FI", "FI2112345600000785", "NDEAFIHH", "EUR"},
		{"XK", "XK051212012345678906", "NCBVXKPR", "EUR"},
		{"CN", "6222 0202 0011 2233 445", "ICBKCNBJ", "CNY"},
		{"HK", "012-345678-901", "HSBCHKHHHKH", "HKD"},
		{"US", "000123456789", "CHASUS33", "USD"},
		{"JP", "0123456", "BOTKJPJT", "JPY"},
		{"MX", "002010077777777771", "BNMXMXMM", "MXN"},
	} {
		p := proposal()
		p.Country, p.Number, p.BIC, p.Currency = tt.country, tt.number, tt.bic, tt.currency
		if a := do(t, treasury.PayoutAccount{ID: "p1"}, p, noon()); strings.ContainsAny(a.Number, " -") || a.Country != tt.country {
			t.Errorf("%+v", a)
		}
	}
}

func TestAnotherNameAndAnUnknownProposerAreRefused(t *testing.T) {
	t.Parallel()
	fresh := treasury.PayoutAccount{ID: "p1"}
	p := proposal()
	p.Holder = "Ivan Petrov"
	refuses(t, fresh, p, noon(), fault.Refused, "treasury.other_name")
	p = proposal()
	p.By = ""
	refuses(t, fresh, p, noon(), fault.Forbidden, "treasury.no_person")
	p = proposal()
	p.Party = ""
	refuses(t, fresh, p, noon(), fault.Forbidden, "treasury.no_person")
}

func TestAnUnreadableAccountEventIsTheHousesFault(t *testing.T) {
	t.Parallel()
	for kind, payload := range map[string]string{"payout_account_proposed": "{", "payout_account_approved": `{"by":1}`, "payout_account": "{}", "payout_sent": "{}", "": "{}"} {
		if _, err := treasury.DecodeAccount(kind, []byte(payload)); fault.CodeOf(err) != "treasury.bad_event" || fault.KindOf(err) != fault.Internal {
			t.Errorf("%q %s: %v", kind, payload, err)
		}
	}
}

func FuzzDecodeAccount(f *testing.F) {
	f.Add("payout_account_proposed", []byte(`{"party":"acme","holder":"ACME","match":{"score_percent":100,"rule":"exact","words":[{"legal":"a","holder":"a","same":true}]},"hold_hours":72,"by":"ann"}`))
	f.Add("payout_account_approved", []byte(`{"by":"ben","office":"member"}`))
	f.Add("payout_account_activated", []byte(`{}`))
	f.Add("payout_account_cancelled", []byte(`{"by":"","why":"not_approved"}`))
	f.Add("payout_account_replaced", []byte(`{"successor":"p2"}`))
	f.Add("payout_account_refused", []byte(`{"by":"tom","why":"no"}`))
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		e, err := treasury.DecodeAccount(kind, payload)
		if err != nil {
			if fault.CodeOf(err) != "treasury.bad_event" {
				t.Fatalf("%+v", err)
			}
			return
		}
		again, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		second, err := treasury.DecodeAccount(e.Kind(), again)
		if err != nil || e.Kind() != kind || !reflect.DeepEqual(second, e) {
			t.Fatalf("%s reads %+v, then %+v, %v", payload, e, second, err)
		}
		if a := (treasury.PayoutAccount{}).Apply(e, noon()); a.Version != 1 || a.Stage == treasury.NotProposed {
			t.Fatalf("%+v", a)
		}
	})
}
