package liveviewtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/protocol"
)

func readCloser(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

// load loads a document and, if there is a live view in it, joins that. push
// says that the history gets a new entry.
func (v *View) load(method string, u *url.URL, form io.Reader, push bool) {
	v.t.Helper()
	v.build()
	v.hangUp()
	res, body := v.session.request(method, u, form)
	v.response, v.body = res, body
	if res.Request.URL.String() != u.String() {
		v.moves = append(v.moves, move{moveRedirect, relative(v.session.base, res.Request.URL)})
	}
	v.url = res.Request.URL
	if v.url.Fragment == "" {
		v.url.Fragment = u.Fragment
	}
	if location, err := res.Location(); err == nil {
		// One of another site, or one too many: not followed.
		v.moves = append(v.moves, move{moveRedirect, relative(v.session.base, location)})
		v.url = location
		v.body, body = "", ""
	}
	v.loads++
	v.remember(push, "redirect")
	v.doc = newDocument(&html.Node{Type: html.DocumentNode})
	v.main, v.id, v.tree, v.ended, v.noticed = nil, "", nil, nil, false
	v.status, v.mounts, v.attempts, v.redirect, v.referer, v.flash = dead, 0, 0, false, "", ""
	v.queued, v.focuses, v.arrive = nil, nil, nil
	v.unparsed, v.built = true, nil
	v.head = scan(body)
	if v.head.main == nil || v.head.suspect {
		v.build()
	} else {
		v.main = v.head.main
	}
	if v.main == nil {
		return
	}
	v.id = attrOf(v.main, "id")
	v.topic = protocol.TopicView + v.id
	v.history[v.at].id, v.history[v.at].kind = v.id, "patch"
	v.socketPath, v.csrf = v.head.socketPath, v.head.csrf
	v.connect()
}

// build parses the page that was loaded, which is half of the time that it
// takes to open a large one: nobody may come to look at it. Until then doc is
// empty, and main a mere start tag.
func (v *View) build() {
	v.t.Helper()
	if !v.unparsed {
		return
	}
	v.unparsed = false
	root, err := html.Parse(strings.NewReader(v.body))
	if err != nil {
		v.t.Fatalf("liveviewtest: the page at %s: %v", v.url, err)
	}
	v.doc = newDocument(root)
	v.main = find(root, isMain)
	if v.main == nil && v.head.main != nil {
		v.t.Fatalf("liveviewtest: the live view of the page at %s is where a browser drops its element", v.url)
	}
	v.check()
	if v.built != nil {
		v.built()
		v.built = nil
	}
}

func isMain(n *html.Node) bool { return hasAttr(n, "data-phx-main") && hasAttr(n, "data-phx-session") }

// relative is u as the address of a page of base's site.
func relative(base, u *url.URL) string {
	if u.Host != base.Host || u.Scheme != base.Scheme {
		return u.String()
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment}).String()
}

// remember makes the current address an entry of the history.
func (v *View) remember(push bool, kind string) {
	entry := place{url: v.url, load: v.loads, kind: kind, id: v.id}
	if !push && len(v.history) > 0 {
		v.history[v.at] = entry
		return
	}
	if len(v.history) > 0 {
		v.history = v.history[:v.at+1]
		v.at++
	}
	v.history = append(v.history, entry)
}

// connect opens the socket and joins.
func (v *View) connect() {
	v.t.Helper()
	c, err := v.session.dial(v.socketPath, url.Values{"vsn": {protocol.Version}, "_csrf_token": {v.csrf}}.Encode())
	if err != nil {
		v.t.Fatalf("liveviewtest: %v", err)
	}
	v.conn = c
	v.join()
}

// join sends phx_join.
func (v *View) join() {
	v.t.Helper()
	params := map[string]any{"_csrf_token": v.csrf}
	maps.Copy(params, v.session.options.Params)
	links := v.head.tracked
	if !v.unparsed {
		links = nil
		for _, n := range findAll(v.doc.root, with("phx-track-static")) {
			links = append(links, attrOf(n, "src")+attrOf(n, "href"))
		}
	}
	var tracked []string
	for _, link := range links {
		if link != "" {
			tracked = append(tracked, v.session.resolve(link).String())
		}
	}
	if tracked != nil {
		params["_track_static"] = tracked
	}
	params["_mounts"], params["_mount_attempts"] = v.mounts, v.attempts
	if v.referer != "" {
		params["_live_referer"] = v.referer
	}
	v.attempts++
	payload := map[string]any{"params": params, "session": attrOf(v.main, "data-phx-session"), "static": nil, "sticky": false}
	if static := attrOf(v.main, "data-phx-static"); static != "" {
		payload["static"] = static
	}
	address := *v.url
	address.Fragment = ""
	if v.redirect {
		payload["redirect"] = address.String()
	} else {
		payload["url"] = address.String()
	}
	if v.flash != "" {
		payload["flash"] = v.flash
	}
	v.status = joining
	v.joinRef = v.conn.next()
	v.pending[v.joinRef] = pendingPush{protocol.EventJoin, v.joined}
	if err := v.conn.push(v.joinRef, v.joinRef, v.topic, protocol.EventJoin, payload); err != nil {
		v.t.Fatalf("liveviewtest: %v", err)
	}
}

