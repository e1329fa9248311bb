package web

import (
	"slices"
	"strconv"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
	"fondaco/internal/web/ui"
)

func (s *site) keysPage(v *visit) (reply, error) { return v.keys(nil) }

func (v *visit) keys(err error) (reply, error) {
	st, bad := v.house().Account(v.ctx(), v.in)
	if bad != nil {
		return reply{}, bad
	}
	if err != nil {
		v.refused("keys", err)
	}
	rep, _ := show(v.T("keys.title"), keysPage(v, keysAlive(st.Keys, v.Now), err))
	if err != nil {
		rep.status = fault.KindOf(err).HTTPStatus()
	}
	return rep, nil
}

// makeKey makes a key under an approval; without one it leads to where the approval is signed.
func (s *site) makeKey(v *visit) (reply, error) {
	deed, err := v.keyDeed()
	if err != nil {
		return v.keys(err)
	}
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	call.Approval = v.approval
	secret, key, err := v.house().MakeKey(v.ctx(), v.in, v.origin(), call, deed)
	switch {
	case err == nil:
		v.private()
		return narrow(v.T("keys.made"), newKeyPage(v, key, secret))
	case wantsSignature(err):
		return v.needsApproval(deed)
	case fault.KindOf(err) == fault.Internal:
		return reply{}, err
	}
	return v.keys(err)
}

// keyDeed reads the form of a new key.
func (v *visit) keyDeed() (assurance.KeyDeed, error) {
	d := assurance.KeyDeed{Label: v.posted("label"), Scopes: v.form["scopes"]}
	var wrong []*fault.Error
	d.Days, _ = strconv.Atoi(v.posted("days")) // the house names what a number that is none lacks
	if ceiling := v.posted("ceiling"); ceiling != "" {
		c, err := money.ParseCurrency(v.posted("currency"))
		if err != nil {
			return d, err
		}
		a, err := money.Parse(strings.ReplaceAll(ceiling, ",", ""), c)
		if err != nil {
			wrong = append(wrong, fault.Of(err).At("ceiling"))
		}
		d.Ceiling = []money.Amount{a}
	}
	if len(wrong) > 0 {
		return d, fault.New(fault.Invalid, "people.invalid", "Some details need attention.").And(wrong...)
	}
	return d, nil
}

func (v *visit) scopeOptions() []ui.Option {
	var out []ui.Option
	for _, scope := range assurance.KeyScopes() {
		out = append(out, ui.Option{Value: scope, Label: v.T("scope." + scope), Chosen: v.tried == "keys" && slices.Contains(v.form["scopes"], scope)})
	}
	return out
}

// keyMeta says what a key may do, how much at a time, and until when.
func (v *visit) keyMeta(k account.Key) string {
	var scopes, ceilings []string
	for _, s := range k.Scopes {
		scopes = append(scopes, v.T("scope."+s))
	}
	for _, a := range k.Ceiling {
		ceilings = append(ceilings, ui.Amount(a))
	}
	parts := []string{strings.Join(scopes, v.T("say.comma"))}
	if len(ceilings) > 0 {
		parts = append(parts, v.T("keys.up_to", "Amount", strings.Join(ceilings, v.T("say.comma"))))
	}
	return strings.Join(append(parts, v.T("security.key_meta", "When", v.Words.Date(k.ExpiresAt))), " · ")
}
