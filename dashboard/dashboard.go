// Package dashboard shows operators what an [liveview.App] does: its sockets and views now
// and over the last hour, by route; what is slow, large or late; what goes wrong, and whose
// view it is; each view and its events as they come; topics, presence, brokers and the
// processes of a cluster; the Go runtime. It is made of live pages, and has no script.
//
//	board := dashboard.New(dashboard.Options{})
//	lv := liveview.New(liveview.Config{Telemetry: board})
//	r.Use(lv.Middleware())
//	board.Mount(lv, r, "/admin/dashboard", requireAdmin)
//
// It is told of events by their names and durations: no value of a form, an event or a state
// gets here. What it keeps has a bound, whatever visitors do.
package dashboard

import (
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/presence"
)

// Options are what a [Board] shows besides its App. The zero value is fine.
type Options struct {
	// Name is what this process is called in the list of the cluster's. Empty means the
	// host's name and the process's number.
	Name string

	// Presence are the application's trackers, by the names that they are shown under.
	Presence map[string]Presence

	// Operator says who looks at the dashboard, for the log. Nil means the client's address.
	Operator func(c *gin.Context) string

	// Logger is told of users who are disconnected by hand, and by whom. Nil means
	// slog.Default().
	Logger *slog.Logger
}

// Presence is what is shown of a [presence.Tracker], which implements it.
type Presence interface {
	Topics(most int) []presence.TopicCount
}

// Board is the dashboard of one App. It is the App's [liveview.Telemetry], which keeps what
// the pages show: for the last hour, in some megabytes at most.
type Board struct {
	collector
	options Options
	started time.Time
	lv      *liveview.App // set by Mount
	history history
	nodes   nodes

	// Owned by tick.
	runtime *runtimeReader
	before  totals
	ticks   int

	mu     sync.Mutex // guards the fields below. Nothing is locked under it.
	timer  *time.Timer
	closed bool
}

// New returns a Board, to be set in [liveview.Config].Telemetry.
func New(options Options) *Board {
	b := &Board{options: options, started: time.Now(), runtime: newRuntimeReader()}
	b.collector.init()
	b.nodes.heard = make(map[string]heardNode)
	if b.options.Name == "" {
		host, _ := os.Hostname() // "" will do
		b.options.Name = host + " " + strconv.Itoa(os.Getpid())
	}
	if b.options.Operator == nil {
		b.options.Operator = (*gin.Context).ClientIP
	}
	if b.options.Logger == nil {
		b.options.Logger = slog.Default()
	}
	return b
}

// Mount adds the dashboard's pages at path of r, behind the middleware of r and then guards,
// of which one lets nobody but operators pass: they see who is there and what he does, and
// can disconnect him. In Gin's release mode Mount panics without any guard, as it can't tell
// whether the middleware of r is one. In the other modes the pages are then shown to
// requests of this machine alone.
//
// The pages are in a [liveview.LiveSession] of their own, with a layout of their own. Mount
// begins to sample what the App does, each five seconds, until [Board.Close]. It panics if it
// is called twice, or if path is "/" or has a parameter.
func (b *Board) Mount(lv *liveview.App, r gin.IRouter, path string, guards ...gin.HandlerFunc) {
	switch {
	case lv == nil:
		panic("dashboard: Mount wants the App that is shown, not nil")
	case b.lv != nil:
		panic("dashboard: Mount is called twice; a Board shows one App at one place")
	case len(guards) == 0 && gin.Mode() == gin.ReleaseMode:
		panic("dashboard: in Gin's release mode Mount wants a middleware that lets nobody but operators pass: board.Mount(lv, r, " +
			strconv.Quote(path) + ", requireAdmin); that of the group is named once more")
	case len(guards) == 0:
		guards = []gin.HandlerFunc{localOnly}
	}
	group := r.Group(path, guards...)
	base := strings.TrimRight(group.BasePath(), "/")
	if base == "" || strings.ContainsAny(base, ":*") {
		panic("dashboard: Mount wants a path of its own without parameters, such as /admin/dashboard, not " + strconv.Quote(group.BasePath()))
	}
	b.lv = lv
	b.own.Store(&base)
	group.GET("/style.css", serve("text/css; charset=utf-8", style))
	group.GET("/icon.svg", serve("image/svg+xml", icon))
	group.Use(liveview.LiveSession("liveview dashboard"), liveview.UseLayout(layout()), liveview.UseInnerLayout(frameTemplate, frameOf))
	liveview.Handle(group, "", overviewView{b})
	liveview.Handle(group, "/views", viewsView{b})
	liveview.Handle(group, "/views/:id", viewView{b})
	liveview.Handle(group, "/topics", topicsView{b})
	liveview.Handle(group, "/cluster", clusterView{b})
	liveview.Handle(group, "/runtime", runtimeView{b})

	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.timer = time.AfterFunc(0, b.tick)
	}
}

// Close ends the sampling, and takes this process from the list of the cluster's.
func (b *Board) Close() {
	b.mu.Lock()
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
	}
	b.mu.Unlock()
	b.nodes.close()
}

// tick takes a sample. It is the timer's, which is set again at the end: so one runs at a
// time.
func (b *Board) tick() {
	b.sample(b.lv.Stats())
	b.mu.Lock()
	if !b.closed {
		b.timer.Reset(sampleEvery)
	}
	b.mu.Unlock()
	b.joinCluster() // last, as it may wait for a broker
}

// sample notes how things are, and forgets what is old.
func (b *Board) sample(stats liveview.Stats) {
	now := b.totals()
	b.history.add(b.take(stats, b.before, now, b.runtime.read()), b.routes.list())
	b.before = now
	b.all.rotate()
	b.views.each(func(v *tracked) {
		n := v.events.Load()
		v.rate.Store(uint32(n - v.counted))
		v.counted = n
	})
	if b.ticks++; b.ticks%rotateEvery == 0 {
		for _, f := range b.routes.list() {
			f.eventT.rotate()
			f.joinT.rotate()
		}
		moment := time.Now()
		b.incidents.forget(moment)
		for _, w := range []*worst{&b.slow, &b.large, &b.full} {
			w.forget(moment)
		}
	}
}
