package liveview

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/origin"
)

// Dev says who sees in the browser what went wrong: see Config.Dev.
type Dev uint8

// The settings of Dev.
const (
	DevInDebugMode Dev = iota // in Gin's debug mode, whoever comes from this machine itself
	DevOn                     // everybody
	DevOff                    // nobody
)

// develops reports whether mistakes are looked for that cost time to find.
func (d Dev) develops() bool {
	return d == DevOn || d == DevInDebugMode && gin.IsDebugging()
}

// showsProblems reports whether whoever sent r may see what went wrong. Debug is Gin's
// mode unless somebody sets another one, so in production too: there only who comes from
// a loopback address, and asks for such a host, may. A proxy on the same machine comes
// from one too, and is told by its headers, or by the host that it passes on.
func (d Dev) showsProblems(r *http.Request) bool {
	return d == DevOn || d.develops() && origin.IsLocal(r)
}

// problem is what went wrong, for the developer at the browser: a line of the log.
type problem struct {
	Message string      `json:"message"`
	Details [][2]string `json:"details"` // names and values of the log line's attributes
	Ref     string      `json:"ref"`     // of the push that it came of; "" for none
	Joining bool        `json:"joining"` // the page couldn't be joined
	Stays   bool        `json:"stays"`   // until another one comes that stays; with no message that is the end of it
}

// newProblem takes a log line's message and attributes.
func newProblem(message string, attrs []any) problem {
	p := problem{Message: message}
	for i := 0; i+1 < len(attrs); i += 2 {
		p.Details = append(p.Details, [2]string{fmt.Sprint(attrs[i]), fmt.Sprint(attrs[i+1])})
	}
	return p
}

// eventProblem is a message of our own, to our start script: the official client
// drops what it doesn't know.
const eventProblem = "liveview:problem"

func (p problem) json() []byte {
	b, err := json.Marshal(p)
	if err != nil { // there are only texts in it
		return []byte("{}")
	}
	return b
}

var problemPage = template.Must(template.New("problem").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Message}}</title></head>
<body>
<h1>{{.Message}}</h1>
<dl>{{range .Details}}
<dt>{{index . 0}}</dt><dd><pre>{{index . 1}}</pre></dd>{{end}}
</dl>
<p>Only developers see this. The page is loaded again by itself.</p>
</body>
</html>
`))

// write answers c with p, in place of its page, until the page is well again.
func (p problem) write(c *gin.Context) {
	var page bytes.Buffer
	if err := problemPage.Execute(&page, p); err != nil {
		c.String(http.StatusInternalServerError, "%s", p.Message)
		return
	}
	c.Header("Refresh", "3")
	c.Data(http.StatusInternalServerError, "text/html; charset=utf-8", page.Bytes())
}
