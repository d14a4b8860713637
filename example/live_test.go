package main

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/example/gallery"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestGalleryPagesAreLive(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r, _ := newGallery("a secret that is long enough for a test", nil)
	s := liveviewtest.NewSession(t, r)
	for _, p := range gallery.Pages {
		if v := s.Open("/" + p.Name); !v.Live() || v.Text("h1") == "" {
			t.Errorf("%s is live: %v, and has the heading %q", p.Name, v.Live(), v.Text("h1"))
		}
	}
}

// One page opened, joined and left.
func BenchmarkOpen(b *testing.B) { benchmarkPages(b, func(*liveviewtest.View) {}) }

// And looked at in between: only then is its HTML parsed.
func BenchmarkLook(b *testing.B) { benchmarkPages(b, func(v *liveviewtest.View) { v.Text("h1") }) }

func benchmarkPages(b *testing.B, look func(v *liveviewtest.View)) {
	gin.SetMode(gin.TestMode)
	r, _ := newGallery("a secret that is long enough for a test", nil)
	s := liveviewtest.NewSession(b, r)
	for _, p := range gallery.Pages {
		b.Run(p.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v := s.Open("/" + p.Name)
				look(v)
				v.Close()
			}
		})
	}
}
