package spelling

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func decomposed(c rune) []rune { return []rune(norm.NFD.String(string(c))) }

// nameSounds are characters of several sounds, each with the one it mostly has in
// names of firms and places.
const nameSounds = "长chang 重zhong 乐le 行hang 都du 厦xia 传chuan 藏cang 朝chao 调diao 石shi 系xi 车che 卡ka 谷gu 大da 中zhong 和he 会hui 合he 数shu 省sheng " +
	"广guang 南nan 百bai 柏bai 伯bo 贝bei 给ji 参can 宿su 宁ning 沈shen 沉shen 莞guan 蚌beng 六liu 阿a 亚ya 洛luo 率lv 万wan 王wang 吴wu 无wu 信xin 星xing " +
	"兴xing 应ying 相xiang 曲qu 血xue 血xue 便bian 发fa 得de 地di 的de 度du 分fen 干gan 好hao 号hao 荷he 化hua 还huan 几ji 间jian 降jiang 角jiao 教jiao 结jie 禁jin " +
	"尽jin 劲jin 卷juan 觉jue 可ke 空kong 累lei 量liang 了le 露lu 落luo 蒙meng 没mei 模mo 难nan 宁ning 铺pu 奇qi 强qiang 切qie 亲qin 散san 色se 上shang 少shao 舍she " +
	"识shi 似si 提ti 通tong 为wei 系xi 下xia 校xiao 削xue 压ya 要yao 与yu 约yue 载zai 着zhuo 正zheng 种zhong 转zhuan 作zuo 单dan 解jie 仇chou 区qu 查cha 盖gai 任ren " +
	"华hua 济ji 汤tang 蔚wei 佛fo 珠zhu 盛sheng 圣sheng 盘pan 瑞rui 龙long 晟sheng 洋yang 泽ze 源yuan 鑫xin 睿rui 翔xiang 锐rui 诺nuo 喆zhe 茜qian 娜na 芮rui 隽jun 乾qian 俞yu 那na 员yuan"

// surnameSounds are surnames of several sounds, and surnames of two characters.
const surnameSounds = "曾zeng 单shan 解xie 仇qiu 区ou 查zha 盖ge 任ren 华hua 尉wei 缪miao 朴piao 乐yue 召shao 冼xian 洗xian 翟zhai 折she 种chong 重chong 秘bi 逄pang 覃qin 宓mi 繁po 员yun 贠yun 黑he 万wan 沈shen 柏bai " +
	"郗xi 郇xun 晏yan 燕yan 应ying 於yu 於yu 过guo 哈ha 纪ji 谌chen 那na 幺yao 钭tou 阚kan 佘she 甯ning 甄zhen 祭zhai 卜bu 车che 石shi 葛ge 隗wei 薄bo 柴chai 曲qu 牟mou 么yao 蕃pi 曲qu " +
	"尉迟yuchi 欧阳ouyang 司马sima 上官shangguan 诸葛zhuge 司徒situ 东方dongfang 夏侯xiahou 皇甫huangfu 公孙gongsun 慕容murong 令狐linghu 宇文yuwen 长孙zhangsun 端木duanmu 独孤dugu 南宫nangong 百里baili " +
	"申屠shentu 钟离zhongli 鲜于xianyu 闾丘lvqiu 太史taishi 呼延huyan 轩辕xuanyuan 完颜wanyan 万俟moqi 澹台tantai 濮阳puyang 淳于chunyu 单于chanyu 公冶gongye 西门ximen 东郭dongguo 赫连helian 拓跋tuoba 纳兰nalan 欧陽ouyang"

// commonSurnames are the surnames that most Chinese have.
const commonSurnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文" +
	"庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺水云昌凤酆常皮"

// surnameTable maps a surname to its sound in pinyin; "" for those that are read
// as any other character.
func surnameTable() map[string]string {
	table := map[string]string{}
	for pair := range strings.FieldsSeq(surnameSounds) {
		for i, c := range pair {
			if c < utf8.RuneSelf {
				table[pair[:i]] = pair[i:]
				break
			}
		}
	}
	for _, c := range commonSurnames {
		if _, there := table[string(c)]; !there {
			table[string(c)] = ""
		}
	}
	return table
}

// traditionalTable maps traditional characters to simplified ones.
func traditionalTable() map[rune]rune {
	table := map[rune]rune{}
	for pair := range strings.FieldsSeq(traditionalPairs) {
		runes := []rune(pair)
		table[runes[0]] = runes[1]
	}
	return table
}

