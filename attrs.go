package liveview

import (
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Attrs are attributes of an element by their names, for templates that are given what
// else their element is to have:
//
//	{{define "button"}}<button class="button" {{attrs .Rest}}>{{.Text}}</button>{{end}}
//	{{template "button" dict "Text" "Save" "Rest" .SaveAttrs}}
//	{{template "button" dict "Text" "Edit" "Rest" (attrs "phx-click" "edit" "phx-target" myself)}}
//
// A value that is true writes the name alone, false and nil nothing, anything else what
// fmt.Sprint makes of it, escaped. In templ it is templ.Attributes(a).
type Attrs map[string]any

// HTML returns the attributes as they stand in a tag, in the order of their names. It
// returns an error for what may run scripts or isn't an attribute: names that begin with
// "on", style and srcdoc, names with other characters than HTML's own attributes have,
// and in attributes that begin with phx-, but for phx-value-, values that the client
// takes for commands, which begin with "[". A URL of another scheme than http, https, mailto and tel becomes
// "#ZgotmplZ", as html/template does it, unless it is a template.URL.
func (a Attrs) HTML() (template.HTMLAttr, error) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(a)) {
		value := a[name]
		if value == nil || value == false {
			continue
		}
		if err := checkAttr(name); err != nil {
			return "", err
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(name)
		if value == true {
			continue
		}
		text := fmt.Sprint(value)
		lower := strings.ToLower(name)
		if _, trusted := value.(template.URL); urlAttrs[lower] && !trusted && !isHarmlessURL(text) {
			text = badLink
		}
		if strings.HasPrefix(lower, "phx-") && !strings.HasPrefix(lower, "phx-value-") && strings.HasPrefix(strings.TrimSpace(text), "[") {
			return "", fmt.Errorf("liveview: the attribute %s is given %q, which the client would run as commands", name, text)
		}
		b.WriteString(`="`)
		template.HTMLEscape(&b, []byte(text))
		b.WriteByte('"')
	}
	return template.HTMLAttr(b.String()), nil
}

// attrsHelper is the template function attrs. It takes [Attrs], what attrs itself has
// returned, and names and values in turn; of several that have a name the last counts, but
// for those that are written already.
func attrsHelper(args ...any) (template.HTMLAttr, error) {
	all := Attrs{}
	var written []string
	for i := 0; i < len(args); i++ {
		switch arg := args[i].(type) {
		case nil:
		case Attrs:
			maps.Copy(all, arg)
		case map[string]any:
			maps.Copy(all, arg)
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

// urlAttrs are the attributes of HTML that a browser follows.
var urlAttrs = map[string]bool{
	"action": true, "background": true, "cite": true, "data": true, "formaction": true, "href": true,
	"longdesc": true, "manifest": true, "ping": true, "poster": true, "src": true, "srcset": true, "xlink:href": true,
}

// checkAttr returns what is wrong with an attribute's name.
func checkAttr(name string) error {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789-_:.", rune(c))) {
			return fmt.Errorf("liveview: %q isn't the name of an attribute", name)
		}
	}
	switch lower := strings.ToLower(name); {
	case name == "":
		return fmt.Errorf("liveview: %q isn't the name of an attribute", name)
	case strings.HasPrefix(lower, "on"), lower == "style", lower == "srcdoc":
		return fmt.Errorf("liveview: the attribute %s would let data run scripts or style; write it in the template", name)
	}
	return nil
}

func isHarmlessURL(text string) bool {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "", "http", "https", "mailto", "tel":
		return true
	}
	return false
}
