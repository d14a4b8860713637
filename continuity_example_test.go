package liveview_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/store/storetest"
)

// Basket is the state of a page: what the visitor has picked, and what there is.
type Basket struct {
	Picked []string
	Goods  []string `cbor:"-"` // what Mount loads isn't saved
}

type basketView struct{}

func (basketView) Mount(_ *gin.Context, s *liveview.Socket[Basket]) error {
	s.Assign(func(b *Basket) { b.Goods = []string{"apples", "pears"} })
	return nil
}

func (basketView) HandleEvent(s *liveview.Socket[Basket], e liveview.Event) error {
	s.Assign(func(b *Basket) { b.Picked = append(b.Picked, e.Value("what")) })
	return nil
}

// Restore gives the visitor back what was picked, at another process.
func (basketView) Restore(s *liveview.Socket[Basket], saved Basket) error {
	s.Assign(func(b *Basket) { b.Picked = saved.Picked })
	return nil
}

// Migrate takes the state of the version before, which had one thing at most.
func (basketView) Migrate(old liveview.SavedState) (Basket, error) {
	var was struct{ Picked string }
	if err := old.Decode(&was); err != nil {
		return Basket{}, err
	}
	return Basket{Picked: []string{was.Picked}}, nil
}

var basketPage = liveview.MustParse[Basket](`<p id="picked">{{range .Picked}}{{.}} {{end}}</p>
{{range .Goods}}<button phx-click="pick" phx-value-what="{{.}}">{{.}}</button>{{end}}`)

func (basketView) Render(b Basket) liveview.Rendered { return basketPage.Render(b) }

// A view whose state outlives its process. In production the store is one of store/bolt,
// store/redis and store/nats; a deploy by App.Shutdown needs none.
func ExampleRestorer() {
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{
		Secret:    liveview.NewSecret("a secret that all nodes have, of 32 bytes and more"),
		Store:     &storetest.Memory{},
		StoreTime: 12 * time.Hour,
	}))
	liveview.Handle(r, "/basket", basketView{})
}

// What the example shows comes back.
func TestExampleOfARestorer(t *testing.T) {
	node := func() http.Handler {
		gin.SetMode(gin.TestMode)
		r := gin.New()
		r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret("a secret that all nodes have, of 32 bytes and more")}))
		liveview.Handle(r, "/basket", basketView{})
		return r
	}
	v := liveviewtest.Open(t, node(), "/basket")
	v.Click("button", "pears")
	v.RestartAs(node())
	if got := v.Text("#picked"); got != "pears" {
		t.Errorf("picked are %q", got)
	}
}
