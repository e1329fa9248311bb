package assurance

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
	"fondaco/internal/trade/treasury"
)

// DefaultChecks are the probabilities from which the house looks and holds, unless
// its administrator sets others. How they were chosen stands in docs/benchmarks.md.
func DefaultChecks() compliance.Rules { return compliance.Rules{ReviewBps: 3500, BlockBps: 8500} }

func (h *House) checkRules() compliance.Rules {
	if h.cfg.Checks != nil {
		return *h.cfg.Checks
	}
	return DefaultChecks()
}

// askCheck orders a check of a party in the same commit.
func (u *unit) askCheck(o CheckOrder) error {
	if !u.house.Screens() || o.Party == "" {
		return nil
	}
	return u.send(TopicCheck, fmt.Sprintf("check/%s/%s/%d", o.Trigger, u.house.cfg.NewID(), len(u.messages)), o)
}

// Check carries out an ordered check.
func (h *House) Check(ctx context.Context, o CheckOrder) error {
	if !h.Screens() {
		return nil
	}
	mark, err := h.check(ctx, o, nil)
	if err != nil {
		return err
	}
	return h.cfg.Store.MarkChecked(ctx, []CheckMark{mark})
}

// check looks for everybody of a party on the lists, or on a part of them, and
// makes cases of what it finds. The mark says how many findings were new.
func (h *House) check(ctx context.Context, o CheckOrder, only *screening.Index) (CheckMark, error) {
	mark := CheckMark{Party: o.Party, Trigger: o.Trigger, At: h.Now()}
	now, err := h.lists(ctx)
	if err != nil {
		return mark, err
	}
	mark.Mark = now.mark
	if only == nil {
		if len(now.rows) == 0 && len(h.cfg.Watchlists.Sources()) > 0 {
			return mark, cannotCheck() // a new house has not read its lists yet: nobody is let through meanwhile
		}
		only = now.index
	}
	subjects, err := h.subjects(ctx, o)
	if err != nil {
		return mark, err
	}
	var cases []compliance.Case
	var settled func(compliance.Pair) bool
	for _, s := range subjects {
		found := findings(only.Search(s.Query(), screening.HitsMax))
		if h.checkRules().Weigh(s, found, nil).Outcome == compliance.Clear {
			continue
		}
		if settled == nil { // read only for who resembles somebody: there may be many
			if cases, err = h.casesOf(ctx, o.Party); err != nil {
				return mark, err
			}
			settled = compliance.Settled(cases, h.Now())
		}
		verdict := h.checkRules().Weigh(s, found, settled)
		if verdict.Outcome == compliance.Clear {
			continue
		}
		n, err := h.report(ctx, o, s, verdict, cases, now.mark)
		if err != nil {
			return mark, err
		}
		mark.Found += n
	}
	return mark, nil
}

// report brings findings into the subject's case, or makes one. What a case asks
// about already is not asked again.
func (h *House) report(ctx context.Context, o CheckOrder, s compliance.Subject, v compliance.Verdict, cases []compliance.Case, mark int64) (int, error) {
	hold, trigger := v.Outcome == compliance.Block, compliance.Trigger(o.Trigger)
	news := v.Findings
	var open *compliance.Case
	var steps int64 // of all cases of the subject
	for i := range cases {
		c := &cases[i]
		if c.Subject.Fingerprint() != s.Fingerprint() {
			continue
		}
		news = c.News(s, news)
		steps += c.Version
		if c.Undecided() && len(c.Matters)+len(news) <= compliance.FindingsMax {
			open = c
		}
	}
	if len(news) == 0 {
		return 0, nil
	}
	if open != nil {
		err := h.stepCase(ctx, Call{By: identity.HouseClock()}, open.ID, compliance.Add{Subject: s, Trigger: trigger, Findings: news, Hold: hold, Deal: o.Deal})
		if fault.CodeOf(err) == "compliance.nothing_new" {
			return 0, nil // another node has found the same meanwhile
		}
		return len(news), err
	}
	id := h.cfg.NewID()
	pairs := make([]compliance.Pair, len(news))
	for i, f := range news {
		pairs[i] = f.Pair(s)
	}
	doc, err := evidence.Canonical(pairs)
	if err != nil {
		return 0, err
	}
	// Two nodes that find the same at the same time make one case. What was decided
	// since, and is not remembered, is found again.
	call := Call{By: identity.HouseClock(), Key: fmt.Sprintf("check:%s:%d:%d", evidence.HashOf(doc), mark, steps)}
	opening := compliance.Open{Subject: s, Trigger: trigger, Findings: news, Hold: hold, Deal: o.Deal}
	_, err = h.do(ctx, ask{call: call, command: opening.Name(), stream: "", input: pairs, run: func(u *unit) (*Receipt, error) {
		return u.stepCase(compliance.Case{ID: id}, opening)
	}})
	return len(news), err
}

