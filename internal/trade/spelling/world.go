package spelling

import (
	"strings"

	"fondaco/internal/fault"
)

// worldNames are the names that are common somewhere in the world, by Latin.
func worldNames() map[string]bool {
	text, err := dictionary.ReadFile("dictionary/world.txt")
	fault.Assert(err == nil, "spelling.dictionary", "the common names of the world are built in")
	names := make(map[string]bool, 8_000)
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			for name := range strings.FieldsSeq(line) {
				names[name] = true
			}
		}
	}
	return names
}
