package spelling

// appendKey writes the canonical spelling of latin, which is a–z and 0–9, under
// which the usual ways to write one sound meet. Letters mean what they mean in
// English but for x, which is the sound of sh, and c, which is that of ch.
func appendKey(to, latin []byte) []byte {
	start := len(to)
	for i := 0; i < len(latin); {
		sound, size := soundAt(latin, i)
		for j := range len(sound) {
			c := sound[j]
			if n := len(to); n > start && to[n-1] == c && (c < '0' || c > '9') {
				continue // a doubled letter is written once
			}
			to = append(to, c)
		}
		i += size
	}
	return to
}

// pairAt reads the sounds that are written with several letters, longest first.
func pairAt(rest []byte) (sound string, size int) {
	text := func(s string) bool { return len(rest) >= len(s) && string(rest[:len(s)]) == s }
	switch rest[0] {
	case 'b':
		if text("bh") {
			return "b", 2
		}
	case 'd':
		switch {
		case text("dzh"):
			return "j", 3
		case text("dsch"):
			return "j", 4
		case text("dj"):
			return "j", 2
		case text("dh"):
			return "d", 2
		}
	case 'e':
		if text("ee") {
			return "i", 2
		}
	case 'g':
		switch {
		case text("gue"), text("gui"):
			return "g", 2
		case text("gh"):
			return "g", 2
		}
	case 'k':
		if text("kh") {
			return "h", 2
		}
	case 'o':
		if text("ou") || text("oo") {
			return "u", 2
		}
	case 'p':
		switch {
		case text("phyo"):
			return "p", 2 // Korean
		case text("ph"):
			return "f", 2
		}
	case 's':
		return hissAt(rest)
	case 't':
		switch {
		case text("tsch"):
			return "c", 4
		case text("tch"):
			return "c", 3
		case text("th"):
			return "t", 2
		case text("tz"):
			return "ts", 2
		}
	case 'z':
		if text("zh") {
			return "j", 2
		}
	}
	return "", 0
}

func hissAt(rest []byte) (sound string, size int) {
	text := func(s string) bool { return len(rest) >= len(s) && string(rest[:len(s)]) == s }
	switch {
	case text("shch"):
		return "xc", 4
	case text("schtsch"):
		return "xc", 7
	case text("sch"):
		return "x", 3
	case text("sh"), text("sz"):
		return "x", 2
	}
	return "", 0
}

// soundAt reads one sound of latin from i, and says how many letters it took.
func soundAt(latin []byte, i int) (sound string, size int) {
	c := latin[i]
	rest := latin[i:]
	switch c {
	case 'c':
		return soundOfC(rest)
	case 'q':
		return "k", 1
	case 'x':
		if i > 0 {
			return "ks", 1
		}
		return "x", 1
	case 'w':
		if i > 0 && vowel(latin[i-1]) && (len(rest) == 1 || !vowel(rest[1])) {
			return "u", 1
		}
		return "v", 1
	case 'y':
		return soundOfY(latin, i)
	case 'i':
		if len(rest) > 1 && (rest[1] == 'y' || rest[1] == 'j' && len(rest) == 2 && (i == 0 || !vowel(latin[i-1]))) {
			return "i", 2 // Dmitrij, but Freij
		}
		return "i", 1
	case 'f':
		if len(rest) == 2 && rest[1] == 'f' && i > 1 && (latin[i-1] == 'o' || latin[i-1] == 'e') {
			return "v", 2 // Ivanoff
		}
		return "f", 1
	case 'h':
		if i == 0 && len(rest) > 2 && rest[1] == 's' {
			return "x", 2 // Hsu
		}
		if len(rest) == 1 && i > 1 && vowel(latin[i-1]) {
			return "", 1 // Fatimah
		}
	}
	if i > 0 && latin[i-1] == 'n' && len(rest) > 2 && c == 'g' && rest[1] == 'h' && vowel(rest[2]) {
		return "g", 1 // the h opens a syllable of its own, as in Jianghua
	}
	if sound, size := pairAt(rest); size > 0 {
		return sound, size
	}
	return letters[c : c+1], 1
}

// letters lets one letter be a string without making one.
const letters = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f" +
	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\x7f"

func soundOfC(rest []byte) (string, int) {
	if len(rest) == 1 {
		return "k", 1
	}
	switch rest[1] {
	case 'h':
		if len(rest) > 2 && (rest[2] == 'r' || rest[2] == 'l') {
			return "k", 2 // Christ
		}
		return "c", 2
	case 'k', 'c', 'q':
		return "k", 2
	case 'z':
		return "c", 2
	case 'e', 'i', 'y':
		return "s", 1
	}
	return "k", 1
}

// soundOfY reads y as a vowel after a consonant and at the end of a word, as a
// consonant before a vowel, and not at all in an opening "ye".
func soundOfY(latin []byte, i int) (string, int) {
	last := i == len(latin)-1
	switch {
	case i == 0 && !last && latin[1] == 'e' && len(latin) > 3:
		return "e", 2
	case i == 0 && !last && vowel(latin[1]):
		return "y", 1
	case !last && i > 0 && vowel(latin[i-1]) && latin[i+1] == 'e':
		return "", 1 // -oye, -iye
	}
	return "i", 1
}

func vowel(c byte) bool {
	switch c {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}

// skeletonMin is how many consonants a skeleton has at least.
const skeletonMin = 2

// appendSkeleton writes the consonants of a word by its key, as a script that
// leaves out vowels would keep them: no y, and w at the start only; v as f, p as b,
// j as g, sh and ch as s. It writes nothing where fewer than skeletonMin are left.
func appendSkeleton(to, latin, key []byte) []byte {
	start := len(to)
	vAsW := len(key) > 0 && key[0] == 'v' && len(latin) > 0 && latin[0] == 'w'
	for i, c := range key {
		switch c {
		case 'a', 'e', 'i', 'o', 'u', 'y':
			continue
		case 'v':
			if i == 0 && vAsW {
				break
			}
			if wAt(latin, key, i) {
				continue
			}
			c = 'f'
		case 'p':
			c = 'b'
		case 'j':
			c = 'g'
		case 'x', 'c':
			c = 's'
		}
		if n := len(to); n > start && to[n-1] == c && key[i-1] == key[i] {
			continue
		}
		to = append(to, c)
	}
	if len(to)-start < skeletonMin {
		return to[:start]
	}
	return to
}

// wAt says whether the v at i of key was written w, by counting: the n-th v of the
// key is the n-th v or w of latin that sounds so.
func wAt(latin, key []byte, i int) bool {
	n := 0
	for _, c := range key[:i] {
		if c == 'v' {
			n++
		}
	}
	for j := 0; j < len(latin); j++ {
		c := latin[j]
		if c == 'w' && j > 0 && vowel(latin[j-1]) && (j+1 == len(latin) || !vowel(latin[j+1])) {
			continue // it sounds as u
		}
		if c != 'v' && c != 'w' {
			continue
		}
		if j > 0 && latin[j-1] == c {
			continue
		}
		if n == 0 {
			return c == 'w'
		}
		n--
	}
	return false
}
