package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // readers choose a zone even where the machine has no zone files

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
	"fondaco/internal/web/words"
)

const (
	zoneCookie  = "tz"
	themeCookie = "theme"
	cookieAge   = 365 * 24 * time.Hour
	bodyMax     = 1 << 20
)

// visit is one request and the person who makes it.
type visit struct {
	ui.Reader
	site    *site
	w       http.ResponseWriter
	r       *http.Request
	in      assurance.Presence
	person  *assurance.Person // of in; nil for a visitor
	form    url.Values        // what was posted
	tripped []ui.Mistake      // what was wrong with it, by the names of its fields
	tried   string            // name of the form that was refused, whose entries come back
	flash   string            // key of what just happened
	// suggested is a password that the house has made up for the form that comes back.
	suggested string
	route     route  // that answers
	approval  string // under which what was posted is carried out
	parties   map[identity.PartyID]assurance.PartyRow
	standings map[identity.PartyID]assurance.PartyStanding
	people    map[identity.PersonID]string // names that the page has asked for
}

// reply is what a handler answers: a page, a way to go, or a file.
type reply struct {
	status int // 0 is 200
	page   ui.Page
	view   templ.Component
	to     string // where to go next
	said   string // key of the sentence to show there
	file   []byte
	name   string // of the file; empty shows it
	kind   string // media type of the file
	live   func() // writes the answer itself, for as long as it likes
}

// show answers with a page.
func show(title string, view templ.Component) (reply, error) {
	return reply{page: ui.Page{Title: title}, view: view}, nil
}

// goTo answers a POST: the browser asks for the next page, which says what happened.
func goTo(path, said string) (reply, error) { return reply{to: path, said: said}, nil }

// serve makes a visit of a request and a response of a reply.
func (s *site) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{site: s, w: w, r: r, parties: map[identity.PartyID]assurance.PartyRow{}}
		v.Reader = s.reader(r)
		defer v.rescue()
		rep, err := v.answer(rt)
		switch {
		case err != nil && v.polls():
			rep = reply{status: http.StatusNoContent} // a page that asks for news of itself stays as it is
			v.site.Log.DebugContext(r.Context(), "no news", slog.String("route", rt.path), slog.String("code", fault.CodeOf(err)))
		case err != nil:
			rep = v.excuse(err)
		}
		v.send(rep)
	})
}

func (v *visit) answer(rt route) (reply, error) {
	v.route = rt
	if err := v.identify(); err != nil {
		return reply{}, err
	}
	if err := rt.who.mayCome(v.in, v.person); err != nil {
		return reply{}, err
	}
	if v.r.Method == http.MethodPost {
		if err := v.read(); err != nil {
			return reply{}, badForm(err)
		}
		v.form = v.r.PostForm
		lineEnds(v.form)
	} else if !v.polls() {
		v.flash = v.site.sessions.PopString(v.r.Context(), sessionFlash)
	}
	return rt.handle(v)
}

// read takes in what was posted: a form, with files where the address takes them.
func (v *visit) read() error {
	if v.route.path == uploadPath {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, uploadMax)
		if err := v.r.ParseMultipartForm(uploadMax); !errors.Is(err, http.ErrNotMultipart) {
			return err
		}
		return nil // a form without files
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, bodyMax)
	return v.r.ParseForm()
}

// lineEnds writes every end of a line as people's own text has it: browsers send
// CR LF, and a lone control character is refused further in.
func lineEnds(form url.Values) {
	for _, values := range form {
		for i, text := range values {
			values[i] = strings.ReplaceAll(text, "\r\n", "\n")
		}
	}
}

// polls reports whether a page asks for news of itself, which nobody reads as a whole.
func (v *visit) polls() bool { return v.r.Header.Get("HX-Request") == "true" || v.listens() }

