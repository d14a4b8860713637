package wire

import (
	"bytes"
	"compress/flate"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/bufpool"
)

// An offer is accepted if it can be kept: there is no smaller window, and nothing unknown.
func TestDeflates(t *testing.T) {
	for offers, want := range map[string]bool{
		"":                   false,
		"permessage-deflate": true,
		"permessage-deflate; client_max_window_bits":                                 true, // Chromium
		"permessage-deflate; client_max_window_bits=10; server_no_context_takeover":  true,
		"permessage-deflate;client_no_context_takeover ; server_no_context_takeover": true,
		"permessage-deflate; server_max_window_bits=10":                              false,
		"permessage-deflate; server_max_window_bits=10, permessage-deflate":          true, // the second is a way out
		`permessage-deflate; client_max_window_bits="10"`:                            true,
		"permessage-deflate; unheard_of":                                             false,
		"permessage-deflate-2":                                                       false,
		"x-webkit-deflate-frame":                                                     false,
		"x-webkit-deflate-frame, permessage-deflate":                                 true,
		"x; a=\"permessage-deflate\"":                                                false,
		";;;,,,=":                                                                    false,
	} {
		h := http.Header{"Sec-Websocket-Extensions": {offers}}
		if got := Deflates(h); got != want {
			t.Errorf("Deflates(%q) = %v", offers, got)
		}
	}
	if !Deflates(http.Header{"Sec-Websocket-Extensions": {"x", "permessage-deflate"}}) {
		t.Error("an offer in the second line isn't seen")
	}
}

// What is deflated is the message, whoever used the writer before; and what gets no smaller
// is left alone.
func TestDeflate(t *testing.T) {
	d := NewDeflater(0)
	random := make([]byte, 5000)
	for i := range random {
		random[i] = byte(rand.N(256))
	}
	for i, message := range [][]byte{
		[]byte(strings.Repeat("the same again ", 1000)), []byte("x"), nil, random, bytes.Repeat([]byte{0xff, 0, 0}, 30_000), []byte(table(50)),
	} {
		buf := bufpool.Frames.Get()
		frame := d.deflate(buf, message)
		if want := i%2 == 0 && message != nil || i == 5; (frame != nil) != want {
			t.Errorf("message %d of %d bytes: %d bytes as a frame", i, len(message), len(frame))
		}
		payload := buf.B[maxHead:]
		if head := len(frame) - len(payload); frame != nil && head != map[bool]int{true: 2, false: 4}[len(payload) < 126] {
			t.Errorf("message %d: a head of %d bytes", i, head)
		}
		r := flate.NewReader(strings.NewReader(string(payload) + "\x00\x00\xff\xff\x01\x00\x00\xff\xff"))
		var got bytes.Buffer
		if _, err := got.ReadFrom(r); err != nil || !bytes.Equal(got.Bytes(), message) {
			t.Errorf("message %d: %v, inflated to %d bytes of %d", i, err, got.Len(), len(message))
		}
		bufpool.Frames.Put(buf)
	}
}

// table is a diff that brings rows of a table.
func table(rows int) string {
	var b strings.Builder
	b.WriteString(`["4","5","lv:phx-GJxnkQ","phx_reply",{"status":"ok","response":{"diff":{"0":{"s":["<tr id=\"row-","\"><td>","</td><td>","</td></tr>"],"d":[`)
	for i := range rows {
		fmt.Fprintf(&b, `["%d","Item %04d","%.2f","%s"],`, i, i, float64(i)*1.37, []string{"in stock", "low", "sold out"}[i%3])
	}
	b.WriteString(`[]]}}}}]`)
	return b.String()
}

// BenchmarkDeflate is what levels cost for messages of some sizes, and what they leave of
// them: the writer is reused, as that of a Deflater is.
func BenchmarkDeflate(b *testing.B) {
	for _, rows := range []int{3, 10, 30, 100, 1000} {
		message := []byte(table(rows))
		for _, level := range []int{flate.HuffmanOnly, 1, 2, 3, 6} {
			b.Run(fmt.Sprintf("bytes=%d/level=%d", len(message), level), func(b *testing.B) {
				var out bytes.Buffer
				w, _ := flate.NewWriter(&out, level)
				b.ReportAllocs()
				for b.Loop() {
					out.Reset()
					w.Reset(&out)
					_, _ = w.Write(message)
					_ = w.Flush()
				}
				b.ReportMetric(float64(out.Len())/float64(len(message)), "left")
			})
		}
	}
}
