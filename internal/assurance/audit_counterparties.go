package assurance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/trade/screening"
)

// trust is what the log says about who trades here: cases, lists, reviews, and what
// they and the closed deals leave of every company.
type trust struct {
	cases    map[string]compliance.Case
	register screening.Register
	versions map[string]ListRow // of lists, by code and mark
	books    map[string]reputation.Book

	mark    int64 // tidings up to here are in the standings
	moved   int64 // the last tiding after which scores change
	known   map[identity.PartyID]known
	ratings map[string]RatingRow // by deal and rater
}

func newTrust(mark int64) trust {
	return trust{
		cases: map[string]compliance.Case{}, register: screening.Register{Lists: map[string]screening.ListState{}}, versions: map[string]ListRow{},
		books: map[string]reputation.Book{}, mark: mark, moved: -1, known: map[identity.PartyID]known{}, ratings: map[string]RatingRow{},
	}
}

func (f *folding) foldCheckCase(id string, r Record) error {
	c, known := f.trust.cases[id]
	if !known {
		c.ID = id
	}
	c, err := foldCase(c, r)
	if err != nil {
		return err
	}
	f.trust.cases[id] = c
	due, _ := c.Next()
	f.clocks[r.Stream] = dueClock(r.Stream, "check", due)
	return nil
}

func (f *folding) foldRegister(r Record) (err error) {
	e, err := screening.DecodeRegister(r.Kind, r.Payload)
	if err != nil {
		return err
	}
	f.trust.register = f.trust.register.Apply(e, r.At)
	if u, updated := e.(screening.ListUpdated); updated {
		row := ListRow{
			Code: u.List, Version: u.Version, Checksum: u.Checksum, Source: u.Source, Entries: u.Entries, Bytes: u.Bytes, Mark: f.trust.register.Version, At: instant(r.At),
		}
		f.trust.versions[versionKey(row)] = row
	}
	return nil
}

func versionKey(r ListRow) string { return fmt.Sprintf("%s/%010d", r.Code, r.Mark) }

func (f *folding) foldReviews(id string, r Record) error {
	b, known := f.trust.books[id]
	if !known {
		b.Deal = id
	}
	b, err := foldBook(b, r)
	if err != nil {
		return err
	}
	f.trust.books[id] = b
	due, _ := b.Next()
	f.clocks[r.Stream] = dueClock(r.Stream, "reviews", due)
	if r.Kind == (reputation.ReviewRevealed{}).Kind() && r.Sequence <= f.trust.mark {
		f.trust.revealed(b, r.Sequence)
	}
	return nil
}

// closed takes in what a deal that has closed says of both its sides.
func (t *trust) closed(s deal.State, sequence int64) {
	if sequence > t.mark || s.AgreedAt.IsZero() {
		return
	}
	for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
		k := t.known[partyOf(s, side)]
		k.Facts = k.Facts.With(OutcomeOf(s, side))
		t.known[partyOf(s, side)] = k
	}
}

func (t *trust) revealed(b reputation.Book, sequence int64) {
	t.moved = sequence
	for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
		if r := b.By(side); r != nil {
			k := t.known[b.Party(side.Other())]
			k.Reviews = k.Reviews.With(r.Aspects)
			t.known[b.Party(side.Other())] = k
		}
	}
	for _, g := range reputation.RatingsOf(b) {
		if row := ratingRowOf(g); row.Weight > 0 {
			row.At = instant(row.At)
			t.ratings[ratingKey(row)] = row
		}
	}
}

func ratingKey(r RatingRow) string { return string(r.Deal) + " by " + string(r.From) }

// looked takes in that a company was verified, or is so no more.
func (t *trust) looked(party identity.PartyID, sequence int64) {
	t.moved = sequence // whoever is verified counts at once, and the standings follow
	if sequence > t.mark {
		return
	}
	if _, there := t.known[party]; !there {
		t.known[party] = known{} // it has a standing from now on
	}
}

