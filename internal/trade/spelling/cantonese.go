package spelling

import "strings"

// cantoneseSounds are characters of names as people of Hong Kong write them in
// Latin letters; the sounds of surnames come first.
const cantoneseSounds = "陈chan 李lee 张cheung 黄wong 何ho 梁leung 林lam 吴ng 刘lau 王wong 郑cheng 杨yeung 周chow 蔡choi 叶yip 曾tsang 邓tang 徐tsui 许hui 马ma 罗lo 朱chu 郭kwok 谢tse 胡wu 赵chiu 苏so 余yu 卢lo 廖liu 潘poon 冯fung 杜to 高ko 谭tam 关kwan " +
	"莫mok 钟chung 方fong 唐tong 袁yuen 孔hung 江kong 石shek 伍ng 温wan 汤tong 沈shum 冼sin 尹wan 龚kung 容yung 麦mak 甘kam 戴tai 区au 欧au 颜ngan 韩hon 施sze 孙suen 霍fok 简kan 黎lai 赖lai 邱yau 丘yau 傅fu 程ching 彭pang 崔chui 万man 严yim 雷lui " +
	"白pak 倪ngai 骆lok 宋sung 陆luk 洪hung 阮yuen 魏ngai 康hong 邵siu 聂nip 侯hau 古koo 童tung 庄chong 连lin 卓cheuk 劳lo 凌ling 符fu 岑shum 祝chuk 乔kiu 夏ha 姚yiu 任yam 文man 毕pat " +
	"家ka 超chiu 炳ping 强keung 伟wai 聪chung 月yuet 娥ngor 若yeuk 骅wah 国kwok 卫wai 基kei 耀yiu 宗chung 明ming 志chi 华wah 荣wing 成shing 辉fai 德tak 光kwong 永wing 俊chun 杰kit 健kin 丽lai 美mei 玉yuk 英ying 芳fong 芬fan 珍chun 珠chu 慧wai 惠wai " +
	"敏man 仪yee 婷ting 欣yan 怡yi 咏wing 诗sze 颖wing 琪ki 玲ling 萍ping 霞ha 云wan 兰lan 梅mui 秀sau 淑shuk 贞ching 清ching 金kam 银ngan 宝po 福fuk 祥cheung 庆hing 生sang 安on 平ping 和wo 乐lok 建kin 民man 兴hing 中chung 东tung 南nam 西sai 北pak " +
	"山shan 海hoi 河ho 波po 浩ho 然yin 天tin 宇yu 宏wang 达tat 远yuen 鸿hung 龙lung 虎fu 鹏pang 飞fei 凤fung 仁yan 义yi 礼lai 智chi 信shun 勇yung 毅ngai 勤kan 坚kin 刚kong 大tai 小siu 少siu 子chi 一yat 三sam 千chin 世sai 君kwan 军kwan 武mo 力lik 功kung " +
	"胜shing 利li 全chuen 权kuen 泉chuen 源yuen 元yuen 良leung 亮leung 朗long 昌cheung 章cheung 昭chiu 照chiu 兆siu 绍siu 锦kam 钦yam 铭ming 新sun 心sum 贤yin 显hin 宪hin 轩hin 谦him 森sum 木muk 树shu 柏pak 松chung 梓tsz 桂kwai 贵kwai 坤kwan 培pui 佩pui " +
	"沛pui 雄hung 雅nga 雪suet 冰bing 秋chau 冬tung 春chun 阳yeung 扬yeung 洋yeung 香heung 学hok 鹤hok 嘉ka 佳kai 启kai 奇kei 琦kei 业yip 祖cho 佑yau 友yau 有yau 维wai 威wai 蕙wai 赐chi 仲chung 忠chung 铨chuen 传chuen 发fat 法fat 添tim 田tin 景king 敬king " +
	"琼king 根kan 锡sek 雯man 尚sheung 常sheung 泽chak 镜keng 尧yiu 瑶yiu 展chin 进chun 晋chun 骏chun 端tuen 定ting 庭ting 廷ting 霆ting 隆lung 宁ning 年nin 莲lin 卿hing 杏hang 恒hang 衡hang 瑜yu 如yu 儒yu 裕yu 誉yu 雨yu 悦yuet 越yuet 群kwan 昆kwan 启kai 继kai " +
	"富fu 豪ho 顺shun 淳shun 舜shun 纯shun 庄chong 壮chong 灿chan 赞chan 镇chun 振chun 正ching 政ching 晴ching 程ching 彦yin 燕yin 妍yin 言yin 贤yin 彬pan 斌pan 宾pan 品pan 柱chu 广kwong 邦pong 帮pong 昇sing 升sing 星sing 声sing 城sing 诚shing 盛shing 承shing"

// cantonese adds a name as people of Hong Kong write it: the surname, and each
// syllable of the given name. It adds nothing where it does not know a character.
func (b *builder) cantonese(p *piece, runes []rune) {
	for _, c := range runes {
		if b.r.cantoneseTable[c] == "" {
			return
		}
	}
	for i, c := range runes {
		b.add([]byte(b.r.cantoneseTable[c]), nil, p.part(i, i+1), false)
	}
}

// mainland says whether a name is written in simplified characters, as nobody in
// Hong Kong or Taiwan writes.
func (r *Reader) mainland(written []rune) bool {
	shortened := false
	for _, c := range written {
		if s, found := r.traditional[c]; found && s != c {
			return false
		}
		shortened = shortened || r.shortened[c]
	}
	return shortened
}

// cantoneseTable keeps the first sound of a character.
func cantoneseTable() map[rune]string {
	table := map[rune]string{}
	for pair := range strings.FieldsSeq(cantoneseSounds) {
		runes := []rune(pair)
		if table[runes[0]] == "" {
			table[runes[0]] = string(runes[1:])
		}
	}
	return table
}

// shortenedSet are the simplified characters that stand for a traditional one and
// are no traditional characters themselves.
func shortenedSet(traditional map[rune]rune) map[rune]bool {
	set := map[rune]bool{}
	for t, s := range traditional {
		if t != s && !strings.ContainsRune("后里台云谷干几于余松面系复发周准范别升岳峰征曲", s) {
			set[s] = true
		}
	}
	return set
}
