package sim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// passesMax bounds how long a world may take to come to rest.
const passesMax = 400

// rest ends every fault, and lets worker and bank finish what is under way. Then
// nothing may be overdue, unsent or unpaid.
func (w *world) rest() {
	w.bank.rest()
	if w.tides.offBy() != 0 {
		w.tides.set(0)
	}
	for range passesMax {
		if w.failed() {
			return
		}
		idle := w.pass()
		for w.bank.deliver(w.tides.Now(), w.told) && !w.failed() {
			idle = false
		}
		if idle {
			w.atRest()
			return
		}
		w.tides.pass(w.untilSomething())
	}
	w.fail("the world comes to rest", "after %d passes %d letters wait", passesMax, w.bank.waiting())
}

// untilSomething is how long nothing happens: until a message is due again. After
// a clock that was ahead, that can be long.
func (w *world) untilSomething() time.Duration {
	messages, err := w.port.DueMessages(w.ctx, forever(), 1)
	if err != nil || len(messages) == 0 {
		return time.Minute
	}
	return min(max(time.Minute, messages[0].NextAt.Sub(w.tides.Now())), outageAfter-time.Hour)
}

// pass clears a standing alarm, lets the worker make a pass, and reports whether
// nothing is left to do.
func (w *world) pass() bool {
	why, err := w.house.ClockAlarm(w.ctx)
	if err == nil && why != "" {
		w.clearAlarm(w.staff.admin)
	}
	r, err := w.worker.Step(w.ctx)
	if err != nil {
		w.fail("the worker passes when nothing is broken", "%+v", err)
		return false
	}
	messages, err := w.port.DueMessages(w.ctx, forever(), 100)
	if err != nil {
		w.fail("the outbox can be read", "%s", err)
	}
	if len(messages) > 0 && w.anybodyHeld() && !slices.ContainsFunc(messages, func(m assurance.Message) bool { return !waitsForACase(m) }) {
		r.Retried, messages = 0, nil // what a held company would be paid waits for people, not for the world
	}
	return r.Quiet() && r.Paused == "" && len(messages) == 0
}

// waiting lists the messages that wait until people have decided about a company.
func (w *world) waiting() []assurance.Message {
	messages, err := w.port.DueMessages(w.ctx, forever(), 100)
	if err != nil {
		w.fail("the outbox can be read", "%s", err)
	}
	return slices.DeleteFunc(messages, func(m assurance.Message) bool { return !waitsForACase(m) })
}

func waitsForACase(m assurance.Message) bool {
	return strings.Contains(m.Error, "treasury.routine_check")
}

// atRest examines a world in which nothing is under way.
func (w *world) atRest() {
	rows, err := w.house.DueClocks(w.ctx, 10)
	rows = slices.DeleteFunc(rows, func(r assurance.ClockRow) bool {
		return r.Clock == "suspense" && w.anybodyHeld() // money of a held company goes nowhere, not back either
	})
	if err != nil || len(rows) > 0 {
		w.fail("nothing is overdue after the worker has passed", "%+v %v", rows, err)
	}
	w.examine(atRest)
	w.examineStandings()
	if w.failed() {
		return
	}
	records, ok := w.records(atRest)
	if !ok {
		return
	}
	w.examineBank(records)
	w.examineOutbox(records)
	size := len(records)
	for i, c := range w.witness.known(acked) {
		if i%7 == int(w.cfg.Seed%7) {
			w.replay(*c)
		}
	}
	if again, ok := w.records("after the repetitions"); ok && slices.ContainsFunc(again[size:], func(r assurance.Record) bool { return !follows(r) }) {
		// Who asks again to sign is checked again, and so is found again if somebody has
		// said of a listed name that it has left the list.
		w.fail("a repetition writes nothing", "%d entries became %d", size, len(again))
	}
}

// examineBank compares what the bank holds for the house with the ledger.
func (w *world) examineBank(records []assurance.Record) {
	books, transit := map[string]int64{}, map[string]int64{}
	for after := ledger.AccountID(""); ; {
		rows, err := w.port.Accounts(w.ctx, "", after, 500)
		if err != nil {
			w.fail("the ledger can be read", "%s", err)
			return
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			switch r.Account.Kind() { //nolint:exhaustive // the other accounts are within the house
			case ledger.KindRail:
				books[r.Account.Currency().Code()] -= r.Balance.Posted
			case ledger.KindPayout:
				transit[r.Account.Currency().Code()] += r.Balance.Posted
			}
		}
		after = rows[len(rows)-1].Account
	}
	for _, m := range w.waiting() { // it has left the books; the bank has heard of it only if marking that has failed
		var o assurance.ReturnOrder
		if m.Topic != assurance.TopicReturn || json.Unmarshal(m.Payload, &o) != nil {
			continue
		}
		if _, returned := w.bank.returns[o.DepositID]; !returned {
			books[o.Amount.Currency().Code()] += o.Amount.Minor()
		}
	}
	for _, code := range slices.Sorted(maps.Keys(w.bank.holds)) {
		if books[code] != w.bank.holds[code] || transit[code] != 0 {
			w.fail("the bank holds what the ledger says", "%s: the bank holds %d, the ledger says %d with %d in transit", code, w.bank.holds[code], books[code], transit[code])
		}
	}
	booked := 0
	for _, r := range records {
		if r.Kind == (treasury.DepositBooked{}).Kind() {
			booked++
		}
	}
	if booked != w.bank.booked {
		w.fail("each transfer is booked once", "%d of %d", booked, w.bank.booked)
	}
}

