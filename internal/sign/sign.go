// Package sign signs the values that travel through the browser, and makes the
// random ids that they are about.
package sign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
)

// Purpose says what a token is for. It is part of what is signed, so that a
// token of one kind is never taken for another.
type Purpose string

// The purposes there are.
const (
	CSRF   Purpose = "csrf"    // proves that one of our pages opened the socket
	Page   Purpose = "session" // data-phx-session: which page was rendered for whom
	Static Purpose = "static"  // data-phx-static: the flash that was rendered over HTTP
	Flash  Purpose = "flash"   // a flash on its way to another page
	Action Purpose = "action"  // a request for an HTTP handler of the application's; sealed
	Upload Purpose = "upload"  // the topic of one file
	Nested Purpose = "nested"  // data-phx-session of a nested view: which one it is nested in
	Value  Purpose = "value"   // a value that a page shows and an event brings back; marked
	Post   Purpose = "post"    // the forms of a page, where they are sent without a socket
	State  Purpose = "state"   // of a view, for the one that follows it; sealed, by Seal
	Poll   Purpose = "poll"    // which connection without a WebSocket a request is of
	Sticky Purpose = "sticky"  // data-phx-session of a sticky view: which one, where and for whom
)

const (
	// PageAge is how long a rendered page may be joined. Phoenix keeps 14 days
	// as well (phoenix_live_view/lib/phoenix_live_view/static.ex): a tab left
	// open over a holiday comes back.
	PageAge = 14 * 24 * time.Hour

	// MoveAge is how long tokens hold that only travel from one page to the
	// next, those for Flash and Action. The client gives the flash's cookie the
	// same 60 seconds (phoenix_live_view/assets/js/phoenix_live_view/browser.ts).
	MoveAge = 60 * time.Second

	// MaxBytes bounds a token.
	MaxBytes = 16 << 10

	// MaxValue is the most that the fields of a token may have together, in
	// bytes, so that it keeps within MaxBytes once it is encoded.
	MaxValue = MaxBytes / 2

	// MinSecret is the least that a secret may have, in bytes: it is the key of
	// an HMAC-SHA256.
	MinSecret = 32
)

// ErrToken is returned for every bad token. It says nothing of the cause, so
// that a forger learns nothing from it.
var ErrToken = errors.New("liveview: token is not valid")

// Signer signs and verifies. It is safe for concurrent use.
type Signer struct {
	marks   [][]byte // keys of marks, one for each secret
	seals   [][]byte // keys of seals, likewise
	lasting codecs   // of pages
	short   codecs   // of what passes from one page to the next
	sealed  codecs   // short, and unreadable to the visitor
}

// codecs are one for each secret: the first signs, all verify.
type codecs []securecookie.Codec

// New derives a key from each secret, so that a secret shared with the session
// store doesn't sign with the same key. The first secret signs, all verify.
func New(secrets []string) *Signer {
	s := &Signer{}
	for _, secret := range secrets {
		key := derivedKey(secret, "liveview token key")
		s.marks = append(s.marks, derivedKey(secret, "liveview mark key"))
		s.seals = append(s.seals, derivedKey(secret, "liveview state key"))
		s.lasting = append(s.lasting, newCodec(key, nil, PageAge))
		s.short = append(s.short, newCodec(key, nil, MoveAge))
		s.sealed = append(s.sealed, newCodec(key, derivedKey(secret, "liveview seal key"), MoveAge))
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
		MaxLength(MaxBytes)
}

func (s *Signer) of(p Purpose) codecs {
	switch p {
	case Flash:
		return s.short
	case Action:
		return s.sealed
	default:
		return s.lasting
	}
}

// Sign returns the fields with their purpose, time and signature, in characters
// that pass in a URL, an attribute and a cookie. It panics if the fields have
// more than about two thirds of MaxBytes, which callers see to.
func (s *Signer) Sign(p Purpose, fields ...string) string {
	token, err := securecookie.EncodeMulti(string(p), []byte(join(fields)), s.of(p)...)
	if err != nil {
		panic("liveview: signing a token: " + err.Error())
	}
	return token
}

// Mark returns what proves that the fields were put together here, for this purpose: the
// same for the same fields, and so without an age, in characters that pass anywhere.
func (s *Signer) Mark(p Purpose, fields ...string) string { return mark(s.marks[0], p, fields) }

// IsMark reports whether Mark made mark of these fields, with any of the secrets.
func (s *Signer) IsMark(given string, p Purpose, fields ...string) bool {
	for _, key := range s.marks {
		if hmac.Equal([]byte(given), []byte(mark(key, p, fields))) {
			return true
		}
	}
	return false
}

func mark(key []byte, p Purpose, fields []string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(join(append([]string{string(p)}, fields...))))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// Verify returns the n fields of a token that Sign made for the same purpose
// and that isn't too old, or ErrToken.
func (s *Signer) Verify(p Purpose, token string, n int) ([]string, error) {
	// Base64 that isn't the shortest way to say it (spare bits, line breaks)
	// would give one token several spellings.
	if _, err := base64.URLEncoding.Strict().DecodeString(token); err != nil || strings.ContainsAny(token, "\r\n") {
		return nil, ErrToken
	}
	var value []byte
	if err := securecookie.DecodeMulti(string(p), token, &value, s.of(p)...); err != nil {
		return nil, ErrToken
	}
	fields, ok := split(string(value), n)
	if !ok {
		return nil, ErrToken
	}
	return fields, nil
}

// join makes one value of several. Each but the last is quoted where it holds
// the separator, so that none can pass for two.
func join(fields []string) string {
	if len(fields) == 1 {
		return fields[0]
	}
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

// split reverses join for n fields.
func split(value string, n int) ([]string, bool) {
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
