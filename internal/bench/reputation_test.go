package bench_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fondaco/internal/bench"
)

func networks(t *testing.T) string {
	t.Helper()
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		t.Skip("FONDACO_DATA names no folder of reference data")
	}
	return filepath.Join(root, "reputation")
}

func TestFraudsAreToldFromGoodAccountsUnderAttackToo(t *testing.T) {
	t.Parallel()
	r, err := bench.Reputation{Dir: networks(t)}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	row := func(method, attack string) bench.ReputationRow {
		i := slices.IndexFunc(r.Rows, func(x bench.ReputationRow) bool { return x.Method == method && x.Attack == attack })
		if i < 0 {
			t.Fatalf("%s was not measured under attack: %s", method, attack)
		}
		return r.Rows[i]
	}
	for attack, bar := range map[string]float64{
		"none": 0.895, "10 praise and 10 slander each": 0.885, "the same, all in one ring": 0.88, "the same, cliques": 0.87,
		"50 praise and 50 slander each": 0.885, "1 in 10 earned one good rating": 0.88, "3 in 10 did": 0.87,
	} {
		got := row("fondaco", attack)
		if got.AUC < bar || got.Low >= got.AUC || got.High <= got.AUC || got.Low < bar-0.06 {
			t.Errorf("%s: %+v, the bar is %v", attack, got, bar)
		}
		for _, other := range []string{"average rating", "Beta", "Wilson lower bound", "EigenTrust", "votes weighed by EigenTrust"} {
			if x := row(other, attack); x.AUC >= got.AUC {
				t.Errorf("%s: %s is as good: %v against %v", attack, other, x.AUC, got.AUC)
			}
		}
	}
	// What arithmetic does not solve is shown, not hidden.
	if got := row("fondaco", "aged frauds swap with 10"); got.AUC > 0.6 {
		t.Errorf("accounts with real trades that swap with ten others are now told apart: %+v; say so", got)
	}
	if s := r.Selection; s.StandingClean < s.ChosenClean-0.01 || s.StandingBoth < s.ChosenBoth-0.01 || s.StandingClean < 0.89 || s.Settings < 50 {
		t.Errorf("others would be chosen on one half of the labels, and are better on the other: %+v", s)
	}
	for _, a := range r.Abuse {
		if d := a.After - a.Before; a.What != "one good rating by a trusted account" && a.What != "1,000 of them by that account" && (d > 0.01 || d < -0.01) {
			t.Errorf("%s: %+v", a.What, a)
		}
	}
	if len(r.Abuse) != 6 || r.Abuse[0].After != r.Abuse[1].After || r.Abuse[0].After <= r.Abuse[0].Before || !r.Abuse[5].New {
		t.Errorf("%+v", r.Abuse)
	}
	if len(r.Speed) != 2 || r.Speed[1].Ratings != 35592 || r.Speed[1].Accounts != 5881 || r.Speed[1].PassMS <= 0 || r.Good != 135 || r.Fraud != 102 {
		t.Errorf("%d good, %d frauds, %+v", r.Good, r.Fraud, r.Speed)
	}
}

func TestABenchOfReputationEndsWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	dir := networks(t)
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	_, err := bench.Reputation{Dir: dir, Progress: func(string, int64, int64, string) {
		told++
		cancel()
	}}.Run(ctx)
	if !errors.Is(err, context.Canceled) || told != 1 {
		t.Errorf("%v after %d reports", err, told)
	}
}