// trustChecks compare what is kept about who trades here with the log.
func (a Audit) trustChecks(ctx context.Context, f *folding) ([]Check, error) {
	waiting, err := a.holdsWait(ctx)
	if err != nil {
		return nil, err
	}
	out := []Check{*f.holds(), *f.still(waiting)}
	for _, check := range []func(context.Context, *folding) (*Check, error){
		a.caseRows, a.listRows, a.reviewRows, a.ratingRows, a.standingRows, a.listsAge, a.fourEyes,
	} {
		c, err := check(ctx, f)
		if err != nil {
			return nil, err
		}
		out = append(out, *c)
	}
	return out, nil
}

// holdsWait reports whether the outbox has yet to stop deals or to let them go on.
func (a Audit) holdsWait(ctx context.Context) (bool, error) {
	messages, err := a.Store.DueMessages(ctx, endOfTime(), math.MaxInt32)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(messages, func(m Message) bool { return m.Topic == TopicHold }), nil
}

// holds sees that a company is held by exactly those of its cases that hold it.
func (f *folding) holds() *Check {
	c := newCheck("whoever is held is held by a case, and nobody else")
	want, kept := map[string]bool{}, map[string]bool{}
	for id, one := range f.trust.cases {
		if one.Holds() {
			want["case "+id+" holds "+string(one.Subject.Party)] = true
		}
	}
	for id, o := range f.organisations {
		for _, number := range o.Holds {
			kept["case "+number+" holds "+string(id)] = true
		}
	}
	compare(c, want, kept, func(b bool) bool { return b })
	c.Counted = max(c.Counted, int64(len(f.trust.cases)))
	return c
}

// still sees that contracts of held companies stand still, and that no case stops
// one that it has no reason to stop.
func (f *folding) still(waiting bool) *Check {
	c := newCheck("contracts of held companies stand still, and those alone")
	for id, s := range f.open {
		known, ofCase := f.trust.cases[s.FreezeCase]
		held := f.organisations[s.Terms.Buyer].Held() || f.organisations[s.Terms.Seller].Held()
		if !held && !(s.Frozen && ofCase) {
			continue
		}
		c.count()
		switch {
		case waiting: // an order that says so is on its way
		case held && !s.AgreedAt.IsZero() && !s.Frozen:
			c.fail("deal %s goes on, and a company of it is held", id)
		case !held && !known.Holds():
			c.fail("deal %s stands still for case %s, which holds nobody any more", id, s.FreezeCase)
		}
	}
	return c
}

func (a Audit) caseRows(ctx context.Context, f *folding) (*Check, error) {
	return view[compliance.Case, CaseRow]{
		name: "cases are as their events say", said: f.trust.cases, of: CaseViewOf,
		line: func(r CaseRow) string {
			return fmt.Sprint(r.Party, " ", r.Stage, " ", r.Holds, " ", r.Assignee, " ", instant(r.OpenedAt).UnixMicro(), " ", instant(r.DecideBy).UnixMicro(), " ", string(r.Body))
		},
		page: func(before string) ([]CaseRow, error) {
			return a.Store.CheckCases(ctx, CaseQuery{Before: before, Limit: auditPage})
		},
		id: func(r CaseRow) string { return r.ID },
	}.check()
}

// listRows compares every version of every list with what was recorded of it, and
// its bytes with their checksum.
func (a Audit) listRows(ctx context.Context, f *folding) (*Check, error) {
	newest, err := a.Store.Lists(ctx)
	if err != nil {
		return nil, err
	}
	codes := map[string]bool{}
	for _, r := range newest {
		codes[r.Code] = true
	}
	kept := map[string]ListRow{}
	c := newCheck("lists are the versions that were recorded, to the byte")
	for _, code := range keysOf(codes, f.trust.register.Lists) {
		rows, err := a.Store.ListVersions(ctx, code, math.MaxInt32)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			r.At = instant(r.At)
			kept[versionKey(r)] = r
			body, err := a.Store.ListBody(ctx, code, r.Checksum)
			if err != nil {
				return nil, err
			}
			if evidence.HashOf(body).String() != r.Checksum || int64(len(body)) != r.Bytes {
				c.fail("the bytes of version %s of the list %s are not those that were read", r.Version, code)
			}
		}
	}
	compare(c, f.trust.versions, kept, func(r ListRow) ListRow { return r })
	return c, nil
}

