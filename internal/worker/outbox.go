package worker

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// errorMax is how many bytes of a message's last error are kept.
const errorMax = 1000

// carryAll carries out every due message, each once in a pass. A rail that is down
// keeps its other messages waiting, uncounted, until the next pass.
func (w *Worker) carryAll(ctx context.Context, r *Report) error {
	tried := map[string]bool{}
	down := map[string]bool{}
	w.mailing = 0
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		messages, err := w.Schedule.DueMessages(ctx, w.House.Now(), page+len(tried))
		if err != nil {
			return err
		}
		fresh := false
		for _, m := range mailLast(messages) {
			if tried[m.ID] {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			tried[m.ID], fresh = true, true
			if err := w.carry(ctx, m, down, r); err != nil {
				return err
			}
		}
		if !fresh {
			return nil
		}
		if err := w.beatInPass(ctx, r); err != nil {
			return err
		}
	}
}

// mailLast puts mails behind the rest, so that a mail server that answers slowly
// holds up no payout that is due already.
func mailLast(messages []assurance.Message) []assurance.Message {
	slices.SortStableFunc(messages, func(a, b assurance.Message) int {
		return rank(a) - rank(b)
	})
	return messages
}

func rank(m assurance.Message) int {
	if m.Topic == assurance.TopicMail {
		return 1
	}
	return 0
}

// carry does what one message asks, and marks it. It fails only if it cannot be
// marked: then it is carried out again in a later pass, under the same key.
func (w *Worker) carry(ctx context.Context, m assurance.Message, down map[string]bool, r *Report) error {
	doing, cancel := w.item(ctx)
	defer cancel()
	var err error
	var done *int
	waits := false
	switch m.Topic {
	case assurance.TopicPayout:
		var o assurance.PayoutOrder
		if err = decode(m, &o); err == nil {
			waits, err = w.byRail(doing, o.Rail, down, func(rail assurance.Rail) error {
				if err := w.House.MayPay(doing, o); err != nil {
					return err
				}
				return rail.Send(doing, o)
			})
		}
		done = &r.Sent
		if fault.CodeOf(err) == "treasury.wrong_stage" {
			done, err = &r.Kept, nil // it has left already, or was called off, and the money is the company's again
		}
	case assurance.TopicReturn:
		var o assurance.ReturnOrder
		if err = decode(m, &o); err == nil {
			waits, err = w.byRail(doing, o.Rail, down, func(rail assurance.Rail) error {
				if err := w.House.MayReturn(doing, o); err != nil {
					return err
				}
				return rail.Return(doing, o)
			})
		}
		done = &r.Sent
	case assurance.TopicAutoPayout:
		var p assurance.AutoPayout
		if err = decode(m, &p); err == nil {
			call := assurance.Call{By: identity.HouseClock(), Key: m.ID}
			_, err = w.House.Withdraw(doing, call, p.Party, p.Amount, p.Cause)
		}
		done = &r.Withdrawn
		if code := fault.CodeOf(err); code == "treasury.no_account" || code == "treasury.routine_check" {
			done, err = &r.Kept, nil // it stays with the company, who can pay it out once it has named an account, or the check is over
		}
	case assurance.TopicMail:
		waits, err = w.post(doing, m, down)
		done = &r.Mailed
	case assurance.TopicCheck, assurance.TopicRecheck, assurance.TopicHold:
		waits, err = w.check(doing, m, down)
		done = &r.Checked
	default:
		err = fault.New(fault.Invalid, "worker.unknown_topic", "No rule for messages of topic {topic}.").With("topic", m.Topic)
	}
	if waits {
		return nil
	}
	marking, cancelMark := w.item(ctx)
	defer cancelMark()
	if err != nil {
		return w.failed(marking, m, err, r)
	}
	if err := w.Schedule.MessageDone(marking, m.ID, w.House.Now()); err != nil {
		return err
	}
	*done++
	return nil
}

