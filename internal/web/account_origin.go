package web

import (
	"crypto/rand"
	"net"
	"net/http"
	"strings"

	"fondaco/internal/assurance"
)

// deviceCookie names a browser at random, so that its owner is known again. It
// opens nothing.
func (s *site) deviceCookie() string {
	if s.Secure {
		return "__Host-fondaco_device"
	}
	return "fondaco_device"
}

// device is the name that the house has given this browser; one without a name gets
// one, which the next request brings.
func (v *visit) device() string {
	name := cookie(v.r, v.site.deviceCookie())
	if len(name) == 26 && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == "" {
		return name
	}
	name = rand.Text()
	http.SetCookie(v.w, &http.Cookie{ //nolint:gosec // plain HTTP is for a house on one's own machine
		Name: v.site.deviceCookie(), Value: name, Path: "/", MaxAge: int(cookieAge.Seconds()), HttpOnly: true, Secure: v.site.Secure, SameSite: http.SameSiteLaxMode,
	})
	v.r.AddCookie(&http.Cookie{Name: v.site.deviceCookie(), Value: name}) //nolint:gosec // of a request, which has no attributes: asked again, the name is the same
	return name
}

// origin is from where this request comes, as the server sees it.
func (v *visit) origin() assurance.Origin {
	host, _, err := net.SplitHostPort(v.r.RemoteAddr)
	if err != nil {
		host = v.r.RemoteAddr
	}
	o := assurance.Origin{Address: host, Device: v.device()}
	o.Browser, o.Version, o.System = agentOf(v.r.UserAgent())
	return o
}

// private keeps a page with a secret out of every cache.
func (v *visit) private() { v.w.Header().Set("Cache-Control", "no-store") }
