package screening_test

import (
	"slices"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/screening"
)

func TestTheRegisterKeepsTheOldVersionWhenANewOneIsRefused(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	var r screening.Register
	events := []screening.RegisterEvent{
		screening.ListUpdated{List: "un", Version: "2026-02-27", Checksum: "aa", Entries: 1003, Added: 1003},
		screening.ListRefused{List: "un", Checksum: "bb", Code: "watchlist.truncated"},
		screening.ListRefused{List: "eu", Checksum: "cc", Code: "watchlist.hostile"},
		screening.Rechecked{List: "un", Mark: 1, Parties: 7},
	}
	for i, e := range events {
		payload, err := evidence.Canonical(e)
		if err != nil {
			t.Fatal(err)
		}
		read, err := screening.DecodeRegister(e.Kind(), payload)
		if err != nil || read != e {
			t.Fatal(read, err)
		}
		before := r
		r = r.Apply(read, at.Add(time.Duration(i)*time.Hour))
		if len(before.Lists) > 0 && before.Lists["un"].Refused != "" && i == 1 {
			t.Error("folding changes the state before it")
		}
	}
	un, eu := r.Lists["un"], r.Lists["eu"]
	if r.Version != 4 || un.Checksum != "aa" || un.Mark != 1 || un.Refused != "watchlist.truncated" || !un.RefusedAt.Equal(at.Add(time.Hour)) || eu.Mark != 0 || eu.Refused != "watchlist.hostile" {
		t.Errorf("%+v", r)
	}
	if _, err := screening.DecodeRegister("list_lost", nil); fault.CodeOf(err) != "screening.bad_event" {
		t.Error(err)
	}
}

func TestComparingVersionsNamesWhatIsNewGoneAndOther(t *testing.T) {
	t.Parallel()
	entry := func(id, name string) screening.Entry {
		return screening.Entry{List: "own:test", ID: id, Names: []screening.Name{{Text: name}}}
	}
	before := screening.List{Entries: []screening.Entry{entry("1", "Ada"), entry("2", "Bo"), entry("3", "Cy")}}
	after := screening.List{Entries: []screening.Entry{entry("4", "Di"), entry("2", "Bo"), entry("3", "Cyr")}}
	c := screening.Compare(before, after)
	if !slices.Equal(c.Added, []string{"4"}) || !slices.Equal(c.Removed, []string{"1"}) || !slices.Equal(c.Changed, []string{"3"}) {
		t.Errorf("%+v", c)
	}
}
