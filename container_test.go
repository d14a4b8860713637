package liveview_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// wide is what views have in common whose element is a main.
type wide struct{}

func (wide) Container() liveview.Container {
	return liveview.Container{Tag: "main", Class: "wide", Attributes: map[string]string{
		"aria-label": `"Boards" & <more>`, "phx-remove": "[]", "data-empty": "",
	}}
}

type place1 struct{ Path string }

var place1Page = liveview.MustParse[place1](`<h1>{{.Path}}</h1>{{range flashes}}<p>{{.Text}}</p>{{end}}
<a id="patch" {{patch "/wide/2"}}>2</a> <a id="narrow" {{navigate "/narrow"}}>narrow</a>
<a id="plain" {{navigate "/plain"}}>plain</a> <button phx-click="go">go</button>`)

type wideView struct{ wide }

func (wideView) HandleParams(c *gin.Context, s *liveview.Socket[place1]) error {
	s.Assign(func(st *place1) { st.Path = c.Request.URL.Path })
	return nil
}

func (wideView) HandleEvent(s *liveview.Socket[place1], _ liveview.Event) error {
	s.PutFlash("info", "gone")
	return s.PushRedirect("/plain", nil)
}

func (wideView) Render(st place1) liveview.Rendered { return place1Page.Render(st) }

// narrow has the same tag as wide.
func narrow() liveview.ViewFuncs[counter] {
	v := counterFuncs()
	v.Container = liveview.Container{Tag: "main", Class: "narrow", Attributes: map[string]string{"lang": "de"}}
	return v
}

func containerSite(t *testing.T) *site {
	return newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/wide", wideView{})
		liveview.Handle(r, "/wide/2", wideView{})
		liveview.Handle(r, "/narrow", narrow())
		plain := liveview.ViewFuncs[counter]{Template: liveview.MustParse[counter](`<h1>plain</h1>{{range flashes}}<p>{{.Text}}</p>{{end}}<a {{navigate "/other"}}>other</a>`)}
		liveview.Handle(r, "/plain", plain)
		liveview.Handle(r, "/other", counterView())
	})
}

// The page stands in the element that its view says, with what text its attributes
// have, and is live in it.
func TestContainer(t *testing.T) {
	s := containerSite(t)
	body := withoutPlain(s.visitor().get("/wide").body)
	const attrs = ` aria-label="&#34;Boards&#34; &amp; &lt;more&gt;" class="wide" data-empty="" phx-remove="[]">`
	if _, rest, _ := strings.Cut(body, "\n<body>\n<main id="); !strings.Contains(rest, attrs+"<h1>/wide</h1>") || !strings.HasSuffix(rest, "</button></main>\n<div class=\"liveview-notice\" role=\"status\"></div>\n</body>\n</html>\n") {
		t.Errorf("the document is\n%s", body)
	}
	if body := s.visitor().get("/plain").body; !strings.Contains(body, "\n<body>\n<div id=") || strings.Contains(strings.Replace(body, `class="liveview-notice"`, "", 1), "class=") {
		t.Errorf("the document without a Container is\n%s", body)
	}
	if status, response := s.visitor().get("/wide").connect().join(); status != "ok" || response["container"] != nil {
		t.Errorf("join: %s, container %v, want none: the element is there", status, response["container"])
	}
	v := s.browse("/narrow")
	v.Click("main.narrow[lang=de] > button")
	if got := v.Text("main.narrow button"); got != "1" {
		t.Errorf("after a click it shows %s, want 1", got)
	}
}

// Live navigation changes class and attributes of the element, a patch leaves it.
func TestContainerInNavigation(t *testing.T) {
	s := containerSite(t)
	v := s.browse("/wide")
	v.Click("#patch")
	if got := v.Text("main.wide > h1"); got != "/wide/2" {
		t.Errorf("after the patch the element has %q", got)
	}
	v.Click("#narrow")
	v.Click("main.narrow[lang=de]:not([aria-label]):not([data-empty]) > button")
	v.ExpectNavigation("/narrow")
	v = s.browse("/plain")
	v.Click("a")
	v.Click("div[data-phx-main]:not([class]) > button")

	p := s.visitor().get("/wide")
	join := map[string]any{"redirect": "http://" + siteHost + "/narrow", "session": p.session}
	c := p.connect()
	status, response := c.joinAs(join)
	if want := []any{"main", map[string]any{"class": "narrow", "lang": "de"}}; status != "ok" || !reflect.DeepEqual(response["container"], want) {
		t.Errorf("navigation: %s, container %v, want %v", status, response["container"], want)
	}
	join["params"] = map[string]any{"_mounts": 1}
	if status, response = p.connect().joinAs(join); status != "ok" || response["container"] != nil {
		t.Errorf("a join after a lost connection: %s, container %v, want none: what scripts made of the element stays", status, response["container"])
	}
}

