package engine_test

import (
	"html/template"
	"io"
	"strings"
	"testing"
)

// A page with ranges within ranges is escaped as html/template escapes it, or refused as
// it refuses it, wherever its ranges begin, end, and are left.
func TestRangesInRangesAreEscaped(t *testing.T) {
	jumps := []string{"", `{{if .}}{{break}}{{end}}`, `{{if .}}{{continue}}{{end}}`}
	outer := []string{
		`{{range .Rows}}{{range $.Rows}}@{{end}}{{end}}`,
		`<i {{range .Rows}}{{range $.Rows}}></i>@<i {{end}}{{end}}></i>`,
		`{{range .Rows}}<i {{range $.Rows}}></i>@<i {{end}}></i>{{end}}`,
	}
	inner := []string{
		`{{range $.Names}}<b>#x</b>{{end}}`,
		`{{range $.Names}}<b #>x</b>{{end}}`,
		`{{range $.Names}}<b title="#">x</b>{{end}}`,
		`<u {{range $.Names}}># a="b"{{end}}></u>`,
		`{{range $.Names}}<b>{{range $.Rows}}{{range $.Names}}<s #>y</s>{{end}}{{end}}</b>{{end}}`,
		`{{range $.Names}}<b>{{range $.Rows}}{{range $.Names}}<s>#y</s>{{end}}{{end}}</b>{{end}}`,
	}
	accepted, refused := 0, 0
	for _, o := range outer {
		for _, in := range inner {
			for _, jump := range jumps {
				for _, shown := range []string{"", "{{$.Title}}"} {
					text := strings.Replace(o, "@", strings.Replace(in, "#", jump, 1)+shown, 1)
					theirs := template.Must(template.New("page").Parse(text)).Execute(io.Discard, &page{})
					_, ours := parseOurs(text, &page{})
					if (theirs == nil) != (ours == nil) {
						t.Errorf("%s\nhtml/template: %v\nParse: %v", text, theirs, ours)
					}
					if theirs == nil {
						accepted++
					} else {
						refused++
					}
				}
			}
		}
	}
	if accepted < 20 || refused < 20 {
		t.Errorf("%d pages are accepted and %d refused, want some of both", accepted, refused)
	}
}
