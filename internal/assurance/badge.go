package assurance

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

// Badge is what the house says of a party at a time, signed, so that the party can
// show it anywhere and anybody can check it.
type Badge struct {
	Party      identity.PartyID
	Name       string
	Country    string
	State      reputation.State
	Value      int // 0 to 100; 0 while new
	Confidence int // percent
	Verified   bool
	Deals      int
	At         time.Time
	Link       string // to the party's page at the house
}

// badgeKind is the second line of a badge's text. The first is for the signer.
const badgeKind = "badge 1"

func (b Badge) text() string {
	return fmt.Sprintf("%s\nparty %s\nname %s\ncountry %s\nstate %s\nvalue %d\nconfidence %d\nverified %t\ndeals %d\nat %s\nlink %s\n",
		badgeKind, b.Party, strings.Join(strings.Fields(b.Name), " "), b.Country, b.State, b.Value, b.Confidence, b.Verified, b.Deals, b.At.UTC().Format(time.RFC3339), b.Link)
}

// BadgeOf is what the house would say of a party now.
func (h *House) BadgeOf(ctx context.Context, party identity.PartyID, link string) (Badge, error) {
	p, err := h.cfg.Store.Party(ctx, party)
	if err != nil {
		return Badge{}, err
	}
	s, err := h.Standing(ctx, party)
	if err != nil {
		return Badge{}, err
	}
	return Badge{
		Party: p.ID, Name: p.LegalName, Country: p.Country, State: s.State, Value: s.Value, Confidence: s.Confidence,
		Verified: s.Verified, Deals: s.Facts.Settled, At: h.Now().Truncate(time.Second), Link: link,
	}, nil
}

// SignBadge answers a party's badge as a signed note.
func (h *House) SignBadge(ctx context.Context, party identity.PartyID, link string) ([]byte, error) {
	b, err := h.BadgeOf(ctx, party, link)
	if err != nil {
		return nil, err
	}
	if h.cfg.Signer == nil {
		return nil, fault.New(fault.Unavailable, "standing.no_signer", "This house signs no badges.")
	}
	return h.cfg.Signer.SignNote(b.text())
}

// OpenBadge reads a badge that this house has signed. Invalid standing.bad_badge
// for anything else.
func (h *House) OpenBadge(note []byte) (Badge, error) {
	if h.cfg.Signer == nil {
		return Badge{}, fault.New(fault.Unavailable, "standing.no_signer", "This house signs no badges.")
	}
	text, err := h.cfg.Signer.OpenNote(note)
	if err != nil {
		return Badge{}, err
	}
	bad := fault.New(fault.Invalid, "standing.bad_badge", "This is no badge of this house, or somebody has changed it.")
	kind, rest, _ := strings.Cut(text, "\n")
	if kind != badgeKind {
		return Badge{}, bad
	}
	said := map[string]string{}
	for line := range strings.Lines(rest) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		said[name] = value
	}
	b := Badge{Party: identity.PartyID(said["party"]), Name: said["name"], Country: said["country"], State: reputation.State(said["state"]), Verified: said["verified"] == "true", Link: said["link"]}
	for name, into := range map[string]*int{"value": &b.Value, "confidence": &b.Confidence, "deals": &b.Deals} {
		if _, err := fmt.Sscan(said[name], into); err != nil {
			return Badge{}, bad
		}
	}
	if b.At, err = time.Parse(time.RFC3339, said["at"]); err != nil {
		return Badge{}, bad
	}
	return b, nil
}
