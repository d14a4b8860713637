package dashboard

import (
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// runtimeState is the page of the Go runtime.
type runtimeState struct {
	place
	Charts []chart
	Facts  []fact
}

type runtimeView struct{ board *Board }

var runtimeTemplate = liveview.MustParseSource[runtimeState](source("runtime.html"))

func (v runtimeView) Mount(c *gin.Context, s *liveview.Socket[runtimeState]) error {
	p := open(c, s, v.board, "/runtime", "Runtime")
	show := func() { s.Assign(func(st *runtimeState) { *st = v.board.runtimeNow(p) }) }
	show()
	s.Repeat(refresh, show)
	return nil
}

func (runtimeView) Render(st runtimeState) liveview.Rendered { return runtimeTemplate.Render(st) }

func (b *Board) runtimeNow(p place) runtimeState {
	samples := b.history.all()
	newest, stats := b.history.newest(), b.lv.Stats()
	st := runtimeState{place: p, Charts: []chart{
		chartOf("Heap", samples, func(s sample) float64 { return float64(s.runtime.Heap) }, bytesText),
		chartOf("Memory mapped", samples, func(s sample) float64 { return float64(s.runtime.Memory) }, bytesText),
		chartOf("Goroutines", samples, func(s sample) float64 { return float64(s.runtime.Goroutines) }, countText),
		chartOf("CPU for garbage", samples, func(s sample) float64 { return s.runtime.GCShare }, percentText),
		chartOf("Longest GC pause", samples, func(s sample) float64 { return s.runtime.Pause.Seconds() }, secondsText),
		chartOf("Wait to run, 99 %", samples, func(s sample) float64 { return s.runtime.Latency.Seconds() }, secondsText),
		chartOf("Upload bytes", samples, func(s sample) float64 { return float64(s.UploadBytes) }, bytesText),
		chartOf("Joins that wait", samples, func(s sample) float64 { return float64(s.MountsWaiting) }, countText),
	}}
	st.Facts = []fact{
		{"Go", runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		{"Processors", strconv.Itoa(runtime.GOMAXPROCS(0))},
		{"Started", agoText(b.started)},
		{"GC cycles", strconv.FormatUint(newest.runtime.Cycles, 10)},
		{"Phoenix LiveView client", liveview.PhoenixLiveViewVersion},
		{"Sent to browsers", bytesText(float64(stats.BytesSent))},
		{"Received", bytesText(float64(stats.BytesReceived))},
		{"Sockets refused by address", strconv.FormatUint(stats.RefusedSockets, 10)},
		{"Files being sent", strconv.Itoa(newest.UploadFiles)},
		{"Loads that wait", strconv.Itoa(newest.LoadsWaiting)},
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		st.Facts = append(st.Facts, fact{"Program", info.Main.Path})
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				st.Facts = append(st.Facts, fact{"Revision", s.Value})
			}
		}
	}
	return st
}
