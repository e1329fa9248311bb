package spelling

// Limits of what is read.
const (
	RunesMax    = 1_000 // runes of the input; what follows is not read
	WordsMax    = 64    // words of a reading
	ReadingsMax = 4     // readings of a name
)

// Kind says whose name it is; it decides which roles words can have.
type Kind uint8

// Kinds of names. Any is for who does not know.
const (
	Any Kind = iota
	Person
	Organisation
)

// Role is the part a word plays in a name.
type Role uint8

// Roles of words. Only Ordinary, Particle and Title occur in names of persons.
const (
	Ordinary  Role = iota // what tells one name from another
	LegalForm             // ltd, gmbh, 有限公司
	Business              // technology, trading: says something, but many say it
	Place                 // a city or a country
	Particle              // al, bin, de, van, and
	Title                 // dr, haji, general
)

// Word is one word of a name, in Latin letters.
type Word struct {
	Written  string // the piece of the folded input that it came from, for a reader
	Latin    string // a–z and 0–9 only
	Key      string // canonical spelling, under which spellings of one sound or one meaning meet
	Skeleton string // the consonants of Key, or "" where fewer than two are left
	Role     Role
	Bare     bool  // the script leaves vowels out, so Latin has guessed ones: compare by Skeleton
	Meant    bool  // the word was translated, not read by sound
	Common   bool  // Latin is a given or family name that is common somewhere in the world
	Whole    *Word // of the first of two that were written as one, such as Abdulaziz: that one; else nil
}

// Reading is one way to read a name; it has at least one word.
type Reading struct{ Words []Word }
