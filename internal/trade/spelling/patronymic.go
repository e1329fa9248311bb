package spelling

import "bytes"

// patronymicEndings are what makes the father's name of a given name among the
// eastern Slavs, as the three languages are written in Latin letters, and its
// canonical spelling. The longer of two comes first.
func patronymicEndings() [22][2]string {
	return [...][2]string{
		{"yevich", "ovic"},
		{"yavich", "ovic"},
		{"iavich", "ovic"},
		{"iovych", "ovic"},
		{"yovych", "ovic"},
		{"yauna", "ovna"},
		{"ovitch", "ovic"},
		{"evitch", "ovic"},
		{"avitch", "ovic"},
		{"ovich", "ovic"},
		{"evich", "ovic"},
		{"avich", "ovic"},
		{"ovych", "ovic"},
		{"evych", "ovic"},
		{"yevna", "ovna"},
		{"ovna", "ovna"},
		{"evna", "ovna"},
		{"ivna", "ovna"},
		{"awna", "ovna"},
		{"auna", "ovna"},
		{"iwna", "ovna"},
		{"eyna", "ovna"},
	}
}

// patronymic finds the name of a father whose given name the dictionary knows, so
// that Grigorievich meets Hryhoravich.
func (b *builder) patronymic(latin []byte) *entry {
	if n := len(latin); n < 6 || latin[n-1] != 'a' && latin[n-1] != 'h' {
		return nil
	}
	for _, end := range patronymicEndings() {
		stem, is := bytes.CutSuffix(latin, []byte(end[0]))
		if !is || len(stem) < 3 {
			continue
		}
		if given := b.given(stem); given != nil {
			key := append([]byte(given.key), end[1]...)
			return &entry{role: Ordinary, key: string(key), skeleton: string(appendSkeleton(nil, key, key))}
		}
	}
	return nil
}

// given finds a given name whose last sound may have been left out.
func (b *builder) given(stem []byte) *entry {
	var room [wordMax + 2]byte
	for _, last := range [...]string{"", "i", "y", "iy", "ii"} {
		if e := b.entry(append(append(room[:0], stem...), last...)); e != nil && e.role == Ordinary && !e.begins {
			return e
		}
	}
	return nil
}
