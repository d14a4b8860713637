package node

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// fragile is the state of a page whose callbacks fail.
type fragile struct {
	Seen  Spans
	Twice bool // an event came again
	Big   string
}

type fragileView struct{}

var fragilePage = liveview.MustParse[fragile](`<p id="fragile">{{.Seen}}{{if .Twice}}twice{{end}}</p><pre>{{.Big}}</pre>`)

func (fragileView) Mount(c *gin.Context, _ *liveview.Socket[fragile]) error {
	switch c.Query("mount") {
	case "panic":
		panic("as asked")
	case "error":
		return errors.New("as asked")
	case "exit":
		runtime.Goexit()
	}
	return nil
}

func (fragileView) HandleEvent(s *liveview.Socket[fragile], e liveview.Event) error {
	n, err := strconv.Atoi(e.Value("n"))
	if err != nil {
		return err
	}
	switch e.Name {
	case "panic":
		panic("as asked")
	case "error":
		return errors.New("as asked")
	case "exit":
		runtime.Goexit()
	case "block":
		time.Sleep(time.Duration(n%20) * 100 * time.Millisecond) // as one that waits for a database
	case "big":
		s.Assign(func(f *fragile) { f.Big = strings.Repeat(strconv.Itoa(n%10), 300<<10) })
	case "small":
		s.Assign(func(f *fragile) { f.Big = "" })
	}
	s.Assign(func(f *fragile) {
		if n > f.Seen.Last() {
			f.Seen = f.Seen.With(n)
		} else {
			f.Twice = true
		}
	})
	return nil
}

func (fragileView) Restore(s *liveview.Socket[fragile], saved fragile) error {
	s.Assign(func(f *fragile) { f.Seen = saved.Seen })
	return nil
}

func (fragileView) Render(f fragile) liveview.Rendered { return fragilePage.Render(f) }
