package protocol

import "fmt"

// Frame is one message from the client, text or binary.
//
// Source: decode in phoenix/lib/phoenix/socket/serializers/v2_json_serializer.ex.
type Frame struct {
	JoinRef string // which join of the topic the message belongs to; "" when null
	Ref     string // what the reply must repeat; "" when null
	Topic   string
	Event   string
	Payload []byte // aliases the input: JSON of a text frame, bytes of a binary one
	Binary  bool
}

// maxRef is the length of a ref in bytes. Clients count refs up from 1, and no
// 64-bit counter has more digits.
const maxRef = 20

// DecodeText decodes a text frame, the JSON array
//
//	[join_ref, ref, topic, event, payload]
//
// whose refs are strings of at most 20 decimal digits, or null. It validates all
// of data, the payload included, of which it asks only that it is JSON. The four
// strings share one allocation.
//
// It returns an error wrapping [ErrMalformed] or [ErrLimit], and then no part of
// the frame.
func (l Limits) DecodeText(data []byte) (Frame, error) {
	const elements = 5
	l = l.withDefaults()
	s := l.scan(data)
	if s.peek() != '[' {
		return Frame{}, s.unexpected("an array")
	}
	if err := s.enter(); err != nil {
		return Frame{}, err
	}
	var parts [elements][]byte
	for i := range parts {
		var err error
		if parts[i], err = s.raw(); err != nil {
			return Frame{}, err
		}
		if c := s.peek(); i < elements-1 && c == ',' {
			s.pos++
		} else if i < elements-1 || c != ']' {
			return Frame{}, s.unexpected("an array of 5 elements")
		}
	}
	s.leave()
	if err := s.end(); err != nil {
		return Frame{}, err
	}

	f, err := l.frame([4][]byte(parts[:4]))
	if err != nil {
		return Frame{}, err
	}
	f.Payload = parts[4]
	return f, nil
}

// DecodeHead decodes what the beginning of a text frame says of where it belongs:
// join_ref, ref, topic and event. So one that is too large, or has too much in it, to
// be decoded can be answered all the same. data may end, or be wrong, anywhere behind
// the event; Payload is what follows of it, of which nothing is known. It reports
// false if not even these four are there.
func (l Limits) DecodeHead(data []byte) (f Frame, ok bool) {
	l = l.withDefaults()
	s := l.scan(data)
	if s.peek() != '[' || s.enter() != nil {
		return Frame{}, false
	}
	var parts [4][]byte
	for i := range parts {
		var err error
		if parts[i], err = s.raw(); err != nil || s.peek() != ',' {
			return Frame{}, false
		}
		s.pos++
	}
	f, err := l.frame(parts)
	f.Payload = data[s.pos:]
	return f, err == nil
}

// frame returns the frame of join_ref, ref, topic and event, without its payload.
func (l Limits) frame(parts [4][]byte) (Frame, error) {
	joinRef, err := refElement("join_ref", parts[0])
	if err != nil {
		return Frame{}, err
	}
	ref, err := refElement("ref", parts[1])
	if err != nil {
		return Frame{}, err
	}
	topic, err := l.nameElement("topic", parts[2])
	if err != nil {
		return Frame{}, err
	}
	event, err := l.nameElement("event", parts[3])
	if err != nil {
		return Frame{}, err
	}
	return newFrame(joinRef, ref, topic, event), nil
}

// refElement returns the digits of a ref, or nothing for null.
func refElement(name string, raw []byte) ([]byte, error) {
	if isNull(raw) {
		return nil, nil
	}
	if raw[0] == '"' {
		if digits := unquoteBytes(raw); isRef(digits) {
			return digits, nil
		}
	}
	return nil, wrongType(name, "null or a string of 1 to 20 digits")
}

// isRef reports whether b is one to twenty decimal digits.
func isRef(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return 1 <= len(b) && len(b) <= maxRef
}

// nameElement returns the text of a topic or event.
func (l Limits) nameElement(name string, raw []byte) ([]byte, error) {
	if raw[0] != '"' {
		return nil, wrongType(name, "a string")
	}
	text := unquoteBytes(raw)
	if len(text) > l.MaxTopic {
		return nil, fmt.Errorf("%w: %s of %d bytes, at most %d", ErrLimit, name, len(text), l.MaxTopic)
	}
	return text, nil
}

// newFrame copies the four strings of a header into one, or three of them if the
// event is a known one.
func newFrame(joinRef, ref, topic, event []byte) Frame {
	var buf [128]byte // enough for most; longer ones cost a second allocation
	b := append(buf[:0], joinRef...)
	b = append(b, ref...)
	b = append(b, topic...)
	f := Frame{Event: internEvent(event)}
	if f.Event == "" {
		b = append(b, event...)
	}
	head := string(b)
	f.JoinRef, head = head[:len(joinRef)], head[len(joinRef):]
	f.Ref, head = head[:len(ref)], head[len(ref):]
	f.Topic, head = head[:len(topic)], head[len(topic):]
	if f.Event == "" {
		f.Event = head
	}
	return f
}
