package sign

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
)

// A seal opens for what it was made for, with the secret of its time, and for nothing else.
func TestSeal(t *testing.T) {
	old, other := strings.Repeat("o", 32), strings.Repeat("x", 32)
	was := New([]string{old})
	now := New([]string{strings.Repeat("n", 32), old})
	for _, data := range [][]byte{nil, []byte("a"), bytes.Repeat([]byte("state "), 1000)} {
		seal := was.Seal(State, data, "view", "browser")
		if len(seal) != SealedLength(len(data)) {
			t.Errorf("a seal of %d bytes is %d long, not %d", len(data), len(seal), SealedLength(len(data)))
		}
		if got, err := now.Open(State, seal, "view", "browser"); err != nil || !bytes.Equal(got, data) {
			t.Errorf("it opens as %q, %v", got, err)
		}
		for _, opened := range []func() ([]byte, error){
			func() ([]byte, error) { return now.Open(Page, seal, "view", "browser") },
			func() ([]byte, error) { return now.Open(State, seal, "view", "other") },
			func() ([]byte, error) { return now.Open(State, seal, "viewb", "rowser") },
			func() ([]byte, error) { return now.Open(State, seal, "view") },
			func() ([]byte, error) { return now.Open(State, seal+"\n", "view", "browser") },
			func() ([]byte, error) { return New([]string{other}).Open(State, seal, "view", "browser") },
		} {
			if got, err := opened(); err == nil {
				t.Errorf("it opens as %q for another", got)
			}
		}
	}
}

// Of a seal that was changed, cut or put together of two, nothing is accepted.
func TestChangedSeals(t *testing.T) {
	s := New([]string{strings.Repeat("s", 32)})
	seal, second := s.Seal(State, []byte("the state of a view"), "v", "b"), s.Seal(State, []byte("the state of another"), "v", "b")
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \n"
	n := 1_000_000
	if testing.Short() || flag.Lookup("slow").Value.String() != "true" {
		n /= 100
	}
	for range n {
		b := []byte(seal)
		switch rand.IntN(4) {
		case 0:
			b = b[:rand.IntN(len(b))]
		case 1:
			at := rand.IntN(min(len(b), len(second)))
			b = append(b[:at:at], second[at:]...)
		default:
			for range 1 + rand.IntN(3) {
				b[rand.IntN(len(b))] = letters[rand.IntN(len(letters))]
			}
		}
		if text := string(b); text != seal && text != second {
			if got, err := s.Open(State, text, "v", "b"); err == nil {
				t.Fatalf("%q opens as %q", text, got)
			}
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	s := New([]string{strings.Repeat("s", 32)})
	data := make([]byte, 2<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(State, s.Seal(State, data, "v", "b"), "v", "b"); err != nil {
			b.Fatal(err)
		}
	}
}
