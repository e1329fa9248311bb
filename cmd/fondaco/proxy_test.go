package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"fondaco/internal/fault"
)

func TestOnlyOurOwnProxiesAreBelieved(t *testing.T) {
	t.Parallel()
	trusted, err := parseProxies([]string{"10.0.0.0/8", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		peer string
		list []string
		want string
	}{
		"a visitor without a proxy":                 {"192.0.2.1:99", nil, "192.0.2.1:99"},
		"a visitor who says to be another":          {"192.0.2.1:99", []string{"198.51.100.7"}, "192.0.2.1:99"},
		"behind one proxy":                          {"10.0.0.1:99", []string{"198.51.100.7"}, "198.51.100.7:0"},
		"a lie before the proxy's word":             {"10.0.0.1:99", []string{"203.0.113.1, 198.51.100.7"}, "198.51.100.7:0"},
		"behind two proxies":                        {"10.0.0.1:99", []string{"203.0.113.1, 198.51.100.7, 10.9.9.9"}, "198.51.100.7:0"},
		"two headers are one list":                  {"10.0.0.1:99", []string{"203.0.113.1", "198.51.100.7"}, "198.51.100.7:0"},
		"the proxy itself asks":                     {"10.0.0.1:99", nil, "10.0.0.1:99"},
		"what is no address":                        {"10.0.0.1:99", []string{"unknown"}, "10.0.0.1:99"},
		"IPv6":                                      {"[::1]:99", []string{"2001:db8::5"}, "[2001:db8::5]:0"},
		"an address that is written as IPv6":        {"[::ffff:10.0.0.1]:99", []string{"::ffff:198.51.100.7"}, "198.51.100.7:0"},
		"somebody within, through the same proxies": {"10.0.0.1:99", []string{"10.1.1.1"}, "10.1.1.1:0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.RemoteAddr = c.peer
			for _, v := range c.list {
				r.Header.Add("X-Forwarded-For", v)
			}
			var got string
			trusted.behind(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("the house sees %s, want %s", got, c.want)
			}
		})
	}
	if _, err := parseProxies([]string{"proxy.example"}); fault.CodeOf(err) != "serve.bad_proxy" {
		t.Errorf("a name is taken for an address: %v", err)
	}
}
