package liveview_test

import (
	"math/rand/v2"
	"net/http"
	"regexp"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

type savedProduct struct {
	Name     string         `form:"name" binding:"required,max=20"`
	Price    int            `form:"price" binding:"gte=1"`
	Tags     []string       `form:"tags"`
	Variants []savedVariant `form:"variants" binding:"max=4"`
}

type savedVariant struct {
	SKU   string `form:"sku" binding:"required"`
	Stock int    `form:"stock"`
}

type savedFormState struct {
	Form liveview.Form[savedProduct]
}

func savedFormApp() http.Handler {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")}))
	change := func(s *liveview.Socket[savedFormState], e liveview.Event) error {
		s.Assign(func(st *savedFormState) { st.Form = st.Form.Apply(e) })
		return nil
	}
	liveview.Handle(r, "/", liveview.ViewFuncs[savedFormState]{
		Template: liveview.MustParse[savedFormState](`<form id="f" novalidate phx-change="change" phx-submit="save">
			{{with .Form.Field "name"}}<input {{attrs .Attrs}}><i id="name-error">{{.Error}}</i>{{end}}
			{{with .Form.Field "price"}}<input {{attrs .Attrs}}><i id="price-error">{{.Error}}</i>{{end}}
			{{range .Form.List "variants"}}<p id="{{.ID}}">{{with .Field "sku"}}<input {{attrs .Attrs}}><i>{{.Error}}</i>{{end}}{{with .Field "stock"}}<input {{attrs .Attrs}}>{{end}}
			{{with .Drop}}<input type="checkbox" name="{{.Name}}" value="{{.Value}}">{{end}}</p>{{end}}
			{{with .Form.Add "variants"}}<input type="checkbox" id="add" name="{{.Name}}" value="{{.Value}}">{{end}}<button>save</button></form>
			<p id="all">{{printf "%+v %v %v" .Form.Value .Form.Errors .Form.Changed}}</p>`),
		Mount: func(_ *gin.Context, s *liveview.Socket[savedFormState]) error {
			s.Assign(func(st *savedFormState) {
				st.Form = liveview.FormOf(savedProduct{Name: "chair", Price: 3, Variants: []savedVariant{{"a", 1}, {"b", 2}}}, liveview.As("product"))
			})
			return nil
		},
		Events: liveview.Events[savedFormState]{"change": change, "save": change},
		Restore: func(s *liveview.Socket[savedFormState], saved savedFormState) error {
			s.Assign(func(st *savedFormState) { st.Form = saved.Form })
			return nil
		},
	})
	return r
}

// tick ticks the one of the boxes of that name that has the value.
func tick(v *liveviewtest.View, name, value string) {
	if v.Count("[name='"+name+"']") == 1 {
		v.Change("#f", name, true)
		return
	}
	v.Change("#f", name, []string{value})
}

// A form in a state that is restored has what was typed, where the user has been, and its
// rows, whatever was done to it.
func TestFormIsRestored(t *testing.T) {
	for range 30 {
		seed := rand.Uint64()
		rnd := rand.New(rand.NewPCG(seed, 0))
		v := liveviewtest.Open(t, savedFormApp(), "/")
		for range 6 {
			switch rows := v.Find("#f p"); rnd.IntN(6) {
			case 0:
				v.Change("#f", "product[name]", []string{"", "table", "a name that is much too long"}[rnd.IntN(3)])
			case 1:
				v.Change("#f", "product[price]", []string{"", "x", "0", "12"}[rnd.IntN(4)])
			case 2:
				if rows.Length() > 0 {
					name, _ := rows.Eq(rnd.IntN(rows.Length())).Find("input").First().Attr("name")
					v.Change("#f", name, []string{"", "sku"}[rnd.IntN(2)])
				}
			case 3:
				value, _ := v.Find("#add").Attr("value")
				tick(v, "product[variants_sort][]", value)
			case 4:
				if rows.Length() > 0 {
					box := rows.Eq(rnd.IntN(rows.Length())).Find("input[type=checkbox]")
					name, _ := box.Attr("name")
					value, _ := box.Attr("value")
					tick(v, name, value)
				}
			default:
				v.Submit("#f")
			}
		}
		// The box that has the focus keeps its value on a live page.
		box := regexp.MustCompile(`value="new-[0-9]+"`)
		want := box.ReplaceAllString(v.HTML(), "")
		v.Restart()
		if got := box.ReplaceAllString(v.HTML(), ""); got != want {
			t.Fatalf("seed %d: after the restart it is\n%s\nwant\n%s", seed, got, want)
		}
	}
}
