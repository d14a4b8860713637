package protocol_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/protocol"
)

// click is the frame of a click, the most frequent one there is.
const click = `["4","8","lv:phx-A1","event",{"type":"click","event":"inc","value":{}}]`

func BenchmarkDecodeClick(b *testing.B) {
	data := []byte(click)
	b.Run("protocol", func(b *testing.B) {
		var lim protocol.Limits
		b.ReportAllocs()
		for b.Loop() {
			f, err := lim.DecodeText(data)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := lim.DecodeEvent(f.Payload); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var parts [5]json.RawMessage
			if err := json.Unmarshal(data, &parts); err != nil {
				b.Fatal(err)
			}
			var joinRef, ref, topic, event string
			for i, p := range []*string{&joinRef, &ref, &topic, &event} {
				if err := json.Unmarshal(parts[i], p); err != nil {
					b.Fatal(err)
				}
			}
			var e struct {
				Type, Event string
				Value, Meta json.RawMessage
				CID         int
			}
			if err := json.Unmarshal(parts[4], &e); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecodeForm(b *testing.B) {
	var lim protocol.Limits
	value := []byte(`"user%5Bname%5D=Ada+Lovelace&user%5B_unused_email%5D=&user%5Bemail%5D=&tags%5B%5D=a&tags%5B%5D=b&_csrf_token=abc"`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lim.DecodeForm(value); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeTextLong reads a frame of 60 kB that is mostly one string.
func BenchmarkDecodeTextLong(b *testing.B) {
	data := []byte(`["4","8","lv:phx-A1","event",{"type":"form","event":"save","value":"` + strings.Repeat("body=some+text&", 4000) + `"}]`)
	b.Run("protocol", func(b *testing.B) {
		var lim protocol.Limits
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := lim.DecodeText(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding json", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if !json.Valid(data) {
				b.Fatal("not valid")
			}
		}
	})
}

func BenchmarkAppendReply(b *testing.B) {
	diff := []byte(`{"diff":{"0":"1"}}`)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = protocol.AppendReply(dst[:0], "4", "8", "lv:phx-A1", true, diff)
	}
}

func BenchmarkAppendString(b *testing.B) {
	for name, s := range map[string]string{
		"HTML":    strings.Repeat(`<li class="item">some text & more</li>`+"\n", 100),
		"Chinese": strings.Repeat("<p>你好，世界</p>", 200),
	} {
		b.Run(name, func(b *testing.B) {
			var dst []byte
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				dst = protocol.AppendString(dst[:0], s)
			}
		})
	}
	b.Run("HTML by encoding json", func(b *testing.B) {
		s := strings.Repeat(`<li class="item">some text & more</li>`+"\n", 100)
		b.SetBytes(int64(len(s)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(s); err != nil {
				b.Fatal(err)
			}
		}
	})
}
