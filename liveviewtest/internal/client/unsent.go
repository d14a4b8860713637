package client

import (
	"bytes"
	"encoding/json"
	"unicode/utf16"

	"golang.org/x/net/html"
)

// noteUnsent notes whether a form's event is too large for the server, so that what is
// entered in the form stays, as the library's start script does.
//
// Source: keepUnsent in internal/client/start/unsent.js.
func noteUnsent(doc *document, form *html.Node, value string, meta map[string]any) {
	limit := doc.head.maxFrame
	doc.Edit(form).Unsent = limit > 0 && len(value)+lengthInJavaScript(meta)+512 > limit
}

// lengthInJavaScript is the length of what is made of values by JSON.stringify.
func lengthInJavaScript(values map[string]any) int {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(values) // they came as JSON, or are text
	return len(utf16.Encode([]rune(b.String()))) - len("\n")
}
