package main

import (
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// sheet is what the form of /form is bound to: 100 fields, of 10 types and rules.
type sheet struct {
	A part `form:"a"`
	B part `form:"b"`
	C part `form:"c"`
	D part `form:"d"`
	E part `form:"e"`
	F part `form:"f"`
	G part `form:"g"`
	H part `form:"h"`
	I part `form:"i"`
	J part `form:"j"`
}

type part struct {
	Name  string  `form:"name" binding:"required,max=400"`
	Email string  `form:"email" binding:"omitempty,email"`
	Price float64 `form:"price" binding:"gte=0"`
	Count int     `form:"count" binding:"min=0,max=1000"`
	Ratio float64 `form:"ratio"`
	Nick  string  `form:"nick"`
	Note  string  `form:"note" binding:"max=4000"`
	City  string  `form:"city"`
	Code  string  `form:"code" binding:"omitempty,alphanum"`
	Kind  string  `form:"kind" binding:"omitempty,oneof=a b c"`
}

type formState struct{ Form liveview.Form[sheet] }

var formPage = liveview.MustParse[formState](formText())

// formText is the page's template.
func formText() string {
	var b strings.Builder
	b.WriteString(`<form id="sheet" phx-change="change">`)
	for _, group := range strings.Split("abcdefghij", "") {
		for _, name := range []string{"name", "email", "price", "count", "ratio", "nick", "note", "city", "code", "kind"} {
			fmt.Fprintf(&b, `{{with .Form.Field "%s[%s]"}}<label for="{{.ID}}">%s</label><input {{attrs .Attrs}}>{{if .Error}}<p id="{{.ErrorID}}">{{.Error}}</p>{{end}}{{end}}`, group, name, name)
		}
	}
	b.WriteString(`</form>`)
	return b.String()
}

type formView struct{}

func (formView) Mount(_ *gin.Context, s *liveview.Socket[formState]) error {
	s.Assign(func(st *formState) { st.Form = liveview.FormOf(sheet{}, liveview.As("f")) })
	return nil
}

func (formView) HandleEvent(s *liveview.Socket[formState], e liveview.Event) error {
	s.Assign(func(st *formState) { st.Form = st.Form.Apply(e) })
	return nil
}

func (formView) Render(st formState) liveview.Rendered { return formPage.Render(st) }
