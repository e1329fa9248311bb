package web

import (
	"encoding/xml"
	"fmt"
	"html"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/web/ui"
	"fondaco/internal/web/words"
)

const (
	badgeWidth  = 300
	badgeHeight = 84
	badgeKept   = time.Hour // how long a badge may be shown before it is asked for again
	nameOnBadge = 26        // characters, of which a wide one counts twice
	houseOnIt   = 20
)

// badgePicture is a company's badge for other sites. It holds what the company's
// page says first, in the language and, if wanted, the theme of the address.
func (s *site) badgePicture(v *visit) (reply, error) {
	v.Words = words.For(v.query("lang"))
	row, err := v.house().Party(v.ctx(), identity.PartyID(v.path("party")))
	if err != nil {
		return reply{}, err
	}
	known, err := v.standing(row.ID)
	if err != nil {
		return reply{}, err
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox") // a picture, wherever it is opened
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if v.person == nil {
		h.Set("Cache-Control", "public, max-age="+number(int64(badgeKept.Seconds())))
	}
	return reply{file: []byte(v.badgeSVG(row, known)), kind: "image/svg+xml; charset=utf-8"}, nil
}

// badgeLines are the two lines under the name.
func (v *visit) badgeLines(row assurance.PartyRow, known assurance.PartyStanding) (standing, seal string) {
	standing = v.T("reputation.badge.new")
	if known.State == reputation.Rated {
		standing = v.T("reputation.badge.rated", "Value", itoa(known.Value), "Level", v.levelWord(known.Level))
	}
	seal = v.T("reputation.badge.unverified", "House", shortened(v.site.Name, houseOnIt))
	if standingOf(row) == identity.Verified {
		seal = v.T("reputation.badge.verified", "House", shortened(v.site.Name, houseOnIt))
	}
	return standing, seal
}

// shortened keeps a name within the badge.
func shortened(name string, room int) string {
	var out strings.Builder
	for _, r := range name {
		if room--; r > 0x2e80 {
			room--
		}
		if room < 0 {
			return strings.TrimSpace(out.String()) + "…"
		}
		out.WriteRune(r)
	}
	return out.String()
}

func (v *visit) badgeSVG(row assurance.PartyRow, known assurance.PartyStanding) string {
	text := func(s string) string {
		var out strings.Builder
		_ = xml.EscapeText(&out, []byte(s)) // a builder takes everything
		return out.String()
	}
	standing, seal := v.badgeLines(row, known)
	light, dark := ".g{fill:#fff}.e{stroke:#8a8f9c}.i{fill:#14213d}.m{fill:#5b6479}", ".g{fill:#181f2a}.e{stroke:#717b8b}.i{fill:#ece8df}.m{fill:#a5a8ae}"
	style := light + "@media(prefers-color-scheme:dark){" + dark + "}"
	switch v.query("theme") {
	case "light":
		style = light
	case "dark":
		style = dark
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" lang=%q><title>%s</title><style>%s</style>`+
		`<rect class="g e" x=".5" y=".5" width="%d" height="%d" rx="7.5"/>`+
		`<g transform="translate(16 18) scale(1.5)"><path class="i" d="M3 13.2a13 13 0 0 1 26 0h-6a7 7 0 0 0-14 0zM3 14.8h6V29H3zM23 14.8h6V29h-6z"/><rect x="12.2" y="21.4" width="7.6" height="7.6" rx="1" fill="#b3261e"/></g>`+
		`<g font-family="system-ui,'PingFang SC','Noto Sans SC','Microsoft YaHei',sans-serif"><text class="i" x="80" y="28" font-size="14" font-weight="600">%s</text>`+
		`<text class="i" x="80" y="48" font-size="13">%s</text><text class="m" x="80" y="67" font-size="12">%s</text></g></svg>`,
		badgeWidth, badgeHeight, badgeWidth, badgeHeight, v.Words.Tag(), text(row.LegalName+v.T("say.comma")+standing+v.T("say.comma")+seal), style,
		badgeWidth-1, badgeHeight-1, text(shortened(row.LegalName, nameOnBadge)), text(standing), text(seal))
}

// badgeSnippet is what a company puts into its own pages.
func (v *visit) badgeSnippet(p portraitView) string {
	lang := v.Words.Lang()
	return fmt.Sprintf(`<a href="%s?lang=%s"><img src="%s/badge.svg?lang=%s" width="%d" height="%d" alt="%s"></a>`,
		p.Address, lang, p.Address, lang, badgeWidth, badgeHeight, html.EscapeString(v.T("reputation.badge.alt", "Name", p.Row.LegalName, "House", v.site.Name)))
}

// signsBadges reports whether this house has a key for it.
func (v *visit) signsBadges() bool {
	_, err := v.house().OpenBadge(nil)
	return fault.CodeOf(err) != "standing.no_signer"
}

// badgeNote is the same in text, signed by the house.
func (s *site) badgeNote(v *visit) (reply, error) {
	id := identity.PartyID(v.path("party"))
	note, err := v.house().SignBadge(v.ctx(), id, v.portraitAddress(id))
	if err != nil {
		return reply{}, err
	}
	return reply{file: note, kind: "text/plain; charset=utf-8"}, nil
}

// badgeView is a badge that somebody pasted, with what is so now.
type badgeView struct {
	Note    string
	Then    *assurance.Badge
	Now     assurance.Badge
	Changes []ui.Change
	Err     error
	Signs   bool
}

func (s *site) badgePage(v *visit) (reply, error) {
	return narrow(v.T("reputation.check.title"), badgeForm(v, badgeView{Signs: v.signsBadges()}))
}

func (s *site) checkBadge(v *visit) (reply, error) {
	view := badgeView{Note: v.form.Get("note"), Signs: v.signsBadges()}
	// What is pasted seldom keeps its last line's end, without which no note is one.
	then, err := v.house().OpenBadge([]byte(strings.TrimSpace(view.Note) + "\n"))
	if err == nil {
		view.Then = &then
		view.Now, err = v.house().BadgeOf(v.ctx(), then.Party, v.portraitAddress(then.Party))
	}
	if err != nil {
		view.Err, view.Then = err, nil
		return reply{status: fault.KindOf(err).HTTPStatus(), page: ui.Page{Title: v.T("reputation.check.title"), Narrow: true}, view: badgeForm(v, view)}, nil
	}
	view.Changes = v.badgeChanges(then, view.Now)
	return narrow(v.T("reputation.check.title"), badgeForm(v, view))
}

// badgeChanges compares what a badge said with what is so now.
func (v *visit) badgeChanges(then, now assurance.Badge) []ui.Change {
	said := func(b assurance.Badge) []string {
		value, seal := v.T("reputation.word.new"), v.T("ui.party.unverified")
		if b.State == reputation.Rated {
			value = v.T("reputation.check.value", "Value", itoa(b.Value), "Percent", v.percentText(b.Confidence))
		}
		if b.Verified {
			seal = v.T("ui.party.verified")
		}
		return []string{b.Name, v.country(b.Country), value, seal, v.Words.Number(int64(b.Deals))}
	}
	var out []ui.Change
	before, after := said(then), said(now)
	for i, name := range []string{"name", "country", "standing", "seal", "settled"} {
		c := ui.Change{Kind: ui.ChangeSame, Term: v.T("reputation.fact." + name), Before: before[i], After: after[i]}
		if c.Before != c.After {
			c.Kind = ui.ChangeChanged
		}
		out = append(out, c)
	}
	return out
}

func changed(list []ui.Change) bool {
	for _, c := range list {
		if c.Kind != ui.ChangeSame {
			return true
		}
	}
	return false
}
