package words

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// English and Chinese are the two languages of the house, as the values that
// For, Match and the language cookie use.
const (
	English = "en"
	Chinese = "zh"
)

// CookieName is the cookie that remembers a reader's chosen language.
const CookieName = "fondaco_lang"

//go:embed *.json
var catalogFiles embed.FS

// Words speaks one language. It is safe for concurrent use.
type Words struct {
	lang      string
	localizer *i18n.Localizer
}

type catalogs struct {
	english, chinese *Words
}

var loaded = sync.OnceValue(load)

func load() catalogs {
	bundle := i18n.NewBundle(language.English)
	names, err := fs.Glob(catalogFiles, "*.json")
	if err != nil {
		panic(fmt.Sprintf("words: listing embedded catalogs: %v", err))
	}
	for _, name := range names {
		if _, err := bundle.LoadMessageFileFS(catalogFiles, name); err != nil {
			panic(fmt.Sprintf("words: embedded catalog %s: %v", name, err))
		}
	}
	return catalogs{
		english: &Words{lang: English, localizer: i18n.NewLocalizer(bundle, English)},
		chinese: &Words{lang: Chinese, localizer: i18n.NewLocalizer(bundle, Chinese)},
	}
}

// For returns the words of a language named by a BCP 47 tag; every tag of the
// Chinese language gives 简体中文, anything else gives English.
func For(lang string) *Words {
	if tag, err := language.Parse(lang); err == nil {
		if base, _ := tag.Base(); base.String() == Chinese {
			return loaded().chinese
		}
	}
	return loaded().english
}

// Match chooses English or Chinese: the cookie's value when it names one of
// them, else the best fit of an Accept-Language header (RFC 9110 §12.5.4),
// else English.
func Match(cookie, acceptLanguage string) string {
	if cookie == English || cookie == Chinese {
		return cookie
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return English
	}
	matcher := language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese, language.TraditionalChinese})
	if _, index, confidence := matcher.Match(wanted...); index > 0 && confidence > language.No {
		return Chinese
	}
	return English
}

// Lang returns "en" or "zh".
func (w *Words) Lang() string { return w.lang }

// Tag returns the BCP 47 tag for an HTML lang attribute: "en" or "zh-Hans".
func (w *Words) Tag() string {
	if w.lang == Chinese {
		return "zh-Hans"
	}
	return English
}

// Other returns the other language of the house, for the language switch.
func (w *Words) Other() *Words {
	if w.lang == Chinese {
		return loaded().english
	}
	return loaded().chinese
}

// T returns the sentence under key. Values fill its placeholders and come as
// name and value pairs ("Name", "Ada", "Count", 2) or as one map[string]any;
// Count also chooses the plural form. A key without a sentence returns the
// key itself, so a page never fails for a missing word.
func (w *Words) T(key string, args ...any) string {
	values := named(args)
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: values}
	if count, ok := values["Count"]; ok {
		config.PluralCount = count
		// go-i18n prints the number as it is; readers get it grouped.
		if grouped, ok := w.grouped(count); ok {
			values["Count"] = grouped
		}
	}
	sentence, err := w.localizer.Localize(config)
	if err != nil && sentence == "" {
		return key
	}
	return sentence
}

// Has says whether key has a sentence in this language.
func (w *Words) Has(key string) bool {
	return slices.Contains(Keys(w.lang), key)
}

func (w *Words) grouped(count any) (string, bool) {
	switch n := count.(type) {
	case int:
		return w.Number(int64(n)), true
	case int64:
		return w.Number(n), true
	default:
		return "", false
	}
}

func named(args []any) map[string]any {
	values := make(map[string]any, len(args)/2+1)
	if len(args) == 1 {
		if given, ok := args[0].(map[string]any); ok {
			maps.Copy(values, given)
		}
		return values
	}
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			values[name] = args[i+1]
		}
	}
	return values
}

// Keys returns every key of a language's catalogs in order.
func Keys(lang string) []string {
	var keys []string
	for _, message := range messagesOf(lang) {
		keys = append(keys, message.ID)
	}
	slices.Sort(keys)
	return keys
}

func messagesOf(lang string) []*i18n.Message {
	names, err := fs.Glob(catalogFiles, "*."+lang+".json")
	if err != nil {
		return nil
	}
	var messages []*i18n.Message
	for _, name := range names {
		content, err := catalogFiles.ReadFile(name)
		if err != nil {
			continue
		}
		file, err := i18n.ParseMessageFileBytes(content, name, nil)
		if err != nil {
			continue
		}
		messages = append(messages, file.Messages...)
	}
	slices.SortFunc(messages, func(a, b *i18n.Message) int { return strings.Compare(a.ID, b.ID) })
	return messages
}
