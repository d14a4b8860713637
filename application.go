package liveview

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// App is one application: its settings, and the sockets and views that are open by
// them. [New] makes one. A program has one as a rule; two in one process share
// nothing but what their Configs do.
//
// Its methods may be called from any goroutine. On a nil App, which [AppOf] returns
// where no Middleware has run, they return an error, or what there is to say of
// nothing; but for Middleware, which panics.
type App struct {
	*app
	opener *opener
	polls  *longPolls

	ending  atomic.Bool            // Shutdown has been called
	hidden  sync.Once              // by tellHidden
	server  atomic.Pointer[server] // whose request was the last
	nowhere server                 // of requests that tell no http.Server
}

// AppOf returns the App whose Middleware c has passed, nil for none: for plain Gin
// handlers and middleware, which so needn't be given it.
//
//	err := liveview.AppOf(c).Publish("orders", order)
func AppOf(c *gin.Context) *App {
	v, _ := c.Get(appKey)
	lv, _ := v.(*App)
	return lv
}

var errNoApp = errors.New("liveview: there is no App, as liveview.Middleware doesn't run before this route: " +
	"add r.Use(lv.Middleware()) before it, where lv is what liveview.New returned")

// Publish hands info to every view of the App that subscribed to topic: over
// [Config].PubSub, so in every process that shares it. It may be called from any
// goroutine and any Gin handler, and never waits for a view. It returns an error for
// a topic whose name starts with "liveview:", and the PubSub's.
func (lv *App) Publish(topic string, info any) error {
	if lv == nil {
		return errNoApp
	}
	if err := refuseOwnTopic(topic); err != nil {
		return err
	}
	return publish(lv.config.PubSub, topic, info)
}
