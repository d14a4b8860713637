package liveview

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// Of a million changed tokens none is accepted, and each gets the same error.
func TestForgedTokenIsRefused(t *testing.T) {
	s := newSigner([]string{strings.Repeat("s", 32)})
	page := pageToken{id: "phx-A1", route: "/users/:id", browser: "browser"}
	token := s.signPage(page)
	if got, err := s.verifyPage(token); err != nil || got != page {
		t.Fatalf("verifyPage = %+v, %v", got, err)
	}
	if _, err := s.verify(purposeCSRF, token); err == nil {
		t.Error("a page's token passes as a CSRF token")
	}
	if _, err := s.verifyPage(newSigner([]string{strings.Repeat("x", 32)}).signPage(page)); err == nil {
		t.Error("a token of another secret is accepted")
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \x00"
	r := rand.New(rand.NewPCG(1, 2))
	mutations, forged, refused := 1_000_000, 0, 0
	if testing.Short() {
		mutations = 10_000
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
		if got, err := s.verifyPage(string(b)); err == nil {
			t.Errorf("a forged token says %+v", got)
		} else if !errors.Is(err, errToken) {
			t.Fatalf("error = %v, want the one that says nothing", err)
		} else {
			refused++
		}
	}
	t.Logf("%d forged tokens, %d refused", forged, refused)
}
