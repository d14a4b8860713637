package liveview_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

type productPage struct {
	Form  liveview.Form[product]
	Other int
	Saved string
}

const productForm = `
{{define "input"}}<label for="{{.Field.ID}}">{{.Label}}</label> <input {{attrs .Field.Attrs}}>{{if .Field.Error}}<p id="{{.Field.ErrorID}}">{{.Field.Error}}</p>{{end}}{{end}}
{{define "row"}}<li id="{{.ID}}">
	{{with .Sort}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">{{end}}
	{{with .Field "sku"}}{{template "input" dict "Field" . "Label" "SKU"}}{{end}}
	{{range .List "sizes"}}{{with .Field "cm"}}<input {{attrs .Attrs}}>{{end}}{{end}}
	{{with .Drop}}<label><input type="checkbox" name="{{.Name}}" value="{{.Value}}" id="{{.ID}}"> remove</label>{{end}}
</li>{{end}}
<form id="f" phx-change="change" phx-submit="save">
	{{with .Form.Field "name"}}{{template "input" dict "Field" . "Label" "Name"}}{{end}}
	{{with .Form.Field "price"}}{{template "input" dict "Field" . "Label" "Price"}}{{end}}
	{{with $f := .Form.Field "stock"}}{{template "input" dict "Field" $f "Label" (printf "Stock %d" $.Other)}}{{end}}
	<ul>{{range .Form.List "variants"}}{{template "row" .}}{{end}}</ul>
	{{with .Form.Add "variants"}}<label><input type="checkbox" name="{{.Name}}" value="{{.Value}}" id="{{.ID}}"> add</label>{{end}}
	<button>save</button>
</form><p id="saved">{{.Saved}}</p>`

func productView(start product) *testView[productPage] {
	view := &testView[productPage]{template: liveview.MustParse[productPage](productForm)}
	view.onMount = func(_ *gin.Context, s *liveview.Socket[productPage]) error {
		s.Assign(func(st *productPage) { st.Form = liveview.FormOf(start, liveview.As("p")) })
		return nil
	}
	view.onEvent = func(s *liveview.Socket[productPage], e liveview.Event) error {
		s.Assign(func(st *productPage) {
			st.Other++
			st.Form = st.Form.Apply(e)
			if st.Form.Check("name", st.Form.Value.Name != "taken", "is already taken"); e.Name == "save" && st.Form.Valid() {
				st.Saved = fmt.Sprintf("%s %s %+v", st.Form.Value.Name, st.Form.Value.Price, st.Form.Value.Variants)
			}
		})
		return nil
	}
	return view
}

// A page with a form shows what was typed, errors where the user has been, and rows that
// come and go.
func TestFormOnAPage(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", productView(product{}))
	v := liveviewtest.Open(t, r, "/")
	v.Change("#f", "Price", "1,5")
	v.WaitForText("#p_price-error", "must be a number such as 12.50")
	if v.Has("#p_name-error") {
		t.Error("an error is shown where nobody has been")
	}
	v.Change("#f", "Name", "taken")
	v.WaitForText("#p_name-error", "is already taken")
	v.Change("#p_variants_new", true)
	v.Change("#p_variants_new", true)
	v.Change("#p_variants_0_sku", "a b")
	v.WaitForText("#p_variants_0_sku-error", "may have letters and digits only")
	v.Change("#p_variants_1_sku", "B2")
	v.Change("#p_variants_drop_0", true)
	if v.Has("#p_variants_0") || !v.Has("#p_variants_1") {
		t.Errorf("the rows are %s", v.Text("ul"))
	}
	v.Submit("#f", "Name", "shirt", "Price", "12.5", "p[stock]", "0")
	v.WaitForText("#saved", "shirt 12.50 [{ID:0 SKU:B2 Price:<nil> Sizes:[]}]")
}

