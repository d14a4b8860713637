package page_test

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/ui"
	"github.com/gin-liveview/liveview/example/ui/templui/page"
	"github.com/gin-liveview/liveview/liveviewtest"
)

//go:embed page.html
var source string

// The components of templ have the HTML that those of html/template have, as a page begins, with
// errors, with another row and with files.
func TestSameAsTemplates(t *testing.T) {
	gin.SetMode(gin.TestMode)
	v := liveview.ViewFuncs[page.Shown]{
		Mount: func(c *gin.Context, s *liveview.Socket[page.Shown]) error {
			s.Assign(func(st *page.Shown) {
				st.Form = liveview.FormOf(page.Dish{Name: "Soup", Spice: 2, Kind: "b", With: []string{"a"}, Guests: []page.Guest{{Name: "Ann"}}}, liveview.As("dish"))
				st.Options = ui.Options("a", "A", "b", "B")
				st.Groups = []liveview.OptionGroup{{Label: "None", Options: []string{"c"}}, {Label: "Some", Options: st.Options}}
				st.Closed = c.Request.URL.Path + "?page=3"
				st.Pages = ui.PagesOf(200, 10, 9)
			})
			return s.AllowUpload("photos", liveview.UploadConfig{Accept: []string{".jpg", ".txt"}, MaxEntries: 2, MaxFileSize: 9})
		},
		Events: liveview.Events[page.Shown]{},
	}
	for _, event := range []string{"check", "save"} {
		v.Events[event] = func(s *liveview.Socket[page.Shown], e liveview.Event) error {
			s.Assign(func(st *page.Shown) { st.Form = st.Form.Apply(e) })
			return nil
		}
	}
	byTemplate, byTempl := v, v
	byTemplate.Template = liveview.MustParseSource[page.Shown](ui.Source(source))
	byTempl.Component = func(st page.Shown) liveview.Component { return page.Page(st) }
	r := gin.New()
	r.Use(liveview.Middleware())
	byTemplate.Params = func(*gin.Context, *liveview.Socket[page.Shown]) error { return nil }
	byTempl.Params = byTemplate.Params
	liveview.Handle(r, "/template", byTemplate)
	liveview.Handle(r, "/templ", byTempl)

	views := [2]*liveviewtest.View{liveviewtest.Open(t, r, "/template"), liveviewtest.Open(t, r, "/templ")}
	for _, step := range []struct {
		name string
		do   func(v *liveviewtest.View)
	}{
		{"as it begins", func(*liveviewtest.View) {}},
		{"with errors", func(v *liveviewtest.View) {
			v.Submit("#dish", "dish[name]", "much too long a name", "dish[guests][0][name]", "")
		}},
	} {
		var seen [2][]string
		for i, v := range views {
			step.do(v)
			seen[i] = lines(strings.ReplaceAll(v.HTML(), "/templ?", "/template?"))
		}
		if step.name != "as it begins" && !strings.Contains(strings.Join(seen[0], "\n"), "ui-error") {
			t.Errorf("%s: there are none", step.name)
		}
		for i := range max(len(seen[0]), len(seen[1])) {
			a, b := at(seen[0], i), at(seen[1], i)
			if a != b {
				t.Fatalf("%s: the template has\n%s\nand templ\n%s\nafter %s", step.name, a, b, at(seen[0], i-1))
			}
		}
	}
}

func at(list []string, i int) string {
	if i < 0 || i >= len(list) {
		return "nothing"
	}
	return list[i]
}

var ref = regexp.MustCompile(`"phx-[\w-]{15}`) // of the upload, another one on each page

// lines are the tags and texts of a page, as browsers understand them.
func lines(page string) []string {
	z := html.NewTokenizer(strings.NewReader(page))
	var all []string
	for {
		switch z.Next() {
		case html.ErrorToken:
			return all
		case html.TextToken:
			if text := strings.Join(strings.Fields(string(z.Text())), " "); text != "" {
				all = append(all, text)
			}
		default:
			token := z.Token()
			token.Attr = slices.DeleteFunc(token.Attr, func(a html.Attribute) bool { return strings.HasPrefix(a.Key, "data-phx-") })
			slices.SortFunc(token.Attr, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
			all = append(all, ref.ReplaceAllString(token.String(), `"phx-ref`))
		}
	}
}
