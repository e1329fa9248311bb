package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"fondaco/internal/trade/identity"
	"fondaco/internal/web/words"
)

// written is the profile's form as it stands on the page, with one button pressed.
func (r *reader) written(do string, write map[string]string) {
	r.t.Helper()
	const form = "form[action='/company/profile']"
	path, values := r.filled(form, write)
	if do != "" {
		if r.page.Find(form+" button[name=do][value='"+do+"']").Length() != 1 {
			r.t.Fatalf("the page has no button %s", do)
		}
		values.Set("do", do)
	}
	r.post(path, values)
}

func TestOtherNamesAndPeopleAreWrittenWithoutScripts(t *testing.T) {
	t.Parallel()
	h := setup(t)
	owner := h.joins("ada@brix.example", "Ada Brix", "Brix Instruments GmbH", "DE")
	r := h.enters(owner, words.English)
	r.open("/company/profile")
	if h2 := r.text(".chapter h2"); !strings.Contains(h2, "Other names") || !strings.Contains(h2, "People behind the company") {
		t.Fatalf("the form has %q", h2)
	}
	r.written("add_name", map[string]string{"website": "https://brix.example"})
	r.wants(http.StatusOK, "/company/profile")
	r.written("add_name", map[string]string{"other_names[0]": "Brix Messtechnik"})
	r.written("add_person", map[string]string{"other_names[1]": "Брикс"})
	r.written("add_person", map[string]string{"people[0].name": "Ada Brix", "people[0].share": "60", "people[0].birth": "1980-05-31", "people[0].country": "DE"})
	r.written("add_person", map[string]string{"people[1].name": "To Be Removed", "people[1].capacity": "director"})
	r.written("remove_person:1", map[string]string{"people[2].name": "Chen Siyuan", "people[2].local_name": "陈思远", "people[2].capacity": "signatory"})
	r.written("remove_name:0", nil)
	if got := r.page.Find("[name=website]").AttrOr("value", ""); got != "https://brix.example" {
		t.Errorf("what was written first came back as %q", got)
	}
	o, err := h.Organisation(t.Context(), owner.Actor(), owner.Party)
	h.must(err)
	if o.Submissions != 0 {
		t.Fatal("adding a row has handed the profile in")
	}
	r.written("", map[string]string{"people[0].share": "160"})
	r.wants(http.StatusUnprocessableEntity, "/company/profile")
	if got := r.text("[id='f-people[0]']"); !strings.Contains(got, "between 0 and 100") {
		t.Errorf("a share of 160 %% is answered with %q", got)
	}
	r.written("", map[string]string{"people[0].share": "60"})
	r.wants(http.StatusOK, "/company")
	o, err = h.Organisation(t.Context(), owner.Actor(), owner.Party)
	h.must(err)
	want := []identity.Controller{
		{Name: "Ada Brix", Birth: "1980-05-31", Country: "DE", Capacity: identity.BeneficialOwner, SharePercent: 60},
		{Name: "Chen Siyuan", LocalName: "陈思远", Capacity: identity.Signatory},
	}
	if !slices.Equal(o.Profile.People, want) || !slices.Equal(o.Profile.OtherNames, []string{"Брикс"}) {
		t.Errorf("kept %+v and %q", o.Profile.People, o.Profile.OtherNames)
	}
	r.open("/company/profile")
	if got := r.page.Find("[name='people[1].local_name']").AttrOr("value", ""); got != "陈思远" {
		t.Errorf("the form comes back with %q", got)
	}

	law := h.enters(h.hires("law@house.example", identity.Compliance), words.Chinese)
	body := law.open("/desk/companies/" + string(owner.Party)).text("main")
	for _, want := range []string{"Ada Brix", "陈思远", "1980-05-31", "60%", "Брикс", "公司背后的人员", "签署人"} {
		if !strings.Contains(body, want) {
			t.Errorf("who reviews the profile does not read %q", want)
		}
	}
	if left := leftCheck.FindAllString(body, -1); len(left) > 0 {
		t.Errorf("keys without a sentence: %v", left)
	}
}

func TestFilesStayWhileRowsAreAdded(t *testing.T) {
	t.Parallel()
	h := setup(t)
	owner := h.joins("ada@brix.example", "Ada Brix", "Brix Instruments GmbH", "DE")
	r := h.enters(owner, words.English)
	r.open("/company/profile").files(map[string]string{"kind": "ownership", "do": "add_person"}, map[string][]byte{"Owners.pdf": []byte("%PDF-1.7 owners")})
	r.wants(http.StatusOK, "/company/profile")
	if got := r.text(".choices"); !strings.Contains(got, "Owners.pdf") {
		t.Errorf("the file is gone: %q", got)
	}
	if r.page.Find("[name='people[0].name']").Length() != 1 {
		t.Error("no row for a person")
	}
}
