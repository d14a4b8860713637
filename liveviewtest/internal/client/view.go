package client

import (
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/patch"
	"github.com/gin-liveview/liveview/liveviewtest/internal/phoenix"
	"github.com/gin-liveview/liveview/protocol"
)

// view is one live view: a screen, and the channel that tells it what to show.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/view.ts.
type view struct {
	*reporter
	screen
	runner    runner
	navigator navigator
	inbox     *inbox

	channel *phoenix.Channel // nil until the first join
	parent  *view            // that it is nested in; nil for none
	status  Status
	failure error // why it crashed or lost its socket
	noticed bool  // the test knows of the failure

	arrival  arrival
	mounts   int // joins that succeeded
	attempts int // to join, since the last that did
	queued   []update

	transfers map[string]*transfer // by the ref of the file
	locks     locks
	scheduled map[*html.Node]func() // submits of forms that wait for auto uploads
}

// Status is how a view stands with its server.
type Status uint8

// How a view may stand.
const (
	Dead         Status = iota // there is no live view
	Joining                    // it has asked to join
	Live                       // and was answered
	Crashed                    // it crashed, or couldn't join
	Disconnected               // the socket is closed
	Over                       // the server closed the channel for good
)

// String implements fmt.Stringer.
func (s Status) String() string {
	return [...]string{"not live", "joining", "live", "crashed", "disconnected", "over"}[s]
}

// update is a diff that waits for the join to be through.
type update struct {
	diff   Diff
	events []Event // for when it shows
}

// runner executes JS commands, and events in their stead, for a view.
type runner interface {
	// run does what an attribute of n says. kind is that of the event; "" if
	// there is none.
	run(n *html.Node, attribute, kind string)

	// recover sends the form that field is in, as if the field had changed.
	recover(event string, field *html.Node, answered func())

	// pushed runs JS commands that the server has sent for n, which are JSON.
	pushed(n *html.Node, commands string)

	// patched is told of a patch, by which files may have been cancelled.
	patched()

	// joined is told of a join, once the view shows.
	joined(v *view)
}

// navigator moves the page to where the server says. Its methods are named as the
// official client's.
type navigator interface {
	// historyPatch changes the address, and leaves the view.
	historyPatch(destination)

	// historyRedirect has another view take the place of this one: live
	// navigation.
	historyRedirect(destination)

	// redirect loads another document.
	redirect(destination)

	// submit submits a form as if there were no live view.
	submit(form, submitter *html.Node)

	// joined is told of a join that was answered, before the answer shows.
	joined(*view)

	// shown is told of what a view's element has come to show, in which there may be
	// other views.
	shown()

	// ended is told of a view that the server no longer has.
	ended(*view)

	// refused is told of a join that the server wants a load of the page instead
	// of.
	refused(v *view, reason, token string)
}

// destination is where the server sends a page.
type destination struct {
	href  string
	push  bool   // onto the history
	flash string // the token of a message for there
}

func destinationOf(to Diff) destination {
	d := destination{push: to["kind"] != protocol.KindReplace}
	d.href, _ = to["to"].(string)
	d.flash, _ = to["flash"].(string)
	return d
}

// recipient is who an event is for.
type recipient struct {
	view *view
	cid  *int // of a component in it; nil for the view itself
}

// push sends a message to the view; answer, if not nil, gets the reply.
func (v *view) push(event string, payload any, answer func(response Diff)) {
	v.t.Helper()
	if v.status != Live && v.status != Joining {
		return
	}
	reply := v.reply(event, answer)
	if event == protocol.EventEvent || event == protocol.EventLivePatch {
		act, answered := v.locks.act(), reply
		reply = func(status string, response Diff) {
			v.t.Helper()
			v.locks.answered(act)
			answered(status, response)
		}
	}
	if err := v.channel.Push(event, payload, reply); err != nil {
		v.fatal("%v", err)
	}
}

