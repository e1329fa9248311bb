package vuln

import (
	"cmp"
	"fmt"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// Standard is the name of the standard library in the database.
const Standard = "stdlib"

// Fault is one known fault of one module of the program.
type Fault struct {
	Module  string   `json:"module"`
	Version string   `json:"version"`
	ID      string   `json:"id"`
	Aliases []string `json:"aliases,omitempty"` // such as CVE numbers
	Summary string   `json:"summary"`
	// Packages of the module that have the fault; empty for all of them. A program that uses none of
	// them is not concerned.
	Packages []string `json:"packages,omitempty"`
	Fixed    string   `json:"fixed,omitempty"` // the first version without it; empty if there is none yet
}

// Report is what a comparison found.
type Report struct {
	Modules  int      // that were compared, the standard library included
	Unread   []string // modules whose version cannot be compared, as "path version"
	Faults   []Fault  // in order of module and id
	Standard string   // version of the standard library; empty if it cannot be compared
}

// Platform is where the program runs.
type Platform struct {
	OS        string // GOOS
	Processor string // GOARCH
}

// Compare looks up every module that is linked into a program. The program's own
// module is left out: it is what is being built.
func (d *Database) Compare(info *debug.BuildInfo, on Platform) Report {
	var r Report
	look := func(module, version string) {
		v, ok := canonical(version)
		if !ok {
			r.Unread = append(r.Unread, strings.TrimSpace(module+" "+version))
			return
		}
		r.Modules++
		for _, k := range d.faults[module] {
			if fixed, hit := k.hits(v, on); hit {
				r.Faults = append(r.Faults, Fault{module, version, k.id, k.aliases, k.summary, k.packages(), fixed})
			}
		}
	}
	if v, ok := goVersion(info.GoVersion); ok {
		r.Standard = strings.TrimPrefix(v, "v")
		look(Standard, r.Standard)
	} else {
		look(Standard, info.GoVersion)
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		look(m.Path, m.Version)
	}
	slices.SortFunc(r.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Module, b.Module), cmp.Compare(a.ID, b.ID))
	})
	r.Faults = slices.CompactFunc(r.Faults, func(a, b Fault) bool { return a.Module == b.Module && a.ID == b.ID })
	slices.Sort(r.Unread)
	return r
}

// hits tells whether a version is in a range of the fault, and where it is mended.
func (k known) hits(version string, on Platform) (fixed string, hit bool) {
	if !k.concerns(on) {
		return "", false
	}
	if len(k.ranges) == 0 {
		return "", true // a fault of every version
	}
	for _, s := range k.ranges {
		if s.Type != "SEMVER" {
			continue
		}
		if fixed, hit = s.holds(version); hit {
			return fixed, true
		}
	}
	return "", false
}

func (k known) concerns(on Platform) bool {
	if len(k.imports) == 0 {
		return true
	}
	return slices.ContainsFunc(k.imports, func(p platform) bool {
		return (len(p.GOOS) == 0 || slices.Contains(p.GOOS, on.OS)) && (len(p.GOARCH) == 0 || slices.Contains(p.GOARCH, on.Processor))
	})
}

func (k known) packages() []string {
	var all []string
	for _, p := range k.imports {
		if p.Path != "" && !slices.Contains(all, p.Path) {
			all = append(all, p.Path)
		}
	}
	return all
}

// turn is a version at which a fault begins or ends.
type turn struct {
	at     string
	begins bool
	after  bool // ends with the version after this one
}

// holds walks the events in order of version, as the OSV schema tells.
func (s span) holds(version string) (fixed string, hit bool) {
	var turns []turn
	for _, e := range s.Events {
		for _, t := range []struct {
			text          string
			begins, after bool
		}{{e.Introduced, true, false}, {e.Fixed, false, false}, {e.LastAffected, false, true}} {
			at, ok := canonical(t.text)
			if t.text == "0" {
				at, ok = "v0.0.0-0", true
			}
			if ok {
				turns = append(turns, turn{at, t.begins, t.after})
			}
		}
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return semver.Compare(a.at, b.at) })
	for _, t := range turns {
		order := semver.Compare(t.at, version)
		if order < 0 || order == 0 && !t.after {
			hit = t.begins
			continue
		}
		if hit && !t.begins && !t.after {
			return strings.TrimPrefix(t.at, "v"), true
		}
		if hit {
			return "", true
		}
	}
	return "", hit
}

// canonical adds the v that entries leave out, and refuses what is no semantic version.
func canonical(version string) (string, bool) {
	if !strings.HasPrefix(version, "v") {
		version = "v" + version
	}
	return version, semver.IsValid(version)
}

var goRelease = regexp.MustCompile(`^go(\d+)\.(\d+)(?:\.(\d+))?(?:(rc|beta)(\d+))?(?:$|[ -])`)

// goVersion turns go1.26.8 and go1.27rc1 into semantic versions.
func goVersion(version string) (string, bool) {
	m := goRelease.FindStringSubmatch(version)
	if m == nil {
		return "", false
	}
	v := fmt.Sprintf("v%s.%s.%s", m[1], m[2], cmp.Or(m[3], "0"))
	if m[4] != "" {
		v += "-" + m[4] + "." + m[5]
	}
	return v, semver.IsValid(v)
}
