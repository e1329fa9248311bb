package reputation_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

// noon is when the deal of these tests closes and its book is opened.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func usd(minor int64) money.Amount { return money.New(minor, money.MustCurrency("USD")) }

func fives() reputation.Aspects { return marks(5) }

func marks(n int) reputation.Aspects {
	return reputation.Aspects{AsDescribed: n, OnTime: n, Communication: n, Documents: n, Overall: n}
}

// people are who may be actors in these tests.
var (
	theBuyer  = identity.MemberOf("meridian", "ann")
	theSeller = identity.MemberOf("haigong", "wei")
	stranger  = identity.MemberOf("other", "eve")
	theClock  = identity.HouseClock()
	theOffice = identity.Actor{Office: identity.Compliance, Person: "kim"}
)

func opening() reputation.Open {
	return reputation.Open{
		Buyer: "meridian", Seller: "haigong", ClosedAt: noon, Ending: reputation.Completed,
		Held: usd(4_800_000), Settled: usd(4_800_000),
	}
}

// a shelf is a book with the time that its next command is given at.
type shelf struct {
	t    *testing.T
	book reputation.Book
	now  time.Time
}

func bookOf(t *testing.T, open reputation.Open) *shelf {
	t.Helper()
	s := &shelf{t: t, book: reputation.Book{Deal: "d1"}, now: noon}
	s.does(theClock, open)
	return s
}

// does gives a command that must be taken, and reads each event back as the log would.
func (s *shelf) does(by identity.Actor, c reputation.Command) []reputation.Event {
	s.t.Helper()
	events, err := reputation.Decide(s.book, c, reputation.Moment{Now: s.now, By: by})
	if err != nil {
		s.t.Fatalf("%s was refused: %s", c.Name(), fault.CodeOf(err))
	}
	for _, e := range events {
		payload, err := json.Marshal(e)
		if err != nil {
			s.t.Fatal(err)
		}
		read, err := reputation.Decode(e.Kind(), payload)
		if err != nil {
			s.t.Fatal(err)
		}
		s.book = s.book.Apply(read, s.now)
	}
	return events
}

// refused gives a command that must be refused with the code.
func (s *shelf) refused(by identity.Actor, c reputation.Command, code string) {
	s.t.Helper()
	events, err := reputation.Decide(s.book, c, reputation.Moment{Now: s.now, By: by})
	if err == nil {
		s.t.Fatalf("%s was taken and gave %d events, want %s", c.Name(), len(events), code)
	}
	f := fault.Of(err)
	if f.Code != code && !slices.ContainsFunc(f.Details, func(d *fault.Error) bool { return d.Code == code }) {
		s.t.Fatalf("%s was refused with %s, want %s", c.Name(), f.Code, code)
	}
	if f.Kind == fault.Internal || len(events) > 0 {
		s.t.Fatalf("a refusal is %v and carries %d events", f.Kind, len(events))
	}
}

func (s *shelf) passes(d time.Duration) { s.now = s.now.Add(d) }

func TestNobodyReadsTheOthersReviewBeforeBothHaveWritten(t *testing.T) {
	t.Parallel()
	s := bookOf(t, opening())
	untouched := s.book.For(identity.Buyer)
	s.does(theSeller, reputation.Write{Aspects: marks(2), Text: "Paid late."})

	if v := s.book.For(identity.Buyer); !reflect.DeepEqual(v, untouched) {
		t.Errorf("the buyer can tell that the seller has written: %+v", v)
	}
	for name, v := range map[string]reputation.View{"buyer": s.book.For(identity.Buyer), "public": s.book.Public(), "staff": s.book.Staff()} {
		if len(v.Reviews) > 0 || len(v.Written) > 0 || v.Revealed {
			t.Errorf("%s sees %+v", name, v)
		}
	}
	if own := s.book.For(identity.Seller); len(own.Reviews) != 1 || own.Reviews[0].Text != "Paid late." {
		t.Errorf("the seller sees %+v of his own review", own)
	}
	if g := reputation.RatingsOf(s.book); len(g) > 0 {
		t.Errorf("a review that is not shown gives %+v", g)
	}

	events := s.does(theBuyer, reputation.Write{Aspects: fives(), Text: "As agreed."})
	if len(events) != 2 || events[1] != (reputation.ReviewRevealed{By: "both"}) {
		t.Fatalf("the second review gives %+v", events)
	}
	v := s.book.Public()
	if len(v.Reviews) != 2 || v.Reviews[0].By != identity.Buyer || v.Reviews[0].About != "haigong" || v.Reviews[0].Text != "As agreed." || v.Reviews[1].Aspects != marks(2) {
		t.Errorf("the public sees %+v", v)
	}
}

