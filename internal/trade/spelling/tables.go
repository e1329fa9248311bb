package spelling

// Small alphabets that are read letter by letter. A mark joins the letter before.
const (
	greekLetters = "αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo ϐv ϑth ϕf"

	hebrewLetters = "א בb גg דd הh וv זz חh טt יy כk ךk לl מm םm נn ןn סs ע פp ףf צts ץts קk רr שsh תt"

	georgianLetters = "აa ბb გg დd ეe ვv ზz თt იi კk ლl მm ნn ოo პp ჟzh რr სs ტt უu ფp ქk ღgh ყq შsh ჩch ცts ძdz წts ჭch ხkh ჯj ჰh"

	armenianLetters = "աa բb գg դd եe զz էe ըy թt ժzh իi լl խkh ծts կk հh ձdz ղgh ճch մm յy նn շsh ոo չch պp ջj ռr սs վv տt րr ցts ւu փp քk օo ֆf ևev"

	// Consonants of Devanagari carry an a, which a vowel sign or a virama takes away.
	devanagariConsonants = "कk खkh गg घgh ङn चch छchh जj झjh ञn टt ठth डd ढdh णn तt थth दd धdh नn पp फph बb भbh मm यy रr लl वv शsh षsh सs हh ळl"
	devanagariVowels     = "अa आa इi ईi उu ऊu एe ऐai ओo औau ऋri"
	devanagariSigns      = "ाa िi ीi ुu ूu ेe ैai ोo ौau ृri ंn ँn"
	devanagariVirama     = '्'

	thaiConsonants = "กk ขkh คkh ฆkh งng จch ฉch ชch ซs ฌch ญy ฎd ฏt ฐth ฑth ฒth ณn ดd ตt ถth ทth ธth นn บb ปp ผph ฝf พph ฟf ภph มm ยy รr ลl วw ศs ษs สs หh ฬl ฮh"
	thaiVowels     = "ะa ัa าa ิi ีi ึue ืue ุu ูu เe แae โo ใai ไai ำam ฤrue"

	kanaLetters = "あa いi うu えe おo かka きki くku けke こko さsa しshi すsu せse そso たta ちchi つtsu てte とto なna にni ぬnu ねne のno " +
		"はha ひhi ふfu へhe ほho まma みmi むmu めme もmo やya ゆyu よyo らra りri るru れre ろro わwa をo んn がga ぎgi ぐgu げge ごgo " +
		"ざza じji ずzu ぜze ぞzo だda ぢji づzu でde どdo ばba びbi ぶbu べbe ぼbo ぱpa ぴpi ぷpu ぺpe ぽpo ゔvu ぁa ぃi ぅu ぇe ぉo"
)
