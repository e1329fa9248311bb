package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"fondaco/internal/trade/identity"
)

// Log is where the evidence log ends.
type Log struct {
	Size       int64  `json:"size" doc:"Facts in the log" example:"4714"`
	Checkpoint string `json:"checkpoint" doc:"Where the signed checkpoint is" example:"/checkpoint"`
}

// Entry is the public part of one fact.
type Entry struct {
	Sequence   int64  `json:"sequence" example:"4711"`
	Stream     string `json:"stream" example:"deal:0198c0de-7a3c-7cc0-8000-000000000002"`
	Version    int64  `json:"version" example:"3"`
	Kind       string `json:"kind" example:"signed"`
	At         string `json:"at" format:"date-time" example:"2027-03-02T12:00:00.000000Z"`
	Actor      string `json:"actor" example:"member/0198c0de-7a3c-7cc0-8000-000000000004/0198c0de-7a3c-7cc0-8000-000000000003"`
	Commitment string `json:"commitment" doc:"Salted SHA-256 of the payload" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
}

// EntryProof proves that a fact is in the log (RFC 6962).
type EntryProof struct {
	Entry     Entry    `json:"entry"`
	Bytes     string   `json:"bytes" doc:"The entry's one encoding, in base64" example:"Zm9uZGFjby9lbnRyeS92MQo="`
	Leaf      string   `json:"leaf" doc:"Hash of the leaf"`
	Size      int64    `json:"size" doc:"Of the log that is proved against" example:"4714"`
	Root      string   `json:"root" doc:"Of that log"`
	Proof     []string `json:"proof" doc:"Audit path, from the leaf up"`
	Disclosed bool     `json:"disclosed" doc:"Salt and payload are for whoever may read the stream"`
	Salt      string   `json:"salt,omitempty" doc:"base64"`
	Payload   string   `json:"payload,omitempty" doc:"Canonical JSON, in base64"`
}

// Consistency proves that the log of size from is the beginning of the log of size to.
type Consistency struct {
	From  int64    `json:"from" example:"4000"`
	To    int64    `json:"to" example:"4714"`
	Proof []string `json:"proof"`
}

func (s *server) evidence() {
	add(s, operation{
		id: "get-log", method: http.MethodGet, path: "/v1/log", tag: "evidence", access: anybody, scope: anyKey, summary: "The size of the evidence log",
	}, func(ctx context.Context, _ caller, _ *nothing) (*struct{ Body Log }, error) {
		size, err := s.house.LogSize(ctx)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Log }{Log{Size: size, Checkpoint: s.cfg.PublicURL + "/checkpoint"}}, nil
	})
	add(s, operation{
		id: "prove-entry", method: http.MethodGet, path: "/v1/log/entries/{seq}", tag: "evidence", access: anybody, scope: anyKey,
		summary: "One fact with its inclusion proof", doc: "The entry is public. Its payload is for those who may read the stream.",
	}, s.proveEntry)
	add(s, operation{
		id: "prove-consistency", method: http.MethodGet, path: "/v1/log/consistency", tag: "evidence", access: anybody, scope: anyKey,
		summary: "Proof that the log has only grown",
	}, func(ctx context.Context, _ caller, in *struct {
		From int64 `query:"from" required:"true" minimum:"0" example:"4000"`
		To   int64 `query:"to" required:"true" minimum:"0" example:"4714"`
	},
	) (*struct{ Body Consistency }, error) {
		proof, err := s.house.ProveConsistency(ctx, in.From, in.To)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Consistency }{Consistency{From: in.From, To: in.To, Proof: hashes(proof)}}, nil
	})
}

func (s *server) proveEntry(ctx context.Context, c caller, in *struct {
	Sequence int64 `path:"seq" minimum:"0" doc:"From 0" example:"4711"`
	Size     int64 `query:"size" minimum:"0" doc:"Of the log to prove against; the newest if left out"`
},
) (*struct{ Body EntryProof }, error) {
	by := c.By
	if by.Office == "" {
		by = identity.Actor{} // nobody in particular, who reads what everybody may
	}
	p, err := s.house.Prove(ctx, by, in.Sequence, in.Size)
	if err != nil {
		return nil, err
	}
	e := p.Record.Entry()
	out := EntryProof{
		Entry: Entry{
			Sequence: e.Sequence, Stream: e.Stream, Version: e.Version, Kind: e.Kind, At: stamp(e.At), Actor: e.Actor, Commitment: e.Commitment.String(),
		},
		Bytes: base64.StdEncoding.EncodeToString(e.Bytes()), Leaf: e.Leaf().String(), Size: p.Size, Root: p.Root.String(), Proof: hashes(p.Proof),
	}
	if p.Disclosed && (!forStaffOnly(e.Kind) || by.Office.Staff()) {
		out.Disclosed = true
		out.Salt = base64.StdEncoding.EncodeToString(p.Record.Salt[:])
		out.Payload = base64.StdEncoding.EncodeToString(p.Record.Payload)
	}
	return &struct{ Body EntryProof }{out}, nil
}