// A name that no field of the form has is told when the template is parsed: through with,
// range and template.
func TestParseChecksTheNamesOfAForm(t *testing.T) {
	for text, want := range map[string]string{
		`{{with .Form.Field "nam"}}{{.Name}}{{end}}`:                                                                                                 `the form of liveview_test.product has no field "nam"; did you mean "name"?`,
		`{{range .Form.List "variants"}}{{with .Field "skuu"}}{{.Name}}{{end}}{{end}}`:                                                               `the form of liveview_test.productVariant has no field "skuu"; did you mean "sku"?`,
		`{{define "row"}}{{with $f := .Field "skuu"}}{{$f.Name}}{{end}}{{end}}{{range $i, $r := .Form.List "variants"}}{{template "row" $r}}{{end}}`: `has no field "skuu"; did you mean "sku"?`,
		`{{range .Form.List "variants"}}{{range .List "sizes"}}{{(.Field "mm").Name}}{{end}}{{end}}`:                                                 `the form of liveview_test.size has no field "mm"; did you mean "cm"?`,
		`{{range .Form.List "name"}}{{end}}`:                                                                                                         `"name" of liveview_test.product is no list`,
		`{{with .Form}}{{with .Add "variant"}}{{.Name}}{{end}}{{end}}`:                                                                               `did you mean "variants"?`,
	} {
		if _, err := liveview.Parse[productPage](text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{
		`{{with .Form.Field "maker[city]"}}{{.Name}}{{end}}{{with .Form.Field "titles[de]"}}{{.Name}}{{else}}-{{end}}`,
		`{{range .Form.List "titles"}}{{with .Field ""}}{{.Name}}{{end}}{{end}}`,
		`{{$name := "name"}}{{with .Form.Field $name}}{{.Name}}{{end}}{{range .Form.List "variants" | keyed "Key"}}{{(.Field "sku").Value}}{{end}}`,
	} {
		if _, err := liveview.Parse[productPage](text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A large form is typed into and saved, and none of it is lost.
func TestALargeForm(t *testing.T) {
	type entry struct {
		Name string `form:"name" binding:"required"`
		Text string `form:"text" binding:"max=2000"`
		N    int    `form:"n" binding:"min=0"`
		Code string `form:"code" binding:"omitempty,alphanum"`
	}
	type sheet struct {
		Rows []entry `form:"rows"`
	}
	type state struct {
		Form  liveview.Form[sheet]
		Saved int
	}
	start := sheet{Rows: make([]entry, 500)}
	for i := range start.Rows {
		start.Rows[i] = entry{fmt.Sprint("name ", i), strings.Repeat("text ", 340) + fmt.Sprint(i), i, "A1"}
	}
	var saved sheet
	view := &testView[state]{template: liveview.MustParse[state](`<form id="f" phx-change="change" phx-submit="save">{{range .Form.List "rows"}}
		{{with .Field "name"}}<input {{attrs .Attrs}}>{{if .Error}}<p id="{{.ErrorID}}">{{.Error}}</p>{{end}}{{end}}{{with .Field "text"}}<input {{attrs .Attrs}}>{{end}}
		{{with .Field "n"}}<input {{attrs .Attrs}}>{{end}}{{with .Field "code"}}<input {{attrs .Attrs}}>{{end}}{{end}}<button>save</button></form><p id="saved">{{.Saved}}</p>`)}
	view.onMount = func(_ *gin.Context, s *liveview.Socket[state]) error {
		s.Assign(func(st *state) { st.Form = liveview.FormOf(start) })
		return nil
	}
	view.onEvent = func(s *liveview.Socket[state], e liveview.Event) error {
		s.Assign(func(st *state) {
			if st.Form = st.Form.Apply(e); e.Name == "save" && st.Form.Valid() {
				saved, st.Saved = st.Form.Value, st.Saved+1
			}
		})
		return nil
	}
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", view)
	v := liveviewtest.Open(t, r, "/")
	total := 0
	for _, e := range start.Rows {
		total += len(e.Name) + len(e.Text) + len(fmt.Sprint(e.N)) + len(e.Code)
	}
	if fields := 4 * len(start.Rows); fields != 2000 || total < 850_000 {
		t.Fatalf("the form has %d fields with %d bytes", fields, total)
	}
	v.Change("#rows_250_name", "")
	v.WaitForText("#rows_250_name-error", "is required")
	v.Change("#rows_250_name", "changed")
	v.Submit("#f")
	v.WaitForText("#saved", "1")
	want := sheet{Rows: append([]entry(nil), start.Rows...)}
	want.Rows[250].Name = "changed"
	for i := range want.Rows {
		if i >= len(saved.Rows) || saved.Rows[i] != want.Rows[i] {
			t.Fatalf("row %d is saved as %+v", i, saved.Rows[min(i, len(saved.Rows)-1)])
		}
	}
}