// push sends a message to the view; answer, if not nil, gets the reply.
func (v *View) push(event string, payload any, answer func(response diff)) {
	v.t.Helper()
	if v.status != live && v.status != joining || v.conn == nil {
		return
	}
	ref := v.conn.next()
	v.pending[ref] = pendingPush{event, func(status string, response diff) {
		v.t.Helper()
		if status != "ok" {
			v.warn("the server answered %q with the status %q, which leaves the page locked: %v", event, status, response)
		}
		if answer == nil {
			answer = func(diff) {}
		}
		v.answered(response, answer)
	}}
	if err := v.conn.push(v.joinRef, ref, v.topic, event, payload); err != nil {
		v.t.Fatalf("liveviewtest: %v", err)
	}
}

// answered does what the reply to a push says.
func (v *View) answered(response diff, answer func(diff)) {
	v.t.Helper()
	if d, ok := response["diff"].(diff); ok {
		v.apply(d)
	}
	answer(response)
	if to, ok := response["redirect"].(diff); ok {
		v.redirected(to)
	} else if to, ok := response["live_patch"].(diff); ok {
		v.patched(to)
	} else if to, ok := response["live_redirect"].(diff); ok {
		v.liveRedirected(to)
	}
}

// receive handles one frame.
func (v *View) receive(f frame) {
	v.t.Helper()
	if f.event == protocol.EventReply {
		p, ok := v.pending[f.ref]
		if !ok {
			return // of a view that was left
		}
		delete(v.pending, f.ref)
		if p.event != protocol.EventJoin {
			v.build()
		}
		status, _ := f.payload["status"].(string)
		response, _ := f.payload["response"].(diff)
		p.answer(status, response)
		return
	}
	v.build()
	if strings.HasPrefix(f.topic, protocol.TopicUpload) {
		v.uploadEnded(f)
		return
	}
	if f.topic != v.topic || f.joinRef != "" && f.joinRef != v.joinRef {
		return
	}
	switch f.event {
	case protocol.EventDiff:
		v.apply(f.payload)
	case protocol.EventLivePatch:
		v.patched(f.payload)
	case protocol.EventLiveRedirect:
		v.liveRedirected(f.payload)
	case protocol.EventRedirect:
		v.redirected(f.payload)
	case protocol.EventError:
		reason, _ := f.payload["reason"].(string)
		v.end(crashed, fmt.Errorf("the view at %s crashed (%s); the server's log says why", v.url, reason))
	case protocol.EventClose:
		v.end(over, fmt.Errorf("the server closed the channel of the view at %s, which the client takes for its end", v.url))
	}
}

// end is what becomes of a view that the server no longer has.
func (v *View) end(s status, err error) {
	v.t.Helper()
	v.build()
	v.status, v.ended, v.noticed = s, err, false
	v.pending = map[string]pendingPush{}
	v.queued, v.uploads = nil, nil
	v.execAll("phx-disconnected")
}

// lost is called when the socket is closed by the server.
func (v *View) lost(err error) {
	v.t.Helper()
	v.hangUp()
	v.end(disconnected, fmt.Errorf("the server closed the socket of the view at %s (code %d): %w", v.url, closeCode(err), err))
}

