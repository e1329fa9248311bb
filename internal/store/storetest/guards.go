package storetest

import (
	"errors"
	"slices"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
)

// testRefusedBatches writes batches that must fail, and checks that nothing of
// them is left: neither the wrong row nor the right ones beside it.
func testRefusedBatches(t *testing.T, open func(*testing.T) Backend) {
	conflict := func(t *testing.T, err error) {
		refused(t, err, fault.Conflict, "store.conflict")
		if errors.Is(err, assurance.ErrNotNew) {
			t.Error("all that is wrong is said to be a key or a number")
		}
	}
	internal := func(code string) func(*testing.T, error) {
		return func(t *testing.T, err error) { refused(t, err, fault.Internal, code) }
	}
	own, rail := ledger.Party("p1", usd()), ledger.Rail("sandbox", usd())
	for name, c := range map[string]struct {
		spoil func(*assurance.Batch)
		want  func(*testing.T, error)
	}{
		"a version of a stream that is taken": {func(b *assurance.Batch) { b.Records[0].Stream, b.Records[0].Version = "deal:first", 1 }, conflict},
		"a place in the log that is taken":    {func(b *assurance.Batch) { b.Records[0].Sequence = 0 }, conflict},
		"a tree hash that is taken":           {func(b *assurance.Batch) { b.Hashes[0].Index = 0 }, conflict},
		"a transfer that is known": {func(b *assurance.Batch) {
			b.Transfers[0].ID, b.Entries[0].Transfer, b.Entries[1].Transfer = "t1-0", "t1-0", "t1-0"
		}, conflict},
		"an entry's version that is taken": {func(b *assurance.Batch) {
			b.Entries[1].Version, b.Entries[1].Balance = 2, 1000+b.Entries[1].Delta
		}, conflict},
		"a balance that has moved":       {func(b *assurance.Batch) { b.Balances[at(b, own)].Was.Version = 1 }, conflict},
		"a key that was answered":        {func(b *assurance.Batch) { b.Answers[0].Key = "first" }, refusedAsKnown},
		"a message that is queued":       {func(b *assurance.Batch) { b.Messages[0].ID = "first" }, conflict},
		"entries that do not sum up":     {func(b *assurance.Batch) { b.Entries[0].Delta++ }, internal("ledger.not_zero")},
		"entries that do not continue":   {func(b *assurance.Batch) { b.Entries[0].Balance++ }, internal("ledger.constraint")},
		"a balance unlike its entries":   {func(b *assurance.Batch) { b.Balances[at(b, own)].Now.Posted++ }, internal("ledger.constraint")},
		"a balance below its reserves":   {func(b *assurance.Batch) { b.Balances[at(b, own)].Now.PendingOut = 1_000_000 }, internal("ledger.constraint")},
		"a rail that owes money":         {func(b *assurance.Batch) { b.Balances[at(b, rail)].Now.PendingIn = 1_000_000 }, internal("ledger.constraint")},
		"a transfer of nothing":          {func(b *assurance.Batch) { b.Transfers[0].Amount = money.New(0, usd()) }, internal("ledger.constraint")},
		"an entry of no transfer":        {func(b *assurance.Batch) { b.Entries[0].Transfer = "unknown" }, internal("ledger.constraint")},
		"a list of closed that is wrong": {func(b *assurance.Batch) { b.Closed = []ledger.TransferID{"t1-1"} }, internal("store.bad_batch")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, b, s := t.Context(), open(t), NewScribe()
			first := s.Page()
			first.Record("deal:first", "drafted", `{}`)
			payout(first, "p1")
			first.batch.Answers = []assurance.Answer{{AnswerKey: assurance.AnswerKey{Caller: "c", Key: "first"}, Response: []byte("{}"), At: s.at}}
			first.batch.Messages = []assurance.Message{{ID: "first", Topic: assurance.TopicPayout, Payload: []byte("{}"), NextAt: s.at}}
			write(t, b, first)

			p := s.Page()
			p.Record("deal:second", "drafted", `{}`)
			p.Post(p.Transfer(ledger.Posted, rail, own, 7))
			p.batch.Answers = []assurance.Answer{{AnswerKey: assurance.AnswerKey{Caller: "c", Key: "second"}, Response: []byte("{}"), At: s.at}}
			p.batch.Messages = []assurance.Message{{ID: "second", Topic: assurance.TopicPayout, Payload: []byte("{}"), NextAt: s.at}}
			p.batch.Refusals = []assurance.Refusal{{At: s.at, Actor: "c", Stream: "deal:second", Command: "sign", Code: "deal.closed"}}
			spoiled := *p.Batch()
			spoiled.Records, spoiled.Hashes = slices.Clone(spoiled.Records), slices.Clone(spoiled.Hashes)
			spoiled.Transfers, spoiled.Entries = slices.Clone(spoiled.Transfers), slices.Clone(spoiled.Entries)
			spoiled.Answers, spoiled.Messages = slices.Clone(spoiled.Answers), slices.Clone(spoiled.Messages)
			c.spoil(&spoiled)
			c.want(t, b.Commit(ctx, &spoiled, Placed))
			requireUntouched(t, b, s)
			write(t, b, p) // the store is none the worse for it
			if tail := got[assurance.Tail](t)(b.Tail(ctx)); tail.Size != 2 {
				t.Errorf("the right batch was not written: %+v", tail)
			}
		})
	}
}

