package agents

import (
	"strconv"
	"strings"

	"github.com/mileusna/useragent"
)

const (
	headerMax = 512 // bytes of a header that are read; real ones have about 120
	wordMax   = 40  // bytes of a name or version
)

// Agent is what a User-Agent header says. Every field may be empty.
type Agent struct {
	Browser       string // such as Firefox
	Version       string // as the browser numbers itself
	System        string // such as Windows, macOS, Linux, Android, iOS
	SystemVersion string // often frozen by the browser
	Chromium      string // version of the Chromium inside, if there is one
	Program       bool   // curl, a library or a robot: nobody looks at a page
}

// Parse reads a User-Agent header (RFC 9110, section 10.1.5).
func Parse(header string) Agent {
	if len(header) > headerMax {
		header = header[:headerMax]
	}
	u := useragent.Parse(header)
	a := Agent{System: word(u.OS), SystemVersion: word(u.OSVersion), Chromium: chromium(header)}
	if name, version := maker(header); name != "" {
		a.Browser, a.Version = name, version
		return a
	}
	switch u.Name {
	case useragent.HeadlessChrome:
		a.Browser = Chrome
	case useragent.SamsungBrowser:
		a.Browser = Samsung
	case useragent.Chrome, useragent.Edge, useragent.Firefox, useragent.Safari, useragent.Opera, useragent.Vivaldi, useragent.InternetExplorer:
		a.Browser = u.Name
	default:
		return stranger(a, u, header)
	}
	a.Version = word(u.Version)
	if strings.Contains(header, "Trident/7.") {
		a.Browser, a.Version = Explorer, "11"
	}
	return a
}

// stranger names what is none of the browsers of the table.
func stranger(a Agent, u useragent.UserAgent, header string) Agent {
	switch {
	case strings.Contains(header, "Trident/"):
		a.Browser, a.Version = Explorer, "11"
	case a.Chromium != "":
		a.Browser, a.Version = word(u.Name), word(u.Version)
	case !strings.HasPrefix(header, "Mozilla/"):
		// A library or a tool: its first product is its name.
		product, _, _ := strings.Cut(header, " ")
		name, version, _ := strings.Cut(product, "/")
		a.Browser, a.Version, a.Program = word(name), word(version), name != ""
	}
	a.Program = a.Program || u.Bot
	return a
}

// maker finds browsers that carry Chromium and that the library does not name.
func maker(header string) (name, version string) {
	for _, m := range []struct{ token, name string }{
		{"MicroMessenger/", "WeChat"},
		{"MQQBrowser/", "QQ Browser"},
		{"QQBrowser/", "QQ Browser"},
		{"UCBrowser/", "UC Browser"},
		{"MiuiBrowser/", "Mi Browser"},
		{"HuaweiBrowser/", "Huawei Browser"},
		{"YaBrowser/", "Yandex Browser"},
	} {
		if _, rest, found := strings.Cut(header, m.token); found {
			version, _, _ = strings.Cut(rest, " ")
			return m.name, word(version)
		}
	}
	return "", ""
}

func chromium(header string) string {
	for _, token := range []string{"Chrome/", "Chromium/"} {
		if _, rest, found := strings.Cut(header, token); found {
			version, _, _ := strings.Cut(rest, " ")
			return word(version)
		}
	}
	return ""
}

// String returns a short line for people, such as "Firefox 160, Linux"; empty if nothing is known.
func (a Agent) String() string {
	line := a.Browser
	if major, _, _ := strings.Cut(a.Version, "."); major != "" && line != "" {
		line += " " + major
	}
	if a.System != "" {
		if line != "" {
			line += ", "
		}
		line += a.System
	}
	return line
}

// word keeps what may stand in a list: printable ASCII, and not much of it.
func word(s string) string {
	var out strings.Builder
	for _, r := range s {
		if out.Len() == wordMax {
			break
		}
		if r >= 0x20 && r < 0x7f {
			out.WriteRune(r)
		}
	}
	return strings.TrimSpace(out.String())
}

// number reads "26.6.1" as 26 and 6.
func number(version string) (major, minor int, ok bool) {
	first, rest, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(first)
	if err != nil || major < 0 {
		return 0, 0, false
	}
	second, _, _ := strings.Cut(rest, ".")
	if minor, err = strconv.Atoi(second); err != nil || minor < 0 {
		minor = 0
	}
	return major, minor, true
}
