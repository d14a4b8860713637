package engine_test

import (
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// A node bears r if it is certain to be one element, and only then.
func TestRootFlag(t *testing.T) {
	tests := map[string]bool{
		`<p>x</p>`:                                                 true,
		` <p class="{{.N}}">{{.Title}}</p> `:                       true,
		`<p>x</p><p>y</p>`:                                         false,
		`text <p>x</p>`:                                            false,
		`{{.N}}<p>x</p>`:                                           false,
		`<p>{{if .N}}<b>x</b>{{end}}</p>`:                          true,
		`<p>{{if .N}}</p><p>{{end}}</p>`:                           false,
		`<div {{if .N}}class="x"{{end}}>y</div>`:                   true,
		`<div><br><img src="x"></div>`:                             true,
		`<ul>{{range .Names}}<li>{{.}}</li>{{end}}</ul>`:           true,
		`<ul>{{range .Names}}<li>{{.}}{{end}}</ul>`:                false,
		`<svg><path d="x"/></svg>`:                                 true,
		`<div/>`:                                                   false,
		`<input value="{{.N}}">`:                                   true,
		`<script>"</p>"</script>`:                                  true,
		`{{if .N}}<p>x</p>{{end}}`:                                 false,
		`<p>`:                                                      false,
		`<a href=/x/>y</a>`:                                        true,
		`<svg/>`:                                                   true,
		`<svg><desc><div/></desc></svg>`:                           false,
		`<p title={{if .N}}"x"{{else}}"y"{{end}}>z</p>`:            true,
		`<p title={{if .N}}x{{end}}>z</p>`:                         true,
		`<p {{range .Names}}data-{{.}}="1" {{end}}>z</p>`:          true,
		`<p{{if .N}} a{{else}} b{{end}}>z</p>`:                     true,
		`<p {{if .N}}>x{{else}}>y{{end}}</p>`:                      false,
		`<ul>{{range .Names}}<li>{{else}}</li>{{end}}</ul>`:        false,
		`<p>{{if .N}}<b>x</b>{{else}}y{{end}}</p>{{if .N}}{{end}}`: false,
	}
	for body, want := range tests {
		text := `{{if not .B}}` + body + `{{end}}`
		tmpl := mustParse(t, text, &page{})
		var tree engine.Tree
		out, err := tree.Diff(nil, tmpl, &page{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.HasPrefix(string(out), `"0":{`) && strings.Contains(string(out), `],"r":1},"s":["",""]`); got != want {
			t.Errorf("%s: r is %v, want %v, in {%s}", body, got, want, out)
		}
	}
}
