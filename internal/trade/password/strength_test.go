package password_test

import (
	"slices"
	"strings"
	"testing"

	"fondaco/internal/trade/password"
)

func TestMeterNamesWhatIsWeak(t *testing.T) {
	t.Parallel()
	for pw, want := range map[string]struct {
		scoreMin, scoreMax int
		weak               string // separated by spaces
	}{
		"":                             {0, 0, "short few_classes"},
		"123456":                       {0, 1, "short common sequence few_classes"},
		"password":                     {0, 1, "short common few_classes"},
		"woaini1314":                   {0, 2, "short common few_classes"},
		"Password1!":                   {0, 2, "short common"},
		"qwertyuiop[]asdfgh":           {0, 2, "common keyboard few_classes"},
		"bvcxz;lkjh[poi8":              {3, 4, "keyboard"},
		"aaaaaaaaaaaaaaaaaaaa":         {0, 1, "common repeats few_classes"},
		"mnopqrstuvwxyz":               {0, 1, "short sequence few_classes"},
		"zyxwvut-98765-rst":            {2, 4, "sequence"},
		"1988-04-12":                   {0, 1, "short date few_classes"},
		"04121988":                     {0, 1, "short common date few_classes"},
		"xiaoming":                     {0, 0, "short common personal few_classes"},
		"bluesea":                      {0, 0, "short common personal few_classes"},
		"correct horse battery staple": {4, 4, ""},
		"Kx7#mQp2=vT9_hRz4!bW":         {4, 4, ""},
		"床前明月光疑是地上霜举头望明月低头": {4, 4, ""},
	} {
		t.Run(pw, func(t *testing.T) {
			t.Parallel()
			_, about := setup(t, password.Assurance)
			s := password.Measure(pw, about)
			if s.Score < want.scoreMin || s.Score > want.scoreMax {
				t.Errorf("score %d (10^%.1f guesses), want %d to %d", s.Score, s.Guesses, want.scoreMin, want.scoreMax)
			}
			if !slices.Equal(s.Weak, strings.Fields(want.weak)) {
				t.Errorf("weak: %q, want %q (10^%.1f guesses)", s.Weak, want.weak, s.Guesses)
			}
		})
	}
}

func TestMeterNamesTheClasses(t *testing.T) {
	t.Parallel()
	for pw, want := range map[string]string{
		"":           "",
		"abc":        "lower",
		"aB":         "lower upper",
		"aB3":        "lower upper digit",
		"aB3 ":       "lower upper digit symbol",
		"密码":         "symbol",
		"ÄÖ":         "upper",
		"пр":         "lower",
		"٣":          "digit",
		"#Z":         "upper symbol",
		"\U0001F600": "symbol",
	} {
		if got := strings.Join(password.Measure(pw, password.About{}).Classes, " "); got != want {
			t.Errorf("%q: %q, want %q", pw, got, want)
		}
	}
}

func TestWhatMakesAPasswordLongerNeverMakesItWeakerThanItsPattern(t *testing.T) {
	t.Parallel()
	guesses := func(pw string) float64 { return password.Measure(pw, password.About{}).Guesses }
	for _, row := range [][]string{
		{"qwertyui", "qwertyuiKx", "qwertyuiKx7#", "qwertyuiKx7#mQp2"},
		{"harbour", "Harbour", "HarBour", "H@rBour", "H@rB0ur"},
		{"dragon", "dragon lamp", "dragon lamp velvet", "dragon lamp velvet orbit"},
		{"19990101", "19990101gH", "19990101gHw%", "19990101gHw%4~"},
		{"山", "山高", "山高月", "山高月小"},
	} {
		for i := 1; i < len(row); i++ {
			if a, b := guesses(row[i-1]), guesses(row[i]); b <= a {
				t.Errorf("%q 10^%.1f, %q 10^%.1f", row[i-1], a, row[i], b)
			}
		}
	}
	// A known word costs far less than as many characters by chance.
	for known, chance := range map[string]string{"sunshine": "gvkwqzpx", "Sunsh1ne": "Gvkwq2px", "asdfghjk": "qmzvxwgd", "20261122": "48027394", "aaaaaaaa": "gvkwqzpx"} {
		if a, b := guesses(known), guesses(chance); a > b-2 {
			t.Errorf("%q 10^%.1f, %q 10^%.1f", known, a, chance, b)
		}
	}
}

func TestOnlyTheFirstHundredCharactersAreMeasured(t *testing.T) {
	t.Parallel()
	const part = "Kx7#mQp2=vT9_hRz4!bWc"
	start := strings.Repeat("é", 40) + part + "lantern over the quiet harbour, at night."
	start = string([]rune(start + strings.Repeat("gQ4", 40))[:password.MeasuredRunesMax])
	want := password.Measure(start, password.About{})
	got := password.Measure(start+strings.Repeat("different", 1<<17), password.About{})
	if got.Guesses != want.Guesses || !slices.Equal(got.Weak, want.Weak) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWithAFactorEightCharactersAreNotShort(t *testing.T) {
	t.Parallel()
	for pw, short := range map[string]bool{"gq7vr2m": true, "gq7vr2mz": false} {
		if got := slices.Contains(password.Measure(pw, password.About{HasFactor: true}).Weak, password.Short); got != short {
			t.Errorf("%s: %t", pw, got)
		}
	}
}

func BenchmarkMeasure(b *testing.B) {
	about := password.About{Email: "jose.wang1988@bluesea.example", Name: "José 王小明", Company: "深圳市蓝海贸易有限公司"}
	for name, pw := range map[string]string{
		"usual": "correct horse battery staple",
		"worst": strings.Repeat("q2w3e4r5t6!|1aqswdef", 4) + "grthyjukilo;pmnbvcxz",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				password.Measure(pw, about)
			}
		})
	}
}

func BenchmarkCommon(b *testing.B) {
	for b.Loop() {
		password.Common("correct horse battery staple")
	}
}
