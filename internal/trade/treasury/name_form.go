package treasury

import "strings"

// form is a legal form found in a name, with the families it may belong to, a
// letter each: limited company, stock company, partnership, cooperative,
// one person, simplified stock company; c for words that only say "company".
type form struct{ text, families string }

// latinForms are legal forms as they read without spaces and accents, each
// before its families. A form that some countries give to large and small
// companies alike belongs to both.
const latinForms = "ltd l limited l coltd l colimited l companylimited l companyltd l ltdco l pteltd l ptelimited l privatelimited l pvtltd l pvtlimited l " +
	"ptyltd l ptylimited l proprietarylimited l sdnbhd l llc l limitedliabilitycompany l wll l fze l fzco l fzllc l fzc l " +
	"gmbh l ggmbh l mbh l gesmbh l gesellschaftmitbeschrankterhaftung l ug l ughaftungsbeschrankt l " +
	"sarl l sarlau l eurl l societearesponsabilitelimitee l srl l srls l sagl l societaaresponsabilitalimitata l bv l bvba l beslotenvennootschap l " +
	"lda l ltda l cialtda l limitada l unipessoallda l sl l slu l sociedadlimitada l sderl l sderldecv l eireli l " +
	"kft l doo l dooel l sro l spolsro l spzoo l spolkazograniczonaodpowiedzialnoscia l ood l eood l uab l sia l ou l aps l anpartsselskab l ehf l " +
	"ooo l obshchestvosogranichennoyotvetstvennostyu l tov l tdv l too l epe l ike l ltdsti l limitedsti l limitedsirketi l " +
	"congtytnhh l congtytnhhmtv l congtytrachnhiemhuuhan l youxiangongsi l youxianzerengongsi l yk l yugenkaisha l gk l godokaisha l " +
	"ab ls aktiebolag ls as ls oy ls osakeyhtio ls oyab ls hf ls kk ls kabushikikaisha ls pt ls gufenyouxiangongsi ls sh ls " +
	"ag s aktiengesellschaft s sa s sau s societeanonyme s sociedadanonima s sadecv s sab s sabdecv s spa s societaperazioni s " +
	"plc s publiclimitedcompany s inc s incorporated s corp s corporation s nv s naamlozevennootschap s asa s aktieselskab s oyj s se s nyrt s zrt s " +
	"ad s ead s akcionerskodruzestvo s jsc s ojsc s cjsc s pjsc s ao s oao s zao s pao s aktsionernoeobshchestvo s publichnoeaktsionernoeobshchestvo s ae s " +
	"anonimsirketi s bhd s berhad s tbk s pcl s publiccompanylimited s jointstockcompany s psc s qsc s qpsc s saog s saoc s kgaa s congtycophan s " +
	"kg p ohg p gbr p gmbhcokg p gmbhandcokg p agandcokg p agcokg p sendandcokg p lp p llp p limitedliabilitypartnership p lllp p snc p cv p vof p ks p sc p " +
	"spk p spj p spjawna p scs p eg g coop g cooperative g ek e ekfr e eirl e ei e est e " +
	"sas m sasu m societeparactionssimplifiee m " +
	"co c company c cie c cia c andco c andcompany c etcie c undco c publ c gongsi c ms c messrs c"

// frontForms may also open a name.
const frontForms = " sarl sas sasu sa eurl srl pt cv ooo ao pao oao zao tov too tdv uab ab sia as ou llc jsc ojsc cjsc pjsc sc snc " +
	"kk kabushikikaisha yk gk congtytnhh congtytnhhmtv congtycophan congtytrachnhiemhuuhan ms messrs limitedliabilitycompany jointstockcompany publiclimitedcompany " +
	"societeanonyme obshchestvosogranichennoyotvetstvennostyu aktsionernoeobshchestvo publichnoeaktsionernoeobshchestvo spolkazograniczonaodpowiedzialnoscia "

