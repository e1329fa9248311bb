package api_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
)

// nearsighted is a store whose searches look through a thousandth of what they are
// told to; it remembers how much that was.
type nearsighted struct {
	assurance.Store
	told []int
}

func (n *nearsighted) Reach(ctx context.Context, q assurance.DealQuery, most int) (deal.ID, error) {
	n.told = append(n.told, most)
	return n.Store.Reach(ctx, q, most/1000)
}

func TestASearchAnswersInStretchesUntilAllIsLookedThrough(t *testing.T) {
	t.Parallel()
	n := &nearsighted{}
	w := populated(t, func(s assurance.Store) assurance.Store { n.Store = s; return n })
	var ids []string
	for i := range 24 {
		terms := w.terms()
		terms["title"] = map[bool]string{true: "Zebra", false: "Other"}[i%11 == 0] + fmt.Sprint(i)
		r := w.post("seller", "/v1/deals", terms)
		w.want(r, 201, "")
		ids = append(ids, r.word("id"))
	}
	var found []string
	var sizes []int
	before := ""
	for range len(ids) {
		r := w.get("seller", "/v1/deals?limit=2&search=zebra&before="+url.QueryEscape(before))
		w.want(r, 200, "")
		items, _ := r.field("items").([]any)
		sizes = append(sizes, len(items))
		for _, item := range items {
			found = append(found, item.(map[string]any)["id"].(string))
		}
		if before = r.word("next"); before == "" {
			break
		}
	}
	if want := []string{ids[22], ids[11], ids[0]}; !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
	if want := []int{1, 0, 1, 1}; !slices.Equal(sizes, want) { // of the newest 2, twice of 10, and of the rest
		t.Errorf("pages of %v, want %v", sizes, want)
	}
	if want := []int{2000, 10_000, 10_000, 10_000}; !slices.Equal(n.told, want) {
		t.Errorf("looked through %v deals, want %v", n.told, want)
	}
	if r := w.get("seller", "/v1/deals?search="+ids[0]); r.word("items.0.id") != ids[0] || r.word("next") != "" {
		t.Errorf("by its whole id: %s", r.text())
	}
}
