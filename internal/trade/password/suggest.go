package password

import (
	"io"

	"fondaco/internal/fault"
)

const (
	suggestedLength = 20
	// triesMax is far more than any source of chance needs; a broken one ends here.
	triesMax = 100
)

// alphabet has the four classes without those that look alike (0 O o, 1 I l i).
const alphabet = "abcdefghjkmnpqrstuvwxyz" + "ABCDEFGHJKLMNPQRSTUVWXYZ" + "23456789" + "!#%*+-=?@_"

// Suggest returns a password of 20 characters with all four classes, about 120
// bits, in which Measure finds nothing weak, no name of its reader either, each that
// can be returned as likely as any other; fault password.no_chance when random fails.
func Suggest(random io.Reader, a About) (string, error) {
	for range triesMax {
		pw, err := draw(random)
		if err != nil {
			return "", noChance().Because(err)
		}
		if s := Measure(pw, a); len(s.Classes) == len(Classes()) && len(s.Weak) == 0 {
			return pw, nil
		}
	}
	return "", noChance()
}

func noChance() *fault.Error {
	return fault.New(fault.Unavailable, "password.no_chance", "No password can be suggested now. Choose one yourself.")
}

// draw returns characters of the alphabet. Bytes beyond the last whole multiple of
// its length are thrown away: they would make the first characters likelier.
func draw(random io.Reader) (string, error) {
	const fair = 256 / len(alphabet) * len(alphabet)
	pw := make([]byte, 0, suggestedLength)
	chunk := make([]byte, 2*suggestedLength)
	for range triesMax {
		if _, err := io.ReadFull(random, chunk); err != nil {
			return "", err
		}
		for _, b := range chunk {
			if int(b) < fair && len(pw) < suggestedLength {
				pw = append(pw, alphabet[int(b)%len(alphabet)])
			}
		}
		if len(pw) == suggestedLength {
			return string(pw), nil
		}
	}
	return "", io.ErrNoProgress
}
