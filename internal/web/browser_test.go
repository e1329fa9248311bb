package web_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/web"
	"fondaco/internal/web/webtest"
	"fondaco/internal/web/words"
)

// TestABuyerAcceptsInARealBrowser clicks through the last step of a deal in
// Chromium, with scripts and under the policy of the house.
func TestABuyerAcceptsInARealBrowser(t *testing.T) {
	t.Parallel()
	b, f := webtest.Open(t), openFair(t)
	at := "/deals/" + string(f.deals["delivered"])
	sheet := b.Visit(t, f.server.URL+at, webtest.Phone())
	sheet.Do(t,
		chromedp.WaitVisible(chromedp.CSS(`form[action="/sign-in"] input[name=password]`)),
		chromedp.Click(chromedp.CSS(`.ready li:first-child button`)),
		chromedp.WaitVisible(chromedp.CSS(`.clock-act .btn-primary`)),
		chromedp.Click(chromedp.CSS(`.clock-act .btn-primary`)),
		chromedp.WaitVisible(chromedp.CSS(`.sheet .btn-seal`)),
		chromedp.Click(chromedp.CSS(`.sheet .btn-seal`)),
		chromedp.WaitVisible(chromedp.CSS(`.flash .notice`)),
	)
	s, err := f.Deal(t.Context(), f.buyer.Actor(), f.deals["delivered"])
	f.must(err)
	if !s.Accepted || s.Escrow.Held() != 0 {
		t.Errorf("accepted %t, held %d", s.Accepted, s.Escrow.Held())
	}
	for _, problem := range sheet.Problems() {
		t.Errorf("the browser complains: %s", problem)
	}
}

// TestAnOpenDealPageKeepsItsReaderWhereTheyAre: news come in, while focus, what is
// being typed and the place on the page stay.
func TestAnOpenDealPageKeepsItsReaderWhereTheyAre(t *testing.T) {
	t.Parallel()
	b, f := webtest.Open(t), openFair(t, func(c *web.Config) { c.NewsEvery = often })
	session := f.session(f.buyer)
	sheet := b.Visit(t, f.server.URL+"/sign-in", webtest.Desk())
	f.goes(sheet, "/deals/"+string(f.deals["agreed"]), words.English, session)
	sheet.Do(t,
		chromedp.WaitVisible(chromedp.CSS(`.clock-act .btn-primary`)),
		chromedp.Click(chromedp.CSS(`#act-cancel summary`)),
		chromedp.SendKeys(chromedp.CSS(`#act-cancel textarea`), "half a sent"),
	)
	const look = `[document.activeElement.name, document.querySelector("#act-cancel textarea").value, document.querySelector("#act-cancel").open, scrollY > 0, document.querySelectorAll("#deal-side").length, document.querySelectorAll("#deal-history").length].join()`
	sheet.Ask(t, `(window.kept = document.querySelector("#act-cancel"), scrollTo(0, 300))`)
	before := sheet.Ask(t, look)
	arrives := func() { // money, and the page hears of it, perhaps before everything else is done
		t.Helper()
		more := sheet.Ask(t, `document.querySelectorAll("#deal-history .timeline > li").length + 1`)
		f.must(f.rail.Simulate(t.Context(), assurance.Simulation{Deal: string(f.deals["agreed"]), Amount: usd(100), Payer: "x", Scenario: "exact"}))
		f.work()
		sheet.Do(t, chromedp.WaitVisible(chromedp.CSS(`#deal-history .timeline > li:nth-of-type(`+more+`)`)))
	}
	arrives()
	if after := sheet.Ask(t, look); after != before {
		t.Errorf("before %s, after %s", before, after)
	}
	if got := sheet.Ask(t, `document.querySelector("#deal-side").innerText.includes("USD 1.00") || document.querySelector("#deal-side").innerText.includes("1.00")`); got != "true" {
		t.Error("the side tells nothing of the money")
	}

	// The focus stays on a button of the side itself, and the next news come too.
	sheet.Ask(t, `document.querySelector("#deal-side .btn-primary").focus()`)
	arrives()
	if got := sheet.Ask(t, `document.activeElement.matches("#deal-side .btn-primary")`); got != "true" {
		t.Errorf("the focus went to %s", sheet.Ask(t, `document.activeElement.outerHTML.slice(0, 200)`))
	}

	// Time that passes is counted once, by the house and by the page together.
	sheet.Ask(t, `(real => Date.now = () => real() + 11 * 3600e3)(Date.now.bind(Date))`)
	f.clock.Advance(11 * time.Hour) // within the life of a session
	arrives()
	want := f.enters(f.buyer, words.English).open("/deals/" + string(f.deals["agreed"])).text("#deal-side .clock-left")
	if got := sheet.Ask(t, `document.querySelector("#deal-side .clock-left").innerText.trim()`); got != want {
		t.Errorf("the clock says %q, the house %q", got, want)
	}

	// A session that ends leaves the page as it is.
	f.goes(sheet, "/deals/"+string(f.deals["agreed"]), words.English, session)
	r := f.visitor(words.English)
	base, err := url.Parse(f.server.URL)
	f.must(err)
	r.client.Jar.SetCookies(base, []*http.Cookie{session})
	r.post("/sign-out", nil)
	sheet.Ask(t, `(window.asked = 0, document.addEventListener("htmx:after:request", () => document.body.id = "asked-" + ++window.asked))`)
	sheet.Do(t, chromedp.WaitReady(chromedp.CSS(`#asked-2`)))
	if got := sheet.Ask(t, `[document.querySelectorAll("#deal-side").length, document.querySelectorAll("#deal-history").length, document.querySelectorAll("form[action='/sign-in']").length].join()`); got != "1,1,0" {
		t.Errorf("after the session ended the page holds %s", got)
	}
	for _, problem := range sheet.Problems() {
		t.Errorf("the browser complains: %s", problem)
	}
}

