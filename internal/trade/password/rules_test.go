package password_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"fondaco/internal/fault"
	"fondaco/internal/trade/password"
)

func setup(t *testing.T, p password.Profile) (password.Rules, password.About) {
	t.Helper()
	r, err := password.RulesOf(p)
	if err != nil {
		t.Fatal(err)
	}
	return r, password.About{Email: "jose.wang1988@bluesea.example", Name: "José 王小明", Company: "深圳市蓝海贸易有限公司"}
}

func codes(faults []*fault.Error) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Code)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

const (
	weak     = "people.weak_password"
	common   = "password.common"
	personal = "password.personal"
	missing  = "password.missing_class"
	repeats  = "password.repeats"
)

func TestBothProfilesAnswerAsTheirTablesSay(t *testing.T) {
	t.Parallel()
	for pw, want := range map[string]struct{ alone, factor, prescriptive string }{
		"correct horse battery staple":   {"", "", missing + " " + missing},
		"Correct horse battery staple 7": {"", "", ""},
		"Kx7#mQp2=vT9_hRz4!bW":           {"", "", ""},
		"gq7vr2mz":                       {weak, "", strings.Join([]string{missing, missing, weak}, " ")},
		"tr0ub4dor&3x":                   {weak, "", missing},
		"Tr0ub4dor&3x":                   {weak, "", ""},
		"床前明月光疑是地上霜举头望明月低头":                   {"", "", strings.Join([]string{missing, missing, missing}, " ")},
		"Äpfel und Öl sind 3 Güter":           {"", "", ""},
		"пирог и чай под снегом вечером":      {"", "", missing + " " + missing},
		"🦀🍎🚢🧭 lantern and rope":               {"", "", missing + " " + missing},
		"woaini1314":                          {common + " " + weak, common, strings.Join([]string{common, missing, missing, weak}, " ")},
		"Password1!":                          {common + " " + weak, common, common + " " + weak},
		"P@ssw0rd2024!!!":                     {common, "", common},
		"Manchester12345!":                    {common, common, common},
		"1qaz2wsx3edc4rfv":                    {common, common, strings.Join([]string{common, missing, missing}, " ")},
		"qwertyuiop[]asdfgh":                  {common, common, strings.Join([]string{common, missing, missing}, " ")},
		"!QAZ2wsx#EDC4rfv":                    {common, common, common},
		"zaq1xsw2cde3vfr4":                    {common, common, strings.Join([]string{common, missing, missing}, " ")},
		"iloveyouforever520":                  {common, common, strings.Join([]string{common, missing, missing}, " ")},
		"ｐａｓｓｗｏｒｄ１２３４５６７":                     {common, common, strings.Join([]string{common, missing, missing}, " ")},
		"PASSWORDPASSWORD":                    {common, common, strings.Join([]string{common, missing, missing, missing}, " ")},
		"aaaaaaaaaaaaaaaa":                    {common + " " + repeats, common + " " + repeats, strings.Join([]string{common, missing, missing, missing, repeats}, " ")},
		"Ab1!Ab1!Ab1!Ab1!":                    {common + " " + repeats, repeats, common + " " + repeats},
		"xy9xy9xy9xy9xy9xy9":                  {common + " " + repeats, common + " " + repeats, strings.Join([]string{common, missing, missing, repeats}, " ")},
		"我爱你我爱你我爱你我爱你我爱你":                     {common + " " + repeats, common + " " + repeats, strings.Join([]string{common, missing, missing, missing, repeats}, " ")},
		"               ":                     {common, common, strings.Join([]string{common, missing, missing, missing}, " ")},
		"Fondaco river 7 stone lamp":          {personal, personal, personal},
		"F0nd@c0 river 7 stone lamp":          {personal, personal, personal},
		"river 7 BLUESEA stone lamp":          {personal, personal, personal},
		"River 7 b1uesea stone lamp":          {personal, personal, personal},
		"River 7 José-Wang stone":             {personal, personal, personal},
		"River 7 JOSE stone lamp":             {personal, personal, personal},
		"River 7 王小明 stone lamp":              {personal, personal, personal},
		"River 7 xiaoming stone lamp":         {personal, personal, personal},
		"River 7 jose.wang1988 stone":         {personal, personal, personal},
		"River 7 JÓSÉ stone lamp":             {personal, personal, personal},
		"River 7 深圳市蓝海 Stone":                 {personal, personal, personal},
		"qzzqvqqzvvqzqvzz":                    {repeats, repeats, strings.Join([]string{missing, missing, missing, repeats}, " ")},
		"dragons582641":                       {weak, "", missing + " " + missing},
		"dragons58264":                        {common + " " + weak, common, strings.Join([]string{common, missing, missing}, " ")},
		"drag0ns582641":                       {weak, "", missing + " " + missing},
		"River 7 shenzhen stone lamp":         {"", "", ""},
		"River 7 trading stone lamp":          {"", "", ""},
		"a@b":                                 {weak, weak, strings.Join([]string{missing, missing, weak}, " ")},
		"":                                    {weak, weak, strings.Join([]string{missing, missing, missing, missing, weak}, " ")},
		"tab\tcannot be typed in a line":      {"password.bad_encoding", "password.bad_encoding", "password.bad_encoding"},
		"broken \xff bytes are not text":      {"password.bad_encoding", "password.bad_encoding", "password.bad_encoding"},
		"nul \x00 bytes are not text":         {"password.bad_encoding", "password.bad_encoding", "password.bad_encoding"},
		strings.Repeat("Kx7#mQp2=vT9", 22):    {"password.too_long", "password.too_long", "password.too_long"},
		strings.Repeat("e\u0301", 200) + "Q1": {"password.too_long", "password.too_long", "password.too_long"},
	} {
		t.Run(pw, func(t *testing.T) {
			t.Parallel()
			assurance, about := setup(t, password.Assurance)
			prescriptive, _ := setup(t, password.Prescriptive)
			if got := codes(assurance.Check(pw, about)); got != tidy(want.alone) {
				t.Errorf("assurance, alone: got %q, want %q", got, want.alone)
			}
			if got := codes(prescriptive.Check(pw, about)); got != tidy(want.prescriptive) {
				t.Errorf("prescriptive: got %q, want %q", got, want.prescriptive)
			}
			about.HasFactor = true
			if got := codes(assurance.Check(pw, about)); got != tidy(want.factor) {
				t.Errorf("assurance, with a factor: got %q, want %q", got, want.factor)
			}
		})
	}
}