// traditionalPairs are traditional characters beside the simplified ones, as far as
// names of firms, places and persons use them.
const traditionalPairs = "國国 東东 華华 們们 會会 業业 電电 機机 械械 貿贸 進进 際际 銀银 險险 發发 開开 關关 門门 長长 車车 馬马 鳥鸟 魚鱼 龍龙 鳳凤 麗丽 義义 書书 學学 實实 寶宝 " +
	"寧宁 寬宽 專专 將将 尋寻 對对 導导 屆届 層层 屬属 岡冈 島岛 峽峡 嶺岭 師师 帶带 幣币 幫帮 幹干 幾几 庫库 廠厂 廣广 廳厅 彈弹 強强 彌弥 彙汇 彥彦 後后 從从 復复 徵征 德德 愛爱 慶庆 " +
	"憲宪 應应 懷怀 戰战 戲戏 戶户 拋抛 捲卷 掃扫 採采 換换 揚扬 損损 搖摇 擇择 擊击 擔担 據据 擬拟 擴扩 攝摄 數数 斷断 時时 晉晋 暉晖 暢畅 曆历 曉晓 書书 東东 條条 來来 極极 楊杨 榮荣 構构 槍枪 樂乐 " +
	"標标 樓楼 樣样 樹树 橋桥 檔档 檢检 權权 欄栏 歐欧 歡欢 歲岁 歷历 歸归 殼壳 殺杀 氣气 漢汉 湯汤 溝沟 滅灭 滬沪 滾滚 滿满 漁渔 潔洁 潤润 濟济 濱滨 瀋沈 灣湾 災灾 為为 烏乌 無无 煉炼 煙烟 熱热 燈灯 營营 " +
	"爐炉 爭争 爾尔 牆墙 獨独 獎奖 獲获 獻献 現现 環环 瑋玮 瑪玛 璽玺 產产 畫画 異异 當当 療疗 發发 盜盗 盡尽 監监 盤盘 盧卢 眾众 確确 碼码 磚砖 礎础 礦矿 祿禄 禮礼 禍祸 種种 稱称 穀谷 積积 穩稳 " +
	"競竞 筆笔 節节 範范 築筑 簡简 簽签 籌筹 籃篮 糧粮 糾纠 紀纪 約约 紅红 紋纹 納纳 紐纽 純纯 紗纱 紙纸 級级 紡纺 細细 紳绅 終终 組组 結结 絕绝 絡络 給给 統统 絲丝 經经 綜综 綠绿 維维 綱纲 網网 緊紧 " +
	"緒绪 線线 緣缘 編编 練练 緯纬 縣县 縱纵 總总 績绩 織织 繩绳 繪绘 繫系 續续 纖纤 罰罚 羅罗 職职 聯联 聖圣 聞闻 聲声 聰聪 肅肃 脈脉 腦脑 膠胶 臨临 臺台 與与 興兴 舉举 舊旧 艦舰 艙舱 藝艺 莊庄 葉叶 " +
	"蔣蒋 薩萨 藍蓝 藥药 蘇苏 蘭兰 處处 號号 蝦虾 螢萤 衛卫 術术 裝装 製制 複复 襲袭 見见 規规 視视 親亲 覺觉 覽览 觀观 計计 訂订 訊讯 討讨 訓训 託托 記记 訪访 設设 許许 訴诉 診诊 評评 詞词 詩诗 話话 " +
	"該该 詳详 誌志 認认 語语 誠诚 說说 課课 調调 談谈 請请 論论 諾诺 謀谋 講讲 謝谢 證证 識识 譜谱 譯译 議议 護护 讀读 變变 讓让 豐丰 貝贝 財财 貢贡 貨货 販贩 責责 貴贵 買买 費费 資资 賓宾 賢贤 賣卖 " +
	"質质 賴赖 購购 賽赛 贊赞 趙赵 跡迹 路路 躍跃 軍军 軌轨 軟软 軸轴 載载 輔辅 輕轻 輛辆 輝辉 輪轮 輸输 轉转 轄辖 農农 辦办 運运 過过 達达 違违 遠远 適适 選选 遼辽 遷迁 還还 邁迈 邊边 鄉乡 鄒邹 鄧邓 " +
	"鄭郑 鄰邻 醫医 釋释 針针 釣钓 鈔钞 鈦钛 鈴铃 鉛铅 鉅钜 銅铜 銘铭 銷销 鋁铝 鋒锋 鋼钢 錄录 錢钱 錦锦 錫锡 鍋锅 鍵键 鎖锁 鎮镇 鎢钨 鏈链 鏡镜 鐘钟 鍾钟 鐵铁 鑄铸 鑒鉴 鑫鑫 閃闪 閉闭 閘闸 閣阁 閩闽 " +
	"閱阅 闆板 陽阳 陰阴 陳陈 陸陆 隊队 階阶 際际 隨随 險险 隱隐 雙双 雜杂 難难 雲云 電电 霧雾 靈灵 靜静 韓韩 頁页 頂顶 項项 順顺 預预 領领 頻频 題题 顏颜 願愿 類类 顧顾 顯显 風风 飛飞 飯饭 飲饮 飾饰 " +
	"養养 餘余 館馆 馮冯 駐驻 駕驾 騰腾 驅驱 驗验 驛驿 體体 髮发 魯鲁 鮑鲍 鮮鲜 鯨鲸 鴻鸿 鵬鹏 鷹鹰 鹽盐 麥麦 麵面 黃黄 點点 黨党 齊齐 齒齿 龐庞 龔龚 龜龟 萬万 優优 億亿 價价 儀仪 儲储 儷俪 兒儿 兩两 冊册 " +
	"凍冻 凱凯 劃划 劉刘 創创 劑剂 劍剑 勁劲 動动 務务 勝胜 勞劳 勢势 勵励 勳勋 匯汇 區区 協协 單单 廈厦 厲厉 參参 叢丛 員员 問问 啟启 喬乔 嘉嘉 嚴严 園园 圍围 圖图 團团 堅坚 堯尧 報报 場场 塊块 塗涂 塢坞 墊垫 壇坛 " +
	"壓压 壘垒 壯壮 壽寿 夢梦 夾夹 奧奥 奪夺 奮奋 婦妇 媽妈 嬌娇 孫孙 寫写 審审 盛盛 薈荟 藥药 證证 邏逻 輯辑 導导 體体 積积 電电 勝胜 聶聂 閻阎 蕭萧 呂吕 吳吴 鄔邬 婁娄 欒栾 竇窦 遲迟 連连 喻喻 鞏巩 倉仓 偉伟 傑杰 側侧 備备 傳传 債债 傷伤 僑侨 儀仪 償偿 彆别 別别 剛刚 嶽岳 峯峰 滙汇 衞卫 羣群 裏里 里里 勛勋 昇升 陞升 証证 綫线 灘滩 澤泽 灃沣 潛潜 濰潍 瀾澜 滄沧 溫温 準准 鍊链 纜缆 艷艳 蘆芦 營营 蕪芜 薊蓟 蘋苹"
