package bench

import (
	"slices"
	"strings"

	"fondaco/internal/trade/screening"
)

// A locale is a table as generators of test data hold them: common given and family
// names in the script of a country, and what follows the names of its companies.
// Names of nobody in particular.
type locale struct {
	given, family string
	forms         string // of companies, between bars; a form in front of the name ends with ~
	familyFirst   bool
	unspaced      bool
	fathers       string // second given names, by the father's
	stems         string // names of companies that are not families, if any
}

// locales are 23, most of them of languages in Latin letters, as generators have.
func locales() []locale {
	return slices.Concat(westernLocales(), moreLatinLocales(), otherLocales())
}

func westernLocales() []locale {
	return []locale{
		{
			given:  "Jennifer Christopher Amanda Joshua Jessica Matthew Ashley Andrew Sarah Daniel Stephanie Justin Melissa Ryan Nicole Brandon Elizabeth Eric Heather Kyle Tiffany Jose Michelle Gregory Amber Patrick Megan Derek Kimberly Travis",
			family: "Smith Johnson Garcia Miller Rodriguez Martinez Hernandez Lopez Gonzalez Perez Sanchez Ramirez Lewis Robinson Walker Torres Nguyen Hill Flores Adams Nelson Baker Rivera Campbell Mitchell Carter Roberts Murazik Gutkowski Turcotte Schuster Hermann Bogan Lakin Kuhn Dickens",
			forms:  "Inc|LLC|Group|Ltd|PLC|and Sons",
		},
		{
			given:  "Oliver Amelia Harry Isla Jack Ava Charlie Lily Thomas Poppy Leanne Gareth Sian Graham Bethan Nigel Joanna Geoffrey Hilary Clive Maureen Terence",
			family: "Jones Taylor Davies Evans Hughes Edwards Green Wood Turner Cooper Morris Ward Bennett Hussain Begum Khan Shah Patel Singh Griffiths Barnes Pritchard Holmes Dixon Winter O'Connor Whitehead Baldwin",
			forms:  "Ltd|PLC|Inc|LLC|Group|and Sons",
		},
		{
			given:  "Angelika Bernd Cornelia Detlef Elfriede Falk Gerlinde Hartmut Ingeborg Jörg Kerstin Lothar Marlies Norbert Ottilie Reinhold Silke Torsten Ulrike Wolfgang",
			family: "Albers Böhm Dowerg Eberth Förster Geisler Henck Jockel Karz Löffler Mühle Oderwald Pärtzelt Reising Scheel Trubin Tröst Weimer Zirme Gehringer Hövel Kambs Ruppert Süßebier",
			forms:  "GmbH|AG|KG|Stiftung & Co. KG|e.V.|GbR|OHG mbH|AG & Co. KG",
		},
		{
			given:  "Adrienne Bertrand Célina Denis Édith Frédéric Gabrielle Honoré Inès Jacqueline Laurent Margot Noël Odette Patrice Raymond Suzanne Théophile Virginie Zacharie",
			family: "Allain Boulanger Chevallier Delorme Étienne Fouquet Guillou Hoarau Imbert Jacquot Lacombe Maillot Normand Ollivier Pelletier Renault Samson Tessier Vaillant Weiss",
			forms:  "S.A.|S.A.R.L.|SARL|SA|S.A.S.|et Fils",
		},
		{
			given:  "Adoración Baltasar Candela Dionisio Encarnación Fausto Guadalupe Heriberto Inmaculada Jacinto Leocadia Macario Nicanor Ofelia Plácido Rosario Seve Teodora Vicenta Ximena",
			family: "Abascal Bermúdez Cañizares Domínguez Escalona Figuerola Garrido Hurtado Iglesias Jáuregui Lamas Manrique Nogués Olivares Portillo Quesada Rincón Solano Tejada Villalobos Zurita",
			forms:  "S.A.|S.L.|S.Com.|S.Coop.|S.L.N.E.|y asociados",
		},
		{
			given:  "Aurora Benedetto Clelia Donatello Ermanno Fiamma Gaspare Ivana Licia Massimo Nedda Osvaldo Pina Raffaele Silvia Torquato Umberto Vanessa Zoe Gionata",
			family: "Abbagnale Bellucci Cannizzaro Donatoni Emanuelli Faranda Guarneri Interminei Legnante Malatesta Nievo Ossani Pedrazzini Roccabonella Sagnelli Trussardi Udinese Vespa Zacchia Zola",
			forms:  "s.r.l.|SPA|Group|e figli|SRL",
		},
		{
			given:  "Amanda Bryan Cecília Davi Eduarda Felipe Giovanna Heitor Isadora Joaquim Larissa Miguel Nicole Otávio Pietra Rodrigo Sabrina Thiago Valentina Yuri",
			family: "Aragão Barros Cardoso da-Cunha Duarte Fogaça Guerra Jesus Lopes Mendes Nascimento Novaes Peixoto Ramos Sales Teixeira Vieira Viana Caldeira da-Mata",
			forms:  "S.A.|Ltda.|S/A|- EI|e Filhos",
		},
		{
			given:  "Aaltje Bart Carolijn Dirk Esmee Floris Guusje Hidde Indy Joost Kaylee Lieke Mees Noor Olivier Pleun Quinten Rosalie Stijn Tess",
			family: "van-Amstel Blonk Courtier van-Dommelen Everde de-Gruijter Hellevoort Jonker Kriens van-Laarhoven Mudde Noordijk Oosterhek Pauwels Roodesteijn Schippers Terwind van-Venrooij Wolters Zeemans",
			forms:  "B.V.|N.V.|V.O.F.|Groep|& Zonen",
		},
		{
			given:  "Adrianna Błażej Cyprian Dagmara Eryk Gaja Hubert Inga Jeremi Kaja Ludwik Marcelina Nikodem Oliwier Roksana Sonia Tymoteusz Urszula Wiktor Zuzanna",
			family: "Adamek Bąk Chyb Drelich Dyś Fornal Gaca Hajdas Janda Kasperowicz Łata Mitoraj Nastały Ostasz Piwek Rześniowiec Stosio Tront Walendowski Żebrowski",
			forms:  "Sp. z o.o.|S.A.|sp. k.|s.c.|i Synowie",
		},
	}
}

