package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// exampleTB opens the pages of examples: there what goes wrong panics.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                           {}
func (exampleTB) Cleanup(func())                    {}
func (exampleTB) Error(args ...any)                 { panic(fmt.Sprint(args...)) }
func (exampleTB) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (exampleTB) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// open shows a page to a visitor, whose browser is that of package liveviewtest.
func open[C any](view liveview.View[C], config ...liveview.Config) *liveviewtest.View {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware(config...))
	liveview.Handle(r, "/", view)
	return liveviewtest.Open(exampleTB{}, r, "/")
}

type sum struct {
	Name  string
	Count int
}

// A page as one declaration: a template, and functions by the names of events.
func ExampleViewFuncs() {
	page := liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<h1>{{.Count}}</h1><button phx-click="inc">one more</button>`),
		Events: liveview.Events[sum]{
			"inc": func(s *liveview.Socket[sum], _ liveview.Event) error {
				s.Assign(func(st *sum) { st.Count++ })
				return nil
			},
		},
	}

	v := open(page)
	v.Click("one more")
	fmt.Println(v.Text("h1"))
	// Output: 1
}

// What is assigned is shown when the callback has returned.
func ExampleSocket_Assign() {
	v := open(liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<p>{{.Count}}</p><button phx-click="double">double</button>`),
		Mount: func(_ *gin.Context, s *liveview.Socket[sum]) error {
			s.Assign(func(st *sum) { st.Count = 21 })
			return nil
		},
		Events: liveview.Events[sum]{
			"double": func(s *liveview.Socket[sum], _ liveview.Event) error {
				s.Assign(func(st *sum) { st.Count *= 2 })
				return nil
			},
		},
	})
	v.Click("double")
	fmt.Println(v.Text("p"))
	// Output: 42
}

type results struct{ Query string }

// A search whose words stand in the URL: the event moves, and Params shows what is there.
func ExampleSocket_PushPatch() {
	v := open(liveview.ViewFuncs[results]{
		Template: liveview.MustParse[results](`<form id="search" phx-change="search"><input name="q" value="{{.Query}}"></form><p>{{.Query}}</p>`),
		Params: func(c *gin.Context, s *liveview.Socket[results]) error {
			s.Assign(func(st *results) { st.Query = c.Query("q") })
			return nil
		},
		Events: liveview.Events[results]{
			"search": func(s *liveview.Socket[results], e liveview.Event) error {
				return s.PushPatch("/", url.Values{"q": {e.Value("q")}}, liveview.HistoryReplace)
			},
		},
	})
	v.Change("#search", "q", "tea")
	fmt.Println(v.URL(), v.Text("p"))
	// Output: /?q=tea tea
}

// One visitor votes, and another sees it.
func ExampleSocket_Subscribe() {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<p>{{.Count}}</p><button phx-click="vote">vote</button>`),
		Mount: func(_ *gin.Context, s *liveview.Socket[sum]) error {
			_, err := s.Subscribe("votes") // ends with the view
			return err
		},
		Events: liveview.Events[sum]{
			"vote": func(s *liveview.Socket[sum], _ liveview.Event) error { return s.Publish("votes", 1) },
		},
		Info: func(s *liveview.Socket[sum], info any) error {
			s.Assign(func(st *sum) { st.Count += info.(int) })
			return nil
		},
	})

	ann, bob := liveviewtest.Open(exampleTB{}, r, "/"), liveviewtest.Open(exampleTB{}, r, "/")
	ann.Click("vote")
	bob.WaitForText("p", "1")
	fmt.Println(bob.Text("p"))
	// Output: 1
}

// Work in a goroutine tells the view what came of it.
func ExampleSocket_SendInfo() {
	v := open(liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<p>{{.Count}}</p><button phx-click="count">count</button>`),
		Events: liveview.Events[sum]{
			"count": func(s *liveview.Socket[sum], _ liveview.Event) error {
				go func() {
					_ = s.SendInfo(17) // the view may have ended, and then nobody wants it
				}()
				return nil
			},
		},
		Info: func(s *liveview.Socket[sum], info any) error {
			s.Assign(func(st *sum) { st.Count = info.(int) })
			return nil
		},
	})
	v.Click("count")
	v.WaitForText("p", "17")
	fmt.Println(v.Text("p"))
	// Output: 17
}

