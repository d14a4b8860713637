package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// journey is the state of a page with much half done in it: a wizard at some step, what
// was entered in its form, cards that are open and a list. All of it comes of numbered
// events, and the page says which ones it has seen, so that one which is lost, or handled
// twice, shows.
type journey struct {
	Step  int
	Name  string
	Open  [3]bool // the cards
	Items []int   // the list: numbers of the events that added to it
	Seen  []int   // the numbers of all events, in the order in which they came
}

// All is the whole of it: what a client that doesn't read HTML finds in its frames.
func (j journey) All() string {
	return fmt.Sprintf("[[step=%d name=%s open=%v items=%v seen=%v]]", j.Step, j.Name, j.Open, j.Items, j.Seen)
}

type journeyView struct{ node string }

// deck is a live component of the page that counts, with numbered events of its own.
type deck struct {
	ID   int
	Seen []int
}

// All is that of journey.
func (d deck) All() string { return fmt.Sprintf("((%d seen=%v))", d.ID, d.Seen) }

type deckView struct{}

var deckPage = liveview.MustParse[deck](`<p id="deck-{{.ID}}"><button id="more-{{.ID}}" phx-click="more" phx-target="{{myself}}">{{.All}}</button></p>`)

func (deckView) Update(s *liveview.Socket[deck], id int) error {
	s.Assign(func(d *deck) { d.ID = id })
	return nil
}

func (deckView) HandleEvent(s *liveview.Socket[deck], e liveview.Event) error {
	n, err := strconv.Atoi(e.Value("n"))
	s.Assign(func(d *deck) { d.Seen = append(d.Seen[:len(d.Seen):len(d.Seen)], n) })
	return err
}

func (deckView) Restore(s *liveview.Socket[deck], saved deck) error {
	s.Assign(func(d *deck) { d.Seen = saved.Seen })
	return nil
}

func (deckView) Render(d deck) liveview.Rendered { return deckPage.Render(d) }

var journeyPage = liveview.MustParseSource[journeyData](liveview.Source{
	Live: map[string]liveview.AnyLive{"deck": liveview.NewLive[deck, int](deckView{})},
	Text: `<p id="node">{{.Node}}</p><p id="all">{{.All}}</p>
<button id="next" phx-click="next">{{.Step}}</button><button id="add" phx-click="add">add</button>
{{range $i, $open := .Open}}<button id="card-{{$i}}" phx-click="card" phx-value-at="{{$i}}">{{if $open}}<i>open</i>{{end}}</button>{{end}}
<form id="form" phx-change="name"><input id="name" name="name" value="{{.Name}}"><input id="n" type="hidden" name="n" value="0"></form>
<ul>{{range .Items}}<li>{{.}}</li>{{end}}</ul>{{deck 1 1}}{{deck 2 2}}`,
})

// journeyData is what the page shows: the state, and where it is.
type journeyData struct {
	journey
	Node string
}

func (journeyView) HandleEvent(s *liveview.Socket[journey], e liveview.Event) error {
	n, err := strconv.Atoi(e.Value("n"))
	if err != nil {
		return err
	}
	s.Assign(func(j *journey) {
		switch e.Name {
		case "next":
			j.Step++
		case "card":
			at, _ := strconv.Atoi(e.Value("at"))
			j.Open[at%len(j.Open)] = !j.Open[at%len(j.Open)]
		case "name":
			j.Name = strings.Clone(e.Value("name"))
		case "add":
			j.Items = append(j.Items[:len(j.Items):len(j.Items)], n)
		}
		if n > 0 { // or somebody types
			j.Seen = append(j.Seen[:len(j.Seen):len(j.Seen)], n)
		}
	})
	return nil
}

func (journeyView) Mount(_ *gin.Context, _ *liveview.Socket[journey]) error { return nil }

func (journeyView) Restore(s *liveview.Socket[journey], saved journey) error {
	s.Assign(func(j *journey) { *j = saved })
	return nil
}

func (v journeyView) Render(j journey) liveview.Rendered {
	return journeyPage.Render(journeyData{j, v.node})
}