// check carries out what is asked about a party. A walk over all of them goes on
// with the next pass: there may be very many, and clocks and payouts do not wait for it.
func (w *Worker) check(ctx context.Context, m assurance.Message, down map[string]bool) (waits bool, err error) {
	switch m.Topic {
	case assurance.TopicCheck:
		var o assurance.CheckOrder
		if err := decode(m, &o); err != nil {
			return false, err
		}
		return false, w.House.Check(ctx, o)
	case assurance.TopicRecheck:
		var o assurance.RecheckOrder
		if err := decode(m, &o); err != nil {
			return false, err
		}
		if o.After != "" && down[assurance.TopicRecheck] {
			return true, nil
		}
		down[assurance.TopicRecheck] = true
		return false, w.House.Recheck(ctx, o)
	}
	var o assurance.HoldOrder
	if err := decode(m, &o); err != nil {
		return false, err
	}
	return false, w.House.HoldDeals(ctx, o)
}

// mailServer is what counts as down when a mail cannot be handed over, or when
// mails have taken their part of the pass: clocks and payouts of the next one must
// not wait for a server that is slow.
const mailServer = "mail"

// post sends a mail, unless the mail server was down earlier in the pass.
func (w *Worker) post(ctx context.Context, m assurance.Message, down map[string]bool) (waits bool, err error) {
	if down[mailServer] || w.Mailer == nil {
		return true, nil
	}
	mail, err := w.House.OpenMail(m.Payload)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, w.MailMax)
	defer cancel()
	begun := w.Monotonic()
	err = w.Mailer.Send(ctx, mail)
	w.mailing += w.Monotonic() - begun
	down[mailServer] = fault.KindOf(err) == fault.Unavailable || ctx.Err() != nil || w.mailing >= w.MailMax
	return false, err
}

// byRail has a rail do something, unless the rail was down earlier in the pass:
// then the message waits.
func (w *Worker) byRail(ctx context.Context, name string, down map[string]bool, do func(assurance.Rail) error) (waits bool, err error) {
	if down[name] {
		return true, nil
	}
	rail, ok := w.rails[name]
	if !ok {
		return false, fault.New(fault.Internal, "worker.no_rail", "The house has no rail of the name {rail}.").With("rail", name)
	}
	err = do(rail)
	down[name] = fault.KindOf(err) == fault.Unavailable || ctx.Err() != nil
	return false, err
}

const badMessage = "worker.bad_message"

func decode(m assurance.Message, into any) error {
	if err := json.Unmarshal(m.Payload, into); err != nil {
		return fault.New(fault.Invalid, badMessage, "A message cannot be read.").Because(err)
	}
	return nil
}

func (w *Worker) failed(ctx context.Context, m assurance.Message, err error, r *Report) error {
	attempts := m.Attempts + 1
	dead := w.hopeless(m, err, attempts)
	f := fault.Of(err)
	args := []any{slog.String("message", m.ID), slog.Int("attempts", attempts), slog.String("error", f.Trace())}
	if dead {
		r.Dead++
		w.Log.ErrorContext(ctx, "message given up", args...)
	} else {
		r.Retried++
		w.Log.WarnContext(ctx, "message failed", args...)
	}
	return w.Schedule.MessageFailed(ctx, m.ID, clip(f.Trace()), w.House.Now().Add(w.retry(attempts)), dead)
}

// hopeless reports whether a message is given up. The house being down is nobody's
// refusal, so it costs no message its life.
func (w *Worker) hopeless(m assurance.Message, err error, attempts int) bool {
	switch fault.CodeOf(err) {
	case "treasury.payouts_wait", "treasury.payouts_frozen", "treasury.routine_check", "house.cannot_check":
		return false // it waits with the others until the company may be paid again
	}
	switch m.Topic {
	case assurance.TopicCheck, assurance.TopicRecheck, assurance.TopicHold:
		return fault.CodeOf(err) == badMessage // a company is not let through because it could not be looked at
	}
	switch fault.KindOf(err) {
	case fault.Refused, fault.Invalid:
		return true
	case fault.Unavailable, fault.Exhausted:
		if m.Topic == assurance.TopicAutoPayout {
			return false
		}
	case fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Internal:
	}
	return attempts >= w.AttemptsMax
}

// retry is how long a message waits after so many attempts: doubling, up to RetryMax.
func (w *Worker) retry(attempts int) time.Duration {
	wait := w.RetryFirst
	for range attempts - 1 {
		if wait >= w.RetryMax/2 {
			return w.RetryMax
		}
		wait *= 2
	}
	return min(wait, w.RetryMax)
}

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), errorMax)], "") }
