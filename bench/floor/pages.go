package main

import "html/template"

// state is what the pages show.
type state struct {
	CSRF  string
	Count int
	Rows  []row
}

type row struct {
	ID, Qty             int
	Name, Price, Status string
}

var stocks = []string{"in stock", "low", "sold out"}

// pages are the contents of the reference server's pages.
var pages = map[string]string{
	"counter":   `<div><h1>Counter</h1><span id="count">{{.Count}}</span><button phx-click="inc">+</button></div>`,
	"broadcast": `<div><h1>Broadcast</h1><span id="count">{{.Count}}</span><button phx-click="fire">fire</button></div>`,
	"stream": `<div><button phx-click="post">post</button><button phx-click="drop">drop</button><ul>
{{range .Rows}}<li id="row-{{.ID}}"><b>{{.Name}}</b> {{.Qty}} {{.Status}}</li>
{{end}}</ul></div>`,
	"written":    `<div><button phx-click="touch">touch</button></div>`,
	"remembered": `<div><button phx-click="touch">touch</button></div>`,
	"keyed":      `<div><button phx-click="prepend">prepend</button><button phx-click="sort">sort</button></div>`,
	"nested":     `<div><div id="inner" data-phx-session="session" data-phx-static="" data-phx-parent-id="phx-1"></div></div>`,
	"form":       `<form id="sheet" phx-change="change"><input name="f[a][name]" value="{{.Count}}"></form>`,
	"cards": `<div><h1>{{.Count}}</h1><button phx-click="title">title</button><button phx-click="rename">rename</button><ul>
{{range .Rows}}<li><b>{{.Name}}</b> {{.Qty}} <button phx-click="open">0</button></li>
{{end}}</ul></div>`,
	"table": `<div><button phx-click="touch">touch</button><table><thead><tr><th>id</th><th>name</th><th>qty</th><th>price</th><th>status</th></tr></thead><tbody>
{{range .Rows}}<tr id="row-{{.ID}}"><td>{{.ID}}</td><td>{{.Name}}</td><td>{{.Qty}}</td><td>{{.Price}}</td><td>{{.Status}}</td></tr>
{{end}}</tbody></table></div>`,
}

// documents are the pages in the document that a client needs to connect.
var documents = func() *template.Template {
	all := template.New("")
	for name, page := range pages {
		template.Must(all.New(name).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="csrf-token" content="{{.CSRF}}">
<title>Floor</title>
</head>
<body>
<div id="phx-1" data-phx-main data-phx-session="session" data-phx-static="">` + page + `</div>
</body>
</html>
`))
	}
	return all
}()
