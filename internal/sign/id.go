package sign

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// idLength is what an id has, in characters.
const idLength = 15

// NewID returns 90 random bits in 15 characters that may stand in a cookie, a
// topic and a URL.
func NewID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])[:idLength]
}

// Shadow returns what tells a text that nobody can guess from others, and doesn't tell the text:
// as many characters as of NewID.
func Shadow(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:12])[:idLength]
}

// IsID reports whether s may have come from NewID.
func IsID(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return len(s) == idLength
}
