package identity

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fondaco/internal/fault"
)

const (
	documentsMax    = 20
	documentSizeMax = 50 << 20 // bytes
	websiteMax      = 200      // characters
)

// submit hands in a profile. What staff verified stays verified only while the
// legal name, the country, the numbers and the people are the ones that they looked at.
func (o Organisation) submit(c SubmitProfile, by Actor) ([]PartyEvent, error) {
	if err := o.permit(by, ToCompany); err != nil {
		return nil, err
	}
	p, err := checkProfile(c.Profile)
	if err != nil {
		return nil, err
	}
	if o.Submissions > 0 && o.Standing != Expired && p.same(o.Profile) {
		return nil, fault.New(fault.Conflict, "organisation.same_profile", "Nothing in the profile has changed.")
	}
	standing := Submitted
	if o.Standing == Verified && p.vital() == o.Profile.vital() && slices.Equal(p.People, o.Profile.People) {
		standing = Verified
	}
	return []PartyEvent{ProfileSubmitted{Profile: p, Standing: standing, By: by.Person}}, nil
}

// vital is what makes the company the one it is: whoever changes one of these
// is reviewed again.
func (p Profile) vital() [5]string {
	return [5]string{p.LegalName, p.Country, p.Registration, p.LEI, p.VAT}
}

func (p Profile) same(q Profile) bool {
	return p.vital() == q.vital() && p.Address == q.Address && p.Website == q.Website && slices.Equal(p.Documents, q.Documents) &&
		slices.Equal(p.OtherNames, q.OtherNames) && slices.Equal(p.People, q.People)
}

func (o Organisation) review(c ReviewProfile, by Actor, now time.Time) ([]PartyEvent, error) {
	if err := Permit(by, ToReviewProfiles); err != nil {
		return nil, err
	}
	if o.RoleOf(by.Person) != "" {
		return nil, fault.New(fault.Forbidden, "organisation.own_review", "Nobody reviews his own company.")
	}
	if c.Verdict != Verified && c.Verdict != MoreNeeded && c.Verdict != RefusedProfile {
		return nil, fault.New(fault.Invalid, "organisation.bad_verdict", "Verify the profile, ask for more, or refuse it.").At("verdict")
	}
	if o.Standing == Unverified || o.Standing == Expired {
		return nil, fault.New(fault.Conflict, "organisation.nothing_submitted", "There is no profile to review.")
	}
	if c.Submission != 0 && c.Submission != o.Submissions {
		return nil, fault.New(fault.Conflict, "organisation.profile_changed", "The company has handed in another profile meanwhile. Read it first.")
	}
	reasons := tidy(c.Reasons)
	if c.Verdict != Verified && reasons == "" {
		return nil, fault.New(fault.Invalid, "organisation.no_reasons", "Say why, so that the company knows what to do.").At("reasons")
	}
	if wrong := checkText("reasons", reasons, 0, reasonsMax); len(wrong) > 0 {
		return nil, wrong[0]
	}
	e := ProfileReviewed{Verdict: c.Verdict, Reasons: reasons, By: by.Person}
	if c.Verdict == Verified {
		if !c.Until.After(now) || c.Until.After(now.AddDate(verifiedYearsMax, 0, 0)) {
			return nil, fault.New(fault.Invalid, "organisation.bad_until", "A verification ends at a time within the next two years.").At("until")
		}
		e.Until = c.Until.UTC()
	}
	return []PartyEvent{e}, nil
}

func (o Organisation) expire(by Actor, now time.Time) ([]PartyEvent, error) {
	if err := Permit(by, ToLapse); err != nil {
		return nil, err
	}
	if o.Standing != Verified || now.Before(o.VerifiedUntil) {
		return nil, fault.New(fault.Conflict, "organisation.not_due", "There is no verification that has run out.")
	}
	return []PartyEvent{ProfileExpired{}}, nil
}

