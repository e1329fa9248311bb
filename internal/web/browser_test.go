package web_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"fondaco/internal/web/webtest"
)

// TestABuyerAcceptsInARealBrowser clicks through the last step of a deal in
// Chromium, with scripts and under the policy of the house.
func TestABuyerAcceptsInARealBrowser(t *testing.T) {
	t.Parallel()
	b, f := webtest.Open(t), openFair(t)
	deal := "/deals/" + string(f.deals["delivered"])
	sheet := b.Visit(t, f.server.URL+deal, webtest.Phone())
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
				sheet.Do(t, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
					beyond := true
					picture, err := cdp.Call(ctx, target, page.CaptureScreenshot, page.CaptureScreenshotParams{
						CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Width: float64(view.Width) - gutter, Height: view.height, Scale: 1},
					})
					if err != nil {
						return chromedp.Void{}, err
					}
					return chromedp.Void{}, os.WriteFile(filepath.Join(folder, name+"-"+lang+"-"+view.name+".png"), picture.Data, 0o600)
				})
			}
		}
	}
}
