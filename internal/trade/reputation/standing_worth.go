package reputation

import (
	"math"
	"strconv"
	"strings"

	"fondaco/internal/money"
)

// The reference by which amounts of different currencies are compared is the US
// cent at a rough rate. The rates are rules of this house and not prices: they
// measure how big a deal is, within a factor that a logarithm or a band forgives.
// Nobody is paid by them. Where an official rate and the street differ, the
// street's is taken, so that a cheap currency does not make small deals look big.
//
// Each row is a currency and how many thousandths of it one US dollar bought about
// the middle of 2025, to two or three digits.
const roughRates2025 = "" +
	"AED 3670 AFN 70000 ALL 83000 AMD 384000 AOA 915000 ARS 1200000 AUD 1520 AWG 1800 AZN 1700 " +
	"BAM 1660 BBD 2000 BDT 122000 BHD 376 BIF 6000000 BMD 1000 BND 1270 BOB 14000 BOV 5400 " +
	"BRL 5430 BSD 1000 BTN 85700 BWP 13300 BYN 3270 BZD 2000 CAD 1360 CDF 2880000 CHE 848 CHF 792 " +
	"CHW 792 CLF 24 CLP 930000 CNY 7160 COP 4080000 COU 10500 CRC 505000 CUP 380000 CVE 93500 CZK 20900 " +
	"DJF 178000 DKK 6330 DOP 59500 DZD 240000 EGP 49700 ERN 15000 ETB 135000 EUR 848 FJD 2240 FKP 728 " +
	"GBP 728 GEL 2720 GHS 10400 GIP 728 GMD 71500 GNF 8660000 GTQ 7690 GYD 209000 HKD 7850 HNL 26100 " +
	"HTG 131000 HUF 338000 IDR 16200000 ILS 3370 INR 85700 IQD 1400000 IRR 900000000 ISK 121000 " +
	"JMD 160000 JOD 709 JPY 143000 KES 129000 KGS 87400 KHR 4010000 KMF 417000 KPW 10000000 KRW 1356000 " +
	"KWD 305 KYD 833 KZT 519000 LAK 21600000 LBP 89500000 LKR 300000 LRD 200000 LSL 17700 LYD 7200 " +
	"MAD 9000 MDL 16800 MGA 4450000 MKD 52200 MMK 4400000 MNT 3580000 MOP 8080 MRU 39700 MUR 45000 " +
	"MVR 15400 MWK 4000000 MXN 18700 MXV 2200 MYR 4200 MZN 63900 NAD 17700 NGN 1540000 NIO 36800 " +
	"NOK 10100 NPR 137000 NZD 1640 OMR 385 PAB 1000 PEN 3560 PGK 4130 PHP 56400 PKR 284000 PLN 3610 " +
	"PYG 7980000 QAR 3640 RON 4300 RSD 99400 RUB 78700 RWF 1440000 SAR 3750 SBD 8350 SCR 14700 " +
	"SDG 2700000 SEK 9470 SGD 1270 SHP 728 SLE 22700 SOS 571000 SRD 37300 SSP 4500000 STN 20800 SVC 8750 " +
	"SYP 11000000 SZL 17700 THB 32500 TJS 9800 TMT 19500 TND 2900 TOP 2350 TRY 39800 TTD 6790 TWD 29300 " +
	"TZS 2640000 UAH 41700 UGX 3590000 USD 1000 USN 1000 UYI 6400 UYU 40200 UYW 22300 UZS 12600000 VED 140000 VES 140000 " +
	"VND 26100000 VUV 119000 WST 2730 XAD 243 XAF 556000 XCD 2700 XCG 1800 XOF 556000 XPF 101000 " +
	"YER 2700000 ZAR 17700 ZMW 23900 ZWG 27000"

// rate is how many thousandths of the currency make one US dollar; a currency
// that the table does not name counts like the dollar.
func rate(code string) int64 {
	// Codes are three capitals and rates are digits, so a match is a whole word.
	_, rest, known := strings.Cut(roughRates2025, code+" ")
	if !known || code == "" {
		return 1000
	}
	word, _, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n <= 0 {
		return 1000
	}
	return n
}

// WorthCents is an amount in US cents at the house's rough rates, rounded down.
// What is not positive is worth nothing; what is too big to say is worth the most.
func WorthCents(a money.Amount) int64 {
	if !a.IsPositive() {
		return 0
	}
	per := rate(a.Currency().Code())
	for range a.Currency().Exponent() {
		per *= 10
	}
	const centsTimesThousand = 100 * 1000
	cents, err := a.MulRatio(centsTimesThousand, per, money.Down)
	if err != nil {
		return math.MaxInt64
	}
	return cents.Minor()
}

// The weight of a deal: [Weight] is 1 for a deal of weightOneDollars and never
// more than dealWeightMax.
const (
	weightOneDollars = 10_000
	dealWeightMax    = 2.0
)

// Weight is what a rating that rests on the amount counts for: the logarithm of
// its worth, 1 for USD 10,000, about a half for USD 100, one and a half for a
// million, at most 2. It is rounded to thousandths, so that no machine's last bit
// shows. An amount that is worth nothing weighs nothing.
func Weight(a money.Amount) float64 {
	dollars := float64(WorthCents(a)) / 100
	w := math.Log1p(dollars) / math.Log1p(weightOneDollars)
	return math.Round(min(w, dealWeightMax)*1000) / 1000
}

// plus adds two counts that are not negative, and stops at the most.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// saturated multiplies two numbers above zero, and stops at the most.
func saturated(a, b int64) int64 {
	if a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}
