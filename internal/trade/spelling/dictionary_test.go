package spelling_test

import (
	"embed"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/trade/spelling"
)

//go:embed dictionary/*.txt
var dictionary embed.FS

// eachWord calls f for every word of a file of the dictionary with the canonical
// word of its line.
func eachWord(t *testing.T, file string, f func(canonical, word string)) {
	t.Helper()
	text, err := dictionary.ReadFile("dictionary/" + file + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		canonical, words, found := strings.Cut(line, "=")
		if !found || strings.TrimSpace(canonical) == "" {
			t.Errorf("%s: %q has no canonical word", file, line)
		}
		for w := range strings.SplitSeq(words, ",") {
			if w = strings.TrimSpace(w); w != "" {
				f(strings.TrimSpace(canonical), w)
			}
		}
	}
}

func TestEveryWordOfTheDictionaryMeansItsCanonicalWord(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	read := 0
	for file, kind := range map[string]spelling.Kind{
		"particles": spelling.Person, "names": spelling.Person, "titles": spelling.Person,
		"legal": spelling.Organisation, "business": spelling.Organisation, "brands": spelling.Organisation, "places": spelling.Organisation,
	} {
		eachWord(t, file, func(canonical, word string) {
			read++
			for mark, ending := range map[string]string{"+": "ый", "~": "я", "*": "а"} {
				if stem, found := strings.CutSuffix(word, mark); found {
					word = stem + ending
				}
			}
			if strings.ContainsAny(word, "().") || utf8.RuneCountInString(word) == 1 && word[0] >= utf8.RuneSelf {
				return // a single letter of Chinese or Korean is a word only at the end of a name
			}
			want := r.Read(strings.ReplaceAll(canonical, " ", ""), kind)[0].Words[0].Key
			if !slices.ContainsFunc(r.Read(word, kind), func(x spelling.Reading) bool {
				return len(x.Words) > 0 && slices.ContainsFunc(x.Words, func(w spelling.Word) bool { return w.Key == want })
			}) {
				t.Errorf("%s: %q does not mean %q", file, word, canonical)
			}
		})
	}
	if read < 8_000 {
		t.Errorf("%d words", read)
	}
}

func TestTheDictionaryKnowsTheWordsOfChineseAndKoreanFirms(t *testing.T) {
	t.Parallel()
	var han, hangul int
	count := func(_, word string) {
		for w := range strings.FieldsSeq(word) {
			switch c, _ := utf8.DecodeRuneInString(w); {
			case unicode.Is(unicode.Han, c):
				han++
			case unicode.Is(unicode.Hangul, c):
				hangul++
			}
		}
	}
	for _, file := range []string{"legal", "business", "brands", "places"} {
		eachWord(t, file, count)
	}
	eachWord(t, "terms", func(canonical, _ string) { count("", canonical) })
	t.Logf("%d words in Chinese, %d in Korean", han, hangul)
	if han < 1_000 || hangul < 400 {
		t.Errorf("%d words in Chinese, %d in Korean", han, hangul)
	}
}
