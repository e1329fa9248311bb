package deal_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

var update = flag.Bool("update", false, "write the transcripts again from what the program answers")

// TestTranscripts plays every testdata/*.txt. A line that starts with ">" is a
// command: who, what, and key=value payload; "> at +3d" and "> at clock=NAME+1us"
// set the time. What follows up to the next command is what the deal answered.
// Lines with "#" are for the reader.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("%s differs; read the difference, then run with -update\n%s", file, firstDifference(got, string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

// stage plays one transcript.
type stage struct {
	bench
	out strings.Builder
}

func play(t *testing.T, script string) string {
	t.Helper()
	p := &stage{bench: bench{t: t, state: deal.State{ID: "d1"}, now: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}}
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\n")
		words := strings.Fields(strings.TrimPrefix(line, ">"))
		switch {
		case strings.HasPrefix(line, "#") || line == "":
			fmt.Fprintln(&p.out, line)
		case !strings.HasPrefix(line, ">") || len(words) < 2:
			continue // an old answer
		case words[0] == "at":
			fmt.Fprintln(&p.out, line)
			p.set(words[1])
		default:
			fmt.Fprintln(&p.out, line)
			p.play(words[0], words[1], payload(words[2:]))
		}
	}
	return p.out.String()
}

func payload(words []string) map[string]string {
	out := map[string]string{}
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		out[key] = value
	}
	return out
}

// set moves the time: +3d, +2h, or clock=inspection+1us.
func (p *stage) set(word string) {
	p.t.Helper()
	if name, ok := strings.CutPrefix(word, "clock="); ok {
		name, shift, _ := strings.Cut(name, "+")
		p.now = p.deadline(deal.ClockName(name))
		word = "+" + shift
	}
	word = strings.TrimPrefix(word, "+")
	if days, ok := strings.CutSuffix(word, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil {
			p.t.Fatal(err)
		}
		p.now = p.now.Add(time.Duration(n) * day)
		return
	}
	if word == "" {
		return
	}
	span, err := time.ParseDuration(word)
	if err != nil {
		p.t.Fatal(err)
	}
	p.now = p.now.Add(span)
}

func (p *stage) actor(name string) identity.Actor {
	switch name {
	case "buyer":
		return buyer()
	case "seller":
		return seller()
	case "stranger":
		return identity.MemberOf("stranger-co", "eve")
	case "clock":
		return identity.HouseClock()
	case "mediator2":
		return identity.Actor{Office: identity.Mediator, Person: "mia"}
	case "mediator":
		return identity.Actor{Office: identity.Mediator, Person: "max"}
	}
	return office(identity.Office(name))
}

func (p *stage) play(who, what string, with map[string]string) {
	p.t.Helper()
	d, err := p.try(p.actor(who), p.command(what, with))
	if err != nil {
		fmt.Fprintf(&p.out, "  refused %s %s: %s\n", fault.KindOf(err), fault.CodeOf(err), err)
		return
	}
	p.state = d.After
	fmt.Fprintf(&p.out, "  %s %s\n", p.now.Format("2006-01-02 15:04:05.999999"), p.state.Phase)
	for _, e := range d.Events {
		fmt.Fprintf(&p.out, "  event %s%s\n", e.Kind(), brief(p.t, e))
	}
	for _, t := range d.Transfers {
		fmt.Fprintf(&p.out, "  moves %s %s to %s (%s)\n", t.Amount, t.Debit, t.Credit, t.Reason)
	}
	for _, o := range p.state.Obligations() {
		fmt.Fprintf(&p.out, "  %s\n", obligation(o))
	}
}

func obligation(o deal.Obligation) string {
	out := fmt.Sprintf("owes  %s %s", o.Who, o.What)
	if o.May {
		out = fmt.Sprintf("may   %s %s", o.Who, o.What)
	}
	if o.Ref != "" {
		out += " " + o.Ref
	}
	if !o.By.IsZero() {
		out += " by " + o.By.Format("2006-01-02 15:04:05.999999")
	}
	if o.Lapse != "" {
		out += ", else " + o.Lapse
	}
	if o.Paused {
		out += " (paused)"
	}
	return out
}

