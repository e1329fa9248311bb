package control_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/control"
)

func TestAnIntentHasOneSpelling(t *testing.T) {
	t.Parallel()
	i := release()
	i.Expires = noon().Add(time.Minute).In(time.FixedZone("elsewhere", 3600))
	got, err := i.Canonical()
	const want = `{"action":"release","amount":125000,"currency":"USD","details":[{"name":"tranche","value":"1"},{"name":"claim","value":""}],` +
		`"expires":1772366460000000,"nonce":"0123456789abcdef","party":"acme","payee":"Ningbo Brass Co., Ltd.","person":"ann","subject":"deal:d1","type":"fondaco/intent/v1","version":7}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	i.Details = nil
	none, err1 := i.Hash()
	i.Details = []control.Detail{}
	empty, err2 := i.Hash()
	if err1 != nil || err2 != nil || none != empty {
		t.Errorf("no details and none listed differ: %s, %s", none, empty)
	}
	i.Payee = "\xff"
	if _, err := i.Hash(); fault.CodeOf(err) != "evidence.not_canonical" {
		t.Errorf("%v", err)
	}
}

// alterations change one thing each that a page shows.
func alterations() map[string]func(*control.Intent) {
	return map[string]func(*control.Intent){
		"action":          func(i *control.Intent) { i.Action = control.Refund },
		"subject":         func(i *control.Intent) { i.Subject = "deal:d2" },
		"version":         func(i *control.Intent) { i.Version++ },
		"amount":          func(i *control.Intent) { i.Amount *= 100 },
		"currency":        func(i *control.Intent) { i.Currency = "EUR" },
		"payee":           func(i *control.Intent) { i.Payee = "Ningbo Brass Co., Ltd" },
		"party":           func(i *control.Intent) { i.Party = "rival" },
		"details.tranche": func(i *control.Intent) { i.Details[0].Value = "2" },
		"details.claim":   func(i *control.Intent) { i.Details = i.Details[:1] },
		"details.more":    func(i *control.Intent) { i.Details = append(i.Details, control.Detail{Name: "more", Value: "1"}) },
	}
}

func TestWhatHappensIsComparedWithWhatWasSigned(t *testing.T) {
	t.Parallel()
	signed := release()
	now := release()
	now.Expires, now.Nonce, now.Person = noon(), "another", "bob"
	if err := signed.Same(now); err != nil {
		t.Errorf("what belongs to the asking counts: %v", err)
	}
	hash, err := signed.Hash()
	if err != nil {
		t.Fatal(err)
	}
	for field, alter := range alterations() {
		now := release()
		alter(&now)
		err := signed.Same(now)
		if e := fault.Of(err); err == nil || e.Code != "control.changed" || e.Kind != fault.Conflict || e.Args["field"] != field {
			t.Errorf("%s: %v", field, err)
		}
		if err := now.Same(signed); err == nil {
			t.Errorf("%s: the other way round nothing differs", field)
		}
		if other, err := now.Hash(); err != nil || other == hash {
			t.Errorf("%s: the hash stays, %v", field, err)
		}
	}
	swapped := release()
	slices.Reverse(swapped.Details)
	if signed.Same(swapped) == nil {
		t.Error("the order of what the page shows does not count")
	}
}

// TestTwoIntentsShareAHashOnlyWhenTheyAreOne draws pairs out of a small world, so
// that equal pairs are drawn too.
func TestTwoIntentsShareAHashOnlyWhenTheyAreOne(t *testing.T) {
	t.Parallel()
	text := rapid.SampledFrom([]string{"", "a", "b", "\",\"x\":\"", "a\x00"})
	draw := rapid.Custom(func(t *rapid.T) control.Intent {
		i := control.Intent{
			Action: rapid.SampledFrom(control.Actions()[:2]).Draw(t, "action"), Subject: text.Draw(t, "subject"), Version: rapid.Int64Range(0, 1).Draw(t, "version"),
			Amount: rapid.Int64Range(0, 1).Draw(t, "amount"), Payee: text.Draw(t, "payee"), Nonce: text.Draw(t, "nonce"), Expires: noon().Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "expires")) * time.Microsecond),
		}
		for range rapid.IntRange(0, 2).Draw(t, "details") {
			i.Details = append(i.Details, control.Detail{Name: text.Draw(t, "name"), Value: text.Draw(t, "value")})
		}
		return i
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		if rapid.Bool().Draw(t, "same") {
			b = a
			b.Details = slices.Clone(a.Details)
		}
		hashA, errA := a.Hash()
		hashB, errB := b.Hash()
		same := fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b) || a.Same(b) == nil && a.Nonce == b.Nonce && a.Expires.Equal(b.Expires) && a.Person == b.Person
		if errA != nil || errB != nil || (hashA == hashB) != same {
			t.Fatalf("%+v\n%+v\nshare a hash: %v", a, b, hashA == hashB)
		}
	})
}

func TestOnlyWhatAPageCanShowIsAsked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(*control.Ask)
		code  string
	}{
		"no action":            {func(a *control.Ask) { a.Intent.Action = "" }, "identity.not_your_role"},
		"no subject":           {func(a *control.Ask) { a.Intent.Subject = "" }, "control.bad_intent"},
		"negative version":     {func(a *control.Ask) { a.Intent.Version = -1 }, "control.bad_intent"},
		"negative amount":      {func(a *control.Ask) { a.Intent.Amount = -1 }, "control.bad_intent"},
		"amount beyond JSON":   {func(a *control.Ask) { a.Intent.Amount = 1 << 53 }, "control.bad_intent"},
		"amount of nothing":    {func(a *control.Ask) { a.Intent.Currency = "" }, "control.bad_intent"},
		"no such currency":     {func(a *control.Ask) { a.Intent.Currency = "XXZ" }, "control.bad_intent"},
		"money to nobody":      {func(a *control.Ask) { a.Intent.Payee = "" }, "control.bad_intent"},
		"endless payee":        {func(a *control.Ask) { a.Intent.Payee = strings.Repeat("x", 501) }, "control.bad_intent"},
		"detail without name":  {func(a *control.Ask) { a.Intent.Details[0].Name = "" }, "control.bad_intent"},
		"detail twice":         {func(a *control.Ask) { a.Intent.Details[1].Name = "tranche" }, "control.bad_intent"},
		"too many details":     {func(a *control.Ask) { a.Intent.Details = make([]control.Detail, 101) }, "control.bad_intent"},
		"guessable nonce":      {func(a *control.Ask) { a.Intent.Nonce = "1" }, "control.bad_intent"},
		"nobody needed":        {func(a *control.Ask) { a.Needed = 0 }, "control.bad_intent"},
		"three needed":         {func(a *control.Ask) { a.Needed = 3 }, "control.bad_intent"},
		"the treasury's money": {func(a *control.Ask) { a.Needed, a.Alone = 2, true }, "control.bad_intent"},
		"over already":         {func(a *control.Ask) { a.Intent.Expires = noon() }, "control.bad_intent"},
		"open too long":        {func(a *control.Ask) { a.Intent.Expires = noon().Add(10*time.Minute + 1) }, "control.bad_intent"},
		"two, open too long":   {func(a *control.Ask) { a.Needed, a.Intent.Expires = 2, noon().Add(24*time.Hour+1) }, "control.bad_intent"},
		"for somebody else":    {func(a *control.Ask) { a.Intent.Person = "fay" }, "control.not_you"},
		"for another company":  {func(a *control.Ask) { a.Intent.Party = "rival" }, "control.not_you"},
		"for the house":        {func(a *control.Ask) { a.Intent.Party = "" }, "control.not_you"},
		"not UTF-8":            {func(a *control.Ask) { a.Intent.Payee = "\xff" }, "evidence.not_canonical"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := control.Ask{Intent: release(), Needed: 1}
			tt.spoil(&ask)
			d := setup(t)
			d.refused(ann(), ask, tt.code)
			if _, err := control.Decide(control.Approval{}, control.Ask{Intent: release(), Needed: 1}, ann(), d.now); fault.CodeOf(err) != "control.asked" {
				t.Errorf("an approval without a number: %v", err)
			}
		})
	}
}
