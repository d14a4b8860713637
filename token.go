package liveview

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
)

// Every signed value names its purpose, which is part of what is signed, so
// that a token of one kind is never taken for another.
type tokenPurpose string

const (
	purposeCSRF    tokenPurpose = "csrf"
	purposeSession tokenPurpose = "session"
)

// sessionTokenAge is how long a rendered page may be joined. Phoenix keeps 14
// days as well (lib/phoenix_live_view/static.ex): a tab left open over a
// holiday comes back.
const sessionTokenAge = 14 * 24 * time.Hour

// minSecretBytes is the least that a secret may have; it is the key of an
// HMAC-SHA256.
const minSecretBytes = 32

// errToken says nothing of the cause, so that a forger learns nothing from it.
var errToken = errors.New("liveview: token is not valid")

// signer signs and verifies the values that travel through the browser.
type signer struct {
	codecs []securecookie.Codec // the first signs, all verify
}

// newSigner derives a key from each secret, so that a secret shared with the
// session store doesn't sign with the same key.
func newSigner(secrets []string) *signer {
	s := &signer{}
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte("liveview token key"))
		c := securecookie.New(mac.Sum(nil), nil).
			SetSerializer(securecookie.NopEncoder{}).
			MaxAge(int(sessionTokenAge / time.Second))
		s.codecs = append(s.codecs, c)
	}
	return s
}

// sign returns value with its purpose, time and signature, in characters that
// pass in a URL, an attribute and a cookie.
func (s *signer) sign(p tokenPurpose, value string) string {
	token, err := securecookie.EncodeMulti(string(p), []byte(value), s.codecs...)
	if err != nil {
		// Only a missing key or an oversized value gets here, and neither
		// comes from outside.
		panic("liveview: signing a token: " + err.Error())
	}
	return token
}

// verify returns the value of a token made by sign for the same purpose.
func (s *signer) verify(p tokenPurpose, token string) (string, error) {
	// Base64 that isn't the shortest way to say it (spare bits, line breaks)
	// would give one token several spellings.
	if _, err := base64.URLEncoding.Strict().DecodeString(token); err != nil || strings.ContainsAny(token, "\r\n") {
		return "", errToken
	}
	var value []byte
	if err := securecookie.DecodeMulti(string(p), token, &value, s.codecs...); err != nil {
		return "", errToken
	}
	return string(value), nil
}

// pageToken is what data-phx-session says: which page was rendered for whom.
type pageToken struct {
	id      string // of the view, and so of its topic
	route   string // Gin's pattern of the route
	browser string // that it was rendered for
}

func (s *signer) signPage(t pageToken) string {
	return s.sign(purposeSession, t.id+"\n"+t.browser+"\n"+t.route)
}

func (s *signer) verifyPage(token string) (pageToken, error) {
	value, err := s.verify(purposeSession, token)
	if err != nil {
		return pageToken{}, err
	}
	id, rest, _ := strings.Cut(value, "\n")
	browser, route, ok := strings.Cut(rest, "\n")
	if !ok {
		return pageToken{}, errToken
	}
	return pageToken{id: id, route: route, browser: browser}, nil
}

// randomID returns 90 random bits in 15 characters that may stand in an HTML
// id, a topic and a URL. Each frame carries a view's id, hence no longer.
func randomID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])[:randomIDLength]
}

const randomIDLength = 15

// isRandomID reports whether s may have come from randomID.
func isRandomID(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return len(s) == randomIDLength
}