func TestASilentSideMayNotAnswerWithAReviewAfterReading(t *testing.T) {
	t.Parallel()
	s := bookOf(t, opening())
	s.does(theBuyer, reputation.Write{Aspects: marks(1)})

	s.passes(reputation.Window)
	s.refused(theClock, reputation.Reveal{}, "review.not_yet")
	if !s.book.Invited(identity.Seller, s.now) {
		t.Error("the seller is not invited at the last instant")
	}
	s.passes(time.Microsecond)
	s.refused(theSeller, reputation.Write{Aspects: marks(1)}, "review.window_over") // although nothing is shown yet
	s.does(theClock, reputation.Reveal{})
	s.refused(theSeller, reputation.Write{Aspects: marks(1)}, "review.window_over")
	s.refused(theClock, reputation.Reveal{}, "review.revealed")
	if s.book.Invited(identity.Seller, s.now) {
		t.Error("the seller is still invited")
	}

	v := s.book.Public()
	if len(v.Reviews) != 1 || v.Reviews[0].By != identity.Buyer {
		t.Errorf("the public sees %+v", v)
	}
	if g := reputation.RatingsOf(s.book); len(g) != 1 || g[0].To != "haigong" || g[0].Value != -1 {
		t.Errorf("the silent side is part of %+v", g)
	}
}

func TestWritingAtTheLastInstantIsInTime(t *testing.T) {
	t.Parallel()
	s := bookOf(t, opening())
	at, next := s.book.Next()
	if at != noon.Add(reputation.Window) || next != (reputation.Reveal{}) {
		t.Fatalf("the clock gives %v at %v", next, at)
	}
	s.now = at
	s.does(theSeller, reputation.Write{Aspects: fives()})
	s.does(theBuyer, reputation.Write{Aspects: fives()})
	if _, next := s.book.Next(); next != nil {
		t.Errorf("a shown book has %v to do", next)
	}
}

func TestABookThatIsOpenedLateGivesNoMoreTime(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{6 * 24 * time.Hour, 8 * 24 * time.Hour} {
		s := &shelf{t: t, book: reputation.Book{Deal: "d1"}, now: noon.Add(late)}
		s.does(theClock, opening())
		if s.book.RevealBy != noon.Add(reputation.Window) {
			t.Errorf("opened after %v it is open until %v", late, s.book.RevealBy)
		}
		if late < reputation.Window {
			s.does(theBuyer, reputation.Write{Aspects: fives()})
			continue
		}
		s.refused(theBuyer, reputation.Write{Aspects: fives()}, "review.window_over")
	}
}

