package ui_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/chromedp"

	"fondaco/internal/money"
	"fondaco/internal/web/ui"
	"fondaco/internal/web/webtest"
)

func parse(t *testing.T, html string) *goquery.Document {
	t.Helper()
	document, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestNoPieceCarriesInlineStyleOrScript(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh"} {
		document := parse(t, render(t, gallery(lang)))
		if n := document.Find("[style], style, script:not([src])").Length(); n > 0 {
			t.Errorf("%s: %d elements the content security policy refuses", lang, n)
		}
		document.Find("*").Each(func(_ int, element *goquery.Selection) {
			for _, attribute := range element.Nodes[0].Attr {
				if strings.HasPrefix(attribute.Key, "on") {
					t.Errorf("%s: inline handler %s", lang, attribute.Key)
				}
			}
		})
	}
}

func TestNoKeyIsLeftWithoutItsSentence(t *testing.T) {
	t.Parallel()
	raw := regexp.MustCompile(`ui\.[a-z_]+\.[a-z_.]+|<no value>|%!`)
	for _, lang := range []string{"en", "zh"} {
		if found := raw.FindString(render(t, gallery(lang))); found != "" {
			t.Errorf("%s: the page shows %q", lang, found)
		}
	}
}

func TestChinesePiecesSpeakChinese(t *testing.T) {
	t.Parallel()
	document := parse(t, render(t, gallery("zh")))
	document.Find("nav.nav-wide, .language, code, .brand, option, a[hreflang]").Remove()
	known := regexp.MustCompile(longEnglish + `|Fondaco|Lindqvist AB|Hapag-Lloyd|Hanse Assurance|FOB Ningbo|USD|UTC`)
	document.Find("p, dt, dd, th, h1, h2, h3, label, button, summary, li").Each(func(_ int, element *goquery.Selection) {
		text := known.ReplaceAllString(element.Text(), "")
		if found := regexp.MustCompile(`[A-Za-z]{4,}`).FindString(text); found != "" {
			t.Errorf("English word %q in %q", found, strings.TrimSpace(element.Text()))
		}
	})
}

func TestIdsOnAPageAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	parse(t, render(t, gallery("en"))).Find("[id]").Each(func(_ int, element *goquery.Selection) {
		id, _ := element.Attr("id")
		if seen[id] {
			t.Errorf("id %q twice", id)
		}
		seen[id] = true
	})
}

func TestTextFromPeopleIsEscaped(t *testing.T) {
	t.Parallel()
	evil := `<img src=x onerror=alert(1)>"'`
	r := reader("en")
	for name, html := range map[string]string{
		"party":    render(t, ui.PartyChip(r, ui.Party{Name: evil, Country: evil, Href: "javascript:alert(1)"})),
		"id":       render(t, ui.IDText(r, ui.Ident{Value: evil})),
		"clock":    render(t, ui.ObligationClock(r, ui.Obligation{Who: evil, What: evil, Lapse: evil})),
		"field":    render(t, ui.Field(r, ui.Question{Name: "a", Label: evil, Value: evil, Mistake: evil})),
		"timeline": render(t, ui.Timeline(r, []ui.Event{{Sentence: evil, Actor: evil, ProofHref: "/p"}})),
	} {
		if n := parse(t, html).Find("img").Length(); n > 0 {
			t.Errorf("%s: markup from a person became an element", name)
		}
		if strings.Contains(html, `href="javascript:`) {
			t.Errorf("%s: a script address survived", name)
		}
	}
}

func TestTheClockShowsHowItStands(t *testing.T) {
	t.Parallel()
	r := reader("en")
	day := 24 * time.Hour
	tests := []struct {
		name               string
		o                  ui.Obligation
		tone, left, dashes string
	}{
		{"long way to go", ui.Obligation{Start: r.Now.Add(-5 * day), Due: r.Now.Add(5 * day)}, "tone-action", "5 days left", "50 100"},
		{"last quarter", ui.Obligation{Start: r.Now.Add(-30 * day), Due: r.Now.Add(10 * day)}, "tone-clock", "10 days left", "25 100"},
		{"last two days", ui.Obligation{Start: r.Now.Add(-time.Hour), Due: r.Now.Add(47 * time.Hour)}, "tone-clock", "47 hours left", "98 100"},
		{"not begun", ui.Obligation{Start: r.Now.Add(day), Due: r.Now.Add(9 * day)}, "tone-action", "9 days left", "100 100"},
		{"this instant", ui.Obligation{Start: r.Now.Add(-day), Due: r.Now}, "tone-danger", "Time is over", ""},
		{"stopped", ui.Obligation{Start: r.Now.Add(-day), Due: r.Now.Add(-day / 2), Paused: "A freeze."}, "tone-neutral", "The clock is stopped", ""},
		{"no deadline", ui.Obligation{}, "tone-action", "No deadline", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			document := parse(t, render(t, ui.ObligationClock(r, test.o)))
			if !document.Find(".clock").HasClass(test.tone) {
				t.Errorf("the clock is not %s", test.tone)
			}
			if got := strings.TrimSpace(document.Find("[data-left]").Text()); got != test.left {
				t.Errorf("says %q, want %q", got, test.left)
			}
			if got := document.Find("[data-ring]").AttrOr("stroke-dasharray", ""); got != test.dashes {
				t.Errorf("ring %q, want %q", got, test.dashes)
			}
		})
	}
}

