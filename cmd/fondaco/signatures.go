package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/passkey"
	"fondaco/internal/store"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
)

const streamsPage = 500

// signatureCheck verifies every signature by passkey that the log holds: that it is
// over the hash of its approval's intent, and by the key that is kept beside it.
func signatureCheck(ctx context.Context, s *store.Store) (assurance.Check, error) {
	c := assurance.Check{Name: "every approval was signed as it says", OK: true}
	for after := ""; ; {
		streams, err := s.Streams(ctx, "approval:", after, streamsPage)
		if err != nil || len(streams) == 0 {
			return c, err
		}
		for _, stream := range streams {
			records, err := s.Records(ctx, stream, 0)
			if err != nil {
				return c, err
			}
			checkApproval(&c, stream, records)
		}
		after = streams[len(streams)-1]
	}
}

func checkApproval(c *assurance.Check, stream string, records []assurance.Record) {
	bad := func(why string) {
		if c.OK {
			c.Detail = stream + ": " + why
		}
		c.OK = false
	}
	var hash evidence.Hash
	for _, r := range records {
		e, err := control.Decode(r.Kind, r.Payload)
		if err != nil {
			bad(fault.Of(err).Trace())
			continue
		}
		switch e := e.(type) {
		case control.ApprovalAsked:
			hash = e.Hash
			if of, err := e.Intent.Hash(); err != nil || of != e.Hash {
				bad("its hash is not that of what is said to be signed")
			}
		case control.ApprovalGiven:
			c.Counted++
			if e.Consent.Hash != hash {
				bad("somebody agreed to something else")
			}
			if a := e.Consent.Assertion; a != nil {
				if err := passkey.VerifyAssertion(*a, hash); err != nil {
					bad(fault.Of(err).Message)
				}
			}
		}
	}
}

// verifyApprovalCommand checks a signed approval without any house: from the JSON
// of GET /v1/approvals/{id}, as a party, a court or an auditor may hold it.
type verifyApprovalCommand struct {
	File string `arg:"" help:"The approval as JSON, from GET /v1/approvals/{id}." type:"existingfile"`
	JSON bool   `name:"json" help:"Answer in JSON."`
}

// signedApproval is what of the document is signed.
type signedApproval struct {
	Intent   string `json:"intent"`
	Hash     string `json:"hash"`
	Consents []struct {
		Person    string `json:"person"`
		Name      string `json:"name"`
		Method    string `json:"method"`
		Assertion *struct {
			CredentialID      string `json:"credential_id"`
			ClientDataJSON    string `json:"client_data_json"`
			AuthenticatorData string `json:"authenticator_data"`
			Signature         string `json:"signature"`
			PublicKey         string `json:"public_key"`
			Algorithm         int64  `json:"algorithm"`
			RPID              string `json:"rp_id"`
			Origin            string `json:"origin"`
		} `json:"assertion"`
	} `json:"consents"`
}

// signatureVerdict is what was found about one consent.
type signatureVerdict struct {
	Person    string `json:"person"`
	Name      string `json:"name"`
	Method    string `json:"method"`
	Verified  bool   `json:"verified"` // a passkey signed exactly this
	Origin    string `json:"origin,omitempty"`
	PublicKey string `json:"public_key_sha256,omitempty"`
	Why       string `json:"why,omitempty"` // of not verified
}

// Run prints what was signed, and whether each signature is over exactly that.
func (c *verifyApprovalCommand) Run(con *console) error {
	doc, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	var a signedApproval
	if err := json.Unmarshal(doc, &a); err != nil || a.Intent == "" {
		return fault.New(fault.Invalid, "verify.no_approval", "This file is no approval as the house gives it out.").Because(err)
	}
	hash := evidence.HashOf([]byte(a.Intent))
	verdicts, good := a.verify(hash)
	good = good && hash.String() == a.Hash
	if c.JSON {
		out := json.NewEncoder(con.out)
		out.SetIndent("", "  ")
		if err := out.Encode(map[string]any{"ok": good, "intent": json.RawMessage(a.Intent), "hash": hash.String(), "signatures": verdicts}); err != nil {
			return err
		}
	} else {
		tellApproval(con, a, hash, verdicts)
	}
	if !good {
		return errFound
	}
	return nil
}

func (a signedApproval) verify(hash evidence.Hash) (verdicts []signatureVerdict, good bool) {
	good = true
	for _, consent := range a.Consents {
		v := signatureVerdict{Person: consent.Person, Name: consent.Name, Method: consent.Method}
		if consent.Assertion == nil {
			v.Why = "a code, which only the house could check"
			verdicts = append(verdicts, v)
			continue
		}
		k := consent.Assertion
		kept := control.Assertion{Algorithm: k.Algorithm, RPID: k.RPID, Origin: k.Origin}
		for _, part := range []struct {
			text string
			into *[]byte
		}{
			{k.CredentialID, &kept.CredentialID},
			{k.ClientDataJSON, &kept.ClientDataJSON},
			{k.AuthenticatorData, &kept.AuthenticatorData},
			{k.Signature, &kept.Signature},
			{k.PublicKey, &kept.PublicKey},
		} {
			*part.into, _ = base64.RawURLEncoding.DecodeString(part.text) // what cannot be read does not verify
		}
		v.Origin, v.PublicKey = k.Origin, evidence.HashOf(kept.PublicKey).String()
		if err := passkey.VerifyAssertion(kept, hash); err != nil {
			v.Why, good = fault.Of(err).Message, false
		} else {
			v.Verified = true
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, good
}

func tellApproval(con *console, a signedApproval, hash evidence.Hash, verdicts []signatureVerdict) {
	say(con.out, "What was signed, by its canonical form:\n%s", a.Intent)
	if hash.String() != a.Hash {
		say(con.out, "BAD   the hash that the file names is %s; that of the text is %s", a.Hash, hash)
	} else {
		say(con.out, "ok    its SHA-256 is %s", hash)
	}
	for _, v := range verdicts {
		switch {
		case v.Verified:
			say(con.out, "ok    %s (%s) signed exactly this with a passkey at %s; the SHA-256 of the key is %s", v.Name, v.Person, v.Origin, v.PublicKey)
		case v.PublicKey != "":
			say(con.out, "BAD   %s (%s): %s", v.Name, v.Person, v.Why)
		default:
			say(con.out, "look  %s (%s) agreed with %s", v.Name, v.Person, v.Why)
		}
	}
	if len(verdicts) == 0 {
		say(con.out, "look  nobody has signed it")
	}
}