func TestWhoMayDoWhatAboutReviews(t *testing.T) {
	t.Parallel()
	member := func(role identity.Role) identity.Actor {
		return identity.Actor{Office: identity.Member, Party: "meridian", Person: "bob", Role: role}
	}
	write := reputation.Write{Aspects: fives()}
	hide := reputation.Hide{Side: identity.Seller, Part: reputation.TextPart, Rule: reputation.Abuse, Reason: "insult"}

	s := bookOf(t, opening())
	s.does(theSeller, reputation.Write{Aspects: fives(), Text: "Fine."})
	for role, code := range map[identity.Role]string{identity.Finance: "identity.not_your_role", identity.Viewer: "identity.not_your_role", "": "identity.not_your_role"} {
		s.refused(member(role), write, code)
	}
	s.refused(stranger, write, "review.not_found")
	s.refused(stranger, hide, "review.not_found")
	s.refused(theOffice, write, "review.members_only")
	s.refused(theOffice, reputation.Reveal{}, "identity.not_your_role")
	s.refused(theBuyer, reputation.Reveal{}, "identity.not_your_role")
	s.refused(theOffice, hide, "review.not_yet") // nobody reads it yet, so nobody hides it
	s.does(member(identity.Trader), write)
	for _, by := range []identity.Actor{theBuyer, theClock, {Office: identity.Mediator, Person: "max"}, {Office: identity.Auditor, Person: "aud"}, {Office: identity.Treasury, Person: "tom"}} {
		s.refused(by, hide, "identity.not_your_role")
	}
	s.does(identity.Actor{Office: identity.Administrator, Person: "ada"}, hide)

	fresh := &shelf{t: t, book: reputation.Book{Deal: "d2"}, now: noon}
	fresh.refused(theBuyer, write, "review.not_found")
	fresh.refused(theBuyer, opening(), "identity.not_your_role")
	fresh.refused(theOffice, opening(), "identity.not_your_role")
}

func TestABookIsOpenedOnlyForWhatCanBeReviewed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*reputation.Open)
		code   string
	}{
		"nothing held":        {func(o *reputation.Open) { o.Held, o.Settled = usd(0), usd(0) }, "review.nothing_held"},
		"not closed yet":      {func(o *reputation.Open) { o.ClosedAt = noon.Add(time.Second) }, "review.not_closed"},
		"never closed":        {func(o *reputation.Open) { o.ClosedAt = time.Time{} }, "review.not_closed"},
		"one company":         {func(o *reputation.Open) { o.Seller = o.Buyer }, "review.bad_opening"},
		"no buyer":            {func(o *reputation.Open) { o.Buyer = "" }, "review.bad_opening"},
		"no such ending":      {func(o *reputation.Open) { o.Ending = "won" }, "review.bad_opening"},
		"two currencies":      {func(o *reputation.Open) { o.Settled = money.New(1, money.MustCurrency("EUR")) }, "review.bad_opening"},
		"more than was held":  {func(o *reputation.Open) { o.Settled = usd(4_800_001) }, "review.bad_opening"},
		"less than nothing":   {func(o *reputation.Open) { o.Settled = usd(-1) }, "review.bad_opening"},
		"a ruling on nothing": {func(o *reputation.Open) { o.Rulings = []reputation.Ruling{{Claimant: identity.Buyer}} }, "review.bad_opening"},
		"a ruling for nobody": {func(o *reputation.Open) { o.Rulings = []reputation.Ruling{{Asked: 5, Given: 1}} }, "review.bad_opening"},
		"a ruling on more than was held": {
			func(o *reputation.Open) {
				o.Rulings = []reputation.Ruling{{Claimant: identity.Buyer, Asked: 4_800_001}}
			}, "review.bad_opening",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := opening()
			c.change(&o)
			s := &shelf{t: t, book: reputation.Book{Deal: "d1"}, now: noon}
			s.refused(theClock, o, c.code)
		})
	}
	s := bookOf(t, opening())
	s.refused(theClock, opening(), "review.opened")
}

func TestReviewsCannotBeChangedOrWrittenTwice(t *testing.T) {
	t.Parallel()
	s := bookOf(t, opening())
	s.does(theBuyer, reputation.Write{Aspects: fives()})
	s.refused(theBuyer, reputation.Write{Aspects: marks(1)}, "review.written")
	s.does(theSeller, reputation.Write{Aspects: fives()})
	s.refused(theSeller, reputation.Write{Aspects: marks(1)}, "review.written")
}

func TestOnePersonDoesNotSpeakForBothCompanies(t *testing.T) {
	t.Parallel()
	s := bookOf(t, opening())
	s.does(theBuyer, reputation.Write{Aspects: fives()})
	s.refused(identity.MemberOf("haigong", "ann"), reputation.Write{Aspects: fives()}, "review.same_person")
	s.passes(reputation.Window + time.Second)
	s.does(theClock, reputation.Reveal{})
	s.refused(identity.MemberOf("haigong", "ann"), reputation.Reply{Text: "Thank you."}, "review.same_person")
}

