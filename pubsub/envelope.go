package pubsub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/gin-liveview/liveview/internal/shape"
)

// envelope is what travels through the broker:
//
//	"LV" version  flags  node (15)  kind  epoch  seq  sent  name  shape (8)  payload  [signature (16)]
//
// Numbers are unsigned varints, name is preceded by its length. seq counts the
// node's messages on the topic, so that a subscriber notices a lost or repeated
// one; a node that no longer knows where it was starts a new epoch. Of gaps it
// counts all that the node tells, on whatever topic and in any epoch. sent is by
// the node's clock: a signed message that is older than anybody remembers numbers
// isn't accepted any more.
type envelope struct {
	node       string
	kind       envelopeKind
	epoch, seq uint64
	sent       uint64 // milliseconds since 1970
	name       string // of the info's type; "" for a gap
	shape      [shape.HashBytes]byte
	payload    []byte // JSON
}

type envelopeKind byte

const (
	kindInfo envelopeKind = iota
	kindGap               // the node couldn't send all it published
)

const (
	magic     = "LV\x02"
	nodeBytes = 15
	macBytes  = 16

	flagSigned = 1

	// MaxMessage is the largest message that is published or accepted, in
	// bytes, its type's name and the like included.
	MaxMessage = 1 << 20
)

var (
	errGarbled   = errors.New("garbled")
	errVersion   = errors.New("of another version or another program")
	errSignature = errors.New("not signed with the secret")
)

// appendTo writes e for a channel; key nil means unsigned.
func (e *envelope) appendTo(dst []byte, channel string, key []byte) []byte {
	start := len(dst)
	dst = append(dst, magic...)
	flags := byte(0)
	if key != nil {
		flags = flagSigned
	}
	dst = append(dst, flags)
	dst = append(dst, e.node...)
	dst = append(dst, byte(e.kind))
	dst = binary.AppendUvarint(dst, e.epoch)
	dst = binary.AppendUvarint(dst, e.seq)
	dst = binary.AppendUvarint(dst, e.sent)
	dst = binary.AppendUvarint(dst, uint64(len(e.name)))
	dst = append(dst, e.name...)
	dst = append(dst, e.shape[:]...)
	dst = append(dst, e.payload...)
	if key != nil {
		dst = append(dst, signature(dst[start:], channel, key)...)
	}
	return dst
}

// parseEnvelope reads what appendTo wrote for the same channel and key. The
// payload aliases data.
func parseEnvelope(data []byte, channel string, key []byte) (envelope, error) {
	var e envelope
	if len(data) < len(magic)+1+nodeBytes+1 || string(data[:len(magic)]) != magic {
		return e, errVersion
	}
	if signed := data[len(magic)] == flagSigned; signed != (key != nil) {
		return e, errSignature
	}
	if key != nil {
		body := len(data) - macBytes
		if body < len(magic)+1+nodeBytes+1 || !hmac.Equal(signature(data[:body], channel, key), data[body:]) {
			return e, errSignature
		}
		data = data[:body]
	}
	data = data[len(magic)+1:]
	e.node, data = string(data[:nodeBytes]), data[nodeBytes:]
	e.kind, data = envelopeKind(data[0]), data[1:]
	var length uint64
	for _, n := range []*uint64{&e.epoch, &e.seq, &e.sent, &length} {
		v, size := binary.Uvarint(data)
		if size <= 0 {
			return e, errGarbled
		}
		*n, data = v, data[size:]
	}
	if e.kind > kindGap || length > maxName || uint64(len(data)) < length+shape.HashBytes {
		return e, errGarbled
	}
	e.name, data = string(data[:length]), data[length:]
	e.shape, e.payload = [shape.HashBytes]byte(data[:shape.HashBytes]), data[shape.HashBytes:]
	return e, nil
}

func signature(body []byte, channel string, key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(channel))
	mac.Write([]byte{0})
	mac.Write(body)
	return mac.Sum(nil)[:macBytes]
}

func signingKey(secret string) []byte {
	if secret == "" {
		return nil
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("liveview pubsub"))
	return mac.Sum(nil)
}
