package bench

import (
	"math/rand/v2"
	"strings"

	"fondaco/internal/trade/screening"
)

// A culture is a table of common names of people who trade. They are ordinary
// names of nobody in particular.
type culture struct {
	given, family string
	stems, ends   string // family names that are made rather than listed, if any
}

// cultures are where innocents come from.
func cultures() []culture { return append(westernCultures(), easternCultures()...) }

func westernCultures() []culture {
	return []culture{
		{
			"James Mary Robert Patricia Michael Linda David Susan Thomas Karen Daniel Nancy Paul Helen Kevin Laura Brian Emily Gary Rachel", "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Thompson White Harris Clark Lewis Walker Hall Young",
			"Ash Black Brad Brook Clay Craw Dal East Fair Glad Green Hamp Hart Har Ken Lang Mil Nor Oak Pem Rad Rock Shel Stan Thorn Wal Wes Whit", "ton ford well wood ley by field man worth ham",
		},
		{
			"Jan Anna Pieter Maria Hendrik Johanna Willem Sophie Daan Emma Bram Lotte Sander Femke Ruben", "de-Jong Jansen de-Vries Bakker van-Dijk Visser Smit Meijer Mulder Bos Vos Peters Hendriks van-den-Berg Dekker",
			"Ber Brink Dijk Groot Hoek Kamp Molen Oost Pol Rijn Schaap Veen Veld Wester Zand", "man stra huis mans sma ink",
		},
		{
			"Hans Ursula Klaus Monika Jürgen Petra Stefan Sabine Uwe Renate Lukas Hannah Felix Lena Jonas Katharina", "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf Schröder",
			"Stein Berg Wald Feld Brand Eisen Gold Hart Kirch Linden Nieder Ober Rosen Schön Stein Sonnen", "mann hof meier bauer heim hauer berger hagen",
		},
		{
			"Jean Marie Pierre Françoise Michel Monique Philippe Isabelle Nicolas Sylvie Julien Camille Antoine Chloé", "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Garnier Fournier",
			"Beau Mont Bel Cha Char Des Fon Gran Lam Mar Mal Ro Sau Vil", "champ pré neuve teau sière bert tin ville rier bois",
		},
		{
			"Antonio Carmen Manuel Josefa Francisco Isabel Juan Dolores Javier Pilar Carlos Lucía Miguel Elena Alejandro Paula", "García-López Fernández-Ruiz González-Pérez Rodríguez-Gil Martínez-Sanz Sánchez-Mora Gómez-Vidal Jiménez-Cano Moreno-Soler Álvarez-Rey Romero-Prat Navarro-Font",
			"Alva Barran Cardo Esque Fuen Gale Herre Iba Lizar Men Orte Pala Quin Sala Urru", "rrizo chea tegui ldeano ñas cios mendi gorri tes randa",
		},
		{
			"João Maria José Ana António Francisca Luís Beatriz Paulo Mariana Tiago Inês Rafael Camila", "Silva-Santos Ferreira-Costa Oliveira-Lima Pereira-Alves Rodrigues-Pinto Carvalho-Melo Gomes-Rocha Ribeiro-Dias Martins-Teixeira Barbosa-Nunes",
			"Aze Bar Cam Fig Gui Lou Mag Mo Nor Quei Sam Tei Vas", "vedo reto pos ueira marães reiro alhães rais onha roga paio xeira concelos",
		},
		{
			"Giuseppe Maria Giovanni Anna Marco Giulia Luca Francesca Andrea Chiara Matteo Sara Paolo Elena", "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Costa Giordano",
			"Bel Cas Fabb Gal Lomb Mont Pell Quar Sant Tarant Ver Zan", "lini tagna riani luzzi ardi anari egrini antini oro elli etti ucci",
		},
		{
			"Piotr Katarzyna Krzysztof Małgorzata Andrzej Agnieszka Tomasz Barbara Paweł Ewa Michał Zofia", "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski",
			"Bor Cha Dobr Gra Jab Kul Lip Mal Ostr Piotr Rad Sob Such Wal Zar", "owski łoński ikowski czyński aszek ewicz",
		},
		{
			"Sergei Olga Dmitri Natalia Andrei Tatiana Alexei Elena Nikolai Svetlana Mikhail Irina Pavel Ksenia Roman Darya", "Sokolov Lebedev Kozlov Morozov Volkov Pavlov Semyonov Golubev Vinogradov Bogdanov Vorobyov Belyaev Tarasov Zaitsev Yershov",
			"Ageyk Bazhen Chernysh Dolmat Gush Kalash Lyub Mukh Ozer Pestr Rudn Shapk Tyul Ushak Vyaz Zhigul", "in ov ev nikov evsky kin yanov",
		},
		{
			"Oleksandr Oksana Volodymyr Iryna Taras Halyna Bohdan Lesya Yurii Solomiia", "Melnyk Shevchenko Boyko Kovalenko Bondarenko Tkachenko Kravchenko Oliynyk Lysenko Savchenko Rudenko",
			"Babi Cher Dov Hon Kry Lut Myr Pav Ryb Skli Stry Tym Yar Zah", "enko chuk iuk yshyn vets ivskyi",
		},
		{
			"Yiannis Eleni Georgios Katerina Kostas Vasiliki Nikos Sofia Dimitris Ioanna", "Papadopoulos Vlachos Angelopoulos Nikolaidis Georgiou Petridis Athanasiou Karagiannis Makris Economou",
			"Anas Chris Dema Fil Ker Lam Mav Pan Raf Stef Tsak Zer", "opoulos idis akis ellis ogiannis tinos",
		},
		{
			"Mehmet Fatma Mustafa Ayşe Ahmet Emine Hüseyin Zeynep Murat Elif Emre Merve", "Yılmaz Kaya Demir Çelik Şahin Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç",
			"Ak Bal Can Çal Er Gök Gül Kara Kork Öz Sar Tan Uz Ün", "taş kaya soy er gün bulut han oğlu maz türk",
		},
		{
			"Mohammed Fatima Ahmed Aisha Omar Mariam Khalid Noura Youssef Layla Hassan Salma Tariq Huda Faisal Reem", "Al-Farsi Al-Harbi Al-Otaibi Al-Shamsi Mansour Haddad Khoury Nasser Saleh Al-Mutairi Qureshi Darwish Al-Balushi Hamdan",
			"Al-Bal Al-Dar Al-Gham Al-Jab Al-Kan Al-Maz Al-Rash Al-Sab Al-Suw Al-Tam Al-Was Al-Zah", "wani mari idi rouei hani adi tan awi rani",
		},
	}
}

