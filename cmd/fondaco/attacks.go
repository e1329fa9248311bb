package main

import (
	"bufio"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"fondaco/internal/fault"
)

// attacks are the networks that a list names. They are read once, when the house
// starts.
type attacks struct {
	networks map[netip.Prefix]bool
	four     []int // lengths of prefixes that are there, of IPv4
	six      []int
}

// readAttacks reads a list with one address or prefix in a line. What follows a #
// or a ; is a remark. It fails with cmd.bad_list and the number of the line.
func readAttacks(file string) (*attacks, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", file).Because(err)
	}
	defer func() { _ = in.Close() }() // it was only read
	a := &attacks{networks: map[netip.Prefix]bool{}}
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		text, _, _ = strings.Cut(text, ";")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, err := networkOf(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "cmd.bad_list", "Line {line} of {file} is neither an address nor a prefix.").
				With("line", strconv.Itoa(n)).With("file", file).Because(err)
		}
		a.add(p)
	}
	if err := lines.Err(); err != nil {
		return nil, fault.New(fault.Invalid, "cmd.bad_list", "{file} is no list of addresses.").With("file", file).Because(err)
	}
	return a, nil
}

func networkOf(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		address = address.Unmap().WithZone("")
		return netip.PrefixFrom(address, address.BitLen()), err
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

func (a *attacks) add(p netip.Prefix) {
	a.networks[p] = true
	lengths := &a.six
	if p.Addr().Is4() {
		lengths = &a.four
	}
	if !slices.Contains(*lengths, p.Bits()) {
		*lengths = append(*lengths, p.Bits())
	}
}

// holds reports whether the address is in a network of the list. Text that is no
// address is in none.
func (a *attacks) holds(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	lengths := a.six
	if ip.Is4() {
		lengths = a.four
	}
	return slices.ContainsFunc(lengths, func(bits int) bool {
		p, err := ip.Prefix(bits)
		return err == nil && a.networks[p]
	})
}
