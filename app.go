package liveview

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/client"
	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/internal/repeats"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/internal/revoked"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/upload"
	"github.com/gin-liveview/liveview/internal/work"
	"github.com/gin-liveview/liveview/protocol"
)

// app is what all views of one App share. It knows of no socket.
type app struct {
	config  Config
	signer  *sign.Signer
	client  *client.Scripts
	uploads *upload.Store
	faults  *clientFaults
	teller  *teller // nil where nobody wants to know
	counts  counts

	loggedTeller *teller       // tells the log as well
	pool         work.Pool     // runs the callbacks of live views, and writes uploads
	revoked      revoked.List  // what Disconnect and Renew have ended
	used         sign.Once     // action tokens
	saver        *saver        // nil without a Config.Store
	spent        sign.Once     // seals of states that views have been given, and have changed
	posts        repeats.List  // forms that were posted of late
	posted       repeats.Pages // whose forms are being handled
	mounts       limit.Turns   // of the joins that are in their middleware, Mount and HandleParams
	lookups      limit.Turns   // of the joins that look for what there was of their views before
	sockets      atomic.Int64  // that are open
	views        atomic.Int64  // that are mounted on them
	kept         atomic.Int64  // pages whose socket was lost
	opened       atomic.Uint64 // sockets so far, with those whose handshake failed

	loads        atomic.Int64 // of Async, whose work runs
	loadsWaiting atomic.Int64 // that wait for their turn in their view

	decode                 protocol.Limits
	events, joins, refused limit.Rate // of what a socket may send, and may have refused
	freePerSecond          float64    // frames that a socket may send without a throttle

	recheckAll atomic.Int64 // when a disconnect may have been missed, as a clock.Moment; 0 is never
	// What is logged or looked at once.
	warned     sync.Once    // by warnOfCookies
	lostCookie sync.Once    // by warnOfLostCookies
	wrongHTML  sync.Map     // by warnOfHTML: the mistakes, as strings
	mistakes   atomic.Int64 // that wrongHTML has
	doubled    sync.Once    // by middleware.pass: another Middleware runs before the same route
	checked    atomic.Bool  // by checkScripts

	crossOrigin http.CrossOriginProtection // of forms that are posted

	// elsewhere knows what other processes have had of a view, or what was left of one here.
	elsewhere interface {
		// ask returns what there is of the view with that id, whose page has come back over
		// by, having joined so often before; 0 is not known. It returns "" for nothing.
		ask(page pageName, by any, id string, joins uint32) (seal string)

		// putBack leaves what ask, or the view before, has had of a view for its next join.
		putBack(page pageName, id, seal string, version uint64, joins uint32, users []string)

		// spent tells that the view which was given a seal has changed since, and how often its
		// page had joined before.
		spent(page pageName, seal string, joins uint32)
	}

	node uint16 // random: what tells its saves from those of other processes

	develops     bool     // what costs time to find is looked for
	foreignCalls sync.Map // by foreignCall: the methods and places, as strings
}

func newApp(c Config) *app {
	c.Logger = rescue.Logger(c.Logger)
	a := &app{
		config:   c,
		develops: c.Dev.develops(),
		signer:   sign.New(c.secrets()),
		client:   client.New(c.BasePath+c.Path, c.Client, c.MaxFrame, c.maxFields(), c.LongPollFallback),
		faults:   &clientFaults{logger: c.Logger},
		uploads: upload.NewStore(c.UploadDir, upload.Limits{
			Bytes: c.MaxUploadBytes, BrowserBytes: c.MaxBrowserUploadBytes, BrowserFiles: c.MaxBrowserUploads,
		}, c.Logger),
		teller:       newTeller(c.Telemetry, c.Logger),
		loggedTeller: newTeller(TeeTelemetry(c.Telemetry, eventLog{logger: c.Logger}), c.Logger),

		decode: c.decoding(),
		spent:  sign.Once{Age: sealedFor},
		node:   uint16(rand.Uint32()), //nolint:gosec // one of two that are as new has to win, no matter which
	}
	for _, origin := range c.Origins {
		if err := a.crossOrigin.AddTrustedOrigin(origin); err != nil {
			misuse("Config.Origins holds %q: %v", origin, err)
		}
	}
	if c.Scripts != "" {
		a.client.Tags = c.Scripts
	}
	a.saver = newSaver(c.Store, a.faults)
	a.events, a.joins, a.refused = c.rates()
	a.freePerSecond = c.freeFrames()
	return a
}