// ping has the server answer once it has worked off what came before.
func (v *view) ping() {
	v.t.Helper()
	const event = protocol.EventCIDsWillDestroy // which without cids does nothing
	if err := v.channel.Ping(event, Diff{"cids": []int{}}, v.reply(event, nil)); err != nil {
		v.fatal("%v", err)
	}
}

// reply returns what takes the server's answer to an event.
func (v *view) reply(event string, answer func(response Diff)) phoenix.Reply {
	return func(status string, response Diff) {
		v.t.Helper()
		v.doc.parse()
		if status != "ok" {
			v.warn("the server answered %q with the status %q, which leaves the page locked: %v", event, status, response)
		}
		v.answered(response, answer)
	}
}

// answered does what the reply to a push says.
func (v *view) answered(response Diff, answer func(Diff)) {
	v.t.Helper()
	if d, ok := response["diff"].(Diff); ok {
		v.apply(d)
	}
	if answer != nil {
		answer(response)
	}
	if to, ok := response["redirect"].(Diff); ok {
		v.navigator.redirect(destinationOf(to))
	} else if to, ok := response["live_patch"].(Diff); ok {
		v.navigator.historyPatch(destinationOf(to))
	} else if to, ok := response["live_redirect"].(Diff); ok {
		v.navigator.historyRedirect(destinationOf(to))
	}
}

// receive takes an event of the channel.
func (v *view) receive(event string, payload Diff) {
	v.t.Helper()
	v.doc.parse()
	switch event {
	case protocol.EventHold:
		if err := v.channel.Push(protocol.EventHeld, Diff{}, nil); err != nil {
			v.fatal("%v", err)
		}
	case protocol.EventState:
		state, _ := payload["state"].(string)
		v.doc.states[v.id] = handedOn{seal: state}
	case protocol.EventDiff:
		v.apply(payload)
	case protocol.EventLivePatch:
		v.navigator.historyPatch(destinationOf(payload))
	case protocol.EventLiveRedirect:
		v.navigator.historyRedirect(destinationOf(payload))
	case protocol.EventRedirect:
		v.navigator.redirect(destinationOf(payload))
	case protocol.EventError:
		reason, _ := payload["reason"].(string)
		v.end(Crashed, fmt.Errorf("the view at %s crashed (%s); the server's log says why", v.arrival.place.url, reason))
	case protocol.EventClose:
		v.end(Over, fmt.Errorf("the server closed the channel of the view at %s, which the client takes for its end", v.arrival.place.url))
	}
}

// apply takes in a diff.
func (v *view) apply(d Diff) {
	v.t.Helper()
	v.inbox.diffs++
	v.doc.states.changed(v.id)
	early, late := eventsIn(d)
	v.heard(early)
	v.update(update{withoutExtras(d), late})
	if title, ok := d["t"].(string); ok {
		v.doc.setTitle(title)
	}
}

func (v *view) update(u update) {
	v.t.Helper()
	if v.status == Joining || v.tree == nil {
		v.queued = append(v.queued, u)
		return
	}
	if err := v.screen.update(u.diff, func(r *patch.Result) { v.t.Helper(); v.patched(r, true) }); err != nil {
		v.warn("the client could not apply a diff: %v; it was %s", err, text(u.diff))
		return
	}
	v.doc.check()
	v.heard(u.events)
}

// heard takes in events that the server pushed. One is for the library's start script,
// which upon it sends something whose answer unlocks all forms.
func (v *view) heard(events []Event) {
	for _, e := range events {
		if e.Name == protocol.PushUnlock {
			v.locks.answered(v.locks.act())
			continue
		}
		if e.Name == protocol.PushCommands {
			v.command(e)
			continue
		}
		v.inbox.add([]Event{e})
	}
}

