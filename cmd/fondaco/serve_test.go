package main

import (
	"bytes"
	"encoding/base32"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fondaco/internal/trade/password"
)

// TestNoMoreConnectionsAreOpenThanTheBound opens connections until one has to
// wait, and lets it in by closing another.
func TestNoMoreConnectionsAreOpenThanTheBound(t *testing.T) {
	t.Parallel()
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := boundedListener(inner, 2)
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- conn
		}
	}()
	for range 3 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
	}
	first, second := <-accepted, <-accepted
	if len(l.free) != 2 {
		t.Fatalf("%d places are taken by two connections", len(l.free))
	}
	select {
	case <-accepted:
		t.Fatal("a third connection was let in")
	default:
	}
	_, _ = first.Close(), first.Close() // closing twice gives one place back
	third := <-accepted
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("after closing, accepting ends with %v", err)
	}
	_, _ = second.Close(), third.Close()
	if len(l.free) != 0 {
		t.Errorf("%d places are still taken", len(l.free))
	}
}

// TestAMadePasswordIsGoodForWhoeverItIsFor calls people what the password spells. The
// first bytes are a password that the list of known ones holds without its being one.
func TestAMadePasswordIsGoodForWhoeverItIsFor(t *testing.T) {
	t.Parallel()
	rules, err := password.RulesOf(password.Prescriptive)
	if err != nil {
		t.Fatal(err)
	}
	rules.Classes = nil // it is good for one sign-in, and then another is chosen
	const taken = "6lc-qo2-t5b-bml-dp7-ves-glk-ow4-oaw-juv"
	if len(rules.Check(taken, password.About{})) == 0 {
		t.Fatalf("the list no longer holds %s", taken)
	}
	first, err := base32.StdEncoding.DecodeString(strings.ToUpper(strings.ReplaceAll(taken, "-", "")) + "AA")
	if err != nil {
		t.Fatal(err)
	}
	random := io.MultiReader(bytes.NewReader(first[:19]), rand.NewChaCha8([32]byte{}))
	for range 100 {
		word, err := passphrase(random)
		if err != nil {
			t.Fatal(err)
		}
		for group := range strings.SplitSeq(word, "-") {
			if wrong := rules.Check(word, password.About{Email: group + "@house.example", Name: group}); len(wrong) > 0 {
				t.Errorf("%s is refused for %s: %v", word, group, wrong)
			}
		}
	}
}

func TestVisitorsAreToldApartBySessionThenByAddress(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.RemoteAddr = "192.0.2.1:5000"
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	if who := visitor(r); who != "192.0.2.1" {
		t.Errorf("a visitor without session is %q", who)
	}
	r.Header.Set("Cookie", "fondaco_session=abc")
	if who := visitor(r); who != "abc" {
		t.Errorf("a visitor with a session is %q", who)
	}
}
