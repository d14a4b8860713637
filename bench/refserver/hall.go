package main

import (
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// hall is the state of /hall/:room, a page of a crowd: it counts clicks, and hears numbers
// that are told in its room.
type hall struct {
	Room                string
	Count, Heard, Lacks int
}

var hallPage = liveview.MustParse[hall](`<div><h1>Hall</h1><b>{{.Count}}</b><i>{{.Heard}}</i><u>{{.Lacks}}</u><button phx-click="inc">+</button></div>`)

// halls is the view, and what there is of it in this process.
type halls struct {
	asked, most atomic.Int64 // who asks the database just now, and how many did at once

	mu   sync.Mutex // guards told
	told map[string]int
}

type toldIn struct{ N int }

// Mount asks a database, which takes a while to answer.
func (h *halls) Mount(c *gin.Context, s *liveview.Socket[hall]) error {
	room := c.Param("room")
	s.Assign(func(state *hall) { state.Room = room })
	if !s.Connected() {
		return nil
	}
	for n, most := h.asked.Add(1), h.most.Load(); n > most && !h.most.CompareAndSwap(most, n); most = h.most.Load() {
	}
	time.Sleep(time.Millisecond)
	h.asked.Add(-1)
	_, err := s.Subscribe("hall-" + room)
	return err
}

func (h *halls) HandleEvent(s *liveview.Socket[hall], e liveview.Event) error {
	switch e.Name {
	case "inc":
		s.Assign(func(state *hall) { state.Count++ })
	case "tell":
		room := s.State().Room
		h.mu.Lock()
		defer h.mu.Unlock()
		h.told[room]++
		return s.Publish("hall-"+room, toldIn{h.told[room]})
	}
	return nil
}

func (h *halls) HandleInfo(s *liveview.Socket[hall], info any) error {
	t, isTold := info.(toldIn)
	s.Assign(func(state *hall) {
		if !isTold || state.Heard > 0 && t.N != state.Heard+1 {
			state.Lacks++
		}
		state.Heard = max(state.Heard, t.N)
	})
	return nil
}

func (h *halls) Render(state hall) liveview.Rendered { return hallPage.Render(state) }

// figures says what there is of it, once all that can be collected has been.
func (h *halls) figures(c *gin.Context) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.mu.Lock()
	defer h.mu.Unlock()
	c.JSON(http.StatusOK, gin.H{"heap": m.HeapAlloc, "goroutines": runtime.NumGoroutine(), "asked": h.most.Load(), "told": h.told})
}
