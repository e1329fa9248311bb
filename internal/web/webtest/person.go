package webtest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const (
	journeyLife = 20 * time.Minute // of a person's tab
	patience    = 2 * time.Minute  // for one page, of which only a fault takes so long
)

// Person is somebody who walks through pages in one tab, with cookies and keys of
// their own.
type Person struct {
	*Sheet
	t    testing.TB
	base string
}

// Person opens a page as a browser that shares nothing with the others, and that
// says of itself what agent says. Base is the origin of the house.
func (b *Browser) Person(t testing.TB, base, agent string, view View) *Person {
	t.Helper()
	sheet := b.visit(t, "about:blank", view, journeyLife, chromedp.WithNewBrowserContext())
	if _, err := chromedp.Call(sheet.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent}); err != nil {
		t.Fatalf("naming the browser: %v", err)
	}
	return &Person{Sheet: sheet, t: t, base: base}
}

// Goes asks for a page of the house, or for a whole address.
func (p *Person) Goes(path string) {
	p.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = p.base + path
	}
	p.step("going to "+path, chromedp.Navigate(path))
}

// Sees waits until something stands on the page.
func (p *Person) Sees(selector string) {
	p.t.Helper()
	p.step("waiting for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Presses clicks, and waits for what the click leads to.
func (p *Person) Presses(selector, then string) {
	p.t.Helper()
	p.step("pressing "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
	p.Sees(then)
}

// Types writes over what stands in a field.
func (p *Person) Types(selector, text string) {
	p.t.Helper()
	p.Sees(selector)
	p.Ask(p.t, `document.querySelector(`+p.quoted(selector)+`).select()`)
	p.step("typing into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Chooses picks the option of a list by its value.
func (p *Person) Chooses(selector, value string) {
	p.t.Helper()
	p.step("choosing from "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.SetValue(chromedp.CSS(selector), value))
}

// HandsIn puts a file into a form.
func (p *Person) HandsIn(selector, file string) {
	p.t.Helper()
	p.step("handing in "+file, chromedp.SetUploadFiles(chromedp.CSS(selector), []string{file}))
}

// Reads returns what people read in the first element that fits, on one line.
func (p *Person) Reads(selector string) string {
	p.t.Helper()
	p.Sees(selector)
	return strings.Join(strings.Fields(p.Ask(p.t, `document.querySelector(`+p.quoted(selector)+`).innerText`)), " ")
}

func (p *Person) quoted(selector string) string {
	p.t.Helper()
	quoted, err := json.Marshal(selector)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(quoted)
}

// Address is the path of the page.
func (p *Person) Address() string {
	p.t.Helper()
	return p.Ask(p.t, "location.pathname")
}

// step runs steps with the patience for one page, and tells where it came to a stop.
func (p *Person) step(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v\nat %s\n%s", what, err, p.Ask(p.t, "location.href"), p.Ask(p.t, `(document.querySelector("main") || document.body).innerText.slice(0, 1200)`))
	}
}
