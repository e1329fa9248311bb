package control_test

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// noon is when every test begins.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func member(p identity.PersonID, r identity.Role) identity.Actor {
	return identity.Actor{Office: identity.Member, Party: "acme", Person: p, Role: r}
}

func ann() identity.Actor { return member("ann", identity.Owner) }
func fay() identity.Actor { return member("fay", identity.Finance) }

func release() control.Intent {
	return control.Intent{
		Action: control.Release, Subject: "deal:d1", Version: 7, Amount: 125_000, Currency: "USD", Payee: "Ningbo Brass Co., Ltd.",
		Details: []control.Detail{{Name: "tranche", Value: "1"}, {Name: "claim", Value: ""}}, Party: "acme", Person: "ann", Nonce: "0123456789abcdef",
	}
}

// desk is an approval under test: it decides, folds, and reads back what it
// decided as the log would.
type desk struct {
	t   *testing.T
	now time.Time
	control.Approval
}

func setup(t *testing.T) *desk {
	t.Helper()
	return &desk{t: t, now: noon(), Approval: control.Approval{ID: "a1"}}
}

// asked is a desk where ann has asked for a release by so many persons.
func asked(t *testing.T, needed int) *desk {
	t.Helper()
	d := setup(t)
	d.must(ann(), control.Ask{Intent: release(), Needed: needed})
	return d
}

func (d *desk) try(by identity.Actor, c control.Command) error {
	d.t.Helper()
	events, err := control.Decide(d.Approval, c, by, d.now)
	for _, e := range events {
		payload, failed := json.Marshal(e)
		if failed != nil {
			d.t.Fatal(failed)
		}
		read, failed := control.Decode(e.Kind(), payload)
		if failed != nil || !reflect.DeepEqual(read, e) {
			d.t.Fatalf("%s is written as %s and read as %+v, %v", e.Kind(), payload, read, failed)
		}
		d.Approval = d.Apply(read, d.now)
	}
	if err == nil && len(events) != 1 {
		d.t.Fatalf("%s is granted with %d events", c.Name(), len(events))
	}
	return err
}

func (d *desk) must(by identity.Actor, c control.Command) {
	d.t.Helper()
	if err := d.try(by, c); err != nil {
		d.t.Fatalf("%s by %s: %v", c.Name(), by, err)
	}
}

// refused wants the code, and that nothing has happened.
func (d *desk) refused(by identity.Actor, c control.Command, code string) {
	d.t.Helper()
	version := d.Version
	err := d.try(by, c)
	if fault.CodeOf(err) != code || d.Version != version {
		d.t.Errorf("%s by %s: %v, want %s", c.Name(), by, err, code)
	}
}

// consent is p's yes with a passkey of his own, on a device of his own.
func (d *desk) consent(p identity.PersonID) control.Consent {
	return control.Consent{Person: p, Name: "Name of " + string(p), Device: "device of " + string(p), Method: control.Passkey, Hash: d.Hash, Assertion: assertion(p, d.Hash)}
}

// code is p's yes with a code, on a device of his own.
func (d *desk) code(p identity.PersonID) control.Consent {
	c := d.consent(p)
	c.Method, c.Assertion = control.TOTP, nil
	return c
}

func assertion(p identity.PersonID, h evidence.Hash) *control.Assertion {
	client, _ := json.Marshal(map[string]any{
		"type": "webauthn.get", "challenge": base64.RawURLEncoding.EncodeToString(h[:]), "origin": "https://house.example", "crossOrigin": false,
	})
	rp := evidence.HashOf([]byte("house.example"))
	return &control.Assertion{
		CredentialID: []byte("credential of " + p), ClientDataJSON: client, AuthenticatorData: append(rp[:], 0x05, 0, 0, 0, 1),
		Signature: []byte{1}, PublicKey: []byte("key of " + p), Algorithm: -7, RPID: "house.example", Origin: "https://house.example",
	}
}
