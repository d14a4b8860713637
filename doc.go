// Package liveview makes pages of a Gin application live: forms that validate
// as one types, tables that change under the reader, chats and dashboards, in
// Go alone. It is what Phoenix LiveView is to Phoenix: the page is rendered on
// the server, first as HTML and then over a WebSocket, on which only what
// changed travels. The browser runs the official client of Phoenix LiveView,
// unchanged; this package speaks its protocol, as of the versions
// [PhoenixVersion] and [PhoenixLiveViewVersion].
//
// A live page is a type that shows a state, [View], and a line that says where
// it is, [Handle]:
//
//	type Counter struct{ Count int } // the state of one live page
//
//	type counterView struct{}
//
//	func (counterView) HandleEvent(s *liveview.Socket[Counter], e liveview.Event) error {
//		s.Assign(func(st *Counter) { st.Count++ })
//		return nil
//	}
//
//	var page = liveview.MustParse[Counter](`<h1>{{.Count}}</h1><button phx-click="inc">one more</button>`)
//
//	func (counterView) Render(st Counter) liveview.Rendered { return page.Render(st) }
//
//	r := gin.Default()
//	r.Use(sessions.Sessions("app", store)) // of gin-contrib/sessions: log-in, and flash over page loads; see README.md
//	r.Use(liveview.Middleware())
//	liveview.Handle(r, "/counter", counterView{})
//
// A page that needs no type of its own is a [ViewFuncs].
//
// # Life of a page
//
// A browser asks for the page. Its route renders the view (Mount, HandleParams,
// Render) with [Socket.Connected] false, and forgets it: the HTML carries all
// that is needed to go on, signed. So a crawler leaves nothing on the server.
//
// The client's script then opens the socket and joins. The join becomes a
// request for the same URL that goes through the same Gin router, so all
// middleware of the route has its say again: what guards the page guards its
// socket. The view is mounted a second time, with Connected true, and from
// there on lives until the browser leaves. Then, however that comes about, its
// Shutdown runs ([ShutdownHandler]).
//
// When the connection is lost, the client connects again and joins: to the same view,
// which is kept for [Config].KeepTime, or on another process, or after that time, to a new
// one, with the text that is in its forms. A callback that returns an error, or panics,
// ends its own view only: the error is logged and the page joins again.
//
// # State
//
// Each visitor's page has a state of its own, of the type that the view was
// written for. It is changed by [Socket.Assign] and read by [Socket.State].
// After each callback that changed it, Render is called and what differs from
// what the browser holds is sent. Nothing has to be announced: the state is
// compared, not watched.
//
// The View value itself is shared by all visitors. It holds what they have in
// common, a database handle or a clock, and nothing of any one of them.
//
// Large data that the server needn't keep once the page shows it is let go by
// [Socket.TempAssign]. A list that the page keeps and the server doesn't, however long
// it grows, is a [Stream] in the state.
//
// # Templates
//
// [Parse] and [MustParse] take the language of html/template, with its
// contextual escaping, and check it against the state's type: a misspelt field
// stops the program at its start, with file and line. The functions that a
// template may call besides html/template's are listed there. The rows of a
// list keep their identity by a key:
//
//	{{range .Rows | keyed "ID"}}<li id="row-{{.ID}}">{{.Name}}</li>{{end}}
//
// The key is a field, a method without arguments, a path to one such as
// "Owner.ID", or ".", the row itself. Two rows of a list mustn't have the same
// one: they are shown then, but told apart by their order, and the log says so
// once, with the list's place in the template and the key.
//
// A [Stream] is ranged over by its method All, in an element of its own:
//
//	<ul id="notes" phx-update="stream">{{range $id, $n := .Notes.All}}<li id="{{$id}}">{{$n.Text}}</li>{{end}}</ul>
//
// What writes HTML in another way, a component of templ for instance, is a
// whole page by [RenderComponent], or part of one by {{component .Card}}. The
// document around the view is the [Layout], the element that it stands in its
// [Container]; what a group of views has in common within theirs, and follows the page,
// comes by [UseInnerLayout].
//
// A part of a page with a state and events of its own, a card that is edited in place, is
// a [LiveComponent], which [NewLive] makes known to templates: {{card .ID .}}. What its
// elements send with phx-target="{{myself}}" is its own. docs/components.md says when to
// take one.
//
// A part of a page that is to live and crash by itself is a view of its own in it
// ([Nest]); one that is to stay while the visitor moves on is a [Sticky].
//
// # Events
//
// An element says what it sends: phx-click, phx-change, phx-submit, phx-keydown,
// phx-blur and the rest of the client's bindings. [EventHandler] gets it as an
// [Event], with its name, the values of phx-value-*, and the fields of its form:
//
//	<button phx-click="delete" phx-value-id="{{.ID}}">Delete</button>
//
//	case "delete":
//		return v.db.Delete(e.Int("id"))
//
// What a page doesn't show can be sent all the same, by whoever writes to the
// socket by hand. A view whose events not every visitor may send has an
// Authorize ([Authorizer]). What all views of a group do at an event, or as they are
// mounted, stands around their callbacks ([Around]).
//
// The page hears of things by [Socket.PushEvent], a hook that asked for an
// answer by [Socket.Reply]. [Socket.PageTitle] sets the title.
//
// # Forms
//
// A [Form] in the state is bound to a struct by Gin's own binding tags, and keeps what
// was typed beside what it means, with a sentence for each field at fault that the user
// has been to:
//
//	type SignUp struct {
//		Email string `form:"email" binding:"required,email"`
//		Seats int    `form:"seats" binding:"min=1,max=20"`
//	}
//
//	st.Form = st.Form.Apply(e)
//	if e.Name == "save" && st.Form.Valid() {
//		save(st.Form.Value)
//	}
//
//	{{with .Form.Field "email"}}<input {{attrs .Attrs}}> {{.Error}}{{end}}
//
// [Event.Bind] does the same of one event, and returns an error.
//
// The form then shows what was typed, {{.Typed.Get "seats"}}, and not the struct, in
// whose number there is no place for "1.5". A form that is too large, by
// [Config].MaxFrame, isn't handled: its text stays on the page, and a view with a
// HandleRefusal ([RefusalHandler]) tells the user in its own words.
//
// Files come by [Socket.AllowUpload]: chosen or dropped, previewed, sent in
// chunks with progress, checked against what was allowed, and handed over by
// [ConsumeUploadedEntries].
//
// All of this works without JavaScript too, and before the page is live: a form, and a
// button with phx-click, is posted to the page's URL, and the same callbacks run; see
// docs/plain.md. When a page joins anew, what its forms hold comes as an event that is
// [Event.Recovered].
//
// # Moving
//
// A view that follows its URL has HandleParams ([ParamsHandler]). A link made
// by [PatchLink], in templates {{patch "/items" "page" 2}}, or a
// [Socket.PushPatch] moves it to another URL of its own: no mount, only a diff. A view
// may have several routes, /products and /products/new for instance: see [Handle].
// [NavigateLink] and [Socket.PushRedirect] put another live view in its place,
// over the same socket. [Socket.Redirect] loads a page. All of them run through
// the router and the middleware of the route they lead to. [LiveSession] sets
// pages apart, between which there is always a page load, and [UseLayout] gives a group
// of routes another document.
//
// [Socket.Navigation] says how a page came to its URL, [ConnectParamsOf] what its
// browser says as it joins, its time zone for instance, and [StaticChanged] whether its
// scripts are older than the newest deployment.
//
// [Socket.PutFlash] and, in plain handlers, [PutFlash] leave messages for the
// next page, whichever way the visitor gets there.
//
// # Real time
//
// [Socket.Subscribe] has what is published on a topic delivered to HandleInfo
// ([InfoHandler]), until the function that it returns is called: a page that goes
// from room to room leaves the one before. [App.Publish] and [Socket.Publish] publish,
// from any goroutine. Over several processes the packages pubsub/redis and pubsub/nats carry it,
// and package presence tells who is there ([Track]), and what each of them is
// doing, such as typing. [Socket.SendInfo] delivers to the
// view itself, and [Socket.Repeat] runs a function every so often.
//
// The callbacks of one visitor's view never run at the same time, so a state
// needs no lock. Views of different visitors do run at the same time; what they
// share needs one. Of the methods of [Socket] only SendInfo and Publish may be
// called from other goroutines; in Gin's debug mode the log tells of another one
// that is. What is slow holds up its own page and no other; better, it is loaded.
//
// # Slow work
//
// What takes a while to come is an [Async] in the state:
//
//	type Dashboard struct{ Report liveview.Async[Report] }
//
//	s.Assign(func(st *Dashboard) { st.Report.Load(s, v.store.Report) })
//
// The function runs in a goroutine of its own, with a context that ends when nobody waits
// for its result any more, and the page shows what there is: {{.Report.Loading}},
// {{.Report.Value}} and {{.Report.Err}}. See docs/async.md.
//
// # Who may do what
//
// A socket is opened only by pages of the same origin ([Config].Origins adds
// others) and is somebody's only with the CSRF token that the page carries. A
// page can be joined only in the browser it was rendered for, and only through
// the middleware of its route, which is asked again while the page is open
// ([Config].Recheck). The application's own log-in says who the user is, by
// [Identify]; [App.Disconnect] ends what a user has open, [App.Renew] what a browser
// has. What a visitor may do now, as middleware says it with c.Set, an Authorize finds
// in [Socket.Value] ([KeepValues]). A live event writes the session through a
// [HandleAction].
//
// Build with a Go toolchain of at least 1.26.9: earlier patch releases have a
// known hole in html/template (CVE-2026-94448). The toolchain line of this
// module's go.mod doesn't count for those that require it: put
// "toolchain go1.26.9" into your own. A program that is built with an older one says so
// in its log, once.
//
// # Testing
//
// Package liveviewtest opens a page without a browser, patches it as the
// official client does, and acts on it as a user does:
//
//	v := liveviewtest.Open(t, router, "/counter")
//	v.Click("one more")
//	if got := v.Text("h1"); got != "1" {
//		t.Errorf("the page shows %s, want 1", got)
//	}
//
// # Running it
//
// The zero [Config] is the production setting of one machine, but for its
// Secret, which keeps open pages joined across restarts. [App.Shutdown] ends a
// process without its visitors losing anything; [App.Ready] and [App.Healthy] are for
// load balancers; [App.Inspect] tells of one view, and the module dashboard shows operators
// all of it. docs/README.md lists the guides by what one needs, and docs/errors.md has
// each sentence that this package says, with its cause and its cure.
//
// Who wants to change this package starts with ARCHITECTURE.md.
package liveview