func TestMarksAndTextsAreChecked(t *testing.T) {
	t.Parallel()
	odd := func(change func(*reputation.Aspects)) reputation.Aspects {
		a := fives()
		change(&a)
		return a
	}
	for name, c := range map[string]struct {
		write reputation.Write
		code  string
	}{
		"no mark":                {reputation.Write{Aspects: odd(func(a *reputation.Aspects) { a.Documents = 0 })}, "review.bad_mark"},
		"six":                    {reputation.Write{Aspects: odd(func(a *reputation.Aspects) { a.Overall = 6 })}, "review.bad_mark"},
		"below nothing":          {reputation.Write{Aspects: odd(func(a *reputation.Aspects) { a.OnTime = -1 })}, "review.bad_mark"},
		"too long":               {reputation.Write{Aspects: fives(), Text: strings.Repeat("好", 2001)}, "review.too_long"},
		"a control character":    {reputation.Write{Aspects: fives(), Text: "a\x00b"}, "review.bad_characters"},
		"a tab":                  {reputation.Write{Aspects: fives(), Text: "a\tb"}, "review.bad_characters"},
		"text turned round":      {reputation.Write{Aspects: fives(), Text: "a\u202eb"}, "review.bad_characters"},
		"not UTF-8":              {reputation.Write{Aspects: fives(), Text: "a\xffb"}, "review.bad_characters"},
		"an address":             {reputation.Write{Aspects: fives(), Text: "write to ann@meridian.example"}, "review.contact_details"},
		"a mark and text, both":  {reputation.Write{Aspects: marks(9), Text: "www.cheap.example"}, "review.contact_details"},
		"a text of blanks, long": {reputation.Write{Aspects: marks(0), Text: strings.Repeat(" ", 5000)}, "review.bad_mark"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bookOf(t, opening()).refused(theBuyer, c.write, c.code)
		})
	}
	s := bookOf(t, opening())
	s.does(theBuyer, reputation.Write{Aspects: fives(), Text: "  " + strings.Repeat("好", 1998) + "\r\n好 "})
	if got := s.book.OfBuyer.Text; !strings.HasSuffix(got, "好\n好") || strings.HasPrefix(got, " ") {
		t.Errorf("the text is kept as %q", got[len(got)-12:])
	}
}

func TestEachSideRepliesOnceToTheReviewOfIt(t *testing.T) {
	t.Parallel()
	s := bookOf(t, opening())
	s.does(theBuyer, reputation.Write{Aspects: marks(2), Text: "Two boxes were open."})
	s.refused(theSeller, reputation.Reply{Text: "They were not."}, "review.not_yet")
	s.passes(reputation.Window + time.Second)
	s.does(theClock, reputation.Reveal{})

	s.refused(theBuyer, reputation.Reply{Text: "Well."}, "review.no_review") // the seller wrote none
	s.refused(theSeller, reputation.Reply{Text: " "}, "review.empty_reply")
	s.refused(theSeller, reputation.Reply{Text: strings.Repeat("a", 1001)}, "review.too_long")
	s.refused(theSeller, reputation.Reply{Text: "call +86 138 0013 8000"}, "review.contact_details")
	s.refused(stranger, reputation.Reply{Text: "Me too."}, "review.not_found")
	s.refused(theOffice, reputation.Reply{Text: "Calm down."}, "review.members_only")
	before := s.book.OfBuyer.Aspects
	s.does(theSeller, reputation.Reply{Text: "Customs opened them."})
	s.refused(theSeller, reputation.Reply{Text: "And more."}, "review.answered")

	v := s.book.Public().Reviews[0]
	if v.Reply == nil || v.Reply.Text != "Customs opened them." || v.Aspects != before {
		t.Errorf("the public sees %+v", v)
	}
}