func (a Audit) reviewRows(ctx context.Context, f *folding) (*Check, error) {
	line := func(r ReviewRow) string {
		return fmt.Sprint(r.To, " ", instant(r.WrittenAt).UnixMicro(), " ", instant(r.RevealedAt).UnixMicro(), " ", r.Hidden, " ", string(r.Body))
	}
	key := func(r ReviewRow) string { return string(r.Deal) + " by " + string(r.From) }
	want, kept := map[string]string{}, map[string]string{}
	for _, b := range f.trust.books {
		rows, err := ReviewViewsOf(b)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			want[key(r)] = line(r)
		}
	}
	for _, party := range keysOf(f.parties, map[identity.PartyID]bool{}) {
		rows, err := a.Store.Reviews(ctx, ReviewQuery{From: party, Limit: math.MaxInt32})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			kept[key(r)] = line(r)
		}
	}
	c := newCheck("reviews are as their events say")
	compare(c, want, kept, func(s string) string { return s })
	return c, nil
}

// behind says how far the standings have followed the log. What was written while the
// audit ran is not held against it.
func (a Audit) behind(ctx context.Context, f *folding) (bool, error) {
	now, err := a.Store.StandingMark(ctx)
	return now != f.trust.mark, err
}

func (a Audit) ratingRows(ctx context.Context, f *folding) (*Check, error) {
	c := newCheck("ratings are what the reviews say")
	kept := map[string]RatingRow{}
	for after := (RatingRow{}); ; {
		page, err := a.Store.Ratings(ctx, after, auditPage)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			r.At = instant(r.At)
			kept[ratingKey(r)] = r
		}
		after = page[len(page)-1]
	}
	if moved, err := a.behind(ctx, f); err != nil || moved {
		c.warn("they were written meanwhile; ask again")
		return c, err
	}
	compare(c, f.trust.ratings, kept, func(r RatingRow) RatingRow { return r })
	return c, nil
}

