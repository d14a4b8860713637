package liveview_test

import (
	"context"
	"fmt"
	"html"
	"io"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// radio counts what it plays, and stays when the page around it goes.
func radio() liveview.ViewFuncs[sum] {
	return liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<p>song {{.Count}}</p><button phx-click="next">next</button>`),
		Events: liveview.Events[sum]{"next": func(s *liveview.Socket[sum], _ liveview.Event) error {
			s.Assign(func(st *sum) { st.Count++ })
			return nil
		}},
	}
}

// withRadio is a page that shows a radio, and leads to another one.
func withRadio(title, next string, radio func() *liveview.Sticky) liveview.ViewFuncs[radioPage] {
	return liveview.ViewFuncs[radioPage]{
		Template: liveview.MustParse[radioPage](`<h1>{{.Title}}</h1><a {{navigate .Next}}>on</a>{{component .Radio}}`),
		Mount: func(_ *gin.Context, s *liveview.Socket[radioPage]) error {
			s.Assign(func(st *radioPage) { *st = radioPage{title, next, radio()} })
			return nil
		},
	}
}

type radioPage struct {
	Title, Next string
	Radio       *liveview.Sticky
}

// The radio plays on over live navigation: it is the same view on both pages.
func ExampleNewSticky() {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	player := liveview.NewSticky("radio", radio())
	g := r.Group("", player.Middleware())
	liveview.Handle(g, "/news", withRadio("News", "/sports", func() *liveview.Sticky { return player }))
	liveview.Handle(g, "/sports", withRadio("Sports", "/news", func() *liveview.Sticky { return player }))

	v := liveviewtest.Open(exampleTB{}, r, "/news")
	v.Child("#radio").Click("next")
	v.Follow("a")
	fmt.Println(v.Text("h1"), v.Child("#radio").Text("p"))
	// Output: Sports song 1
}

// A sticky view with a route of its own, whose path says what it plays and whose middleware
// says who may hear it.
func ExampleStickyAt() {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	members := r.Group("", func(c *gin.Context) { liveview.Identify(c, "ann") })
	liveview.Handle(members, "/radio/:channel", liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<p>channel {{.Name}}</p>`),
		Mount: func(c *gin.Context, s *liveview.Socket[sum]) error {
			s.Assign(func(st *sum) { st.Name = c.Param("channel") })
			return nil
		},
	})
	player := func() *liveview.Sticky { return liveview.StickyAt("radio", "/radio/7") }
	liveview.Handle(r, "/news", withRadio("News", "/sports", player))
	liveview.Handle(r, "/sports", withRadio("Sports", "/news", player))

	v := liveviewtest.Open(exampleTB{}, r, "/news")
	v.Follow("a")
	fmt.Println(v.Text("h1"), v.Child("#radio").Text("p"))
	// Output: Sports channel 7
}

// larder is a page of templ, gomponents or the like, written by hand here: it counts how many
// of its rows were rendered.
type larder struct{ rendered *int }

func (v larder) HandleEvent(s *liveview.Socket[[]string], _ liveview.Event) error {
	*v.rendered = 0
	s.Assign(func(names *[]string) { *names = append(*names, fmt.Sprint("tin ", len(*names)+1)) })
	return nil
}

func (v larder) row(name string) liveview.Component {
	return drawn(func(_ context.Context, w io.Writer) error {
		*v.rendered++
		_, err := fmt.Fprintf(w, `<li id="%[1]s">%[1]s</li>`, html.EscapeString(name))
		return err
	})
}

func (v larder) Render(names []string) liveview.Rendered {
	return liveview.RenderComponent(drawn(func(ctx context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, `<button phx-click="add">add</button><ul>`)
		if err := liveview.Rows(names, v.row).Render(ctx, w); err != nil {
			return err
		}
		_, err := io.WriteString(w, `</ul>`)
		return err
	}))
}

// drawn is a component that a function writes.
type drawn func(ctx context.Context, w io.Writer) error

func (fn drawn) Render(ctx context.Context, w io.Writer) error { return fn(ctx, w) }

// Of three rows, of which one has been added, one is rendered.
func ExampleRows() {
	rendered := 0
	v := open(larder{&rendered})
	for range 3 {
		v.Click("add")
	}
	fmt.Println(v.Count("li"), rendered)
	// Output: 3 1
}

// The view gives one of its components other props than the template did.
func ExampleLive_SendUpdate() {
	type page struct{}
	card := liveview.NewLive[sum, string](priceCard{})
	v := open(liveview.ViewFuncs[page]{
		Template: liveview.MustParseSource[page](liveview.Source{
			Text: `{{card "offer" "dear"}}<button phx-click="sale">sale</button>`,
			Live: map[string]liveview.AnyLive{"card": card},
		}),
		Events: liveview.Events[page]{"sale": func(s *liveview.Socket[page], _ liveview.Event) error {
			return card.SendUpdate(s, "offer", "cheap")
		}},
	})
	v.Click("sale")
	v.WaitForText("#price", "cheap")
	fmt.Println(v.Text("#price"))
	// Output: cheap
}

// priceCard shows its props.
type priceCard struct{}

var priceCardPage = liveview.MustParse[sum](`<p id="price">{{.Name}}</p>`)

func (priceCard) Update(s *liveview.Socket[sum], name string) error {
	s.Assign(func(st *sum) { st.Name = name })
	return nil
}

func (priceCard) Render(st sum) liveview.Rendered { return priceCardPage.Render(st) }

// eventTeller says which events were handled.
type eventTeller struct {
	liveview.NoTelemetry
	name string
	to   chan<- string
}

func (t eventTeller) End(_ context.Context, s liveview.Span, r liveview.Result) {
	if s.Kind == liveview.SpanEvent {
		t.to <- fmt.Sprint(t.name, ": ", s.Name, " ", r.Outcome)
	}
}

// Two who want to know: metrics, say, and traces.
func ExampleTeeTelemetry() {
	told := make(chan string, 2) // whoever is told must not be waited for
	v := open(radio(), liveview.Config{Telemetry: liveview.TeeTelemetry(eventTeller{name: "a", to: told}, eventTeller{name: "b", to: told})})
	v.Click("next")
	fmt.Println(<-told)
	fmt.Println(<-told)
	// Output:
	// a: next ok
	// b: next ok
}
