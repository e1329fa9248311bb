package spelling_test

import (
	"strings"
	"testing"

	"fondaco/internal/trade/spelling"
)

func TestACommonNameOfTheWorldIsToldFromOthersInAnyScript(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for name, want := range map[string]bool{
		"WEBER": true, "Müller": true, "Nováková": true, "Иванова": true, "김": true,
		"Zarubezhmash": false, "Oyamendan": false, "Ltd": false,
	} {
		if w := r.Read(name, spelling.Person)[0].Words[0]; w.Common != want {
			t.Errorf("%s, read %s: common is %v", name, w.Latin, w.Common)
		}
	}
}

func TestTheCommonNamesOfTheWorldAreWrittenAsNamesAreReadAndOnlyOnce(t *testing.T) {
	t.Parallel()
	text, err := dictionary.ReadFile("dictionary/world.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for name := range strings.FieldsSeq(line) {
			if seen[name] || len(name) < 2 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" {
				t.Errorf("%q stands there twice, or is not plain", name)
			}
			seen[name] = true
		}
	}
	if len(seen) < 5_000 {
		t.Errorf("%d names are hardly those of the world", len(seen))
	}
}
