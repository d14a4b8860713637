package main

import (
	"net/http"
	"runtime"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// figures says what there is in this process, once all that can be collected has been.
// Timers are counted where the program was told to note every allocation.
func figures(lv *liveview.App) gin.HandlerFunc {
	return func(c *gin.Context) {
		for range 3 { // of what is freed by a finalizer, or noted in the profile, a collection later
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		stats := lv.Stats()
		c.JSON(http.StatusOK, gin.H{
			"heap": m.HeapAlloc, "objects": m.HeapObjects, "goroutines": runtime.NumGoroutine(), "timers": timers(),
			"sockets": stats.Sockets, "browsers": stats.Browsers, "views": stats.Views, "kept": stats.Kept,
		})
	}
}

// timers counts the timers that are in memory, whether they run or not.
func timers() (n int64) {
	n, _ = profiled(func(function string) bool {
		return function == "time.newTimer" || function == "time.NewTimer" || function == "time.AfterFunc"
	})
	return n
}

// profiled returns how many objects there are, and of how many bytes, that were made below
// a function.
func profiled(is func(function string) bool) (objects, bytes int64) {
	records := make([]runtime.MemProfileRecord, 1000)
	for {
		n, ok := runtime.MemProfile(records, false)
		if ok {
			records = records[:n]
			break
		}
		records = make([]runtime.MemProfileRecord, n+1000)
	}
	for i := range records {
		frames := runtime.CallersFrames(records[i].Stack())
		for more := true; more; {
			var frame runtime.Frame
			if frame, more = frames.Next(); strings.HasPrefix(frame.Function, "runtime.") {
				continue
			}
			if is(frame.Function) {
				objects += records[i].InUseObjects()
				bytes += records[i].InUseBytes()
			}
			break // it is who asked for the memory
		}
	}
	return objects, bytes
}
