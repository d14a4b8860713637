package ui

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"maps"

	"github.com/a-h/templ"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
)

// given is text, or nil for "", which is no attribute.
func given(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// merge returns attributes with others added; nil takes one away.
func merge(a liveview.Attrs, more ...templ.Attributes) templ.Attributes {
	all := templ.Attributes(a.Templ())
	for _, m := range more {
		maps.Copy(all, m)
	}
	for name, v := range all {
		if v == nil || v == false {
			delete(all, name)
		} else if v != true {
			all[name] = fmt.Sprint(v) // templ passes over a js.Command
		}
	}
	return all
}

// Patch is the attributes of a link to another path or query of the page that is open, to be spread
// or given to a component. query takes names and values in turn.
func Patch(path string, query ...any) templ.Attributes {
	return merge(liveview.PatchAttrs(path, query...))
}

// Navigate is the attributes of a link to another page.
func Navigate(path string) templ.Attributes { return merge(liveview.NavigateAttrs(path)) }

// With is attributes with one more.
func With(a templ.Attributes, name string, value any) templ.Attributes {
	return merge(nil, a, templ.Attributes{name: value})
}

// CurrentURL is that of the page.
func CurrentURL(ctx context.Context) string { return liveview.MetaFrom(ctx).CurrentURL() }

// kind is the class of a Kind.
func kind(k string) string {
	if k == "" {
		return ""
	}
	return " is-" + k
}

// openModal keeps the focus and takes it into the dialog with that id.
func openModal(id string) string {
	return js.PushFocus(":focus").FocusFirst("#"+id+"-box").Focus("[autofocus]", js.Inner).String()
}

// leave has the page's changes leave attributes as they are in the browser.
func leave(names string) templ.Attributes { return merge(liveview.IgnoreAttributes(names)) }

// focusWrap keeps the focus in the element with that id.
func focusWrap(id string) templ.Attributes {
	a, err := liveview.FocusWrap(id)
	if err != nil {
		panic(err) // the id isn't empty
	}
	return merge(a)
}

// groupState is what screen readers are told of a group of which one is chosen.
func groupState(f liveview.Field) templ.Attributes {
	state := templ.Attributes{}
	if f.Required {
		state["aria-required"] = "true"
	}
	if f.Error != "" {
		state["aria-invalid"] = "true"
	}
	return state
}

// html shows HTML of the library's own.
func html(text template.HTML, err error) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if err != nil {
			return err
		}
		_, err := io.WriteString(w, string(text))
		return err
	})
}