// easternCultures are the rest of them.
func easternCultures() []culture {
	return []culture{
		{
			"Reza Zahra Hossein Maryam Amir Sara Mehdi Narges Babak Shirin Kamran Leila", "Hosseini Ahmadi Mohammadi Karimi Moradi Jafari Rahimi Kazemi Sadeghi Rostami Ebrahimi Farahani",
			"Ard Beh Dar Far Gol Jahan Kia Mehr Nour Pak Rost Sal Tav", "eshiri nejad zadeh pour ian mand akoli angi",
		},
		{
			"Rajesh Priya Amit Sunita Sanjay Anjali Vijay Deepa Arjun Kavita Ravi Meera Suresh Lakshmi", "Sharma Patel Singh Kumar Gupta Reddy Iyer Nair Mehta Joshi Desai Chatterjee Banerjee Pillai",
			"Agar Bhatt Chau Dwi Ghosh Kul Mahaj Nara Pand Raman Sub Tri Vish", "wal acharya han vedi karni yanan ey athan ramanian",
		},
		{given: "Imran Ayesha Bilal Sana Usman Hina Asad Nadia Kamran Rabia", family: "Khan Malik Chaudhry Butt Sheikh Raza Iqbal Siddiqui Mirza Awan Bhatti"},
		{given: "Wei Fang Jian Li-Na Ming Xiu-Ying Hao Yan Jun Hui Lei Jing Tao Mei Zi-Han Yu-Xuan Guo-Qiang", family: "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin"},
		{given: "Ka-Ming Siu-Ling Chi-Wai Mei-Fong Kwok-Keung Wing-Yan Tsz-Kit Hoi-Yan", family: "Chan Wong Leung Cheung Lau Ng Cheng Kwok Tang Yuen Lam Ho"},
		{
			"Hiroshi Yoko Takashi Keiko Kenji Sachiko Daisuke Yuki Satoshi Haruka Kazuo Naomi", "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki",
			"Aka Ao Fuji Hara Ishi Kawa Kita Matsu Mori Naka Nishi Oka Shima Taka Ue Yoko", "moto mura shita guchi bayashi ta no hara shima zawa",
		},
		{given: "Min-Jun Seo-Yeon Ji-Hoon Ha-Eun Sung-Ho Mi-Sook Dong-Hyun Eun-Ji Young-Soo Hye-Jin", family: "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Shin"},
		{given: "Nguyen-Van Thi-Hoa Minh Lan Quang Huong Duc Mai Tuan Thao", family: "Tran Pham Hoang Phan Vu Dang Bui Do Ngo Duong"},
		{given: "Budi Siti Agus Dewi Rizki Putri Hendra Wulan Eko Indah", family: "Santoso Wijaya Susanto Hidayat Setiawan Kusuma Pratama Nugroho Halim Gunawan"},
		{given: "Chinedu Ngozi Emeka Amina Tunde Folake Ibrahim Zainab Kwame Abena Kofi Wanjiru", family: "Okafor Adeyemi Balogun Okonkwo Mensah Owusu Kamau Otieno Mwangi Diallo Traoré Abubakar"},
		{
			"Lars Ingrid Erik Astrid Anders Karin Olav Sigrid Mikkel Freja Juhani Aino", "Hansen Johansson Andersson Nielsen Larsen Eriksson Olsen Virtanen Korhonen Pedersen Lindberg",
			"Berg Dahl Ek Gran Gustaf Hag Lind Lund Ny Sand Sjö Söder Sten Wik", "ström qvist sson gren man sen holm strand lund",
		},
	}
}

