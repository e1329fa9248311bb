package assurance

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

func partyStream(id identity.PartyID) string { return "party:" + string(id) }

func foldParty(o identity.Organisation, r Record) (identity.Organisation, error) {
	e, err := identity.DecodeParty(r.Kind, r.Payload)
	if err != nil {
		return o, err
	}
	return o.Apply(e, r.At), nil
}

// organisation reads a company within a command.
func (u *unit) organisation(id identity.PartyID) (identity.Organisation, error) {
	o, err := state(u, partyStream(id), foldParty, identity.Organisation{Party: identity.Party{ID: id}})
	if err == nil && o.Version == 0 {
		err = fault.New(fault.NotFound, "party.not_found", "There is no company with this number.")
	}
	return o, err
}

// organise gives a command to a company and keeps its row and its clock.
func (u *unit) organise(o identity.Organisation, c identity.OrganisationCommand) (identity.Organisation, error) {
	decided, err := identity.DecideOrganisation(o, c, u.by, u.now)
	if err != nil {
		return o, err
	}
	stream, was := partyStream(o.Party.ID), o.VerifiedUntil
	if err := recordAs(u, u.by, stream, o.Version, decided...); err != nil {
		return o, err
	}
	for _, e := range decided {
		o = o.Apply(e, u.now)
	}
	u.put(stream, o)
	row, err := PartyViewOf(o)
	if err != nil {
		return o, err
	}
	u.rows.parties = append(u.rows.parties, row)
	u.rows.clocks = append(u.rows.clocks, ClockSet{Stream: stream, Was: oneClock(stream, "verification", was), Clocks: oneClock(stream, "verification", o.VerifiedUntil)})
	return o, nil
}

// PartyViewOf is the list row of a company: a function of its state.
func PartyViewOf(o identity.Organisation) (PartyRow, error) {
	body, err := json.Marshal(o)
	if err != nil {
		return PartyRow{}, fault.New(fault.Internal, "party.row", "A company cannot be written down.").Because(err)
	}
	return PartyRow{Party: o.Party, RegisteredAt: o.RegisteredAt, Standing: string(o.Standing), VerifiedUntil: o.VerifiedUntil, Body: string(body)}, nil
}

// Organisation reads a company with its members and rules, for its members and for
// staff; anybody else gets party.not_found and reads the public file with [House.Party].
func (h *House) Organisation(ctx context.Context, by identity.Actor, id identity.PartyID) (identity.Organisation, error) {
	if !mayReadMoney(by, id) {
		return identity.Organisation{}, fault.New(fault.NotFound, "party.not_found", "There is no company with this number.")
	}
	row, err := h.cfg.Store.Party(ctx, id)
	if err != nil {
		return identity.Organisation{}, err
	}
	o, err := row.Organisation()
	if !identity.May(by, identity.ToReadChecks) {
		o = o.Discreet()
	}
	return o, err
}

// Members lists the people of a company, for its members and for staff.
func (h *House) Members(ctx context.Context, by identity.Actor, id identity.PartyID) ([]Person, error) {
	if !mayReadMoney(by, id) {
		return nil, fault.New(fault.NotFound, "party.not_found", "There is no company with this number.")
	}
	return h.cfg.Store.Persons(ctx, PersonQuery{Party: id, Limit: identity.MembersMax})
}

// organise gives a command to a company: under an approval if it is a deed, and
// with what goes with it in the same commit.
func (h *House) organise(ctx context.Context, call Call, party identity.PartyID, c identity.OrganisationCommand, deed Deed, then func(*unit, identity.Organisation) error) (Receipt, error) {
	return h.do(ctx, ask{call: call, command: c.Name(), stream: partyStream(party), input: c, run: func(u *unit) (*Receipt, error) {
		if deed != nil {
			if err := u.authorise(deed); err != nil {
				return nil, err
			}
		}
		o, err := u.organisation(party)
		if err != nil {
			return nil, err
		}
		if o, err = u.organise(o, c); err != nil {
			return nil, err
		}
		if then != nil {
			if err := then(u, o); err != nil {
				return nil, err
			}
		}
		return &Receipt{ID: string(party), Version: o.ShownVersion(), State: string(o.Standing)}, nil
	}})
}

// inviting is what the ticket of an invitation remembers.
type inviting struct {
	Party      identity.PartyID `json:"party"`
	Office     identity.Office  `json:"office"` // of the house, where there is no party
	Invitation string           `json:"invitation"`
	Email      string           `json:"email"`
	Folded     string           `json:"folded"`
	Approval   string           `json:"approval"`
}