// A script on the page hears the event by window.addEventListener("phx:done", …), a hook by
// this.handleEvent("done", …).
func ExampleSocket_PushEvent() {
	v := open(liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<button phx-click="work">work</button>`),
		Events: liveview.Events[sum]{
			"work": func(s *liveview.Socket[sum], _ liveview.Event) error {
				return s.PushEvent("done", map[string]any{"seconds": 3})
			},
		},
	})
	v.Click("work")
	fmt.Println(string(v.ExpectEvent("done")))
	// Output: {"seconds":3}
}

// What a hook asks by this.pushEvent("add up", {a: 1, b: 5}, reply => …) is answered.
func ExampleSocket_Reply() {
	v := open(liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<div id="calculator" phx-hook="Calculator"></div>`),
		Events: liveview.Events[sum]{
			"add up": func(s *liveview.Socket[sum], e liveview.Event) error {
				var asked struct {
					A int `json:"a"`
					B int `json:"b"`
				}
				if err := e.BindJSON(&asked); err != nil {
					return err
				}
				return s.Reply(map[string]int{"sum": asked.A + asked.B})
			},
		},
	})
	fmt.Println(string(v.Hook("#calculator").Push("add up", map[string]int{"a": 1, "b": 5})))
	// Output: {"sum":6}
}

func ExampleSocket_PutFlash() {
	v := open(liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<p role="status">{{flash "info"}}</p><button phx-click="save">save</button>`),
		Events: liveview.Events[sum]{
			"save": func(s *liveview.Socket[sum], _ liveview.Event) error {
				s.PutFlash("info", "Saved.")
				return nil
			},
		},
	})
	v.Click("save")
	fmt.Println(v.Text("p"))
	// Output: Saved.
}

// Photos are shown once, and not kept.
func ExampleSocket_TempAssign() {
	type album struct{ Photos []string }
	v := open(liveview.ViewFuncs[album]{
		Template: liveview.MustParse[album](`<ul>{{range .Photos}}<li>{{.}}</li>{{end}}</ul><button phx-click="count">count</button>`),
		Mount: func(_ *gin.Context, s *liveview.Socket[album]) error {
			s.Assign(func(st *album) { st.Photos = []string{"sea", "hill"} })
			s.TempAssign(func(st *album) { st.Photos = nil }) // once they are on the page
			return nil
		},
		Events: liveview.Events[album]{
			"count": func(s *liveview.Socket[album], _ liveview.Event) error {
				fmt.Println(len(s.State().Photos), "in the state")
				return nil
			},
		},
	})
	v.Click("count")
	fmt.Println(v.Count("li"), "on the page")
	// Output:
	// 0 in the state
	// 2 on the page
}

// The page fades a row that it takes away, without having been asked by the browser.
func ExampleSocket_PushJS() {
	v := open(liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<input id="name" aria-label="Name"><button phx-click="clear">clear</button>`),
		Events: liveview.Events[sum]{
			"clear": func(s *liveview.Socket[sum], _ liveview.Event) error {
				s.PushJS(js.Focus("#name").AddClass("#name", "empty"))
				return nil
			},
		},
	})
	v.Click("clear")
	fmt.Println(v.Count("#name"))
	// Output: 1
}

type booking struct {
	Name  string `form:"name" binding:"required,max=40"`
	Seats int    `form:"seats" binding:"min=1,max=8"`
}

