package client

import (
	"encoding/json"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// recover sends what the user has entered in forms to a view that has joined
// again, and calls done when the server has answered. content is the HTML that
// is to be shown then.
//
// Source: maybeRecoverForms in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
func (v *view) recover(content string, done func()) {
	v.t.Helper()
	if v.mounts < 2 {
		done()
		return
	}
	fresh, err := dom.ParseFragment("<div>" + content + "</div>")
	if err != nil || fresh == nil {
		done()
		return
	}
	all := newBarrier(v.t, done)
	for _, form := range dom.FindAll(fresh, dom.Named("form")) {
		if field := v.recoverable(form); field != nil {
			event := dom.Attr(form, "phx-auto-recover")
			if event == "" {
				event = dom.Attr(form, "phx-change")
				if old := v.doc.Form(field); dom.Encode(v.doc.Entries(old, nil)) == dom.Encode(dom.NewDocument(fresh).Entries(form, nil)) {
					continue // there is nothing to recover
				}
			}
			v.runner.recover(markRecovery(event), field, all.add())
		}
	}
	all.ready()
}

// markRecovery returns a binding that sends what another does, and that it is a recovery.
//
// Source: markRecovery in internal/client/start/recover.js.
func markRecovery(binding string) string {
	commands := []any{[]any{"push", map[string]any{"event": binding}}}
	if strings.HasPrefix(binding, "[") && json.Unmarshal([]byte(binding), &commands) != nil {
		return binding
	}
	for _, c := range commands {
		command, _ := c.([]any)
		if len(command) != 2 || command[0] != "push" {
			continue
		}
		args, _ := command[1].(map[string]any)
		value, _ := args["value"].(map[string]any)
		if value == nil {
			value = map[string]any{}
		}
		value["_lv_recover"] = "1"
		if args != nil {
			args["value"] = value
		}
	}
	marked, err := json.Marshal(commands)
	if err != nil {
		return binding
	}
	return string(marked)
}

// recoverable returns the field of the form on the page that stands for what was
// entered in it; nil if there is nothing to recover for the new form. Files are
// lost: they can't be recovered.
func (v *view) recoverable(fresh *html.Node) *html.Node {
	id := dom.Attr(fresh, "id")
	form := dom.Find(v.element(), func(n *html.Node) bool { return dom.Is(n, "form") && id != "" && dom.Attr(n, "id") == id })
	if form == nil || dom.Attr(fresh, "phx-change") == "" || dom.Attr(form, "phx-change") != dom.Attr(fresh, "phx-change") ||
		dom.Attr(form, "phx-auto-recover") == "ignore" {
		return nil
	}
	var field *html.Node
	for _, n := range v.doc.Controls(form) {
		if dom.Attr(n, "name") == "" || dom.HasAttr(n, "phx-change") {
			continue
		}
		if dom.Kind(n) == "file" {
			v.doc.Edit(n).Files = nil
		}
		if field == nil || dom.Kind(field) == "hidden" && dom.Kind(n) != "hidden" {
			field = n
		}
	}
	return field
}