// refusedAsKnown wants a conflict that says that nothing but a key or a number was wrong.
func refusedAsKnown(t *testing.T, err error) {
	t.Helper()
	refused(t, err, fault.Conflict, "store.conflict")
	if !errors.Is(err, assurance.ErrNotNew) {
		t.Errorf("taken for what somebody else has written: %v", err)
	}
}

func at(b *assurance.Batch, id ledger.AccountID) int {
	return slices.IndexFunc(b.Balances, func(c assurance.BalanceChange) bool { return c.Account == id })
}

func requireUntouched(t *testing.T, b Backend, s *Scribe) {
	t.Helper()
	ctx := t.Context()
	if tail := got[assurance.Tail](t)(b.Tail(ctx)); tail.Size != 1 {
		t.Errorf("the log has %d entries", tail.Size)
	}
	if records := got[[]assurance.Record](t)(b.Records(ctx, "deal:second", 0)); len(records) > 0 {
		t.Errorf("records were left: %v", records)
	}
	if messages := got[[]assurance.Message](t)(b.DueMessages(ctx, s.at, 9)); len(messages) != 1 {
		t.Errorf("messages were left: %v", messages)
	}
	if answers := got[[]assurance.Answer](t)(b.Answers(ctx, []assurance.AnswerKey{{Caller: "c", Key: "second"}})); len(answers) > 0 {
		t.Errorf("answers were left: %v", answers)
	}
	for _, a := range got[[]assurance.AccountRow](t)(b.Accounts(ctx, "", "", 9)) {
		if have, _ := s.book.Balance(a.Account); have != a.Balance {
			t.Errorf("%s is %+v", a.Account, a.Balance)
		}
	}
	if entries, _, err := b.AllEntries(ctx, 0, 99); err != nil || len(entries) != 4 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// testGuards speaks SQL around the house: what it must never say is refused.
func testGuards(t *testing.T, open func(*testing.T) Backend) {
	ctx, b, s := t.Context(), open(t), NewScribe()
	p := s.Page()
	p.Record("deal:d1", "drafted", `{"a":1}`)
	reserve := payout(p, "p1")
	other := payout(p, "p2")
	p.batch.Answers = []assurance.Answer{{AnswerKey: assurance.AnswerKey{Caller: "c", Key: "k"}, Input: evidence.HashOf(nil), Response: []byte("{}"), At: s.at}}
	p.batch.Refusals = []assurance.Refusal{{At: s.at, Actor: "c", Stream: "deal:d1", Command: "sign", Code: "deal.closed"}}
	p.batch.Trackings = []assurance.Tracking{{Carrier: "DHL", Number: "1", Deal: "d1"}}
	ben := anna()
	ben.ID, ben.Account, ben.Folded = "ben", "acc-b", "ben@example.com"
	p.batch.Persons = []assurance.Person{anna(), ben}
	p.batch.Secrets = []assurance.Secret{{Person: "anna", Name: "passkey:1", Data: []byte("x")}}
	p.batch.Sessions = []assurance.Session{session("s1", s.at), session("s2", s.at)}
	p.batch.Ended = []assurance.SessionEnd{{ID: "s1", At: s.at}}
	p.batch.Activities = []assurance.ActivityRow{line(0, "anna", "p1", "signed_in", s.at)}
	p.batch.Lists = []assurance.ListBody{listed("eu", "first", 1, s.at)}
	write(t, b, p)
	p = s.Page()
	p.Post(p.Closing(other, ledger.Void))
	write(t, b, p)
	must(t, b.SaveCheckpoint(ctx, 1, []byte("note"), s.at))

	for name, query := range forbidden(string(reserve.ID), string(other.ID)) {
		if stopped, err := b.Around(ctx, query); err != nil || !stopped {
			t.Errorf("%s was let through, or failed for another reason (%v): %s", name, err, query)
		}
	}
	testRebuild(t, b, s)
	for _, query := range []string{
		closing("allowed", string(reserve.ID), "amount"),
		// Within a transaction the sum may leave zero, at its end it must be back.
		`BEGIN; ` + entry("party:p1/USD", "3", "1", "1001") + `; ` + entry("party:p2/USD", "4", "-1", "999") + `; COMMIT`,
	} {
		if stopped, err := b.Around(ctx, query); err != nil || stopped {
			t.Errorf("the guards refuse what is right (%v, %v): %s", stopped, err, query)
		}
	}
	if stopped, err := b.Around(ctx, `DELETE FROM transfer WHERE id = 'allowed'`); err != nil || !stopped {
		t.Errorf("a transfer that nothing refers to was removed: %v", err)
	}
}

// closing closes a pending transfer for an amount.
func closing(id, pending, amount string) string {
	return `INSERT INTO transfer (id, stage, pending_id, debit, credit, amount, currency, reason, stream, at)
		SELECT '` + id + `', 'post', '` + pending + `', debit, credit, ` + amount + `, currency, reason, stream, at FROM transfer WHERE id = '` + pending + `'`
}

// entry is an entry of the first transfer of the tests.
func entry(account, version, delta, balance string) string {
	return `INSERT INTO entry (account, version, transfer, delta, balance) VALUES ('` + account + `', ` + version + `, 't1-0', ` + delta + `, ` + balance + `)`
}

// forbidden is what must not be possible in a house where the transfer open is
// pending and closed is not any more.
func forbidden(open, closed string) map[string]string {
	return map[string]string{ //nolint:gosec // statements about secrets, no secrets
		"changing a fact":                     `UPDATE event SET payload = '{"a":2}'`,
		"removing a fact":                     `DELETE FROM event`,
		"moving a fact to another stream":     `UPDATE event SET stream = 'deal:d2' WHERE seq = 0`,
		"changing a tree hash":                `UPDATE tree_hash SET ix = 99`,
		"removing a tree hash":                `DELETE FROM tree_hash`,
		"changing a transfer":                 `UPDATE transfer SET amount = amount + 1`,
		"removing a transfer":                 `DELETE FROM transfer`,
		"changing an entry":                   `UPDATE entry SET delta = 0`,
		"removing an entry":                   `DELETE FROM entry`,
		"changing an answer":                  `UPDATE answer SET response = '{"x":1}'`,
		"removing an answer":                  `DELETE FROM answer`,
		"changing the audit log":              `UPDATE refusal SET actor = 'nobody'`,
		"removing from the audit log":         `DELETE FROM refusal`,
		"changing a tracking number":          `UPDATE tracking SET number = '2'`,
		"removing a tracking number":          `DELETE FROM tracking`,
		"changing a checkpoint":               `UPDATE checkpoint SET size = 2`,
		"removing a checkpoint":               `DELETE FROM checkpoint`,
		"a short tree hash":                   `INSERT INTO tree_hash (ix, hashes) VALUES (1, 'short')`,
		"a balance below zero":                `UPDATE balance SET posted = -1, version = version + 1 WHERE account = 'party:p1/USD'`,
		"a balance above its entries":         `UPDATE balance SET posted = posted + 1, version = version + 1 WHERE account = 'party:p1/USD'`,
		"a balance that stands still":         `UPDATE balance SET pending_out = 0 WHERE account = 'party:p1/USD'`,
		"a balance taken away":                `DELETE FROM balance WHERE account = 'payout:o-p1/USD'`,
		"a balance out of nothing":            `INSERT INTO balance (account, kind, currency, posted, pending_out, pending_in, version) VALUES ('party:p9/USD', 'party', 'USD', 5, 0, 0, 1)`,
		"a balance of another currency":       `UPDATE balance SET currency = 'EUR', version = version + 1 WHERE account = 'party:p1/USD'`,
		"a transfer of nothing":               `INSERT INTO transfer (id, stage, debit, credit, amount, currency, reason, stream, at) VALUES ('x', 'posted', 'party:p1/USD', 'fees/USD', 0, 'USD', '', '', 0)`,
		"a transfer to itself":                `INSERT INTO transfer (id, stage, debit, credit, amount, currency, reason, stream, at) VALUES ('x', 'posted', 'fees/USD', 'fees/USD', 1, 'USD', '', '', 0)`,
		"a transfer between currencies":       `INSERT INTO transfer (id, stage, debit, credit, amount, currency, reason, stream, at) VALUES ('x', 'posted', 'fees/USD', 'fees/EUR', 1, 'USD', '', '', 0)`,
		"a closing of nothing":                `INSERT INTO transfer (id, stage, debit, credit, amount, currency, reason, stream, at) VALUES ('x', 'void', 'fees/USD', 'penalty/USD', 1, 'USD', '', '', 0)`,
		"closing a reserve twice":             closing("x", closed, "amount"),
		"closing a reserve for more":          closing("x", open, "amount + 1"),
		"closing what is no reserve":          closing("x", "t1-0", "amount"),
		"an entry out of line":                entry("party:p1/USD", "9", "0", "1000"),
		"an entry that begins with a balance": entry("party:p9/USD", "1", "0", "1000"),
		"an entry that does not add up":       entry("party:p1/USD", "3", "1", "1000"),
		"an entry without its counterpart":    entry("party:p1/USD", "3", "1", "1001"),
		"an imbalance from the start":         `INSERT INTO imbalance (currency, total) VALUES ('USD', 1) ON CONFLICT (currency) DO UPDATE SET total = 1`,
		"another zero":                        `INSERT INTO nought (zero) VALUES (1)`,
		"no zero":                             `DELETE FROM nought`,
		"changing a line of activity":         `UPDATE activity SET what = 'nothing'`,
		"removing a line of activity":         `DELETE FROM activity`,
		"a second line for a fact":            `INSERT INTO activity (seq, account, person, party, what, session, at, body) VALUES (0, 'a', 'b', '', 'c', '', 0, '')`,
		"giving a secret to somebody else":    `UPDATE secret SET person = 'ben'`,
		"a secret of nobody":                  `INSERT INTO secret (name, person, data) VALUES ('totp:x', 'nobody', 'x')`,
		"giving a session to somebody else":   `UPDATE session SET person = 'ben' WHERE id = 's2'`,
		"opening a session again":             `UPDATE session SET ended_at = NULL WHERE id = 's1'`,
		"ending a session twice":              `UPDATE session SET ended_at = ended_at + 1 WHERE id = 's1'`,
		"an address of two people":            `UPDATE person SET folded = 'anna@example.com' WHERE id = 'ben'`,
		"an account of two people":            `UPDATE person SET account = 'acc-7f3' WHERE id = 'ben'`,
		"a person without an address":         `UPDATE person SET folded = '' WHERE id = 'ben'`,
		"changing a list":                     `UPDATE list_version SET body = 'other', bytes = 5`,
		"removing a list":                     `DELETE FROM list_version`,
		"a list of another size":              `INSERT INTO list_version (code, mark, version, checksum, source, entries, bytes, at, body) SELECT code, 2, version, checksum, source, entries, bytes + 1, at, body FROM list_version`,
		"a review of oneself":                 `INSERT INTO review_view (deal, writer, about, written_at, hidden, body) VALUES ('d', 'p', 'p', 0, 0, '')`,
		"a message in no state":               `INSERT INTO outbox (id, topic, payload, state, attempts, next_at, last_error) VALUES ('x', 'y', '{}', 'lost', 0, 0, '')`,
	}
}
