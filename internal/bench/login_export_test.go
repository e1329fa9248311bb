package bench

// LimitFor is the score from which so large a share of attacks is noticed.
func LimitFor(attacks []int64, detection float64) int64 { return limitFor(attacks, detection) }

// ShareFrom is the share of scores that are at least the limit.
func ShareFrom(scores []int64, limit int64) float64 { return shareFrom(scores, limit) }