func TestStaffHideWordsByARuleAndNeverMarks(t *testing.T) {
	t.Parallel()
	s := bookOf(t, opening())
	s.does(theBuyer, reputation.Write{Aspects: marks(1), Text: "Their clerk is an idiot."})
	s.does(theSeller, reputation.Write{Aspects: marks(4)})
	s.does(theSeller, reputation.Reply{Text: "So are you."})
	ratings := reputation.RatingsOf(s.book)

	hide := reputation.Hide{Side: identity.Buyer, Part: reputation.TextPart, Rule: reputation.Abuse, Reason: "insults a person"}
	for _, c := range []struct {
		change func(*reputation.Hide)
		code   string
	}{
		{func(h *reputation.Hide) { h.Rule = "unwelcome" }, "review.bad_rule"},
		{func(h *reputation.Hide) { h.Part = "marks" }, "review.bad_part"},
		{func(h *reputation.Hide) { h.Side = "" }, "review.bad_part"},
		{func(h *reputation.Hide) { h.Reason = " " }, "review.no_reason"},
		{func(h *reputation.Hide) { h.Reason = "a\x00" }, "review.bad_characters"},
		{func(h *reputation.Hide) { h.Reason = strings.Repeat("a", 1001) }, "review.too_long"},
		{func(h *reputation.Hide) { h.Side = identity.Seller }, "review.no_text"},      // he gave marks only
		{func(h *reputation.Hide) { h.Part = reputation.ReplyPart }, "review.no_text"}, // the buyer never replied
	} {
		wrong := hide
		c.change(&wrong)
		s.refused(theOffice, wrong, c.code)
	}
	s.refused(theOffice, reputation.Show{Side: identity.Buyer, Part: reputation.TextPart, Reason: "x"}, "review.not_hidden")
	s.does(theOffice, hide)
	s.refused(theOffice, hide, "review.hidden")
	s.does(theOffice, reputation.Hide{Side: identity.Seller, Part: reputation.ReplyPart, Rule: reputation.OffTopic, Reason: "not about the deal"})

	for _, c := range []struct {
		view         reputation.View
		who          string
		text, answer string
	}{
		{s.book.Public(), "public", "", ""},
		{s.book.For(identity.Buyer), "buyer", "Their clerk is an idiot.", ""},
		{s.book.For(identity.Seller), "seller", "", "So are you."},
		{s.book.Staff(), "staff", "Their clerk is an idiot.", "So are you."},
	} {
		got := c.view.Reviews[0]
		if got.Text != c.text || got.Reply.Text != c.answer || got.Hidden != reputation.Abuse || got.Reply.Hidden != reputation.OffTopic || got.Aspects != marks(1) {
			t.Errorf("%s sees %+v with the reply %+v", c.who, got, got.Reply)
		}
	}
	if after := reputation.RatingsOf(s.book); !slices.Equal(after, ratings) {
		t.Errorf("hiding words changed the ratings to %+v", after)
	}
	s.does(theOffice, reputation.Show{Side: identity.Buyer, Part: reputation.TextPart, Reason: "the court lifted it"})
	if got := s.book.Public().Reviews[0].Text; got != "Their clerk is an idiot." {
		t.Errorf("shown again as %q", got)
	}
}

func TestABookSharesNothingWithItsPast(t *testing.T) {
	t.Parallel()
	s := bookOf(t, opening())
	s.does(theBuyer, reputation.Write{Aspects: marks(1), Text: "Bad."})
	s.does(theSeller, reputation.Write{Aspects: marks(4)})
	s.does(theSeller, reputation.Reply{Text: "No."})
	past := s.book
	s.does(theOffice, reputation.Hide{Side: identity.Buyer, Part: reputation.TextPart, Rule: reputation.Abuse, Reason: "r"})
	s.does(theOffice, reputation.Hide{Side: identity.Seller, Part: reputation.ReplyPart, Rule: reputation.Abuse, Reason: "r"})
	if past.OfBuyer.Hidden != "" || past.OfBuyer.Reply.Hidden != "" {
		t.Error("hiding words changed a state of before")
	}
}