// Words that companies are called by.
const (
	firmBrands = "Northwind Bluebird Silverline Evergreen Sunrise Harbour Meridian Summit Crescent Pioneer Atlas Horizon Lotus Phoenix Orion Cedar Falcon Emerald Unity Golden-Bridge Green-Valley Red-Maple New-Century Lucky-Star Oceanic Riverstone Highland Blue-Sky Hengda Ruifeng Jinhua Tianyu Huamei Xinyuan Shengtai Yongxin Daesung Hansol Miraetech Sakura Fujimori Zentek Novatex Promet Unitrade Agrosvit Stroymash Anatolia Marmara Nilgiri Ganesh Surya Deccan Karoo Savanna Andes Pampa Condor Baltika Nordlys Alpina Danubia Adria Levante Maghreb Sahara Gulfline Petra"
	firmTrades = "Trading Textiles Electronics Shipping Logistics Machinery Foods Chemicals Plastics Furniture Garments Steel Tools Lighting Ceramics Packaging Agro Pharma Motors Instruments Import-Export Technology Industrial Consulting Engineering Seafood Timber Toys Footwear Solar"
	firmForms  = "Ltd|Co., Ltd.|LLC|Inc.|GmbH|S.A.|S.r.l.|B.V.|Pte. Ltd.|Sdn. Bhd.|A.S.|OOO|JSC|Limited|Corp.|FZE|S.A. de C.V.|Pvt. Ltd.|Oy|AB|K.K."
	firmPlaces = "Shenzhen Guangzhou Ningbo Dubai Istanbul Mumbai Hamburg Rotterdam Milano Lagos Nairobi Jakarta Hanoi Busan Osaka Toronto Lima Santiago Warsaw Kyiv Almaty Karachi Dhaka Manila"
)

// cast draws names of people and companies who are on no list.
type cast struct {
	rand   *rand.Rand
	people []culture
}

func (c *cast) of(words string) string {
	all := strings.Fields(words)
	return strings.ReplaceAll(all[c.rand.IntN(len(all))], "-", " ")
}

func (c *cast) hyphened(words string) string {
	all := strings.Fields(words)
	return all[c.rand.IntN(len(all))]
}

// family is a family name: of the table, or made of a stem and an ending.
func (c *cast) family(from culture) string {
	if from.stems == "" || c.rand.IntN(3) == 0 {
		return c.of(from.family)
	}
	return c.hyphened(from.stems) + c.hyphened(from.ends)
}

func (c *cast) person() screening.Query {
	from := c.people[c.rand.IntN(len(c.people))]
	name := c.hyphened(from.given)
	if c.rand.IntN(3) == 0 {
		name += " " + c.hyphened(from.given)
	}
	family := c.family(from)
	if strings.HasPrefix(family, "Al ") {
		family = strings.Replace(family, " ", "-", 1)
	}
	if c.rand.IntN(4) == 0 {
		return screening.Query{Name: family + " " + name, Kind: screening.Person}
	}
	return screening.Query{Name: name + " " + family, Kind: screening.Person}
}

func (c *cast) company() screening.Query {
	forms := strings.Split(firmForms, "|")
	form := forms[c.rand.IntN(len(forms))]
	var name string
	switch c.rand.IntN(6) {
	case 0:
		name = c.family(c.people[c.rand.IntN(len(c.people))]) + " " + c.of(firmTrades)
	case 1:
		from := c.people[c.rand.IntN(len(c.people))]
		name = c.family(from) + ", " + c.family(from) + " & " + c.family(from)
	case 2:
		name = c.of(firmPlaces) + " " + c.of(firmBrands) + " " + c.of(firmTrades)
	case 3:
		name = c.of(firmBrands) + " International " + c.of(firmTrades)
	case 4:
		name = c.family(c.people[c.rand.IntN(len(c.people))]) + " Group"
	default:
		name = c.of(firmBrands) + " " + c.of(firmTrades)
	}
	return screening.Query{Name: name + " " + form, Kind: screening.Organisation}
}