// A form says what is wrong where the user has been, and keeps what was typed.
func ExampleForm() {
	type state struct{ Form liveview.Form[booking] }
	apply := func(s *liveview.Socket[state], e liveview.Event) error {
		f := s.State().Form.Apply(e)
		f.Check("name", f.Value.Name != "Bob", "is on holiday")
		if e.Name == "book" && f.Valid() {
			fmt.Println("booked:", f.Value.Name, f.Value.Seats)
		}
		s.Assign(func(st *state) { st.Form = f })
		return nil
	}
	v := open(liveview.ViewFuncs[state]{
		Template: liveview.MustParse[state](`<form id="booking" phx-change="check" phx-submit="book">
			{{with .Form.Field "name"}}<input {{attrs .Attrs}}><p id="{{.ErrorID}}">{{.Error}}</p>{{end}}
			{{with .Form.Field "seats"}}<input {{attrs .Attrs}}><p id="{{.ErrorID}}">{{.Error}}</p>{{end}}
			<button>Book</button></form>`),
		Events: liveview.Events[state]{"check": apply, "book": apply},
	})
	v.Change("#booking", "name", "Bob", "seats", "two")
	fmt.Println(v.Text("#name-error") + "; " + v.Text("#seats-error"))
	v.Submit("#booking", "name", "Ada", "seats", "2")
	// Output:
	// is on holiday; must be a whole number such as 12
	// booked: Ada 2
}

// An event's values in a struct, once, without a form that is kept.
func ExampleEvent_Bind() {
	v := open(liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<form id="booking" phx-submit="book"><input name="name" value="Ada"><input name="seats" value="2"><button>Book</button></form>`),
		Events: liveview.Events[sum]{
			"book": func(_ *liveview.Socket[sum], e liveview.Event) error {
				var b booking
				if err := e.Bind(&b); err != nil {
					fmt.Println(e.FieldErrors(err))
					return nil
				}
				fmt.Println(b.Name, b.Seats)
				return nil
			},
		},
	})
	v.Submit("#booking")
	v.Submit("#booking", "seats", "9")
	// Output:
	// Ada 2
	// map[seats:must be at most 8]
}

// A value that nobody can have changed on its way back.
func ExampleEvent_Signed() {
	v := open(liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<button phx-click="delete" phx-value-id="{{signed "id" 7}}">delete</button>`),
		Events: liveview.Events[sum]{
			"delete": func(_ *liveview.Socket[sum], e liveview.Event) error {
				fmt.Println(e.Signed("id"))
				return nil
			},
		},
	})
	v.Click("delete")
	// Output: 7 true
}

// What takes a while is loaded beside the page.
func ExampleAsync_Load() {
	type state struct{ Total liveview.Async[int] }
	v := open(liveview.ViewFuncs[state]{
		Template: liveview.MustParse[state](`<p>{{if .Total.Loaded}}{{.Total.Value}}{{else}}One moment …{{end}}</p>`),
		Mount: func(_ *gin.Context, s *liveview.Socket[state]) error {
			s.Assign(func(st *state) {
				st.Total.Load(s, func(context.Context) (int, error) { return 100, nil })
			})
			return nil
		},
	})
	v.Await()
	fmt.Println(v.Text("p"))
	// Output: 100
}

// A list that the page keeps, and the server doesn't.
func ExampleStream() {
	type note struct {
		ID   int
		Text string
	}
	type state struct{ Notes liveview.Stream[note] }
	v := open(liveview.ViewFuncs[state]{
		Template: liveview.MustParse[state](`<ul id="notes" phx-update="stream">{{range $id, $n := .Notes.All}}<li id="{{$id}}">{{$n.Text}}</li>{{end}}</ul>
			<button phx-click="add">add</button>`),
		Mount: func(_ *gin.Context, s *liveview.Socket[state]) error {
			s.Assign(func(st *state) { st.Notes.Reset([]note{{1, "one"}, {2, "two"}}) })
			return nil
		},
		Events: liveview.Events[state]{
			"add": func(s *liveview.Socket[state], _ liveview.Event) error {
				s.Assign(func(st *state) { st.Notes.InsertAt(0, note{3, "three"}, liveview.KeepFirst(2)) })
				return nil
			},
		},
	})
	v.Click("add")
	fmt.Println(strings.Fields(v.Text("#notes")))
	// Output: [three one]
}

// A view whose events not everybody may send.
type guardedView struct{ liveview.ViewFuncs[sum] }

func (guardedView) Authorize(s *liveview.Socket[sum], e liveview.Event) error {
	if role, _ := s.Value("role").(string); e.Name == "reset" && role != "admin" {
		return errors.New("only admins begin anew")
	}
	return nil
}

