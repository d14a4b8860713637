// Package client has the scripts of a page: those of the official client, and
// the one of ours that starts it.
package client

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Versions of the official client's npm packages that this release is tested
// with, and that pages load from a CDN.
const (
	PhoenixVersion  = "1.8.16"
	LiveViewVersion = "1.2.12"
)

// official are the official client's files as its npm packages hold them,
// with the integrity hashes of the versions above.
var official = []struct{ name, pkg, version, path, integrity string }{
	{
		"phoenix.min.js", "phoenix", PhoenixVersion, "priv/static/phoenix.min.js",
		"sha384-T00qK772N2qIghODEH3qyMoeThhLfExF1A3PPyrymg5Kduq8VvSE9xoTgeV/59H0",
	},
	{
		"phoenix_live_view.min.js", "phoenix_live_view", LiveViewVersion, "priv/static/phoenix_live_view.min.js",
		"sha384-pS40TE8v60HB55Cz/wPKnGbXdNOno7F51yhTtpYX2YWReJTT4aTJ04X+FzQ3Tfvv",
	},
}

// ContentType is that of the scripts.
const ContentType = "text/javascript; charset=utf-8"

// cdn serves npm packages by exact version.
const cdn = "https://cdn.jsdelivr.net/npm/"

// Origins returns the folders on the CDN that pages load the official client from, where they
// aren't given its packages.
func Origins() []string {
	var folders []string
	for _, o := range official {
		folders = append(folders, cdn+o.pkg+"@"+o.version+"/")
	}
	return folders
}

// Scripts are the scripts that pages load, and where from.
type Scripts struct {
	// Tags are the <script> elements of a page.
	Tags template.HTML

	// Version is that of phoenix_live_view, which the reply to a join repeats
	// to the client.
	Version string

	files map[string]script // by the name below the path they are served at
}

// script is a file as it is served: a script, or the style of the notice.
type script struct {
	plain, zipped []byte
	hash          string // of the content, in the file's URL
	contentType   string
}

func (s script) etag() string { return `"` + s.hash + `"` }

// New returns the scripts that pages load from below path, as browsers know it.
// The official client's come from packages, which is laid out as node_modules is,
// or from a CDN if that is nil. It panics if a file isn't there: a page without its
// client would be a dead one.
// maxFrame is Config.MaxFrame, in bytes, and maxFields how many fields a form may have;
// longPoll is after how long a page does without a WebSocket, negative for never.
func New(path string, packages fs.FS, maxFrame, maxFields int, longPoll time.Duration) *Scripts {
	s := &Scripts{files: make(map[string]script), Version: LiveViewVersion}
	var tags strings.Builder
	for _, o := range official {
		if packages == nil {
			fmt.Fprintf(&tags, `<script defer src="%s%s@%s/%s" integrity="%s" crossorigin="anonymous"></script>`+"\n",
				cdn, o.pkg, o.version, o.path, o.integrity)
			continue
		}
		data, err := fs.ReadFile(packages, o.pkg+"/"+o.path)
		if err != nil {
			panic(fmt.Sprintf("liveview: Config.Client has no %s of the npm package %s: %v; "+
				"install it (npm install phoenix phoenix_live_view) or leave Client nil to load it from a CDN", o.path, o.pkg, err))
		}
		fmt.Fprintf(&tags, `<script defer src="%s"></script>`+"\n", template.HTMLEscapeString(s.add(path, o.name, ContentType, data)))
	}
	if packages != nil {
		var pkg struct{ Version string }
		if data, err := fs.ReadFile(packages, "phoenix_live_view/package.json"); err == nil && json.Unmarshal(data, &pkg) == nil && pkg.Version != "" {
			s.Version = pkg.Version
		}
	}
	start := template.HTMLEscapeString(s.add(path, StartScript, ContentType, Start()))
	fmt.Fprintf(&tags, `<script defer src="%s" data-path="%s" data-max-frame="%d" data-max-fields="%d" data-long-poll="%d" data-notice="%s"></script>`,
		start, template.HTMLEscapeString(path), maxFrame, maxFields, max(longPoll.Milliseconds(), 0),
		template.HTMLEscapeString(s.add(path, noticeStyle, "text/css; charset=utf-8", noticeCSS)))
	s.Tags = template.HTML(tags.String())
	return s
}

// add takes in a file and returns its URL, which changes with its content.
func (s *Scripts) add(path, name, contentType string, data []byte) string {
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:8])
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	_, _ = z.Write(data) // a bytes.Buffer takes everything
	_ = z.Close()
	s.files[name] = script{plain: data, zipped: zipped.Bytes(), hash: hash, contentType: contentType}
	return path + "/" + name + "?v=" + hash
}

// Serve answers a request for the file called name, and reports whether there
// is one.
func (s *Scripts) Serve(w http.ResponseWriter, r *http.Request, name string) bool {
	file, ok := s.files[name]
	if !ok {
		return false
	}
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return true
	}
	h.Set("Content-Type", file.contentType)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == file.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Add("Vary", "Accept-Encoding")
	h.Set("Etag", file.etag())
	h.Set("X-Content-Type-Options", "nosniff")
	if strings.Contains(r.Header.Get("If-None-Match"), file.etag()) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	body := file.plain
	switch {
	case h.Get("Content-Encoding") != "":
		// Whoever has set it compresses what is written here.
	case acceptsGzip(r.Header):
		h.Set("Content-Encoding", "gzip")
		body = file.zipped
		fallthrough
	default:
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(http.StatusOK) // Gin presumes 404 where the router has no such route
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor who has gone needs no error
	}
	return true
}

// acceptsGzip reports whether the browser wants gzip; "gzip;q=0" says that it
// doesn't (RFC 9110, section 12.5.3).
func acceptsGzip(h http.Header) bool {
	for _, coding := range strings.Split(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, quality, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			_, q, _ := strings.Cut(quality, "=")
			refused, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return err != nil || refused > 0
		}
	}
	return false
}