// appKey is where Middleware leaves its App for the routes behind it.
const appKey = "github.com/gin-liveview/liveview"

// core is here, so that an App, which knows sockets, can be asked for what it stands
// on by those who know none.
func (a *app) core() *app { return a }

// appOf returns the app whose middleware c passed, nil for none.
func appOf(c *gin.Context) *app {
	v, _ := c.Get(appKey)
	if a, ok := v.(interface{ core() *app }); ok {
		return a.core()
	}
	return nil
}

// loggerOf returns who is told of what goes wrong with c's request.
func loggerOf(c *gin.Context) *slog.Logger {
	if a := appOf(c); a != nil {
		return a.config.Logger
	}
	return slog.Default()
}

// answerMisuse answers c with status 500, as the application has called the API
// wrongly, and says to the operator how to mend it. Nothing that comes behind runs.
func answerMisuse(c *gin.Context, err error) {
	attrs := []any{"route", c.FullPath()}
	loggerOf(c).Error(err.Error(), attrs...)
	answerFailure(c, err, err.Error(), attrs)
}

// answerFailure answers c with status 500, unless it has been answered. What the log has
// been told is shown to developers alone.
func answerFailure(c *gin.Context, err error, message string, attrs []any) {
	recordError(c, err)
	c.Abort()
	if c.Writer.Written() {
		return
	}
	var dev Dev
	if a := appOf(c); a != nil {
		dev = a.config.Dev
	}
	if dev.showsProblems(c.Request) {
		newProblem(message, attrs).write(c)
		return
	}
	c.String(http.StatusInternalServerError, "%s", http.StatusText(http.StatusInternalServerError))
}

// tell counts what happens at a moment, and tells of it.
func (a *app) tell(ctx context.Context, n Note) {
	a.counts.note(n.Kind)
	a.teller.tell(ctx, n)
}

// logged returns who is told of a view now: with the log, if that wants debug lines.
func (a *app) logged() *teller {
	if a.config.Logger.Enabled(context.Background(), slog.LevelDebug) {
		return a.loggedTeller
	}
	return a.teller
}

// handlerFor returns what serves the requests that joins are turned into, and
// whether it is the server's own; nil if it can't be found.
func (a *app) handlerFor(ctx context.Context) (h http.Handler, own bool) {
	if a.config.Handler != nil {
		return a.config.Handler, false
	}
	srv, _ := ctx.Value(http.ServerContextKey).(*http.Server)
	switch {
	case srv == nil:
		return nil, false
	case srv.Handler == nil:
		return http.DefaultServeMux, true
	default:
		return srv.Handler, true
	}
}

// warnOfCookies says once how to mend a session store's default.
func (a *app) warnOfCookies(h http.Header) {
	for _, cookie := range h["Set-Cookie"] {
		if strings.Contains(cookie, "SameSite=None") {
			name, _, _ := strings.Cut(cookie, "=")
			a.warned.Do(func() {
				a.config.Logger.Warn("liveview: a cookie is set with SameSite=None, so other sites' requests carry it too, "+
					"and over plain http the browser drops it; unless that is meant, give the session store "+
					`Options(sessions.Options{Path: "/", MaxAge: 30 * 86400, HttpOnly: true, SameSite: http.SameSiteLaxMode})`, "cookie", name)
			})
		}
	}
}

// maxMistakes is how many mistakes in the HTML of components are logged.
const maxMistakes = 100

// warnOfHTML says once that a component wrote HTML that can't be a part of a live
// page, or that a browser makes another page of.
func (a *app) warnOfHTML(mistake, view, route string) {
	if _, told := a.wrongHTML.Load(mistake); told || a.mistakes.Load() >= maxMistakes {
		return
	}
	if _, told := a.wrongHTML.LoadOrStore(mistake, nil); !told {
		a.mistakes.Add(1)
		a.config.Logger.Warn("liveview: a component wrote HTML that won't work: "+mistake, "view", view, "route", route)
	}
}

// warnOfLostCookies says once that the answer to a visit of path sets cookies
// that no browser will get.
func (a *app) warnOfLostCookies(cookies []string, path string) {
	if len(cookies) == 0 {
		return
	}
	a.lostCookie.Do(func() {
		name, _, _ := strings.Cut(cookies[0], "=")
		a.config.Logger.Warn("liveview: a cookie was set during a live join, a patch or a recheck, where no response takes it to the browser; "+
			"set cookies and save sessions on page loads only (see liveview.IsVisit), or by HandleAction", "cookie", name, "path", path)
	})
}
