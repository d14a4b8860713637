// Package templpage holds components of github.com/a-h/templ for the tests of
// pages made of them. It is here, and not beside the library, so that templ is
// no dependency of the library's.
package templpage

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.977 generate
