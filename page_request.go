package liveview

import (
	"context"
	"net/http"
)

// request is what a view keeps of the request that it was last reached by, once
// that is over: few have anything to keep.
type request struct {
	ctx context.Context // with the values of the route's middleware; nil for none
	id  string          // of its X-Request-Id
}

// requestOf returns what a view keeps of r, nil for nothing.
func requestOf(r *http.Request) *request {
	ctx := r.Context()
	if _, bare := ctx.(interface{ bare() }); bare {
		ctx = nil // no middleware has put anything there
	}
	id := requestIDOf(r)
	if ctx == nil && id == "" {
		return nil
	}
	return &request{ctx, id}
}

// requestIDOf returns the id that a proxy, or a middleware like gin-contrib's
// requestid, has given r, "" for none. A client may have written it.
func requestIDOf(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	return id[:min(len(id), 100)]
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
