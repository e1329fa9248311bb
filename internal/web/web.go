package web

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/assets"
)

// TestClock moves the time of a sandbox forward.
type TestClock interface {
	Advance(time.Duration) error
}

// SignIn is a ready account that a sandbox shows on its sign-in page.
type SignIn struct {
	Email    string
	Password string
	Name     string // of the person
	Role     string // company or office, as people read it
	// Code is what the authenticator app of this person's phone shows now; nil for
	// whoever has none. The sandbox plays the phone.
	Code func() string
}

// Config wires the pages. House is needed; the rest may stay empty.
type Config struct {
	House     *assurance.House
	Bank      assurance.Bank // nil outside a sandbox
	TestClock TestClock      // nil outside a sandbox
	Log       *slog.Logger
	Name      string // who runs this house, as people read it
	PublicURL string // where the house is reached, for commands that people copy
	Secure    bool   // served over HTTPS: cookies are bound to the host and to HTTPS
	Demo      []SignIn
	NewsEvery time.Duration   // how often an open deal page asks for news; 0 is 20 seconds
	Pulse     time.Duration   // how often a page's line is tried and its session looked up; 0 is 4 seconds
	Ending    <-chan struct{} // closed when the house closes, so that lines end; nil for never
}

type site struct {
	Config
	sessions *scs.SessionManager
	lines    board
}

// access says who may come to an address.
type access uint8

const (
	anyone   access = iota // visitors too
	entered                // whoever is signed in, staff who have no second factor yet too
	signedIn               // members and staff
	members                // people of a company
	staff                  // people of the house
)

// handler answers one request, or fails with a fault that becomes a page.
type handler func(*visit) (reply, error)

type route struct {
	method, path string
	who          access
	handle       handler
	sandbox      bool // exists in a sandbox only
}

// Route is an address of the house.
type Route struct {
	Method  string
	Path    string // pattern of net/http, such as "/deals/{deal}"
	Public  bool   // visitors may come
	Staff   bool   // only people of the house may come
	Sandbox bool   // exists in a sandbox only
}

// Routes lists every address of the pages.
func Routes() []Route {
	var out []Route
	for _, r := range (&site{}).routes() {
		out = append(out, Route{Method: r.method, Path: r.path, Public: r.who == anyone, Staff: r.who == staff, Sandbox: r.sandbox})
	}
	return out
}

func (s *site) routes() []route {
	return slices.Concat(s.accountRoutes(), s.ssoRoutes(), s.tradeRoutes(), s.companyRoutes(), s.checkRoutes(), s.standingRoutes())
}

// accountRoutes are the way in and one's own account.
func (s *site) accountRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "/sign-in", anyone, s.signInPage, false},
		{post, "/sign-in", anyone, s.signIn, false},
		{get, "/sign-in/step", anyone, s.signInStepPage, false},
		{post, "/sign-in/step", anyone, s.signInStep, false},
		{post, "/sign-in/renew", anyone, s.renew, false},
		{post, "/sign-in/passkey/options", anyone, s.passkeyDoor, false},
		{post, "/sign-in/passkey", anyone, s.enterByPasskey, false},
		{post, "/sign-out", anyone, s.signOut, false},
		{get, "/sign-up", anyone, s.signUpPage, false},
		{post, "/sign-up", anyone, s.signUp, false},
		{post, "/password/strength", anyone, s.strength, false},
		{get, "/join/{secret}", anyone, s.linkPage("join"), false},
		{post, "/join/{secret}", anyone, s.join, false},
		{get, "/forgot", anyone, s.forgotPage, false},
		{post, "/forgot", anyone, s.forgot, false},
		{get, "/reset/{secret}", anyone, s.resetPage, false},
		{post, "/reset/{secret}", anyone, s.reset, false},
		{get, "/email/{secret}", anyone, s.linkPage("email_new"), false},
		{post, "/email/{secret}", anyone, s.changeEmail, false},
		{get, "/email/undo/{secret}", anyone, s.linkPage("email_undo"), false},
		{post, "/email/undo/{secret}", anyone, s.undoEmail, false},
		{get, "/not-me/{secret}", anyone, s.linkPage("not_me"), false},
		{post, "/not-me/{secret}", anyone, s.disown, false},
		{get, "/mail", anyone, s.mailPage, true},

		{get, "/security", signedIn, s.securityPage, false},
		{post, "/security/review", signedIn, s.confirmReview, false},
		{get, "/security/factors", entered, s.factorsPage, false},
		{post, "/security/factors/totp", entered, s.offerTOTP, false},
		{get, "/security/factors/totp", entered, s.totpPage, false},
		{post, "/security/factors/totp/confirm", entered, s.addTOTP, false},
		{post, "/security/factors/passkey/options", entered, s.offerPasskey, false},
		{post, "/security/factors/passkey", entered, s.addPasskey, false},
		{post, "/security/proof", entered, s.proofOptions, false},
		{post, "/security/factors/rename", signedIn, s.renameFactor, false},
		{get, "/security/factors/remove", signedIn, s.removeFactorPage, false},
		{post, "/security/factors/remove", signedIn, s.removeFactor, false},
		{get, "/security/factors/recovery", signedIn, s.recoveryPage, false},
		{post, "/security/factors/recovery", signedIn, s.issueRecovery, false},
		{get, "/security/password", signedIn, s.passwordPage, false},
		{post, "/security/password", signedIn, s.changePassword, false},
		{get, "/security/email", signedIn, s.emailPage, false},
		{post, "/security/email", signedIn, s.askEmail, false},
		{get, "/security/sessions", signedIn, s.sessionsPage, false},
		{post, "/security/sessions/end", signedIn, s.endSession, false},
		{post, "/security/sessions/end-others", signedIn, s.endOthers, false},
		{get, "/security/keys", members, s.keysPage, false},
		{post, "/security/keys", members, s.makeKey, false},
		{post, "/security/keys/end", members, s.endKey, false},
		{get, "/security/activity", signedIn, s.activityPage, false},
		{post, "/security/activity/export", signedIn, s.exportActivity, false},
		{get, "/security/not-me", signedIn, s.notMePage, false},
		{post, "/security/not-me", signedIn, s.disownHere, false},
	}
}

