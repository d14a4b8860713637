package liveview

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/gin-liveview/liveview/internal/attr"
	"github.com/gin-liveview/liveview/js"
)

// Attrs are attributes of an element by their names, for templates that are given what
// else their element is to have:
//
//	{{define "button"}}<button class="button" {{attrs .Rest}}>{{.Text}}</button>{{end}}
//	{{template "button" dict "Text" "Save" "Rest" .SaveAttrs}}
//	{{template "button" dict "Text" "Edit" "Rest" (attrs "phx-click" "edit" "phx-target" myself)}}
//
// A value that is true writes the name alone, false and nil nothing, anything else what
// fmt.Sprint makes of it, escaped. In templ it is { templ.Attributes(a.Templ())... }.
type Attrs map[string]attrValue

// attrValue is the value of an attribute; see [Attrs]. It isn't any itself, so that no
// Attrs are taken for attributes of templ's, which says nothing of values that it doesn't
// know, such as a js.Command.
type attrValue any

// Templ returns the attributes as templ takes them, each value as the text it stands for:
//
//	<details { templ.Attributes(liveview.IgnoreAttributes("open").Templ())... }>
//
// It panics for names for which [Attrs.HTML] returns an error; a text that the client would
// run as commands becomes "#ZgotmplZ", as a bad URL does.
func (a Attrs) Templ() map[string]any {
	all := make(map[string]any, len(a))
	for name, value := range a {
		if value == nil || value == false {
			continue
		}
		if err := attr.CheckName(name); err != nil {
			panic(fmt.Errorf("liveview: %w", err))
		}
		if value == true {
			all[name] = true
			continue
		}
		text, isCommand := attrText(name, value)
		if isCommand {
			text = attr.BadURL
		}
		all[name] = text
	}
	return all
}

// PatchAttrs are the attributes of [PatchLink], for templ and the like:
//
//	<a { templ.Attributes(liveview.PatchAttrs("/items", "page", 2).Templ())... }>
func PatchAttrs(path string, query ...any) Attrs { return linkAttrs(kindPatch, path, query) }

// NavigateAttrs are the attributes of [NavigateLink]; see [PatchAttrs].
func NavigateAttrs(path string, query ...any) Attrs { return linkAttrs(kindNavigate, path, query) }

func linkAttrs(kind, path string, query []any) Attrs {
	to := linkTo(path, query...)
	if to == badLink {
		return Attrs{"href": badLink}
	}
	return Attrs{"href": to, "data-phx-link": kind, "data-phx-link-state": pushState}
}

// attrText returns the text of a value that is neither true nor false, and reports whether
// the client would run it as commands, which it isn't.
func attrText(name string, value attrValue) (text string, isCommand bool) {
	text, ok := value.(string)
	if !ok {
		text = fmt.Sprint(value)
	}
	if _, trusted := value.(template.URL); !trusted && attr.IsBadURL(name, text) {
		text = attr.BadURL
	}
	_, ours := value.(js.Command)
	return text, !ours && attr.TakesCommands(name) && attr.IsCommands(text)
}

// HTML returns the attributes as they stand in a tag, in the order of their names. It
// returns an error for what may run scripts or isn't an attribute: names that begin with
// "on", style and srcdoc, names with other characters than HTML's own attributes have,
// and in attributes that begin with phx-, but for phx-value-, and with data-js-, values that the client
// takes for commands, which begin with "[", unless they are a js.Command. A URL of another scheme than http, https, mailto and tel becomes
// "#ZgotmplZ", as html/template does it, unless it is a template.URL.
func (a Attrs) HTML() (template.HTMLAttr, error) {
	b, err := a.append(make([]byte, 0, 24*len(a)))
	return template.HTMLAttr(b), err
}

// append appends what HTML returns.
func (a Attrs) append(b []byte) ([]byte, error) {
	names := make([]string, 0, 12)
	for name := range a {
		names = append(names, name)
	}
	slices.Sort(names)
	start := len(b)
	for _, name := range names {
		value := a[name]
		if value == nil || value == false {
			continue
		}
		if err := attr.CheckName(name); err != nil {
			return b[:start], fmt.Errorf("liveview: %w", err)
		}
		if len(b) > start {
			b = append(b, ' ')
		}
		b = append(b, name...)
		if value == true {
			continue
		}
		text, isCommand := attrText(name, value)
		if isCommand {
			return b[:start], fmt.Errorf("liveview: the attribute %s is given %q, which the client would run as commands; make them by the package js", name, text)
		}
		b = append(b, `="`...)
		b = append(b, template.HTMLEscapeString(text)...)
		b = append(b, '"')
	}
	return b, nil
}

// attrsHelper is the template function attrs. It takes [Attrs], what attrs itself has
// returned, and names and values in turn; of several that have a name the last counts, but
// for those that are written already.
func attrsHelper(args ...any) (template.HTMLAttr, error) {
	if len(args) == 1 {
		if all, ok := args[0].(Attrs); ok {
			return all.HTML()
		}
	}
	all := Attrs{}
	var written []string
	for i := 0; i < len(args); i++ {
		switch arg := args[i].(type) {
		case nil:
		case Attrs:
			maps.Copy(all, arg)
		case map[string]any:
			for name, value := range arg {
				all[name] = value
			}
		case template.HTMLAttr:
			written = append(written, string(arg))
		case string:
			if i++; i == len(args) {
				return "", fmt.Errorf("liveview: attrs is given the name %q without a value", arg)
			}
			all[arg] = args[i]
		default:
			return "", fmt.Errorf("liveview: attrs takes liveview.Attrs, or names and values in turn, not a %T", arg)
		}
	}
	html, err := all.HTML()
	if err != nil {
		return "", err
	}
	return template.HTMLAttr(strings.TrimSpace(strings.Join(append(written, string(html)), " "))), nil
}