func tidy(list string) string {
	return strings.Join(slices.Sorted(slices.Values(strings.Fields(list))), " ")
}

func TestEveryFaultIsAtThePasswordAndSaysItsNumber(t *testing.T) {
	t.Parallel()
	r, about := setup(t, password.Prescriptive)
	args := map[string]string{}
	for _, pw := range []string{"bluesea", strings.Repeat("Kx7#mQp2=vT9", 22)} {
		for _, f := range r.Check(pw, about) {
			if f.Field != "password" || f.Kind != fault.Invalid {
				t.Errorf("%s: field %q, kind %s", f.Code, f.Field, f.Kind)
			}
			for name, value := range f.Args {
				args[f.Code+" "+name] += value + ";"
			}
		}
	}
	want := map[string]string{weak + " min": "12;", missing + " class": "A-Z;0-9;#%+-=;", personal + " word": "bluesea;", "password.too_long max": "256;"}
	if !maps.Equal(args, want) {
		t.Errorf("got %q, want %q", args, want)
	}
}

func TestLengthIsCountedInCharactersOfTheNormalForm(t *testing.T) {
	t.Parallel()
	r, about := setup(t, password.Assurance)
	for pw, short := range map[string]bool{
		"gq7vr2mzk4hx9p":                    true,
		"gq7vr2mzk4hx9pt":                   false,
		"gq7vr2mzk4hx9e\u0301":              true, // é is one character, however it is typed
		"gq7vr2mzk4hx9pe\u0301":             false,
		"山高月小水落石出清风徐来水波":                    true,
		"山高月小水落石出清风徐来水波不":                   false,
		strings.Repeat("é", 64):             false,
		"한국의 산과 바다와 별과 바람":                  false,
		norm.NFD.String("한국의 산과 바다와 별과 바람"): false,
	} {
		if got := strings.Contains(codes(r.Check(pw, about)), weak); got != short {
			t.Errorf("%q: short is %t, want %t", pw, got, short)
		}
	}
	at := strings.Repeat("gq7vr2mzk4hx9p!W", 16)
	if got := codes(r.Check(at, about)); strings.Contains(got, "too_long") {
		t.Errorf("256 bytes: %s", got)
	}
	if got := codes(r.Check(at+"x", about)); got != "password.too_long" {
		t.Errorf("257 bytes: %s", got)
	}
}

func TestWordsOfEveryCompanyAreNoNames(t *testing.T) {
	t.Parallel()
	r, about := setup(t, password.Assurance)
	about.Company = "Lantern Trading Limited"
	for pw, want := range map[string]string{
		"seven limited trading stones": "",
		"seven stones and a lantern":   personal,
		"seven 1anterntrad1ng stones":  personal,
	} {
		if got := codes(r.Check(pw, about)); got != want {
			t.Errorf("%q: got %q, want %q", pw, got, want)
		}
	}
}

