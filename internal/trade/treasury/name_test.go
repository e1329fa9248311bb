package treasury_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/trade/treasury"
)

// fate is what the house does with a score.
type fate string

const (
	accepted fate = "accepted"
	arguable fate = "arguable"
	refused  fate = "refused"
)

func fateOf(m treasury.NameMatch) fate {
	switch {
	case m.Accepted():
		return accepted
	case m.Refused():
		return refused
	}
	return arguable
}

type namePair struct {
	legal, holder string
	fate          fate
	rule          string
}

// latinPairs are names in Latin, Cyrillic and Greek letters.
func latinPairs() []namePair {
	return []namePair{
		{"Acme Pumps GmbH", "ACME PUMPS GMBH", accepted, treasury.RuleExact},
		{"Acme  Pumps, G.m.b.H.", "Acme Pumps GmbH", accepted, treasury.RuleExact},
		{"Ａｃｍｅ　Ｐｕｍｐｓ ＧｍｂＨ", "Acme Pumps GmbH", accepted, treasury.RuleExact},
		{"Smith & Sons Ltd", "SMITH AND SONS LTD", accepted, treasury.RuleExact},
		{"L’Artisan d'Or S.A.R.L.", "LARTISAN DOR SARL", accepted, treasury.RuleExact},
		{"SARL Dupont Frères", "Dupont Freres S.A.R.L.", accepted, treasury.RuleTransliterated},
		{"Novo Skib A/S", "NOVO SKIB AS", accepted, treasury.RuleExact},
		{"Acme Ltd", "Acme Limited", accepted, treasury.RuleLegalForm},
		{"Acme Trading Co., Ltd.", "Acme Trading Company Limited", accepted, treasury.RuleLegalForm},
		{"Acme Pty Ltd", "ACME PROPRIETARY LIMITED", accepted, treasury.RuleLegalForm},
		{"Acme GmbH", "Acme", accepted, treasury.RuleLegalForm},
		{"Schmidt GmbH & Co. KG", "Schmidt KG", accepted, treasury.RuleLegalForm},
		{"SAS S.A.", "SAS SA", accepted, treasury.RuleExact}, // nothing but legal forms
		{"Company Limited", "Company", accepted, treasury.RuleLegalForm},
		{"PT Sinar Jaya", "Sinar Jaya", accepted, treasury.RuleLegalForm},
		{"Comercial Azteca S.A. de C.V.", "COMERCIAL AZTECA SA DE CV", accepted, treasury.RuleExact},
		{"Elektro Plus d.o.o.", "ELEKTRO PLUS DOO", accepted, treasury.RuleExact},
		{"Łódź Meble Sp. z o.o.", "LODZ MEBLE SPZOO", accepted, treasury.RuleTransliterated},
		{"Müller Bau GmbH", "Mueller Bau GmbH", accepted, treasury.RuleTransliterated},
		{"Müller Bau GmbH", "MULLER BAU GMBH", accepted, treasury.RuleTransliterated},
		{"Straßen Öl AG", "STRASSEN OEL AG", accepted, treasury.RuleTransliterated},
		{"Åse Fisk ASA", "AASE FISK ASA", accepted, treasury.RuleTransliterated},
		{"Işık Tekstil A.Ş.", "ISIK TEKSTIL AS", accepted, treasury.RuleTransliterated},
		{"ООО «Ромашка»", "OOO Romashka", accepted, treasury.RuleTransliterated},
		{"ООО «Ромашка»", "Romashka LLC", accepted, treasury.RuleTransliterated},
		{"Общество с ограниченной ответственностью «Ромашка»", "ООО Ромашка", accepted, treasury.RuleLegalForm},
		{"Григорий Щербаков", "Grigory Shcherbakov", accepted, treasury.RuleTransliterated},
		{"Παπαδόπουλος Α.Ε.", "PAPADOPOULOS AE", accepted, treasury.RuleTransliterated},
		{"Microsoft Corporation", "Micro Soft Corporation", accepted, treasury.RuleSpacing},
		{"Hansen og Larsen AS", "Hansen Larsen AS", accepted, treasury.RuleSpacing},
		{"Maria Oliveira", "OLIVEIRA, MARIA", accepted, treasury.RuleReordered},
		{"Nguyễn Văn An", "NGUYEN VAN AN", accepted, treasury.RuleTransliterated},
		{"Công ty TNHH Thành Công", "THANH CONG CONG TY TNHH", accepted, treasury.RuleTransliterated},

		{"Acme GmbH", "Acme AG", arguable, treasury.RuleOtherForm},
		{"Acme Ltd", "Acme PLC", arguable, treasury.RuleOtherForm},
		{"Rossi S.r.l.", "Rossi S.p.A.", arguable, treasury.RuleOtherForm},
		{"Dupont SARL", "Dupont SAS", arguable, treasury.RuleOtherForm},
		{"International Pump Makers Inc", "IPM Inc", arguable, treasury.RuleInitials},
		{"John Robert Smith", "J. R. Smith", arguable, treasury.RuleInitials},
		{"Siemens AG", "Siemens Energy AG", arguable, treasury.RuleSimilar},
		{"Siemens AG", "Seimens AG", arguable, treasury.RuleSimilar},
		{"Kowalski Transport", "Kowalsky Transport", arguable, treasury.RuleSimilar},
		{"شركة النور للتجارة", "Al Noor Trading", arguable, treasury.RuleOtherScript},

		{"Acme Ltd", "Acne Ltd", refused, treasury.RuleDifferent},
		{"Acme Trading Ltd", "Beta Trading Ltd", refused, treasury.RuleDifferent},
		{"Shenzhen Yongda Electronics", "Shenzhen Huaxin Electronics", refused, treasury.RuleDifferent},
		{"Deutsche Bank AG", "Deutsche Post AG", refused, treasury.RuleDifferent},
		{"John Smith", "Jane Smith", refused, treasury.RuleDifferent},
		{"Acme Pumps GmbH", "Ivan Petrov", refused, treasury.RuleDifferent},
		{"Studio 54 Ltd", "Studio 45 Ltd", refused, treasury.RuleDifferent},
		{"Fabrik 10245 Ltd", "Fabrik 10246 Ltd", refused, treasury.RuleDifferent},
		{"Acme Ltd", "Аcme Ltd", refused, treasury.RuleDifferent}, // its first letter is Cyrillic
		{"Acme Ltd", "Ltd", refused, treasury.RuleDifferent},
		{"Acme Ltd", "", refused, treasury.RuleDifferent},
		{"", "", refused, treasury.RuleDifferent},
		{"...", "...", refused, treasury.RuleDifferent},
		{strings.Repeat("a", 201), strings.Repeat("a", 201), refused, treasury.RuleDifferent},
	}
}