// subjects are the names of a party that are checked: its own, those of the people
// behind it and of its members who sign, and those of its payout accounts.
func (h *House) subjects(ctx context.Context, o CheckOrder) ([]compliance.Subject, error) {
	row, err := h.cfg.Store.Party(ctx, o.Party)
	if err != nil {
		return nil, err
	}
	company, err := row.Organisation()
	if err != nil {
		return nil, err
	}
	var all []compliance.Subject
	seen, names := map[string]bool{}, map[string]bool{}
	add := func(s compliance.Subject) {
		s.Party = o.Party
		s = s.Searchable()
		if s.Check() != nil || s.Query().Normal() != nil { // a name that says nothing can be looked for nowhere
			return
		}
		print, name := s.Fingerprint(), strings.ToLower(strings.Join(strings.Fields(s.Name), " "))
		again := names[name] && (s.Capacity == compliance.Payee || s.Capacity == compliance.Payer) // who is paid, or pays, under a name that is asked about already
		if !seen[print] && !again {
			seen[print], names[name] = true, true
			all = append(all, s)
		}
	}
	h.companySubjects(company, add)
	people, err := h.cfg.Store.Persons(ctx, PersonQuery{Party: o.Party, Limit: identity.MembersMax})
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if identity.May(identity.Actor{Office: identity.Member, Party: p.Party, Person: p.ID, Role: p.Role}, identity.ToSign) {
			add(compliance.Subject{Capacity: compliance.Signatory, Name: p.Name, Kind: screening.Person, Person: p.ID})
		}
	}
	for _, stage := range []treasury.AccountStage{treasury.Proposed, treasury.Waiting, treasury.Current} {
		rows, err := h.cfg.Store.PayoutAccountRows(ctx, PayoutAccountQuery{Party: o.Party, Stage: string(stage), Limit: pageMax})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			a, err := r.account()
			if err != nil {
				return nil, err
			}
			add(compliance.Subject{Capacity: compliance.Payee, Name: a.Holder, Kind: screening.Any, Countries: countries(a.Country)})
		}
	}
	if o.Payer != "" {
		add(compliance.Subject{Capacity: compliance.Payer, Name: o.Payer, Kind: screening.Any})
	}
	return all, nil
}

func (h *House) companySubjects(o identity.Organisation, add func(compliance.Subject)) {
	p := o.Profile
	s := compliance.Subject{Capacity: compliance.Company, Kind: screening.Organisation, Countries: countries(cmp.Or(p.Country, o.Party.Country))}
	for _, i := range []compliance.Identifier{
		{Type: "registration", Value: cmp.Or(p.Registration, o.Party.Registration), Country: cmp.Or(p.Country, o.Party.Country)},
		{Type: "lei", Value: p.LEI},
		{Type: "tax", Value: p.VAT},
	} {
		if i.Value != "" {
			s.Identifiers = append(s.Identifiers, i)
		}
	}
	for _, name := range append([]string{o.Party.LegalName, p.LegalName}, p.OtherNames...) {
		s.Name = name
		add(s)
	}
	capacities := map[identity.Capacity]compliance.Capacity{
		identity.BeneficialOwner: compliance.Owner, identity.Director: compliance.Director, identity.Signatory: compliance.Signatory,
	}
	for _, c := range p.People {
		for _, name := range []string{c.Name, c.LocalName} {
			add(compliance.Subject{Capacity: capacities[c.Capacity], Name: name, Kind: screening.Person, Births: births(c.Birth), Countries: countries(c.Country)})
		}
	}
}

func countries(code string) []string {
	if code == "" {
		return nil
	}
	return []string{code}
}

// births reads a date as identity.Controller writes it.
func births(s string) []compliance.Date {
	if s == "" {
		return nil
	}
	var n [3]int
	for i, part := range strings.SplitN(s, "-", 3) {
		n[i], _ = strconv.Atoi(part) // the profile was checked when it was handed in
	}
	return []compliance.Date{{Year: n[0], Month: n[1], Day: n[2]}}
}

func findings(hits []screening.Hit) []compliance.Finding {
	out := make([]compliance.Finding, len(hits))
	for i, hit := range hits {
		out[i] = compliance.FindingOf(hit)
	}
	return out
}

