package web

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// proofView is one fact of the log with what shows that it is there.
type proofView struct {
	assurance.EntryProof
	Entry    string // the bytes that are hashed
	Leaf     evidence.Hash
	Salt     string
	Payload  string // laid out for reading
	Raw      string // as hashed
	Holds    bool   // the proof was checked while this page was made
	Actor    string
	Sentence string
	Back     *ui.Link
}

func (s *site) proofPage(v *visit) (reply, error) {
	n, err := strconv.ParseInt(v.path("sequence"), 10, 64)
	if err != nil {
		return reply{}, noSuchPage()
	}
	p, err := v.house().Prove(v.ctx(), v.actor(), n, 0)
	if err != nil {
		return reply{}, err
	}
	if !p.Disclosed {
		return reply{}, noSuchPage() // a stranger learns nothing of what is not theirs
	}
	entry := p.Record.Entry()
	view := proofView{EntryProof: p, Entry: string(entry.Bytes()), Leaf: entry.Leaf(), Salt: hex.EncodeToString(p.Record.Salt[:]), Raw: string(p.Record.Payload)}
	view.Holds = evidence.VerifyInclusion(view.Leaf, n, p.Size, p.Root, p.Proof) == nil
	var laid bytes.Buffer
	if json.Indent(&laid, p.Record.Payload, "", "  ") == nil {
		view.Payload = laid.String()
	}
	if actor, err := identity.ParseActor(p.Record.Actor); err == nil {
		view.Actor = v.doer(actor)
	}
	if err := v.placeProof(&view); err != nil {
		return reply{}, err
	}
	return show(v.T("proof.title", "Number", v.Words.Number(n)), proofPageView(v, view))
}

// placeProof tells the fact in words when it belongs to a deal.
func (v *visit) placeProof(view *proofView) error {
	view.Sentence = v.T("proof.other", "Kind", view.Record.Kind)
	id, ok := dealOf(view.Record.Stream)
	if !ok {
		return nil
	}
	st, err := v.house().Deal(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	f, err := assurance.FactOf(view.Record, v.actor())
	if err != nil {
		return err
	}
	t := v.tell(st, f)
	view.Sentence = v.T("event."+t.key, t.args...)
	view.Back = &ui.Link{Label: st.Terms.Title, Href: "/deals/" + string(id)}
	return nil
}
