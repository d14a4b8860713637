package client

import (
	"regexp"
	"strings"
)

// withoutPlain returns a document without what makes its forms and buttons work before the
// page is live. It joins at once here, and the join's patch takes that away.
//
// Source: internal/plainhtml.
func withoutPlain(body string) string {
	if !strings.Contains(body, "_lv") {
		return body
	}
	for _, added := range plainHTML {
		body = added.what.ReplaceAllString(body, added.by)
	}
	return body
}

var plainHTML = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`<form id="_lv[^"]*" hidden method="post" action="[^"]*"><input type="hidden" name="_csrf_token" value='[^']*'></form>`), ""},
	{regexp.MustCompile(` method="post" action="[^"]*"(?: enctype="multipart/form-data")?(?: data-lv-posted)?><input type="hidden" name="_csrf_token" value='[^']*'>` +
		`<input type="hidden" name="_lv_event" value='[^']*'>(?:<input type="hidden" name="_lv_change" value='[^']*'>)?(?:<button hidden></button>)?`), ">"},
	{regexp.MustCompile(` formnovalidate name="_lv_click" value='[^']*'>`), ` type="button">`},
	{regexp.MustCompile(`(?: form="_lv[^"]*")? name="_lv_click(?:_submit)?" value='[^']*'>`), ">"},
}
