package api

import (
	"crypto/rand"
	"net/http"
	"strings"

	"fondaco/internal/assurance"
)

const agentMax = 40

// deviceHeader carries the name that a program has got with its first session, as
// a browser does in a cookie.
const deviceHeader = "Device"

// originOf is where a request comes from: the connection's own address, and what
// the program calls itself and its device. No header can change the address.
func originOf(r *http.Request) assurance.Origin {
	o := assurance.Origin{Address: peerOf(r)}
	if device := r.Header.Get(deviceHeader); len(r.Header.Values(deviceHeader)) == 1 && plausibleID(device, idMax) {
		o.Device = device
	}
	agent := r.UserAgent()
	if len(agent) > 400 {
		agent = agent[:400]
	}
	for _, s := range []struct{ mark, name string }{
		{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, s.mark) {
			o.System = s.name
			break
		}
	}
	o.Browser, o.Version = productOf(agent)
	return o
}

// productOf is the name and the major version of the first product that is not
// what every browser says of itself.
func productOf(agent string) (name, version string) {
	for _, product := range []string{"Edg/", "Firefox/", "Chrome/", "Version/"} { // the last is Safari's
		if _, after, found := strings.Cut(agent, product); found {
			name = strings.TrimSuffix(product, "/")
			if name == "Version" {
				name = "Safari"
			}
			return name, major(after)
		}
	}
	name, after, _ := strings.Cut(agent, "/")
	return printable(name), major(after)
}

func major(after string) string {
	n := 0
	for n < len(after) && n < 6 && after[n] >= '0' && after[n] <= '9' {
		n++
	}
	return after[:n]
}

func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s[:min(len(s), agentMax)])
}

// named gives a caller without a device a new one, for a sign-in.
func (c caller) named() caller {
	if c.From.Device == "" {
		c.From.Device = rand.Text()
	}
	return c
}
