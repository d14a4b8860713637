package client

import (
	_ "embed" // for the style
	"html/template"
)

// noticeStyle is the name of the style of [Notice], which the start script loads where a
// page has one.
const noticeStyle = "notice.css"

//go:embed notice.css
var noticeCSS []byte

// Notice is the element that tells the visitor when the page isn't live. It stands in the
// page from the start, as a reader of screens tells only of what changes in an element that
// it knows; the start script puts its lines in and shows one at a time (start/notice.js).
const Notice template.HTML = `<div class="liveview-notice" role="status"></div>`
