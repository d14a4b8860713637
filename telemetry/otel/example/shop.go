package main

import (
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/pubsub"
)

// sold tells of so many that were sold.
type sold struct{ N int }

func init() { pubsub.Register[sold]("shop.sold") }

// shop is the state of the page.
type shop struct{ Sold, Photos int }

var shopPage = liveview.MustParse[shop](`<h1>A shop</h1>
<p>{{.Sold}} sold, {{.Photos}} photos</p>
<button phx-click="sell">Sell</button> <button phx-click="report">Report</button> <button phx-click="price">Price</button>
<form id="photos" phx-change="look" phx-submit="keep">{{with upload "photos"}}{{.FileInput}}{{end}}<button>Keep</button></form>
<form id="note" phx-change="note"><label>Note <textarea name="note"></textarea></label></form>`)

// shopView is a shop in which things go wrong.
type shopView struct{}

func (shopView) Mount(_ *gin.Context, s *liveview.Socket[shop]) error {
	if s.Connected() {
		if _, err := s.Subscribe("sold"); err != nil {
			return err
		}
	}
	return s.AllowUpload("photos", liveview.UploadConfig{MaxEntries: 3})
}

func (shopView) HandleEvent(s *liveview.Socket[shop], e liveview.Event) error {
	switch e.Name {
	case "sell":
		return s.Publish("sold", sold{1})
	case "report":
		time.Sleep(slowQuery)
	case "price":
		return errors.New(`column "price" doesn't exist`)
	case "keep":
		n, err := liveview.ConsumeUploadedEntries(s, "photos", func(string, liveview.UploadEntry) (int, error) { return 1, nil })
		s.Assign(func(st *shop) { st.Photos += len(n) })
		return err
	case "look", "note":
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

// slowQuery is how long a query without an index takes.
const slowQuery = 300 * time.Millisecond

func (shopView) HandleInfo(s *liveview.Socket[shop], info any) error {
	if more, ok := info.(sold); ok {
		s.Assign(func(st *shop) { st.Sold += more.N })
	}
	return nil
}

func (shopView) Render(st shop) liveview.Rendered { return shopPage.Render(st) }
