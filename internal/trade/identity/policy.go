package identity

import (
	"slices"
	"strings"

	"fondaco/internal/fault"
)

// Act is something that somebody may or may not do. Whether he does it to what
// is his own is not asked here: the organisation and the deal know that.
type Act string

// The acts of members. Those with a star move money out or change who may.
const (
	ToReadDeals      Act = "read_deals"          // deals, their evidence and their messages
	ToReadMoney      Act = "read_money"          // balances, statements, deposits, payouts
	ToReadCompany    Act = "read_company"        // the members, the profile and the rules
	ToSearch         Act = "search_companies"    // find a counterparty
	ToDraft          Act = "draft"               // write terms
	ToOffer          Act = "offer"               // put terms to the other party, or other terms back
	ToSign           Act = "sign"                // agree to terms or amendments; call off before or by both
	ToShip           Act = "ship"                // announce consignments, send returns
	ToReceive        Act = "receive"             // confirm receipt, extend inspection
	ToClaim          Act = "claim"               // raise, escalate, appeal and drop claims
	ToNegotiate      Act = "negotiate"           // make offers in a claim
	ToRelease        Act = "release"             // * accept goods for payment, take offers, confirm returns
	ToWithdraw       Act = "withdraw"            // * pay out
	ToPayoutAccounts Act = "payout_accounts"     // * add, change and drop the accounts money goes to
	ToApprove        Act = "approve"             // * agree to what another has asked for
	ToMembers        Act = "members"             // * invite, grant, remove
	ToCompany        Act = "company"             // hand in the profile
	ToCompanyRules   Act = "company_rules"       // * two persons, payout hold
	ToKeys           Act = "keys"                // * keys of programs
	ToExport         Act = "export"              // dossiers and statements as files
	ToReadActivity   Act = "activity_of_company" // what the people of the company did
	ToReview         Act = "review"              // say how a closed deal went, and answer
	ToScreen         Act = "screen"              // look for a name on the house's lists
)

// The acts of the house.
const (
	ToMediate               Act = "mediate"                 // propose and rule
	ToAssign                Act = "assign"                  // name the mediator of a case
	ToFreeze                Act = "freeze"                  // stop a deal or a payout, and let it go on
	ToSettleDeposits        Act = "settle_deposits"         // give unmatched money to its owner, or send it back
	ToCancelPayouts         Act = "cancel_payouts"          // stop a payout that has not left
	ToConfirmPayoutAccounts Act = "confirm_payout_accounts" // second person of a company of one
	ToReviewProfiles        Act = "review_profiles"         // verify companies
	ToReviewAccounts        Act = "review_accounts"         // cases of "this was not me"
	ToStaff                 Act = "staff"                   // appoint and dismiss
	ToHousePolicy           Act = "house_policy"            // password profile and other rules of the house
	ToRecordOutage          Act = "record_outage"           // stop the clocks for a span
	ToOperate               Act = "operate"                 // alarms, undelivered letters, state of the house
	ToAudit                 Act = "audit"                   // the log and every export of it
	ToHold                  Act = "hold"                    // keep a party from signing and from being paid
	ToReadChecks            Act = "read_checks"             // cases of parties that resemble listed ones, and the lists
	ToDecideChecks          Act = "decide_checks"           // take, propose and agree in such a case
	ToKeepLists             Act = "keep_lists"              // have the lists read anew
	ToHideReviews           Act = "hide_reviews"            // take the text of a review out of sight, by rule
)

// The acts of sources that are not people.
const (
	ToBook   Act = "book"   // the rail: money has come
	ToReport Act = "report" // the rail: what became of a payout
	ToTrack  Act = "track"  // the carrier: where the goods are
	ToLapse  Act = "lapse"  // the clock: time has run out
)

// who is a set of roles and offices.
type who uint16

// One bit for each role, then for each office but Member, in the order of
// [Roles] and [Offices].
const (
	owner who = 1 << iota
	trader
	finance
	viewer
	administrator
	mediator
	compliance
	treasury
	auditor
	rail
	carrier
	clock

	members = owner | trader | finance | viewer
	staff   = administrator | mediator | compliance | treasury | auditor
)

// A rule says who may do one act.
type rule struct {
	act Act
	who who
}

