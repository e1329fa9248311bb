package main

import (
	"os"
	"path/filepath"
	"testing"

	"fondaco/internal/fault"
)

func TestAnAttackListNamesAddressesAndNetworks(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "list")
	list := "# known for attacks\n203.0.113.7\n198.51.100.0/24 ; a whole network\n\n2001:db8:1::/48\n::ffff:192.0.2.9\n"
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := readAttacks(file)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"203.0.113.7": true, "::ffff:203.0.113.7": true, "203.0.113.8": false, "198.51.100.255": true, "198.51.101.0": false,
		"2001:db8:1:ffff::1": true, "2001:db8:2::1": false, "192.0.2.9": true, "": false, "house.example": false, "203.0.113.7:443": false,
	} {
		if a.holds(address) != want {
			t.Errorf("%q is in the list: %t, want %t", address, !want, want)
		}
	}
	for _, bad := range []string{"203.0.113.256", "198.51.100.0/33", "example.com"} {
		if err := os.WriteFile(file, []byte("203.0.113.7\n"+bad+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readAttacks(file); fault.CodeOf(err) != "cmd.bad_list" || fault.Of(err).Args["line"] != "2" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
