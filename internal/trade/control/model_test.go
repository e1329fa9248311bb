package control_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// cast is who walks by in the model: two real approvers, a second account of
// ann on her own device, a trader, a rival and the treasury.
func cast() []identity.Actor {
	return []identity.Actor{
		ann(), fay(), member("ann2", identity.Owner), member("tom", identity.Trader), identity.MemberOf("rival", "rex"), {Office: identity.Treasury, Person: "tess"},
	}
}

// TestMoneyMovesOnlyAsTheModelSays walks approvals at random and compares them
// with a model that knows three facts: who agreed to what, until when it holds,
// and how it ended.
func TestMoneyMovesOnlyAsTheModelSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		needed := rapid.IntRange(1, 2).Draw(t, "needed")
		now, ends := noon(), noon().Add(map[int]time.Duration{1: 10 * time.Minute, 2: 24 * time.Hour}[needed])
		approval := control.Approval{ID: "a"}
		do := func(by identity.Actor, c control.Command) error {
			events, err := control.Decide(approval, c, by, now)
			for _, e := range events {
				approval = approval.Apply(e, now)
			}
			return err
		}
		if err := do(ann(), control.Ask{Intent: release(), Needed: needed}); err != nil {
			t.Fatal(err)
		}
		agreed, over, used := map[identity.PersonID]bool{}, false, 0
		who := rapid.SampledFrom(cast())
		t.Repeat(map[string]func(*rapid.T){
			"agree": func(t *rapid.T) {
				by, right := who.Draw(t, "by"), rapid.Bool().Draw(t, "right hash")
				d := desk{Approval: approval}
				c := d.consent(by.Person)
				if by.Person == "ann2" {
					c.Device = "device of ann"
				}
				if !right {
					c.Hash = evidence.HashOf([]byte("other"))
				}
				want := right && !over && now.Before(ends) && len(agreed) < needed &&
					(by.Person == "ann" && !agreed["ann"] || by.Person == "fay" && agreed["ann"] && !agreed["fay"])
				if err := do(by, control.Agree{Consent: c}); (err == nil) != want {
					t.Fatalf("%s agrees: %v, the model says %v", by, err, want)
				}
				if want {
					agreed[by.Person] = true
				}
			},
			"use": func(t *rapid.T) {
				by, i := who.Draw(t, "by"), release()
				altered := rapid.IntRange(0, 3).Draw(t, "altered") == 0
				if altered {
					i.Amount++
				}
				reached := !over && len(agreed) == needed && now.Before(ends) && by.Person == "ann"
				err := do(by, control.Use{Now: i, By: by.Person})
				if want := reached && !altered; (err == nil) != want {
					t.Fatalf("%s uses it: %v, the model says %v", by, err, want)
				}
				if fault.CodeOf(err) == "control.changed" != (reached && altered) && err != nil {
					t.Fatalf("%s uses it altered: %v", by, err)
				}
				if reached {
					over = true
				}
				if err == nil {
					used++
				}
			},
			"decline": func(t *rapid.T) {
				by := who.Draw(t, "by")
				want := !over && (by.Person == "fay" || by.Person == "ann2")
				if rapid.IntRange(0, 9).Draw(t, "rare") > 0 && want {
					return
				}
				if err := do(by, control.Decline{Person: by.Person}); (err == nil) != want {
					t.Fatalf("%s declines: %v, the model says %v", by, err, want)
				}
				over = over || want
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 240).Draw(t, "minutes")) * time.Minute / 4)
			},
			"": func(t *rapid.T) {
				if used > 1 || (approval.Stage == control.Used) != (used == 1) {
					t.Fatalf("%s after %d uses", approval.Stage, used)
				}
				if ended := approval.Stage != control.Asked && approval.Stage != control.Approved; ended != over {
					t.Fatalf("%s, the model says over: %v", approval.Stage, over)
				}
			},
		})
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("approval_asked", []byte(`{"id":"a","intent":{"action":"release","details":[{"name":"a","value":"b"}],"expires":"2026-03-01T12:00:00Z"},"hash":"`+evidence.Hash{}.String()+`","needed":2,"alone":false}`))
	f.Add("approval_given", []byte(`{"consent":{"person":"a","hash":"00","assertion":{"credential_id":"AA=="}}}`))
	f.Add("approval_void", []byte(`{"why":"amount"}`))
	f.Add("approval_burnt", []byte(`{}`))
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		e, err := control.Decode(kind, payload)
		if (err == nil) != (e != nil && e.Kind() == kind) || err != nil && (fault.CodeOf(err) != "control.bad_event" || fault.KindOf(err) != fault.Internal) {
			t.Fatalf("%v, %v", e, err)
		}
		if err == nil {
			control.Approval{}.Apply(e, noon()).Over(noon())
		}
	})
}

// FuzzAgree feeds an authenticator's bytes, which come from outside.
func FuzzAgree(f *testing.F) {
	d := asked(&testing.T{}, 1)
	good := assertion("ann", d.Hash)
	f.Add(good.ClientDataJSON, good.AuthenticatorData)
	f.Add([]byte(`{"type":1,"challenge":null}`), []byte{0})
	f.Fuzz(func(t *testing.T, client, authenticator []byte) {
		d := asked(t, 1)
		c := d.consent("ann")
		c.Assertion.ClientDataJSON, c.Assertion.AuthenticatorData = client, authenticator
		_, err := control.Decide(d.Approval, control.Agree{Consent: c}, ann(), d.now)
		if code := fault.CodeOf(err); err != nil && code != "control.bad_assertion" && code != "control.other_intent" {
			t.Fatal(err)
		}
	})
}
