package agents

import (
	"strconv"
	"time"
)

// The browsers of the table, as [Agent.Browser] names them.
const (
	Chrome   = "Chrome"
	Edge     = "Edge"
	Firefox  = "Firefox"
	Safari   = "Safari"
	Opera    = "Opera"
	Samsung  = "Samsung Internet"
	Explorer = "Internet Explorer"
)

// Verdict says whether a browser is kept up to date.
type Verdict string

// The verdicts.
const (
	OK      Verdict = "ok"      // at least the oldest version that gets security fixes
	Old     Verdict = "old"     // below it: known holes stay open
	Unknown Verdict = "unknown" // not in the table, or the table itself is too old to tell
)

// Advice is a key for what a person should do; pages have words for each.
type Advice string

// The advices.
const (
	Nothing       Advice = ""
	UpdateBrowser Advice = "update_browser"  // the maker has a newer version
	UpdateSystem  Advice = "update_system"   // the browser comes with the system, or the system itself gets no fixes
	ChangeBrowser Advice = "change_browser"  // it will never get fixes again
	CannotTell    Advice = "look_for_update" // look for updates in its own menu
)

// Row is one line of the table: the oldest version that still gets security fixes.
type Row struct {
	Browser string
	Major   int
	Minor   int
	Advice  Advice // for versions below
	Why     string
}

// Minimum returns the version as people write it; empty if no version is kept up to date.
func (r Row) Minimum() string {
	switch {
	case r.Major == never:
		return ""
	case r.Minor == 0:
		return strconv.Itoa(r.Major)
	}
	return strconv.Itoa(r.Major) + "." + strconv.Itoa(r.Minor)
}

// never is a version that will not come.
const never = 1 << 30

// TableLife is how long the table may be trusted.
const TableLife = 180 * 24 * time.Hour

// TableDate is the day on which the table was made.
func TableDate() time.Time { return time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC) }

// Stale tells whether the table is older than [TableLife].
func Stale(today time.Time) bool { return today.Sub(TableDate()) > TableLife }

// Table returns the oldest versions that still got security fixes on [TableDate]. The releases are
// those that the makers have published (Can I use's list of that week) and that Debian's security archive
// carries. Where a maker keeps a slow line (Chrome and Edge extended stable, Firefox ESR) it counts.
func Table() []Row {
	return []Row{
		{Chrome, 156, 0, UpdateBrowser, "extended stable, 20 October 2026"},
		{Edge, 156, 0, UpdateBrowser, "extended stable, 22 October 2026"},
		{Firefox, 153, 0, UpdateBrowser, "extended support release, 21 July 2026"},
		{Safari, 26, 6, UpdateSystem, "the last of the line before 27, 27 July 2026"},
		{Opera, 138, 0, UpdateBrowser, "20 October 2026"},
		{Samsung, 30, 0, UpdateBrowser, "20 May 2026; 31 is being rolled out since September"},
		{Explorer, never, 0, ChangeBrowser, "ended on 15 June 2022"},
	}
}

// chromiumMin is for browsers of other makers, who take over fixes at their own pace: a
// Chromium of more than a year is old whoever ships it.
const chromiumMin = 142 // 28 October 2025

// Systems returns the oldest systems that a header can still honestly name; what is below gets no fixes.
func Systems() []Row {
	return []Row{
		{"Windows", 10, 0, UpdateSystem, "11 calls itself 10; 7 and 8.1 ended on 10 January 2023"},
		{"macOS", 10, 15, UpdateSystem, "every later one calls itself 10.15"},
		{"iOS", 18, 0, UpdateSystem, "26 and later call themselves 18"},
		{"Android", 10, 0, UpdateSystem, "many browsers call every later one 10"},
	}
}

// Judgement is what a page may tell a person about the browser in use.
type Judgement struct {
	Verdict Verdict
	Advice  Advice
	Minimum string // the oldest version that is kept up to date; empty if none is known
	Stale   bool   // the table is too old to say ok
}

// Judge compares an agent with the table. Programs are not judged.
func Judge(a Agent, today time.Time) Judgement {
	j := Judgement{Verdict: Unknown, Stale: Stale(today)}
	if a.Program || a.Browser == "" && a.Chromium == "" {
		return j
	}
	for _, r := range Systems() {
		if r.Browser == a.System && below(a.SystemVersion, r) {
			j.Verdict, j.Advice, j.Minimum = Old, UpdateSystem, r.Minimum()
			return j
		}
	}
	row, found := rowOf(a)
	if !found {
		return byChromium(a, j)
	}
	j.Minimum = row.Minimum()
	major, _, readable := number(a.Version)
	switch {
	case row.Major == never || readable && below(a.Version, row):
		j.Verdict, j.Advice = Old, row.Advice
	case !readable || major == 0 || j.Stale:
		j.Advice = CannotTell
	default:
		j.Verdict = OK
	}
	return j
}

func rowOf(a Agent) (Row, bool) {
	for _, r := range Table() {
		if r.Browser == a.Browser {
			return r, true
		}
	}
	return Row{}, false
}

func byChromium(a Agent, j Judgement) Judgement {
	j.Advice = CannotTell
	if a.Chromium != "" && below(a.Chromium, Row{Major: chromiumMin}) {
		j.Verdict, j.Advice = Old, UpdateBrowser
	}
	return j
}

func below(version string, r Row) bool {
	major, minor, ok := number(version)
	return ok && (major < r.Major || major == r.Major && minor < r.Minor)
}
