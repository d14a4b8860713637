package liveview

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/plainhtml"
)

// Handle makes path of r, an engine or a group, a live page shown by view. The
// route gets the middleware of r as any other does, and every live join runs
// through all of it again, so what guards the page guards its socket.
//
// The same view may be given to several Handle calls, for a list with dialogs that
// have URLs of their own for instance:
//
//	products := productsView{store}
//	liveview.Handle(r, "/products", products)
//	liveview.Handle(editors, "/products/new", products)
//	liveview.Handle(editors, "/products/:id/edit", products)
//
// Then it is one view at all of them: a patch link, [Socket.PushPatch], back and
// forward take its page from one to another with the state that it has, each through
// the middleware of the route that it comes to, and HandleParams learns from
// c.FullPath() and c.Param where it is. Views are the same if they have one type and
// are equal by ==; one that can't be compared, as it has a slice, a map or a function
// in it, is given as a pointer. A route of another [LiveSession] is come to by a page
// load even so.
//
// A view whose routes ask for different rights has HandleParams load whatever one of
// them shows more than another; see [ParamsHandler]. Routes that say who the user is,
// by [Identify], and routes that don't may be mixed; from one user to another there
// is always a page load, as far as log-in and log-out call [App.Renew].
//
// A form with phx-submit, and a button with phx-click, work without JavaScript too, and
// before the page is live: they are posted to the page's own URL, which so gets a route
// for POST as well, behind the same middleware. Gin panics where the application has one
// of its own at that path; then give Handle [OwnPost].
//
// It panics if view is nil, has a callback with the wrong signature or a [Container] that
// can't be, or if no [Middleware] runs before the route: Gin fixes what does when a route
// is added and when a group is made, so the engine is to use it before either.
func Handle[C any](r gin.IRoutes, path string, view View[C], options ...HandleOption) gin.IRoutes {
	if view == nil {
		misuse("Handle wants a view for %s, not nil", path)
	}
	callbacks := callbacksOf(view)
	element, err := elementOf(callbacks.container)
	if err != nil {
		misuse("%T at %s: %v", view, path, err)
	}
	rt := newLiveRoute(view, callbacks, element)
	wantMiddleware(r, path, "the page of "+rt.name)
	for _, option := range options {
		rt.options |= option
	}
	handler := liveHandler(rt)
	if rt.options&OwnPost == 0 {
		addPost(r, path, rt.name, handler)
	}
	return r.GET(path, handler)
}

// HandleOption changes what [Handle] does. Several of them add up.
type HandleOption uint8

// OwnPost says that the application handles what is posted to the page's URL itself: Handle
// adds no route for POST there. The page's forms are then sent to that route before the
// page is live, and without JavaScript, as they are: the engine writes nothing into them
// but method="post", where they have neither a method nor an action, so that nothing that
// was entered gets into a URL. Its buttons with phx-click wait for the page to be live.
const OwnPost HandleOption = 1 << iota

// addPost adds the route for the forms of a page that are posted.
func addPost(r gin.IRoutes, path, view string, handler gin.HandlerFunc) {
	defer func() {
		if cause := recover(); cause != nil {
			panic(fmt.Sprintf("liveview: the forms of %s are posted to its own path, and the router takes no POST route there: %v; "+
				"if the application has one of its own, say so: liveview.Handle(r, %q, view, liveview.OwnPost)", view, cause, path))
		}
	}()
	r.POST(path, handler)
}

func newLiveRoute[C any](view View[C], callbacks callbacks[C], element element) *liveRoute[C] {
	rt := &liveRoute[C]{route: newRoute(view, callbacks.params != nil, element), callbacks: callbacks}
	rt.hears = callbacks.info != nil
	return rt
}

// liveRoute is one Handle.
type liveRoute[C any] struct {
	route
	callbacks callbacks[C]
	options   HandleOption
	size      atomic.Int64 // in bytes, of the last page rendered over HTTP, and a little more: for the next one's buffer
	added     atomic.Int64 // in bytes, of what the last one got for browsers without JavaScript
	warned    atomic.Bool  // of a layout's missing parts
	styles    styleWatch
}

func (rt *liveRoute[C]) own() *route { return &rt.route }

// serve is the route's Gin handler: for an HTTP request it renders the page.
func (rt *liveRoute[C]) serve(c *gin.Context) {
	a := appOf(c)
	if a == nil {
		rt.fail(c, nil, errors.New("liveview.Middleware doesn't run before this route: "+
			"add r.Use(liveview.Middleware()) before liveview.Handle"))
		return
	}
	switch v, q := visitOf(c.Request), questionOf(c.Request); {
	case v != nil:
		rt.serveVisit(c, a, v)
	case q != nil:
		q.answer(c, rt)
	case isLostVisit(c.Request):
		c.Abort()
		c.String(http.StatusNotImplemented, lostVisit) // no failure that passes
	case c.Request.Method == http.MethodPost && rt.options&OwnPost == 0:
		rt.servePost(c, a)
	default:
		rt.renderPage(c, a, nil)
	}
}

