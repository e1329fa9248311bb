package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

func testViews(t *testing.T, open func(*testing.T) Backend) {
	t.Run("companies are found by their names", testParties(open))
	t.Run("deals are listed, searched and paged", testDeals(open))
	t.Run("a draft is its drafter's own", func(t *testing.T) {
		t.Parallel()
		b, s := open(t), NewScribe()
		p := s.Page()
		p.Record("deal:d1", "drafted", `{}`)
		p.batch.Deals = []assurance.DealRow{{ID: "d1", Title: "Secret", Buyer: "b", Seller: "s", Private: "s", Phase: deal.Draft, Version: 1, DraftedAt: s.at, UpdatedAt: s.at}}
		write(t, b, p)
		for party, want := range map[identity.PartyID]int{"b": 0, "s": 1, "": 1, "x": 0} {
			if rows := got[[]assurance.DealRow](t)(b.Deals(t.Context(), assurance.DealQuery{Party: party, Limit: 9})); len(rows) != want {
				t.Errorf("%q sees %d", party, len(rows))
			}
		}
	})
	t.Run("deals are found by what stands in them now", testSearch(open))
	t.Run("a search reaches so many deals", testReach(open))
	t.Run("deals that are over are kept whole", testClosed(open))
	t.Run("duties are the most urgent first", testDuties(open))
	t.Run("what is held is summed by side and currency", testHeld(open))
	t.Run("deposits and payouts", testMoney(open))
	t.Run("several companies at once", testNamed(open))
	t.Run("accounts by prefix", func(t *testing.T) {
		t.Parallel()
		b, s := open(t), NewScribe()
		p := s.Page()
		for _, party := range []string{"p1", "p10", "p2", "p"} {
			p.Post(p.Transfer(ledger.Posted, ledger.Rail("sandbox", usd()), ledger.Party(party, usd()), 5))
		}
		write(t, b, p)
		for _, c := range []struct {
			prefix string
			after  ledger.AccountID
			limit  int
			want   string
		}{
			{"", "", 9, "party:p/USD party:p1/USD party:p10/USD party:p2/USD rail:sandbox/USD"},
			{"", "party:p1/USD", 2, "party:p10/USD party:p2/USD"},
			{"party:p1/", "", 9, "party:p1/USD"},
			{"party:", "party:p10/USD", 9, "party:p2/USD"},
			{"rail", "", 9, "rail:sandbox/USD"},
			{"x", "", 9, ""},
		} {
			var names []string
			for _, row := range got[[]assurance.AccountRow](t)(b.Accounts(t.Context(), c.prefix, c.after, c.limit)) {
				names = append(names, string(row.Account))
				if want, _ := s.book.Balance(row.Account); want != row.Balance {
					t.Errorf("%s: %+v", row.Account, row.Balance)
				}
			}
			if have := strings.Join(names, " "); have != c.want {
				t.Errorf("%+v: got %s", c, have)
			}
		}
	})
}

