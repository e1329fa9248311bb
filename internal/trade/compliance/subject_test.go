package compliance_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/screening"
)

func TestAFingerprintRestsOnWhatIsSaidAndNotOnHowItIsWritten(t *testing.T) {
	t.Parallel()
	first := petrov().Fingerprint()
	if len(first) != 64 {
		t.Fatalf("got %q", first)
	}
	for _, tt := range []struct {
		name string
		edit func(s *compliance.Subject)
		same bool
	}{
		{"nothing", func(*compliance.Subject) {}, true},
		{"letter case", func(s *compliance.Subject) { s.Name = "IVAN petrov" }, true},
		{"spaces", func(s *compliance.Subject) { s.Name = "\u00a0Ivan   Petrov " }, true},
		{"wide letters", func(s *compliance.Subject) { s.Name = "Ｉｖａｎ Petrov" }, true},
		{"raised letters", func(s *compliance.Subject) { s.Name = "ᴵvan Petrov" }, true},
		{"hidden characters", func(s *compliance.Subject) { s.Name = "Iv\u200ban\u202e Petrov" }, true},
		{"capacity", func(s *compliance.Subject) { s.Capacity = compliance.Director }, true},
		{"order of countries", func(s *compliance.Subject) { s.Countries = []string{"CY", "RU", "cy"} }, true},
		{"spaces in a number", func(s *compliance.Subject) { s.Identifiers[0].Value = "711-234-567" }, true},
		{"another letter", func(s *compliance.Subject) { s.Name = "Ivan Petrow" }, false},
		{"another script", func(s *compliance.Subject) { s.Name = "Иван Петров" }, false},
		{"a homoglyph", func(s *compliance.Subject) { s.Name = "Ivan Pеtrov" }, false},
		{"an accent", func(s *compliance.Subject) { s.Name = "Iván Petrov" }, false},
		{"words in another order", func(s *compliance.Subject) { s.Name = "Petrov Ivan" }, false},
		{"words joined", func(s *compliance.Subject) { s.Name = "IvanPetrov" }, false},
		{"another party", func(s *compliance.Subject) { s.Party = "p8" }, false},
		{"another person", func(s *compliance.Subject) { s.Person = "igor" }, false},
		{"another kind", func(s *compliance.Subject) { s.Kind = screening.Organisation }, false},
		{"no kind", func(s *compliance.Subject) { s.Kind = "" }, false},
		{"another day", func(s *compliance.Subject) { s.Births[0].Day = 4 }, false},
		{"a second birth", func(s *compliance.Subject) { s.Births = append(s.Births, compliance.Date{Year: 1972}) }, false},
		{"no birth", func(s *compliance.Subject) { s.Births = nil }, false},
		{"about", func(s *compliance.Subject) { s.Births[0].About = true }, false},
		{"one country less", func(s *compliance.Subject) { s.Countries = s.Countries[:1] }, false},
		{"another number", func(s *compliance.Subject) { s.Identifiers[0].Value = "71 1234568" }, false},
		{"another sort of number", func(s *compliance.Subject) { s.Identifiers[0].Type = "tax" }, false},
		{"another issuer", func(s *compliance.Subject) { s.Identifiers[0].Country = "BY" }, false},
		{"no number", func(s *compliance.Subject) { s.Identifiers = nil }, false},
	} {
		s := petrov()
		tt.edit(&s)
		if got := s.Fingerprint() == first; got != tt.same {
			t.Errorf("%s: the same is %t", tt.name, got)
		}
	}
	small, capital := petrov(), petrov()
	small.Name, capital.Name = "Μα\u0390ος", "ΜΑ\u0399\u0308\u0301ΟΣ" // one letter, which has three parts as a capital
	if small.Fingerprint() != capital.Fingerprint() {
		t.Error("letter case counts in Greek")
	}
	unkind, anyKind := petrov(), petrov()
	unkind.Kind, anyKind.Kind = "", screening.Any
	if unkind.Fingerprint() != anyKind.Fingerprint() {
		t.Error("no kind is another kind than any")
	}
}

func TestAFingerprintChangesNothingAndNeverFails(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "bytes")) })
		s := petrov()
		s.Name, s.Countries = text.Draw(t, "name"), rapid.SliceOfN(text, 0, 4).Draw(t, "countries")
		s.Identifiers = []compliance.Identifier{{Value: text.Draw(t, "value")}, {Value: text.Draw(t, "value")}}
		s.Births = []compliance.Date{{Year: rapid.IntRange(1900, 2000).Draw(t, "year")}, {Year: 1950, About: true}, {Year: 1950}, {Year: 1950, Span: true}}
		before, births := slices.Clone(s.Countries), slices.Clone(s.Births)
		first := s.Fingerprint()
		if !slices.Equal(before, s.Countries) || !slices.Equal(births, s.Births) || first != s.Fingerprint() || len(first) != 64 {
			t.Fatalf("%q: %q", s.Name, first)
		}
		slices.Reverse(s.Births)
		slices.Reverse(s.Countries)
		slices.Reverse(s.Identifiers)
		if s.Fingerprint() != first {
			t.Fatalf("the order counts: %q, %v", s.Countries, s.Identifiers)
		}
	})
}

func TestASubjectAsksTheSearchForAllItSays(t *testing.T) {
	t.Parallel()
	q := petrov().Query()
	if q.Name != "Ivan Petrov" || q.Kind != screening.Person || !slices.Equal(q.Countries, []string{"RU", "CY"}) ||
		!slices.Equal(q.Births, []screening.Date{{Year: 1971, Month: 2, Day: 3}}) ||
		!slices.Equal(q.Identifiers, []screening.Identifier{{Type: "passport", Value: "71 1234567", Country: "RU"}}) {
		t.Errorf("got %+v", q)
	}
}
