package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/web/webtest"
	"fondaco/internal/web/words"
)

// nearsighted is a store whose searches look through a thousandth of what they are
// told to, so that a few deals are many.
type nearsighted struct{ assurance.Store }

func (n nearsighted) Reach(ctx context.Context, q assurance.DealQuery, most int) (deal.ID, error) {
	return n.Store.Reach(ctx, q, max(1, most/1000))
}

// openArchive is a house whose buyer has five times as many drafts as a search begins
// with, the oldest of which is about zebras.
func openArchive(t *testing.T) *fair {
	t.Helper()
	f := &fair{house: opens(t, func(c *assurance.Config, _ string) { c.Store = nearsighted{c.Store} }), deals: map[string]deal.ID{}}
	f.buyer = f.joins("annegret@rpm.example", "Annegret Lindqvist", longName, "DE")
	f.seller = f.joins("chen@beilun.example", "Chen Siyuan", "宁波北仑精密机械有限公司", "CN")
	for i, title := range []string{"Zebra hides", "Clamps", "Clamps", "Vices", "Clamps", "Vices", "Clamps", "Vices", "Bolts", "Bolts"} {
		f.deals[fmt.Sprint(i)] = f.reaches(deal.Draft, f.terms(title, "As agreed", 4, 3125))
	}
	return f
}

func TestASearchGoesBackAStretchAtATime(t *testing.T) {
	t.Parallel()
	f := openArchive(t)
	for lang, first := range map[string]string{words.English: "Nothing found so far", words.Chinese: "目前还没有找到"} {
		r := f.enters(f.buyer, lang).open("/deals?q=zebra")
		for _, want := range []string{first, "Zebra hides"} {
			r.wants(200, "/deals")
			if !strings.Contains(r.text("#found"), want) {
				t.Fatalf("%s: found %q, want %q", lang, r.text("#found"), want)
			}
			further, _ := r.page.Find("#found .empty a").Attr("href")
			if loads, _ := r.page.Find("#found").Attr("hx-get"); loads != further {
				t.Errorf("%s: a script goes on at %q, a reader without at %q", lang, loads, further)
			}
			if further != "" {
				r.open(further)
			}
		}
		if rows := r.page.Find("#found tbody tr").Length(); rows != 1 {
			t.Errorf("%s: %d deals were found", lang, rows)
		}
		if r.open("/deals?q=bolts"); r.page.Find("#found tbody tr").Length() != 2 || r.page.Find("#found .pager a").Length() != 1 {
			t.Errorf("%s: of the newest deals %q", lang, r.text("#found"))
		}
		if r.open("/deals?q=" + string(f.deals["0"])); !strings.Contains(r.text("#found"), "Zebra hides") {
			t.Errorf("%s: by its number %q", lang, r.text("#found"))
		}
		if r.open("/deals.csv?q=clamps"); strings.Count(r.body, "Clamps") != 4 {
			t.Errorf("%s: the sheet holds %q", lang, r.body)
		}
	}
}

func TestASearchThatHasFoundNothingGoesOnByItself(t *testing.T) {
	t.Parallel()
	b, f := webtest.Open(t), openArchive(t)
	buyer := f.session(f.buyer)
	sheet := b.Visit(t, f.server.URL+"/sign-in", webtest.Phone())
	f.goes(sheet, "/deals?q=zebra", words.English, buyer)
	sheet.Do(t, chromedp.WaitVisible(chromedp.CSS(`#found tbody a[href="/deals/`+string(f.deals["0"])+`"]`)))
	f.goes(sheet, "/deals?q=giraffe", words.English, buyer)
	sheet.Do(t, chromedp.WaitVisible(chromedp.CSS(`#found .empty a[href="/deals"]`)))
	if got := sheet.Ask(t, `document.querySelectorAll("#found").length + document.querySelector("#found").innerText`); !strings.HasPrefix(got, "1") || !strings.Contains(got, "No deal matches") {
		t.Errorf("at the end the page says %q", got)
	}
	for _, problem := range sheet.Problems() {
		t.Errorf("the browser complains: %s", problem)
	}
}
