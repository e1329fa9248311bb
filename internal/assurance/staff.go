package assurance

import (
	"context"
	"strings"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
)

func foldStaff(s identity.Staff, r Record) (identity.Staff, error) {
	e, err := identity.DecodeStaff(r.Kind, r.Payload)
	if err != nil {
		return s, err
	}
	return s.Apply(e, r.At), nil
}

func (u *unit) staff() (identity.Staff, error) {
	return state(u, identity.StaffStream, foldStaff, identity.Staff{})
}

func (u *unit) staffed(c identity.StaffCommand) error {
	s, err := u.staff()
	if err != nil {
		return err
	}
	decided, err := identity.DecideStaff(s, c, u.by)
	if err != nil {
		return err
	}
	if err := recordAs(u, u.by, identity.StaffStream, s.Version, decided...); err != nil {
		return err
	}
	for _, e := range decided {
		s = s.Apply(e, u.now)
	}
	u.put(identity.StaffStream, s)
	return nil
}

func (u *unit) appoint(person identity.PersonID, office identity.Office) error {
	return u.staffed(identity.Appoint{Person: person, Office: office})
}

// AddStaff gives a new person an office of the house. The house itself does it
// (actor clock) when it is set up; afterwards two administrators appoint
// ([House.Appoint]).
func (h *House) AddStaff(ctx context.Context, by identity.Actor, office identity.Office, s SignUp) (Person, error) {
	if by.Office != identity.Clock {
		return Person{}, forbidden()
	}
	j, err := h.joining(ctx, s)
	if err != nil {
		return Person{}, err
	}
	p := h.newPerson(j.Email, j.Folded, j.Name, j.Language)
	p.Office = office
	_, err = h.do(ctx, ask{call: Call{By: by}, command: "appoint_staff", stream: identity.StaffStream, input: p.ID, run: func(u *unit) (*Receipt, error) {
		if err := u.appoint(p.ID, office); err != nil {
			return nil, err
		}
		u.secrets = append(u.secrets, Secret{Person: p.ID, Name: passwordName(p.ID), Data: j.Hash})
		commands := []account.Command{account.Open{}, account.Confirm{}, account.SetPassword{Why: account.Chosen}}
		if s.Initial {
			commands = append(commands, account.Condemn{Why: account.Expired})
		}
		_, err := u.note(entry{Person: p}, account.Where{}, commands...)
		return &Receipt{ID: string(p.ID), Version: 1, State: string(office)}, err
	}})
	if err != nil {
		return Person{}, err
	}
	p.Stage = string(account.Active)
	return p, nil
}

// StaffDeed gives an office to whoever holds a mailbox, or takes one away.
type StaffDeed struct {
	Email   string            `json:"email"` // folded; of somebody new
	Office  identity.Office   `json:"office"`
	Dismiss identity.PersonID `json:"dismiss"`
}

func (d StaffDeed) weigh(u *unit) (control.Intent, bool, error) {
	s, err := u.staff()
	if err != nil {
		return control.Intent{}, false, err
	}
	i := control.Intent{Action: control.AppointStaff, Subject: identity.StaffStream, Version: s.Version, Payee: d.Email, Details: []control.Detail{{Name: "office", Value: string(d.Office)}}}
	if d.Dismiss == "" {
		return i, true, nil
	}
	p, err := u.house.cfg.Store.PersonByID(u.ctx, d.Dismiss)
	if err != nil {
		return i, false, err
	}
	i.Payee, i.Details = p.Name+" <"+p.Email+">", []control.Detail{{Name: "dismiss", Value: string(p.Office)}}
	return i, true, nil
}

