package liveview_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type signedState struct{ ID, Got string }

// A signed value comes back as what it was, and known as signed; one that is changed, or
// brought for another name, view or visitor, doesn't reach the view.
func TestSignedValues(t *testing.T) {
	view := func() *testView[signedState] {
		v := &testView[signedState]{template: liveview.MustParse[signedState](`<i data-t="{{signed "id" .ID}}"></i><u data-t="{{signed "order[id]" .ID}}"></u>{{.Got}}`)}
		v.onMount = func(_ *gin.Context, s *liveview.Socket[signedState]) error {
			s.Assign(func(st *signedState) { st.ID = "7.a b&c=" })
			return nil
		}
		v.onEvent = func(s *liveview.Socket[signedState], e liveview.Event) error {
			var got []string
			for _, name := range []string{"id", "order[id]", "other"} {
				value, ok := e.Signed(name)
				got = append(got, fmt.Sprint(e.Value(name), "|", value, "|", ok))
			}
			var bound struct {
				ID    string `form:"id" json:"id"`
				Other string `form:"other" json:"other"`
			}
			if err := e.Bind(&bound); err != nil {
				return err
			}
			s.Assign(func(st *signedState) { st.Got = strings.Join(got, ", ") + " " + bound.ID })
			return nil
		}
		return v
	}
	type otherView struct{ *testView[signedState] }
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) {
			if user := c.Query("user"); user != "" {
				liveview.Identify(c, user)
			}
		})
		liveview.Handle(r, "/", view())
		liveview.Handle(r, "/other", otherView{view()})
	})
	tokens := regexp.MustCompile(`data-t="([^"]*)"`)
	unescape := strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#39;", "'", "&#34;", `"`)
	signed := func(p *client, of int) string {
		return unescape.Replace(tokens.FindAllStringSubmatch(p.page.body, -1)[of][1])
	}
	ann := site.visitor()
	c := ann.get("/").connect()
	c.join()
	token, nested := signed(c, 0), signed(c, 1)
	if !strings.HasSuffix(token, ".7.a b&c=") {
		t.Errorf("the token is %s", token)
	}
	if again := ann.get("/").connect(); signed(again, 0) != token {
		t.Error("the same value is signed otherwise on each render, and would be sent each time")
	}
	got := func(diff map[string]any) string { return fmt.Sprint(diff["2"]) }
	click := func(value map[string]any) string {
		return got(c.diffOf(map[string]any{"type": "click", "event": "x", "value": value}))
	}
	if s := click(map[string]any{"id": token, "other": "a"}); s != "7.a b&amp;c=|7.a b&amp;c=|true, ||false, a||false 7.a b&amp;c=" {
		t.Errorf("a click brings %s", s)
	}
	if s := click(map[string]any{"id": "7"}); s != "7||false, ||false, ||false 7" {
		t.Errorf("a click without a signature brings %s", s)
	}
	form := url.Values{"id": {token}, "order[id]": {nested}, "other": {"x"}}.Encode()
	if s := got(c.diffOf(map[string]any{"type": "form", "event": "x", "value": form})); s != "7.a b&amp;c=|7.a b&amp;c=|true, 7.a b&amp;c=|7.a b&amp;c=|true, x||false 7.a b&amp;c=" {
		t.Errorf("a form brings %s", s)
	}
	before := strings.Count(site.log.String(), "event not handled")
	foreign := []string{token + "1", strings.Replace(token, "lv-signed.", "lv-signed.A", 1), "lv-signed.", "lv-signed..7", nested}
	for _, p := range []*page{site.visitor().get("/"), ann.get("/other"), ann.get("/?user=ann")} {
		foreign = append(foreign, signed(p.connect(), 0))
	}
	for _, bad := range foreign {
		for _, payload := range []map[string]any{
			{"type": "click", "event": "x", "value": map[string]any{"id": bad}},
			{"type": "form", "event": "x", "value": url.Values{"id": {bad}}.Encode()},
			{"type": "form", "event": "x", "value": "", "meta": map[string]any{"id": bad}},
		} {
			if diff := c.diffOf(payload); len(diff) != 0 {
				t.Errorf("%v brings %v", payload, diff)
			}
		}
	}
	log := site.log.String()
	if n := strings.Count(log, "a signed value isn't what was signed for this view or live component, name and visitor"); n == 0 || before != 0 {
		t.Errorf("the log doesn't say so:\n%s", log)
	}
}
