package notice_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/notice"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
)

var update = flag.Bool("update", false, "write testdata/letters.txt again")

func TestLettersReadAsTheyWereReviewed(t *testing.T) {
	t.Parallel()
	const kept = "testdata/letters.txt"
	var all strings.Builder
	w := writer(t)
	for _, language := range []string{"en", "zh"} {
		for _, m := range every(language) {
			l, err := w.Write(m)
			if err != nil {
				t.Fatalf("%s in %s: %+v", m.Kind, language, err)
			}
			all.WriteString("==== " + string(m.Kind) + " (" + language + ")\n" + l.Subject + "\n\n" + l.Text + "\n")
		}
	}
	if *update {
		if err := os.WriteFile(kept, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	if all.String() != string(want) {
		t.Error("the letters differ from " + kept + "; read the difference, then: go test ./internal/notice -run Reviewed -update")
	}
}

func TestEveryLetterIsWholeInBothLanguages(t *testing.T) {
	t.Parallel()
	w := writer(t)
	han := regexp.MustCompile(`\p{Han}`)
	for _, language := range []string{"en", "zh", "zh-CN", "fr", ""} {
		chinese := strings.HasPrefix(language, "zh")
		for _, m := range every(language) {
			l, err := w.Write(m)
			if err != nil {
				t.Fatalf("%s in %q: %+v", m.Kind, language, err)
			}
			for part, s := range map[string]string{"subject": l.Subject, "text": l.Text, "html": l.HTML} {
				if s == "" || strings.ContainsAny(s, "{}") {
					t.Errorf("%s in %q: %s is empty or has an unfilled place: %s", m.Kind, language, part, s)
				}
				if got := han.MatchString(s); got != chinese {
					t.Errorf("%s in %q: %s in Chinese %t", m.Kind, language, part, got)
				}
			}
			want := ""
			if m.Link != "" {
				want = "https://house.example" + m.Link
			}
			if l.Link != want || strings.Count(l.Text, "://") != len(regexp.MustCompile(regexp.QuoteMeta(want)).FindAllString(l.Text, -1))*min(1, len(want)) {
				t.Errorf("%s in %q: link %q in\n%s", m.Kind, language, l.Link, l.Text)
			}
			if strings.Contains(l.HTML, "<script") || strings.Contains(l.HTML, "<img") {
				t.Errorf("%s in %q fetches or runs something", m.Kind, language)
			}
		}
	}
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	t.Parallel()
	type catalog struct {
		Letters map[string]struct {
			Subject    string
			Paragraphs []string
			Link       string
		}
		Words map[string]string
	}
	read := func(language string) catalog {
		t.Helper()
		raw, err := os.ReadFile("words/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var c catalog
		if err := json.Unmarshal(raw, &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	places := func(s string) []string {
		found := regexp.MustCompile(`\{[A-Za-z]+\}`).FindAllString(s, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	en, zh := read("en"), read("zh")
	if got, want := slices.Sorted(maps.Keys(zh.Words)), slices.Sorted(maps.Keys(en.Words)); !slices.Equal(got, want) {
		t.Errorf("words\n%v\nwant\n%v", got, want)
	}
	if got, want := slices.Sorted(maps.Keys(zh.Letters)), slices.Sorted(maps.Keys(en.Letters)); !slices.Equal(got, want) {
		t.Fatalf("letters %v, want %v", got, want)
	}
	for name, e := range en.Letters {
		z := zh.Letters[name]
		if !slices.Equal(places(e.Subject), places(z.Subject)) || !slices.Equal(places(strings.Join(e.Paragraphs, " ")), places(strings.Join(z.Paragraphs, " "))) || (e.Link == "") != (z.Link == "") {
			t.Errorf("%s: %+v and %+v name different things", name, e, z)
		}
	}
}

func TestEveryWordOfTheTradeIsWorded(t *testing.T) {
	t.Parallel()
	w := writer(t)
	base := map[assurance.MailKind]assurance.Mail{}
	var said map[string]bool
	check := func(kind assurance.MailKind, arg, value string, seen map[string]bool) {
		t.Helper()
		for _, language := range []string{"en", "zh"} {
			m := base[kind]
			m.Language, m.Args = language, map[string]string{}
			for k, v := range base[kind].Args {
				m.Args[k] = v
			}
			m.Args[arg] = value
			l, err := w.Write(m)
			if err != nil {
				t.Fatalf("%s %s=%s: %+v", kind, arg, value, err)
			}
			if strings.Contains(value, "_") && strings.Contains(l.Subject+l.Text, value) {
				t.Errorf("%s in %s shows the code %q", kind, language, value)
			}
			key := language + l.Subject + l.Text
			if seen[key] {
				t.Errorf("%s in %s: %s=%s reads like another", kind, language, arg, value)
			}
			seen[key] = true
		}
	}
	for _, m := range every("en") {
		if _, found := base[m.Kind]; !found {
			base[m.Kind] = m
		}
	}
	said = map[string]bool{}
	for _, what := range append(account.Whats(), "something_new") {
		check(assurance.MailAlert, "What", string(what), said)
	}
	said = map[string]bool{}
	for _, action := range append(control.Actions(), "something_new") {
		check(assurance.MailApproval, "What", string(action), said)
	}
	said = map[string]bool{}
	for _, s := range []identity.Standing{identity.Submitted, identity.Verified, identity.MoreNeeded, identity.RefusedProfile, identity.Expired} {
		check(assurance.MailReview, "Verdict", string(s), said)
	}
	said = map[string]bool{}
	for _, r := range []string{"owner", "trader", "finance", "viewer", "administrator", "mediator", "compliance", "treasury", "auditor"} {
		check(assurance.MailInvite, "Role", r, said)
	}
}

// A name is what a stranger typed. It must not become a header, a link or a line of ours.
func TestWhatStrangersTypeStaysWhereItBelongs(t *testing.T) {
	t.Parallel()
	w := writer(t)
	all := map[assurance.MailKind]assurance.Mail{}
	for _, m := range every("en") {
		if _, found := all[m.Kind]; !found {
			all[m.Kind] = m
		}
	}
	with := func(kind assurance.MailKind, bend func(*assurance.Mail)) assurance.Mail {
		m := all[kind]
		m.Args = map[string]string{}
		for k, v := range all[kind].Args {
			m.Args[k] = v
		}
		bend(&m)
		return m
	}
	for name, m := range map[string]assurance.Mail{
		"a header in the address":    with(assurance.MailConfirm, func(m *assurance.Mail) { m.To = "anna@anvil.example\r\nBcc: all@evil.example" }),
		"a line feed in the address": with(assurance.MailConfirm, func(m *assurance.Mail) { m.To = "anna@anvil.example\nx" }),
		"two addresses":              with(assurance.MailConfirm, func(m *assurance.Mail) { m.To = "anna@anvil.example, b@evil.example" }),
		"a named address":            with(assurance.MailConfirm, func(m *assurance.Mail) { m.To = "Anna <anna@anvil.example>" }),
		"no address":                 with(assurance.MailConfirm, func(m *assurance.Mail) { m.To = "" }),
		"a header in the name":       with(assurance.MailReset, func(m *assurance.Mail) { m.Name = "Anna\r\nBcc: all@evil.example" }),
		"a header in the company":    with(assurance.MailInvite, func(m *assurance.Mail) { m.Args["Company"] = "A\r\nBcc: x@evil.example" }),
		"text that turns around":     with(assurance.MailInvite, func(m *assurance.Mail) { m.Args["Company"] = "Anvil \u202egnp" }),
		"a line separator":           with(assurance.MailInvite, func(m *assurance.Mail) { m.Args["By"] = "A\u2028B" }),
		"bytes that are no text":     with(assurance.MailInvite, func(m *assurance.Mail) { m.Args["By"] = "\xff\xfe" }),
		"a novel":                    with(assurance.MailInvite, func(m *assurance.Mail) { m.Args["By"] = strings.Repeat("a", 4001) }),
		"a bell in the reasons":      with(assurance.MailReview, func(m *assurance.Mail) { m.Args["Reasons"] = "a\ab" }),
	} {
		if _, err := w.Write(m); fault.CodeOf(err) != "notice.unsafe" || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %+v", name, err)
		}
	}

	lure := with(assurance.MailInvite, func(m *assurance.Mail) {
		m.Args["Company"] = `<a href="https://evil.example">Win</a> {By} http://evil.example www.evil.example`
	})
	l, err := w.Write(lure)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{l.Text, l.Subject, l.HTML} {
		if strings.Contains(s, "//evil.example") && !strings.Contains(s, "[:]//evil.example") || strings.Contains(s, "://evil") || strings.Contains(s, "www.evil") {
			t.Errorf("a stranger's address can be clicked in %s", s)
		}
	}
	if strings.Contains(l.HTML, `<a href="https[:]`) || !strings.Contains(l.HTML, "&lt;a href") {
		t.Error("a stranger's markup is markup")
	}
	if !strings.Contains(l.Text, "{By}") {
		t.Error("a stranger's braces were filled")
	}

	// Whoever signs up with another's address must not write to that person through us.
	for _, kind := range []assurance.MailKind{assurance.MailConfirm, assurance.MailKnown, assurance.MailResetUnknown, assurance.MailEmailNew} {
		l, err := w.Write(with(kind, func(m *assurance.Mail) { m.Name = "You owe us 500 EUR, call 0900" }))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(l.Text+l.HTML+l.Subject, "500 EUR") {
			t.Errorf("%s greets a stranger by what a stranger typed", kind)
		}
	}
	long, err := w.Write(with(assurance.MailInvite, func(m *assurance.Mail) { m.Args["Company"] = strings.Repeat("长", 300) }))
	if err != nil || len([]rune(long.Subject)) > 160 {
		t.Errorf("a subject of %d runes: %v", len([]rune(long.Subject)), err)
	}
}

// Whoever signs in with stolen words chooses the browser's name.
func TestAWarningArrivesWhateverSomebodyTyped(t *testing.T) {
	t.Parallel()
	w := writer(t)
	for _, m := range every("en") {
		switch m.Kind {
		case assurance.MailAlert, assurance.MailEmailOld, assurance.MailPayoutAccount, assurance.MailCounterparty:
		default:
			continue
		}
		for _, lure := range []string{"x\r\nBcc: all@evil.example", "\u202e\u2028\x00", "\xff\xfe", strings.Repeat("\n", 9000), "{House} {Device}"} {
			bent := m
			bent.Name = lure
			bent.Args = map[string]string{}
			for name := range m.Args {
				bent.Args[name] = "a" + lure
			}
			l, err := w.Write(bent)
			if err != nil {
				t.Errorf("%s is kept back by %.20q: %+v", m.Kind, lure, err)
				continue
			}
			if strings.ContainsAny(l.Subject, "\r\n\x00\u202e\u2028") || strings.Contains(l.Text, "\nBcc:") || strings.ContainsAny(l.Text, "\x00\u202e\u2028\r") || len(l.Text) > 3000 {
				t.Errorf("%s: %.20q broke out into %q\n%q", m.Kind, lure, l.Subject, l.Text)
			}
		}
	}
}

func TestLinksLeadToTheHouseOnly(t *testing.T) {
	t.Parallel()
	w := writer(t)
	m := every("en")[0]
	for _, link := range []string{"https://evil.example/x", "//evil.example/x", "///evil.example", "evil.example", `/\evil.example`, "/a\r\nb", "javascript:alert(1)", "/%zz", ""} {
		m.Link = link
		if l, err := w.Write(m); fault.CodeOf(err) != "notice.incomplete" {
			t.Errorf("%q made %q: %v", link, l.Link, err)
		}
	}
	for _, public := range []string{"https://house.example", "https://house.example/", "http://localhost:8080"} {
		here, err := notice.NewWriter(notice.Options{PublicURL: public, House: "House", From: "deals@house.example"})
		if err != nil {
			t.Fatal(err)
		}
		m.Link = "/confirm/a?b=c&d=e"
		l, err := here.Write(m)
		if want := strings.TrimSuffix(public, "/") + "/confirm/a?b=c&d=e"; err != nil || l.Link != want || !strings.Contains(l.Text, want) {
			t.Errorf("made %q of %q: %v", l.Link, public, err)
		}
	}
}

func TestAMailWithoutWhatItsKindNeedsIsTheHousesFault(t *testing.T) {
	t.Parallel()
	w := writer(t)
	optional := map[string]bool{"Place": true, "Device": true, "Deal": true, "Reasons": true}
	also := map[assurance.MailKind][]string{assurance.MailInvite: {"Company", "By"}, assurance.MailPayoutAccount: {"When"}, assurance.MailApproval: {"Company"}}
	for _, m := range every("en") {
		for name := range m.Args {
			bent := m
			bent.Args = map[string]string{}
			for k, v := range m.Args {
				if k != name {
					bent.Args[k] = v
				}
			}
			_, err := w.Write(bent)
			if want := map[bool]string{true: "", false: "notice.incomplete"}[optional[name] || slices.Contains(also[m.Kind], name)]; fault.CodeOf(err) != want {
				t.Errorf("%s without %s: %v", m.Kind, name, err)
			}
		}
		if m.Link != "" && m.Kind != assurance.MailCounterparty {
			m.Link = ""
			if _, err := w.Write(m); fault.CodeOf(err) != "notice.incomplete" {
				t.Errorf("%s without its link: %v", m.Kind, err)
			}
		}
	}
	if _, err := w.Write(assurance.Mail{To: "a@b.example", Kind: "greeting"}); fault.CodeOf(err) != "notice.incomplete" {
		t.Errorf("a mail of no kind: %v", err)
	}
}

func TestASetUpThatCannotMailIsRefused(t *testing.T) {
	t.Parallel()
	good := notice.Options{PublicURL: "https://house.example", House: "House", From: "deals@house.example"}
	for name, bend := range map[string]func(*notice.Options){
		"no address":        func(o *notice.Options) { o.PublicURL = "" },
		"a path only":       func(o *notice.Options) { o.PublicURL = "/house" },
		"a query":           func(o *notice.Options) { o.PublicURL += "?x=1" },
		"a password in it":  func(o *notice.Options) { o.PublicURL = "https://a:b@house.example" },
		"another scheme":    func(o *notice.Options) { o.PublicURL = "ftp://house.example" },
		"no sender":         func(o *notice.Options) { o.From = "" },
		"a sender of lines": func(o *notice.Options) { o.From = "a\r\nb <deals@house.example>" },
		"no name":           func(o *notice.Options) { o.House = "" },
		"a name of lines":   func(o *notice.Options) { o.House = "a\nb" },
	} {
		o := good
		bend(&o)
		if _, err := notice.NewWriter(o); fault.CodeOf(err) != "notice.setup" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := notice.NewWriter(good); err != nil {
		t.Error(err)
	}
}

func FuzzNothingBreaksOutOfALetter(f *testing.F) {
	w, err := notice.NewWriter(notice.Options{PublicURL: "https://house.example", House: "House", From: "deals@house.example"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Anvil", "Berta", "/join/x")
	f.Add("A\r\nBcc: b@c.example", "{Company}", "//evil.example")
	f.Add("<script>", "https://evil.example", "/a b?c#d")
	f.Fuzz(func(t *testing.T, company, by, link string) {
		l, err := w.Write(assurance.Mail{ID: "1", To: "anna@anvil.example", Kind: assurance.MailInvite, Link: link, Args: map[string]string{"Company": company, "Role": "owner", "By": by}})
		if err != nil {
			return
		}
		if strings.ContainsAny(l.Subject+l.Link, "\r\n") {
			t.Errorf("subject %q, link %q", l.Subject, l.Link)
		}
		if !strings.HasPrefix(l.Link, "https://house.example/") || strings.Count(l.Text, "://") != 1+strings.Count(link, "://") {
			t.Errorf("link %q in %q", l.Link, l.Text)
		}
		if strings.Count(l.HTML, "<a ") != 1 || strings.Contains(l.HTML, "<script") {
			t.Errorf("markup of a stranger in %s", l.HTML)
		}
	})
}

// A mailbox is read by more people than a desk: who a case is about, and why, stays out of it.
func TestMailAboutACaseSaysNeitherWhoNorWhy(t *testing.T) {
	t.Parallel()
	w := writer(t)
	told := 0
	for _, language := range []string{"en", "zh"} {
		for _, m := range every(language) {
			if m.Kind != assurance.MailCase {
				continue
			}
			told++
			m.Args["Company"], m.Args["Name"] = "Anvil & Sons GmbH", "Viktor Zoltanov"
			l, err := w.Write(m)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"Anvil", "Zoltanov", "sanction", "screening", "list", "match", "compliance", "制裁", "名单", "筛查", "命中", "合规"} {
				if strings.Contains(l.Subject+l.Text, word) {
					t.Errorf("%s says %q:\n%s\n%s", language, word, l.Subject, l.Text)
				}
			}
		}
	}
	if told != 4 {
		t.Errorf("%d letters, want opened and overdue in two languages", told)
	}
}
