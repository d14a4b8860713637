package node

import (
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// Figures are what there is in a process once it has nothing to do.
type Figures struct {
	Heap                                    uint64
	Goroutines, Descriptors, Files          int
	Subscriptions, Timers                   int64
	Sockets, Browsers, Users, Views, Kept   int
	Mounting, Loads, UploadFiles            int
	UploadBytes                             int64
	Events, Crashes, Refusals, LimitHits    uint64
	Joins, Restores, Infos, Missed, Patches uint64
}

// String is the part of it that must be as it was.
func (f Figures) String() string {
	return fmt.Sprintf("%d bytes of heap, %d goroutines, %d descriptors, %d files, %d subscriptions, %d timers, after %d joins, %d events, %d infos, %d crashes, %d restores",
		f.Heap, f.Goroutines, f.Descriptors, f.Files, f.Subscriptions, f.Timers, f.Joins, f.Events, f.Infos, f.Crashes, f.Restores)
}

// figures says what there is, once all that can be collected has been.
func (s *server) figures(c *gin.Context) {
	http.DefaultClient.CloseIdleConnections()
	for range 4 { // of what is freed by a finalizer, kept by a pool, or noted in the profile, a collection later
		runtime.GC()
		time.Sleep(time.Millisecond) // in which finalizers run
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	stats := s.lv.Stats()
	files, _ := filepath.Glob(filepath.Join(s.uploads, "*", "*"))
	c.JSON(http.StatusOK, Figures{
		Heap: m.HeapAlloc - min(m.HeapAlloc, pooled()), Goroutines: runtime.NumGoroutine(), Descriptors: s.descriptors().count(), Files: len(files),
		Subscriptions: s.bus.subscribed.Load(), Timers: timers(),
		Sockets: stats.Sockets, Browsers: stats.Browsers, Users: stats.Users, Views: stats.Views, Kept: stats.Kept,
		Mounting: stats.Mounting, Loads: stats.Loads, UploadFiles: stats.UploadFiles, UploadBytes: stats.UploadBytes,
		Events: stats.Events, Crashes: stats.Crashes, Refusals: stats.Refusals, LimitHits: stats.LimitHits,
		Joins: stats.Joins.OK, Restores: stats.Restores, Infos: stats.Infos, Missed: stats.Missed, Patches: stats.Patches,
	})
}

// timers counts the timers that are in memory, whether they run or not, where every
// allocation is noted; elsewhere it returns 0.
func timers() (n int64) {
	eachRecord(func(r *runtime.MemProfileRecord, asked []string) {
		switch asked[0] {
		case "time.newTimer", "time.NewTimer", "time.AfterFunc":
			n += r.InUseObjects()
		}
	})
	return n
}

// pooled is what the pools of Redis' clients have on the heap, where every allocation is noted:
// they have more connections or fewer, each with 64 KiB to read into and as much to write.
func pooled() (bytes uint64) {
	eachRecord(func(r *runtime.MemProfileRecord, asked []string) {
		if slices.ContainsFunc(asked, func(by string) bool { return strings.HasPrefix(by, "github.com/redis/go-redis/v9/internal/pool.") }) {
			bytes += uint64(max(0, r.InUseBytes())) //nolint:gosec // it isn't negative
		}
	})
	return bytes
}

// memory says who has how many bytes on the heap, where every allocation is noted, by the
// functions that have asked for them.
func (s *server) memory(c *gin.Context) {
	by := make(map[string]int64)
	eachRecord(func(r *runtime.MemProfileRecord, asked []string) {
		by[strings.Join(asked, " < ")] += r.InUseBytes()
	})
	c.JSON(http.StatusOK, by)
}

// eachRecord yields what the profile of memory has, and the innermost functions that have
// asked for it, but for those of the runtime.
func eachRecord(yield func(r *runtime.MemProfileRecord, asked []string)) {
	if runtime.MemProfileRate != 1 {
		return
	}
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
		var asked []string
		frames := runtime.CallersFrames(records[i].Stack())
		for more := true; more && len(asked) < 6; {
			var frame runtime.Frame
			if frame, more = frames.Next(); !strings.HasPrefix(frame.Function, "runtime.") {
				asked = append(asked, frame.Function)
			}
		}
		if len(asked) > 0 {
			yield(&records[i], asked)
		}
	}
}

// goroutines says what each goroutine is at.
func goroutines(c *gin.Context) {
	c.Status(http.StatusOK)
	_ = pprof.Lookup("goroutine").WriteTo(c.Writer, 1)
}

// inspect says what the view of an id is, in words, if it is here.
func (s *server) inspect(c *gin.Context) {
	info, err := s.lv.Inspect(c, c.Param("id"))
	if err != nil {
		c.Status(http.StatusNotFound)
		return
	}
	c.String(http.StatusOK, "%+v", info)
}