func moreLatinLocales() []locale {
	return []locale{
		{
			given:  "Bohumil Dagmar Eliška František Hedvika Jindřich Kamila Luboš Milada Oldřich Přemysl Renata Stanislav Vendula Zdeněk Žaneta",
			family: "Novák Svoboda Dvořák Černý Procházka Kučera Veselý Horák Němec Pokorný Marek Hájek Jelínek Růžička Beneš Fiala Sedláček Doležal Zeman Kolář",
			forms:  "s.r.o.|a.s.|o.s.|v.o.s.",
		},
		{
			given:  "Alva Birgitta Conny Disa Elof Fredrika Göran Hjalmar Inga-Lill Jerker Kajsa Leif Maj-Britt Nils Ove Ragnhild Sixten Tove Ulla Yngve",
			family: "Åkesson Björklund Cedergren Dahlqvist Engström Forsberg Gunnarsson Hellström Isaksson Jonsson Karlsson Lundin Magnusson Nordin Öberg Persson Sundström Törnqvist Wallin Viklund",
			forms:  "AB|HB|& Söner|Gruppen|och Partners",
		},
		{
			given:  "Aatos Briitta Eero Helka Ilmari Jorma Kyllikki Lauri Marjatta Niilo Orvokki Pentti Raakel Seppo Tuulikki Urho Väinö Yrjö",
			family: "Ahonen Hämäläinen Heikkinen Järvinen Karjalainen Koskinen Laitinen Lehtonen Mäkinen Niemi Ojala Pitkänen Rantanen Salminen Toivonen Turunen Väisänen Ylönen",
			forms:  "Oy|Oyj|Ky|Tmi|ja pojat",
		},
		{
			given:  "Alparslan Berrin Cihan Durmuş Esengül Fadıl Gülsüm Haldun İlkay Kenan Leman Muhsin Nurşen Orhan Pakize Rıfat Saniye Tuğrul Ümran Yavuz",
			family: "Akça Bilge Çamurcuoğlu Durdu Eraslan Fırat Güçlü Hançer İhsanoğlu Kısakürek Manço Seven Soylu Sezer Tarhan Ülker Yorulmaz Zengin Arsoy Karadeniz",
			forms:  "A.Ş.|Ltd. Şti.|ve Oğulları|Ticaret|Holding",
		},
		{
			given:  "Ade Bakti Cahyo Dian Endah Fitria Galih Harjasa Ika Jamil Kartika Lasmanto Mutia Natalia Oman Paiman Ratna Surya Tira Umay Wirda Yuliana",
			family: "Agustina Budiman Damanik Firgantoro Gunarto Hasanah Kurniawan Lestari Mandala Mulyani Nainggolan Oktaviani Pradipta Rahimah Saputra Siregar Tampubolon Uwais Wahyuni Yolanda",
			forms:  "Tbk|(Persero) Tbk|PT~|CV~|UD~",
		},
		{
			given: "Anh Bảo Châu Diệu Giang Hải Khánh Linh Minh Ngọc Phương Quốc Sơn Thanh Trung Tú Vy Yến", family: "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý",
			forms: "Công ty TNHH~|Công ty Cổ phần~|Tập đoàn~", familyFirst: true,
		},
	}
}

