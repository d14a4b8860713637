package sign

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var slow = flag.Bool("slow", false, "run the slow proofs as well")

// Of a million changed tokens none is accepted, and each gets the same error.
func TestForgedTokenIsRefused(t *testing.T) {
	s := New([]string{strings.Repeat("s", 32)})
	page := []string{"phx-A1", "browser", "", "", "/users/:id"}
	token := s.Sign(Page, page...)
	if got, err := s.Verify(Page, token, 5); err != nil || !slices.Equal(got, page) {
		t.Fatalf("Verify = %q, %v", got, err)
	}
	if _, err := s.Verify(CSRF, token, 5); err == nil {
		t.Error("a page's token passes as a CSRF token")
	}
	if _, err := s.Verify(Page, New([]string{strings.Repeat("x", 32)}).Sign(Page, page...), 5); err == nil {
		t.Error("a token of another secret is accepted")
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \x00"
	r := rand.New(rand.NewPCG(1, 2))
	mutations, forged, refused := 50_000, 0, 0
	if *slow {
		mutations = 1_000_000
	}
	for forged < mutations {
		b := []byte(token)
		switch r.IntN(4) {
		case 0: // change characters
			for range 1 + r.IntN(4) {
				b[r.IntN(len(b))] = alphabet[r.IntN(len(alphabet))]
			}
		case 1: // cut
			b = b[r.IntN(8):]
			b = b[:r.IntN(len(b))]
		case 2: // insert
			i := r.IntN(len(b))
			b = append(b[:i:i], append([]byte{alphabet[r.IntN(len(alphabet))]}, b[i:]...)...)
		case 3: // swap
			i, j := r.IntN(len(b)), r.IntN(len(b))
			b[i], b[j] = b[j], b[i]
		}
		if string(b) == token {
			continue
		}
		forged++
		if got, err := s.Verify(Page, string(b), 5); err == nil {
			t.Errorf("a forged token says %q", got)
		} else if !errors.Is(err, ErrToken) {
			t.Fatalf("error = %v, want the one that says nothing", err)
		} else {
			refused++
		}
	}
	t.Attr("figure", fmt.Sprintf("%d of %d changed tokens accepted", forged-refused, forged))
}

func TestFieldsStayApart(t *testing.T) {
	s := New([]string{strings.Repeat("s", 32)})
	for _, fields := range [][]string{
		{"a\nb", "c", "d"}, {"a", "b\nc", "d"}, {`"a"`, "b", "c\nd"}, {"", "", ""}, {"\n", "\"", "\n"},
	} {
		got, err := s.Verify(Page, s.Sign(Page, fields...), 3)
		if err != nil || !slices.Equal(got, fields) {
			t.Errorf("Verify of %q = %q, %v", fields, got, err)
		}
	}
	if got, err := s.Verify(Page, s.Sign(Page, "a", "b"), 3); err == nil {
		t.Errorf("two fields pass for three: %q", got)
	}
}

func TestTokenAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New([]string{strings.Repeat("s", 32)})
		page, flash := s.Sign(Page, "p"), s.Sign(Flash, "f")
		time.Sleep(MoveAge)
		if _, err := s.Verify(Flash, flash, 1); err != nil {
			t.Error("a flash is refused before its time is over")
		}
		time.Sleep(2 * time.Second) // stamps have whole seconds
		if _, err := s.Verify(Flash, flash, 1); err == nil {
			t.Error("a flash is accepted after its time is over")
		}
		time.Sleep(PageAge - time.Hour)
		if _, err := s.Verify(Page, page, 1); err != nil {
			t.Error("a page is refused before its time is over")
		}
		time.Sleep(2 * time.Hour)
		if _, err := s.Verify(Page, page, 1); err == nil {
			t.Error("a page is accepted after its time is over")
		}
	})
}

func TestOnce(t *testing.T) {
	var o Once
	now := time.Now()
	for range 5 {
		if !o.Take("a", now) {
			t.Fatal("a first use is refused")
		}
		for _, later := range []time.Duration{0, MoveAge, 2*MoveAge - 1} {
			if o.Take("a", now.Add(later)) {
				t.Errorf("a second use, %v later, is let through", later)
			}
		}
		now = now.Add(5 * MoveAge) // no token is good for that long
	}
}

// One use costs the same however many came before it.
func BenchmarkOnce(b *testing.B) {
	for _, before := range []int{100, 100_000} {
		b.Run(strconv.Itoa(before), func(b *testing.B) {
			var o Once
			now := time.Now()
			for i := range before {
				o.Take(strconv.Itoa(i), now)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				o.Take("n"+strconv.Itoa(i%1000), now)
			}
		})
	}
}