// TestTheMainThingIsDoneByKeyboardAlone walks with Tab and Enter from the
// dashboard to the deal, to the sheet, and signs.
func TestTheMainThingIsDoneByKeyboardAlone(t *testing.T) {
	t.Parallel()
	b, f := webtest.Open(t), openFair(t)
	seller := f.session(f.seller)
	id := f.deals["offered"]
	for _, view := range []webtest.View{webtest.Desk(), webtest.Phone()} {
		sheet := b.Visit(t, f.server.URL+"/sign-in", view)
		enter := chromedp.KeyEvent("\r")
		f.goes(sheet, "/", words.English, seller)
		sheet.Tabs(t, `.duty a[href="/deals/`+string(id)+`"]`)
		sheet.Do(t, enter, chromedp.WaitVisible(chromedp.CSS(`#deal-side .clock-act .btn-primary`)))
		sheet.Tabs(t, `#deal-side .clock-act .btn-primary`)
		sheet.Do(t, enter, chromedp.WaitVisible(chromedp.CSS(`.sheet .btn-seal`)))
		sheet.Tabs(t, `.sheet .btn-seal`)
		if view.Name == webtest.Phone().Name {
			sheet.Do(t, enter, chromedp.WaitVisible(chromedp.CSS(`.flash .notice`)))
		}
		for _, problem := range sheet.Problems() {
			t.Errorf("%s: the browser complains: %s", view.Name, problem)
		}
	}
	s, err := f.Deal(t.Context(), f.seller.Actor(), id)
	f.must(err)
	if s.Phase != deal.Agreed {
		t.Errorf("the deal is %s", s.Phase)
	}
}

// gutter is the room that pages keep for a scroll bar.
const gutter = 15

// TestPicturesOfTheDocs writes the pictures of the README into the folder that
// FONDACO_IMAGES names, from a house full of trade.
func TestPicturesOfTheDocs(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("FONDACO_IMAGES")
	if folder == "" {
		t.Skip("set FONDACO_IMAGES to a folder to take the pictures of the docs again")
	}
	b, f := webtest.Open(t), openFair(t)
	buyer := f.session(f.buyer)
	for _, view := range []struct {
		webtest.View
		name   string
		height float64
	}{{webtest.Desk(), "desktop", 1180}, {webtest.Phone(), "phone", 1240}} {
		sheet := b.Visit(t, f.server.URL+"/sign-in", view.View)
		for name, path := range map[string]string{"dashboard": "/", "deal": "/deals/" + string(f.deals["delivered"])} {
			for _, lang := range []string{"en", "zh"} {
				f.goes(sheet, path, lang, buyer)
				sheet.Do(t, pictured(filepath.Join(folder, name+"-"+lang+"-"+view.name+".png"), float64(view.Width), view.height))
			}
		}
	}
}

// pictured keeps the top of a page as a file; sizes are CSS pixels.
func pictured(file string, width, height float64) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		beyond := true
		picture, err := cdp.Call(ctx, target, page.CaptureScreenshot, page.CaptureScreenshotParams{
			CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Width: width - gutter, Height: height, Scale: 1},
		})
		if err != nil {
			return chromedp.Void{}, err
		}
		return chromedp.Void{}, os.WriteFile(file, picture.Data, 0o600)
	}
}