// eastPairs are names of which at least one is in an East Asian script.
func eastPairs() []namePair {
	return []namePair{
		{"深圳市永达电子有限公司", "深圳市永达电子有限公司", accepted, treasury.RuleExact},
		{"深圳市永达电子有限公司", "深圳市永達電子有限公司", accepted, treasury.RuleExact},
		{"深圳市永达电子有限公司", "深圳永达电子有限公司", accepted, treasury.RuleSpacing},
		{"深圳市永达电子有限公司", "深圳市永达电子", accepted, treasury.RuleLegalForm},
		{"宁波海丰贸易有限责任公司", "宁波海丰贸易有限公司", accepted, treasury.RuleLegalForm},
		{"深圳市永达电子有限公司", "SHENZHENSHI YONGDA DIANZI YOUXIAN GONGSI", accepted, treasury.RuleTransliterated},
		{"深圳市永达电子有限公司", "Shenzhen Yong Da Dianzi Co., Ltd.", accepted, treasury.RuleTransliterated},
		{"深圳市永达电子有限公司", "Shenzhen Shi Yongda Dianzi Co., Ltd.", accepted, treasury.RuleTransliterated},
		{"重庆长安实业", "Chongqing Changan Shiye", accepted, treasury.RuleTransliterated},
		{"西安银行家", "Xi'an Yinhangjia", accepted, treasury.RuleTransliterated},
		{"吕氏兄弟", "Lüshi Xiongdi", accepted, treasury.RuleTransliterated},
		{"吕氏兄弟", "Lyushi Xiongdi", accepted, treasury.RuleTransliterated},
		{"香港永达有限公司", "Hong Kong Yongda Limited", accepted, treasury.RuleTransliterated},
		{"Hong Kong Yongda Limited", "香港永達有限公司", accepted, treasury.RuleTransliterated},
		{"王小明", "Xiaoming Wang", accepted, treasury.RuleTransliterated},
		{"株式会社トヨタ", "トヨタ㈱", accepted, treasury.RuleLegalForm},
		{"株式會社トヨタ", "株式会社トヨタ", accepted, treasury.RuleExact},
		{"삼성전자 주식회사", "주식회사 삼성전자", accepted, treasury.RuleExact},

		{"深圳市永达电子有限公司", "Shenzhen Yongda Electronics Co., Ltd.", arguable, treasury.RuleTranslated},
		{"宁波海丰进出口有限公司", "NINGBO HAIFENG IMPORT & EXPORT CO LTD", arguable, treasury.RuleTranslated},
		{"TCL科技集团股份有限公司", "TCL Technology Group Corporation", arguable, treasury.RuleTranslated},
		{"深圳市永达电子有限公司", "深圳市勇达电子有限公司", arguable, treasury.RuleSimilar}, // said the same
		{"深圳市永达电子有限公司", "深圳市永达电子股份有限公司", accepted, treasury.RuleLegalForm},
		{"比亚迪股份有限公司", "BYD Company Limited", arguable, treasury.RuleInitials},
		{"三菱商事株式会社", "Mitsubishi Corporation", arguable, treasury.RuleOtherScript},
		{"삼성전자 주식회사", "Samsung Electronics Co., Ltd.", arguable, treasury.RuleOtherScript},

		{"深圳市永达电子有限公司", "深圳市华信电子有限公司", refused, treasury.RuleDifferent},
		{"深圳市永达电子有限公司", "Shenzhen Huaxin Electronics Co., Ltd.", refused, treasury.RuleDifferent},
		{"联想集团有限公司", "Lenovo Group Limited", refused, treasury.RuleDifferent},
		{"王小明", "Wang Wei", refused, treasury.RuleDifferent},
		{"永达分公司", "永达分", refused, treasury.RuleDifferent}, // a branch is not a legal form
		{"有限公司", "永达有限公司", refused, treasury.RuleDifferent},
	}
}

