package treasury

import (
	"slices"
	"strings"

	"github.com/mozillazg/go-pinyin"
)

// hanPlaces are places that open many Chinese names, before the Latin spelling
// where it is not the pinyin. A word of two is written with a stroke.
const hanPlaces = "中国=china|prc 中华=china 香港=hongkong|hong_kong|hk 澳门=macau|macao 台湾=taiwan 台北=taipei 陕西=shaanxi 内蒙古=inner_mongolia 西藏=tibet " +
	"北京 上海 天津 重庆 广东 广州 深圳 东莞 佛山 中山 珠海 惠州 汕头 江门 浙江 杭州 宁波 温州 义乌 金华 台州 绍兴 嘉兴 湖州 江苏 南京 苏州 无锡 常州 南通 扬州 " +
	"徐州 昆山 山东 青岛 济南 烟台 潍坊 临沂 福建 福州 厦门 泉州 晋江 安徽 合肥 江西 南昌 湖北 武汉 湖南 长沙 河南 郑州 河北 石家庄 山西 太原 辽宁 大连 沈阳 " +
	"吉林 长春 黑龙江 哈尔滨 四川 成都 云南 昆明 贵州 贵阳 广西 南宁 海南 海口 甘肃 兰州 青海 宁夏 新疆 西安"

// hanTrades are words of trade that a name in English mostly translates.
const hanTrades = "进出口=import_export|imp_exp|import_and_export 国际=international|intl 贸易=trading|trade 商贸=trading|commerce|trade 科技=technology|technologies|tech|science_technology " +
	"技术=technology|technologies|tech 电子=electronics|electronic 电器=appliance|appliances|electric|electrical 电气=electric|electrical 实业=industrial|industry|industries|enterprise " +
	"工业=industrial|industry|industries 集团=group 机械=machinery 设备=equipment 制造=manufacturing|manufacture 化工=chemical|chemicals 化学=chemical|chemicals " +
	"纺织=textile|textiles 服装=garment|garments|apparel|clothing|fashion 服饰=garment|garments|apparel|clothing|fashion 鞋业=shoes|footwear 家具=furniture 家居=home|household " +
	"汽车=automobile|automotive|auto|motor 配件=parts|accessories 医疗=medical 医药=pharmaceutical|pharma|medicine 药业=pharmaceutical|pharma 器械=instrument|instruments|devices " +
	"五金=hardware|metal 塑料=plastic|plastics 塑胶=plastic|plastics 橡胶=rubber 玩具=toy|toys 工艺品=arts_crafts|crafts|arts_and_crafts 食品=food|foods|foodstuff 照明=lighting " +
	"光电=optoelectronics|photoelectric|optoelectronic 建材=building_materials|building_material 材料=material|materials 新材料=new_material|new_materials 能源=energy 环保=environmental 投资=investment|investments " +
	"控股=holding|holdings 物流=logistics 供应链=supply_chain 包装=packaging|packing 印刷=printing 钢铁=steel|iron_steel 金属=metal|metals 精密=precision 模具=mould|mold 智能=intelligent|smart " +
	"网络=network 信息=information 软件=software 通信=communication|communications 通讯=communication|communications 自动化=automation 陶瓷=ceramic|ceramics 银行=bank 保险=insurance 股份= 有限="

// hanOffices are what a place may be called besides its name.
const hanOffices = "市省县区镇"

// hanWords cuts Chinese text into places, words of trade, and what lies between,
// which is mostly the name that counts. The small words are left out.
func hanWords(t string) (words []word, small string) {
	rest := []rune(t)
	var own []rune
	flush := func() {
		if len(own) == 0 {
			return
		}
		w := hanWord(string(own), weightDistinctive)
		if len(own) == 1 {
			w.weight = weightShort
		}
		words, own = append(words, w), nil
	}
	for len(rest) > 0 {
		known, place := knownHan(rest)
		if known == 0 {
			own, rest = append(own, rest[0]), rest[1:]
			continue
		}
		flush()
		words, rest = append(words, hanWord(string(rest[:known]), weightCommon)), rest[known:]
		if place && len(rest) > 1 && strings.ContainsRune(hanOffices, rest[0]) {
			small, rest = small+string(rest[0])+" ", rest[1:]
		}
	}
	flush()
	return words, small
}

func hanWord(t string, weight int) word {
	return word{text: t, plain: t, digraph: t, script: hanScript, weight: weight}
}

// knownHan is how many characters at the front are a known word, and whether it is a place.
func knownHan(text []rune) (length int, place bool) {
	for n := min(3, len(text)); n > 1; n-- {
		if _, ok := spellings(hanPlaces, string(text[:n])); ok {
			return n, true
		}
		if _, ok := spellings(hanTrades, string(text[:n])); ok {
			return n, false
		}
	}
	return 0, false
}

