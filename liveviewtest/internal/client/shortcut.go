package client

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// modifiers are the keys that are held with another, and what an event says of them. mod is
// ctrl here: on Apple's machines it would be meta.
var modifiers = map[string]string{"mod": "ctrlKey", "ctrl": "ctrlKey", "meta": "metaKey", "alt": "altKey", "shift": "shiftKey"}

// pressed takes a key with those that are held, "mod+k", apart: what an event says of it.
func pressed(key string) map[string]any {
	parts := strings.Split(key, "+")
	data := map[string]any{"key": key}
	if n := len(parts) - 1; n > 0 && !slices.ContainsFunc(parts[:n], func(held string) bool { return modifiers[held] == "" }) {
		data["key"] = parts[n]
		for _, held := range parts[:n] {
			data[modifiers[held]] = true
		}
	}
	return data
}

// hears reports whether an element that listens at the window hears a key in focused, nil for the
// body: one with data-shortcut none that is typed into a field, and if it names keys no other.
func hears(n, focused *html.Node, data map[string]any) bool {
	shortcuts, ok := dom.LookupAttr(n, "data-shortcut")
	if !ok {
		return true
	}
	key, _ := data["key"].(string)
	isCommand := data["ctrlKey"] == true || data["metaKey"] == true
	if focused != nil && isTextField(focused) && !isCommand && key != "Escape" && (len(key) < 2 || key[0] != 'F' || strings.Trim(key[1:], "0123456789") != "") {
		return false
	}
	all := strings.Fields(shortcuts)
	return len(all) == 0 || slices.ContainsFunc(all, func(shortcut string) bool { return isShortcut(shortcut, key, data) })
}

// isTextField reports whether keys are typed into an element.
func isTextField(n *html.Node) bool {
	if dom.Is(n, "textarea") || dom.Is(n, "select") || dom.HasAttr(n, "contenteditable") {
		return true
	}
	return dom.Is(n, "input") && !dom.IsButton(n) && !dom.IsCheckable(n) && dom.Kind(n) != "color" && dom.Kind(n) != "range" && dom.Kind(n) != "file"
}

func isShortcut(shortcut, key string, data map[string]any) bool {
	want, key := pressed(strings.ToLower(shortcut)), strings.ToLower(key)
	if key == " " {
		key = "space"
	}
	for _, held := range []string{"ctrlKey", "metaKey", "altKey"} {
		if want[held] != data[held] {
			return false
		}
	}
	// Shift is a part of how a sign such as ? is typed.
	isSign := len([]rune(key)) == 1 && strings.ToUpper(key) == key
	return want["key"] == key && (want["shiftKey"] == data["shiftKey"] || isSign && want["shiftKey"] == nil)
}
