package reputation_test

import (
	"testing"

	"fondaco/internal/trade/reputation"
)

func TestContactDetailsAreFound(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"write to ann@meridian.example", "ann＠meridian．example", "ann (at) meridian (dot) example", "a\u200bnn@mer\u200bidian.example",
		"see https://cheap.example/x", "see www.cheap.example", "our shop is cheap-pumps.com", "Visit PUMPS.CN!",
		"call +86 138 0013 8000", "call 0086-13800138000", "手机13800138000", "13800138000", "１３８００１３８０００", "١٣٨٠٠١٣٨٠٠٠", "phone: 21 555 0199 12",
		"tel. 020-7946-0958", "020 7946 0958 is ours", "(020) 7946-0958", "+31 20 794 6095", "00 49 30 901820",
		"WeChat: haigong_sales", "微信号：haigong88", "add my whatsapp 31207946095", "telegram @haigong", "find us @haigong_pumps", "QQ 88001234",
		"ann[at]meridian[dot]example", "kakaotalk: haigong", "viber 31207946", "Telegram: haigong", "skype：haigong", "our phone is 5550199211",
		"reach +49309018", "reach 004930901820",
	} {
		if !reputation.HasContact(s) {
			t.Errorf("%q passes", s)
		}
	}
}

func TestWhatTradersWriteOfADealIsNoContact(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "Goods as described, shipped 3 days early.", "Delivered on 2026-03-02 instead of 2026-02-27.", "Delivered 02.03.2026, promised 27.02.2026.",
		"Paid 1,250,000 of 2,500,000 USD on signature.", "Ordered 12,000 pcs at 4.85 each, got 11,940.", "Size 1200 x 800 x 145 mm, 18.5 kg",
		"They answered on WeChat within the hour.", "我们用微信沟通,很快。", "Good communication on WhatsApp and by phone.",
		"AQL 2.5, level II (ISO 2859-1): 3 of 125 failed.", "HS 847982 was right, container of 40 ft.", "10/10 would buy again", "100% of 5000 units, 5000 more ordered",
		"Great.We will return.", "Price 48000.00, freight 1200.50", "ratio 1:1000 at 25 °C", "货物与描述一致,2026年3月2日到货。", "第1批 5000 件,第2批 12000 件",
		"invoice No. 2026-0042", "torque +1234567 at most", "گروه خوب", "👨‍👩‍👧 family business", "model AB-2000-X, 220-240 V, 50/60 Hz",
	} {
		if reputation.HasContact(s) {
			t.Errorf("%q counts as contact details", s)
		}
	}
}

func FuzzContactDetails(f *testing.F) {
	f.Add("call +86 138 0013 8000")
	f.Add("\xff\u202e@")
	f.Add("𝟎𝟗𝟗")
	f.Fuzz(func(t *testing.T, s string) {
		found := reputation.HasContact(s)
		if !found && reputation.HasContact(s+" ann@meridian.example") != true {
			t.Errorf("an address behind %q is not found", s)
		}
	})
}
