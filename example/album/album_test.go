package album_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/album"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestAlbum(t *testing.T) {
	gin.SetMode(gin.TestMode)
	lv := liveview.New(liveview.Config{})
	store, err := album.Open(t.TempDir(), lv.Publish)
	var photo bytes.Buffer
	if err != nil || png.Encode(&photo, image.NewGray(image.Rect(0, 0, 9, 9))) != nil {
		t.Fatal(err)
	}
	r := gin.New()
	r.Use(lv.Middleware())
	album.View{Store: store}.Routes(r)
	v, other := liveviewtest.Open(t, r, "/album"), liveviewtest.Open(t, r, "/album")
	v.Choose("[type=file]", liveviewtest.File{Name: "a.png", Type: "image/png", Content: photo.Bytes()})
	other.WaitFor(func() bool { return other.Has("#album .name", "a.png") })
	v.WaitIdle()
	v.Click("Remove a.png")
	other.WaitForText("#album", "No photo yet. Yours will be the first.")
}