// Invite opens a place in the caller's company for whoever holds the mailbox. It
// is a grant of a role, so it needs an approval ([RoleDeed]).
func (h *House) Invite(ctx context.Context, call Call, email string, role identity.Role) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToMembers); err != nil {
		return Receipt{}, err
	}
	folded, err := identity.FoldEmail(email)
	if err != nil {
		return Receipt{}, fault.Of(err).At("email")
	}
	secret, err := h.secret()
	if err != nil {
		return Receipt{}, err
	}
	by, err := h.Person(ctx, call.By.Person)
	if err != nil {
		return Receipt{}, err
	}
	c := identity.Invite{ID: h.cfg.NewID(), Role: role}
	deed := RoleDeed{Email: folded, Role: role}
	return h.do(ctx, ask{call: call, command: c.Name(), stream: partyStream(call.By.Party), input: deed, run: func(u *unit) (*Receipt, error) {
		if err := u.authorise(deed); err != nil {
			return nil, err
		}
		o, err := u.organisation(call.By.Party)
		if err != nil {
			return nil, err
		}
		if o, err = u.organise(o, c); err != nil {
			return nil, err
		}
		t, err := h.ticket(secret, ticketInvite, "", inviting{Party: o.Party.ID, Invitation: c.ID, Email: strings.TrimSpace(email), Folded: folded}, identity.InvitationLife)
		if err != nil {
			return nil, err
		}
		u.tickets = append(u.tickets, t)
		m := Mail{To: strings.TrimSpace(email), Language: by.Language, Kind: MailInvite, Link: "/invitation/" + secret, Args: map[string]string{
			"Company": o.Party.LegalName, "Role": string(role), "By": by.Name,
		}}
		return &Receipt{ID: c.ID, Version: o.ShownVersion(), State: "invited"}, u.mail(m)
	}})
}

// CallOff takes back an invitation that nobody has used.
func (h *House) CallOff(ctx context.Context, call Call, invitation string) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToMembers); err != nil {
		return Receipt{}, err
	}
	return h.organise(ctx, call, call.By.Party, identity.CallOff{ID: invitation}, nil, nil)
}

// Invitation is what somebody who holds the link of an invitation may know of it.
type Invitation struct {
	Company string
	Office  identity.Office
	Role    identity.Role
	Email   string
	Known   bool // the address has an account already, which joins
}

// ReadInvitation shows an invitation to whoever holds its link.
func (h *House) ReadInvitation(ctx context.Context, secret string) (Invitation, error) {
	var i inviting
	if _, err := h.show(ctx, ticketInvite, secret, &i); err != nil {
		return Invitation{}, err
	}
	out := Invitation{Email: i.Email, Office: i.Office}
	_, known, err := h.personOf(ctx, i.Folded)
	if err != nil || i.Party == "" {
		return out, err
	}
	out.Known = known
	row, err := h.cfg.Store.Party(ctx, i.Party)
	if err != nil {
		return out, err
	}
	out.Company = row.LegalName
	o, err := row.Organisation()
	if err != nil {
		return out, err
	}
	for _, open := range o.Invitations {
		if open.ID == i.Invitation {
			out.Role = open.Role
		}
	}
	return out, nil
}

// Accept opens an account in the place that an invitation keeps, and signs in. An
// address with an account that belongs to no company joins with that account, and
// then name and password are not asked for.
func (h *House) Accept(ctx context.Context, o Origin, kind SessionKind, secret string, s SignUp) (Entrance, error) {
	var i inviting
	if _, err := h.show(ctx, ticketInvite, secret, &i); err != nil {
		return Entrance{}, err
	}
	p, known, err := h.personOf(ctx, i.Folded)
	if err != nil {
		return Entrance{}, err
	}
	if known && (p.Party != "" || p.Office != identity.Member || i.Party == "") {
		return Entrance{}, fault.New(fault.Conflict, "people.email_taken", "There is an account with this address. Sign in instead.").At("email")
	}
	var hash []byte
	if !known {
		s.Email = i.Email
		j, err := h.joining(ctx, s)
		if err != nil {
			return Entrance{}, err
		}
		hash = j.Hash
		p = h.newPerson(i.Email, i.Folded, j.Name, j.Language)
		p.Office = identity.Member
		if i.Party == "" {
			p.Office = i.Office
		}
	}
	if _, err := h.take(ctx, ticketInvite, secret, &i); err != nil {
		return Entrance{}, err
	}
	where, _ := h.where(o)
	if err := h.join(ctx, where, p, i, hash); err != nil {
		return Entrance{}, err
	}
	if known {
		return Entrance{}, nil // the account signs in as it always does
	}
	e, err := h.readEntry(ctx, p.Account)
	if err != nil {
		return Entrance{}, err
	}
	return h.admit(ctx, e, where, step{Account: p.Account, Method: account.ByPassword, Kind: kind, Risk: account.Risk{Level: account.LowRisk, Reasons: []string{"first_sign_in"}}})
}