// examineOutbox works out from the log what had to be sent, and compares it with
// what the bank was asked for and with the payouts that were instructed.
func (w *world) examineOutbox(records []assurance.Record) {
	letters, err := w.port.DeadMessages(w.ctx, 10_000)
	if err != nil {
		w.fail("the outbox can be read", "%s", err)
		return
	}
	dead, off := map[string]bool{}, calledOff(records)
	causes := w.owed(records)
	for _, m := range w.waiting() {
		dead[m.ID] = true // as good as: it goes out only once people have decided
	}
	for _, m := range letters {
		dead[m.ID] = true
		var p assurance.AutoPayout
		if m.Topic == assurance.TopicAutoPayout && json.Unmarshal(m.Payload, &p) == nil {
			causes[causeOf(p.Cause, p.Party)] -= p.Amount.Minor()
		}
	}
	for _, r := range records {
		_, id, _ := strings.Cut(r.Stream, ":")
		switch r.Kind {
		case (treasury.PayoutInstructed{}).Kind():
			e, err := treasury.DecodePayout(r.Kind, r.Payload)
			if p, ok := e.(treasury.PayoutInstructed); err == nil && ok && r.Actor == identity.HouseClock().String() {
				causes[causeOf(p.Cause, p.Party)] -= p.Amount.Minor()
			}
			if _, ordered := w.bank.orders[id]; !ordered && !dead[r.Stream] && !off[r.Stream] {
				w.fail("each order reaches the bank", "payout %s never did", id)
			}
		case (treasury.DepositReturned{}).Kind():
			if _, ordered := w.bank.returns[id]; !ordered && !dead[r.Stream] {
				w.fail("each order reaches the bank", "the return of deposit %s never did", id)
			}
		}
	}
	for _, k := range w.kept {
		causes[k.cause] -= k.minor
	}
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		if n := causes[cause]; n != 0 {
			w.fail("each credit is paid out once", "%s: %d minor units more were credited than instructed", cause, n)
		}
	}
}

// calledOff are the payouts that have expired or were cancelled: the money is the
// company's again, and the bank hears nothing of it.
func calledOff(records []assurance.Record) map[string]bool {
	out := map[string]bool{}
	for _, r := range records {
		if r.Kind == (treasury.PayoutExpired{}).Kind() || r.Kind == (treasury.PayoutCancelled{}).Kind() {
			out[r.Stream] = true
		}
	}
	return out
}

// causeOf names what a company is paid for: the stream of the deal, and the company.
func causeOf(stream string, p identity.PartyID) string { return stream + " to " + string(p) }

// owed adds up what the deals of the log have credited to each company, all of
// which is paid out by itself where the house does so.
func (w *world) owed(records []assurance.Record) map[string]int64 {
	out := map[string]int64{}
	if !w.manner.autoPayout {
		return out
	}
	deals := map[string]deal.State{}
	for _, r := range records {
		if !strings.HasPrefix(r.Stream, "deal:") {
			continue
		}
		e, err := deal.Decode(r.Kind, r.Payload)
		if err != nil {
			w.fail("every event can be read", "%s", err)
			return out
		}
		s := deals[r.Stream].Apply(e, r.At)
		deals[r.Stream] = s
		switch e := e.(type) {
		case deal.MoneyMoved:
			for _, m := range e.Moves {
				switch m.To {
				case escrow.ToBuyer:
					out[causeOf(r.Stream, s.Terms.Buyer)] += m.Minor
				case escrow.ToSeller:
					out[causeOf(r.Stream, s.Terms.Seller)] += m.Minor
				case escrow.ToHouse:
				}
			}
		case deal.DepositsReturned:
			out[causeOf(r.Stream, s.Terms.Buyer)] += e.Minor
		}
	}
	return out
}

// toTheEnd lets nobody act any more: time alone must end every deal that holds
// money, unless it is frozen, and compliance lifts what it has frozen.
func (w *world) toTheEnd() {
	u := &user{w, source(w.cfg.Seed, useManner+1<<8)}
	for range passesMax {
		if w.failed() {
			return
		}
		open := 0
		u.clearCases()
		records, ok := w.records("towards the end")
		if !ok {
			return
		}
		deals, err := folded(records)
		if err != nil {
			w.fail("every event can be read", "%s", err)
			return
		}
		for _, id := range slices.Sorted(maps.Keys(deals)) {
			s := deals[id]
			if s.Frozen {
				_, _ = u.give(u.staff.compliance, id, deal.Unfreeze{Case: s.FreezeCase})
			}
			if s.Escrow.Held() > 0 || s.Received() > 0 {
				open++
			}
		}
		if open == 0 {
			w.rest()
			return
		}
		w.hop()
	}
	w.fail("time alone ends every deal that holds money", "not in %d steps", passesMax)
}

// hop lets time pass until just after the next clock, and the worker with it.
func (w *world) hop() {
	rows, err := w.port.DueClocks(w.ctx, forever(), 1)
	if err != nil {
		w.fail("the clocks can be read", "%s", err)
		return
	}
	d := time.Hour
	if len(rows) > 0 {
		d = max(d, rows[0].At.Sub(w.tides.Now())+time.Microsecond)
	}
	w.tides.pass(min(d, outageAfter-time.Hour))
	w.pass()
}
