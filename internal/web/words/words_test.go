package words_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fondaco/internal/web/words"
)

// sentence is one catalog entry with its plural forms.
type sentence struct {
	key   string
	forms map[string]string
}

// catalog reads a language's files as ordered tokens, so that a key written
// twice is seen instead of silently overwritten.
func catalog(t *testing.T, lang string) []sentence {
	t.Helper()
	names, err := filepath.Glob("*." + lang + ".json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no catalog for %s: %v", lang, err)
	}
	var all []sentence
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(file)
		if _, err := decoder.Token(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var raw json.RawMessage
			if err := decoder.Decode(&raw); err != nil {
				t.Fatalf("%s: %v: %v", name, key, err)
			}
			entry := sentence{key: key.(string), forms: map[string]string{}}
			if err := json.Unmarshal(raw, &entry.forms); err != nil {
				var plain string
				if err := json.Unmarshal(raw, &plain); err != nil {
					t.Fatalf("%s: %v: %v", name, key, err)
				}
				entry.forms = map[string]string{"other": plain}
			}
			all = append(all, entry)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

func placeholders(text string) []string {
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestBothLanguagesHoldTheSameKeysWithTheSamePlaceholders(t *testing.T) {
	t.Parallel()
	english, chinese := map[string][]string{}, map[string][]string{}
	for _, entry := range catalog(t, words.English) {
		english[entry.key] = placeholders(entry.forms["other"])
	}
	for _, entry := range catalog(t, words.Chinese) {
		chinese[entry.key] = placeholders(entry.forms["other"])
	}
	if len(english) == 0 {
		t.Fatal("the English catalog is empty")
	}
	if diff := cmp.Diff(english, chinese); diff != "" {
		t.Errorf("English (-) and Chinese (+) differ:\n%s", diff)
	}
}

func TestEveryKeyIsWrittenOnceAndSaysSomething(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)
	for _, lang := range []string{words.English, words.Chinese} {
		seen := map[string]bool{}
		for _, entry := range catalog(t, lang) {
			if seen[entry.key] {
				t.Errorf("%s: %s is written twice", lang, entry.key)
			}
			seen[entry.key] = true
			if !name.MatchString(entry.key) {
				t.Errorf("%s: %q is not of the form page.section.name", lang, entry.key)
			}
			if entry.forms["other"] == "" {
				t.Errorf("%s: %s has no sentence", lang, entry.key)
			}
			_, hasOne := entry.forms["one"]
			if lang == words.Chinese && hasOne {
				t.Errorf("zh: %s has a singular, which Chinese never uses", entry.key)
			}
		}
	}
}

// A sentence in 中文 keeps a space beside Latin and digits and takes
// full-width punctuation next to Han characters.
func TestChineseIsSpacedAndPunctuated(t *testing.T) {
	t.Parallel()
	tight := regexp.MustCompile(`\p{Han}[A-Za-z0-9]|[A-Za-z0-9%]\p{Han}`)
	half := regexp.MustCompile(`\p{Han}\s?[,;:?!()]|\p{Han}\.(\s|$)|[,;:?!()]\s?\p{Han}`)
	for _, entry := range catalog(t, words.Chinese) {
		text := placeholder.ReplaceAllString(entry.forms["other"], "")
		if found := tight.FindString(text); found != "" {
			t.Errorf("%s: no space in %q", entry.key, found)
		}
		if found := half.FindString(text); found != "" {
			t.Errorf("%s: half-width punctuation in %q", entry.key, found)
		}
	}
}

func TestNoSentenceUsesAWordTheHouseAvoids(t *testing.T) {
	t.Parallel()
	for lang, banned := range map[string][]string{
		words.English: {"successfully", "please wait", "oops", "invalid input"},
		words.Chinese: {"请稍候", "请稍等", "您"},
	} {
		for _, entry := range catalog(t, lang) {
			for _, form := range entry.forms {
				for _, word := range banned {
					if strings.Contains(strings.ToLower(form), word) {
						t.Errorf("%s: %s says %q", lang, entry.key, word)
					}
				}
			}
		}
	}
}

var (
	wholeKey  = regexp.MustCompile(`\.T\(\s*"([a-z0-9_.]+)"\s*[,)]`)
	keyPrefix = regexp.MustCompile(`\.T\(\s*"([a-z0-9_.]+\.)"\s*\+`)
)

func TestEveryKeyThatThePagesNameExists(t *testing.T) {
	t.Parallel()
	known := words.Keys(words.English)
	checked := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "node_modules" {
			return filepath.SkipDir
		}
		source := strings.HasSuffix(path, ".templ") || strings.HasSuffix(path, ".go")
		if entry.IsDir() || !source || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "words_test.go") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range wholeKey.FindAllStringSubmatch(string(content), -1) {
			checked++
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s names the missing key %q", path, match[1])
			}
		}
		for _, match := range keyPrefix.FindAllStringSubmatch(string(content), -1) {
			checked++
			if !slices.ContainsFunc(known, func(key string) bool { return strings.HasPrefix(key, match[1]) }) {
				t.Errorf("%s builds keys from %q, which no key starts with", path, match[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked == 0 {
		t.Error("found no key in any source: the pattern no longer matches how pages ask for words")
	}
}

func TestAMissingKeyReturnsItself(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{words.English, words.Chinese} {
		if got := words.For(lang).T("no.such.key"); got != "no.such.key" {
			t.Errorf("%s: got %q", lang, got)
		}
		if words.For(lang).Has("no.such.key") || !words.For(lang).Has("ui.nav.skip") {
			t.Errorf("%s: Has is wrong", lang)
		}
	}
}

func TestSentencesTakeNamedValuesAndPlurals(t *testing.T) {
	t.Parallel()
	english, chinese := words.For("en"), words.For("zh")
	tests := []struct{ name, got, want string }{
		{"pairs", english.T("ui.clock.theirs", "Name", "Ada & Co"), "Ada & Co has to act"},
		{"map", english.T("ui.clock.theirs", map[string]any{"Name": "Ada"}), "Ada has to act"},
		{"one", english.T("ui.time.left.days", "Count", 1), "1 day left"},
		{"many, grouped", english.T("ui.time.left.days", "Count", int64(1200)), "1,200 days left"},
		{"Chinese", chinese.T("ui.time.left.days", "Count", 1200), "还剩 1,200 天"},
		{"dangling name is ignored", english.T("ui.nav.skip", "Name"), "Skip to the content"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.got != test.want {
				t.Errorf("got %q, want %q", test.got, test.want)
			}
		})
	}
}

func TestTheLanguageIsChosenByCookieThenHeader(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, cookie, header, want string }{
		{"nothing known", "", "", "en"},
		{"cookie wins over header", "zh", "en-GB", "zh"},
		{"English cookie wins over header", "en", "zh-CN", "en"},
		{"unknown cookie is ignored", "tlh", "zh-CN,zh;q=0.9,en;q=0.8", "zh"},
		{"mainland", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"},
		{"traditional readers get Chinese", "", "zh-TW,zh;q=0.9", "zh"},
		{"Hong Kong", "", "zh-Hant-HK", "zh"},
		{"quality decides", "", "zh;q=0.3,en;q=0.9", "en"},
		{"unserved language", "", "fr-FR,de;q=0.5", "en"},
		{"second choice is served", "", "fr-FR,zh;q=0.5", "zh"},
		{"broken header", "", "zh;;q=%%", "en"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := words.Match(test.cookie, test.header); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestForReadsAnyTag(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-Hant-TW": "zh-Hans", "en": "en", "en-AU": "en", "fr": "en", "": "en", "!!": "en",
	} {
		if got := words.For(tag).Tag(); got != want {
			t.Errorf("For(%q).Tag() = %q, want %q", tag, got, want)
		}
	}
	if words.For("en").Other().Lang() != "zh" || words.For("zh").Other().Lang() != "en" {
		t.Error("Other does not switch")
	}
}

func TestTimesShowTheReadersZoneWithUTCBeside(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 18, 5, 59, 0, time.UTC)
	shanghai := time.FixedZone("CST", 8*3600)
	kolkata := time.FixedZone("IST", 5*3600+1800)
	newYork := time.FixedZone("EST", -5*3600)
	english, chinese := words.For("en"), words.For("zh")
	tests := []struct{ name, got, want string }{
		{"UTC once", english.DateTime(at, time.UTC), "22 Nov 2026, 18:05 UTC"},
		{"no zone is UTC", english.DateTime(at, nil), "22 Nov 2026, 18:05 UTC"},
		{"another day", english.DateTime(at, shanghai), "23 Nov 2026, 02:05 UTC+8 (22 Nov 2026, 18:05 UTC)"},
		{"same day", english.DateTime(at, newYork), "22 Nov 2026, 13:05 UTC−5 (18:05 UTC)"},
		{"half hour", english.Local(at, kolkata), "22 Nov 2026, 23:35 UTC+5:30"},
		{"Chinese", chinese.DateTime(at, newYork), "2026 年 11 月 22 日 13:05 UTC−5（18:05 UTC）"},
		{"date", english.Date(at), "22 Nov 2026"},
		{"Chinese date", chinese.Date(at), "2026 年 11 月 22 日"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.got != test.want {
				t.Errorf("got %q, want %q", test.got, test.want)
			}
		})
	}
}

func TestClocksRoundDown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name           string
		distance       time.Duration
		relative, left string
	}{
		{"just under three days", 72*time.Hour - time.Second, "in 2 days", "2 days left"},
		{"two days", 48 * time.Hour, "in 2 days", "2 days left"},
		{"under two days counts hours", 48*time.Hour - time.Second, "in 47 hours", "47 hours left"},
		{"one hour", time.Hour, "in 1 hour", "1 hour left"},
		{"minutes", 59 * time.Minute, "in 59 minutes", "59 minutes left"},
		{"a moment", 59 * time.Second, "now", "Less than a minute left"},
		{"exactly due", 0, "now", "Time is over"},
		{"past", -26 * time.Hour, "26 hours ago", "Time is over"},
		{"long past", -49 * time.Hour, "2 days ago", "Time is over"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := words.For("en")
			if got := w.Relative(now.Add(test.distance), now); got != test.relative {
				t.Errorf("Relative: got %q, want %q", got, test.relative)
			}
			if got := w.Left(now.Add(test.distance), now); got != test.left {
				t.Errorf("Left: got %q, want %q", got, test.left)
			}
		})
	}
	if got := words.For("zh").Relative(now.Add(75*time.Hour), now); got != "3 天后" {
		t.Errorf("Chinese: got %q", got)
	}
	if got := words.For("en").Days(1) + ", " + words.For("zh").Days(7); got != "1 day, 7 天" {
		t.Errorf("Days: got %q", got)
	}
	if got := words.For("en").Duration(30 * time.Second); got != "less than a minute" {
		t.Errorf("Duration: got %q", got)
	}
}

func TestDigitsAreGroupedExactly(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"0": "0", "999": "999", "1000": "1,000", "999999999.99": "999,999,999.99", "-1234.50": "−1,234.50",
		"92233720368547758.07": "92,233,720,368,547,758.07", "12345": "12,345", "0.005": "0.005",
	} {
		if got := words.GroupDigits(in); got != want {
			t.Errorf("GroupDigits(%q) = %q, want %q", in, got, want)
		}
	}
	if got := words.For("zh").Number(1234567); got != "1,234,567" {
		t.Errorf("Number: got %q", got)
	}
}
