package engine_test

import (
	"math"
	"testing"
)

// Every byte is escaped as html/template does, alone and within text, in all
// places where the engine escapes by itself.
func TestEscapeTable(t *testing.T) {
	s := newTwin(t, `<p title="{{.Title}}" id='{{.Title}}'>{{.Title}}</p><title>{{.Title}}</title><textarea>{{.Title}}</textarea>`, &page{}).session()
	for b := range 256 {
		for _, title := range []string{string([]byte{byte(b)}), "a" + string([]byte{byte(b)}) + "b"} {
			s.show(t, &page{Title: title})
		}
	}
}

func TestFloats(t *testing.T) {
	s := newTwin(t, `<p title="{{.F}}">{{.F}} {{.F32}}</p>`, &page{}).session()
	for _, f := range []float64{0, math.Copysign(0, -1), 1e20, 1e21, -1e-7, 0.1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64} {
		s.show(t, &page{F: f, F32: float32(f)})
	}
}
