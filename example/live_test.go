package main

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestGalleryPagesAreLive(t *testing.T) {
	gin.SetMode(gin.TestMode)
	s := liveviewtest.NewSession(t, newGallery("a secret that is long enough for a test", nil))
	for _, p := range pages {
		if v := s.Open("/" + p.Name); !v.Live() || v.Text("h1") == "" {
			t.Errorf("%s is live: %v, and has the heading %q", p.Name, v.Live(), v.Text("h1"))
		}
	}
}

// One page opened, joined and left.
func BenchmarkOpen(b *testing.B) {
	gin.SetMode(gin.TestMode)
	s := liveviewtest.NewSession(b, newGallery("a secret that is long enough for a test", nil))
	for _, p := range pages {
		b.Run(p.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Open("/" + p.Name).Close()
			}
		})
	}
}