func otherLocales() []locale {
	return []locale{
		{
			given:   "Александр Мария Дмитрий Анна Иван Екатерина Сергей Ольга Николай Татьяна Игорь Людмила Евгений Вероника Валентин Марина Лука Фёкла Мирон Пелагея",
			family:  "Смирнов Иванов Кузнецов Попов Соколов Лебедев Козлов Новиков Морозов Петров Волков Соловьев Васильев Зайцев Павлов Семенов Голубев Виноградов Богданов Воробьев",
			fathers: "Иванович Петрович Фомич Гордеевич Юльевич Эдуардович Львович Архипович Антонович Валерианович Тихонович Захарьевна Кирилловна Оскаровна Рубеновна Макаровна", familyFirst: true,
			forms: "ООО~|ОАО~|ЗАО~|ИП~|РАО~|НПО~", stems: "Рада Авто Строй Тех Электро Агро Мед Сервис Плюс Торг Инвест Лес Вектор Орион",
		},
		{
			given:  "Олександр Марія Дмитро Ганна Іван Катерина Сергій Ольга Микола Тетяна Ігор Людмила Богдан Орися Тарас Соломія",
			family: "Мельник Шевченко Коваленко Бондаренко Бойко Ткаченко Кравченко Олійник Шевчук Поліщук Лисенко Марченко Савченко Руденко Мороз Дзюба Яремчук",
			forms:  "ТОВ~|ПАТ~|ПрАТ~|ФОП~", stems: "Буд Агро Сервіс Світанок Промінь Мрія Дніпро Карпати",
		},
		{
			given: "أحمد فاطمة محمد عائشة خالد مريم يوسف نورة عمر سارة طارق ليلى حسن ريم بدر هدى راكان لجين", family: "القحطاني العتيبي الشهري الحربي الزهراني الغامدي المطيري العنزي الدوسري الشمري البلوي السبيعي مدني فلمبان جلال كانو المهنا الراجحي",
			forms: "وأولاده|وأبناؤه|المحدودة|التجارية|للمقاولات|مؤسسة~|شركة~",
		},
		{
			given: "محمدرضا زهرا علی فاطمه حسین مریم امیر نازنین مهدی سارا پارسا کیانا آرمان پریسا بهنام یکتا", family: "احمدی محمدی کریمی حسینی رضایی موسوی جعفری رحیمی صادقی ابراهیمی کاظمی نوری فرهادی زارع شریفی توکلی",
			forms: "شرکت~|گروه~|و پسران|صنایع~",
		},
		{
			given:  "Aarav Advik Anaya Bhavin Chandresh Divya Eshani Faiyaz Gauransh Hiral Indrajit Jivin Kiaan Lavanya Mishti Nakul Oorja Pranay Riya Shaan Tarini Uthkarsh Vihaan Zoya",
			family: "Agate Babu Chakraborty Dhillon Edwin Ganguly Handa Issac Jayaraman Kashyap Loke Mahajan Natarajan Oak Parmar Rajagopalan Sachdeva Thakur Upadhyay Varghese Yadav Zacharia",
			forms:  "Ltd|Inc|LLC|Group|PLC|and Sons",
		},
		{
			given: "伟 芳 娜 敏 静 秀英 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 建华 桂英 玉兰 志强 婷婷 雪梅 红梅 淑珍 桂荣 凤兰 柳 彬 璐 畅 倩 瑜 岩 欣 莹 琴 想 帆 坤 晨 丹丹 玉珍 秀珍 桂芝 佳 琳 兵 颖 浩 凯", family: "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 萧 田 董 潘 袁 于 蒋 蔡 余 杜 叶 程 苏 魏 吕 丁", familyFirst: true, unspaced: true,
			forms: "科技有限公司|网络有限公司|信息有限公司|传媒有限公司", stems: "超艺 和泰 九方 鑫博腾飞 戴硕电子 济南亿次元 海创 创联世纪 凌云 泰麒麟 彩虹 兰金电子 晖来计算机 天益 恒聪百汇 菊风公司 惠派国际公司 创亿 思优 时空盒数字 易动力 飞海科技 华泰通安 盟新 商软冠联 图龙信息 易动力 联软 快讯 开发区世创",
		},
		{
			given: "陽子 太郎 直樹 花子 翔太 美加子 和也 くみ子 健一 舞 拓真 結衣 修平 真綾 涼平 知実 裕樹 香織", family: "佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 清水", familyFirst: true,
			forms: "株式会社~|有限会社~|合同会社~|情報株式会社|建設株式会社|水産有限会社|食品有限会社", unspaced: true,
		},
		{
			given: "민준 서연 지훈 영희 성민 은주 도윤 지우 현우 미영 상철 순자 정호 예진 준혁 수빈", family: "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송", familyFirst: true, unspaced: true,
			forms: "주식회사~|유한회사~|(주)~|(유)~",
		},
	}
}

