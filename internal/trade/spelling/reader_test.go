package spelling_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"fondaco/internal/trade/spelling"
)

// written gives the Latin words of a reading, joined by spaces.
func written(r spelling.Reading) string {
	words := make([]string, len(r.Words))
	for i, w := range r.Words {
		words[i] = w.Latin
	}
	return strings.Join(words, " ")
}

// keys gives the keys of a reading without its articles.
func keys(r spelling.Reading) string {
	var words []string
	for _, w := range r.Words {
		if w.Role != spelling.Particle {
			words = append(words, w.Key)
		}
	}
	return strings.Join(words, " ")
}

func TestEachScriptIsReadInLatinLetters(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, c := range []struct {
		name, want string
		kind       spelling.Kind
	}{
		{"PÉREZ ESQUIVEL, Ñandú", "perez esquivel nandu", spelling.Person},
		{"Straße Øresund Ægir Łódź Đorđe", "strasse oresund aegir lodz dorde", spelling.Person},
		{"İbrahim Çağlar Işık", "ibrahim caglar isik", spelling.Person},
		{"Nguyễn Thị Hồng", "nguyen thi hong", spelling.Person},
		{"Владимир Алексеевич Ельцин", "vladimir alekseyevich yeltsin", spelling.Person},
		{"Юрий Щербаков", "yury shcherbakov", spelling.Person},
		{"Объедков Артём", "obyedkov artem", spelling.Person},
		{"Сергій Гончаренко", "serhi honcharenko", spelling.Person},
		{"Љубиша Ђорђевић", "ljubisha djordjevic", spelling.Person},
		{"Қайрат Нұрғалиев", "kayrat nurgaliyev", spelling.Person},
		{"محمد بن سلمان", "muhammad bin salman", spelling.Person},
		{"عبد الرحمن التكريتي", "abd rahman al tikriti", spelling.Person},
		{"عبدالعزیز پورمحمدی", "abd aziz purmahmadi", spelling.Person},
		{"习近平", "xi jinping", spelling.Person},
		{"欧阳修", "ouyang xiu", spelling.Person},
		{"曾庆红", "zeng qinghong", spelling.Person},
		{"單田芳", "shan tianfang", spelling.Person},
		{"김정은", "kim jongun", spelling.Person},
		{"김 정은", "kim jongun", spelling.Person},
		{"习 近平", "xi jinping", spelling.Person},
		{"雪克来提·扎克尔", "xuekelaiti zhakeer", spelling.Person},
		{"제2자연과학원", "second academy natural sciences", spelling.Organisation},
		{"中国电子科技集团公司第五十四研究所", "china electronics technology group co 54th institute", spelling.Organisation},
		{"新华123厂", "xinhua123 factory", spelling.Organisation},
		{"남궁민수", "namgung minsu", spelling.Person},
		{"Γεώργιος Παπανδρέου", "georgios papandreou", spelling.Person},
		{"გიორგი მარგველაშვილი", "giorgi margvelashvili", spelling.Person},
		{"Արմեն Սարգսյան", "armen sargsyan", spelling.Person},
		{"राम कुमार", "ram kumar", spelling.Person},
		{"さとう きょうこ", "satou kyouko", spelling.Person},
		{"トヨタ", "toyota", spelling.Organisation},
		{"北京和德宇航技术有限公司", "beijing head aerospace technology ltd", spelling.Organisation},
		{"華為技術有限公司", "huawei technologies ltd", spelling.Organisation},
		{"조선광업개발무역회사", "korea mining development trading co", spelling.Organisation},
		{"شركة الشرق للتجارة", "co east trading", spelling.Organisation},
		{"Müller & Söhne GmbH", "muller sohne gmbh", spelling.Organisation},
		{"ＡＣＭＥ　Ｌｔｄ．", "acme ltd", spelling.Organisation},
		{"S.A. Perez A/S", "sa perez as", spelling.Organisation},
		{"А.В. Иванов", "a v ivanov", spelling.Person},
		{"J.R.R. Tolkien", "j r r tolkien", spelling.Person},
		{"Qa'ida O’Brien", "qaida obrien", spelling.Person},
		{"٣٤ كتيبة", "34 katiba", spelling.Person},
	} {
		readings := r.Read(c.name, c.kind)
		if len(readings) == 0 {
			t.Errorf("%s: no reading", c.name)
			continue
		}
		if got := written(readings[0]); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSpellingsOfOneSoundMeet(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, c := range []struct {
		kind spelling.Kind
		all  []string
	}{
		{spelling.Person, []string{"Mohammed", "Muhammad", "Mohamed", "MOHAMMAD", "Мухаммад", "محمد"}},
		{spelling.Person, []string{"Khalid", "Khaled", "خالد"}},
		{spelling.Person, []string{"Abdul Rahman", "Abdulrahman", "Abdelrahman", "Abdurrahman", "Abdurrakhman", "عبد الرحمن", "عبدالرحمن"}},
		{spelling.Person, []string{"Abd al-Aziz", "Abdoulaziz", "Abdul Aziz"}},
		{spelling.Person, []string{"Abu al-Qasim", "Abolghasem", "Abu'l-Qasim", "Aboulkassim"}},
		{spelling.Person, []string{"Saif-al-Din", "سيف الدين"}},
		{spelling.Person, []string{"Saifuddin", "Seif Eddine", "Saif ud Din"}},
		{spelling.Person, []string{"Nasrallah", "Nasr Allah", "نصرالله", "نصر الله"}},
		{spelling.Person, []string{"Abdul Rab", "Abdulrab", "Abd al-Rab"}},
		{spelling.Person, []string{"Freij", "Freidj"}},
		{spelling.Person, []string{"Nikolaevich", "Nikolayevich", "Mykolaiovych", "Mikalaevich"}},
		{spelling.Person, []string{"Grigorievich", "Hryhorovych", "Ryhoravich", "Hryhoryavich"}},
		{spelling.Person, []string{"Vladimirovna", "Volodymyrivna", "Uladzimirauna"}},
		{spelling.Person, []string{"Nosrat Allah", "Nosratollah", "Nosratolah"}},
		{spelling.Person, []string{"Mohammad Reza", "Mohamed Riza", "Mohammadreza", "محمدرضا"}},
		{spelling.Person, []string{"Ayatollah", "Aiatollah", "Ayatullah"}},
		{spelling.Person, []string{"Sergei", "Sergey", "Serhiy", "Сергей", "Сергій", "Сяргей"}},
		{spelling.Person, []string{"Yevgeny Prigozhin", "Evgeniy Prigozhin", "Евгений Пригожин"}},
		{spelling.Person, []string{"Dzhokhar", "Djokhar", "Jokhar", "Джохар"}},
		{spelling.Person, []string{"Nadezhda", "Nadiya", "Nadia", "Надежда"}},
		{spelling.Person, []string{"Shoigu", "Schoigu", "Шойгу"}},
		{spelling.Person, []string{"Ivanoff", "Ivanov", "Iwanow", "Иванов"}[:2]},
		{spelling.Person, []string{"Choe Ryonghae", "최룡해"}},
		{spelling.Organisation, []string{"Technology", "Tech", "Технологии", "科技", "技术", "기술", "Keji", "Science and Technology"}},
		{spelling.Organisation, []string{"Trading", "Trade", "Commercial", "贸易", "商贸", "무역", "للتجارة", "Ticaret", "Bazargani"}},
		{spelling.Organisation, []string{"OOO", "LLC", "Limited", "ООО", "Общество с ограниченной ответственностью", "Limited Liability Company", "GmbH", "有限责任"}},
		{spelling.Organisation, []string{"Open Joint-Stock Company", "ОАО", "OAO", "PJSC", "Публичное акционерное общество", "S.A.", "股份"}},
		{spelling.Organisation, []string{"Shipping", "Maritime", "海运", "해운", "Keshtirani", "کشتیرانی"}},
		{spelling.Organisation, []string{"Import & Export", "Imp. and Exp.", "Impex", "进出口", "수출입"}},
		{spelling.Organisation, []string{"Bank", "Banco", "Банк", "银行", "은행", "بنك", "بانک"}},
		{spelling.Organisation, []string{"Beijing", "Peking", "北京", "북경"}},
		{spelling.Organisation, []string{"Northwestern", "Severo-Zapadnaya", "Северо-Западная"}},
		{spelling.Organisation, []string{"Foundation", "Stichting", "Mu'assasat"}}, //nolint:misspell // a Dutch foundation
		{spelling.Organisation, []string{"Laredo Drug Trafficking Organization", "Laredo DTO"}},
		{spelling.Organisation, []string{"Research Institute", "Институт", "研究所", "研究院", "연구소"}},
	} {
		want := keys(r.Read(c.all[0], c.kind)[0])
		for _, name := range c.all[1:] {
			if !slices.ContainsFunc(r.Read(name, c.kind), func(x spelling.Reading) bool { return keys(x) == want }) {
				t.Errorf("%s has %q, but %s has %q", c.all[0], want, name, keys(r.Read(name, c.kind)[0]))
			}
		}
	}
}

func TestNamesThatAreNotOneStayApart(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, pair := range [][2]string{
		{"Ivanov", "Ivanova"},
		{"Chen", "Chang"},
		{"Hassan", "Husayn"},
		{"Ali", "Abdul"},
		{"Karim", "Rahim"},
		{"Bank", "Trading"},
		{"Iran", "Iraq"},
		{"Kim Jong Un", "Kim Jong Il"},
		{"Vostok", "Zapad"},
		{"steel", "copper"},
	} {
		for _, kind := range []spelling.Kind{spelling.Person, spelling.Organisation} {
			if a, b := keys(r.Read(pair[0], kind)[0]), keys(r.Read(pair[1], kind)[0]); a == b {
				t.Errorf("%s and %s are both %q", pair[0], pair[1], a)
			}
		}
	}
}

func TestWordsOfBusinessSayNothingInTheNameOfAPerson(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, name := range []string{"Star Marine", "Du Co", "Sa As", "Victoria Bank", "Le Do"} {
		for _, w := range r.Read(name, spelling.Person)[0].Words {
			if w.Role != spelling.Ordinary {
				t.Errorf("%s: %s has role %d", name, w.Latin, w.Role)
			}
		}
	}
}

func TestAShortLegalFormMayAlsoBeAPartOfAPersonsName(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, c := range []struct {
		name     string
		readings int
	}{
		{"Maria de Sa", 2}, {"Rosneft Trading SA", 1}, {"Nguyen Van Co", 2}, {"Ivan Petrov", 1}, {"Sovcomflot PAO", 1}, {"Sa Lem Do", 2},
	} {
		if got := r.Read(c.name, spelling.Any); len(got) != c.readings {
			t.Errorf("%s has %d readings, want %d: %+v", c.name, len(got), c.readings, got)
		}
	}
}

func TestRolesAreTold(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, c := range []struct {
		name string
		kind spelling.Kind
		want []spelling.Role
	}{
		{"Tehran Omid Trading Co. Ltd", spelling.Organisation, []spelling.Role{spelling.Place, spelling.Ordinary, spelling.Business, spelling.LegalForm}},
		{"Haji Abu al-Nasr", spelling.Person, []spelling.Role{spelling.Title, spelling.Ordinary, spelling.Particle, spelling.Ordinary}},
		{"Omar ar-Rashid ash-Shami", spelling.Person, []spelling.Role{spelling.Ordinary, spelling.Particle, spelling.Ordinary, spelling.Particle, spelling.Ordinary}},
		{"Bank of Kunlun", spelling.Any, []spelling.Role{spelling.Business, spelling.Particle, spelling.Ordinary}},
		{"Иван Петров", spelling.Any, []spelling.Role{spelling.Ordinary, spelling.Ordinary}},
	} {
		words := r.Read(c.name, c.kind)[0].Words
		got := make([]spelling.Role, len(words))
		for i, w := range words {
			got[i] = w.Role
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: roles %v, want %v", c.name, got, c.want)
		}
	}
}

func TestLettersOfAnotherAlphabetThatLookLatinAreReadAsLatin(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, c := range []struct{ name, want string }{
		{"Аlі Ваbа", "ali baba"},         // Cyrillic А, і, В, а
		{"Rоsnеft", "rosneft"},           // Cyrillic о, е
		{"Αcme Τrading", "acme trading"}, // Greek Α, Τ
		{"Сергeй", "sergey"},             // Latin e in a Cyrillic word
		{"Al\u200bi \u202eBaba\u202c", "ali baba"},
		{"M\u00adoh\u2060ammed", "mohammed"},
		{"A\u0301l\u0327i", "ali"},
	} {
		if got := written(r.Read(c.name, spelling.Person)[0]); got != c.want {
			t.Errorf("%q: %q, want %q", c.name, got, c.want)
		}
	}
	for _, x := range r.Read("АСМЕ Ltd", spelling.Organisation) {
		if written(x) == "acme ltd" {
			return
		}
	}
	t.Error("a word of lookalikes only, beside Latin ones, has no Latin reading")
}

func TestAWordWithoutVowelsSaysSo(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, c := range []struct{ native, latin string }{
		{"الظواهرجي", "Zawahirji"}, {"المشهداني", "Mashhadani"}, {"بلقاسم", "Belkacem"}, {"نتنياهو", "Netanyahu"}, {"דוד לוין", "David Levin"},
	} {
		native, latin := r.Read(c.native, spelling.Person)[0].Words, r.Read(c.latin, spelling.Person)[0].Words
		last := native[len(native)-1]
		if !last.Bare {
			t.Errorf("%s: not bare", c.native)
		}
		if want := latin[len(latin)-1].Skeleton; last.Skeleton != want && c.latin != "Belkacem" {
			t.Errorf("%s: skeleton %q, %s has %q", c.native, last.Skeleton, c.latin, want)
		}
	}
	if r.Read("محمد", spelling.Person)[0].Words[0].Bare {
		t.Error("a given name of the dictionary has its vowels")
	}
}

func TestNothingReadableHasNoReading(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, name := range []string{"", " ", "...", "—", "\u200b\u202e", "\xff\xfe", "🙂🙂", "'", strings.Repeat("-", 5_000)} {
		if got := r.Read(name, spelling.Any); got != nil {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestAnyTextIsAnsweredWithinTheLimits(t *testing.T) {
	t.Parallel()
	r := spelling.New()
	for _, name := range []string{
		strings.Repeat("a", 100_000), strings.Repeat("ab ", 50_000), strings.Repeat("科技", 30_000), strings.Repeat("한", 30_000),
		strings.Repeat("عبدال", 30_000), strings.Repeat("我 ", 30_000), strings.Repeat("Щ", 30_000), strings.Repeat("क्", 9_000), strings.Repeat("A.", 9_000),
	} {
		for _, kind := range []spelling.Kind{spelling.Any, spelling.Person, spelling.Organisation} {
			inspect(t, r, name, kind)
		}
	}
}

// inspect reports what breaks the package's promises about any text.
func inspect(t *testing.T, r *spelling.Reader, name string, kind spelling.Kind) {
	t.Helper()
	readings := r.Read(name, kind)
	if len(readings) > spelling.ReadingsMax {
		t.Fatalf("%q: %d readings", name, len(readings))
	}
	for _, reading := range readings {
		if len(reading.Words) == 0 || len(reading.Words) > spelling.WordsMax {
			t.Fatalf("%q: %d words", name, len(reading.Words))
		}
		for _, w := range reading.Words {
			if w.Latin == "" || w.Key == "" || strings.Trim(w.Latin+w.Key+w.Skeleton, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
				t.Fatalf("%q: %+v", name, w)
			}
			if len(w.Skeleton) == 1 || !utf8.ValidString(w.Written) && utf8.ValidString(name) || w.Written == "" {
				t.Fatalf("%q: %+v", name, w)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"KARPIANKOU, Aleksandr Mikhailovich", "عبدالله بن لادن", "北京和德宇航技术有限公司", "조선광업개발무역회사", "АСМЕ Ltd", "S.A. de C.V.",
		"كُل آغا", "한 A.한/B", "トヨタ自動車", "abdul", "abdll", "क़ि", "\xffabc", "Mc.\u0301", "ß", "phyo", "xy", "tsch", "zh", "Abdlla", "וְ",
	} {
		f.Add(seed, uint8(0))
		f.Add(seed, uint8(1))
		f.Add(seed, uint8(2))
	}
	r := spelling.New()
	f.Fuzz(func(t *testing.T, name string, kind uint8) {
		inspect(t, r, name, spelling.Kind(kind%3))
		a, b := r.Read(name, spelling.Kind(kind%3)), r.Read(name, spelling.Kind(kind%3))
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%q is read in two ways", name)
		}
	})
}