// eastForms are legal forms of East Asia in the simplified form, the longer
// before the shorter ones they end with.
const eastForms = "股份有限公司 ls 有限责任公司 l 有限公司 l 总公司 c 公司 c 株式会社 ls 有限会社 l 合同会社 l 주식회사 ls 유한회사 l 株 ls 주 ls"

// branchForm ends the name of a branch, which is not a legal form of its own.
const branchForm = "分公司"

// formTokensMax is how many words the longest legal form has.
const formTokensMax = 6

// cutForms takes the legal forms off both ends of a name. One word always stays.
func cutForms(tokens []string) ([]string, []form) {
	var forms []form
	for {
		rest, found := cutOne(tokens)
		if found.text == "" {
			return tokens, forms
		}
		tokens, forms = rest, append(forms, found)
	}
}

func cutOne(tokens []string) ([]string, form) {
	for k := min(formTokensMax, len(tokens)-1); k > 0; k-- {
		tail := tokens[len(tokens)-k:]
		if families := familiesOf(latinForms, formKey(tail)); families != "" {
			return tokens[:len(tokens)-k], form{text: strings.Join(tail, " "), families: families}
		}
		if key := formKey(tokens[:k]); strings.Contains(frontForms, " "+key+" ") {
			return tokens[k:], form{text: strings.Join(tokens[:k], " "), families: familiesOf(latinForms, key)}
		}
	}
	for _, end := range []int{len(tokens) - 1, 0} {
		if end < 0 {
			break
		}
		if rest, f := cutEast(tokens[end]); f.text != "" && (rest != "" || len(tokens) > 1) {
			kept := append([]string{}, tokens...)
			kept[end] = rest
			if rest == "" {
				kept = append(kept[:end], kept[end+1:]...)
			}
			return kept, f
		}
	}
	return tokens, form{}
}

// cutEast takes a legal form off the end or the front of an East Asian word.
func cutEast(t string) (string, form) {
	entries := strings.Fields(eastForms)
	for i := 0; i < len(entries); i += 2 {
		f := form{text: entries[i], families: entries[i+1]}
		if t == f.text {
			return "", f
		}
		if len([]rune(f.text)) == 1 || strings.HasSuffix(t, branchForm) {
			continue
		}
		if rest, ok := strings.CutSuffix(t, f.text); ok {
			return rest, f
		}
		if rest, ok := strings.CutPrefix(t, f.text); ok && !strings.HasSuffix(f.text, "公司") {
			return rest, f
		}
	}
	return t, form{}
}

// formKey is how the list writes a form of several words.
func formKey(tokens []string) string {
	var key strings.Builder
	for _, t := range tokens {
		plain, _ := transliterate(t)
		key.WriteString(plain)
	}
	return key.String()
}

// familiesOf finds a word of a list of pairs.
func familiesOf(list, key string) string {
	if key == "" {
		return ""
	}
	entries := strings.Fields(list)
	for i := 0; i+1 < len(entries); i += 2 {
		if entries[i] == key {
			return entries[i+1]
		}
	}
	return ""
}

func (f form) japanese() bool {
	return strings.HasSuffix(f.text, "会社") || f.text == "株"
}

// formsMatch is how the legal forms of two names compare.
type formsMatch int

const (
	formsEqual  formsMatch = iota
	formsWorded            // of one family, in other words
	formsAbsent            // one name leaves it out
	formsClash             // two kinds of company
)

func compareForms(l, h name) formsMatch {
	if formKey(l.formWords()) == formKey(h.formWords()) {
		return formsEqual
	}
	lf, hf := l.families(), h.families()
	switch {
	case lf == "" || hf == "":
		return formsAbsent
	case strings.ContainsAny(lf, hf):
		return formsWorded
	}
	return formsClash
}

func (n name) formWords() []string {
	words := make([]string, len(n.forms))
	for i, f := range n.forms {
		words[len(words)-1-i] = f.text
	}
	return words
}

func (n name) formText() string { return strings.Join(n.formWords(), " ") }

func (n name) families() string {
	var all strings.Builder
	for _, f := range n.forms {
		all.WriteString(strings.ReplaceAll(f.families, "c", ""))
	}
	return all.String()
}