// spellings finds a word of hanPlaces or hanTrades.
func spellings(list, key string) ([]string, bool) {
	for entry := range strings.FieldsSeq(list) {
		if han, latin, _ := strings.Cut(entry, "="); han == key {
			return strings.FieldsFunc(latin, func(r rune) bool { return r == '|' }), true
		}
	}
	return nil, false
}

// readings are the ways a character is said, without tones, as they are typed.
func readings(r rune) []string {
	args := pinyin.Args{Style: pinyin.Normal, Heteronym: true, Fallback: func(rune, pinyin.Args) []string { return nil }}
	said := pinyin.SinglePinyin(r, args)
	for _, s := range said {
		if head, tail, ok := strings.Cut(s, "v"); ok {
			said = append(said, head+"u"+tail, head+"yu"+tail, head+"ue"+tail)
		}
	}
	return said
}

// soundsAlike reports whether two Han words can be said the same.
func soundsAlike(a, b string) bool {
	left, right := []rune(a), []rune(b)
	if len(left) != len(right) {
		return false
	}
	for i := range left {
		if left[i] == right[i] {
			continue
		}
		other := readings(right[i])
		if !slices.ContainsFunc(readings(left[i]), func(s string) bool { return slices.Contains(other, s) }) {
			return false
		}
	}
	return true
}

// simplified writes the traditional and Japanese forms of characters that are
// common in names of companies as the simplified ones.
func simplified(s string) string {
	pairs := []rune(traditional)
	return strings.Map(func(r rune) rune {
		if r < 0x2e80 {
			return r
		}
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == r {
				return pairs[i+1]
			}
		}
		return r
	}, s)
}

// traditional sets each traditional or Japanese character before its simplified one.
const traditional = "廣广東东國国國国貿贸電电業业實实際际進进機机務务責责會会總总車车馬马長长門门間间陽阳陰阴華华龍龙鳳凤麗丽寶宝寳宝銀银鋼钢鐵铁錦锦鴻鸿" +
	"達达運运遠远連连邁迈鄭郑雲云靈灵韓韩順顺頂顶領领風风飛飞飯饭館馆駿骏騰腾體体魚鱼鳥鸟麥麦黃黄齊齐術术藝艺藥药蘇苏蘭兰蘆芦處处號号" +
	"衛卫裝装製制補补見见視视覽览觀观計计設设訊讯記记託托許许訂订詩诗誠诚話话語语調调談谈諾诺謝谢證证識识護护變变讓让財财貨货貴贵買买費费賀贺資资" +
	"賽赛質质購购贏赢趙赵軟软輕轻輝辉輪轮轉转農农遼辽郵邮鄉乡釋释錢钱鍋锅鏡镜鑫鑫鑽钻開开閩闽關关陳陈陸陆隊队雙双雜杂難难靜静頁页項项預预頭头題题額额顏颜願愿類类顯显" +
	"飲饮養养驗验驚惊魯鲁鮮鲜麼么點点黨党齒齿億亿儀仪優优價价傢家備备傳传債债傷伤傾倾僅仅儲储兒儿內内兩两冊册凍冻凱凯創创劃划劉刘劍剑動动勝胜勞劳勢势區区協协單单" +
	"衞卫員员問问啟启嘉嘉嚴严園园圓圆圖图團团圍围執执堅坚報报場场塊块塑塑塗涂墻墙壓压壘垒壽寿夢梦奧奥孫孙學学寧宁審审寫写寬宽專专將将對对導导屆届層层島岛嶺岭" +
	"帶带幣币幫帮廠厂應应廟庙張张強强彈弹後后從从徑径復复徵征德德恆恒慶庆愛爱憲宪戰战戶户採采揚扬換换據据擇择擴扩數数斷断新新於于時时晉晋書书曉晓暢畅曆历" +
	"條条楊杨極极榮荣構构槍枪樂乐標标樓楼樣样樹树橋桥檢检權权歐欧歡欢歲岁歷历殼壳氣气氫氢沖冲決决況况淨净淚泪淺浅測测渦涡湯汤滙汇匯汇滬沪滿满漢汉潔洁潤润濟济濤涛濱滨" +
	"灣湾烏乌無无煙烟煉炼熱热燈灯營营爐炉爭争爾尔牆墙狀状獅狮獎奖獨独獲获現现瑪玛環环瓊琼產产畢毕畫画異异當当療疗發发盛盛盡尽監监盤盘眾众睏困確确碼码礦矿禮礼禪禅種种稱称積积穩稳" +
	"窯窑競竞筆笔築筑節节範范簡简簽签糧粮紀纪約约紅红紋纹納纳純纯紙纸級级紡纺細细終终組组結结絡络給给統统絲丝經经維维綠绿網网緊紧綜综線线編编練练縣县縱纵總总績绩織织繪绘繼继續续" +
	"羅罗義义習习聖圣聯联聲声職职聽听脈脉腦脑臨临與与興兴舊旧艦舰艱艰莊庄萬万葉叶蓋盖蔣蒋藍蓝蕭萧蟲虫"
