package main

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"fondaco/internal/fault"
)

// proxies are the addresses whose word about where a request comes from is taken.
type proxies []netip.Prefix

// parseProxies reads addresses and prefixes, such as 10.0.0.0/8 or ::1.
func parseProxies(texts []string) (proxies, error) {
	var out proxies
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, bad := netip.ParseAddr(text)
			if bad != nil {
				return nil, fault.New(fault.Invalid, "serve.bad_proxy", "{text} is no network address or prefix, such as 10.0.0.0/8.").With("text", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

func (p proxies) trust(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// behind puts the address of the visitor in the place of the proxy's. The list in
// X-Forwarded-For is read from its end: each entry was written by the one after
// it, so the last that is not a proxy of ours is where the request comes from, and
// whatever stands before it anybody may have written.
func (p proxies) behind(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, ok := p.origin(r); ok {
			r = r.Clone(r.Context())
			r.RemoteAddr = net.JoinHostPort(from.String(), "0")
		}
		next.ServeHTTP(w, r)
	})
}

func (p proxies) origin(r *http.Request) (from netip.Addr, ok bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trust(peer.Addr()) {
		return from, false
	}
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(list) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(list[i]))
		if err != nil {
			return from, false // not written by a proxy that does its work
		}
		if !p.trust(a) {
			return a.Unmap(), true
		}
		from, ok = a.Unmap(), true
	}
	return from, ok
}
