package web

import (
	"errors"
	"io"
	"mime/multipart"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

const (
	uploadPath = "/company/profile" // the one form that carries files
	// uploadMax bounds a request: a few documents of the largest size that is taken.
	uploadMax   = 32 << 20
	filesAtOnce = 5
)

// profileView is the form in which a company says who it is.
type profileView struct {
	Company   identity.Organisation
	Entries   identity.Profile
	Documents []identity.Document // handed in before, or just now
	Dropped   []string            // hashes of those that are not to be kept
	Err       error
	Wrong     []ui.Mistake
}

func (s *site) profilePage(v *visit) (reply, error) {
	o, err := v.organisation()
	if err != nil {
		return reply{}, err
	}
	p := o.Profile
	if o.Submissions == 0 {
		p = identity.Profile{LegalName: o.Party.LegalName, Country: o.Party.Country, Registration: o.Party.Registration, Address: o.Party.Address}
	}
	return v.showProfile(profileView{Company: o, Entries: p, Documents: p.Documents})
}

func (v *visit) showProfile(view profileView) (reply, error) {
	view.Wrong = v.mistakes(view.Err)
	rep := reply{page: ui.Page{Title: v.T("profile.title")}, view: profilePageView(v, view)}
	if view.Err != nil {
		rep.status = fault.KindOf(view.Err).HTTPStatus()
	}
	return rep, nil
}

// handInProfile keeps the files of the form and hands the profile in. What is read
// are the fields of a profile; a role or a standing in the form is nobody's to give.
func (s *site) handInProfile(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	o, err := v.organisation()
	if err != nil {
		return reply{}, err
	}
	view := profileView{Company: o, Entries: identity.Profile{
		LegalName: v.posted("legal_name"), Country: v.posted("country"), Registration: v.posted("registration"), Address: v.posted("address"),
		LEI: v.posted("lei"), VAT: v.posted("vat"), Website: v.posted("website"), OtherNames: v.postedNames(), People: v.postedPeople(),
	}}
	if err := identity.Permit(v.actor(), identity.ToCompany); err != nil {
		return reply{}, err
	}
	view.Documents, view.Dropped = v.documentsKept(o)
	fresh, err := v.handIn(call)
	for _, d := range fresh {
		if !slices.ContainsFunc(view.Documents, func(e identity.Document) bool { return e.Hash == d.Hash }) {
			view.Documents = append(view.Documents, d)
		}
	}
	if err == nil && v.rearranges(&view.Entries) {
		v.refused("profile", nil)
		return v.showProfile(view)
	}
	if err == nil {
		view.Entries.Documents = slices.DeleteFunc(slices.Clone(view.Documents), func(d identity.Document) bool { return slices.Contains(view.Dropped, d.Hash) })
		_, err = v.house().SubmitProfile(v.ctx(), call, view.Entries)
	}
	if err != nil {
		v.refused("profile", err)
		view.Err = documentFault(err)
		return v.showProfile(view)
	}
	return goTo("/company", "flash.profile_handed_in")
}

// documentFault names the field of the page for a refusal of one of several documents.
func documentFault(err error) error {
	f := fault.Of(err)
	c := *f
	c.Details = nil
	for _, d := range f.Details {
		if strings.HasPrefix(d.Field, "documents") {
			d = d.At("document")
		}
		c.Details = append(c.Details, d)
	}
	return &c
}

// documentsKept are the documents of the profile and those that an earlier try of
// this form has handed in, with the ones that are not to be kept.
func (v *visit) documentsKept(o identity.Organisation) (all []identity.Document, dropped []string) {
	kept := v.form["keep"]
	for _, d := range o.Profile.Documents {
		all = append(all, d)
		if !slices.Contains(kept, d.Kind+" "+d.Hash) {
			dropped = append(dropped, d.Hash)
		}
	}
	for _, name := range kept {
		kind, hash, _ := strings.Cut(name, " ")
		if slices.ContainsFunc(all, func(d identity.Document) bool { return d.Hash == hash }) || !slices.Contains(identity.DocumentKinds(), kind) {
			continue
		}
		if d, err := v.house().Document(v.ctx(), v.actor(), v.person.Party, hash); err == nil {
			all = append(all, identity.Document{Hash: d.Hash, Kind: kind, Name: d.Name, Size: int64(len(d.Bytes))})
		}
	}
	return all, dropped
}

// handIn keeps the files of the form.
func (v *visit) handIn(call assurance.Call) ([]identity.Document, error) {
	if v.r.MultipartForm == nil {
		return nil, nil
	}
	files := slices.DeleteFunc(slices.Clone(v.r.MultipartForm.File["document"]), func(f *multipart.FileHeader) bool { return f.Filename == "" && f.Size == 0 })
	if len(files) > filesAtOnce {
		return nil, fault.New(fault.Invalid, "web.too_many_files", "Hand in at most {max} files at a time.").With("max", itoa(filesAtOnce)).At("document")
	}
	var out []identity.Document
	for _, f := range files {
		data, err := bytesOf(f)
		if err != nil {
			return out, badForm(err)
		}
		d, err := v.house().HandIn(v.ctx(), call, f.Filename, data)
		if err != nil {
			return out, err
		}
		out = append(out, identity.Document{Hash: d.Hash, Kind: v.posted("kind"), Name: d.Name, Size: int64(len(data))})
	}
	return out, nil
}

func bytesOf(f *multipart.FileHeader) (data []byte, err error) {
	file, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return io.ReadAll(file)
}

func (s *site) companyDocument(v *visit) (reply, error) {
	return v.document(v.person.Party, v.path("document"))
}

func (s *site) deskDocument(v *visit) (reply, error) {
	return v.document(identity.PartyID(v.path("company")), v.path("document"))
}

// document is a file as it was handed in. It is always kept, never opened inside
// the pages, whatever it holds.
func (v *visit) document(party identity.PartyID, hash string) (reply, error) {
	d, err := v.house().Document(v.ctx(), v.actor(), party, hash)
	if err != nil {
		return reply{}, err
	}
	v.w.Header().Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox")
	return reply{file: d.Bytes, kind: d.Kind, name: d.Name}, nil
}

func (v *visit) documentKinds(chosen string) []ui.Option {
	var out []ui.Option
	for _, k := range identity.DocumentKinds() {
		out = append(out, ui.Option{Value: k, Label: v.T("document." + k), Chosen: k == chosen})
	}
	return out
}

// sizeText writes the size of a file.
func (v *visit) sizeText(bytes int64) string {
	if bytes < 1<<20 {
		return v.T("document.kib", "Size", v.Words.Number((bytes+1023)/1024))
	}
	return v.T("document.mib", "Size", number(bytes>>20)+"."+number(bytes%(1<<20)*10>>20))
}

// documentGrid lists documents; base is where they are read.
func (v *visit) documentGrid(base string, documents []identity.Document) ui.Grid {
	g := ui.Grid{Caption: v.T("profile.documents"), HideCaption: true, Columns: []ui.Column{{Label: v.T("document.name")}, {Label: v.T("document.kind")}, {Label: v.T("document.size"), Numeric: true}, {Label: v.T("document.fingerprint")}}}
	for _, d := range documents {
		g.Rows = append(g.Rows, []templ.Component{
			ui.Anchor(ui.Link{Label: d.Name, Href: base + d.Hash}), ui.Text(v.T("document." + d.Kind)), ui.Text(v.sizeText(d.Size)),
			ui.IDText(v.Reader, ui.Ident{Value: d.Hash, Name: v.T("document.hash")}),
		})
	}
	return g
}

// profileFacts is what a profile says.
func (v *visit) profileFacts(p identity.Profile) []ui.Fact {
	facts := []ui.Fact{
		{Term: v.T("company.legal_name"), Value: p.LegalName},
		{Term: v.T("company.country"), Value: v.country(p.Country)},
		{Term: v.T("company.registration"), Value: p.Registration},
		{Term: v.T("company.address"), Show: lines(p.Address)},
		{Term: v.T("profile.lei"), Value: p.LEI},
		{Term: v.T("profile.vat"), Value: p.VAT},
	}
	if p.Website != "" {
		facts = append(facts, ui.Fact{Term: v.T("profile.website"), Value: p.Website})
	}
	for i := range facts {
		if facts[i].Show == nil && facts[i].Value == "" {
			facts[i].Value = v.T("approval.nothing")
		}
	}
	return facts
}