// standingRows works out every standing from the log alone. Scores are compared to
// the bit with a full pass if nothing has moved them since the house made one;
// otherwise they are only near to one until the next night.
func (a Audit) standingRows(ctx context.Context, f *folding) (*Check, error) {
	c := newCheck("standings are what the log says")
	kept := map[identity.PartyID]StandingRow{}
	for after := identity.PartyID(""); ; {
		page, err := a.Store.StandingRows(ctx, after, auditPage)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			kept[r.Party] = r
		}
		after = page[len(page)-1].Party
	}
	last, err := a.Store.Setting(ctx, standingFull)
	if err != nil {
		return nil, err
	}
	var full standings
	if err := full.load(ctx, a.Store, f.trust.mark); err != nil {
		return nil, err
	}
	if moved, err := a.behind(ctx, f); err != nil || moved {
		c.warn("they were written meanwhile; ask again")
		return c, err
	}
	_, text, _ := strings.Cut(last, " ")
	at, err := strconv.ParseInt(text, 10, 64)
	exact := err == nil && f.trust.moved <= at
	for _, party := range keysOf(f.trust.known, kept) {
		c.count()
		want, told := f.trust.known[party]
		row, there := kept[party]
		if !told || !there {
			c.fail("%s has a standing: %t; the log says %t", party, there, told)
			continue
		}
		got, err := row.known()
		if err != nil {
			return nil, err
		}
		if exact {
			full.agree(c, party, got)
		}
		f.compareStanding(c, row, want, got)
		if err := a.shown(ctx, c, row, got); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// shown compares what pages show of a party with what is kept of it, unless that was
// written anew since it was read.
func (a Audit) shown(ctx context.Context, c *Check, row StandingRow, got known) error {
	short, found, err := a.Store.StandingShown(ctx, row.Party)
	if err != nil || !found || !short.At.Equal(row.At) {
		return err
	}
	want, err := json.Marshal(got.shown())
	if err == nil && !bytes.Equal(short.Body, want) {
		c.fail("%s is shown as %s; what is kept of it is %s", row.Party, short.Body, want)
	}
	return err
}

// agree compares a stored score with a full pass.
func (s *standings) agree(c *Check, party identity.PartyID, got known) {
	at, there := s.places[party]
	if !there || int(at) >= s.live.Accounts() {
		return // nobody has rated it, and nobody has verified it
	}
	if want := s.live.Score(at); got.Score != want {
		c.fail("%s has the score %+v; a full pass over the ratings gives %+v", party, got.Score, want)
	}
}

// compareStanding compares what is kept of a party, but for its score, and whether
// the columns say what the whole says.
func (f *folding) compareStanding(c *Check, row StandingRow, want, got known) {
	told, err := json.Marshal([]any{want.Facts, want.Reviews})
	if err != nil {
		c.fail("%s: %s", row.Party, err)
		return
	}
	kept, err := json.Marshal([]any{got.Facts, got.Reviews})
	if err != nil || !bytes.Equal(told, kept) {
		c.fail("%s is %s; the log says %s", row.Party, kept, told)
	}
	if row.Deals != got.Facts.Settled {
		c.fail("%s has %d settled deals in one place and %d in another", row.Party, row.Deals, got.Facts.Settled)
	}
	if len(got.Trend) > 0 && row.State == string(reputation.Rated) {
		last := got.Trend[len(got.Trend)-1]
		if last.Value*100 != row.Value || last.Confidence*100 != row.Confidence {
			c.fail("%s has the value %d and the confidence %d; its trend ends at %d and %d percent", row.Party, row.Value, row.Confidence, last.Value, last.Confidence)
		}
	}
}

// listLife is how old the last reading of a list may be before somebody should look.
const listLife = 7 * 24 * time.Hour

// listsAge warns of a house that checks nobody, and of lists that are not read any more.
func (a Audit) listsAge(ctx context.Context, f *folding) (*Check, error) {
	c := newCheck("parties are checked against lists that are recent")
	now := f.last
	if a.Now != nil {
		now = later(now, a.Now())
	}
	var told []string
	used := 0
	for _, code := range sortedKeys(f.trust.register.Lists) {
		s := f.trust.register.Lists[code]
		c.count()
		if s.Mark > 0 {
			used++
		}
		read, trouble, err := lastRead(ctx, a.Store, code)
		if err != nil {
			return nil, err
		}
		switch {
		case trouble != "":
			told = append(told, fmt.Sprintf("%s could not be read on %s (%s)", code, read.Format(time.DateOnly), trouble))
		case now.Sub(read) > listLife:
			told = append(told, fmt.Sprintf("%s was read last on %s", code, read.Format(time.DateOnly)))
		}
	}
	if used == 0 {
		told = append(told, "nobody is checked: this house has no lists. Name them with fondaco serve --lists or --list")
	}
	if len(told) > 0 {
		c.warn("%s", strings.Join(told, "; "))
	}
	return c, nil
}

// fourEyes warns of a house whose cases nobody can decide: two people must.
func (a Audit) fourEyes(_ context.Context, f *folding) (*Check, error) {
	c := newCheck("two people can decide a case")
	for _, p := range f.staff.People {
		if p.Office == identity.Compliance {
			c.count()
		}
	}
	if c.Counted < 2 && len(f.trust.cases)+len(f.trust.register.Lists) > 0 {
		c.warn("%d hold the office compliance, and every case is decided by two of them. Appoint another", c.Counted)
	}
	return c, nil
}

func endOfTime() time.Time { return time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC) }