// tradeRoutes are deals, money, companies and the desks.
func (s *site) tradeRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "/{$}", anyone, s.front, false},
		{get, "/language", anyone, s.language, false},
		{get, "/settings", anyone, s.settingsPage, false},
		{post, "/settings", anyone, s.settings, false},

		{get, "/deals", signedIn, s.dealsPage, false},
		{get, "/deals.csv", signedIn, s.dealsCSV, false},
		{get, "/deals/new", members, s.newDealPage, false},
		{post, "/deals/new", members, s.newDeal, false},
		{get, "/deals/{deal}", signedIn, s.dealPage, false},
		{get, "/deals/{deal}/news", signedIn, s.dealNews, false},
		{get, "/deals/{deal}/terms", signedIn, s.dealTerms, false},
		{get, "/deals/{deal}/money/{tranche}", signedIn, s.dealStatement, false},
		{get, "/deals/{deal}/money/{tranche}/csv", signedIn, s.dealStatementCSV, false},
		{get, "/deals/{deal}/edit", members, s.rewritePage(editing), false},
		{post, "/deals/{deal}/edit", members, s.rewrite(editing), false},
		{get, "/deals/{deal}/counter", members, s.rewritePage(countering), false},
		{post, "/deals/{deal}/counter", members, s.rewrite(countering), false},
		{get, "/deals/{deal}/amend", members, s.rewritePage(amending), false},
		{post, "/deals/{deal}/amend", members, s.rewrite(amending), false},
		{get, "/deals/{deal}/sign", members, s.signPage, false},
		{post, "/deals/{deal}/sign", members, s.sign, false},
		{get, "/deals/{deal}/accept", members, s.acceptPage, false},
		{post, "/deals/{deal}/accept", members, s.accept, false},
		{post, "/deals/{deal}/act/{act}", signedIn, s.act, false},
		{post, "/deals/{deal}/claims/{claim}/{step}", signedIn, s.claimStep, false},
		{post, "/deals/{deal}/simulate/deposit", signedIn, s.simulateDeposit, true},
		{post, "/deals/{deal}/simulate/carrier", signedIn, s.simulateCarrier, true},
		{post, "/clock", signedIn, s.advanceClock, true},

		{get, "/proof/{sequence}", signedIn, s.proofPage, false},
		{get, "/money", members, s.moneyPage, false},
		{get, "/money/{currency}", members, s.statementPage, false},
		{get, "/money/{currency}/csv", members, s.statementCSV, false},
		{post, "/money/withdraw", members, s.withdraw, false},
		{post, "/money/payouts/{payout}/cancel", members, s.cancelPayout, false},
		{get, "/parties", signedIn, s.partiesPage, false},

		{get, "/desk/deposits", staff, s.depositsPage, false},
		{post, "/desk/deposits/{deposit}/{step}", staff, s.settleDeposit, false},
		{get, "/desk/payouts", staff, s.payoutsPage, false},
		{get, "/desk/operations", staff, s.operationsPage, false},
		{post, "/desk/operations/{step}", staff, s.operate, false},
	}
}

// New serves the pages. It answers 404 with a page to every address it does not know.
func New(cfg Config) http.Handler {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Name == "" {
		cfg.Name = "Fondaco"
	}
	s := &site{Config: cfg}
	s.sessions = newSessions(cfg)
	pages := http.NewServeMux()
	limited := limits(s)
	for _, r := range s.routes() {
		if r.sandbox && !cfg.House.Sandbox() {
			continue
		}
		served := s.serve(r)
		if limit, ok := limited[r.method+" "+r.path]; ok {
			served = limit(served)
		}
		pages.Handle(r.method+" "+r.path, served)
	}
	pages.Handle("/", s.serve(route{handle: func(*visit) (reply, error) { return reply{}, noSuchPage() }}))

	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.sessions.LoadAndSave(s.serve(route{handle: func(*visit) (reply, error) { return reply{}, crossOrigin() }})))
	root := http.NewServeMux()
	root.Handle("GET "+assets.Prefix, assets.Handler())
	root.Handle("/", guard.Handler(s.sessions.LoadAndSave(pages)))
	return withHeaders(root, cfg.Secure)
}

// withHeaders puts the policy of the house on every answer.
func withHeaders(next http.Handler, secure bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", assets.ContentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// mayCome decides from the person's office alone; what belongs to whom is the
// House's to decide.
func (a access) mayCome(in assurance.Presence, p *assurance.Person) error {
	switch {
	case a == anyone:
		return nil
	case p == nil:
		return signInFirst()
	case a == entered:
		return nil
	case in.Weak && p.Office.Staff():
		return factorFirst()
	case a == members && (p.Office != identity.Member || p.Party == ""):
		return notYours()
	case a == staff && !p.Office.Staff():
		return noSuchPage() // a stranger learns nothing of the desks
	}
	return nil
}
