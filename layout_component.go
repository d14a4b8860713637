package liveview

import (
	"bytes"
	"html/template"
)

// Component is what c writes into the document, with the context of [Meta.Context]: in a
// layout {{.Component .Data.Player}} shows what {{component .Player}} does in a page, a
// [Sticky] for instance. Nil is nothing. It returns the error of c.
func (p Page) Component(c Component) (template.HTML, error) {
	if c == nil {
		return "", nil
	}
	var b bytes.Buffer
	if err := c.Render(p.meta.Context(), &b); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}
