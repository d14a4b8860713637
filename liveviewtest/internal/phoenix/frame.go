package phoenix

import (
	"encoding/json"
	"fmt"
)

// Payload is a decoded JSON object, with json.Number for numbers.
type Payload = map[string]any

// frame is one message of the server's. Where it has null for a ref, that is "".
type frame struct {
	joinRef, ref, topic, event string
	payload                    Payload
}

// decodeFrame reads a message in the protocol's version 2, a JSON array.
//
// Source: decode in phoenix/assets/js/phoenix/serializer.js.
func decodeFrame(text string) (frame, error) {
	value, err := decodeJSON(text)
	if err != nil {
		return frame{}, fmt.Errorf("the server sent %q: %w", text, err)
	}
	parts, _ := value.([]any)
	if len(parts) != 5 {
		return frame{}, fmt.Errorf("the server sent %q, which is no message", text)
	}
	var f frame
	for i, dst := range []*string{&f.joinRef, &f.ref, &f.topic, &f.event} {
		*dst, _ = parts[i].(string)
	}
	payload, ok := parts[4].(Payload)
	if !ok || f.topic == "" || f.event == "" {
		return frame{}, fmt.Errorf("the server sent %q, which is no message", text)
	}
	f.payload = payload
	return f, nil
}

// encode writes a message of the client's.
func encode(joinRef, ref, topic, event string, payload any) ([]byte, error) {
	return json.Marshal([]any{joinRef, ref, topic, event, payload})
}

// encodeBinary writes a message whose payload is bytes. None of the strings may
// be longer than 255 bytes.
//
// Source: binaryEncode in phoenix/assets/js/phoenix/serializer.js.
func encodeBinary(joinRef, ref, topic, event string, payload []byte) []byte {
	b := []byte{0, byte(len(joinRef)), byte(len(ref)), byte(len(topic)), byte(len(event))}
	b = append(b, joinRef+ref+topic+event...)
	return append(b, payload...)
}
