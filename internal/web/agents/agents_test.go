package agents_test

import (
	"strings"
	"testing"
	"time"

	"fondaco/internal/web/agents"
)

func today() time.Time { return agents.TableDate().AddDate(0, 0, 30) }

func TestBrowsersAreReadAndJudged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header  string
		line    string
		version string
		verdict agents.Verdict
		advice  agents.Advice
	}{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/157.0.0.0 Safari/537.36", "Chrome 157, Windows", "157.0.0.0", agents.OK, ""},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", "Chrome 156, Windows", "156.0.0.0", agents.OK, ""},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36", "Chrome 155, Windows", "155.0.0.0", agents.Old, agents.UpdateBrowser},
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36", "Chrome 156, Linux", "156.0.0.0", agents.OK, ""},
		{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/157.0.0.0 Mobile Safari/537.36", "Chrome 157, Android", "157.0.0.0", agents.OK, ""},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/157.0.8100.20 Mobile/15E148 Safari/604.1", "Chrome 157, iOS", "157.0.8100.20", agents.OK, ""},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0", "Edge 156, Windows", "156.0.0.0", agents.OK, ""},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763", "Edge 18, Windows", "18.17763", agents.Old, agents.UpdateBrowser},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox 153, Linux", "153.0", agents.OK, ""},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140, Linux", "140.0", agents.Old, agents.UpdateBrowser},
		{"Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0", "Firefox 115, Windows", "115.0", agents.Old, agents.UpdateSystem},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/27.1 Safari/605.1.15", "Safari 27, macOS", "27.1", agents.OK, ""},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6 Safari/605.1.15", "Safari 26, macOS", "26.6", agents.OK, ""},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.5 Safari/605.1.15", "Safari 26, macOS", "26.5", agents.Old, agents.UpdateSystem},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.2 Safari/605.1.15", "Safari 13, macOS", "13.1.2", agents.Old, agents.UpdateSystem},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/27.0 Mobile/15E148 Safari/604.1", "Safari 27, iOS", "27.0", agents.OK, ""},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 Mobile/15E148 Safari/604.1", "Safari 15, iOS", "15.6", agents.Old, agents.UpdateSystem},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36 OPR/139.0.0.0", "Opera 139, Windows", "139.0.0.0", agents.OK, ""},
		{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36", "Samsung Internet 29, Android", "29.0", agents.Old, agents.UpdateBrowser},
		{"Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer 11, Windows", "11", agents.Old, agents.ChangeBrowser},
		{"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 10.0)", "Internet Explorer 8, Windows", "8.0", agents.Old, agents.ChangeBrowser},
		{"Mozilla/5.0 (Linux; Android 14; PKG110 Build/X; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.103 Mobile Safari/537.36 XWEB/1300333 MMWEBSDK/20250201 MicroMessenger/8.0.57.2800(0x28003956) WeChat/arm64", "WeChat 8, Android", "8.0.57.2800(0x28003956)", agents.Old, agents.UpdateBrowser},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 QQBrowser/20.1.0", "QQ Browser 20, Windows", "20.1.0", agents.Unknown, agents.CannotTell},
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Vivaldi/7.9.1", "Vivaldi 7, Linux", "7.9.1", agents.Unknown, agents.CannotTell},
		{"curl/8.14.1", "curl 8", "8.14.1", agents.Unknown, ""},
		{"Go-http-client/2.0", "Go-http-client 2", "2.0", agents.Unknown, ""},
		{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "", "", agents.Unknown, ""},
		{"", "", "", agents.Unknown, ""},
		{"Mozilla/5.0", "", "", agents.Unknown, ""},
		{"Mozilla/5.0 (Windows NT 10.0) Chrome/ Safari/", "Chrome, Windows", "", agents.Unknown, agents.CannotTell},
	} {
		a := agents.Parse(c.header)
		j := agents.Judge(a, today())
		if a.String() != c.line || a.Version != c.version {
			t.Errorf("%s\nreads %q %q, want %q %q (%+v)", c.header, a, a.Version, c.line, c.version, a)
		}
		if j.Verdict != c.verdict || j.Advice != c.advice {
			t.Errorf("%s\nis judged %+v, want %s %q", c.header, j, c.verdict, c.advice)
		}
	}
}

func TestProgramsAreNotJudged(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"curl/7.1", "python-requests/2.0", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"} {
		if a := agents.Parse(header); !a.Program {
			t.Errorf("%s is taken for a person's browser: %+v", header, a)
		}
	}
	if agents.Parse("Mozilla/5.0 (X11; Linux x86_64; rv:160.0) Gecko/20100101 Firefox/160.0").Program {
		t.Error("Firefox is taken for a program")
	}
}

func TestAnOldTableNeverSaysAllIsWell(t *testing.T) {
	t.Parallel()
	now := agents.Parse("Mozilla/5.0 (X11; Linux x86_64; rv:160.0) Gecko/20100101 Firefox/160.0")
	for _, c := range []struct {
		days    int
		stale   bool
		verdict agents.Verdict
	}{{0, false, agents.OK}, {180, false, agents.OK}, {181, true, agents.Unknown}, {2000, true, agents.Unknown}} {
		day := agents.TableDate().AddDate(0, 0, c.days)
		if j := agents.Judge(now, day); j.Stale != c.stale || j.Verdict != c.verdict || agents.Stale(day) != c.stale {
			t.Errorf("after %d days: %+v", c.days, j)
		}
	}
	// What was old stays old.
	old := agents.Parse("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0")
	if j := agents.Judge(old, agents.TableDate().AddDate(3, 0, 0)); j.Verdict != agents.Old || j.Minimum != "153" {
		t.Errorf("three years later: %+v", j)
	}
}

func TestEveryRowOfTheTableSaysWhyAndBinds(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range append(agents.Table(), agents.Systems()...) {
		if seen[r.Browser] || r.Why == "" || r.Advice == agents.Nothing {
			t.Errorf("row %+v", r)
		}
		seen[r.Browser] = true
	}
	for _, r := range agents.Table() {
		at := agents.Judge(agents.Agent{Browser: r.Browser, Version: r.Minimum()}, today())
		under := agents.Judge(agents.Agent{Browser: r.Browser, Version: "9.9"}, today())
		if under.Verdict != agents.Old || under.Advice != r.Advice || (r.Minimum() != "") != (at.Verdict == agents.OK) {
			t.Errorf("%s at %q: %+v, below: %+v", r.Browser, r.Minimum(), at, under)
		}
	}
}

func FuzzAnyHeaderGivesAShortPlainAnswer(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64; rv:160.0) Gecko/20100101 Firefox/160.0")
	f.Add("\x00\xff<script>/1 " + strings.Repeat("(", 900))
	f.Add("Mozilla/5.0 (Linux; Android 14) Chrome/99999999999999999999 MicroMessenger/\r\n")
	f.Fuzz(func(t *testing.T, header string) {
		a := agents.Parse(header)
		for _, s := range []string{a.Browser, a.Version, a.System, a.SystemVersion, a.Chromium} {
			if len(s) > 40 || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
				t.Errorf("%q gives %q", header, s)
			}
		}
		if j := agents.Judge(a, today()); j.Verdict == agents.Old && j.Advice == agents.Nothing {
			t.Errorf("%q is old, and nothing is to be done", header)
		}
	})
}
