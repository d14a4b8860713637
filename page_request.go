package liveview

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/form"
)

// request is what a view keeps of the request that it was last reached by, once
// that is over: few have anything to keep.
type request struct {
	ctx context.Context // with the values of the route's middleware; nil for none
	id  string          // of its X-Request-Id

	values map[any]any // of KeepValues; nil for none
	locale string      // for Config.Sentence; "" without one
}

// localeOf returns the language in which the visitor of c's page is told what is wrong
// with a field; "" where there is English alone.
func localeOf(config *Config, c *gin.Context) string {
	switch {
	case config.Sentence == nil:
		return ""
	case config.Locale != nil:
		return config.Locale(c)
	}
	first, _, _ := strings.Cut(c.GetHeader("Accept-Language"), ",")
	first, _, _ = strings.Cut(first, ";")
	if first = strings.TrimSpace(first); len(first) > 35 || first == "*" { // RFC 5646 has no longer ones
		return ""
	}
	return first
}

// requestOf returns what a view keeps of c's request, nil for nothing.
func requestOf(config *Config, c *gin.Context) *request {
	ctx := c.Request.Context()
	if _, bare := ctx.(interface{ bare() }); bare {
		ctx = nil // no middleware has put anything there
	}
	id, values, locale := requestIDOf(c.Request), keptValues(c), localeOf(config, c)
	if ctx == nil && id == "" && values == nil && locale == "" {
		return nil
	}
	return &request{ctx, id, values, locale}
}

// requestIDOf returns the id that a proxy, or a middleware like gin-contrib's
// requestid, has given r, "" for none. A client may have written it.
func requestIDOf(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	return strings.ToValidUTF8(id[:min(len(id), 100)], "")
}

// viewContext ends with the view, and has the values of a request that is over.
type viewContext struct {
	context.Context
	values context.Context
}

func (c viewContext) Value(key any) any {
	if value := c.Context.Value(key); value != nil {
		return value
	}
	return c.values.Value(key)
}

// sentenceOf says what is wrong with a field, as the application says it.
func sentenceOf(config *Config, locale string, p form.Problem) string {
	problem := newFieldProblem(p)
	if config.Sentence != nil {
		if said := config.Sentence(locale, problem); said != "" {
			return said
		}
	}
	return problem.String()
}
