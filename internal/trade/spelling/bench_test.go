package spelling_test

import (
	"testing"

	"fondaco/internal/trade/spelling"
)

func BenchmarkRead(b *testing.B) {
	r := spelling.New()
	for _, c := range []struct {
		name, text string
		kind       spelling.Kind
	}{
		{"latin-person", "KARPIANKOU, Aleksandr Mikhailovich", spelling.Person},
		{"latin-company", "AEROSPACE Industries, Mohammad Hosseini Trading Co. Ltd", spelling.Organisation},
		{"cyrillic", "Публичное акционерное общество «Сбербанк России»", spelling.Organisation},
		{"arabic", "إبراهيم أحمد عبد الستار محمد التكريتي", spelling.Person},
		{"han", "长沙天仪空间科技研究院有限公司", spelling.Organisation},
		{"hangul", "조선광업개발무역회사", spelling.Organisation},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Read(c.text, c.kind)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		spelling.New()
	}
}
