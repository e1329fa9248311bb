package assurance

import (
	"context"
	"strings"

	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/trade/treasury"
)

// EntryProof is one fact of the log with what is needed to check it offline.
type EntryProof struct {
	Record    Record // sealed for those who may not read it: without salt and payload
	Disclosed bool   // whether they are there
	Size      int64
	Root      evidence.Hash
	Proof     evidence.Proof
}

// Prove proves that a fact is in the log of the given size (0 for the newest).
// The entry is public; salt and payload are for those who may read its stream.
func (h *House) Prove(ctx context.Context, by identity.Actor, sequence, size int64) (EntryProof, error) {
	newest, err := h.cfg.Archive.Size(ctx)
	if err != nil {
		return EntryProof{}, err
	}
	if size == 0 {
		size = newest
	}
	if size > newest || sequence < 0 || sequence >= size {
		return EntryProof{}, fault.New(fault.NotFound, "evidence.out_of_range", "The log has no such entry.")
	}
	p := EntryProof{Size: size}
	if p.Proof, p.Root, err = evidence.ProveInRoot(size, sequence, h.hashes(ctx)); err != nil {
		return EntryProof{}, err
	}
	records, err := h.cfg.Archive.Range(ctx, sequence, sequence+1)
	if err != nil {
		return EntryProof{}, err
	}
	if len(records) != 1 {
		return EntryProof{}, fault.New(fault.Internal, "evidence.entry_missing", "An entry of the log is missing.")
	}
	p.Record = records[0]
	if p.Disclosed, err = h.mayReadStream(ctx, by, p.Record.Stream); err != nil {
		return EntryProof{}, err
	}
	switch p.Record.Kind {
	case (deal.FreezePlaced{}).Kind(), (deal.FreezeLifted{}).Kind(), (identity.Checked{}).Kind():
		p.Disclosed = identity.May(by, identity.ToReadChecks) // a case is nothing for others, nor that a company waits for one
	}
	if !p.Disclosed {
		p.Record = p.Record.sealed()
	}
	return p, nil
}

// ProveConsistency proves that the log of size old is the beginning of the log of size now.
func (h *House) ProveConsistency(ctx context.Context, old, now int64) (evidence.Proof, error) {
	newest, err := h.cfg.Archive.Size(ctx)
	if err != nil {
		return nil, err
	}
	if old < 0 || old > now || now > newest {
		return nil, fault.New(fault.NotFound, "evidence.out_of_range", "The log has no such sizes.")
	}
	return evidence.ProveConsistency(old, now, h.hashes(ctx))
}

// LogSize is the number of durable entries.
func (h *House) LogSize(ctx context.Context) (int64, error) { return h.cfg.Archive.Size(ctx) }

func (h *House) hashes(ctx context.Context) evidence.HashReader {
	return func(indexes []int64) ([]evidence.Hash, error) { return h.cfg.Archive.Hashes(ctx, indexes) }
}

// mayReadStream holds for the parties of a deal, for a company's own people, and
// for the person an account is of. Staff read everything but accounts, which only
// those read who look into them, cases, which only those read who decide them, and
// reviews that are not shown yet.
func (h *House) mayReadStream(ctx context.Context, by identity.Actor, stream string) (bool, error) {
	kind, id, _ := strings.Cut(stream, ":")
	switch kind {
	case "case":
		return identity.May(by, identity.ToReadChecks), nil
	case "review":
		return h.mayReadBook(ctx, by, stream)
	}
	if by.Office.Staff() && kind != "account" {
		return true, nil
	}
	switch kind {
	case "deal":
		_, err := h.Deal(ctx, by, deal.ID(id))
		return found(err)
	case "party":
		return id == string(by.Party) && by.Party != "", nil
	case "account":
		if identity.May(by, identity.ToReviewAccounts) || identity.May(by, identity.ToAudit) {
			return true, nil
		}
		p, err := h.cfg.Store.PersonByAccount(ctx, id)
		ok, err := found(err)
		return ok && p.ID == by.Person && by.Person != "", err
	case "approval":
		a, err := h.readApproval(ctx, id)
		ok, err := found(err)
		return ok && by.Party != "" && concerns(a, by), err
	case "payout_account":
		records, err := h.cfg.Store.Records(ctx, stream, 0)
		if err != nil {
			return false, err
		}
		a, err := folded(records, foldPayoutAccount, treasury.PayoutAccount{ID: id})
		return a.Party == by.Party && by.Party != "" && identity.May(by, identity.ToPayoutAccounts), err
	}
	return false, nil
}

// mayReadBook holds for staff once the reviews of a deal are shown. Until then
// nobody reads here what was written.
func (h *House) mayReadBook(ctx context.Context, by identity.Actor, stream string) (bool, error) {
	if !by.Office.Staff() {
		return false, nil
	}
	records, err := h.cfg.Store.Records(ctx, stream, 0)
	if err != nil {
		return false, err
	}
	b, err := folded(records, foldBook, reputation.Book{})
	return b.Revealed(), err
}

// found tells a thing that is not there from a failure to look.
func found(err error) (bool, error) {
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}