// join writes membership (or office), person and account together.
func (h *House) join(ctx context.Context, where account.Where, p Person, i inviting, hash []byte) error {
	by := identity.Actor{Office: identity.Member, Party: i.Party, Person: p.ID}
	if i.Party == "" {
		by = identity.HouseClock() // two administrators have decided it already
	}
	_, err := h.do(ctx, ask{call: Call{By: by}, command: "join", stream: partyStream(i.Party), input: i, run: func(u *unit) (*Receipt, error) {
		e := entry{Person: p}
		var err error
		if hash == nil {
			if e, err = u.entry(p.Account); err != nil {
				return nil, err
			}
			if e.Person.Party != "" || e.Person.Office != identity.Member { // another place was taken meanwhile
				return nil, fault.New(fault.Conflict, "people.email_taken", "There is an account with this address. Sign in instead.").At("email")
			}
		}
		receipt := &Receipt{ID: string(p.ID), State: "joined"}
		if i.Party == "" {
			if err := u.appoint(p.ID, i.Office); err != nil {
				return nil, err
			}
			e.Person.Office = i.Office
		} else {
			o, err := u.organisation(i.Party)
			if err != nil {
				return nil, err
			}
			if o, err = u.organise(o, identity.Join{Invitation: i.Invitation, Person: p.ID}); err != nil {
				return nil, err
			}
			e.Person.Party, e.Person.Role = i.Party, o.RoleOf(p.ID)
			receipt.Version = o.Version
		}
		commands := []account.Command{account.Note{What: account.RoleChanged, Subject: roleWord(e.Person)}}
		if hash != nil {
			u.secrets = append(u.secrets, Secret{Person: p.ID, Name: passwordName(p.ID), Data: hash})
			commands = append([]account.Command{account.Open{}, account.Confirm{}, account.SetPassword{Why: account.Chosen}}, commands...)
		}
		_, err = u.note(e, where, commands...)
		return receipt, err
	}})
	return err
}

func roleWord(p Person) string {
	if p.Office == identity.Member {
		return string(p.Role)
	}
	return string(p.Office)
}

// Grant gives a member another role; it needs an approval ([RoleDeed]).
func (h *House) Grant(ctx context.Context, call Call, person identity.PersonID, role identity.Role) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToMembers); err != nil {
		return Receipt{}, err
	}
	deed := RoleDeed{Person: person, Role: role}
	return h.regroup(ctx, call, person, identity.Grant{Person: person, Role: role}, deed, func(p *Person) { p.Role = role })
}

// RemoveMember ends a membership: sessions, keys and links of the person end with it.
func (h *House) RemoveMember(ctx context.Context, call Call, person identity.PersonID) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToMembers); err != nil {
		return Receipt{}, err
	}
	return h.regroup(ctx, call, person, identity.Remove{Person: person}, nil, func(p *Person) { p.Role, p.Party = "", "" })
}

// Leave ends one's own membership.
func (h *House) Leave(ctx context.Context, call Call) (Receipt, error) {
	if call.By.Office != identity.Member || call.By.Party == "" {
		return Receipt{}, forbidden()
	}
	return h.regroup(ctx, call, call.By.Person, identity.Leave{}, nil, func(p *Person) { p.Role, p.Party = "", "" })
}

func (h *House) regroup(ctx context.Context, call Call, person identity.PersonID, c identity.OrganisationCommand, deed Deed, change func(*Person)) (Receipt, error) {
	p, err := h.cfg.Store.PersonByID(ctx, person)
	if err != nil || p.Party != call.By.Party {
		return Receipt{}, fault.New(fault.NotFound, "organisation.not_a_member", "This person is no member of the company.")
	}
	return h.do(ctx, ask{call: call, command: c.Name(), stream: partyStream(call.By.Party), input: c, run: func(u *unit) (*Receipt, error) {
		if deed != nil {
			if err := u.authorise(deed); err != nil {
				return nil, err
			}
		}
		o, err := u.organisation(call.By.Party)
		if err != nil {
			return nil, err
		}
		if o, err = u.organise(o, c); err != nil {
			return nil, err
		}
		e, err := u.entry(p.Account)
		if err != nil {
			return nil, err
		}
		change(&e.Person)
		commands := []account.Command{account.Note{What: account.RoleChanged, Subject: roleWord(e.Person)}}
		if e.Person.Party == "" && e.Stage == account.Active {
			commands = append(commands, account.EndOthers{Why: "removed"})
			for _, k := range e.Keys {
				if k.Living(u.now) {
					commands = append(commands, account.EndKey{ID: k.ID, Why: "removed"})
				}
			}
		}
		_, err = u.note(e, account.Where{}, commands...)
		return &Receipt{ID: string(person), Version: o.ShownVersion(), State: roleWord(e.Person)}, err
	}})
}