// joined handles the reply to phx_join.
//
// Source: onJoin and onJoinError in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
func (v *View) joined(status string, response diff) {
	v.t.Helper()
	if status != "ok" {
		v.build()
		v.joinFailed(response)
		return
	}
	page, ok := response["rendered"].(diff)
	if !ok {
		v.t.Fatalf("liveviewtest: the server answered the join of %s without a page: %v", v.url, response)
	}
	title, hasTitle := page["t"].(string)
	events := takeEvents(page)
	v.dispatch(events, true)
	d := withoutExtras(page)
	v.tree = &rendered{view: v.id, components: map[int]*node{}}
	if err := v.tree.merge(d); err != nil {
		v.t.Fatalf("liveviewtest: the page that the server sent for the join of %s can't be shown: %v", v.url, err)
	}
	content, streams, err := v.tree.html(nil)
	if err != nil {
		v.t.Fatalf("liveviewtest: the page that the server sent for the join of %s can't be shown: %v", v.url, err)
	}
	shown := v.shows(content)
	if !shown || v.head.commands || response["container"] != nil {
		v.build()
	}
	v.refused, v.flash = 0, ""
	if v.arrive != nil {
		v.arrive()
		v.arrive = nil
	}
	if container, ok := response["container"].([]any); ok && len(container) == 2 {
		v.changeContainer(container)
	}
	v.mounts++
	v.attempts = 0
	v.recover(content, func() {
		v.t.Helper()
		if !shown {
			v.show(v.newPatch(true), v.main, "<"+v.main.Data+">"+content+"</"+v.main.Data+">", streams, false)
		}
		for _, n := range findAll(v.doc.root, with("phx-mounted")) {
			v.mounted(n)
		}
		v.status = live
		v.dispatch(events, false)
		v.built = func() { v.putTitle(title, hasTitle) }
		if !v.unparsed {
			v.built()
			v.built = nil
		}
		if to, ok := response["live_patch"].(diff); ok {
			v.patched(to)
		}
		v.execAll("phx-connected")
		queued := v.queued
		v.queued = nil
		for _, u := range queued {
			v.update(u.diff, u.events)
		}
	})
}

// shows reports whether the HTTP render had the very content that the view has
// now, so that there is nothing to patch. Where patches leave traces in spite of
// that, or leave something out, it says no.
func (v *View) shows(content string) bool {
	if v.mounts != 0 || v.redirect || v.head.traces {
		return false
	}
	_, rest, found := strings.Cut(v.body, `data-phx-session="`+attrOf(v.main, "data-phx-session")+`"`)
	_, rest, found2 := strings.Cut(rest, ">")
	return found && found2 && strings.HasPrefix(rest, content) && strings.HasPrefix(rest[len(content):], "</"+v.main.Data+">")
}

// changeContainer makes the view's element the one that a join asks for.
func (v *View) changeContainer(container []any) {
	if tag, ok := container[0].(string); ok && tag != v.main.Data {
		v.main.Data, v.main.DataAtom = tag, 0
	}
	keep := []string{"id", "data-phx-session", "data-phx-static", "data-phx-main", "data-phx-root-id"}
	v.main.Attr = slices.DeleteFunc(v.main.Attr, func(a html.Attribute) bool { return !slices.Contains(keep, a.Key) })
	attrs, _ := container[1].(diff)
	for name, value := range attrs {
		if !slices.Contains(keep, name) {
			setAttr(v.main, name, fmt.Sprint(value))
		}
	}
}

// joinFailed does what the server says instead of joining.
func (v *View) joinFailed(response diff) {
	v.t.Helper()
	if events := takeEvents(response); events != nil {
		v.events = append(v.events, events...)
	}
	if to, ok := response["redirect"].(diff); ok {
		v.status = over
		v.redirected(to)
		return
	}
	if to, ok := response["live_redirect"].(diff); ok {
		v.status = over
		v.liveRedirected(to)
		return
	}
	reason, _ := response["reason"].(string)
	switch reason {
	case protocol.ReasonReload:
		token, _ := response["token"].(string)
		v.setCookie("__phoenix_reload_status__", token)
		fallthrough
	case protocol.ReasonUnauthorized, protocol.ReasonStale:
		if v.refused++; v.refused > 3 {
			v.t.Fatalf("liveviewtest: the server refuses each join of %s as %q, so a browser would load the page over and over; are its cookies kept?", v.url, reason)
		}
		if v.flash != "" {
			v.setCookie("__phoenix_flash__", v.flash)
		}
		push := v.arrive != nil
		v.load(http.MethodGet, v.url, nil, push)
	default:
		v.end(crashed, fmt.Errorf("the view at %s could not join (%s); the server's log says why", v.url, reason))
	}
}

func (v *View) setCookie(name, value string) {
	v.session.client.Jar.SetCookies(v.session.base, []*http.Cookie{{Name: name, Value: value, Path: "/", MaxAge: 60}})
}

