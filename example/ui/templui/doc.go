// Package templui has the components of package ui for pages of templ: the same HTML, style
// sheet and script. It is a module of its own, so that templ is no dependency of the gallery's.
package templui

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.977 generate