// rules is the whole policy of the house, the least that lets each do his work.
func rules() [45]rule {
	return [...]rule{
		{ToReadDeals, members | staff},
		{ToReadMoney, members | staff},
		{ToReadCompany, members | staff},
		{ToSearch, members | staff},
		{ToDraft, owner | trader},
		{ToOffer, owner | trader},
		{ToSign, owner | trader},
		{ToShip, owner | trader},
		{ToReceive, owner | trader},
		{ToClaim, owner | trader},
		{ToNegotiate, owner | trader},
		{ToRelease, owner | finance},
		{ToWithdraw, owner | finance},
		{ToPayoutAccounts, owner | finance},
		{ToApprove, owner | finance},
		{ToMembers, owner},
		{ToCompany, owner},
		{ToCompanyRules, owner},
		{ToKeys, owner},
		{ToExport, owner | finance | viewer | compliance | auditor},
		{ToReadActivity, owner | compliance | auditor},
		{ToReview, owner | trader},
		{ToScreen, owner | trader | finance | compliance | auditor},

		{ToMediate, mediator},
		{ToAssign, administrator},
		{ToFreeze, compliance},
		{ToSettleDeposits, treasury},
		{ToCancelPayouts, owner | finance | treasury},
		{ToConfirmPayoutAccounts, treasury},
		{ToReviewProfiles, administrator | compliance},
		{ToReviewAccounts, administrator | compliance},
		{ToStaff, administrator},
		{ToHousePolicy, administrator},
		{ToRecordOutage, administrator | clock},
		{ToOperate, administrator},
		{ToAudit, administrator | auditor},
		{ToHold, compliance | clock},
		{ToReadChecks, compliance | auditor},
		{ToDecideChecks, compliance},
		{ToKeepLists, administrator | compliance},
		{ToHideReviews, administrator | compliance},

		{ToBook, rail},
		{ToReport, rail},
		{ToTrack, carrier},
		{ToLapse, clock},
	}
}

// bitOf is the role's bit for a member and the office's for everybody else, and
// none for a name that the house does not know.
func bitOf(a Actor) who {
	if a.Office == Member {
		if i := slices.Index(Roles(), a.Role); i >= 0 {
			return owner << i
		}
		return 0
	}
	if i := slices.Index(Offices(), a.Office); i > 0 {
		return administrator << (i - 1)
	}
	return 0
}

// Acts lists every act that the policy knows.
func Acts() []Act {
	known := rules()
	acts := make([]Act, len(known))
	for i, r := range known {
		acts[i] = r.act
	}
	return acts
}

// RolesFor lists the roles of members, then the offices, that may do the act.
// It is empty for an act that the policy does not know.
func RolesFor(act Act) []string {
	may := whoMay(act)
	names := []string{}
	for _, r := range Roles() {
		if may&bitOf(Actor{Office: Member, Role: r}) != 0 {
			names = append(names, string(r))
		}
	}
	for _, o := range Offices() {
		if o != Member && may&bitOf(Actor{Office: o}) != 0 {
			names = append(names, string(o))
		}
	}
	return names
}

// May reports whether the actor's role or office may do the act at all. A member
// without a party or a role may nothing, nor may anybody without a name.
func May(a Actor, act Act) bool {
	if a.Person == "" || (a.Office == Member) != (a.Party != "") || a.Office != Member && a.Role != "" {
		return false
	}
	return whoMay(act)&bitOf(a) != 0
}

// Permit is [May] as an error: identity.not_your_role, Forbidden, with the act
// and who may do it.
func Permit(a Actor, act Act) error {
	if May(a, act) {
		return nil
	}
	return fault.New(fault.Forbidden, "identity.not_your_role", "Your role may not do this. It needs: {roles}.").
		With("act", string(act)).With("roles", strings.Join(RolesFor(act), ", "))
}

func whoMay(act Act) who {
	for _, r := range rules() {
		if r.act == act {
			return r.who
		}
	}
	return 0
}

// more reports whether the role other may do anything that the role has may not.
func more(has, other Role) bool {
	hasBit, otherBit := bitOf(Actor{Office: Member, Role: has}), bitOf(Actor{Office: Member, Role: other})
	for _, r := range rules() {
		if r.who&otherBit != 0 && r.who&hasBit == 0 {
			return true
		}
	}
	return false
}
