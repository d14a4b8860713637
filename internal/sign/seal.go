package sign

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// saltBytes is what a seal begins with: random, so that each has a key of its own, however
// many there are.
const saltBytes = 16

// SealIDLength is how many characters a seal begins with that no other has: with those of
// another it doesn't open.
const SealIDLength = saltBytes * 8 / 6

// sealOverhead is what a seal has more than what is in it, in bytes, before it is written
// as text.
const sealOverhead = saltBytes + 16

// SealedLength is how long the seal of so many bytes is, in characters.
func SealedLength(bytes int) int { return base64.RawURLEncoding.EncodedLen(bytes + sealOverhead) }

// Seal returns data such that it can be neither read nor changed by who hasn't got the
// secret, in characters that pass anywhere. It opens for the same purpose and fields alone.
func (s *Signer) Seal(p Purpose, data []byte, fields ...string) string {
	salt := make([]byte, saltBytes, len(data)+sealOverhead)
	_, _ = rand.Read(salt) // never fails
	return base64.RawURLEncoding.EncodeToString(gcmOf(s.seals[0], salt).Seal(salt, make([]byte, gcmNonce), data, sealedFor(p, fields)))
}

// Open returns what Seal was given with the same purpose and fields and any of the
// secrets, or ErrToken.
func (s *Signer) Open(p Purpose, seal string, fields ...string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(seal)
	if err != nil || len(raw) < sealOverhead || len(seal) != base64.RawURLEncoding.EncodedLen(len(raw)) { // without line breaks
		return nil, ErrToken
	}
	salt, sealed := raw[:saltBytes], raw[saltBytes:]
	for _, key := range s.seals {
		if data, err := gcmOf(key, salt).Open(nil, make([]byte, gcmNonce), sealed, sealedFor(p, fields)); err == nil {
			return data, nil
		}
	}
	return nil, ErrToken
}

const gcmNonce = 12

func gcmOf(key, salt []byte) cipher.AEAD {
	mac := hmac.New(sha256.New, key)
	mac.Write(salt)
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	return gcm
}

func sealedFor(p Purpose, fields []string) []byte {
	return []byte(join(append([]string{string(p)}, fields...)))
}
