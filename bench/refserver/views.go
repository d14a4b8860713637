package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// count is the state of /counter and /broadcast.
type count struct{ Count int }

var counterPage = liveview.MustParse[count](
	`<div><h1>Counter</h1><span id="count">{{.Count}}</span><button phx-click="inc">+</button></div>`)

type counter struct{}

func (counter) HandleEvent(s *liveview.Socket[count], e liveview.Event) error {
	if e.Name == "inc" {
		s.Assign(func(c *count) { c.Count++ })
	}
	return nil
}

func (counter) Render(c count) liveview.Rendered { return counterPage.Render(c) }

var broadcastPage = liveview.MustParse[count](
	`<div><h1>Broadcast</h1><span id="count">{{.Count}}</span><button phx-click="fire">fire</button></div>`)

type fired struct{}

type broadcast struct{}

func (broadcast) Mount(_ *gin.Context, s *liveview.Socket[count]) error {
	_, err := s.Subscribe("b")
	return err
}

func (broadcast) HandleEvent(s *liveview.Socket[count], e liveview.Event) error {
	if e.Name == "fire" {
		return s.Publish("b", fired{})
	}
	return nil
}

func (broadcast) HandleInfo(s *liveview.Socket[count], _ any) error {
	s.Assign(func(c *count) { c.Count++ })
	return nil
}

func (broadcast) Render(c count) liveview.Rendered { return broadcastPage.Render(c) }

// row is one article: each view has its own stock of the shared catalogue.
type row struct {
	ID, Qty int32
	Name    string
	Price   string
	Status  string
}

// catalogue is what a new view's rows are copied from.
var catalogue = func() []row {
	rows := make([]row, 1000)
	for i := range rows {
		rows[i] = row{
			ID:     int32(i + 1),
			Qty:    int32(i % 100),
			Name:   fmt.Sprintf("Item %04d", i+1),
			Price:  fmt.Sprintf("%.2f", float64(i+1)*1.37),
			Status: [...]string{"in stock", "low", "sold out"}[i%3],
		}
	}
	return rows
}()

type stock struct{ Rows []row }

var tablePage = liveview.MustParse[stock](`<div><button phx-click="touch">touch</button><table><thead><tr><th>id</th><th>name</th><th>qty</th><th>price</th><th>status</th></tr></thead><tbody>
{{range .Rows}}<tr id="row-{{.ID}}"><td>{{.ID}}</td><td>{{.Name}}</td><td>{{.Qty}}</td><td>{{.Price}}</td><td>{{.Status}}</td></tr>
{{end}}</tbody></table></div>`)

type table struct{}

func (table) Mount(_ *gin.Context, s *liveview.Socket[stock]) error {
	s.Assign(func(c *stock) { c.Rows = append([]row(nil), catalogue...) })
	return nil
}

func (table) HandleEvent(s *liveview.Socket[stock], e liveview.Event) error {
	if e.Name == "touch" {
		s.Assign(func(c *stock) { c.Rows[rand.IntN(len(c.Rows))].Qty = rand.Int32N(100) })
	}
	return nil
}

func (table) Render(c stock) liveview.Rendered { return tablePage.Render(c) }

// cards is the state of /cards: a page of 1,000 live components, which show the rows of the
// catalogue.
type cards struct {
	Title int
	Rows  []row
}

var cardsPage = liveview.MustParseSource[cards](liveview.Source{
	Text: `<div><h1>{{.Title}}</h1><button phx-click="title">title</button><button phx-click="rename">rename</button><ul>{{range .Rows}}{{card .ID .}}
{{end}}</ul></div>`,
	Live: map[string]liveview.AnyLive{"card": liveview.NewLive[card, row](cardComponent{})},
})

type cardsView struct{}

func (cardsView) Mount(_ *gin.Context, s *liveview.Socket[cards]) error {
	s.Assign(func(c *cards) { c.Rows = append([]row(nil), catalogue...) })
	return nil
}

func (cardsView) HandleEvent(s *liveview.Socket[cards], e liveview.Event) error {
	s.Assign(func(c *cards) {
		switch e.Name {
		case "title":
			c.Title++
		case "rename":
			c.Rows[rand.IntN(len(c.Rows))].Qty = rand.Int32N(100)
		}
	})
	return nil
}

func (cardsView) Render(c cards) liveview.Rendered { return cardsPage.Render(c) }

// card is the state of one of them.
type card struct {
	Row    row
	Clicks int
}

type cardComponent struct{}

var cardPage = liveview.MustParse[card](`<li><b>{{.Row.Name}}</b> {{.Row.Qty}} <button phx-click="open" phx-target="{{myself}}">{{.Clicks}}</button>{{if gt .Row.Qty 50}}<i>{{.Row.Status}}</i>{{end}}</li>`)

func (cardComponent) Update(s *liveview.Socket[card], r row) error {
	s.Assign(func(c *card) { c.Row = r })
	return nil
}

func (cardComponent) HandleEvent(s *liveview.Socket[card], _ liveview.Event) error {
	s.Assign(func(c *card) { c.Clicks++ })
	return nil
}

func (cardComponent) Render(c card) liveview.Rendered { return cardPage.Render(c) }

// entries is the state of /stream: a list that the page keeps, of 10,000 rows at first.
type entries struct {
	Rows  liveview.Stream[row]
	Front int32 // the id of the entry that is put in next
	Back  int32 // of the entry that is taken out next
}

var entriesPage = liveview.MustParse[entries](`<div><button phx-click="post">post</button><button phx-click="drop">drop</button><ul id="rows" phx-update="stream">{{range $id, $r := .Rows.All}}
<li id="{{$id}}"><b>{{$r.Name}}</b> {{$r.Qty}} {{$r.Status}}</li>{{end}}
</ul></div>`)

type stream struct{}

func (stream) Mount(_ *gin.Context, s *liveview.Socket[entries]) error {
	s.Assign(func(c *entries) {
		rows := make([]row, 0, 10*len(catalogue))
		for range 10 {
			for _, r := range catalogue {
				r.ID = int32(len(rows) + 1)
				rows = append(rows, r)
			}
		}
		c.Rows.InsertAll(rows)
		c.Front = int32(len(rows) + 1)
	})
	return nil
}

func (stream) HandleEvent(s *liveview.Socket[entries], e liveview.Event) error {
	s.Assign(func(c *entries) {
		switch e.Name {
		case "post":
			r := catalogue[int(c.Front)%len(catalogue)]
			r.ID = c.Front
			c.Front++
			c.Rows.InsertAt(0, r)
		case "drop":
			c.Back++
			c.Rows.Delete(row{ID: c.Back})
		}
	})
	return nil
}

func (stream) Render(c entries) liveview.Rendered { return entriesPage.Render(c) }