// servePost answers a form of the page that was posted to its URL.
func (rt *liveRoute[C]) servePost(c *gin.Context, a *app) {
	form, err := a.readPost(c)
	var p *post
	if err == nil {
		p, err = newPost(form)
	}
	if err != nil {
		rt.failPost(c, a, err)
		return
	}
	w := &recorder{ResponseWriter: c.Writer, room: maxRecorded}
	c.Writer = w
	end := a.posted.Begin(form.token.page, p.names())
	defer func() {
		end()
		c.Writer = w.ResponseWriter
		p.finish(c, w)
	}()
	rt.renderPage(c, a, p)
}

// failPost answers a form that couldn't be handled.
func (rt *liveRoute[C]) failPost(c *gin.Context, a *app, err error) {
	if refused := (*refusedPostError)(nil); errors.As(err, &refused) {
		answerRefused(c, a, rt.name, refused)
		return
	}
	rt.fail(c, a, err)
}

// newView returns the view of one visit; b is nil for the HTTP render.
func (rt *liveRoute[C]) newView(c *gin.Context, a *app, id, browser string, b *mailbox) *mounted[C] {
	m := &mounted[C]{callbacks: &rt.callbacks}
	user := userOf(c)
	p := &page{
		app:     a,
		mailbox: b,
		id:      id,
		route:   &rt.route,
		pattern: c.FullPath(),
		url:     pageURLOf(a.config.BasePath, c.Request),
		browser: browser,
		user:    user,
		nobody:  user == "",
		group:   groupOf(c),
		hooks:   hooksOf(c),

		document: documentAt(c),
	}
	p.root = part{dirty: true, owns: &p.rootOwns}
	if a.develops {
		p.owner = &owner{}
	}
	p.meta.page = p
	p.seen(c)
	m.socket.page, m.socket.part = p, &p.root
	return m
}

// renderPage is the HTTP render, which answers a form that was posted if p isn't nil. It
// leaves nothing behind on the server: the page carries all that its join needs, signed.
func (rt *liveRoute[C]) renderPage(c *gin.Context, a *app, p *post) {
	s := rt.newView(c, a, newViewID(), ensureBrowser(c, a), nil)
	own := s.page()
	host := &httpPage{page: own, c: c, rendering: &rendering{shown: &guestIDs{}}}
	host.plain = &plainHTML{off: rt.options&OwnPost != 0, action: own.currentURL(), page: own.id, size: &rt.added}
	live := host.components(func(lc liveComponent, err error) { rt.logFailure(c, a, lc, err) })
	own.meta.page = host
	if p != nil {
		own.posting = newPosting(a)
		host.post, host.plain.posted = p, p.form.fields[plainhtml.EventField]
		defer func() { p.end(host, live) }()
	}
	brought := pendingFlash(c)
	defer func() { own.rootOwns.loads.stop() }()
	own.flash.bring(brought, len(brought))
	if err := s.mount(c); err != nil {
		rt.fail(c, a, err)
		return
	}
	if rt.leftPage(c, a, s) {
		return
	}
	if err := s.handleParams(c); err != nil {
		rt.fail(c, a, err)
		return
	}
	if rt.leftPage(c, a, s) {
		return
	}
	if p != nil {
		own.host = live
		err := p.handle(host, s, "", live)
		own.host = nil
		switch {
		case host.left():
			return
		case p.again != nil:
			p.repeat(c, a)
			return
		case err != nil:
			rt.failPost(c, a, err)
			return
		}
		if rt.leftPage(c, a, s) {
			return
		}
	}
	own.host = live
	err := s.awaitLoads(host.taker(s, live))
	own.host = nil
	if host.left() {
		return
	}
	if err != nil {
		rt.fail(c, a, err)
		return
	}
	if rt.leftPage(c, a, s) {
		return
	}
	content := bufpool.Frames.GetFor(int(rt.size.Load()))
	defer bufpool.Frames.Put(content)
	own.browser = ensureBrowser(c, a) // a callback may have called Renew
	token := pageToken{id: own.id, browser: own.browser, user: own.user, group: own.group, route: own.pattern, view: own.route.view, tag: rt.element.tag, layout: own.document.text()}
	content.B = rt.element.appendStart(content.B, own.id, token.sign(a.signer), a.signStatic(own.id, own.flash.shown(), own.flash.leading(brought)))
	shown := len(content.B)
	own.host = live
	r, err := s.render()
	if err == nil {
		err = guard("Render", func() (err error) { content.B, err = r.appendHTML(content.B, &own.meta, live.around(0)); return err })
	}
	if err == nil {
		content.B, err = live.expand(content.B)
	}
	own.host = nil   // it isn't for the layout
	if host.left() { // as a view in it wants
		return
	}
	if err != nil {
		rt.fail(c, a, err)
		return
	}
	if rt.leftPage(c, a, s) { // from an Update
		return
	}
	host.plain.rewrite(own, "", live, content, shown)
	if p != nil && p.status != 0 {
		c.Status(p.status)
	}
	content.B = rt.element.appendEnd(content.B)
	rt.styles.look(c, a, &rt.route, content.B)
	rt.size.Store(int64(len(content.B) + len(content.B)/16))
	err = s.release(nil, nil, live.around(0))
	if err == nil {
		err = s.afterRender()
	}
	if err != nil {
		rt.fail(c, a, err)
		return
	}

	// The page holds tokens of this visitor's.
	c.Header("Cache-Control", "no-store")
	forgetFlash(c) // as the page shows it
	var used pageParts
	page := Page{content: content.B, title: own.title, titles: a.config.Title, scripts: a.client.Tags, meta: &own.meta, used: &used}
	host.inLayout = true
	if err := guard("layout", func() error { return layoutOf(c, a)(c, page) }); host.left() {
		return
	} else if err != nil {
		rt.fail(c, a, err)
		return
	}
	if missing := used.missing(); missing != "" && !c.IsAborted() && rt.warned.CompareAndSwap(false, true) {
		a.config.Logger.Warn("liveview: the layout leaves out what makes a page live", "missing", missing,
			"view", rt.name, "route", c.FullPath())
	}
	checkScripts(a, c)
}

