package ledger

import (
	"strings"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// AccountID names an account: its kind, its owner and its currency, such as
// "deal:d1:deposit/USD". One that does not parse belongs to no account and is
// refused by Apply.
type AccountID string

// Kind is what an account is for. The zero Kind is no account.
type Kind uint8

const (
	// KindRail is money at a payment rail: the only asset, never above zero.
	KindRail Kind = iota + 1
	// KindParty is money a party may take out or use.
	KindParty
	// KindHeld is money held for one tranche of a deal.
	KindHeld
	// KindPayout is money on its way out to a party.
	KindPayout
	// KindFees is what the house has earned.
	KindFees
	// KindPenalty is penalties that are due to neither party.
	KindPenalty
	// KindInsurance is premiums to be passed on to insurers.
	KindInsurance
	// KindSuspense is money that came by a rail and is not matched yet.
	KindSuspense
)

// maxAccountLength bounds an AccountID, in bytes.
const maxAccountLength = 200

// String returns the word that opens the AccountIDs of this kind, "" for none.
func (k Kind) String() string {
	switch k {
	case KindRail:
		return "rail"
	case KindParty:
		return "party"
	case KindHeld:
		return "deal"
	case KindPayout:
		return "payout"
	case KindFees:
		return "fees"
	case KindPenalty:
		return "penalty"
	case KindInsurance:
		return "insurance"
	case KindSuspense:
		return "suspense"
	}
	return ""
}

// Kinds returns every kind of account, in the order of their numbers.
func Kinds() []Kind {
	return []Kind{
		KindRail, KindParty, KindHeld, KindPayout,
		KindFees, KindPenalty, KindInsurance, KindSuspense,
	}
}

// IsAsset reports whether accounts of this kind are assets of the house, whose
// balances are never above zero.
func (k Kind) IsAsset() bool { return k == KindRail }

// Rail is the account of the money at a payment rail.
func Rail(rail string, c money.Currency) AccountID { return name(KindRail, c, rail) }

// Party is the account of what a party may take out or use.
func Party(id string, c money.Currency) AccountID { return name(KindParty, c, id) }

// Held is the account of the money held for one tranche of a deal.
func Held(deal, tranche string, c money.Currency) AccountID {
	return name(KindHeld, c, deal, tranche)
}

// Payout is the account of one payout on its way.
func Payout(id string, c money.Currency) AccountID { return name(KindPayout, c, id) }

// Fees is the account of what the house has earned.
func Fees(c money.Currency) AccountID { return name(KindFees, c) }

// Penalty is the account of penalties that are due to neither party.
func Penalty(c money.Currency) AccountID { return name(KindPenalty, c) }

// Insurance is the account of premiums to be passed on to insurers.
func Insurance(c money.Currency) AccountID { return name(KindInsurance, c) }

// Suspense is the account of money that came by a rail and is not matched yet.
func Suspense(rail string, c money.Currency) AccountID { return name(KindSuspense, c, rail) }

// ParseAccount returns s as an AccountID, or Invalid ledger.bad_account. The
// parts of an AccountID are letters, digits, "_", "-" and "." of ASCII.
func ParseAccount(s string) (AccountID, error) {
	if _, ok := AccountID(s).parse(); !ok {
		return "", fault.New(fault.Invalid, "ledger.bad_account", "this is not the name of an account")
	}
	return AccountID(s), nil
}

// Kind returns what the account is for, zero when the ID does not parse.
func (a AccountID) Kind() Kind {
	p, _ := a.parse()
	return p.kind
}

// Currency returns the one currency of the account, zero when the ID does not parse.
func (a AccountID) Currency() money.Currency {
	p, _ := a.parse()
	return p.currency
}

// Owner returns the rail, party, deal or payout the account belongs to, "" for
// the accounts of the house itself and when the ID does not parse.
func (a AccountID) Owner() string {
	p, _ := a.parse()
	return p.owner
}

// Tranche returns the tranche of a deal's account, "" for other kinds.
func (a AccountID) Tranche() string {
	p, _ := a.parse()
	return p.tranche
}

type account struct {
	kind     Kind
	owner    string
	tranche  string
	currency money.Currency
}

func name(k Kind, c money.Currency, parts ...string) AccountID {
	words := append([]string{k.String()}, parts...)
	return AccountID(strings.Join(words, ":") + "/" + c.Code())
}

// parse reads an ID strictly: one text for one account. A part may hold neither
// a colon nor a slash, so a constructor given a bad part makes an ID that does
// not parse, never the ID of another account.
func (a AccountID) parse() (account, bool) {
	path, code, ok := strings.Cut(string(a), "/")
	if !ok || len(a) > maxAccountLength {
		return account{}, false
	}
	currency, err := money.ParseCurrency(code)
	if err != nil {
		return account{}, false
	}
	word, rest, hasRest := strings.Cut(path, ":")
	parsed := account{kind: kindOf(word), currency: currency}
	switch parsed.kind {
	case KindFees, KindPenalty, KindInsurance:
		ok = !hasRest
	case KindHeld:
		parsed.owner, parsed.tranche, _ = strings.Cut(rest, ":")
		ok = isPart(parsed.owner) && isPart(parsed.tranche)
	case KindRail, KindParty, KindPayout, KindSuspense:
		parsed.owner = rest
		ok = isPart(rest)
	default:
		ok = false
	}
	if !ok {
		return account{}, false
	}
	return parsed, true
}

func kindOf(word string) Kind {
	for k := KindRail; k <= KindSuspense; k++ {
		if k.String() == word {
			return k
		}
	}
	return 0
}

func isPart(s string) bool {
	for _, b := range []byte(s) {
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		digit := b >= '0' && b <= '9'
		if !letter && !digit && b != '_' && b != '-' && b != '.' {
			return false
		}
	}
	return s != ""
}