// brief is an event's payload without whole contracts and hashes.
func brief(t *testing.T, e deal.Event) string {
	t.Helper()
	switch e := e.(type) {
	case deal.Drafted, deal.OfferMade, deal.Countered, deal.ContractAgreed, deal.AmendmentProposed, deal.Amended, deal.AmendmentLapsed, dispute.Escalated:
		return ""
	case deal.Signed:
		return " by " + string(e.Signature.Side)
	case deal.ClaimRaised:
		return fmt.Sprintf(" %s by %s over %d", e.Claim.ID, e.Claim.By, e.Claim.Minor)
	case deal.MoneyMoved:
		return " " + e.Claim
	}
	doc, err := deal.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return " " + string(doc)
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// terms are the terms of every transcript with the changes that a line names.
func (p *stage) terms(with map[string]string) contract.Terms {
	t := agreed()
	if v := with["days"]; v != "" {
		t.Inspection.Days = int(number(p.t, v))
	}
	if with["partial"] == "yes" {
		t.Delivery.PartialShipments = true
	}
	if v := with["seller"]; v != "" {
		t.Seller = identity.PartyID(v)
	}
	if v := with["freight"]; v != "" {
		t.Freight = money.New(number(p.t, v), t.Currency)
		t.Tranches[1].Amount = money.New(70_000+number(p.t, v), t.Currency)
	}
	if v := with["deliver_by"]; v != "" {
		t.Delivery.DeliverBy = contract.Date(v)
	}
	return t
}

func (p *stage) command(what string, with map[string]string) deal.Command {
	p.t.Helper()
	sum := func(key string) int64 { return number(p.t, with[key]) }
	switch what {
	case "draft":
		return deal.WriteDraft{Terms: p.terms(with), Rules: deal.DefaultRules()}
	case "offer":
		return deal.MakeOffer{}
	case "counter":
		return deal.Counter{Terms: p.terms(with)}
	case "amend":
		return deal.Amend{Terms: p.terms(with)}
	case "sign":
		return deal.Sign{Hash: p.hash(with["hash"])}
	case "withdraw":
		return deal.Withdraw{Reason: with["reason"]}
	case "cancel":
		return deal.CancelByBoth{Reason: with["reason"]}
	case "fund":
		return deal.Fund{Deposit: deal.Deposit{ID: with["id"], Rail: "sandbox", Minor: sum("minor")}}
	case "ship":
		return deal.Ship{ConsignmentID: with["id"], Carrier: "post", TrackingNumber: "RR" + with["id"], Final: with["final"] != "no", NumberReused: with["reused"] == "yes"}
	case "scan":
		at := p.now
		if v := with["shift"]; v != "" {
			span, err := time.ParseDuration(v)
			if err != nil {
				p.t.Fatal(err)
			}
			at = at.Add(span)
		}
		return deal.Track{ConsignmentID: with["id"], Event: shipment.Event{Stage: shipment.Stage(with["stage"]), At: at, Place: strings.ReplaceAll(with["place"], "_", " ")}}
	case "received":
		return deal.ConfirmReceipt{}
	case "accept":
		return deal.Accept{}
	case "extend":
		return deal.ExtendInspection{Days: int(sum("days"))}
	case "claim":
		reason := dispute.Reason(with["reason"])
		if reason == "" {
			reason = dispute.QualityDefect
		}
		return deal.RaiseClaim{ClaimID: with["id"], Reason: reason, Minor: sum("minor"), Demand: dispute.Division{ToBuyer: sum("demand")}, Statement: "Not what was agreed."}
	case "freeze":
		return deal.Freeze{Case: with["case"]}
	case "unfreeze":
		return deal.Unfreeze{Case: with["case"]}
	case "outage":
		return deal.RecordOutage{From: p.now.Add(-time.Duration(sum("hours")) * time.Hour), To: p.now}
	case "lapse":
		return deal.Lapse{Clock: deal.ClockName(with["clock"]), Ref: with["ref"]}
	}
	return deal.Conduct{ClaimID: with["id"], Step: p.step(what, with)}
}

func (p *stage) hash(word string) evidence.Hash {
	switch {
	case word == "old":
		return hash(1)
	case p.state.Amendment != nil:
		return p.state.Amendment.Hash
	}
	return p.state.TermsHash
}

func (p *stage) step(what string, with map[string]string) dispute.Command {
	p.t.Helper()
	split := dispute.Division{ToBuyer: number(p.t, with["to_buyer"]), WithReturn: with["return"] == "yes"}
	steps := map[string]dispute.Command{
		"claim_offer":     dispute.MakeOffer{Division: split},
		"take":            dispute.TakeOffer{Number: int(number(p.t, with["number"]))},
		"escalate":        dispute.Escalate{},
		"assign":          dispute.AssignMediator{Mediator: identity.PersonID(with["mediator"])},
		"propose":         dispute.Propose{Division: split},
		"rule":            dispute.Rule{Division: split, Reasons: "As the evidence shows."},
		"appeal":          dispute.Appeal{Grounds: "New evidence."},
		"return_shipped":  dispute.ReturnShipped{TrackingNumber: "RR9"},
		"return_received": dispute.ReturnReceived{},
		"drop":            dispute.Drop{},
	}
	if !slices.Contains([]string{"claim_offer", "take", "escalate", "assign", "propose", "rule", "appeal", "return_shipped", "return_received", "drop"}, what) {
		p.t.Fatalf("no command %q", what)
	}
	return steps[what]
}
