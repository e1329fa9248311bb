package treasury

import "strings"

// commonWords are words that very many names share: trades, kinds of company,
// directions, and places. They say little about whose a name is.
const commonWords = " trading trade traders international intl global worldwide world group holding holdings industries industry industrial " +
	"import imports export exports importexport impex imp exp enterprise enterprises technology technologies tech systems system services service solutions " +
	"manufacturing manufacture manufacturer manufacturers products product company general commerce commercial business ventures investment investments capital " +
	"electronics electronic electric electrical appliances machinery machine machines equipment tools chemical chemicals textile textiles garment garments apparel clothing fashion " +
	"furniture automotive auto motor motors parts medical pharma pharmaceutical pharmaceuticals hardware plastic plastics rubber toys food foods lighting packaging printing " +
	"steel metal metals precision material materials energy power oil gas environmental logistics shipping transport supply chain construction engineering consulting " +
	"digital software network information communication communications media design research development bank insurance finance financial agency partners brothers sons " +
	"handel handels handelsgesellschaft vertrieb technik bau commercio comercio commerce industria industrie industries transporte produkte " +
	"of for de des du da do dos di del della la le les los las el der die das von van new great united national royal first the a " +
	"north south east west northern southern eastern western central asia asian pacific europe european africa african america american americas " +
	"china chinese hongkong hong kong macau taiwan india indian japan japanese korea korean vietnam germany german deutsche deutschland france francaise italy italia spain espana uk usa us " +
	"britain british london paris berlin dubai uae singapore malaysia indonesia thailand turkey brasil brazil mexico canada australia " +
	"beijing shanghai tianjin chongqing guangdong guangzhou shenzhen dongguan foshan zhongshan zhuhai huizhou zhejiang hangzhou ningbo wenzhou yiwu jinhua taizhou shaoxing jiangsu nanjing suzhou " +
	"wuxi changzhou nantong yangzhou shandong qingdao jinan yantai weifang fujian fuzhou xiamen quanzhou anhui hefei jiangxi hubei wuhan hunan changsha henan zhengzhou hebei shanxi shaanxi xian " +
	"liaoning dalian shenyang sichuan chengdu yunnan kunming guangxi hainan "

func isCommon(plain string) bool {
	return plain != "" && strings.Contains(commonWords, " "+plain+" ")
}
