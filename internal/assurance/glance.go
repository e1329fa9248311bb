package assurance

import (
	"context"

	"fondaco/internal/fault"
)

// Glance finds who holds a session's secret as [House.Present] does, but does not
// count as a use of the session: a page that only keeps itself up to date must not
// keep alive a session that nobody uses.
func (h *House) Glance(ctx context.Context, secret string) (Presence, error) {
	return h.lookAt(ctx, secret)
}

// Mailbox lists what a sandbox keeps instead of sending it, newest first. Anywhere
// else it is house.no_sandbox, NotFound.
func (h *House) Mailbox(ctx context.Context, limit int) ([]SandboxMail, error) {
	return h.MailboxOf(ctx, "", limit)
}

// MailboxOf is [House.Mailbox] with the mails to one address, spelled as it was
// written; an empty one means all.
func (h *House) MailboxOf(ctx context.Context, to string, limit int) ([]SandboxMail, error) {
	if !h.cfg.Sandbox {
		return nil, fault.New(fault.NotFound, "house.no_sandbox", "This house is not a sandbox.")
	}
	return h.cfg.Store.Mails(ctx, to, pageSize(limit))
}

// TakesPasskeys reports whether this house has set up passkeys.
func (h *House) TakesPasskeys() bool { return h.cfg.Passkeys != nil }