// The middleware says who it is and what he may do, Authorize asks for it before each event.
func ExampleKeepValues() {
	r := gin.New()
	r.Use(liveview.Middleware())
	require := func(c *gin.Context) {
		liveview.Identify(c, "ann") // of the session
		c.Set("role", "member")
	}
	members := r.Group("/", require, liveview.KeepValues("role"))
	liveview.Handle(members, "/", guardedView{liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<p>{{.Count}}</p><button phx-click="reset">reset</button>`),
		Events: liveview.Events[sum]{"reset": func(s *liveview.Socket[sum], _ liveview.Event) error {
			s.Assign(func(st *sum) { st.Count = -1 })
			return nil
		}},
	}})

	v := liveviewtest.Open(exampleTB{}, r, "/")
	v.Click("reset")
	fmt.Println(v.Text("p"))
	// Output: 0
}

func ExampleSocket_Repeat() {
	v := open(liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<p>{{.Count}}</p>`),
		Mount: func(_ *gin.Context, s *liveview.Socket[sum]) error {
			s.Repeat(10*time.Millisecond, func() { s.Assign(func(st *sum) { st.Count++ }) }) // until the view ends
			return nil
		},
	})
	v.WaitFor(func() bool { return v.Text("p") == "2" })
	fmt.Println("ticked twice")
	// Output: ticked twice
}

// Attributes from data: what could run something is refused.
func ExampleAttrs() {
	fmt.Println(liveview.Attrs{"required": true, "maxlength": 40, "disabled": false}.HTML())
	_, err := liveview.Attrs{"onclick": "alert(1)"}.HTML()
	fmt.Println(err != nil)
	// Output:
	// maxlength="40" required <nil>
	// true
}

func ExampleOptions() {
	fmt.Println(liveview.Options([]string{"tea", "coffee"}, "coffee"))
	// Output: <option value="tea">tea</option><option value="coffee" selected>coffee</option> <nil>
}

// A part of the page with a state and events of its own.
func ExampleNewLive() {
	type page struct{ Names []string }
	card := liveview.NewLive[sum, string](counterCard{})
	v := open(liveview.ViewFuncs[page]{
		Template: liveview.MustParseSource[page](liveview.Source{
			Text: `<ul>{{range .Names}}{{card . .}}{{end}}</ul>`,
			Live: map[string]liveview.AnyLive{"card": card},
		}),
		Mount: func(_ *gin.Context, s *liveview.Socket[page]) error {
			s.Assign(func(st *page) { st.Names = []string{"tea", "coffee"} })
			return nil
		},
	})
	v.Within("#coffee").Click("more")
	fmt.Println(v.Text("#tea b"), v.Text("#coffee b"))
	// Output: 0 1
}

// counterCard counts for one name, its props.
type counterCard struct{}

var counterCardPage = liveview.MustParse[sum](`<li id="{{.Name}}"><b>{{.Count}}</b> <button phx-click="more" phx-target="{{myself}}">more</button></li>`)

func (counterCard) Update(s *liveview.Socket[sum], name string) error {
	s.Assign(func(st *sum) { st.Name = name })
	return nil
}

func (counterCard) HandleEvent(s *liveview.Socket[sum], _ liveview.Event) error {
	s.Assign(func(st *sum) { st.Count++ })
	return nil
}

func (counterCard) Render(st sum) liveview.Rendered { return counterCardPage.Render(st) }

// Another view in the page, which fails and is slow by itself.
func ExampleNest() {
	type page struct{ Inner *liveview.Nested }
	inner := liveview.ViewFuncs[sum]{
		Template: liveview.MustParse[sum](`<p>{{.Count}}</p><button phx-click="inc">inc</button>`),
		Events: liveview.Events[sum]{"inc": func(s *liveview.Socket[sum], _ liveview.Event) error {
			s.Assign(func(st *sum) { st.Count++ })
			return nil
		}},
	}
	v := open(liveview.ViewFuncs[page]{
		Template: liveview.MustParse[page](`<h1>Around</h1>{{component .Inner}}`),
		Mount: func(_ *gin.Context, s *liveview.Socket[page]) error {
			s.Assign(func(st *page) { st.Inner = liveview.Nest("inner", inner) })
			return nil
		},
	})
	child := v.Child("#inner")
	child.Click("inc")
	fmt.Println(v.Text("h1"), child.Text("p"))
	// Output: Around 1
}
