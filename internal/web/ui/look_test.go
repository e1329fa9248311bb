package ui_test

import (
	"testing"

	"fondaco/internal/web/webtest"
)

func TestEveryPieceFitsAndIsAccessibleInBothLanguagesAndThemes(t *testing.T) {
	t.Parallel()
	browser, server := webtest.Open(t), serve(t)
	views := []webtest.View{webtest.Phone(), webtest.Desk(), webtest.Phone().InDark(), webtest.Desk().InDark(), webtest.Desk().AtTwice()}
	for _, lang := range []string{"en", "zh"} {
		for _, view := range views {
			t.Run(lang+" "+view.Name, func(t *testing.T) {
				page := browser.Visit(t, server.URL+"/"+lang, view)
				page.Picture(t, "gallery-"+lang)
				for _, wide := range page.Wider(t) {
					t.Errorf("sticks out: %s", wide)
				}
				for _, problem := range page.Problems() {
					t.Errorf("the browser complains: %s", problem)
				}
				for _, violation := range page.Audit(t) {
					t.Errorf("axe: %s", violation)
				}
			})
		}
	}
}

func TestThePageIsWholeWithoutScripts(t *testing.T) {
	t.Parallel()
	browser, server := webtest.Open(t), serve(t)
	page := browser.Visit(t, server.URL+"/en", webtest.Phone().WithoutScripts())
	page.Picture(t, "gallery-en")
	for _, problem := range page.Problems() {
		t.Errorf("the browser complains: %s", problem)
	}
}
