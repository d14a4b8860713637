package protocol

import (
	"fmt"
	"unicode/utf8"
)

// kindPush is the first byte of a binary frame from the client. Replies and
// broadcasts (1 and 2) only travel the other way, and LiveView sends neither.
const kindPush = 0

// pushHeader is the length of the fixed start of a binary frame from the client,
// one byte each: the kind, then the lengths in bytes of join_ref, ref, topic and event.
// The four strings follow in that order; the rest of the frame is the payload.
const pushHeader = 5

// DecodeBinary decodes a binary frame, which is how the client uploads a chunk of
// a file. An empty ref reads as null. The payload aliases data and may be empty.
//
// It returns an error wrapping [ErrMalformed] if data ends before the lengths in
// its header say, is of another kind than push, has a ref that is not a number of
// at most 20 digits or text that is not UTF-8; [ErrLimit] if the topic or event is too long.
//
// Source: decode_binary in phoenix/lib/phoenix/socket/serializers/v2_json_serializer.ex
// and binaryEncode in phoenix/assets/js/phoenix/serializer.js.
func (l Limits) DecodeBinary(data []byte) (Frame, error) {
	l = l.withDefaults()
	if len(data) < pushHeader {
		return Frame{}, fmt.Errorf("%w: binary frame of %d bytes, want a header of %d", ErrMalformed, len(data), pushHeader)
	}
	if data[0] != kindPush {
		return Frame{}, fmt.Errorf("%w: binary frame of kind %d, want %d", ErrMalformed, data[0], kindPush)
	}
	var parts [4][]byte // join_ref, ref, topic, event
	rest := data[pushHeader:]
	for i := range parts {
		n := int(data[1+i])
		if n > len(rest) {
			return Frame{}, fmt.Errorf("%w: binary header announces %d bytes, %d are left", ErrMalformed, n, len(rest))
		}
		parts[i], rest = rest[:n], rest[n:]
	}
	for _, ref := range parts[:2] {
		if len(ref) > 0 && !isRef(ref) {
			return Frame{}, wrongType("ref of binary frame", "1 to 20 digits")
		}
	}
	for _, name := range parts[2:] {
		if !utf8.Valid(name) {
			return Frame{}, wrongType("topic or event of binary frame", "UTF-8")
		}
		if len(name) > l.MaxTopic {
			return Frame{}, fmt.Errorf("%w: topic or event of %d bytes, at most %d", ErrLimit, len(name), l.MaxTopic)
		}
	}
	f := newFrame(parts[0], parts[1], parts[2], parts[3])
	f.Payload, f.Binary = rest, true
	return f, nil
}
