package client

import (
	"maps"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/protocol"
)

// cause is why the client does something: an event of the user's, or an
// attribute such as phx-mounted.
type cause struct {
	kind      string // "click", "change", "submit", "keydown" …; "" for an attribute
	event     string // what the attribute says: an event's name, or JS commands
	source    *html.Node
	data      map[string]any // of a key
	target    string         // the name of the field that changed
	submitter *html.Node     // the button
	answer    func(response Diff)
}

// pusher pushes events to the views.
//
// Source: pushEvent, pushInput and pushFormSubmit in
// phoenix_live_view/assets/js/phoenix_live_view/view.ts.
type pusher struct {
	*reporter
	*liveSocket
	uploads *uploads
}

// arguments are those of a JS command.
type arguments map[string]any

// text returns an argument that is a string, "" if it isn't there.
func (a arguments) text(name string) string { s, _ := a[name].(string); return s }

// push pushes an event to each of its targets. args are those of the command
// push; nil if there was none.
func (p *pusher) push(c cause, args arguments) {
	p.t.Helper()
	if v := p.owner(c.source); v == nil || v.status != Live && v.status != Joining {
		return
	}
	event := args.text("event")
	if event == "" {
		event = c.event
	}
	owner, source := c.source, c.source
	if c.kind == "change" {
		owner = p.doc.Form(c.source)
		if !dom.HasAttr(source, "phx-change") {
			source = owner
		}
	}
	for _, to := range p.targets(source, owner, args["target"]) {
		switch c.kind {
		case "change":
			p.pushChange(c, event, args, to)
		case "submit":
			p.pushSubmit(c, event, args, to)
		default:
			p.pushPlain(c, event, args, to)
		}
	}
}

// targets returns whom an event is for.
func (p *pusher) targets(source, owner *html.Node, target any) []recipient {
	p.t.Helper()
	spec := ""
	switch t := target.(type) {
	case string:
		spec = t
	case float64:
		spec = strconv.Itoa(int(t))
	default:
		spec = dom.Attr(source, "phx-target")
	}
	if spec == "" {
		if spec = dom.Attr(owner, "phx-target"); spec == "" {
			return []recipient{{p.owner(source), nil}}
		}
	}
	if cid, err := strconv.Atoi(spec); err == nil {
		view := p.owner(source)
		if !view.hasComponent(cid) {
			p.warn("%s has phx-target %q, and there is no such component", dom.Describe(source), spec)
		}
		return []recipient{{view, &cid}}
	}
	nodes, err := dom.Query(p.doc.Root, spec)
	if err != nil {
		p.warn("%s has a bad phx-target: %v", dom.Describe(source), err)
	} else if len(nodes) == 0 {
		p.warn("%s has phx-target %q, which matches nothing", dom.Describe(source), spec)
	}
	all := make([]recipient, len(nodes))
	for i, n := range nodes {
		view := p.owner(n)
		all[i] = recipient{view, view.componentAround(n)}
	}
	return all
}

// values is what an event says besides its name: phx-value-*, the value of the
// element, and what the command push adds.
func (p *pusher) values(n *html.Node, data map[string]any, args arguments) map[string]any {
	values := map[string]any{}
	maps.Copy(values, data)
	for _, a := range n.Attr {
		if name, ok := strings.CutPrefix(a.Key, "phx-value-"); ok {
			values[name] = a.Val
		}
	}
	if value, ok := p.doc.LookupValue(n); ok {
		if values["value"] = value; dom.IsCheckable(n) && !p.doc.Checked(n) {
			delete(values, "value")
		}
	} else if dom.Is(n, "option") {
		values["value"] = dom.OptionValue(n)
	} else if dom.Is(n, "li") {
		values["value"] = max(0, number(dom.Attr(n, "value")))
	}
	if more, ok := args["value"].(map[string]any); ok {
		maps.Copy(values, more)
	}
	return values
}

// send sends an event.
func (p *pusher) send(payload Diff, to recipient, answer func(response Diff)) {
	p.t.Helper()
	if to.cid != nil {
		payload["cid"] = *to.cid
	}
	to.view.push(protocol.EventEvent, payload, answer)
}

func (p *pusher) pushPlain(c cause, event string, args arguments, to recipient) {
	p.t.Helper()
	var kind any // null for an attribute
	if c.kind != "" {
		kind = c.kind
	}
	p.send(Diff{"type": kind, "event": event, "value": p.values(c.source, c.data, args)}, to, c.answer)
}

// pushChange reports a change of a field, after which its files are transferred
// if that is an auto upload.
func (p *pusher) pushChange(c cause, event string, args arguments, to recipient) {
	p.t.Helper()
	form := p.doc.Form(c.source)
	meta := p.values(form, nil, args)
	if _, ok := meta["_target"]; !ok {
		meta["_target"] = c.target
		if c.target == "" {
			meta["_target"] = "undefined"
		}
	}
	only := ""
	if dom.HasAttr(c.source, "phx-change") {
		only = dom.Attr(c.source, "name")
	}
	var submitter *html.Node
	if dom.Is(c.source, "button") {
		submitter = c.source
	}
	value := serialize(p.doc.Document, form, submitter, only)
	noteUnsent(p.doc, form, value, meta)
	payload := Diff{"type": "form", "event": event, "value": value, "meta": meta, "uploads": p.uploads.chosen(c.source)}
	p.send(payload, to, func(response Diff) {
		p.t.Helper()
		if dom.HasAttr(c.source, "data-phx-auto-upload") {
			p.uploads.sendChosen(c.source, to)
		}
		if c.answer != nil {
			c.answer(response)
		}
	})
}

// pushSubmit submits a form, after its files have been transferred.
func (p *pusher) pushSubmit(c cause, event string, args arguments, to recipient) {
	p.t.Helper()
	form := c.source
	p.uploads.submit(form, c.submitter, to, func() {
		p.t.Helper()
		value, meta := serialize(p.doc.Document, form, c.submitter, ""), p.values(form, nil, args)
		if !to.view.locks.have(form) { // of one that waited for files the client doesn't tell the start script
			noteUnsent(p.doc, form, value, meta)
		}
		p.send(Diff{"type": "form", "event": event, "value": value, "meta": meta}, to, c.answer)
	})
}
