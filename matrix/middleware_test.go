package matrix

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-contrib/gzip"
	"github.com/gin-contrib/pprof"
	"github.com/gin-contrib/requestid"
	"github.com/gin-contrib/secure"
	"github.com/gin-contrib/static"
	ginzap "github.com/gin-contrib/zap"
	"github.com/gin-gonic/gin"
	sloggin "github.com/samber/slog-gin"
	"github.com/ulule/limiter/v3"
	ginlimiter "github.com/ulule/limiter/v3/drivers/middleware/gin"
	"github.com/ulule/limiter/v3/drivers/store/memory"
	ginprometheus "github.com/zsais/go-gin-prometheus"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.uber.org/zap"
)

// middlewares are those that stand ahead of liveview.Middleware or behind it.
func middlewares(t *testing.T) map[string]gin.HandlerFunc {
	t.Helper()
	return map[string]gin.HandlerFunc{
		"gzip": gzip.Gzip(gzip.DefaultCompression),
		"cors": cors.New(cors.Config{AllowOrigins: []string{"http://example.com"}, AllowMethods: []string{"GET", "POST"}}),
		"secure": secure.New(secure.Config{
			FrameDeny: true, ContentTypeNosniff: true, BrowserXssFilter: true, ReferrerPolicy: "strict-origin-when-cross-origin",
			ContentSecurityPolicy: "default-src 'self'", AllowedHosts: []string{"example.com"},
		}),
		"requestid":    requestid.New(),
		"zap":          ginzap.Ginzap(zap.NewNop(), time.RFC3339, true),
		"zap recovery": ginzap.RecoveryWithZap(zap.NewNop(), true),
		"static":       static.Serve("/", static.LocalFile(t.TempDir(), false)),
		"slog": sloggin.NewWithConfig(slog.New(slog.DiscardHandler), sloggin.Config{
			WithRequestBody: true, WithResponseBody: true, WithRequestHeader: true, WithResponseHeader: true, WithRequestID: true,
		}),
		"otel":                    otelgin.Middleware("shop"),
		"prometheus":              metrics().HandlerFunc(),
		"limiter":                 ginlimiter.NewMiddleware(limiter.New(memory.NewStore(), limiter.Rate{Period: time.Minute, Limit: 1000})),
		"timeout in a goroutine":  timeout(5 * time.Second),
		"body reader":             readBody,
		"buffering writer":        bufferWriter,
		"panicking recovery":      gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { panic("in the recovery") }),
		"redirecting recovery":    gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.Redirect(http.StatusFound, "/sorry") }),
		"context with a deadline": deadline,
	}
}

func TestMiddlewareAhead(t *testing.T) {
	for name, m := range middlewares(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack{before: []gin.HandlerFunc{m}}.open(t).tour(nil)
		})
	}
}

func TestMiddlewareBehind(t *testing.T) {
	for name, m := range middlewares(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack{after: []gin.HandlerFunc{m}}.open(t).tour(nil)
		})
	}
}

// All of them at once, in an order that applications have.
func TestAllMiddlewareAtOnce(t *testing.T) {
	t.Parallel()
	all := middlewares(t)
	order := func(names ...string) (list []gin.HandlerFunc) {
		for _, name := range names {
			list = append(list, all[name])
		}
		return list
	}
	stack{
		before: order("zap", "zap recovery", "requestid", "otel", "prometheus", "slog", "secure", "cors", "limiter", "gzip"),
		after:  order("context with a deadline", "body reader"),
	}.open(t).tour(nil)
}

func TestRoutesOfMiddleware(t *testing.T) {
	t.Parallel()
	o := stack{prepare: func(r *gin.Engine) {
		pprof.Register(r)
		metrics().Use(r)
	}}.open(t)
	o.tour(nil)
}

// metrics is the one of all tests, as it registers its counters globally.
var metrics = sync.OnceValue(func() *ginprometheus.Prometheus { return ginprometheus.NewPrometheus("shop") })

// timeout is the usual middleware that answers for a handler that is too slow.
func timeout(limit time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), limit)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.Next()
		}()
		select {
		case <-done:
		case <-ctx.Done():
			c.AbortWithStatus(http.StatusGatewayTimeout)
		}
	}
}

func deadline(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), time.Minute)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// readBody reads a request's body, as those do that log it, and puts it back.
func readBody(c *gin.Context) {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		_ = c.AbortWithError(http.StatusBadRequest, err)
		return
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	c.Next()
}

// bufferWriter holds a response back until it is complete, as those do that
// cache it or add an ETag.
func bufferWriter(c *gin.Context) {
	w := &heldWriter{ResponseWriter: c.Writer}
	c.Writer = w
	c.Next()
	c.Writer = w.ResponseWriter
	if w.held.Len() > 0 {
		_, _ = c.Writer.Write(w.held.Bytes())
	}
}

type heldWriter struct {
	gin.ResponseWriter
	held bytes.Buffer
}

func (w *heldWriter) Write(p []byte) (int, error)       { return w.held.Write(p) }
func (w *heldWriter) WriteString(s string) (int, error) { return w.held.WriteString(s) }
func (w *heldWriter) Written() bool                     { return w.held.Len() > 0 || w.ResponseWriter.Written() }