// reader is what the request says of language and zone; nothing else is believed.
func (s *site) reader(r *http.Request) ui.Reader {
	out := ui.Reader{Words: words.For(words.Match(cookie(r, words.CookieName), r.Header.Get("Accept-Language"))), Zone: time.UTC, Now: s.House.Now()}
	if name, err := url.QueryUnescape(cookie(r, zoneCookie)); err == nil && zoneName(name) {
		if zone, err := time.LoadLocation(name); err == nil {
			out.Zone = zone
		}
	}
	return out
}

// zoneName keeps a cookie from naming a file elsewhere on the machine.
func zoneName(name string) bool {
	return name != "" && len(name) <= 64 && name != "Local" && !strings.Contains(name, "..") &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") == ""
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (v *visit) setCookie(name, value string) { v.keepCookie(name, value, int(cookieAge.Seconds())) }

// keepCookie keeps a taste of the reader, never who they are. The zone's cookie is
// written by a script too, so scripts may read these.
func (v *visit) keepCookie(name, value string, seconds int) {
	http.SetCookie(v.w, &http.Cookie{ //nolint:gosec // holds no secret; plain HTTP is for a house on one's own machine
		Name: name, Value: url.QueryEscape(value), Path: "/", MaxAge: seconds, Secure: v.site.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// identify finds the person of the session. A session that has ended is nobody's.
// A page that asks for news of itself is no use of the session.
func (v *visit) identify() error {
	secret := v.recall(sessionSecret)
	if secret == "" {
		return nil
	}
	look := v.house().Present
	if v.polls() {
		look = v.house().Glance
	}
	in, err := look(v.ctx(), secret)
	switch {
	case err == nil:
		v.enters(in)
	case fault.KindOf(err) != fault.Unauthenticated && fault.KindOf(err) != fault.NotFound:
		return err
	}
	return nil
}

func (v *visit) ctx() context.Context      { return v.r.Context() }
func (v *visit) house() *assurance.House   { return v.site.House }
func (v *visit) query(name string) string  { return v.r.URL.Query().Get(name) }
func (v *visit) path(name string) string   { return v.r.PathValue(name) }
func (v *visit) posted(name string) string { return strings.TrimSpace(v.form.Get(name)) }

// actor is who the person is to the House; a visitor is nobody.
func (v *visit) actor() identity.Actor {
	if v.person == nil {
		return identity.Actor{}
	}
	return v.in.Actor()
}

// staff reports whether the reader belongs to the house.
func (v *visit) staff() bool { return v.person != nil && v.person.Office.Staff() }

const onceField = "once"

// call is the person's command under the form's one-time key.
func (v *visit) call() (assurance.Call, error) {
	key := v.form.Get(onceField)
	if len(key) < 16 || len(key) > 64 {
		return assurance.Call{}, fault.New(fault.Invalid, "web.no_key", "This form was not complete. Open the page again.")
	}
	return assurance.Call{By: v.actor(), Key: "web:" + key, Approval: v.approval, Mandate: v.in.Mandate}, nil
}

// once is the one-time key of a form. A refused form keeps its key, because the
// house may have carried it out after all; a key that was used up is replaced.
func (v *visit) once(form string) string {
	if v.tried == form && v.form.Get(onceField) != "" {
		return v.form.Get(onceField)
	}
	return rand.Text()
}

// kept is what the person typed into the form that was refused, else the given value.
func (v *visit) kept(form, field, value string) string {
	if v.tried == form && v.form.Has(field) {
		return v.form.Get(field)
	}
	return value
}

// refused remembers which form comes back, and with which key.
func (v *visit) refused(form string, err error) {
	v.tried = form
	if fault.CodeOf(err) == "house.key_reused" {
		v.form.Set(onceField, rand.Text())
	}
}

// send writes a reply. Pages are written whole or not at all.
func (v *visit) send(rep reply) {
	if v.person != nil {
		v.w.Header().Set("Cache-Control", "no-store")
	}
	switch {
	case rep.live != nil:
		rep.live()
		return
	case rep.to != "":
		if rep.said != "" {
			v.site.sessions.Put(v.r.Context(), sessionFlash, rep.said)
		}
		http.Redirect(v.w, v.r, rep.to, http.StatusSeeOther)
		return
	case rep.kind != "":
		v.w.Header().Set("Content-Type", rep.kind)
		if rep.name != "" {
			v.w.Header().Set("Content-Disposition", attachment(rep.name))
		}
		_, _ = v.w.Write(rep.file)
		return
	}
	if rep.status == http.StatusNoContent {
		v.w.WriteHeader(rep.status)
		return
	}
	if (rep.status == http.StatusTooManyRequests || rep.status == http.StatusServiceUnavailable) && v.w.Header().Get("Retry-After") == "" {
		v.w.Header().Set("Retry-After", strconv.Itoa(retryAfter)) // whoever limits knows better when to come back
	}
	var out bytes.Buffer
	if err := page(v, v.frame(rep.page), rep.view).Render(v.ctx(), &out); err != nil {
		v.site.Log.ErrorContext(v.ctx(), "page not written", slog.String("route", v.route.path), slog.Any("error", err))
		http.Error(v.w, v.T("problem.internal.title"), http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Vary", "Cookie, Accept-Language")
	if rep.status != 0 {
		v.w.WriteHeader(rep.status)
	}
	_, _ = v.w.Write(out.Bytes())
}

// attachment names a file that is kept, not shown; a name in other letters than
// ASCII goes as RFC 6266 has it.
func attachment(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r > '~' || r < ' ' }) {
		return mime.FormatMediaType("attachment", map[string]string{"filename": name})
	}
	return fmt.Sprintf("attachment; filename=%q", name)
}

// rescue turns a panic into page 500.
func (v *visit) rescue() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		panic(p)
	}
	v.site.Log.ErrorContext(v.ctx(), "page panicked", slog.String("route", v.route.path), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	v.send(v.excuse(fmt.Errorf("panic: %v", p)))
}

// frame fills what every page has around it.
func (v *visit) frame(p ui.Page) ui.Page {
	p.House = v.site.Name
	p.Path = v.r.URL.RequestURI()
	if v.r.Method != http.MethodGet {
		p.Path = v.backPath()
	}
	p.Theme = cookie(v.r, themeCookie)
	if p.Theme != "light" && p.Theme != "dark" {
		p.Theme = ""
	}
	p.Sandbox = v.house().Sandbox()
	p.Scripts = append(p.Scripts, "zone.js")
	p.Nav, p.Account = v.nav(), v.account()
	p.Footer = []ui.Link{{Label: v.T("nav.settings"), Href: "/settings"}, {Label: v.T("nav.checkpoint"), Href: "/checkpoint"}}
	if p.Sandbox {
		p.Footer = append(p.Footer, ui.Link{Label: v.T("nav.mail"), Href: "/mail"})
	}
	return p
}

// backPath is a page that may be asked for again after a POST was answered with a page.
func (v *visit) backPath() string {
	path := v.r.URL.Path
	if before, _, ok := strings.Cut(path, "/act/"); ok {
		return before
	}
	if before, _, ok := strings.Cut(path, "/claims/"); ok {
		return before
	}
	if before, _, ok := strings.Cut(path, "/simulate/"); ok {
		return before
	}
	if back, ok := reviewBack(path); ok {
		return back
	}
	if back, ok := v.companyBack(path); ok {
		return back
	}
	if back, ok := checkBack(path); ok {
		return back
	}
	switch {
	case strings.HasPrefix(path, "/money/"):
		return "/money"
	case strings.HasPrefix(path, "/desk/deposits"):
		return "/desk/deposits"
	case strings.HasPrefix(path, "/desk/operations"):
		return "/desk/operations"
	case path == "/sign-in/renew":
		return "/sign-in/step"
	case path == "/sign-in/passkey":
		return "/sign-in"
	case path == "/security/factors/totp/confirm":
		return "/security/factors/totp"
	case path == "/security/factors/rename", path == "/security/factors/passkey", path == "/security/factors/remove":
		return "/security/factors"
	case path == "/security/not-me", path == "/security/activity/export":
		return "/security/activity"
	case strings.HasPrefix(path, "/security/sessions/"):
		return "/security/sessions"
	case path == "/security/review":
		return "/security"
	case path == "/security/keys/end":
		return "/security/keys"
	case path == "/clock", path == "/sign-out":
		return "/"
	}
	return path
}

func (v *visit) nav() []ui.Link {
	links := []ui.Link{}
	add := func(key, href string, icon ui.Icon) {
		path := v.r.URL.Path
		current := path == href || href != "/" && strings.HasPrefix(path, href+"/")
		links = append(links, ui.Link{Label: v.T(key), Href: href, Icon: icon, Current: current})
	}
	switch {
	case v.person == nil:
		add("nav.sign_in", "/sign-in", ui.IconKeyRound)
		add("nav.sign_up", "/sign-up", ui.IconUser)
	case v.staff() && v.in.Weak:
		add("nav.security", "/security/factors", ui.IconShieldCheck)
	case v.staff():
		add("nav.desk", "/", ui.IconListChecks)
		add("nav.deals", "/deals", ui.IconHandshake)
		add("nav.deposits", "/desk/deposits", ui.IconLandmark)
		add("nav.payouts", "/desk/payouts", ui.IconBanknote)
		add("nav.companies", "/parties", ui.IconBuilding2)
		if mayOperate(v.person) {
			add("nav.operations", "/desk/operations", ui.IconSettings)
		}
	default:
		add("nav.home", "/", ui.IconHouse)
		add("nav.deals", "/deals", ui.IconHandshake)
		add("nav.money", "/money", ui.IconWallet)
		add("nav.company", "/company", ui.IconBuilding2)
	}
	return links
}

func (v *visit) account() *ui.Account {
	if v.person == nil {
		return nil
	}
	organisation := v.T("office." + string(v.person.Office))
	if v.person.Party != "" {
		organisation = v.name(v.person.Party)
	}
	return &ui.Account{
		Person: v.person.Name, Organisation: organisation, SignOutPost: "/sign-out",
		Links: v.accountLinks(),
	}
}

// accountLinks are what belongs to the person alone. Staff without a second factor
// have their factors and nothing else.
func (v *visit) accountLinks() []ui.Link {
	security := ui.Link{Label: v.T("nav.security"), Href: "/security", Icon: ui.IconShieldCheck}
	if v.staff() && v.in.Weak {
		security.Href = "/security/factors"
	}
	return []ui.Link{security, {Label: v.T("nav.settings"), Href: "/settings", Icon: ui.IconSettings}}
}

// know reads the files of companies that will be named, at once. What cannot be read
// is asked for again when it is named.
func (v *visit) know(ids ...identity.PartyID) {
	ids = slices.DeleteFunc(ids, func(id identity.PartyID) bool {
		_, known := v.parties[id]
		return known || id == ""
	})
	if len(ids) < 2 {
		return
	}
	rows, err := v.house().PartiesOf(v.ctx(), ids)
	if err != nil {
		return
	}
	for _, row := range rows {
		v.parties[row.ID] = row
	}
}

// party reads a company's file once a visit; an unknown one keeps its id as name.
func (v *visit) party(id identity.PartyID) assurance.PartyRow {
	if row, ok := v.parties[id]; ok {
		return row
	}
	if id == "" { // a draft may wait for its other side
		row := assurance.PartyRow{Party: identity.Party{LegalName: v.T("deal.nobody_named")}}
		v.parties[id] = row
		return row
	}
	row, err := v.house().Party(v.ctx(), id)
	if err != nil {
		row = assurance.PartyRow{Party: identity.Party{ID: id, LegalName: string(id)}}
	}
	v.parties[id] = row
	return row
}

func (v *visit) name(id identity.PartyID) string { return v.party(id).LegalName }

// localPath keeps a redirect inside the house.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
