package liveview

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
)

// Every signed value names its purpose, which is part of what is signed, so
// that a token of one kind is never taken for another.
type tokenPurpose string

const (
	purposeCSRF    tokenPurpose = "csrf"
	purposeSession tokenPurpose = "session" // data-phx-session
	purposeStatic  tokenPurpose = "static"  // data-phx-static: the flash that was rendered over HTTP
	purposeFlash   tokenPurpose = "flash"   // a flash on its way to another page
	purposeAction  tokenPurpose = "action"  // a request for an HTTP handler of the application's
	purposeUpload  tokenPurpose = "upload"  // the topic of one file
)

// sessionTokenAge is how long a rendered page may be joined. Phoenix keeps 14
// days as well (lib/phoenix_live_view/static.ex): a tab left open over a
// holiday comes back.
const sessionTokenAge = 14 * 24 * time.Hour

// shortTokenAge is how long tokens hold that only travel from one page to the
// next. The client gives the flash's cookie the same 60 seconds
// (phoenix_live_view/assets/js/phoenix_live_view/browser.ts).
const shortTokenAge = 60 * time.Second

// maxTokenBytes bounds what is signed and what is verified.
const maxTokenBytes = 16 << 10

// minSecretBytes is the least that a secret may have; it is the key of an
// HMAC-SHA256.
const minSecretBytes = 32

// errToken says nothing of the cause, so that a forger learns nothing from it.
var errToken = errors.New("liveview: token is not valid")

// signer signs and verifies the values that travel through the browser.
type signer struct {
	lasting codecs // of pages
	short   codecs // of what passes from one page to the next
	sealed  codecs // short, and unreadable to the visitor
}

// codecs are one for each secret: the first signs, all verify.
type codecs []securecookie.Codec

// newSigner derives a key from each secret, so that a secret shared with the
// session store doesn't sign with the same key.
func newSigner(secrets []string) *signer {
	s := &signer{}
	for _, secret := range secrets {
		key := derivedKey(secret, "liveview token key")
		s.lasting = append(s.lasting, newCodec(key, nil, sessionTokenAge))
		s.short = append(s.short, newCodec(key, nil, shortTokenAge))
		s.sealed = append(s.sealed, newCodec(key, derivedKey(secret, "liveview seal key"), shortTokenAge))
	}
	return s
}

func derivedKey(secret, use string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(use))
	return mac.Sum(nil)
}

func newCodec(signKey, sealKey []byte, age time.Duration) securecookie.Codec {
	return securecookie.New(signKey, sealKey).
		SetSerializer(securecookie.NopEncoder{}).
		MaxAge(int(age / time.Second)).
		MaxLength(maxTokenBytes)
}

// of returns the codecs for tokens of that purpose.
func (s *signer) of(p tokenPurpose) codecs {
	switch p {
	case purposeFlash:
		return s.short
	case purposeAction:
		return s.sealed
	default:
		return s.lasting
	}
}

// sign returns value with its purpose, time and signature, in characters that
// pass in a URL, an attribute and a cookie. value has less than about
// two thirds of maxTokenBytes.
func (s *signer) sign(p tokenPurpose, value string) string {
	token, err := securecookie.EncodeMulti(string(p), []byte(value), s.of(p)...)
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
	if err := securecookie.DecodeMulti(string(p), token, &value, s.of(p)...); err != nil {
		return "", errToken
	}
	return string(value), nil
}

// pageToken is what data-phx-session says: which page was rendered for whom.
type pageToken struct {
	id      string // of the view, and so of its topic
	browser string // that it was rendered for
	user    string // that Identify named, "" for nobody
	group   string // of LiveSession, "" for none
	route   string // Gin's pattern of the route
}

func (s *signer) signPage(t pageToken) string {
	return s.sign(purposeSession, joinFields(t.id, t.browser, t.user, t.group, t.route))
}

func (s *signer) verifyPage(token string) (pageToken, error) {
	value, err := s.verify(purposeSession, token)
	if err != nil {
		return pageToken{}, err
	}
	f, ok := splitFields(value, 5)
	if !ok {
		return pageToken{}, errToken
	}
	return pageToken{id: f[0], browser: f[1], user: f[2], group: f[3], route: f[4]}, nil
}

// joinFields makes one signed value of several. Each but the last is quoted
// where it holds the separator, so that none can pass for two.
func joinFields(fields ...string) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i < len(fields)-1 && strings.ContainsAny(f, "\n\"") {
			f = strconv.Quote(f)
		}
		b.WriteString(f)
	}
	return b.String()
}

// splitFields reverses joinFields for n fields.
func splitFields(value string, n int) ([]string, bool) {
	fields := strings.SplitN(value, "\n", n)
	if len(fields) != n {
		return nil, false
	}
	for i, f := range fields[:n-1] {
		if strings.HasPrefix(f, `"`) {
			plain, err := strconv.Unquote(f)
			if err != nil {
				return nil, false
			}
			fields[i] = plain
		}
	}
	return fields, true
}

// uploadToken lets the client open the topic of one file, once.
type uploadToken struct {
	view    string // id of the view that allowed it
	browser string
	upload  string // ref of the upload
	entry   string // ref of the entry
	nonce   string // of this grant
}

func (s *signer) signUpload(t uploadToken) string {
	return s.sign(purposeUpload, joinFields(t.view, t.browser, t.upload, t.entry, t.nonce))
}

func (s *signer) verifyUpload(token string) (uploadToken, error) {
	value, err := s.verify(purposeUpload, token)
	if err != nil {
		return uploadToken{}, err
	}
	f, ok := splitFields(value, 5)
	if !ok {
		return uploadToken{}, errToken
	}
	return uploadToken{f[0], f[1], f[2], f[3], f[4]}, nil
}

// newViewID returns an HTML id with 72 random bits: each frame carries it, hence
// no more. What may be joined is decided by the page's token, not by the id.
func newViewID() string { return "phx-" + randomID()[:12] }

// randomID returns 90 random bits in 15 characters that may stand in a cookie,
// a topic and a URL.
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