// Appoint invites a person into an office of the house, under the approval of two
// administrators.
func (h *House) Appoint(ctx context.Context, call Call, email string, office identity.Office) (Receipt, error) {
	folded, err := identity.FoldEmail(email)
	if err != nil {
		return Receipt{}, err
	}
	if !office.Staff() {
		return Receipt{}, fault.New(fault.Invalid, "staff.bad_office", "Choose an office of the house.").At("office")
	}
	secret, err := h.secret()
	if err != nil {
		return Receipt{}, err
	}
	deed := StaffDeed{Email: folded, Office: office}
	id := h.cfg.NewID()
	r, err := h.do(ctx, ask{call: call, command: "appoint_staff", stream: identity.StaffStream, input: deed, run: func(u *unit) (*Receipt, error) {
		if err := identity.Permit(u.by, identity.ToStaff); err != nil {
			return nil, err
		}
		if err := u.authorise(deed); err != nil {
			return nil, err
		}
		t, err := h.ticket(secret, ticketInvite, "", inviting{Office: office, Invitation: id, Email: strings.TrimSpace(email), Folded: folded, Approval: call.Approval}, identity.InvitationLife)
		if err != nil {
			return nil, err
		}
		u.tickets = append(u.tickets, t)
		if err := u.record("staff:"+id, 0, StaffInvited{Office: string(office)}); err != nil {
			return nil, err
		}
		m := Mail{To: strings.TrimSpace(email), Language: "en", Kind: MailInvite, Link: "/invitation/" + secret, Args: map[string]string{"Role": string(office)}}
		return &Receipt{ID: id, Version: 1, State: "invited"}, u.mail(m)
	}})
	return r, err
}

// StaffInvited is two administrators' decision to take somebody in.
type StaffInvited struct {
	Office string `json:"office"`
}

// Kind is the name of the event in the evidence log.
func (StaffInvited) Kind() string { return "staff_invited" }

// Dismiss takes an office away, under the approval of two administrators: what the
// person holds ends at once.
func (h *House) Dismiss(ctx context.Context, call Call, person identity.PersonID) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToStaff); err != nil {
		return Receipt{}, err
	}
	p, err := h.cfg.Store.PersonByID(ctx, person)
	if err != nil {
		return Receipt{}, err
	}
	deed := StaffDeed{Dismiss: person}
	r, err := h.do(ctx, ask{call: call, command: "dismiss_staff", stream: identity.StaffStream, input: deed, run: func(u *unit) (*Receipt, error) {
		if err := u.authorise(deed); err != nil {
			return nil, err
		}
		if err := u.staffed(identity.Dismiss{Person: person}); err != nil {
			return nil, err
		}
		e, err := u.entry(p.Account)
		if err != nil {
			return nil, err
		}
		e.Person.Office = identity.Member
		commands := []account.Command{account.Note{What: account.RoleChanged, Subject: "dismissed"}}
		if e.Stage == account.Active {
			commands = append(commands, account.EndOthers{Why: "removed"})
		}
		_, err = u.note(e, account.Where{}, commands...)
		return &Receipt{ID: string(person), Version: e.Version, State: "dismissed"}, err
	}})
	return r, err
}

// StaffMembers lists the people of the house, for its own people.
func (h *House) StaffMembers(ctx context.Context, by identity.Actor) ([]Person, error) {
	if !by.Office.Staff() {
		return nil, forbidden()
	}
	var out []Person
	for _, office := range identity.Offices() {
		if !office.Staff() {
			continue
		}
		some, err := h.cfg.Store.Persons(ctx, PersonQuery{Office: office, Limit: pageMax})
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// ProfileDeed puts other rules for passwords in force.
type ProfileDeed struct {
	Profile password.Profile `json:"profile"`
}

func (d ProfileDeed) weigh(u *unit) (control.Intent, bool, error) {
	if _, err := password.RulesOf(d.Profile); err != nil {
		return control.Intent{}, false, err
	}
	return control.Intent{Action: control.PasswordProfile, Subject: passwordStream, Details: []control.Detail{{Name: "profile", Value: string(d.Profile)}}}, true, nil
}

const passwordStream = "house:passwords"

// SetPasswordProfile puts other rules for passwords in force, under the approval of
// two administrators.
func (h *House) SetPasswordProfile(ctx context.Context, call Call, p password.Profile) (Receipt, error) {
	deed := ProfileDeed{Profile: p}
	id := "house:" + h.cfg.NewID()
	r, err := h.do(ctx, ask{call: call, command: "set_password_profile", stream: passwordStream, input: deed, run: func(u *unit) (*Receipt, error) {
		if err := identity.Permit(u.by, identity.ToHousePolicy); err != nil {
			return nil, err
		}
		if err := u.authorise(deed); err != nil {
			return nil, err
		}
		return &Receipt{ID: id, Version: 1, State: string(p)}, u.record(id, 0, ProfileSet{Profile: string(p)})
	}})
	if err != nil {
		return r, err
	}
	return r, h.cfg.Store.SetSetting(ctx, profileSetting, string(p))
}
