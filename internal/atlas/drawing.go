package atlas

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
)

// Edge is one way from a phase or stage to another.
type Edge struct{ From, To, Command, Role string }

// Drawing is a graph of phases or of stages, in an order that does not vary.
type Drawing struct {
	Name  string
	Nodes []string
	Edges []Edge
}

// Graph walks the small contracts and draws what it saw: the phases of a deal, and
// the stages of a claim. Steps that stay in place are left out.
func Graph() (deals, claims Drawing, err error) {
	phases, stages := map[Edge]bool{}, map[Edge]bool{}
	see := func(t Transition) {
		name := t.Command.Name()
		if l, ok := t.Command.(deal.Lapse); ok {
			name = "lapse of " + string(l.Clock)
		}
		role := t.Role
		switch role {
		case "both":
			role = "seller"
		case "other mediator":
			role = "mediator"
		}
		addEdge(phases, Edge{phaseName(t.Before), phaseName(t.After), name, role})
		for _, after := range t.After.Claims {
			before, known := t.Before.Claim(after.ID)
			from := "none"
			if known {
				from = string(before.Stage)
			}
			addEdge(stages, Edge{from, string(after.Stage), name, role})
		}
	}
	for _, cfg := range Small() {
		if _, broken := Explore(cfg, see); broken != nil {
			err = errors.Join(err, broken)
		}
	}
	deals = draw("deal", phases)
	for _, p := range deal.Phases() {
		deals.Nodes = append(deals.Nodes, string(p))
	}
	for _, o := range []deal.Outcome{deal.Completed, deal.Cancelled, deal.Expired, deal.Refunded, deal.Settled} {
		deals.Nodes = append(deals.Nodes, string(o))
	}
	deals.Nodes = slices.DeleteFunc(deals.Nodes, func(n string) bool { return n == string(deal.Closed) })
	deals.Nodes = append([]string{"none"}, deals.Nodes...)
	claims = draw("claim", stages)
	claims.Nodes = []string{"none"}
	for _, s := range dispute.Stages() {
		claims.Nodes = append(claims.Nodes, string(s))
	}
	return deals, claims, err
}

// phaseName is the phase, or the outcome of a closed deal.
func phaseName(s deal.State) string {
	switch s.Phase {
	case deal.None:
		return "none"
	case deal.Closed:
		return string(s.Outcome)
	case deal.Draft, deal.Offered, deal.Agreed, deal.Funded, deal.Shipped, deal.Delivered:
	}
	return string(s.Phase)
}

func addEdge(edges map[Edge]bool, e Edge) {
	if e.From != e.To {
		edges[e] = true
	}
}

func draw(name string, edges map[Edge]bool) Drawing {
	d := Drawing{Name: name}
	for e := range edges {
		d.Edges = append(d.Edges, e)
	}
	slices.SortFunc(d.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Command, b.Command), cmp.Compare(a.Role, b.Role))
	})
	return d
}

// arrows joins the edges between the same two nodes into one label.
func (d Drawing) arrows() [][3]string {
	var out [][3]string
	for _, e := range d.Edges {
		label := e.Command + " (" + e.Role + ")"
		if last := len(out) - 1; last >= 0 && out[last][0] == e.From && out[last][1] == e.To {
			out[last][2] += "\n" + label
			continue
		}
		out = append(out, [3]string{e.From, e.To, label})
	}
	return out
}

// WriteDOT writes the drawing in the language of Graphviz.
func (d Drawing) WriteDOT(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n  rankdir=LR;\n  node [shape=box];\n", d.Name)
	for _, n := range d.Nodes {
		fmt.Fprintf(&b, "  %q;\n", n)
	}
	for _, a := range d.arrows() {
		fmt.Fprintf(&b, "  %q -> %q [label=%q];\n", a[0], a[1], a[2])
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteMermaid writes the drawing as a state diagram of Mermaid.
func (d Drawing) WriteMermaid(w io.Writer) error {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n  direction LR\n")
	for _, n := range d.Nodes {
		fmt.Fprintf(&b, "  %s\n", n)
	}
	for _, a := range d.arrows() {
		fmt.Fprintf(&b, "  %s --> %s: %s\n", a[0], a[1], strings.ReplaceAll(a[2], "\n", "<br>"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
