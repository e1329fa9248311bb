package bench

import (
	"slices"
	"strings"

	"fondaco/internal/trade/screening"
)

// alter makes every kind of altered name of the targets.
func (d *drawer) alter(targets []*screening.Entry) {
	for _, e := range targets {
		d.add("exact", true, e, e.Names[0].Text)
	}
	each := func(class string, change func(words []string) []string) {
		for _, e := range targets {
			words := strings.Fields(strings.ReplaceAll(e.Names[0].Text, ",", ""))
			was := strings.Join(words, " ")
			if words = change(words); words != nil && strings.Join(words, " ") != was {
				d.add(class, true, e, strings.Join(words, " "))
			}
		}
	}
	each("1 slip", func(w []string) []string { return d.slips(w, 1) })
	each("2 slips", func(w []string) []string { return d.slips(w, 2) })
	each("a slip in every word", func(w []string) []string {
		for i := range w {
			if len(w[i]) >= slipMin {
				w[i] = d.slip(w[i])
			}
		}
		return w
	})
	each("words in other order", func(w []string) []string {
		if len(w) > 1 {
			for before := strings.Join(w, " "); strings.Join(w, " ") == before && !same(w); {
				d.rand.Shuffle(len(w), func(i, j int) { w[i], w[j] = w[j], w[i] })
			}
		}
		return w
	})
	for range 2 {
		each("a word missing", func(w []string) []string {
			var telling []int
			for i := range w {
				if !formal(w[i]) {
					telling = append(telling, i)
				}
			}
			if len(telling) < 3 {
				return nil
			}
			i := telling[d.rand.IntN(len(telling))]
			return append(w[:i:i], w[i+1:]...)
		})
	}
	each("a word too many", func(w []string) []string {
		more := d.people[d.rand.IntN(len(d.people))]
		return append(w, strings.ToUpper(d.of(more.given)))
	})
	each("joined or split", d.space)
	each("other transliteration", d.romanise)
}

// formal tells whether a word is of a legal form, or of no weight in a name.
func formal(word string) bool {
	return slices.Contains(strings.Fields("CO CO. COMPANY CORP CORPORATION LTD LTD. LIMITED LIABILITY LLC INC INC. PTE PVT SA S.A. SRL GMBH AG BV JOINT STOCK JSC OOO AO PAO PJSC OJSC OBSHCHESTVO AKTSIONERNOE AND OF THE DE LA AL EL S OGRANICHENNOI OTVETSTVENNOSTYU KK GROUP FZE PLC AB OY AS"), strings.ToUpper(strings.Trim(word, ".,")))
}

func same(words []string) bool {
	for _, w := range words {
		if w != words[0] {
			return false
		}
	}
	return true
}

// slipMin is how many letters a word needs for a slip to leave it recognisable.
const slipMin = 4

// slips makes so many slips in words of four letters or more.
func (d *drawer) slips(words []string, n int) []string {
	var long []int
	for i, w := range words {
		if len(w) >= slipMin {
			long = append(long, i)
		}
	}
	if len(long) == 0 {
		return nil
	}
	for range n {
		i := long[d.rand.IntN(len(long))]
		words[i] = d.slip(words[i])
	}
	return words
}

// slip changes, drops, doubles or swaps a letter.
func (d *drawer) slip(word string) string {
	if len(word) < 3 {
		return word
	}
	at := d.rand.IntN(len(word) - 1)
	other := "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[d.rand.IntN(26):][:1]
	switch d.rand.IntN(4) {
	case 0:
		return word[:at] + other + word[at+1:]
	case 1:
		return word[:at] + word[at+1:]
	case 2:
		return word[:at] + other + word[at:]
	}
	return word[:at] + word[at+1:at+2] + word[at:at+1] + word[at+2:]
}

// space joins two neighbours, or splits a long word.
func (d *drawer) space(words []string) []string {
	if len(words) > 1 && d.rand.IntN(2) == 0 {
		i := d.rand.IntN(len(words) - 1)
		return append(words[:i:i], append([]string{words[i] + words[i+1]}, words[i+2:]...)...)
	}
	longest := 0
	for i := range words {
		if len(words[i]) > len(words[longest]) {
			longest = i
		}
	}
	w := words[longest]
	if len(w) < 5 {
		return nil
	}
	at := 2 + d.rand.IntN(len(w)-4)
	return append(words[:longest:longest], append([]string{w[:at], w[at:]}, words[longest+1:]...)...)
}

// romanise writes sounds as another clerk might.
func (d *drawer) romanise(words []string) []string {
	rules := [...]string{
		"KH", "H", "OU", "U", "U", "OU", "IY", "Y", "Y", "I", "EI", "EY", "OV", "OFF", "EV", "EFF", "SH", "CH", "J", "DJ", "DZH", "J", "Q", "K", "K", "Q", "W", "V", "V", "W",
		"EE", "I", "OO", "U", "PH", "F", "CK", "K", "MUHAMMAD", "MOHAMED", "MOHAMMED", "MUHAMMAD", "AL-", "EL-", "YA", "IA", "YU", "IU", "TS", "TZ", "SS", "S", "LL", "L", "MM", "M",
	}
	text := strings.ToUpper(strings.Join(words, " "))
	done := 0
	for range 40 {
		i := d.rand.IntN(len(rules)/2) * 2
		if strings.Contains(text, rules[i]) {
			text = strings.Replace(text, rules[i], rules[i+1], 1)
			if done++; done == 2 {
				break
			}
		}
	}
	if done == 0 {
		return nil
	}
	return strings.Fields(text)
}