// recover sends what the user has entered in forms to a view that was joined
// anew, and then calls done.
//
// Source: maybeRecoverForms in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
func (v *View) recover(content string, done func()) {
	v.t.Helper()
	if v.mounts < 2 {
		done()
		return
	}
	fresh, err := parseFragment("<div>" + content + "</div>")
	if err != nil || fresh == nil {
		done()
		return
	}
	waiting := 1
	ready := func() {
		if waiting--; waiting == 0 {
			done()
		}
	}
	for _, form := range findAll(fresh, named("form")) {
		id := attrOf(form, "id")
		old := find(v.main, func(n *html.Node) bool { return isElement(n, "form") && id != "" && attrOf(n, "id") == id })
		if old == nil || attrOf(form, "phx-change") == "" || attrOf(old, "phx-change") != attrOf(form, "phx-change") || attrOf(old, "phx-auto-recover") == "ignore" {
			continue
		}
		var source *html.Node
		for _, n := range v.doc.controls(old) {
			if attrOf(n, "name") == "" || hasAttr(n, "phx-change") {
				continue
			}
			if kind(n) == "file" {
				v.doc.of(n).files = nil
			}
			if source == nil || kind(source) == "hidden" && kind(n) != "hidden" {
				source = n
			}
		}
		if source == nil {
			continue
		}
		event := attrOf(form, "phx-auto-recover")
		if event == "" {
			event = attrOf(form, "phx-change")
		}
		waiting++
		v.exec(cause{kind: "change", event: event, source: source, target: attrOf(source, "name"), answer: func(diff) { ready() }})
	}
	ready()
}

// apply takes in a diff.
func (v *View) apply(d diff) {
	v.t.Helper()
	v.changes++
	events := takeEvents(d)
	v.dispatch(events, true)
	v.update(withoutExtras(d), events)
	if title, ok := d["t"].(string); ok {
		v.putTitle(title, true)
	}
}

func (v *View) update(d diff, events []Event) {
	v.t.Helper()
	if v.status == joining || v.tree == nil {
		v.queued = append(v.queued, update{d, events})
		return
	}
	if err := v.tree.merge(d); err != nil {
		v.warn("the client could not apply a diff: %v; it was %s", err, jsonText(d))
		return
	}
	cs, _ := d["c"].(diff)
	cids := map[int]bool{}
	for key := range cs {
		cids[atoi(key)] = true
	}
	if len(d) == 1 && len(cids) > 0 {
		v.updateComponents(cids)
	} else if len(d) > 0 {
		content, streams, err := v.tree.html(cids)
		if err != nil {
			v.warn("the client could not show a diff: %v; it was %s", err, jsonText(d))
			return
		}
		v.show(v.newPatch(false), v.main, "<"+v.main.Data+">"+content+"</"+v.main.Data+">", streams, true)
	}
	v.dispatch(events, false)
}

// updateComponents patches the outermost of the components that changed.
func (v *View) updateComponents(cids map[int]bool) {
	v.t.Helper()
	var outer []*html.Node
	for _, n := range findAll(v.doc.root, v.isComponent) {
		if cids[atoi(attrOf(n, "data-phx-component"))] && !slices.ContainsFunc(outer, func(o *html.Node) bool { return contains(o, n) }) {
			outer = append(outer, n)
		}
	}
	for _, n := range outer {
		cid := atoi(attrOf(n, "data-phx-component"))
		content, streams, err := v.tree.componentHTML(cid)
		if err != nil {
			v.warn("the client could not show a diff: %v", err)
			return
		}
		v.show(v.newPatch(false), n, content, streams, true)
	}
}

func (v *View) isComponent(n *html.Node) bool {
	return hasAttr(n, "data-phx-component") && attrOf(n, "data-phx-view") == v.id
}

func (v *View) newPatch(join bool) *patch {
	return &patch{doc: v.doc, view: v.id, join: join, warn: v.warn}
}

// show brings container up to date with the HTML of an element.
func (v *View) show(p *patch, container *html.Node, source string, streams []*stream, prune bool) {
	v.t.Helper()
	to, err := parseFragment(source)
	if err == nil && to == nil {
		err = errors.New("it holds no element")
	}
	if err != nil {
		v.warn("the client could not show a diff: %v", err)
		return
	}
	p.perform(container, to, streams)
	for _, n := range p.added {
		v.mounted(n)
	}
	for _, n := range p.leaving {
		v.execOn(n, "phx-remove", "remove")
		detach(n)
		p.discarded(n)
	}
	if v.doc.focused != nil && !v.doc.connected(v.doc.focused) {
		v.doc.focused = nil
	}
	if prune {
		v.pruneComponents(p.removed)
	}
	v.check()
	if p.trigger != nil && v.doc.connected(p.trigger) {
		v.submitPlain(p.trigger, nil)
	}
}

