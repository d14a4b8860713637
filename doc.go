// Package liveview makes pages of a Gin application live: forms that validate
// as one types, tables that change under the reader, chats and dashboards, in
// Go alone. It is what Phoenix LiveView is to Phoenix: the page is rendered on
// the server, first as HTML and then over a WebSocket, on which only what
// changed travels. The browser runs the official client of Phoenix LiveView,
// unchanged; this package speaks its protocol, as of the versions
// [PhoenixVersion] and [PhoenixLiveViewVersion].
//
// A live page is a type with two methods, [View], and a line that says where
// it is, [Handle]:
//
//	r := gin.Default()
//	r.Use(sessions.Sessions("app", cookie.NewStore(key)))
//	r.Use(liveview.Middleware())
//	liveview.Handle(r, "/counter", counterView{})
//
// # Life of a page
//
// A browser asks for the page. Its route renders the view ([View] Mount,
// HandleParams, Render) with [Socket.Connected] false, and forgets it: the
// HTML carries all that is needed to go on, signed. The client's script then
// opens the socket and joins. The join is turned into a request for the same
// URL and goes through the same Gin router, so all middleware of the route has
// its say again; the view is mounted a second time, with Connected true, and
// from there on lives, until the browser leaves.
//
// # One click, file by file
//
// The button has phx-click="inc". The client sends the frame
//
//	["4","8","lv:phx-A1","event",{"type":"click","event":"inc","value":{}}]
//
// transport.go reads it from the WebSocket, has package protocol decode it, and
// gives it to the channel that its topic names. channel.go puts it into the
// view's mailbox, takes it out when the view is free (worker.go has the
// goroutine for that), and has socket.go call
// the application's HandleEvent with the [Event] of event.go. The callback
// calls [Socket.Assign]. When it returns, the channel asks the view for its
// [Rendered] (render.go), and internal/engine compares that with what the
// client holds and writes what it lacks: {"0":"1"}. The channel frames it as
// the reply to the click, and transport.go writes it:
//
//	["4","8","lv:phx-A1","phx_reply",{"status":"ok","response":{"diff":{"0":"1"}}}]
//
// Before the click there was the page: middleware.go and handle.go (the HTTP
// render), layout.go and client.go (the document and its scripts), browser.go,
// token.go and origin.go (who may join what), join.go (the way of a join
// through the router). Around it there are pubsub.go and repeat.go, from which
// a view hears without being asked; navigate.go and link.go, by which it moves
// to other URLs, with flash.go for what is said on the way; identity.go,
// revoked.go and recheck.go, which end what a visitor may no longer do;
// group.go, which sets pages apart; action.go, by which a live event writes the
// session; drain.go, by which a process ends and its visitors go on
// elsewhere; and admission.go, throttle.go and holdback.go, which keep a browser
// to its share of a process. Packages pubsub and presence carry infos, and who is there,
// between processes; liveviewtest tests pages without a browser.
//
// Files come over the same socket (docs/uploads.md): upload.go has what an
// application sees of them, upload_preflight.go what the client asks before it
// sends one, and upload_channel.go the topic that takes its chunks, each of them
// read by upload_transport.go.
//
// # Concurrency
//
// The callbacks of one visitor's view never run at the same time, so a view's
// state needs no lock. Views of different visitors do run at the same time;
// what they share needs one. Of the methods of [Socket] only SendInfo and
// Publish may be called from other goroutines. A view that waits for something
// slow holds up its own page and no other; better it starts a goroutine that
// calls [Socket.SendInfo] with the result.
//
// # Security
//
// A socket is opened only by pages of the same origin ([Config].Origins adds
// others) and is somebody's only with the CSRF token that the page carries. A
// page can be joined only in the browser it was rendered for, and only
// through the middleware of its route. Templates are html/template's, with its
// contextual escaping. The log-in of docs/sessions.md is put together from
// [Identify], [Renew], [Disconnect] and [HandleAction]. A go toolchain of at least 1.26.9 is needed: earlier
// patch releases have a known hole in html/template (CVE-2026-94448).
package liveview
