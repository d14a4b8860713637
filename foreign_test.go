package liveview_test

import (
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// developed opens view at "/", with the Middleware made in Gin's mode, behind further
// middleware.
func developed(t *testing.T, mode string, view liveview.View[counter], before ...gin.HandlerFunc) (*liveviewtest.View, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	was := gin.Mode()
	gin.SetMode(mode)
	middleware := liveview.Middleware(liveview.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
	gin.SetMode(was)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(middleware)
	r.Use(before...)
	liveview.Handle(r, "/", view)
	return liveviewtest.Open(t, r, "/"), log
}

// In development a call from a foreign goroutine is told once for its place, with
// view, method and remedy; in production nobody looks.
func TestForeignCallIsFoundInDevelopment(t *testing.T) {
	for mode, found := range map[string]bool{gin.DebugMode: true, gin.ReleaseMode: false} {
		t.Run(mode, func(t *testing.T) {
			during, after := make(chan struct{}), make(chan struct{})
			view := counterView()
			view.onEvent = func(s *liveview.Socket[counter], _ liveview.Event) error {
				call := func() { s.Assign(func(st *counter) { st.Count = 1 }) }
				go func() {
					defer close(during)
					for range 3 {
						call() // while the callback waits
					}
					_, _ = s.SendInfo(1), s.Publish("t", 1) // which any goroutine may
				}()
				<-during
				return nil
			}
			view.onInfo = func(s *liveview.Socket[counter], _ any) error {
				go func() {
					defer close(after)
					_ = s.URL() // with or without a callback that runs
				}()
				return nil
			}
			view.template = liveview.MustParse[counter](`<button phx-click="inc">{{.Count}}</button>`)
			v, log := developed(t, mode, view)
			v.Click("button")
			<-during
			<-after
			for _, method := range []string{"Assign", "URL"} {
				want := 0
				if found {
					want = 1
				}
				line := method + " was called outside of the view's callbacks"
				if n := strings.Count(log.String(), line); n != want {
					t.Errorf("%q is logged %d times, want %d; the log: %s", line, n, want, log)
				}
			}
			if found && (!strings.Contains(log.String(), "SendInfo") || !strings.Contains(log.String(), "testView") || !strings.Contains(log.String(), "foreign_test.go:")) {
				t.Errorf("the log doesn't name view, place and remedy: %s", log)
			}
		})
	}
}

// Whatever runs callbacks may call the socket: the goroutine of a middleware's, a
// Repeat, an upload's callbacks, a Shutdown, and all of it after a callback's Goexit.
func TestCallbacksAreNotForeign(t *testing.T) {
	use := func(s *liveview.Socket[counter]) {
		s.Assign(func(st *counter) { st.Count++ })
		s.PageTitle("x")
		_ = s.State()
	}
	ticked, down := make(chan struct{}), make(chan struct{})
	var once sync.Once
	view := counterView()
	view.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		use(s)
		s.Repeat(time.Millisecond, func() { use(s); once.Do(func() { close(ticked) }) })
		return s.AllowUpload("f", liveview.UploadConfig{AutoUpload: true})
	}
	view.onParams = func(_ *gin.Context, s *liveview.Socket[counter]) error { use(s); return nil }
	view.onProgress = func(s *liveview.Socket[counter], e liveview.UploadEntry) error {
		if use(s); e.Done {
			s.CancelEntry(e)
		}
		return nil
	}
	view.onInfo = func(s *liveview.Socket[counter], _ any) error { use(s); return nil }
	view.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		use(s)
		if e.Name == "exit" {
			runtime.Goexit()
		}
		return s.SendInfo(1)
	}
	var closing sync.Once
	view.onShutdown = func(s *liveview.Socket[counter]) { _ = s.State(); closing.Do(func() { close(down) }) }
	view.template = liveview.MustParse[counter](`<b>{{.Count}}</b><button phx-click="inc">inc</button><i phx-click="exit">exit</i>` +
		`<form id="form" phx-change="pick">{{with upload "f"}}{{.FileInput}}{{end}}</form>`)
	v, log := developed(t, gin.DebugMode, view, func(c *gin.Context) {
		done := make(chan struct{})
		go func() { defer close(done); c.Next() }()
		<-done
	})
	v.Click("inc")
	v.Choose("[type=file]", liveviewtest.File{Name: "a", Content: []byte("x")})
	<-ticked
	v.Click("exit")
	<-down
	v.Reconnect()
	v.Click("inc")
	if strings.Contains(log.String(), "outside of the view's callbacks") {
		t.Errorf("the log: %s", log)
	}
}

// Each method of the socket's that callbacks alone may call is looked after.
func TestEveryMethodOfTheSocketIsForCallbacks(t *testing.T) {
	free := []string{"SendInfo", "Publish", "ID", "ParentID", "Connected", "Myself"} // these any goroutine may call
	handed := make(chan reflect.Value, 1)
	view := counterView()
	view.onEvent = func(s *liveview.Socket[counter], _ liveview.Event) error { handed <- reflect.ValueOf(s); return nil }
	v, log := developed(t, gin.DebugMode, view)
	v.Click("button")
	s := <-handed
	for i := range s.Type().NumMethod() {
		name := s.Type().Method(i).Name
		if slices.Contains(free, name) {
			continue
		}
		method := s.Method(i)
		arguments := make([]reflect.Value, 0, 4)
		for j := range method.Type().NumIn() - btoi(method.Type().IsVariadic()) {
			in := method.Type().In(j)
			switch in.Kind() {
			case reflect.Func: // a change of the state
				arguments = append(arguments, reflect.MakeFunc(in, func([]reflect.Value) []reflect.Value { return nil }))
			default:
				arguments = append(arguments, reflect.Zero(in))
			}
		}
		method.Call(arguments)
		if !strings.Contains(log.String(), name+" was called outside of the view's callbacks") {
			t.Errorf("%s may be called from anywhere, and nobody is told", name)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
