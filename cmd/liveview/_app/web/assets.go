package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"

	"github.com/gin-gonic/gin"
)

//go:embed assets
var assets embed.FS

// asset is the URL of a file in assets: another one when its content is, so that browsers
// keep it for as long as they like.
func asset(name string) (string, error) {
	content, err := assets.ReadFile(path.Join("assets", name))
	sum := sha256.Sum256(content)
	return "/assets/" + name + "?v=" + hex.EncodeToString(sum[:8]), err
}

func serveAsset(c *gin.Context) {
	name := path.Join("assets", c.Param("name"))
	if _, err := assets.Open(name); err != nil {
		notFound(c)
		return
	}
	if c.Query("v") != "" {
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeFileFS(c.Writer, c.Request, assets, name)
}
