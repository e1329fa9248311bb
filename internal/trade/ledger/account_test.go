package ledger_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/ledger"
)

func TestConstructorsAndNamesAgree(t *testing.T) {
	t.Parallel()
	usd := money.MustCurrency("USD")
	for _, tt := range []struct {
		id             ledger.AccountID
		name           string
		kind           ledger.Kind
		owner, tranche string
	}{
		{ledger.Rail("sandbox", usd), "rail:sandbox/USD", ledger.KindRail, "sandbox", ""},
		{ledger.Party("p_1", usd), "party:p_1/USD", ledger.KindParty, "p_1", ""},
		{ledger.Held("d-1", "t.2", usd), "deal:d-1:t.2/USD", ledger.KindHeld, "d-1", "t.2"},
		{ledger.Payout("x", usd), "payout:x/USD", ledger.KindPayout, "x", ""},
		{ledger.Fees(usd), "fees/USD", ledger.KindFees, "", ""},
		{ledger.Penalty(usd), "penalty/USD", ledger.KindPenalty, "", ""},
		{ledger.Insurance(usd), "insurance/USD", ledger.KindInsurance, "", ""},
		{ledger.Suspense("wire", usd), "suspense:wire/USD", ledger.KindSuspense, "wire", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parsed, err := ledger.ParseAccount(tt.name)
			if err != nil || parsed != tt.id {
				t.Fatalf("%q: got %q, %v", tt.id, parsed, err)
			}
			if parsed.Kind() != tt.kind || parsed.Owner() != tt.owner || parsed.Tranche() != tt.tranche || parsed.Currency() != usd {
				t.Errorf("got %s of %q %q in %s", parsed.Kind(), parsed.Owner(), parsed.Tranche(), parsed.Currency())
			}
			if parsed.Kind().IsAsset() != (tt.kind == ledger.KindRail) {
				t.Error("only a rail is an asset")
			}
		})
	}
}

func TestOnlyOneTextNamesAnAccount(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "/", "USD", "fees", "fees/", "fees/usd", "fees/XAU", "fees/USD/", "fees/USD/USD", "fees:/USD", "fees:x/USD",
		"/USD", ":x/USD", "party/USD", "party:/USD", "party:a:b/USD", "party:a b/USD", "party:ä/USD", "Party:a/USD",
		"party:a/b/USD", "deal:d/USD", "deal:d:/USD", "deal::t/USD", "deal:d:t:u/USD", "deal/USD", "cash:x/USD",
		" fees/USD", "fees/USD ", "party:\x00/USD", "party:" + strings.Repeat("a", 300) + "/USD",
	} {
		id, err := ledger.ParseAccount(s)
		if fault.CodeOf(err) != "ledger.bad_account" || fault.KindOf(err) != fault.Invalid || id != "" {
			t.Errorf("%.40q: got %q, %v", s, id, err)
		}
		bad := ledger.AccountID(s)
		if bad.Kind() != 0 || bad.Owner() != "" || bad.Tranche() != "" || !bad.Currency().IsZero() {
			t.Errorf("%.40q: half understood", s)
		}
	}
}

func TestABadPartNeverNamesAnotherAccount(t *testing.T) {
	t.Parallel()
	part := rapid.OneOf(rapid.StringMatching(`[a-c:/]{0,6}`), rapid.String(), rapid.SampledFrom([]string{"a", "b/USD", "a:b", "x/USD/"}))
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{money.MustCurrency("USD"), money.MustCurrency("JPY"), {}}).Draw(t, "currency")
		a, b := part.Draw(t, "a"), part.Draw(t, "b")
		for kind, id := range map[ledger.Kind]ledger.AccountID{
			ledger.KindRail: ledger.Rail(a, c), ledger.KindParty: ledger.Party(a, c), ledger.KindHeld: ledger.Held(a, b, c),
			ledger.KindPayout: ledger.Payout(a, c), ledger.KindSuspense: ledger.Suspense(a, c),
		} {
			if _, err := ledger.ParseAccount(string(id)); err != nil {
				continue
			}
			if id.Kind() != kind || id.Owner() != a || id.Currency() != c || kind == ledger.KindHeld && id.Tranche() != b {
				t.Fatalf("%q from %q and %q is another account", id, a, b)
			}
		}
	})
}

func TestKindsAndStagesHaveWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, k := range ledger.Kinds() {
		if int(k) != i+1 || k.String() == "" || seen[k.String()] {
			t.Errorf("kind %d is %q", k, k)
		}
		seen[k.String()] = true
	}
	if got := ledger.Kind(200).String() + ledger.Kind(0).String(); got != "" {
		t.Errorf("no kind is %q", got)
	}
	for stage, word := range map[ledger.Stage]string{
		0: "none", ledger.Posted: "posted", ledger.Pending: "pending", ledger.Post: "post",
		ledger.Void: "void", ledger.Expire: "expire", 9: "unknown",
	} {
		if stage.String() != word {
			t.Errorf("stage %d is %q, want %q", stage, stage, word)
		}
	}
}

func FuzzParseAccount(f *testing.F) {
	for _, s := range []string{"fees/USD", "party:a/USD", "deal:d:t/JPY", "deal:d:t:u/USD", "rail:/USD", "fees:/USD", "//", "suspense:x/XAU"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ledger.ParseAccount(s)
		if err != nil {
			if fault.CodeOf(err) != "ledger.bad_account" || id != "" {
				t.Fatalf("%q: %q, %v", s, id, err)
			}
			return
		}
		c := id.Currency()
		again := map[ledger.Kind]ledger.AccountID{
			ledger.KindRail: ledger.Rail(id.Owner(), c), ledger.KindParty: ledger.Party(id.Owner(), c),
			ledger.KindHeld: ledger.Held(id.Owner(), id.Tranche(), c), ledger.KindPayout: ledger.Payout(id.Owner(), c),
			ledger.KindFees: ledger.Fees(c), ledger.KindPenalty: ledger.Penalty(c), ledger.KindInsurance: ledger.Insurance(c),
			ledger.KindSuspense: ledger.Suspense(id.Owner(), c),
		}[id.Kind()]
		if string(again) != s {
			t.Fatalf("%q was understood as %q", s, again)
		}
	})
}
