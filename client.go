package liveview

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// Versions of the official client's npm packages that this release is tested
// with, and that pages load where [Config].Client is nil.
const (
	PhoenixVersion         = "1.8.16"
	PhoenixLiveViewVersion = "1.2.12"
)

// clientScripts are the official client's files as its npm packages hold them,
// with the integrity hashes of the versions above.
var clientScripts = []struct{ name, pkg, version, path, integrity string }{
	{
		"phoenix.min.js", "phoenix", PhoenixVersion, "priv/static/phoenix.min.js",
		"sha384-T00qK772N2qIghODEH3qyMoeThhLfExF1A3PPyrymg5Kduq8VvSE9xoTgeV/59H0",
	},
	{
		"phoenix_live_view.min.js", "phoenix_live_view", PhoenixLiveViewVersion, "priv/static/phoenix_live_view.min.js",
		"sha384-pS40TE8v60HB55Cz/wPKnGbXdNOno7F51yhTtpYX2YWReJTT4aTJ04X+FzQ3Tfvv",
	},
}

// startScript is ours: it connects the page.
//
//go:embed client/start.js
var startScript []byte

// cdn serves npm packages by exact version.
const cdn = "https://cdn.jsdelivr.net/npm/"

// clientFiles are the scripts that pages load, and where from.
type clientFiles struct {
	files   map[string]clientFile // by the name below Config.Path
	tags    template.HTML
	version string // of phoenix_live_view, which the join reply repeats to the client
}

type clientFile struct {
	plain, zipped []byte
	etag          string
}

// newClientFiles reads what the application hosts itself. It panics if a file
// isn't there: a page without its client would be a dead one.
func newClientFiles(c Config) *clientFiles {
	f := &clientFiles{files: make(map[string]clientFile), version: PhoenixLiveViewVersion}
	var tags strings.Builder
	for _, s := range clientScripts {
		if c.Client == nil {
			fmt.Fprintf(&tags, `<script defer src="%s%s@%s/%s" integrity="%s" crossorigin="anonymous"></script>`+"\n",
				cdn, s.pkg, s.version, s.path, s.integrity)
			continue
		}
		data, err := fs.ReadFile(c.Client, s.pkg+"/"+s.path)
		if err != nil {
			panic(fmt.Sprintf("liveview: Config.Client has no %s of the npm package %s: %v; "+
				"install it (npm install phoenix phoenix_live_view) or leave Client nil to load it from a CDN", s.path, s.pkg, err))
		}
		fmt.Fprintf(&tags, `<script defer src="%s"></script>`+"\n", template.HTMLEscapeString(f.add(c.Path, s.name, data)))
	}
	if c.Client != nil {
		var pkg struct{ Version string }
		if data, err := fs.ReadFile(c.Client, "phoenix_live_view/package.json"); err == nil && json.Unmarshal(data, &pkg) == nil && pkg.Version != "" {
			f.version = pkg.Version
		}
	}
	start := template.HTMLEscapeString(f.add(c.Path, "start.js", startScript))
	fmt.Fprintf(&tags, `<script defer src="%s" data-path="%s"></script>`, start, template.HTMLEscapeString(c.Path))
	f.tags = template.HTML(tags.String())
	return f
}

// add takes in a file and returns its URL, which changes with its content.
func (f *clientFiles) add(path, name string, data []byte) string {
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:8])
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	_, _ = z.Write(data) // a bytes.Buffer takes everything
	_ = z.Close()
	f.files[name] = clientFile{plain: data, zipped: zipped.Bytes(), etag: `"` + hash + `"`}
	return path + "/" + name + "?v=" + hash
}

// serve answers a request for the file called name, and reports whether there
// is one.
func (f *clientFiles) serve(w http.ResponseWriter, r *http.Request, name string) bool {
	file, ok := f.files[name]
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Etag", file.etag)
	h.Set("X-Content-Type-Options", "nosniff")
	if strings.Contains(r.Header.Get("If-None-Match"), file.etag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	body := file.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = file.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK) // Gin presumes 404 where the router has no such route
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor who has gone needs no error
	}
	return true
}