// casesOf reads every case about a party, newest first.
func (h *House) casesOf(ctx context.Context, party identity.PartyID) ([]compliance.Case, error) {
	var all []compliance.Case
	for before := ""; ; {
		rows, err := h.cfg.Store.CheckCases(ctx, CaseQuery{Party: party, Before: before, Limit: pageMax})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			c, err := r.Case()
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
		if len(rows) < pageMax {
			return all, nil
		}
		before = rows[len(rows)-1].ID
	}
}

// Case reads the case behind the row.
func (r CaseRow) Case() (c compliance.Case, err error) {
	if err := json.Unmarshal(r.Body, &c); err != nil {
		return c, fault.New(fault.Internal, "compliance.row", "A case cannot be read.").Because(err)
	}
	return c, nil
}

// goesOn asks, before terms are put forward or signed, whether the standing of both
// sides allows them; and before a signature it checks both companies, so that
// whoever is found cannot sign.
func (h *House) goesOn(ctx context.Context, by identity.Actor, id deal.ID, c deal.Command) error {
	if by.Office != identity.Member || !h.Screens() && h.cfg.Limits == nil {
		return nil
	}
	signs := false
	switch c := c.(type) {
	case deal.Counter:
		return h.withinLimits(ctx, c.Terms)
	case deal.Amend:
		return h.withinLimits(ctx, c.Terms)
	case deal.Sign:
		signs = true
	case deal.MakeOffer:
	default:
		return nil
	}
	s, err := h.Deal(ctx, by, id)
	if err != nil {
		return nil //nolint:nilerr // the command itself will say what is wrong
	}
	if err := h.withinLimits(ctx, s.Terms); err != nil || !signs {
		return err
	}
	return h.checkSides(ctx, s)
}

func (h *House) checkSides(ctx context.Context, s deal.State) error {
	if !h.Screens() {
		return nil
	}
	var marks []CheckMark
	for _, party := range []identity.PartyID{s.Terms.Buyer, s.Terms.Seller} {
		mark, err := h.check(ctx, CheckOrder{Party: party, Trigger: string(compliance.AtSignature), Deal: string(s.ID)}, nil)
		if err != nil {
			return cannotCheck().Because(err)
		}
		marks = append(marks, mark)
	}
	if err := h.cfg.Store.MarkChecked(ctx, marks); err != nil { // together: each write keeps the commits of others waiting
		return cannotCheck().Because(err)
	}
	return nil
}

func cannotCheck() *fault.Error {
	return fault.New(fault.Unavailable, "house.cannot_check", "The house cannot carry out a check that this needs. Try again in a few minutes; nothing is lost.")
}

// mayBePaid refuses a payout while the company is held. It asks on a node without
// lists too: whoever is held is held everywhere.
func (u *unit) mayBePaid(party identity.PartyID) error {
	o, err := u.organisation(party)
	if err == nil && o.Held() {
		err = payoutsHeld()
	}
	return err
}

func payoutsHeld() error {
	return fault.New(fault.Refused, "treasury.routine_check", "Payouts of this company wait while the house goes through its routine checks. The money stays in its account.")
}

// mayBind refuses a signature while either company is held. The words are the
// same for both sides, and do not say why. That both have passed is a fact of the
// same kind as a hold, so that the kind tells nobody which it was.
func (u *unit) mayBind(s deal.State, c deal.Command) error {
	if _, signs := c.(deal.Sign); !signs {
		return nil
	}
	for _, party := range []identity.PartyID{s.Terms.Buyer, s.Terms.Seller} {
		o, err := u.organisation(party)
		if err != nil {
			return err
		}
		if o.Held() {
			return fault.New(fault.Refused, "deal.waits", "This cannot be signed now: the house is going through its routine checks. You need do nothing. Look again tomorrow.")
		}
		if !u.house.Screens() {
			continue
		}
		if err := u.organiseAsHouse(o, identity.PassCheck{}); err != nil {
			return err
		}
	}
	return nil
}

// mayLetGo refuses that one person lets a deal go on while a case holds a company of
// it: two people decide the case, and the deal follows.
func (u *unit) mayLetGo(s deal.State, c deal.Command) error {
	if _, frees := c.(deal.Unfreeze); !frees || u.by.Office == identity.Clock {
		return nil
	}
	held, err := u.sideHeld(s)
	if err == nil && held {
		err = fault.New(fault.Refused, "deal.waits_for_case", "This deal waits for a case that is not decided. It can go on when two people have decided the case.")
	}
	return err
}