// leftPage reports whether a callback of the HTTP render sent the visitor
// elsewhere.
func (rt *liveRoute[C]) leftPage(c *gin.Context, a *app, s *mounted[C]) bool {
	if answered(c) {
		return true
	}
	moved, err := redirectHTTP(c, s.page())
	if err != nil {
		rt.fail(c, a, err)
	}
	return moved
}

// serveVisit mounts the view into the channel that v comes from, or has the one
// that is there follow its URL. A recheck has come as far as it needs to.
func (rt *liveRoute[C]) serveVisit(c *gin.Context, a *app, v *visit) {
	if !v.door.enter() {
		c.Abort()
		return
	}
	defer v.door.leave()
	switch v.reached(c, &rt.route); {
	case v.refused != "" || v.loads:
		return
	case v.guest != nil && v.purpose == visitJoin:
		v.arrive(c, v.guest.view(c, a, rt, &v.channel.mailbox))
		return
	case v.purpose == visitPatch:
		v.follow(c)
		return
	case v.purpose == visitCheck:
		v.channel.view.page().seen(c)
		v.arrived = true
		return
	}
	s := rt.newView(c, a, v.id(), v.token.browser, &v.channel.mailbox)
	if before := v.token.user; v.sameURL && s.page().user == "" && before != "" {
		// The page has come from a route that names the user to one that doesn't.
		s.page().user = before
		v.channel.peer.addUser(before)
	}
	v.arrive(c, s)
}

// fail answers a request whose page could not be shown, and says why to the
// operator. The visitor learns no more than that, but in Gin's debug mode; that one
// has gone is no failure.
func (rt *liveRoute[C]) fail(c *gin.Context, a *app, err error) {
	err = fmt.Errorf("liveview: %s at %s: %w", rt.name, c.FullPath(), err)
	attrs := append(errAttrs(err), "path", shownPath("", c.FullPath(), c.Request.URL.Path)) // no query: it may hold secrets
	attrs = append(attrs, visitorAttrs(userOf(c), requestIDOf(c.Request))...)
	logger := slog.Default()
	if a != nil {
		logger = a.config.Logger
	}
	if c.Request.Context().Err() != nil && !isPanic(err) { // as is to be expected of a callback that heeds it
		logger.Debug("liveview: page not shown, as its visitor has gone", attrs...)
		c.Abort()
		return
	}
	a.tellCrash(c, rt.name, "page", "", err)
	const message = "liveview: page not shown"
	logger.Error(message, attrs...)
	answerFailure(c, err, message, append(attrs, "view", rt.name, "route", c.FullPath()))
}

// logFailure tells the operator of a live component that failed on the HTTP render, and
// shows that.
func (rt *liveRoute[C]) logFailure(c *gin.Context, a *app, lc liveComponent, err error) {
	attrs := append(errAttrs(err), "component", lc.kindOf().label(), "view", rt.name, "route", c.FullPath(), "path", shownPath("", c.FullPath(), c.Request.URL.Path))
	a.tellCrash(c, rt.name, "component", lc.kindOf().label(), err)
	a.config.Logger.Error("liveview: live component ended by an error", append(attrs, visitorAttrs(userOf(c), requestIDOf(c.Request))...)...)
}

// tellCrash tells of a failure of the HTTP render.
func (a *app) tellCrash(c *gin.Context, view, cause, name string, err error) {
	if a != nil {
		a.tell(c.Request.Context(), Note{Kind: NoteCrash, Cause: cause, Name: name, Err: err, Subject: Subject{
			Route: c.FullPath(), View: view, User: userOf(c), RequestID: requestIDOf(c.Request),
		}})
	}
}
