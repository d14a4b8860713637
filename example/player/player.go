// Package player has a player that goes on while its visitor looks at other pages.
package player

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed player.html
var source string

//go:embed bar.html
var barSource string

var (
	page    = liveview.MustParse[State](source)
	barPage = liveview.MustParse[Bar](barSource)
)

// Record is one that can be played.
type Record struct {
	Path, Name, By string
	Tracks         []Track
}

// Track is a part of a record.
type Track struct {
	Name    string
	Seconds int
}

var records = []Record{
	{"/player/rain", "Rain on a tin roof", "the weather", []Track{{"First drops", 40}, {"Downpour", 95}, {"Gutters", 61}}},
	{"/player/train", "Night train", "the 23:40", []Track{{"Platform", 30}, {"Points", 120}, {"Tunnel", 75}}},
	{"/player/kitchen", "A kitchen", "the neighbours", []Track{{"Kettle", 48}, {"Onions", 90}, {"Plates", 33}}},
}

// Routes serves the pages: the records, and each one. The player stands in all of them,
// and is guarded by what guards them.
func Routes(r gin.IRouter) {
	bar := liveview.NewSticky("player", barView{})
	g := r.Group("/player", listener, bar.Middleware())
	liveview.Handle(g, "", view{bar, nil})
	for i := range records {
		liveview.Handle(g, records[i].Path[len("/player"):], view{bar, &records[i]})
	}
}

// listener gives each visitor a topic, on which pages tell the player what to play: in
// this visitor's other tabs too.
func listener(c *gin.Context) {
	session := sessions.Default(c)
	if session.Get("listener") == nil && !liveview.IsVisit(c) {
		session.Set("listener", rand.Text())
		if err := session.Save(); err != nil {
			_ = c.Error(err)
		}
	}
}

func topicOf(c *gin.Context) string {
	id, _ := sessions.Default(c).Get("listener").(string)
	return "player:" + id
}

// State is what a page shows.
type State struct {
	Player  *liveview.Sticky
	Record  *Record // nil on the page of all
	Records []Record
	topic   string
}

type view struct {
	player *liveview.Sticky
	record *Record
}

// Mount shows the record, and the player.
func (v view) Mount(c *gin.Context, s *liveview.Socket[State]) error {
	s.PageTitle("Player")
	s.Assign(func(st *State) { *st = State{v.player, v.record, records, topicOf(c)} })
	return nil
}

// HandleEvent has the player play a track.
func (v view) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	var n int
	if _, err := fmt.Sscan(e.Value("track"), &n); err != nil || v.record == nil || n < 0 || n >= len(v.record.Tracks) {
		return liveview.ErrUnknownEvent
	}
	if err := s.Publish(s.State().topic, choice{v.record.Path, v.record.Tracks[n]}); err != nil { // whoever is at this process has it
		s.PutFlash("error", "Not everybody could be told.")
	}
	return nil
}

// Render shows the page.
func (view) Render(st State) liveview.Rendered { return page.Render(st) }

// choice is what to play.
type choice struct {
	Path  string
	Track Track
}

// Bar is the state of the player.
type Bar struct {
	Path   string // of the record
	Track  *Track // nil before one is chosen
	At     int    // seconds
	Paused bool
}

type barView struct{}

func (barView) Mount(c *gin.Context, s *liveview.Socket[Bar]) error {
	s.Repeat(time.Second, func() {
		if bar := s.State(); bar.Track != nil && !bar.Paused && bar.At < bar.Track.Seconds {
			s.Assign(func(b *Bar) { b.At++ })
		}
	})
	_, err := s.Subscribe(topicOf(c))
	return err
}

func (barView) HandleInfo(s *liveview.Socket[Bar], info any) error {
	if chosen, ok := info.(choice); ok {
		s.Assign(func(b *Bar) { *b = Bar{Path: chosen.Path, Track: &chosen.Track} })
	}
	return nil
}

func (barView) HandleEvent(s *liveview.Socket[Bar], e liveview.Event) error {
	switch bar := s.State(); {
	case bar.Track == nil:
		return nil
	case e.Name == "pause":
		s.Assign(func(b *Bar) { b.Paused = !b.Paused })
	case e.Name == "show":
		return s.PushRedirect(bar.Path, nil)
	}
	return nil
}

func (barView) Render(b Bar) liveview.Rendered { return barPage.Render(b) }