func TestAHolderIsComparedWithTheCompany(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range slices.Concat(latinPairs(), eastPairs()) {
		m := treasury.MatchName(p.legal, p.holder)
		if fateOf(m) != p.fate || m.Rule != p.rule {
			t.Errorf("%q and %q: %d %s is %s, want %s by %s: %+v", p.legal, p.holder, m.ScorePercent, m.Rule, fateOf(m), p.fate, p.rule, m.Words)
		}
		seen[m.Rule] = true
		back := treasury.MatchName(p.holder, p.legal)
		if back.ScorePercent != m.ScorePercent || back.Rule != m.Rule {
			t.Errorf("%q and %q: %d %s the one way, %d %s the other", p.legal, p.holder, m.ScorePercent, m.Rule, back.ScorePercent, back.Rule)
		}
	}
	for _, rule := range treasury.NameRules() {
		if !seen[rule] {
			t.Errorf("no pair is decided by %s", rule)
		}
	}
}

func TestEachDifferenceCostsItsPoints(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		legal, holder string
		score         int
	}{
		{"Acme Pumps Ltd", "ACME PUMPS LTD", 100},
		{"Acme Pumps Ltd", "Acme Pumps Limited", 98},
		{"Acme Pumps Ltd", "Acmepumps Ltd", 98},
		{"Acmé Pumps Ltd", "Acme Pumps Ltd", 97},
		{"Acme Pumps Ltd", "Acme Pumps", 95},
		{"Acme Pumps Ltd", "Pumps Acme Ltd", 95},
		{"Acmé & Pumps Ltd", "Pumps Acme", 85},
		{"永达", "Yongda", 92},
		{"王小明", "Xiaoming Wang", 87},
		{"永达电子", "Yongda Electronics", 80},
		{"Acme Pumps Ltd", "Acme Pumps PLC", 80},
		{"Acme Pumps Ltd", "AP Ltd", 70},
		{"Acme Pumps Ltd", "Acme Pomps Ltd", 84},
		{"Acme Pumps Ltd", "Acme Valves Ltd", 50},
		{"Acme Pumps Ltd", "Acme Valves PLC", 40},
	} {
		if m := treasury.MatchName(tt.legal, tt.holder); m.ScorePercent != tt.score {
			t.Errorf("%q and %q: %d %s, want %d", tt.legal, tt.holder, m.ScorePercent, m.Rule, tt.score)
		}
	}
}

