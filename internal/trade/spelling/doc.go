// Package spelling decides how one name is written in many ways.
//
// A name comes in as people type it, in any script. It goes out as readings: rows
// of words in Latin letters, each with the key under which its other spellings
// meet, with its consonants, and with the role the word has in a name.
//
//	text ── fold ──▶ pieces by script ──▶ Latin ──▶ Key ──▶ Skeleton
//	                       │                ▲        ▲
//	                       └── dictionary ──┴────────┘  what has a meaning by its
//	                                                    meaning, the rest by sound
//
// Names of companies in Chinese and Korean are known abroad by a translation, so
// what has a meaning is translated and only the rest is read by sound. Where a
// script can be read in several ways, there are several readings:
//
//   - Chinese characters: translated; by pinyin alone; translated but for the names
//     of firms; the same with every syllable a word. Persons: surname and given name
//     by pinyin, by syllables, and as in Hong Kong unless the name is written in
//     simplified characters.
//   - Hangul: as the North writes, as the South writes, after McCune and Reischauer,
//     with voiced consonants; names of companies translated and by sound.
//   - Arabic script: as Arabic; with the sounds of Persian; untranslated. Vowels that
//     are not written are guessed, unless the dictionary knows the name; such words
//     are Bare.
//   - Cyrillic: as Russian, Ukrainian or Serbian by the letters it has; Ukrainian as
//     Russian too. Words of lookalikes beside Latin ones: as Latin too.
//   - Umlauts: as one letter and as two.
//
// A name of unknown Kind is read as a company's where a word says so, as a person's
// otherwise, and as both where only a short word could be a legal form.
//
// The dictionary is in the folder of that name: one meaning a line, its canonical
// word first. Marks at the end of a Russian word ask for its endings: + for those
// of an adjective, ~ and * for those of a noun. terms.txt is for words that stand
// for several, and for names of firms that are known abroad by another name. A
// longer word is found by its sound too, so that one spelling stands for others. world.txt
// is of another form: names that many people bear somewhere, which changes no reading.
//
// Invariants:
//   - The same text gives the same readings, in the same order.
//   - Any text is answered, in bounded time: RunesMax runes are read, at most
//     WordsMax words and ReadingsMax readings come out.
//   - Latin, Key and Skeleton are made of a–z and 0–9 only; Latin and Key are never
//     empty.
//   - A Reader is never written after New; any number of goroutines may share it.
//
// It holds no lists of persons or companies that are sought, and no scores: which
// words weigh how much is decided by who compares. It does not know names whose
// translation is neither sound nor meaning, but for the few in terms.txt.
package spelling