func TestOwnListOfAnOperatorCounts(t *testing.T) {
	t.Parallel()
	r, about := setup(t, password.Assurance)
	const slogan = "lantern over the quiet harbour"
	if got := codes(r.Check(slogan, about)); got != "" {
		t.Fatalf("before: %s", got)
	}
	var err error
	about.Also, err = password.Compile(strings.NewReader(slogan+"\n"), password.Origin{Version: "slogans"})
	if err != nil {
		t.Fatal(err)
	}
	for _, pw := range []string{slogan, strings.ToUpper(slogan), slogan + "1!", strings.ReplaceAll(slogan, "o", "0")} {
		if got := codes(r.Check(pw, about)); got != common {
			t.Errorf("%q: got %q", pw, got)
		}
	}
	if weak := password.Measure(slogan, about).Weak; !slices.Contains(weak, password.Known) {
		t.Errorf("the meter says %q", weak)
	}
}

func TestOnlyPrescriptiveAgesAndOnlyTheSoleFactor(t *testing.T) {
	t.Parallel()
	set := time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
	limit := set.AddDate(0, 0, 90)
	for name, c := range map[string]struct {
		profile password.Profile
		setAt   time.Time
		now     time.Time
		factor  bool
		due     bool
	}{
		"assurance never":                 {password.Assurance, set, set.AddDate(9, 0, 0), false, false},
		"prescriptive, a moment before":   {password.Prescriptive, set, limit.Add(-time.Microsecond), false, false},
		"prescriptive, on the day":        {password.Prescriptive, set, limit, false, true},
		"prescriptive, beside a factor":   {password.Prescriptive, set, limit.AddDate(9, 0, 0), true, false},
		"prescriptive, nobody knows when": {password.Prescriptive, time.Time{}, set, false, true},
		"prescriptive, set in the future": {password.Prescriptive, set.AddDate(1, 0, 0), set, false, false},
	} {
		r, _ := setup(t, c.profile)
		if got := r.Due(c.setAt, c.now, c.factor); got != c.due {
			t.Errorf("%s: due is %t", name, got)
		}
	}
}

func TestProfilesHaveTheNumbersOfTheirStandard(t *testing.T) {
	t.Parallel()
	a, _ := setup(t, password.Assurance)
	if a.LengthMin != 15 || a.LengthMinWithFactor != 8 || a.BytesMax != 256 || len(a.Classes) != 0 || a.History != 0 || a.AgeDaysMax != 0 {
		t.Errorf("assurance: %+v", a)
	}
	p, _ := setup(t, password.Prescriptive)
	if p.LengthMin != 12 || p.LengthMinWithFactor != 12 || len(p.Classes) != 4 || p.History != 4 || p.AgeDaysMax != 90 || !p.AgeOnlySoleFactor {
		t.Errorf("prescriptive: %+v", p)
	}
	for _, r := range []password.Rules{a, p} {
		if r.ReviewDays != 90 || r.StaffReviewDays != 30 {
			t.Errorf("reviews of %s: %d, %d", r.Profile, r.ReviewDays, r.StaffReviewDays)
		}
	}
	if _, err := password.RulesOf("strict"); fault.CodeOf(err) != "password.unknown_profile" {
		t.Errorf("a stranger: %v", err)
	}
	if got := password.Profiles(); !slices.Equal(got, []password.Profile{password.Assurance, password.Prescriptive}) {
		t.Errorf("profiles: %q", got)
	}
}

// FuzzCheck: any text is answered, in every form of Unicode alike, and no fault
// carries it.
func FuzzCheck(f *testing.F) {
	for _, pw := range []string{"", "woaini1314", "correct horse battery staple", "e\u0301\xff", "\u1112\u1161\u11ab", "|1!7+4@8({[<369", strings.Repeat("\ufdfa", 60)} {
		f.Add(pw, "Jo 王", "a@b.cn")
	}
	f.Fuzz(func(t *testing.T, pw, name, email string) {
		about := password.About{Name: name, Email: email, Company: name + email}
		for _, p := range password.Profiles() {
			r, _ := password.RulesOf(p)
			faults := r.Check(pw, about)
			for _, fault := range faults {
				for arg, value := range fault.Args {
					known := slices.Contains([]string{"12", "15", "256", "a-z", "A-Z", "0-9", "#%+-="}, value)
					if fault.Code != personal && !known {
						t.Errorf("%s carries %s %q", fault.Code, arg, value)
					}
				}
			}
			if other := r.Check(norm.NFD.String(pw), about); codes(other) != codes(faults) {
				t.Errorf("%q: %q, decomposed %q", pw, codes(faults), codes(other))
			}
			if codes(r.Check(pw, about)) != codes(faults) {
				t.Errorf("%q: not the same twice", pw)
			}
		}
		s := password.Measure(pw, about)
		if s.Guesses < 0 || s.Guesses != s.Guesses || s.Score < 0 || s.Score > 4 {
			t.Errorf("%q: %+v", pw, s)
		}
	})
}