func TestWhateverIsTriedABookKeepsItsPromises(t *testing.T) {
	t.Parallel()
	actors := []identity.Actor{theBuyer, theSeller, stranger, theClock, theOffice, {Office: identity.Member, Party: "haigong", Person: "ann", Role: identity.Trader}}
	commands := []reputation.Command{
		opening(),
		reputation.Reveal{},
		reputation.Reply{Text: "Thanks."},
		reputation.Write{Aspects: fives(), Text: "Good."},
		reputation.Write{Aspects: marks(1)},
		reputation.Hide{Side: identity.Buyer, Part: reputation.TextPart, Rule: reputation.Illegal, Reason: "r"},
		reputation.Hide{Side: identity.Seller, Part: reputation.ReplyPart, Rule: reputation.PersonalData, Reason: "r"},
		reputation.Show{Side: identity.Buyer, Part: reputation.TextPart, Reason: "r"},
	}
	rapid.Check(t, func(t *rapid.T) {
		b, now := reputation.Book{Deal: "d1"}, noon
		var wrote map[identity.Side]reputation.Aspects
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "hours")) * time.Hour)
			by, c := rapid.SampledFrom(actors).Draw(t, "by"), rapid.SampledFrom(commands).Draw(t, "command")
			before := b
			events, err := reputation.Decide(b, c, reputation.Moment{Now: now, By: by})
			if err != nil && fault.KindOf(err) == fault.Internal {
				t.Fatalf("%s by %s: %v", c.Name(), by, err)
			}
			for _, e := range events {
				if !slices.Contains(reputation.Kinds(), e.Kind()) {
					t.Fatalf("the kind %s is not listed", e.Kind())
				}
				b = b.Apply(e, now)
			}
			if before.Revealed() && (b.OfBuyer == nil) != (before.OfBuyer == nil) || before.Revealed() && (b.OfSeller == nil) != (before.OfSeller == nil) {
				t.Fatal("somebody wrote after reading")
			}
			for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
				r := b.By(side)
				if r == nil {
					continue
				}
				if was, known := wrote[side]; known && was != r.Aspects {
					t.Fatal("marks changed")
				}
				if wrote == nil {
					wrote = map[identity.Side]reputation.Aspects{}
				}
				wrote[side] = r.Aspects
				if !b.Revealed() && len(b.For(side.Other()).Reviews) > 0 && b.By(side.Other()) == nil {
					t.Fatal("a side reads before the reviews are shown")
				}
			}
			if b.OfBuyer != nil && b.OfSeller != nil && !b.Revealed() {
				t.Fatal("both have written and nothing is shown")
			}
			if len(reputation.RatingsOf(b)) > 0 && !b.Revealed() {
				t.Fatal("a rating before the reviews are shown")
			}
		}
	})
}

func TestAnEventOfAnotherStreamIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, payload string }{{"closed", "{}"}, {"review_written", "[]"}, {"review_opened", `{"held":{"amount":1}}`}} {
		if e, err := reputation.Decode(c.kind, []byte(c.payload)); fault.CodeOf(err) != "review.bad_event" {
			t.Errorf("%s %s is read as %v, %v", c.kind, c.payload, e, err)
		}
	}
}

func FuzzDecodingAReviewEvent(f *testing.F) {
	f.Add(1, `{"side":"buyer","aspects":{"overall":5},"text":"x"}`)
	f.Add(3, `{"side":"seller","text":"x"}`)
	f.Fuzz(func(t *testing.T, kind int, payload string) {
		kinds := reputation.Kinds()
		e, err := reputation.Decode(kinds[uint(kind)%uint(len(kinds))], []byte(payload))
		if err != nil {
			return
		}
		// Whatever the log holds folds without harm, and is read again as it was.
		b := reputation.Book{Deal: "d1"}.Apply(e, noon).Apply(reputation.ReviewRevealed{}, noon)
		_, _, _ = b.Public(), b.Staff(), reputation.RatingsOf(b)
		doc, err := json.Marshal(e)
		if err != nil {
			return // an amount without a currency is read and cannot be written
		}
		if again, err := reputation.Decode(e.Kind(), doc); err != nil {
			t.Fatalf("%s is written as %s, which cannot be read: %v (%v)", e.Kind(), doc, err, again)
		}
	})
}