// checkProfile answers the profile in its one spelling, or identity.invalid with
// a detail for each wrong field.
func checkProfile(p Profile) (Profile, error) {
	p.LegalName, p.Country, p.Registration = tidy(p.LegalName), strings.TrimSpace(p.Country), tidy(p.Registration)
	p.Address, p.Website = tidy(p.Address), tidy(p.Website)
	p.LEI, p.VAT = bare(p.LEI), bare(p.VAT)
	p.Documents, p.OtherNames, p.People = slices.Clone(p.Documents), slices.Clone(p.OtherNames), slices.Clone(p.People)
	var wrong []*fault.Error
	wrong = append(wrong, checkName("legal_name", p.LegalName)...)
	wrong = append(wrong, checkText("registration", p.Registration, 1, nameMax)...)
	wrong = append(wrong, checkText("address", p.Address, 0, addressMax)...)
	wrong = append(wrong, checkWebsite(p.Website)...)
	if !IsCountry(p.Country) {
		wrong = append(wrong, fault.New(fault.Invalid, "identity.unknown_country", "Use a two-letter country code of ISO 3166-1.").At("country"))
	}
	if reg := bare(p.Registration); p.Country == "CN" && utf8.RuneCountInString(reg) == usccLength {
		if p.Registration = reg; !IsUSCC(reg) {
			wrong = append(wrong, fault.New(fault.Invalid, "identity.bad_uscc", "This is no unified social credit code: its check character does not fit.").At("registration"))
		}
	}
	if p.LEI != "" && !IsLEI(p.LEI) {
		wrong = append(wrong, fault.New(fault.Invalid, "identity.bad_lei", "This is no LEI: it has 20 characters, and its check digits must fit.").At("lei"))
	}
	if p.VAT != "" && !fitsVAT(p.VAT, p.Country) {
		wrong = append(wrong, fault.New(fault.Invalid, "identity.bad_vat", "This is no VAT number of that country: begin with the country's letters, and copy every digit.").At("vat"))
	}
	wrong = append(wrong, checkDocuments(p.Documents)...)
	wrong = append(wrong, checkOtherNames(p.OtherNames)...)
	wrong = append(wrong, checkControllers(p.People)...)
	if len(wrong) > 0 {
		return Profile{}, fault.New(fault.Invalid, "identity.invalid", "Some details of the company need attention.").And(wrong...)
	}
	return p, nil
}

// checkWebsite accepts web addresses only: the page shows it as a link.
func checkWebsite(s string) []*fault.Error {
	if s == "" {
		return nil
	}
	rest, secure := strings.CutPrefix(s, "https://")
	if !secure {
		rest, secure = strings.CutPrefix(s, "http://")
	}
	host, _, _ := strings.Cut(rest, "/")
	if !secure || host == "" || strings.ContainsAny(s, " \"'<>\\@\n\t") || len(checkText("website", s, 1, websiteMax)) > 0 {
		return []*fault.Error{fault.New(fault.Invalid, "identity.bad_website", "Write the web address with https:// in front.").At("website")}
	}
	return nil
}

func checkDocuments(documents []Document) []*fault.Error {
	if len(documents) > documentsMax {
		return []*fault.Error{fault.New(fault.Invalid, "identity.too_many_documents", "A profile has at most {max} documents.").With("max", strconv.Itoa(documentsMax)).At("documents")}
	}
	var wrong []*fault.Error
	for i := range documents {
		d := &documents[i]
		d.Name = tidy(d.Name)
		again := slices.ContainsFunc(documents[:i], func(e Document) bool { return e.Hash == d.Hash })
		known := slices.Contains(DocumentKinds(), d.Kind)
		named := len(checkText("name", d.Name, 1, nameMax)) == 0
		if again || !known || !named || !isHash(d.Hash) || d.Size < 1 || d.Size > documentSizeMax {
			wrong = append(wrong, fault.New(fault.Invalid, "identity.bad_document", "A document has a kind, a name, its hash and its size, and is listed once.").At("documents["+strconv.Itoa(i)+"]"))
		}
	}
	return wrong
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && strings.ToLower(s) == s
}
