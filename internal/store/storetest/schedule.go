package storetest

import (
	"reflect"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

func testSchedule(t *testing.T, open func(*testing.T) Backend) {
	t.Run("a clock is due strictly after its instant", func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		late := s.at.Add(time.Hour)
		clock := func(stream, name, ref string, at time.Time) assurance.ClockRow {
			return assurance.ClockRow{Stream: stream, Clock: name, Ref: ref, At: at}
		}
		stored := map[string][]assurance.ClockRow{}
		set := func(stream string, clocks ...assurance.ClockRow) {
			p := s.Page()
			p.Record(stream, "noted", `{}`)
			p.batch.Clocks = []assurance.ClockSet{{Stream: stream, Was: stored[stream], Clocks: clocks}}
			write(t, b, p)
			stored[stream] = clocks
		}
		set("deal:d1", clock("deal:d1", "inspection", "", late), clock("deal:d1", "negotiate", "c1", late.Add(-time.Minute)), clock("deal:d1", "negotiate", "c2", late.Add(-time.Minute)))
		set("deal:d2", clock("deal:d2", "sign", "", late.Add(time.Microsecond)))
		due := func(now time.Time, limit int) []assurance.ClockRow {
			return got[[]assurance.ClockRow](t)(b.DueClocks(ctx, now, limit))
		}
		if have := due(late, 9); len(have) != 2 || have[0].Ref != "c1" || have[1].Ref != "c2" {
			t.Errorf("at the instant: %+v", have)
		}
		if have := due(late.Add(time.Microsecond), 9); len(have) != 3 || !reflect.DeepEqual(have[2], clock("deal:d1", "inspection", "", late)) {
			t.Errorf("just after: %+v", have)
		}
		if have := due(late.Add(time.Hour), 2); len(have) != 2 {
			t.Errorf("with a limit: %+v", have)
		}
		set("deal:d1", clock("deal:d1", "inspection", "", late.Add(time.Hour)))
		set("deal:d2")
		if have := due(late.Add(2*time.Hour), 9); len(have) != 1 || !have[0].At.Equal(late.Add(time.Hour)) {
			t.Errorf("after they were set anew: %+v", have)
		}
	})
	t.Run("a message is tried until it is done or given up", testOutbox(open))
	t.Run("settings", func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		for _, value := range []string{"", "ledger.disagrees: 茶", "", "x"} {
			if value != "" || got[string](t)(b.Setting(ctx, "halt")) != "" {
				must(t, b.SetSetting(ctx, "halt", value))
			}
			if have := got[string](t)(b.Setting(ctx, "halt")); have != value {
				t.Errorf("got %q, want %q", have, value)
			}
		}
		if have := got[string](t)(b.Setting(ctx, "other")); have != "" {
			t.Errorf("got %q", have)
		}
	})
}

func testOutbox(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		p := s.Page()
		message := func(id string, next time.Time) assurance.Message {
			return assurance.Message{ID: id, Topic: assurance.TopicPayout, Payload: []byte(`{"payout":"` + id + `"}`), NextAt: next}
		}
		want := []assurance.Message{message("b", s.at.Add(-time.Second)), message("a", s.at), message("c", s.at)}
		p.Record("payout:a", "payout_instructed", `{}`)
		p.batch.Messages = []assurance.Message{want[1], message("later", s.at.Add(time.Microsecond)), want[2], want[0]}
		write(t, b, p)
		now := s.at
		due := func(now time.Time) []assurance.Message {
			return got[[]assurance.Message](t)(b.DueMessages(ctx, now, 9))
		}
		if have := due(now); !reflect.DeepEqual(have, want) {
			t.Fatalf("got %+v", have)
		}
		if have := got[[]assurance.Message](t)(b.DueMessages(ctx, now, 1)); !reflect.DeepEqual(have, want[:1]) {
			t.Errorf("one: %+v", have)
		}
		must(t, b.MessageDone(ctx, "b", now))
		must(t, b.MessageDone(ctx, "b", now.Add(time.Hour)))
		must(t, b.MessageFailed(ctx, "b", "too late", now, true)) // done stays done
		must(t, b.MessageFailed(ctx, "a", "rail down", now.Add(time.Minute), false))
		must(t, b.MessageFailed(ctx, "c", "no such account", now, true))
		if have := due(now); len(have) != 0 {
			t.Errorf("got %+v", have)
		}
		retry := want[1]
		retry.Attempts, retry.NextAt, retry.Error = 1, now.Add(time.Minute), "rail down"
		if have := due(now.Add(time.Minute)); len(have) != 2 || !reflect.DeepEqual(have[1], retry) {
			t.Errorf("got %+v", have)
		}
		dead := want[2]
		dead.Attempts, dead.Error = 1, "no such account"
		if have := got[[]assurance.Message](t)(b.DeadMessages(ctx, 9)); !reflect.DeepEqual(have, []assurance.Message{dead}) {
			t.Errorf("dead: %+v", have)
		}
		must(t, b.MessageDone(ctx, "c", now)) // somebody has carried it out by hand
		if have := got[[]assurance.Message](t)(b.DeadMessages(ctx, 9)); len(have) != 0 {
			t.Errorf("dead: %+v", have)
		}
		refused(t, b.MessageDone(ctx, "unknown", now), fault.NotFound, "store.no_message")
		refused(t, b.MessageFailed(ctx, "unknown", "", now, false), fault.NotFound, "store.no_message")
	}
}