// HandIn keeps a document that supports a profile. PDF, PNG and JPEG are taken, by
// their content, up to 10 MiB.
func (h *House) HandIn(ctx context.Context, call Call, name string, data []byte) (Document, error) {
	if err := identity.Permit(call.By, identity.ToCompany); err != nil {
		return Document{}, err
	}
	if len(data) == 0 || len(data) > documentMax {
		return Document{}, fault.New(fault.Invalid, "people.document_size", "A document has between 1 byte and 10 MiB.").At("document")
	}
	kind := http.DetectContentType(data)
	if kind != "application/pdf" && kind != "image/png" && kind != "image/jpeg" {
		return Document{}, fault.New(fault.Invalid, "people.document_kind", "Hand in a PDF, PNG or JPEG file.").At("document")
	}
	if n, err := h.cfg.Store.Tally(ctx, "documents:"+string(call.By.Party), h.Now(), 24*time.Hour); err != nil {
		return Document{}, err
	} else if n > documentsPerDay {
		return Document{}, tooMany()
	}
	d := Document{Hash: evidence.HashOf(data).String(), Party: call.By.Party, Name: clipped(cleanName(name), 200), Kind: kind, Bytes: data, At: h.Now()}
	return d, h.cfg.Store.PutDocument(ctx, d)
}

const (
	documentMax     = 10 << 20
	documentsPerDay = 50 // of a company: what is handed in is kept
)

// cleanName keeps of a file's name what can be shown without deceiving.
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f {
			return -1
		}
		return r
	}, name)
	if name == "" {
		return "document"
	}
	return name
}

// Document reads a document, for its company and for those who review profiles.
func (h *House) Document(ctx context.Context, by identity.Actor, party identity.PartyID, hash string) (Document, error) {
	unknown := fault.New(fault.NotFound, "people.no_document", "There is no such document.")
	if by.Party != party && !identity.May(by, identity.ToReviewProfiles) || party == "" {
		return Document{}, unknown
	}
	d, err := h.cfg.Store.Document(ctx, party, hash)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return Document{}, unknown
	}
	return d, err
}

// SubmitProfile hands in the company's profile for review.
func (h *House) SubmitProfile(ctx context.Context, call Call, p identity.Profile) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToCompany); err != nil {
		return Receipt{}, err
	}
	for i, d := range p.Documents {
		kept, err := h.cfg.Store.Document(ctx, call.By.Party, d.Hash)
		if err != nil {
			return Receipt{}, fault.New(fault.Invalid, "people.no_document", "There is no such document.").At("documents")
		}
		p.Documents[i].Name, p.Documents[i].Size = kept.Name, int64(len(kept.Bytes))
	}
	return h.organise(ctx, call, call.By.Party, identity.SubmitProfile{Profile: p}, nil, func(u *unit, o identity.Organisation) error {
		return u.askCheck(CheckOrder{Party: o.Party.ID, Trigger: string(compliance.AtProfile)})
	})
}

// ReviewProfile is the verdict of the house's staff on a company's profile. The
// owners are told, with the reasons.
func (h *House) ReviewProfile(ctx context.Context, call Call, party identity.PartyID, c identity.ReviewProfile) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToReviewProfiles); err != nil {
		return Receipt{}, err
	}
	people, err := h.cfg.Store.Persons(ctx, PersonQuery{Party: party, Limit: identity.MembersMax})
	if err != nil {
		return Receipt{}, err
	}
	return h.organise(ctx, call, party, c, nil, func(u *unit, o identity.Organisation) error {
		for _, p := range people {
			if p.Role != identity.Owner {
				continue
			}
			m := p.letter(MailReview, "/company", map[string]string{
				"Company": o.Party.LegalName, "Verdict": string(c.Verdict), "Reasons": o.Reasons,
			})
			if err := u.mail(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetTwoPersons sets from which amounts on two persons of the company must agree;
// it needs an approval ([RulesDeed]).
func (h *House) SetTwoPersons(ctx context.Context, call Call, c identity.SetTwoPersons) (Receipt, error) {
	return h.rule(ctx, call, c, RulesDeed{TwoPersons: &c})
}

// SetPayoutHold sets how long new payout accounts of the company wait; it needs an
// approval ([RulesDeed]).
func (h *House) SetPayoutHold(ctx context.Context, call Call, c identity.SetPayoutHold) (Receipt, error) {
	return h.rule(ctx, call, c, RulesDeed{PayoutHold: &c})
}

func (h *House) rule(ctx context.Context, call Call, c identity.OrganisationCommand, deed Deed) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToCompanyRules); err != nil {
		return Receipt{}, err
	}
	return h.organise(ctx, call, call.By.Party, c, deed, nil)
}