// pruneComponents tells the server which components the page has lost.
func (v *View) pruneComponents(removed []*html.Node) {
	v.t.Helper()
	var gone []int
	for _, root := range removed {
		for _, n := range findAll(root, v.isComponent) {
			cid := atoi(attrOf(n, "data-phx-component"))
			if !slices.Contains(gone, cid) && !v.hasComponent(cid) {
				gone = append(gone, cid)
			}
		}
	}
	if len(gone) == 0 {
		return
	}
	for _, cid := range gone {
		if n := v.tree.components[cid]; n != nil {
			n.reset = true
		}
	}
	tree := v.tree
	v.push(protocol.EventCIDsWillDestroy, diff{"cids": gone}, func(diff) {
		gone = slices.DeleteFunc(gone, v.hasComponent)
		if len(gone) == 0 || v.tree != tree {
			return
		}
		v.push(protocol.EventCIDsDestroyed, diff{"cids": gone}, func(response diff) {
			cids, ok := response["cids"].([]any)
			if !ok {
				v.warn("the server answered cids_destroyed without a list of cids: %v", response)
			}
			for _, cid := range cids {
				delete(tree.components, atoi(fmt.Sprint(cid)))
			}
		})
	})
}

func (v *View) hasComponent(cid int) bool {
	return find(v.doc.root, func(n *html.Node) bool {
		return v.isComponent(n) && atoi(attrOf(n, "data-phx-component")) == cid
	}) != nil
}

// mounted executes an element's phx-mounted, once.
func (v *View) mounted(n *html.Node) {
	v.t.Helper()
	if n.Type != html.ElementNode || attrOf(n, "phx-mounted") == "" || v.doc.look(n).mounted {
		return
	}
	v.doc.of(n).mounted = true
	v.execOn(n, "phx-mounted", "")
}

// check complains about what the official client complains about.
func (v *View) check() {
	v.t.Helper()
	for _, id := range v.doc.duplicateIDs() {
		v.warn("several elements have the id %q; ids must be unique", id)
	}
	walk(v.doc.root, func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		switch {
		case isElement(n, "form") && hasAttr(n, "phx-change") && attrOf(n, "id") == "":
			v.warn("the form %s has phx-change and no id, so what is entered is lost when the view joins again", tag(n))
		case isElement(n, "input") && attrOf(n, "name") == "id" && v.doc.form(n) != nil:
			v.warn(`the form field %s is named "id", which breaks patches; give it another name`, tag(n))
		}
		if hook := attrOf(n, "phx-hook"); hook != "" && attrOf(n, "id") == "" {
			v.warn("the hook %q on %s needs an id on its element", hook, tag(n))
		}
		if isStream(n) && attrOf(n, "id") == "" {
			v.warn("the stream's container %s needs an id", tag(n))
		}
	})
}

// putTitle sets the document's title, with what its element says stands around
// it.
func (v *View) putTitle(title string, sent bool) {
	n := find(v.doc.root, named("title"))
	if n == nil {
		return
	}
	if !sent || strings.TrimSpace(title) == "" {
		var ok bool
		if title, ok = attr(n, "data-default"); !ok {
			return
		}
	}
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
	}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: attrOf(n, "data-prefix") + title + attrOf(n, "data-suffix")})
}

// takeEvents returns the events in a diff. The names of those that come before
// the patch are marked.
func takeEvents(d diff) []Event {
	list, _ := d["e"].([]any)
	if list == nil {
		list, _ = d["events"].([]any)
	}
	var events []Event
	for _, item := range list {
		parts, ok := item.([]any)
		if !ok || len(parts) < 2 {
			continue
		}
		name, _ := parts[0].(string)
		events = append(events, Event{Name: name, Payload: jsonText(parts[1]), early: len(parts) > 2 && parts[2] == true})
	}
	return events
}

// dispatch makes events known: those before the patch, or those after.
func (v *View) dispatch(events []Event, early bool) {
	for _, e := range events {
		if e.early == early {
			v.events = append(v.events, e)
		}
	}
}

// withoutExtras is d without reply, events and title.
func withoutExtras(d diff) diff {
	rest := maps.Clone(d)
	delete(rest, "r")
	delete(rest, "e")
	delete(rest, "t")
	return rest
}

func jsonText(value any) json.RawMessage {
	b, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage("null") // it came as JSON
	}
	return b
}