func TestTheMoneyBarFillsItsWidthAndItsTableIsExact(t *testing.T) {
	t.Parallel()
	r := reader("en")
	yen := money.MustCurrency("JPY")
	tests := []struct {
		name  string
		parts []money.Amount
		drawn int
	}{
		{"one part", []money.Amount{usd(1)}, 1},
		{"a cent beside a fortune is still seen", []money.Amount{usd(99_999_999_998), usd(1)}, 2},
		{"nothing yet", []money.Amount{usd(0)}, 0},
		{"zero parts are listed, not drawn", []money.Amount{usd(500), usd(0), usd(500)}, 2},
		{"currency without decimals", []money.Amount{money.New(1250, yen)}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := ui.Money{Total: test.parts[0]}
			for _, amount := range test.parts {
				m.Parts = append(m.Parts, ui.MoneyPart{State: ui.MoneyHeld, Amount: amount})
			}
			document := parse(t, render(t, ui.MoneyBar(r, m)))
			bars := document.Find(".money-bar > svg rect")
			if bars.Length() != test.drawn {
				t.Errorf("%d bars, want %d", bars.Length(), test.drawn)
			}
			end := 0
			bars.Each(func(_ int, bar *goquery.Selection) {
				x, width := number(t, bar.AttrOr("x", "")), number(t, bar.AttrOr("width", ""))
				if width < 8 || x < end {
					t.Errorf("bar at %d is %d wide after %d", x, width, end)
				}
				end = x + width
			})
			if test.drawn > 0 && end != 1000 {
				t.Errorf("the bar ends at %d of 1000", end)
			}
			if rows := document.Find("tbody tr").Length(); rows != len(test.parts) {
				t.Errorf("%d rows, want %d", rows, len(test.parts))
			}
		})
	}
	if got := ui.Amount(money.New(1250, yen)); got != "JPY\u00a01,250" {
		t.Errorf("yen: got %q", got)
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n := 0
	for _, digit := range text {
		if digit < '0' || digit > '9' {
			t.Fatalf("%q is no whole number", text)
		}
		n = n*10 + int(digit-'0')
	}
	return n
}

func TestAFoldedIdStillHoldsEveryCharacter(t *testing.T) {
	t.Parallel()
	document := parse(t, render(t, ui.IDText(reader("en"), ui.Ident{Value: someHash})))
	if got := document.Find("code").Text(); got != someHash {
		t.Errorf("selecting the id copies %q", got)
	}
	button := document.Find("button[data-copy]")
	if _, hidden := button.Attr("hidden"); !hidden || button.AttrOr("data-copy", "") != someHash {
		t.Error("the copy button must carry the whole id and wait for the script")
	}
}

func TestAFieldTiesItsMistakeAndHintToItsEntry(t *testing.T) {
	t.Parallel()
	r := reader("en")
	for _, kind := range []ui.Kind{"", ui.KindEmail, ui.KindPassword, ui.KindArea, ui.KindSelect, ui.KindCheck} {
		document := parse(t, render(t, ui.Field(r, ui.Question{Name: "price", Label: "Price", Hint: "h", Mistake: "m", Kind: kind})))
		entry := document.Find("#" + ui.FieldID("price"))
		if entry.AttrOr("aria-describedby", "") != "f-price-hint f-price-mistake" || entry.AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%q: the entry does not name its hint and mistake", kind)
		}
		if document.Find("label[for=f-price]").Length() != 1 {
			t.Errorf("%q: no label", kind)
		}
	}
	secret := parse(t, render(t, ui.Field(r, ui.Question{Name: "p", Label: "P", Kind: ui.KindPassword, Value: "hunter2"})))
	if _, sent := secret.Find("input").Attr("value"); sent {
		t.Error("a password is sent back to the page")
	}
}

func TestScriptsAddComforts(t *testing.T) {
	t.Parallel()
	browser, server := webtest.Open(t), serve(t)
	page := browser.Visit(t, server.URL+"/en", webtest.Desk())
	page.Do(t,
		chromedp.WaitVisible(chromedp.CSS(`.page-head button[data-copy]`)),
		chromedp.Click(chromedp.CSS(`a[data-dialog="ask"]`)),
		chromedp.WaitVisible(chromedp.CSS(`dialog#ask[open]`)),
		chromedp.Click(chromedp.CSS(`dialog#ask button`)),
		chromedp.WaitNotVisible(chromedp.CSS(`dialog#ask`)),
		chromedp.Click(chromedp.CSS(`details.menu-account summary`)),
		chromedp.WaitVisible(chromedp.CSS(`.menu-account .menu-sheet`)),
		chromedp.Click(chromedp.CSS(`h1`)),
		chromedp.WaitNotPresent(chromedp.CSS(`details.menu-account[open]`)),
	)
	for _, problem := range page.Problems() {
		t.Errorf("the browser complains: %s", problem)
	}
}