// generated is a stranger as a generator of test data makes one: a name put together
// from tables, three persons for two companies.
func (c *cast) generated(from locale, company bool) screening.Query {
	if company {
		return screening.Query{Name: c.generatedCompany(from), Kind: screening.Organisation}
	}
	given, family := c.of(from.given), c.of(from.family)
	space := " "
	if from.unspaced {
		space = ""
	}
	if from.familyFirst {
		given, family = family, given
	}
	if from.fathers != "" {
		family += " " + c.of(from.fathers)
	}
	return screening.Query{Name: given + space + family, Kind: screening.Person}
}

func (c *cast) generatedCompany(from locale) string {
	forms := strings.Split(from.forms, "|")
	form, name := forms[c.rand.IntN(len(forms))], c.of(from.family)
	switch way := c.rand.IntN(4); {
	case from.stems != "" && (from.unspaced || way < 2):
		name = c.of(from.stems)
	case from.stems != "" || from.unspaced:
	case way == 0:
		return name + "-" + c.of(from.family)
	case way == 1:
		return name + ", " + c.of(from.family) + " and " + c.of(from.family)
	}
	if front, is := strings.CutSuffix(form, "~"); is {
		form, name = name, front
	}
	if from.unspaced {
		return name + form
	}
	return name + " " + form
}
