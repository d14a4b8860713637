package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	grafana "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	query "github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/pubsub"
)

// grafanaQueries returns the queries of grafana.json by their panels and variables. It has
// what Grafana's own types take, and each panel says what its numbers are.
func grafanaQueries(t *testing.T) (panels map[string][]string, labels map[string]string) {
	t.Helper()
	text, err := os.ReadFile("grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	cog.NewRuntime().RegisterPanelcfgVariant(timeseries.VariantConfig())
	cog.NewRuntime().RegisterDataqueryVariant(query.VariantConfig())
	var typed grafana.Dashboard                                                  //nolint:staticcheck // the schema that all releases of Grafana import; the second is of the newest alone
	if err := typed.UnmarshalJSONStrict(text); err != nil && err.Error() != "" { // "" is how it says that nothing is wrong
		t.Errorf("grafana.json isn't of Grafana's schema: %v", err)
	}
	if err := typed.Validate(); err != nil {
		t.Errorf("grafana.json isn't valid: %v", err)
	}
	var plain struct {
		Panels []struct {
			Type, Title string
			FieldConfig struct{ Defaults struct{ Unit string } }
			Targets     []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Type, Name, Query string }
		}
	}
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	panels, labels = map[string][]string{}, map[string]string{}
	for _, p := range plain.Panels {
		if p.Type == "row" {
			continue
		}
		if p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 || panels[p.Title] != nil {
			t.Errorf("the panel %q has no unit, no query, or another's name", p.Title)
		}
		for _, target := range p.Targets {
			panels[p.Title] = append(panels[p.Title], target.Expr)
		}
	}
	for _, v := range plain.Templating.List {
		if v.Type == "query" {
			labels[v.Name] = v.Query
		}
	}
	return panels, labels
}

// asked returns a query as Grafana asks it, with all of its variables.
func asked(query string) string {
	return strings.NewReplacer("$__rate_interval", "1m", "$job", ".*", "$route", ".*").Replace(query)
}

// server is a Prometheus that scrapes a page five times a second.
type server struct {
	t    *testing.T
	base string
}

func startPrometheus(t *testing.T, target string) *server {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf("global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n- job_name: shop\n  static_configs: [{targets: [%q]}]\n", target)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	var said strings.Builder
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+addr)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal("Debian's package prometheus has it: ", err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	p := &server{t: t, base: "http://" + addr}
	p.eventually("Prometheus is ready", func() error {
		res, err := http.Get(p.base + "/-/ready")
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusOK {
			return errors.New(res.Status)
		}
		return nil
	})
	return p
}

// eventually tries until it works.
func (p *server) eventually(what string, try func() error) {
	p.t.Helper()
	var err error
	for range 100 {
		if err = try(); err == nil {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
	p.t.Errorf("%s: %v", what, err)
}

// get asks Prometheus, and decodes what it answers.
func (p *server) get(path string, query url.Values, data any) error {
	res, err := http.Get(p.base + path + "?" + query.Encode())
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", res.Status, text)
	}
	return json.Unmarshal(text, &struct{ Data any }{data})
}

// hasSeries returns nil if the query is answered with a number.
func (p *server) hasSeries(query string) error {
	var data struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	if err := p.get("/api/v1/query", url.Values{"query": {query}}, &data); err != nil {
		return err
	}
	for _, one := range data.Result {
		text, _ := one.Value[1].(string)
		for name, value := range one.Metric {
			if value == "" {
				return fmt.Errorf("a series has no %s", name)
			}
		}
		if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(n) {
			return nil
		}
	}
	return fmt.Errorf("%d series, and none has a number", len(data.Result))
}

// load has everything happen once that a panel shows.
func load(t *testing.T, s *site, broker *cable) {
	t.Helper()
	v := liveviewtest.Open(t, s.router, "/?as=ann", liveviewtest.Options{})
	for range 3 {
		v.Click("Sell")
	}
	v.Click("Report")
	v.Choose("#photos input", liveviewtest.File{Name: "cat.txt", Type: "text/plain", Content: []byte("meow")})
	v.Submit("#photos")
	v.Change("#note", "note", strings.Repeat("x", 5000)) // over MaxFrame
	v.Drop()
	v.Click("Price")
	v.ExpectCrash()
	v.Reconnect()
	v.Click("Sell")
	if res := liveviewtest.NewSession(t, s.router).Get("/live/websocket"); res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("a request without its upgrade is answered with %s", res.Status)
	}
	broker.cut()
	broker.mend()
	v.WaitIdle()
	v.Close()
}

// Each query of the Grafana dashboard is answered by a real Prometheus that scrapes the shop.
func TestGrafana(t *testing.T) {
	panels, labels := grafanaQueries(t)
	gin.SetMode(gin.TestMode)
	broker := &cable{}
	bus := pubsub.NewBus(broker, pubsub.Options{Logger: slog.New(slog.DiscardHandler)})
	defer func() { _ = bus.Close() }()
	s, err := newSite(liveview.Config{MaxFrame: 4096, PubSub: bus, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.board.Close()
	page := httptest.NewServer(s.metrics)
	defer page.Close()
	p := startPrometheus(t, strings.TrimPrefix(page.URL, "http://"))
	load(t, s, broker)
	p.eventually("the shop is scraped", func() error { return p.hasSeries("liveview_crashes_total") })
	load(t, s, broker) // so that numbers have grown between two scrapes
	liveviewtest.Open(t, s.router, "/", liveviewtest.Options{}).Close()
	srv := httptest.NewServer(s.router)
	defer srv.Close()
	if err := s.app.Shutdown(t.Context(), srv.Config); err != nil {
		t.Fatal(err)
	}
	for title, queries := range panels {
		for _, query := range queries {
			p.eventually(title+": "+query, func() error { return p.hasSeries(asked(query)) })
		}
	}
	for name, query := range labels {
		match, label, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(query, "label_values("), ")"), ", ")
		if !ok {
			t.Fatalf("the variable %s asks %s", name, query)
		}
		p.eventually("variable "+name, func() error {
			var values []string
			err := p.get("/api/v1/label/"+label+"/values", url.Values{"match[]": {asked(match)}}, &values)
			if err == nil && len(values) == 0 {
				err = errors.New("it has no values")
			}
			return err
		})
	}
	if t.Failed() {
		w := httptest.NewRecorder()
		s.metrics.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for line := range strings.Lines(w.Body.String()) {
			if strings.HasPrefix(line, "# TYPE") {
				t.Log(line)
			}
		}
	}
}

// docs/observability.md shows the metrics of this program.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, ok := strings.Cut(string(own), "// metrics returns")
	if !ok || !strings.Contains(string(page), "```go\n// metrics returns"+code+"```\n") {
		t.Error("docs/observability.md doesn't show what metrics.go has")
	}
}
