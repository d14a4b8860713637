// Command example is a shop that Prometheus can watch: the page is at http://127.0.0.1:8096,
// its metrics at http://127.0.0.1:9464/metrics, and what operators see without Prometheus at
// http://127.0.0.1:8096/admin/dashboard.
//
//	npm ci --prefix example && go run -C telemetry/otel/example .
//
// grafana.json is a dashboard for Grafana, to be imported there.
package main

import (
	"cmp"
	"io/fs"
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/dashboard"
)

// site is the shop, and all that tells of it.
type site struct {
	app     *liveview.App
	router  *gin.Engine
	metrics http.Handler
	board   *dashboard.Board
}

// newSite returns a shop, with an App of that Config. Without a guard the dashboard is for
// this machine alone.
func newSite(config liveview.Config, guard ...gin.HandlerFunc) (*site, error) {
	told, page, err := metrics()
	if err != nil {
		return nil, err
	}
	s := &site{metrics: page, board: dashboard.New(dashboard.Options{}), router: gin.New()}
	config.Telemetry = liveview.TeeTelemetry(told, s.board)
	s.app = liveview.New(config)
	if err := told.Observe(s.app); err != nil {
		return nil, err
	}
	_ = s.router.SetTrustedProxies(nil) // nil is always taken
	s.router.Use(gin.Recovery(), s.app.Middleware())
	liveview.Handle(s.router.Group("/", visitor), "/", shopView{})
	s.board.Mount(s.app, s.router, "/admin/dashboard", guard...)
	return s, nil
}

// visitor names users by ?as=ann, in place of a log-in.
func visitor(c *gin.Context) {
	if name := c.Query("as"); name != "" {
		liveview.Identify(c, name)
	}
}

func main() {
	var client fs.FS // from a CDN
	if dir := "../../../example/node_modules"; exists(dir) {
		client = os.DirFS(dir)
	}
	s, err := newSite(liveview.Config{Client: client})
	if err != nil {
		log.Fatal(err)
	}
	defer s.board.Close()
	addr, metricsAddr := cmp.Or(os.Getenv("ADDR"), "127.0.0.1:8096"), cmp.Or(os.Getenv("METRICS_ADDR"), "127.0.0.1:9464")
	operators := http.NewServeMux() // at an address of their own, which the world can't reach
	operators.Handle("/metrics", s.metrics)
	go func() { log.Print(http.ListenAndServe(metricsAddr, operators)) }() //nolint:gosec // an example, on this machine alone
	log.Printf("http://%s and http://%s/metrics", addr, metricsAddr)
	log.Print(http.ListenAndServe(addr, s.router)) //nolint:gosec // an example, on this machine alone
}

func exists(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}