// The client can't give an element another tag, so the page is loaded then, with its
// flash, and nobody is told of a fault.
func TestContainerOfAnotherTag(t *testing.T) {
	s := containerSite(t)
	v := s.browse("/wide")
	v.Click("#plain")
	if got := v.Text("div[data-phx-main] > h1"); got != "plain" {
		t.Errorf("it shows %q", got)
	}
	v = s.browse("/wide")
	v.Click("button")
	if got := v.Text("div[data-phx-main] > p"); got != "gone" {
		t.Errorf("the flash shows as %q", got)
	}
	p := s.visitor().get("/wide")
	status, response := p.connect().joinAs(map[string]any{"redirect": "http://" + siteHost + "/plain?a=b", "session": p.session})
	want := map[string]any{"redirect": map[string]any{"to": "/plain?a=b", "status": 302.0}}
	if status != "error" || !reflect.DeepEqual(response, want) {
		t.Errorf("navigation: %s %v, want %v", status, response, want)
	}
	if log := s.log.String(); strings.Contains(log, "refused") {
		t.Errorf("the log says %s", log)
	}
}

// A container that can't be is refused where the route is set up, with the view, the
// route and the line.
func TestContainersThatCanNotBe(t *testing.T) {
	attribute := func(name string) liveview.Container {
		return liveview.Container{Attributes: map[string]string{name: "x"}}
	}
	for name, test := range map[string]struct {
		container liveview.Container
		want      string
	}{
		"void":            {liveview.Container{Tag: "br"}, `is "br"; it must be one of`},
		"raw text":        {liveview.Container{Tag: "script"}, `is "script"`},
		"closed by a div": {liveview.Container{Tag: "p"}, `is "p"`},
		"in a table only": {liveview.Container{Tag: "tbody"}, `is "tbody"`},
		"upper case":      {liveview.Container{Tag: "MAIN"}, `is "MAIN"`},
		"of SVG":          {liveview.Container{Tag: "font-face"}, `is "font-face"`},
		"no name":         {liveview.Container{Tag: `x-a><script>`}, "must be one of"},
		"only hyphens":    {liveview.Container{Tag: `-`}, "must be one of"},
		"id":              {attribute("id"), "that is for the client"},
		"data-phx-main":   {attribute("data-phx-session"), "that is for the client"},
		"class":           {attribute("class"), "that is Container.Class"},
		"hook":            {attribute("phx-click"), "within the view"},
		"upper case name": {attribute("Lang"), "letters a to z"},
		"two attributes":  {attribute(`a="b" c`), "letters a to z"},
		"empty":           {attribute(""), "letters a to z"},
		"not first":       {attribute("1a"), "letters a to z"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				msg := fmt.Sprint(recover())
				for _, want := range []string{test.want, "ViewFuncs", "at /there", "container_test.go:"} {
					if !strings.Contains(msg, want) {
						t.Errorf("Handle panics with %q, want %q in it", msg, want)
					}
				}
			}()
			v := counterFuncs()
			v.Container = test.container
			liveview.Handle(prepared(), "/there", v)
		})
	}
	for _, tag := range []string{"", "main", "section", "ul", "my-board2"} {
		v := counterFuncs()
		v.Container.Tag = tag
		liveview.Handle(prepared(), "/", v)
	}
	defer func() {
		if msg := fmt.Sprint(recover()); !strings.Contains(msg, "it must be Container() liveview.Container") || strings.Contains(msg, "%!") {
			t.Errorf("Handle panics with %q", msg)
		}
	}()
	liveview.Handle(prepared(), "/", wronglyContained{})
}

type wronglyContained struct{ plainView }

func (wronglyContained) Container() string { return "main" }
