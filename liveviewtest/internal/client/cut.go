package client

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// cutInput is a file input as it was when the connection was lost.
//
// Source: internal/client/start/resume.js.
type cutInput struct {
	view, id, name string
	nth            int      // among those of the view by that name
	listed         []string // refs that the server has taken note of
	files          []dom.File
	submit         *waitingSubmit // of its form; nil for none
}

// waitingSubmit is a form's submit that waits for files.
type waitingSubmit struct {
	view      *view
	submitter *html.Node
	entered   []field // in the form

	// Of one that is to be made again.
	again  bool
	inputs []*html.Node
	files  [][]dom.File // in each of the inputs
}

// field is one of a form, and what is entered in it.
type field struct {
	n       *html.Node
	value   string
	checked bool
	chosen  []string // in a select
}