func TestTheWordsOfAMatchShowWhatWasCompared(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		legal, holder string
		want          []treasury.WordMatch
	}{
		{"Acme Pumps GmbH", "Acme Valves AG", []treasury.WordMatch{
			{Legal: "acme", Holder: "acme", Same: true}, {Legal: "pumps"}, {Holder: "valves"}, {Legal: "gmbh", Holder: "ag"},
		}},
		{"Shenzhen Yongda Co., Ltd.", "深圳市勇达电子有限公司", []treasury.WordMatch{
			{Legal: "shenzhen", Holder: "深圳", Same: true},
			{Legal: "yongda", Holder: "勇达", Same: true},
			{Holder: "电子"},
			{Legal: "co ltd", Holder: "有限公司", Same: true},
		}},
		{"Siemens AG", "Siemns", []treasury.WordMatch{{Legal: "siemens", Holder: "siemns"}, {Legal: "ag", Same: true}}},
	} {
		if got := treasury.MatchName(tt.legal, tt.holder).Words; !slices.Equal(got, tt.want) {
			t.Errorf("%q and %q: %+v, want %+v", tt.legal, tt.holder, got, tt.want)
		}
	}
}

// aWord draws words that no list of the house knows.
func aWord() *rapid.Generator[string] { return rapid.StringMatching(`qu[b-df-hj-np-tv-z]{3,8}o`) }

func TestHarmlessDifferencesNeverCostTheAcceptance(t *testing.T) {
	t.Parallel()
	forms := []string{"GmbH", "Ltd", "Limited", "S.A.R.L.", "Co., Ltd.", "LLC", "Kft.", ""}
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfNDistinct(aWord(), 1, 4, rapid.ID[string]).Draw(t, "words")
		legal := strings.Join(words, " ") + " " + rapid.SampledFrom(forms).Draw(t, "form")
		shuffled := rapid.Permutation(words).Draw(t, "order")
		holder := strings.Join(shuffled, rapid.SampledFrom([]string{" ", ", ", " & ", " - "}).Draw(t, "gap"))
		holder = strings.ReplaceAll(holder, "o", rapid.SampledFrom([]string{"o", "ó", "O", "ｏ"}).Draw(t, "letter"))
		holder += " " + rapid.SampledFrom(forms).Draw(t, "other form")
		if m := treasury.MatchName(legal, holder); !m.Accepted() {
			t.Fatalf("%q and %q: %+v", legal, holder, m)
		}
	})
}

func TestANameWithoutAWordInCommonIsRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfNDistinct(aWord(), 1, 3, rapid.ID[string]).Draw(t, "words")
		var others []string
		for range rapid.IntRange(2, 3).Draw(t, "count") {
			others = append(others, rapid.StringMatching(`za[b-df-hj-np-tv-z]{5,9}i`).Draw(t, "other"))
		}
		form := rapid.SampledFrom([]string{" GmbH", " Ltd", ""}).Draw(t, "form")
		if m := treasury.MatchName(strings.Join(words, " ")+form, strings.Join(others, " ")+form); !m.Refused() {
			t.Fatalf("%v and %v: %+v", words, others, m)
		}
	})
}

func FuzzMatchName(f *testing.F) {
	for _, p := range slices.Concat(latinPairs(), eastPairs()) {
		f.Add(p.legal, p.holder)
	}
	f.Fuzz(func(t *testing.T, legal, holder string) {
		m := treasury.MatchName(legal, holder)
		if m.ScorePercent < 0 || m.ScorePercent > 100 || !slices.Contains(treasury.NameRules(), m.Rule) {
			t.Fatalf("%q and %q: %+v", legal, holder, m)
		}
		if m.Refused() != (m.Rule == treasury.RuleDifferent) {
			t.Fatalf("%q and %q: %d by %s", legal, holder, m.ScorePercent, m.Rule)
		}
		if m.Rule == treasury.RuleExact && slices.ContainsFunc(m.Words, func(w treasury.WordMatch) bool { return !w.Same }) {
			t.Fatalf("%q and %q are exact but for %+v", legal, holder, m.Words)
		}
		if same := treasury.MatchName(legal, legal); same.ScorePercent != 100 && same.ScorePercent != 0 {
			t.Fatalf("%q is not itself: %+v", legal, same)
		}
	})
}
