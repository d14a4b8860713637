package engine

import (
	"slices"
	"strings"
	"text/template/parse"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// The client learns of a file by a change of its form, and sends those of uploads alone.
//
// Source: pushInput in phoenix_live_view/assets/js/phoenix_live_view/view.ts.

// unheardFile is the mistake of a file that the client doesn't learn of.
const unheardFile = `a file input in a form without phx-change: the client learns of a file by the change, and would never send it; give the form a phx-change, as in phx-change="choose"`

// formOf says of a form what that means for files in it.
func formOf(t *htmlscan.Token, tag tag) (deaf, live bool) {
	if t.Name != "form" || tag.open {
		return false, false
	}
	posts := slices.ContainsFunc([]string{"action", "method", "phx-trigger-action", "phx-hook"}, tag.has)
	return !tag.has("phx-change"), !posts && (tag.has("phx-submit") || tag.has("phx-change"))
}

// form returns the innermost open form; none is the zero value.
func (m *markup) form() opened {
	for i := m.open.Len() - 1; i >= 0; i-- {
		if e := m.open.At(i); e.name == "form" {
			return e
		}
	}
	return opened{}
}

// wrongFile says what is wrong with a file input that is written as HTML.
func (m *markup) wrongFile(t *htmlscan.Token, tag tag) string {
	kinds, sure := tag.known("type")
	isFile := func(kind string) bool { return strings.EqualFold(kind, "file") }
	if t.Name != "input" || !sure || !slices.ContainsFunc(kinds, isFile) || tag.open || tag.has("form") {
		return ""
	}
	switch form := m.form(); {
	case tag.has("data-phx-upload-ref"):
		if form.deaf && !tag.has("phx-change") {
			return unheardFile
		}
	case form.live && tag.has("name") && !tag.has("phx-hook"):
		return `the client sends no file of <input type="file"> that is written by hand: write it by {{.FileInput}} of an upload, which AllowUpload allows; ` +
			`or without a name, if a script of yours reads it`
	}
	return ""
}

// wrongFileInput says what is wrong with an action that shows an upload's file input.
func wrongFileInput(m *markup, action *parse.ActionNode) string {
	if !m.InText() || len(action.Pipe.Cmds) == 0 || !m.form().deaf {
		return ""
	}
	args := action.Pipe.Cmds[len(action.Pipe.Cmds)-1].Args
	var path []string
	switch n := args[0].(type) {
	case *parse.FieldNode:
		path = n.Ident
	case *parse.ChainNode:
		path = n.Field
	case *parse.VariableNode:
		path = n.Ident[1:]
	}
	if len(path) == 0 || path[len(path)-1] != "FileInput" {
		return ""
	}
	for _, arg := range args[1:] {
		if name, ok := arg.(*parse.StringNode); ok && (name.Text == "phx-change" || name.Text == "form") {
			return ""
		}
	}
	return unheardFile
}
