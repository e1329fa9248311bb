package watchlist

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"fondaco/internal/fault"
)

const (
	connectTime  = 10 * time.Second
	fetchTime    = 2 * time.Minute // of one file
	redirectsMax = 5
)

// guarded is a client that reaches public addresses only, each looked at when the
// connection is made, and follows few redirects, none to plain HTTP.
func guarded(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: connectTime}
	if !private {
		dialer.Control = ssrf.New().Safe
	}
	return &http.Client{
		Timeout: fetchTime,
		CheckRedirect: func(r *http.Request, before []*http.Request) error {
			if len(before) > redirectsMax {
				return errors.New("too many redirects")
			}
			return reachable(r.URL, private)
		},
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: connectTime, ResponseHeaderTimeout: 30 * time.Second,
			MaxIdleConns: 4, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
			DisableCompression: true, // what is unpacked must be counted here
		},
	}
}

// reachable says why an address may not be fetched.
func reachable(u *url.URL, private bool) error {
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case u.Host == "" || u.User != nil:
		return errors.New("an address has a host and no password")
	case u.Scheme == "https", u.Scheme == "http" && loopback && private:
		return nil
	}
	return fmt.Errorf("%s addresses are not fetched", u.Scheme)
}

// fetchAll fetches every part. If all publishers say that nothing changed, raw is
// marked so; if only some do, those are fetched again, for a list is read whole.
func (r *Reader) fetchAll(ctx context.Context, raw *Raw, s Source, tags []string, most int64) error {
	if len(tags) != len(s.URLs) {
		tags = make([]string, len(s.URLs))
	}
	raw.Tags = make([]string, len(s.URLs))
	bodies := make([][]byte, len(s.URLs))
	same := 0
	for i, address := range s.URLs {
		a, err := r.fetch(ctx, address, tags[i], most)
		if err != nil {
			return err
		}
		bodies[i], raw.Tags[i] = a.body, a.tag
		if a.same {
			same++
		}
	}
	if same == len(s.URLs) {
		raw.Unchanged, raw.Tags = true, tags
		return nil
	}
	for i, address := range s.URLs {
		if bodies[i] == nil {
			a, err := r.fetch(ctx, address, "", most)
			if err != nil {
				return err
			}
			bodies[i], raw.Tags[i] = a.body, a.tag
		}
		raw.Parts = append(raw.Parts, Part{Name: partName(address), Body: bodies[i]})
	}
	return nil
}

// answer is what a publisher sent.
type answer struct {
	body []byte
	tag  string
	same bool
}

func (r *Reader) fetch(ctx context.Context, address, tag string, most int64) (answer, error) {
	u, err := url.Parse(address)
	if err == nil {
		err = reachable(u, r.private)
	}
	if err != nil {
		return answer{}, badSource("an address begins with https:// and has no password")
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{}, badSource("an address cannot be read")
	}
	ask.Header.Set("User-Agent", "Fondaco")
	ask.Header.Set("Accept-Encoding", "gzip")
	if tag != "" {
		ask.Header.Set("If-None-Match", tag)
	}
	got, err := r.client.Do(ask)
	if err != nil {
		return answer{}, unreachable(u, err)
	}
	defer func() { _ = got.Body.Close() }()
	switch {
	case got.StatusCode == http.StatusNotModified && tag != "":
		return answer{tag: tag, same: true}, nil
	case got.StatusCode != http.StatusOK:
		return answer{}, unreachable(u, fmt.Errorf("status %d", got.StatusCode))
	}
	body, err := unpack(got, most, partName(address))
	return answer{body: body, tag: got.Header.Get("ETag")}, err
}

// unpack reads the body, packed or not, up to the bound. A body that ends early is
// cut off, not short.
func unpack(got *http.Response, most int64, name string) ([]byte, error) {
	if got.ContentLength > most {
		return nil, refuse(codeTooBig, name, "more bytes than this list may have")
	}
	var body io.Reader = got.Body
	switch got.Header.Get("Content-Encoding") {
	case "gzip":
		packed, err := gzip.NewReader(got.Body)
		if err != nil {
			return nil, refuse(codeTruncated, name, "its packing is broken").Because(err)
		}
		body = packed
	case "", "identity":
	default:
		return nil, unreachable(got.Request.URL, errors.New("unknown packing"))
	}
	all, err := atMost(body, most, name)
	if err != nil && fault.CodeOf(err) == "watchlist.unreadable" {
		return nil, refuse(codeTruncated, name, "the connection ended before the file did").Because(err)
	}
	return all, err
}

func partName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "list"
	}
	name := strings.ToLower(path.Base(u.Path))
	if name == "." || name == "/" {
		return u.Hostname()
	}
	return name
}

func unreachable(u *url.URL, cause error) error {
	return fault.New(fault.Unavailable, "watchlist.unreachable", "The publisher of a list at {host} does not answer as it should.").With("host", u.Hostname()).Because(cause)
}