// command runs JS commands that the server sent, as the start script does: for the
// element of a view or the first of a live component. For one that has gone it does
// nothing.
func (v *view) command(e Event) {
	var to struct {
		ID       string          `json:"id"`
		CID      int             `json:"cid"`
		Commands json.RawMessage `json:"js"`
	}
	if err := json.Unmarshal(e.Payload, &to); err != nil {
		v.warn("the server sent commands that are no JSON: %v", err)
		return
	}
	n := v.doc.ByID(to.ID)
	if n != nil && to.CID != 0 {
		n = v.componentElement(to.CID)
	}
	if n != nil {
		v.runner.pushed(n, string(to.Commands))
	}
}

// patched does what a patch leaves to be done. prune says that the server is to
// be told of the components that the page has lost by it.
func (v *view) patched(r *patch.Result, prune bool) {
	v.t.Helper()
	for _, warning := range r.Warnings {
		v.warn("%s", warning)
	}
	for _, n := range r.Added {
		v.mounted(n)
	}
	removed := r.Removed
	for _, n := range r.Leaving {
		v.runner.run(n, "phx-remove", "remove")
		dom.Detach(n)
		removed = append(removed, n)
	}
	if v.doc.Focused != nil && !v.doc.Connected(v.doc.Focused) {
		v.doc.Focused = nil
	}
	if prune {
		v.prune(removed)
		v.navigator.shown()
	}
	v.runner.patched()
	if r.Trigger != nil && v.doc.Connected(r.Trigger) {
		v.navigator.submit(r.Trigger, nil)
	}
}

// mounted executes an element's phx-mounted, once.
func (v *view) mounted(n *html.Node) {
	v.t.Helper()
	if dom.Attr(n, "phx-mounted") == "" || v.doc.Look(n).Mounted {
		return
	}
	v.doc.Edit(n).Mounted = true
	v.runner.run(n, "phx-mounted", "")
}

// runAll executes an attribute of all elements of the view that have it.
func (v *view) runAll(attribute string) {
	v.t.Helper()
	for _, n := range dom.FindAll(v.element(), dom.With(attribute)) {
		v.runner.run(n, attribute, "")
	}
}

// prune tells the server which components were lost with what was removed: that
// they will be dropped, and once it has answered and they haven't come back, that
// they are.
func (v *view) prune(removed []*html.Node) {
	v.t.Helper()
	var lost []int
	for _, root := range removed {
		for _, n := range dom.FindAll(root, v.isComponent) {
			if cid := cidOf(n); !slices.Contains(lost, cid) && !v.hasComponent(cid) {
				lost = append(lost, cid)
			}
		}
	}
	if len(lost) == 0 {
		return
	}
	tree := v.tree
	for _, cid := range lost {
		tree.Lost(cid)
	}
	v.push(protocol.EventCIDsWillDestroy, Diff{"cids": lost}, func(Diff) {
		v.t.Helper()
		lost = slices.DeleteFunc(lost, v.hasComponent)
		if len(lost) == 0 || v.tree != tree {
			return
		}
		v.push(protocol.EventCIDsDestroyed, Diff{"cids": lost}, func(response Diff) {
			v.t.Helper()
			cids, ok := response["cids"].([]any)
			if !ok {
				v.warn("the server answered cids_destroyed without a list of cids: %v", response)
			}
			for _, cid := range cids {
				tree.Forget(number(fmt.Sprint(cid)))
			}
		})
	})
}

// end is what becomes of a view that the server no longer has. failure is nil if
// the test wanted it so.
func (v *view) end(s Status, failure error) {
	v.t.Helper()
	v.doc.parse()
	v.drop()
	v.status, v.failure, v.noticed = s, failure, false
	v.navigator.ended(v)
	if v.element() != nil {
		v.runAll("phx-disconnected")
	}
}

// drop lets go of what was under way.
func (v *view) drop() {
	v.channel.Drop()
	for _, t := range v.transfers {
		t.channel.Drop()
	}
	v.transfers, v.queued, v.scheduled = nil, nil, nil
	v.locks.held = nil
}
