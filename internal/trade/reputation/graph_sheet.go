package reputation

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/fault"
)

// Sheet takes the lines of a table of ratings from anywhere, one by one: rater, ratee,
// rating and time, with commas between them. The first line may name the columns.
// Ratings are on any scale around zero, times are seconds since 1970.
type Sheet struct {
	line    int64
	users   map[string]int32
	names   []string
	ratings []Rating // not yet on a scale
	extreme float64
}

// Bounds of a sheet.
const (
	userBytesMax  = 200
	secondsMax    = 9e12
	lineBytesMax  = 1000
	sheetLinesMax = math.MaxInt32 - 1
)

// Line takes the next line, without its end. An empty one says nothing. What is no
// rating is refused with reputation.bad_line, which names the line.
func (s *Sheet) Line(text string) error {
	s.line++
	if s.line == 1 {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	text = strings.TrimSuffix(text, "\r")
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if len(text) > lineBytesMax || s.line > sheetLinesMax {
		return s.bad("the line is too long, or there are too many")
	}
	fields := strings.Split(text, ",")
	if len(fields) != 4 {
		return s.bad("there are not four fields")
	}
	for i, f := range fields {
		f = strings.TrimSpace(f)
		if inner := strings.TrimSuffix(strings.TrimPrefix(f, `"`), `"`); len(inner) == len(f)-2 {
			f = inner
		}
		fields[i] = f
	}
	value, isValue := number(fields[2])
	seconds, isTime := number(fields[3])
	if s.line == 1 && !isValue && !isTime {
		return nil
	}
	switch {
	case !plain(fields[0]) || !plain(fields[1]):
		return s.bad("an account has no name, or one that cannot be written back")
	case !isValue:
		return s.bad("the rating is no number")
	case !isTime || math.Abs(seconds) > secondsMax:
		return s.bad("the time is no number of seconds")
	}
	s.extreme = max(s.extreme, math.Abs(value))
	s.ratings = append(s.ratings, Rating{
		From: s.user(fields[0]), To: s.user(fields[1]), Value: value, Weight: 1,
		At: int64(math.Round(float64(seconds * 1e6))),
	})
	return nil
}

// Lines is how many lines were taken.
func (s *Sheet) Lines() int64 { return s.line }

func (s *Sheet) bad(why string) error {
	return fault.New(fault.Invalid, "reputation.bad_line", "Line {line} is no rating: {why}.").
		With("line", strconv.FormatInt(s.line, 10)).With("why", why)
}

// number reads a finite number in decimal digits.
func number(text string) (float64, bool) {
	if strings.ContainsAny(text, "_xXpPnN") { // what only programs write
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && !math.IsInf(x, 0) && !math.IsNaN(x)
}

// plain says whether a name can stand in a table again as it is.
func plain(name string) bool {
	return name != "" && len(name) <= userBytesMax && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return r == '"' || unicode.IsControl(r) })
}

func (s *Sheet) user(name string) int32 {
	if u, known := s.users[name]; known {
		return u
	}
	if s.users == nil {
		s.users = map[string]int32{}
	}
	u := int32(len(s.names)) //nolint:gosec // two for each line at most, and a graph refuses what is more than it holds
	name = strings.Clone(name)
	s.users[name] = u
	s.names = append(s.names, name)
	return u
}

// Table is a sheet that was read to its end.
type Table struct {
	Users   []string // in order: numbers by what they are worth, then everything else by its letters
	Ratings []Rating // between places in Users, as far as the extreme of the scale
}

// Table ends the sheet, which must not be used afterwards. The extreme of the scale
// becomes 1; at zero, it is the most extreme rating there is. A rating beyond it is
// refused with reputation.bad_scale.
func (s *Sheet) Table(extreme float64) (Table, error) {
	if !(extreme >= 0) || math.IsInf(extreme, 0) || (extreme > 0 && s.extreme > extreme) {
		return Table{}, fault.New(fault.Invalid, "reputation.bad_scale", "The scale is smaller than the most extreme rating, {extreme}.").
			With("extreme", strconv.FormatFloat(s.extreme, 'g', -1, 64))
	}
	extreme = cmp.Or(extreme, s.extreme, 1)
	order := make([]int32, len(s.names))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return byName(s.names[a], s.names[b]) })
	t := Table{Users: make([]string, len(order)), Ratings: s.ratings}
	place := make([]int32, len(order))
	for i, u := range order {
		t.Users[i] = s.names[u]
		place[u] = int32(i)
	}
	for i := range t.Ratings {
		r := &t.Ratings[i]
		r.From, r.To, r.Value = place[r.From], place[r.To], r.Value/extreme
	}
	return t, nil
}

// byName orders whole numbers by what they are worth, before all else.
func byName(a, b string) int {
	x, xErr := strconv.ParseUint(a, 10, 64)
	y, yErr := strconv.ParseUint(b, 10, 64)
	switch {
	case xErr == nil && yErr == nil:
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
	case xErr == nil:
		return -1
	case yErr == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// Place finds a user, -1 if the table has none of that name.
func (t Table) Place(user string) int32 {
	if i, there := slices.BinarySearchFunc(t.Users, user, byName); there {
		return int32(i) //nolint:gosec // as in user
	}
	return -1
}

// How founders are chosen.
const (
	founders        = 5
	foundersWelcome = 20
)

// Founders are the accounts that trust may start from if nobody has named any: the five
// that were the first to rate others, of those whom twenty accounts rate well; if there
// are too few of these, the first of the others. A time of zero or before is not known,
// and comes last.
func (t Table) Founders() []int32 {
	byTime := slices.Clone(t.Ratings)
	slices.SortFunc(byTime, func(a, b Rating) int {
		when := func(r Rating) uint64 { return uint64(r.At) - 1 } //nolint:gosec // so that zero and less come last
		return cmp.Or(cmp.Compare(when(a), when(b)), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	var pairs []uint64
	for _, r := range t.Ratings {
		if r.Value > 0 && r.From != r.To {
			pairs = append(pairs, uint64(r.To)<<32|uint64(r.From)) //nolint:gosec // places are not negative
		}
	}
	slices.Sort(pairs)
	welcome := make([]int, len(t.Users))
	for _, p := range slices.Compact(pairs) {
		welcome[p>>32]++
	}
	var chosen []int32
	for _, least := range []int{foundersWelcome, 0} {
		for _, r := range byTime {
			if len(chosen) == founders {
				return chosen
			}
			if r.From != r.To && welcome[r.From] >= least && !slices.Contains(chosen, r.From) {
				chosen = append(chosen, r.From)
			}
		}
	}
	return chosen
}
