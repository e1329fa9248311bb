package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/password"
	"fondaco/internal/vuln"
	"fondaco/internal/web/agents"
)

// passwordListLife is how old the list of common passwords may be before a person should look
// for a newer one. What is common changes slowly.
const passwordListLife = 5 * 365 * 24 * time.Hour

// programReport says what runs here, and how old its lists are.
type programReport struct {
	Version  string            `json:"version"`
	Go       string            `json:"go"`
	Platform string            `json:"platform"`
	Source   string            `json:"source"`           // of which day, and whether it was changed since
	Faults   []vuln.Fault      `json:"faults,omitempty"` // known faults of its modules
	Checks   []assurance.Check `json:"-"`
}

// examineProgram looks at the program itself: its lists, and its modules if there is
// a database of known faults to compare them with.
func examineProgram(vulndb string, now time.Time) (programReport, error) {
	p := programReport{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Source: "source of an unknown day"}
	info, known := debug.ReadBuildInfo()
	if known {
		p.Source = sourceOf(info)
	}
	common := password.BuiltIn()
	p.Checks = []assurance.Check{
		dated("the list of common passwords is recent", common.Dated(), passwordListLife, now, int64(common.Count())),
		dated("the table of browsers is recent", agents.TableDate(), agents.TableLife, now, int64(len(agents.Table()))),
	}
	if vulndb == "" {
		return p, nil
	}
	if !known {
		return p, fault.New(fault.Unavailable, "cmd.no_build_info", "This program was built without the list of its modules, so they cannot be compared.")
	}
	d, err := vuln.Open(vulndb)
	if err != nil {
		return p, fault.New(fault.Invalid, "cmd.bad_vulndb", "{file} cannot be read as a database of known faults.").With("file", vulndb).Because(err)
	}
	report := d.Compare(info, vuln.Platform{OS: runtime.GOOS, Processor: runtime.GOARCH})
	p.Faults = report.Faults
	p.Checks = append(p.Checks, databaseCheck(d, now), modulesCheck(report))
	return p, nil
}

func sourceOf(info *debug.BuildInfo) string {
	day, changed := "an unknown day", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.time" && len(s.Value) >= len(time.DateOnly):
			day = s.Value[:len(time.DateOnly)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed since"
		}
	}
	return "source of " + day + changed
}

// dated warns of a list that has outlived its time; a list without a date is looked at too.
func dated(name string, on time.Time, life time.Duration, now time.Time, counted int64) assurance.Check {
	c := assurance.Check{Name: name, OK: true, Counted: counted}
	if on.IsZero() {
		c.Warning, c.Detail = true, "it has no date"
		return c
	}
	age := max(0, now.Sub(on))
	c.Warning = age > life
	c.Detail = fmt.Sprintf("of %s, %d days old", on.Format(time.DateOnly), int64(age/(24*time.Hour)))
	return c
}

const databaseLife = 30 * 24 * time.Hour

func databaseCheck(d *vuln.Database, now time.Time) assurance.Check {
	c := dated("the database of known faults is recent", d.Modified(), databaseLife, now, int64(d.Entries()))
	c.Detail += "; its newest entry is " + d.Newest()
	return c
}

// modulesCheck is bad when a fault has a mended version to take. A fault that nobody has mended yet,
// or a module that cannot be compared, is for a person to look at.
func modulesCheck(r vuln.Report) assurance.Check {
	c := assurance.Check{Name: "no module has a known fault", OK: true, Counted: int64(r.Modules)}
	var told []string
	for _, f := range r.Faults {
		line := fmt.Sprintf("%s in %s %s (%s)", f.ID, f.Module, f.Version, f.Summary)
		if len(f.Packages) > 0 {
			line += ", for programs that use " + strings.Join(f.Packages, ", ")
		}
		if f.Fixed == "" {
			line += ", not mended yet"
		} else {
			line += ", mended in " + f.Fixed
			c.OK = false
		}
		told = append(told, line)
	}
	for _, u := range r.Unread {
		told = append(told, "cannot compare "+u)
	}
	c.Warning = len(told) > 0
	c.Detail = strings.Join(told, "; ")
	return c
}
