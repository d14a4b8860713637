package liveview

import (
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// middlewareHandler returns the Gin handler that [App.Middleware] is. All of them are
// closures of this one function, by which standsBefore knows them: it must be the only
// one, and not be inlined.
//
//go:noinline
func middlewareHandler(serve gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) { serve(c) }
}

var middlewareCode = reflect.ValueOf(middlewareHandler(nil)).Pointer()

// appsMade says that the process has an App, whose Middleware something may wrap.
var appsMade atomic.Bool

// toldOfChain is done when the process has been told of a route that seems to lack it.
var toldOfChain sync.Once

// standing says whether a Middleware runs before the routes that are added now.
type standing uint8

const (
	isMissing standing = iota
	isUnseen           // a handler of the application's may wrap it
	isThere
)

// standsBefore looks for a Middleware in what runs before a route that is added to r. Gin
// fixes that for a route when it is added, and for a group when it is made.
func standsBefore(r gin.IRoutes) standing {
	var chain gin.HandlersChain
	switch r := r.(type) {
	case *gin.Engine:
		chain = r.Handlers
	case *gin.RouterGroup:
		chain = r.Handlers
	default:
		return isThere // as far as can be told
	}
	found := isMissing
	for _, h := range chain {
		switch code := reflect.ValueOf(h).Pointer(); {
		case code == middlewareCode:
			return isThere
		case appsMade.Load() && mayWrap(code):
			found = isUnseen
		}
	}
	return found
}

// mayWrap reports whether a handler with this code may call another one that it was
// given: that of an application may, those of Gin, of gin-contrib and of this package
// don't.
func mayWrap(code uintptr) bool {
	name := runtime.FuncForPC(code).Name()
	for _, known := range []string{"github.com/gin-gonic/gin.", "github.com/gin-contrib/", "github.com/gin-liveview/liveview."} {
		if strings.HasPrefix(name, known) {
			return false
		}
	}
	return true
}

// remedyOfChain is what there is to do where no Middleware stands before a route.
const remedyOfChain = "Gin fixes what runs before a route when it is added, and before a group's when the group is made: " +
	"call r.Use(liveview.Middleware()) on the engine first, then r.Group and liveview.Handle"

// wantMiddleware panics, as misuse does, if no Middleware runs before path of r, which
// what is about to be added to. Where that can't be told, the log says so once.
func wantMiddleware(r gin.IRoutes, path, what string) {
	switch standsBefore(r) {
	case isMissing:
		misuseBy(2, "no Middleware runs before %s, %s: %s", path, what, remedyOfChain)
	case isUnseen:
		toldOfChain.Do(func() {
			slog.Warn("liveview: no Middleware is seen before " + path + ", " + what + "; if none of the application's handlers wraps it: " + remedyOfChain)
		})
	}
}
