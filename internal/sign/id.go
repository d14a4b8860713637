package sign

import (
	"crypto/rand"
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
