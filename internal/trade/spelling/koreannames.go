package spelling

import "strings"

// koreanFamilies are the family names of Korea, as the North, the South and older
// books write each.
const koreanFamilies = `김 kim kim kim
이 ri lee yi
리 ri lee yi
박 pak park pak
최 choe choi choe
정 jong jung chong
조 jo cho cho
강 kang kang kang
장 jang jang chang
임 rim lim im
림 rim lim im
오 o oh o
한 han han han
신 sin shin sin
서 so seo so
권 kwon kwon kwon
황 hwang hwang hwang
안 an ahn an
송 song song song
유 yu yoo yu
류 ryu ryoo yu
전 jon jeon chon
홍 hong hong hong
고 ko ko ko
문 mun moon mun
양 yang yang yang
량 ryang yang yang
손 son son son
배 pae bae pae
백 paek baek paek
허 ho heo ho
남 nam nam nam
심 sim shim sim
노 no noh no
로 ro roh no
하 ha ha ha
곽 kwak kwak kwak
성 song sung song
차 cha cha cha
주 ju joo chu
우 u woo u
구 ku koo ku
민 min min min
진 jin jin chin
나 na na na
라 ra na na
지 ji ji chi
엄 om eom om
변 pyon byun pyon
채 chae chae chae
원 won won won
방 pang bang pang
천 chon cheon chon
현 hyon hyun hyon
태 thae tae tae
표 phyo pyo pyo
계 kye kye kye
석 sok seok sok
길 kil gil kil
맹 maeng maeng maeng
마 ma ma ma
명 myong myung myong
공 kong kong kong
염 yom yeom yom
렴 ryom yeom yom
여 yo yeo yo
려 ryo yeo yo
추 chu choo chu
도 to do to
소 so so so
선 son sun son
설 sol seol sol
연 yon yeon yon
련 ryon yeon yon
위 wi wee wi
반 pan ban pan
왕 wang wang wang
금 kum keum kum
옥 ok ok ok
육 yuk yook yuk
륙 ryuk yook yuk
인 in in in
제 je je che
모 mo mo mo
탁 thak tak tak
국 kuk kook kuk
어 o eo o
은 un eun un
편 phyon pyeon pyon
용 yong yong yong
룡 ryong yong yong
피 phi pi pi
단 tan dan tan
기 ki ki ki
함 ham ham ham
음 um eum um
빈 pin bin pin
복 pok bok pok
동 tong dong tong
궁 kung kung kung
남궁 namgung namgung namgung
황보 hwangbo hwangbo hwangbo
제갈 jegal jegal chegal
사공 sagong sagong sagong
선우 sonu sunwoo sonu
독고 tokgo dokgo tokko
동방 tongbang dongbang tongbang`

// koreanFamilyTable maps a family name to its three spellings.
func koreanFamilyTable() map[string][]string {
	table := map[string][]string{}
	for line := range strings.Lines(koreanFamilies) {
		fields := strings.Fields(line)
		table[fields[0]] = fields[1:]
	}
	return table
}
