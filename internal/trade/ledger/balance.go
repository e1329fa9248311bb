package ledger

import (
	"iter"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// Balance is the state of one account, in minor units of its currency.
type Balance struct {
	Posted     int64 // credits less debits that have happened
	PendingOut int64 // reserved debits, not below zero
	PendingIn  int64 // announced credits, not below zero
	Version    int64 // how many entries the account has
}

// Available returns the minor units that can still leave an account of kind k:
// for a liability what is posted and not reserved, for a rail the money at it
// that is not reserved for payouts. It is not below zero.
func (b Balance) Available(k Kind) int64 {
	if k.IsAsset() {
		return -(b.Posted + b.PendingIn)
	}
	return b.Posted - b.PendingOut
}

// Entry is one line of an account's statement.
type Entry struct {
	Account  AccountID
	Version  int64 // 1 for the account's first entry
	Transfer TransferID
	Delta    int64 // change of the posted balance: negative for a debit, zero when only a reserve moved
	Balance  int64 // the posted balance after this entry
}

// TrialBalance returns the sum of the posted balances of each currency code; in
// a sound ledger every one is zero. An account whose ID does not parse is
// counted under "". Sums are exact modulo 2⁶⁴.
func TrialBalance(balances iter.Seq2[AccountID, Balance]) map[string]int64 {
	sums := make(map[string]int64)
	for id, balance := range balances {
		sums[id.Currency().Code()] += balance.Posted
	}
	return sums
}

// step is what one transfer does to one account.
type step struct {
	posted, out, in money.Amount
}

// after returns the balance after a step, or why the account may not take it.
func (b Balance) after(id AccountID, s step) (Balance, error) {
	c := s.posted.Currency()
	posted, err := money.New(b.Posted, c).Add(s.posted)
	if err != nil {
		return b, err
	}
	out, err := money.New(b.PendingOut, c).Add(s.out)
	if err != nil {
		return b, err
	}
	in, err := money.New(b.PendingIn, c).Add(s.in)
	if err != nil {
		return b, err
	}
	if out.Sign() < 0 || in.Sign() < 0 {
		// The pending transfer and this balance were not loaded from the same state.
		return b, fault.New(fault.Conflict, "ledger.stale_book", "{account} was changed elsewhere, try again").
			With("account", string(id))
	}
	// Room for every open transfer is kept from the start, so that closing one cannot overflow.
	least, err := posted.Sub(out)
	if err != nil {
		return b, err
	}
	if _, err := least.Neg(); err != nil {
		return b, err // what is at a rail is the negative of its balance, and must fit too
	}
	most, err := posted.Add(in)
	if err != nil {
		return b, err
	}
	kind := id.Kind()
	if (kind.IsAsset() && most.IsPositive()) || (!kind.IsAsset() && least.Sign() < 0) {
		return b, fault.New(fault.Refused, "ledger.insufficient", "{account} does not have the money").
			With("account", string(id))
	}
	return Balance{Posted: posted.Minor(), PendingOut: out.Minor(), PendingIn: in.Minor(), Version: b.Version + 1}, nil
}
