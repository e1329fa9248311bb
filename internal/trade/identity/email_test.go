package identity_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

func TestOneAccountPerAddressHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for want, twins := range map[string][]string{
		"ann@example.com": {
			"ann@example.com", " Ann@Example.COM\n", "ANN@EXAMPLE.com", "ａｎｎ@example.com", "ann＠example.com", "ann@example．com",
			"ann@example。com", "ann@example｡com", "ᵃnn@example.com", "𝐚𝐧𝐧@example.com", "ⓐⓝⓝ@ｅｘａｍｐｌｅ.com",
		},
		"kim@example.com":          {"kim@example.com", "\u212aim@example.com", "KIM@example.com"},
		"fi.lang@example.com":      {"ﬁ.lang@example.com", "FI.LANG@example.com"},
		"strasse@example.com":      {"straße@example.com", "STRASSE@example.com", "stra\u1e9ee@example.com"},
		"ann+trade@example.com":    {"Ann+Trade@example.com"},
		"zoë@example.com":          {"zoë@example.com", "zoe\u0308@example.com", "ZOË@example.com"},
		"ann@bücher.example":       {"ann@bücher.example", "ann@BÜCHER.example", "ann@xn--bcher-kva.example", "ann@XN--BCHER-KVA.example", "ann@bu\u0308cher.example"},
		"ann@例え.テスト":               {"ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"},
		"李明@公司.cn":                 {"李明@公司.cn", "李明@xn--55qx5d.cn"},
		"o'neil_a/b=c@example.com": {"O'Neil_a/b=c@example.com"},
	} {
		for _, twin := range twins {
			if got, err := identity.FoldEmail(twin); err != nil || got != want {
				t.Errorf("%q: %q, %v, want %q", twin, got, err, want)
			}
		}
	}
}

func TestAddressesThatOnlyLookAlikeStayTwo(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"paypal@example.com", "p\u0430ypal@example.com"}, // Cyrillic a
		{"ann@example.com", "a.nn@example.com"},
		{"ann@example.com", "ann+x@example.com"},
		{"ann@example.com", "ann@exampIe.com"},
	} {
		a, errA := identity.FoldEmail(pair[0])
		b, errB := identity.FoldEmail(pair[1])
		if errA != nil || errB != nil || a == b {
			t.Errorf("%q and %q: %q, %q, %v, %v", pair[0], pair[1], a, b, errA, errB)
		}
	}
}

func TestAddressesThatHideSomethingAreRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "ann", "@example.com", "ann@", "ann@example", "ann@@example.com", "a@b@example.com", "ann@.com", "ann@example..com", "ann@example.com.",
		".ann@example.com", "ann.@example.com", "a..n@example.com", "a nn@example.com", "ann@exa mple.com", "\"ann\"@example.com", "ann@[127.0.0.1]", "ann@127.0.0.1",
		"ann<script>@example.com", "ann@exa_mple.com", "ann@-example.com", "ann@example-.com", "Ann <ann@example.com>", "ann@example.com,bob@example.com",
		"ann\r\nBcc: bob@example.com", "ann\x00@example.com", "\xff@example.com", "ann\ufffd@example.com",
		"a\u200bnn@example.com", "a\u200dnn@example.com", "a\u202enn@example.com", "a\u2066nn@example.com", "ann@exam\u00adple.com", "a\ufeffnn@example.com",
		"a\u034fnn@example.com", "a\u115fnn@example.com", "a\u3164nn@example.com", "a\ufe0fnn@example.com", "a\U000e0100nn@example.com", "a\u180enn@example.com", "a\u2028nn@example.com", "a\u00a0nn@example.com",
		strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("b", 64) + strings.Repeat(".cc", 70), strings.Repeat("ﷺ", 200) + "@example.com",
		"ann@xn--.com", "ann@xn--a-.com", "ann@xn--99999999999999999999.com", "ann@xn--ab\u00fc.com", "ann@xn--example-.com", "ann@xn--xn--bcher-kva-hd0e.com", "ann@xn--zzzzzzzzzzzzzzzzzzzzzzzzz.com",
	} {
		if got, err := identity.FoldEmail(bad); fault.CodeOf(err) != "people.bad_email" || got != "" {
			t.Errorf("%q: %q, %v", bad, got, err)
		}
	}
}

func TestAFoldedAddressFoldsToItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringOfN(rapid.Rune(), 1, 8, 60)
		checkFold(t, part.Draw(t, "user")+"@"+part.Draw(t, "host")+".example")
	})
}

type failer interface{ Fatalf(string, ...any) }

// checkFold fails when an accepted address has a second spelling of itself.
func checkFold(t failer, address string) {
	once, err := identity.FoldEmail(address)
	if err != nil {
		if fault.CodeOf(err) != "people.bad_email" || once != "" {
			t.Fatalf("%q: %q, %v", address, once, err)
		}
		return
	}
	for _, again := range []string{once, strings.ToUpper(once), strings.ToLower(once), strings.ToUpper(address)} {
		if len(again) > 254 {
			continue // the capitals of some letters are longer
		}
		twice, err := identity.FoldEmail(again)
		if again == once && (err != nil || twice != once) || err == nil && twice != once && !unstable(again, once) {
			t.Fatalf("%q folds to %q, but %q to %q (%v)", address, once, again, twice, err)
		}
	}
}

// unstable are the letters whose capital and small form Unicode itself does not
// fold together: the dotless i, whose capital is the capital of i.
func unstable(a, b string) bool { return strings.ContainsAny(a+b, "ı") }

func FuzzFoldEmail(f *testing.F) {
	for _, seed := range []string{"ann@example.com", "\u212aim@xn--bcher-kva.example", "ﬁ＠ｅ。cn", "a\u200b@b.c", "ß@ß.de", "x@xn--zckzah.jp"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) { checkFold(t, address) })
}