func testParties(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		p := s.Page()
		var rows []assurance.PartyRow
		for i, name := range []string{"Ölmühle 100% GmbH", "Under_score Ltd", "杭州茶叶有限公司", `Back\slash Inc`, "UnderXscore Ltd"} {
			id := identity.PartyID(fmt.Sprintf("p%d", i))
			p.Record("party:"+string(id), "party_registered", `{}`)
			rows = append(rows, assurance.PartyRow{Party: identity.Party{ID: id, LegalName: name, Country: "CN", Registration: "r", Address: "1 Road\nTown"}, RegisteredAt: s.at, Standing: "submitted", Body: `{"documents":[]}`})
		}
		p.batch.Parties = rows
		write(t, b, p)
		if have := got[assurance.PartyRow](t)(b.Party(ctx, "p2")); !reflect.DeepEqual(have, rows[2]) {
			t.Errorf("got %+v", have)
		}
		_, err := b.Party(ctx, "nobody")
		refused(t, err, fault.NotFound, "party.not_found")
		for search, want := range map[string]string{
			"": "p0 p1 p2 p3 p4", "%": "p0", "_": "p1", `\`: "p3", "茶叶": "p2", "ölMÜHLE": "p0", "ltd": "p1 p4", " 100% ": "p0", "'": "", "under_": "p1",
		} {
			var ids []string
			for _, row := range got[[]assurance.PartyRow](t)(b.Parties(ctx, assurance.PartyQuery{Search: search, Limit: 9})) {
				ids = append(ids, string(row.ID))
			}
			if have := strings.Join(ids, " "); have != want {
				t.Errorf("%q finds %q, want %q", search, have, want)
			}
		}
		if page := got[[]assurance.PartyRow](t)(b.Parties(ctx, assurance.PartyQuery{After: "p1", Limit: 2})); !reflect.DeepEqual(page, rows[2:4]) {
			t.Errorf("a page: %+v", page)
		}
		p = s.Page()
		p.Record("party:p2", "renamed", `{}`)
		rows[2].LegalName, rows[2].Standing, rows[2].VerifiedUntil, rows[2].Body = "Renamed", "verified", s.at.AddDate(1, 0, 0), `{"vat":"茶"}`
		p.batch.Parties = rows[2:3]
		write(t, b, p)
		if found := got[[]assurance.PartyRow](t)(b.Parties(ctx, assurance.PartyQuery{Search: "renAMED", Limit: 2})); !reflect.DeepEqual(found, rows[2:3]) {
			t.Errorf("after a change: %+v", found)
		}
		for standing, want := range map[string]int{"submitted": 4, "verified": 1, "refused": 0} {
			if found := got[[]assurance.PartyRow](t)(b.Parties(ctx, assurance.PartyQuery{Standing: standing, Limit: 9})); len(found) != want {
				t.Errorf("%d companies are %s", len(found), standing)
			}
		}
		if found := got[[]assurance.PartyRow](t)(b.Parties(ctx, assurance.PartyQuery{Standing: "submitted", Search: "ltd", After: "p1", Limit: 9})); len(found) != 1 || found[0].ID != "p4" {
			t.Errorf("one of a standing, by name: %+v", found)
		}
	}
}

// dealHouse keeps four deals between three companies.
func dealHouse(t *testing.T, b Backend) (*Scribe, []assurance.DealRow) {
	t.Helper()
	s := NewScribe()
	p := s.Page()
	for id, name := range map[identity.PartyID]string{"ant": "Antwerp Trading", "bo": "波士顿贸易", "cy": "Cyprus 50%_ Ltd"} {
		p.Record("party:"+string(id), "party_registered", `{}`)
		p.batch.Parties = append(p.batch.Parties, assurance.PartyRow{Party: identity.Party{ID: id, LegalName: name}, RegisteredAt: s.at})
	}
	rows := []assurance.DealRow{
		{ID: "0004-ABC", Title: "Teapots 100% clay", Buyer: "ant", Seller: "bo", Phase: deal.Closed, Outcome: deal.Completed, Released: 5, Fees: 1, Refunded: 2},
		{ID: "0003", Title: "茶壶 under_score", Buyer: "bo", Seller: "ant", Phase: deal.Funded, Held: 10, Disputed: 3, OpenClaims: 2, Frozen: true},
		{ID: "0002", Title: "Cranes", Buyer: "cy", Seller: "ant", Phase: deal.Shipped, NextAt: s.at.Add(time.Hour)},
		{ID: "0001", Title: "Ropes", Buyer: "bo", Seller: "cy", Phase: deal.Draft},
	}
	names := map[identity.PartyID]string{"ant": "Antwerp Trading", "bo": "波士顿贸易", "cy": "Cyprus 50%_ Ltd"}
	for i := range rows {
		d := &rows[i]
		p.Record(d.ID.Stream(), "drafted", `{}`)
		d.Total, d.Version, d.DraftedAt, d.UpdatedAt = 10, int64(1+i), s.at, s.at.Add(time.Minute)
		if d.Phase != deal.Draft {
			d.Currency = money.MustCurrency("EUR") // a draft may not have chosen
		}
	}
	p.batch.Deals = slices.Clone(rows)
	write(t, b, p)
	for i := range rows {
		rows[i].BuyerName, rows[i].SellerName = names[rows[i].Buyer], names[rows[i].Seller]
	}
	return s, rows
}

func testDeals(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		s, rows := dealHouse(t, b)
		if have := got[[]assurance.DealRow](t)(b.Deals(ctx, assurance.DealQuery{Limit: 9})); !reflect.DeepEqual(have, rows) {
			t.Errorf("got %+v\nwant %+v", have, rows)
		}
		for _, c := range []struct {
			query assurance.DealQuery
			want  string
		}{
			{assurance.DealQuery{Party: "ant"}, "0004-ABC 0003 0002"},
			{assurance.DealQuery{Party: "cy"}, "0002 0001"},
			{assurance.DealQuery{Party: "x"}, ""},
			{assurance.DealQuery{Party: "ant", Bought: true}, "0004-ABC"},
			{assurance.DealQuery{Party: "bo", Bought: true}, "0003 0001"},
			{assurance.DealQuery{Party: "bo", Bought: true, Limit: 1, Phase: deal.Draft}, "0001"},
			{assurance.DealQuery{Party: "ant", Bought: true, Open: true}, ""},
			{assurance.DealQuery{Party: "bo", Bought: true, Search: "antwerp"}, "0003"},
			{assurance.DealQuery{Party: "ant", Bought: true, Search: "o"}, "0004-ABC"},
			{assurance.DealQuery{Phase: deal.Funded}, "0003"},
			{assurance.DealQuery{Party: "ant", Open: true}, "0003 0002"},
			{assurance.DealQuery{Open: true, Phase: deal.Closed}, ""},
			{assurance.DealQuery{Limit: 2}, "0004-ABC 0003"},
			{assurance.DealQuery{Limit: 2, Before: "0003"}, "0002 0001"},
			{assurance.DealQuery{Party: "ant", Before: "0003"}, "0002"},
			{assurance.DealQuery{Search: "%"}, "0004-ABC 0002 0001"}, // of a title, and of a company's name
			{assurance.DealQuery{Search: "r_s"}, "0003"},
			{assurance.DealQuery{Search: "_"}, "0003 0002 0001"},
			{assurance.DealQuery{Search: "茶壶"}, "0003"},
			{assurance.DealQuery{Search: "TEApots"}, "0004-ABC"},
			{assurance.DealQuery{Search: "4-abc"}, "0004-ABC"},
			{assurance.DealQuery{Search: "波士顿"}, "0004-ABC 0003 0001"},
			{assurance.DealQuery{Search: "antwerp", Party: "ant"}, ""}, // the own name is in every row
			{assurance.DealQuery{Search: "antwerp", Party: "bo"}, "0004-ABC 0003"},
			{assurance.DealQuery{Search: "50%_", Party: "bo"}, "0001"},
			{assurance.DealQuery{Search: `\`}, ""},
			{assurance.DealQuery{Party: "ant", Phase: deal.Shipped, Open: true, Search: "crane", Before: "0003"}, "0002"},
		} {
			if c.query.Limit == 0 {
				c.query.Limit = 9
			}
			var ids []string
			for _, row := range got[[]assurance.DealRow](t)(b.Deals(ctx, c.query)) {
				ids = append(ids, string(row.ID))
			}
			if have := strings.Join(ids, " "); have != c.want {
				t.Errorf("%+v: got %q, want %q", c.query, have, c.want)
			}
		}
		if have := got[[]string](t)(b.OpenDeals(ctx, "", 2)); !slices.Equal(have, []string{"0001", "0002"}) {
			t.Errorf("open: %v", have)
		}
		if have := got[[]string](t)(b.OpenDeals(ctx, "0002", 2)); !slices.Equal(have, []string{"0003"}) {
			t.Errorf("open, second page: %v", have)
		}
		p := s.Page()
		p.Record(rows[2].ID.Stream(), "arrived", `{}`)
		rows[2].Phase, rows[2].NextAt, rows[2].Version, rows[2].Frozen = deal.Delivered, time.Time{}, 9, true
		p.batch.Deals = rows[2:3]
		write(t, b, p)
		if have := got[[]assurance.DealRow](t)(b.Deals(ctx, assurance.DealQuery{Limit: 9})); !reflect.DeepEqual(have, rows) {
			t.Errorf("after a change: %+v", have)
		}
		testRelisted(t, b, s, rows)
	}
}

// testRelisted moves deals to other lists.
func testRelisted(t *testing.T, b Backend, s *Scribe, rows []assurance.DealRow) {
	t.Helper()
	p := s.Page()
	p.Record(rows[2].ID.Stream(), "sold_on", `{}`)
	p.Record(rows[3].ID.Stream(), "withdrawn", `{}`)
	sold, ended := rows[2], rows[3]
	sold.Buyer, sold.Relisted, ended.Phase = "bo", true, deal.Closed
	p.batch.Deals = []assurance.DealRow{sold, ended}
	write(t, b, p)
	for _, c := range []struct {
		query assurance.DealQuery
		want  string
	}{
		{assurance.DealQuery{Party: "cy"}, "0001"},
		{assurance.DealQuery{Party: "cy", Open: true}, ""},
		{assurance.DealQuery{Party: "bo", Open: true}, "0003 0002"},
		{assurance.DealQuery{Phase: deal.Delivered}, "0002"},
	} {
		c.query.Limit = 9
		var ids []string
		for _, d := range got[[]assurance.DealRow](t)(b.Deals(t.Context(), c.query)) {
			ids = append(ids, string(d.ID))
		}
		if have := strings.Join(ids, " "); have != c.want {
			t.Errorf("%+v after the lists have changed: %s", c.query, have)
		}
	}
}

// found lists the deals that a search finds.
func found(t *testing.T, b Backend, q assurance.DealQuery) string {
	t.Helper()
	var ids []string
	if q.Limit == 0 {
		q.Limit = 9
	}
	for _, row := range got[[]assurance.DealRow](t)(b.Deals(t.Context(), q)) {
		ids = append(ids, string(row.ID))
	}
	return strings.Join(ids, " ")
}

func testReach(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b := open(t)
		s, rows := dealHouse(t, b)
		for _, c := range []struct {
			query assurance.DealQuery
			most  int
			want  deal.ID
		}{
			{assurance.DealQuery{Search: "x"}, 1, "0004-ABC"},
			{assurance.DealQuery{Search: "x"}, 3, "0002"},
			{assurance.DealQuery{Search: "x"}, 4, "0001"},
			{assurance.DealQuery{Search: "x"}, 5, ""},
			{assurance.DealQuery{Search: "x", Before: "0003"}, 1, "0002"},
			{assurance.DealQuery{Search: "x", Open: true}, 1, "0003"},
			{assurance.DealQuery{Search: "x", Phase: deal.Shipped}, 2, "0002"}, // an open deal, whatever its phase
			{assurance.DealQuery{Search: "x", Party: "ant"}, 1, "0004-ABC"},    // that it buys; it sells 0003
			{assurance.DealQuery{Search: "x", Party: "ant"}, 2, "0002"},        // that it sells; it buys one only
			{assurance.DealQuery{Search: "x", Party: "ant"}, 3, ""},
			{assurance.DealQuery{Search: "x", Party: "ant", Bought: true}, 2, ""},
			{assurance.DealQuery{Search: "x", Party: "nobody"}, 1, ""},
			{assurance.DealQuery{Search: "01a20901-712b-7b37-b2bb-787c42ae2fc2"}, 1, ""}, // found wherever it is
		} {
			if have := got[deal.ID](t)(b.Reach(t.Context(), c.query, c.most)); have != c.want {
				t.Errorf("%d of %+v reach back to %q, want %q", c.most, c.query, have, c.want)
			}
		}
		const whole = "01a20901-712b-7b37-b2bb-787c42ae2fc2"
		p := s.Page()
		p.Record(deal.ID(whole).Stream(), "drafted", `{}`)
		row := rows[3]
		row.ID, row.Private, row.Relisted = whole, "bo", true
		p.batch.Deals = []assurance.DealRow{row}
		write(t, b, p)
		for party, want := range map[identity.PartyID]string{"": whole, "bo": whole, "cy": "", "ant": ""} { // a draft of bo's, for cy
			if have := found(t, b, assurance.DealQuery{Party: party, Search: strings.ToUpper(whole)}); have != want {
				t.Errorf("by its whole id %q finds %q, want %q", party, have, want)
			}
		}
	}
}

func testSearch(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b := open(t)
		s, rows := dealHouse(t, b)
		p := s.Page()
		for i, title := range []string{"ÖLMÜHLE 7", "Чайники", "Q", "Secret teapots"} {
			id := deal.ID(fmt.Sprintf("00%d", 5+i) + "f")
			p.Record(id.Stream(), "drafted", `{}`)
			row := rows[0]
			row.ID, row.Title, row.Buyer, row.Seller, row.Phase, row.Outcome, row.Relisted = id, title, "ant", "cy", deal.Draft, "", true
			if strings.HasPrefix(title, "Secret") {
				row.Private = "cy"
			}
			p.batch.Deals = append(p.batch.Deals, row)
		}
		write(t, b, p)
		secret := p.batch.Deals[3]
		for _, c := range []struct {
			query assurance.DealQuery
			want  string
		}{
			{assurance.DealQuery{Party: "cy", Search: "ölmühle"}, "005f"},
			{assurance.DealQuery{Party: "ant", Search: "ЧАЙНИК"}, "006f"},
			{assurance.DealQuery{Search: "чай"}, "006f"},
			{assurance.DealQuery{Party: "ant", Search: "q"}, "007f"},
			{assurance.DealQuery{Party: "ant", Search: "茶"}, "0003"},
			{assurance.DealQuery{Party: "ant", Search: "teapots"}, "0004-ABC"}, // the other's draft is no business of theirs
			{assurance.DealQuery{Party: "cy", Search: "teapots"}, "008f"},
			{assurance.DealQuery{Search: "teapots"}, "008f 0004-ABC"},
			{assurance.DealQuery{Party: "ant", Search: "cyprus"}, "007f 006f 005f 0002"}, // bought and sold
			{assurance.DealQuery{Party: "ant", Search: "cyprus", Limit: 2}, "007f 006f"},
			{assurance.DealQuery{Party: "ant", Search: "cyprus", Limit: 2, Before: "006f"}, "005f 0002"},
			{assurance.DealQuery{Party: "ant", Search: "cyprus", Open: true, Before: "005f"}, "0002"},
			{assurance.DealQuery{Party: "ant", Search: "cyprus", Phase: deal.Shipped}, "0002"},
			{assurance.DealQuery{Party: "ant", Search: "teapots", Phase: deal.Closed}, "0004-ABC"},
			{assurance.DealQuery{Party: "ant", Search: "teapots", Phase: deal.Closed, Open: true}, ""},
			{assurance.DealQuery{Party: "ant", Search: "6F"}, "006f"},
			{assurance.DealQuery{Party: "bo", Search: "6F"}, ""},
			{assurance.DealQuery{Party: "ant", Search: "cyprus", From: "006f"}, "007f 006f"}, // and none that is older
			{assurance.DealQuery{Party: "ant", Search: "cyprus", From: "0002", Before: "006f"}, "005f 0002"},
			{assurance.DealQuery{Search: "a", From: "0003"}, "008f 007f 006f 005f 0004-ABC 0003"},
		} {
			if have := found(t, b, c.query); have != c.want {
				t.Errorf("%+v: got %q, want %q", c.query, have, c.want)
			}
		}
		p = s.Page()
		p.Record(secret.ID.Stream(), "offered", `{}`)
		p.Record(rows[2].ID.Stream(), "amended", `{}`)
		secret.Private, secret.Relisted, secret.Phase = "", false, deal.Offered
		other := rows[2]
		other.Title, other.Relisted = "Hoists", true
		p.batch.Deals = []assurance.DealRow{secret, other}
		write(t, b, p)
		for search, want := range map[string]string{"secret": "008f", "crane": "", "hoist": "0002"} {
			if have := found(t, b, assurance.DealQuery{Party: "ant", Search: search}); have != want {
				t.Errorf("%s after a change: got %q, want %q", search, have, want)
			}
		}
	}
}

// testNamed looks for companies by several ids at once.
func testNamed(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b := open(t)
		dealHouse(t, b)
		var have []string
		for _, row := range got[[]assurance.PartyRow](t)(b.PartiesOf(t.Context(), []identity.PartyID{"cy", "x", "ant", "cy"})) {
			if one := got[assurance.PartyRow](t)(b.Party(t.Context(), row.ID)); !reflect.DeepEqual(row, one) {
				t.Errorf("got %+v, by itself %+v", row, one)
			}
			have = append(have, row.LegalName)
		}
		slices.Sort(have)
		if !slices.Equal(have, []string{"Antwerp Trading", "Cyprus 50%_ Ltd"}) || len(got[[]assurance.PartyRow](t)(b.PartiesOf(t.Context(), nil))) != 0 {
			t.Errorf("got %v", have)
		}
	}
}

func testHeld(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b := open(t)
		s, rows := dealHouse(t, b)
		p := s.Page()
		p.Record(rows[2].ID.Stream(), "funded", `{}`)
		p.Record(rows[3].ID.Stream(), "funded", `{}`)
		rows[2].Held, rows[3].Held, rows[3].Phase = 7, 5, deal.Funded
		rows[3].Currency, rows[3].Relisted = usd(), true
		p.batch.Deals = rows[2:4]
		write(t, b, p)
		for party, want := range map[identity.PartyID]string{
			"ant": "seller EUR 17; ", "bo": "buyer EUR 10; buyer USD 5; ", "cy": "buyer EUR 7; seller USD 5; ", "x": "",
		} {
			var have string
			for _, h := range got[[]assurance.HeldRow](t)(b.Held(t.Context(), party)) {
				have += fmt.Sprintf("%s %s %d; ", h.Side, h.Sum.Currency().Code(), h.Sum.Minor())
			}
			if have != want {
				t.Errorf("held for %s: %s", party, have)
			}
		}
		for party, want := range map[identity.PartyID]string{
			"ant": "0002 seller EUR 7; 0003 seller EUR 10; ", "bo": "0001 buyer USD 5; 0003 buyer EUR 10; ", "cy": "0001 seller USD 5; 0002 buyer EUR 7; ", "x": "",
		} {
			var have string
			for _, o := range got[[]assurance.OpenDeal](t)(b.OpenDealsOf(t.Context(), party)) {
				have += fmt.Sprintf("%s %s %s %d; ", o.Deal, o.Side, o.Currency.Code(), o.Held)
			}
			if have != want {
				t.Errorf("open deals of %s: %s", party, have)
			}
		}
		for most, want := range map[int]int{1: 1, 2: 2, 3: 2} {
			if have := got[int](t)(b.OpenCount(t.Context(), "cy", most)); have != want {
				t.Errorf("of at most %d open deals %d are counted, want %d", most, have, want)
			}
		}
	}
}

func testDuties(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		s, _ := dealHouse(t, b)
		duty := func(id deal.ID, party identity.PartyID, what string, hours int) assurance.DutyRow {
			o := deal.Obligation{Who: deal.WhoBuyer, What: what, Lapse: "expires", Ref: "c1", May: hours%2 == 0, Paused: hours == 3}
			if hours > 0 {
				o.By = s.at.Add(time.Duration(hours) * time.Hour)
			}
			return assurance.DutyRow{Deal: id, Party: party, Obligation: o}
		}
		stored := map[deal.ID][]assurance.DutyRow{}
		set := func(id deal.ID, rows ...assurance.DutyRow) {
			p := s.Page()
			p.Record(id.Stream(), "noted", `{}`)
			p.batch.Duties = []assurance.DutySet{{Deal: id, Was: stored[id], Rows: rows}}
			write(t, b, p)
			stored[id] = rows
		}
		want := duty("0003", "ant", "third", 3)
		set("0003", duty("0003", "ant", "no clock", 0), want, duty("0003", "bo", "else", 1), duty("0003", "", "house", 1))
		set("0002", duty("0002", "ant", "first", 1), duty("0002", "ant", "second", 2))
		list := func(party identity.PartyID, limit int) string {
			var out []string
			for _, d := range got[[]assurance.DutyRow](t)(b.Duties(ctx, party, limit)) {
				out = append(out, d.Obligation.What+"/"+d.Title+"/"+d.Counterparty)
			}
			return strings.Join(out, "; ")
		}
		for _, c := range []struct {
			party identity.PartyID
			limit int
			want  string
		}{
			{"ant", 9, "first/Cranes/Cyprus 50%_ Ltd; second/Cranes/Cyprus 50%_ Ltd; third/茶壶 under_score/波士顿贸易; no clock/茶壶 under_score/波士顿贸易"},
			{"ant", 1, "first/Cranes/Cyprus 50%_ Ltd"},
			{"bo", 9, "else/茶壶 under_score/Antwerp Trading"},
			{"", 9, "house/茶壶 under_score/"},
			{"cy", 9, ""},
		} {
			if have := list(c.party, c.limit); have != c.want {
				t.Errorf("%q: got %s", c.party, have)
			}
		}
		agendaOfDuties(t, b)
		want.Title, want.Counterparty = "茶壶 under_score", "波士顿贸易"
		if have := got[[]assurance.DutyRow](t)(b.Duties(ctx, "ant", 3))[2]; have != want {
			t.Errorf("got %+v, want %+v", have, want)
		}
		set("0002")
		set("0003", duty("0003", "ant", "only", 4))
		if have := list("ant", 9); have != "only/茶壶 under_score/波士顿贸易" {
			t.Errorf("after a change: %s", have)
		}
	}
}

// agendaOfDuties compares what is read of the open deals of "ant" with its duties.
func agendaOfDuties(t *testing.T, b Backend) {
	t.Helper()
	all := got[[]assurance.DutyRow](t)(b.Duties(t.Context(), "ant", 9))
	if have := got[[]assurance.DutyRow](t)(b.DutiesIn(t.Context(), "ant", []deal.ID{"0003", "0002", "0001", "none"})); !reflect.DeepEqual(have, all) {
		t.Errorf("in the deals: %+v\nwant %+v", have, all)
	}
	if have := got[[]assurance.DutyRow](t)(b.DutiesIn(t.Context(), "ant", []deal.ID{"0002"})); !reflect.DeepEqual(have, all[:2]) {
		t.Errorf("in one deal: %+v", have)
	}
	var dues []string
	for _, o := range got[[]assurance.OpenDeal](t)(b.OpenDealsOf(t.Context(), "ant")) {
		for _, d := range o.Dues {
			dues = append(dues, fmt.Sprintf("%s/%d/%s", o.Deal, d.Place, d.By))
		}
	}
	wants := fmt.Sprintf("0002/0/%s 0002/1/%s 0003/0/%s 0003/1/%s", all[0].Obligation.By, all[1].Obligation.By, time.Time{}, all[2].Obligation.By)
	if have := strings.Join(dues, " "); have != wants {
		t.Errorf("dues: %s, want %s", have, wants)
	}
}

func testMoney(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		s, _ := dealHouse(t, b)
		notice := treasury.Notice{Rail: "sandbox", Reference: "r1", Deal: "0003", Payer: "Ann & Söhne", Amount: money.New(10, usd()), BookedAt: s.at}
		deposits := []assurance.DepositRow{
			{ID: "m3", Deposit: treasury.Deposit{ID: "m3", Version: 1, Notice: notice, Stage: treasury.Matched, Deal: "0003", Applied: 10, At: s.at}, Buyer: "bo", Seller: "ant"},
			{ID: "m2", Deposit: treasury.Deposit{ID: "m2", Version: 1, Notice: notice, Stage: treasury.Suspense, Rest: 10, Why: "wrong_currency", At: s.at}, Buyer: "bo", Seller: "ant"},
			{ID: "m1", Deposit: treasury.Deposit{ID: "m1", Version: 1, Notice: notice, Stage: treasury.Suspense, Deal: "0001", Applied: 9, Rest: 1, Why: "surplus", At: s.at}, Buyer: "ant", Seller: "cy"}, // another company was the buyer then
		}
		payouts := []assurance.PayoutRow{
			{ID: "o2", Payout: treasury.Payout{ID: "o2", Version: 1, Party: "bo", Rail: "sandbox", Amount: money.New(10, usd()), Stage: treasury.Instructed, Cause: "deal:0003", At: s.at}},
			{ID: "o1", Payout: treasury.Payout{ID: "o1", Version: 3, Party: "ant", Rail: "sandbox", Amount: money.New(3, usd()), Stage: treasury.Bounced, Cause: "own wish", At: s.at, Reference: "x", Failure: "closed"}},
		}
		p := s.Page()
		p.Record("deposit:m1", "deposit_booked", `{}`)
		p.batch.Deposits, p.batch.Payouts = deposits, payouts
		write(t, b, p)
		if have := got[[]assurance.DepositRow](t)(b.Deposits(ctx, assurance.MoneyQuery{Limit: 9})); !reflect.DeepEqual(have, deposits) {
			t.Errorf("got %+v", have)
		}
		if have := got[[]assurance.PayoutRow](t)(b.Payouts(ctx, assurance.MoneyQuery{Limit: 9})); !reflect.DeepEqual(have, payouts) {
			t.Errorf("got %+v", have)
		}
		begun := got[[]deal.ID](t)(b.Begun(ctx, []deal.ID{"0001", "0002", "0003", "0004-ABC", "0003"}))
		slices.Sort(begun)
		if !slices.Equal(begun, []deal.ID{"0001", "0003"}) || len(got[[]deal.ID](t)(b.Begun(ctx, nil))) != 0 {
			t.Errorf("money has come for %v", begun)
		}
		for _, c := range []struct {
			query             assurance.MoneyQuery
			deposits, payouts string
		}{
			{assurance.MoneyQuery{Party: "ant"}, "m3 m2", "o1"},
			{assurance.MoneyQuery{Party: "cy"}, "m1", ""},
			{assurance.MoneyQuery{Party: "bo"}, "m3 m2", "o2"}, // m1 is not found, because it was not theirs then
			{assurance.MoneyQuery{Deal: "0003"}, "m3 m2", "o2"},
			{assurance.MoneyQuery{Deal: "0003", Party: "ant"}, "m3 m2", ""},
			{assurance.MoneyQuery{Stage: "suspense"}, "m2 m1", ""},
			{assurance.MoneyQuery{Stage: "returned"}, "", "o1"},
			{assurance.MoneyQuery{Before: "m3", Stage: "suspense", Deal: "0003", Party: "bo"}, "m2", ""},
			{assurance.MoneyQuery{Before: "o2"}, "m3 m2 m1", "o1"},
			{assurance.MoneyQuery{Limit: 1}, "m3", "o2"},
		} {
			if c.query.Limit == 0 {
				c.query.Limit = 9
			}
			var in, out []string
			for _, d := range got[[]assurance.DepositRow](t)(b.Deposits(ctx, c.query)) {
				in = append(in, d.ID)
			}
			for _, o := range got[[]assurance.PayoutRow](t)(b.Payouts(ctx, c.query)) {
				out = append(out, o.ID)
			}
			if strings.Join(in, " ") != c.deposits || strings.Join(out, " ") != c.payouts {
				t.Errorf("%+v: got %v and %v", c.query, in, out)
			}
		}
	}
}
