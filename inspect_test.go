package liveview_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// register is shared by all, with a lock of its own.
type register struct {
	mu    sync.Mutex
	names map[int]string
}

type inspected struct {
	Text   string
	Shared *register
}

// What an operator sees of a view: where it is, whose, what it is subscribed to and what is
// being sent, and nothing of its state. It is so too while it is at work.
func TestInspect(t *testing.T) {
	gin.SetMode(gin.TestMode)
	shared := &register{names: map[int]string{}}
	busy, through := make(chan struct{}), make(chan struct{})
	lv := liveview.New(liveview.Config{})
	r := gin.New()
	r.Use(func(c *gin.Context) { liveview.Identify(c, "ann") }, lv.Middleware())
	liveview.Handle(r, "/notes/:id", &testView[inspected]{
		template: liveview.MustParse[inspected](`<p>{{.Text}}</p><button phx-click="work">work</button><form id="f" phx-change="change">{{with upload "photos"}}{{.FileInput}}{{end}}</form>`),
		onMount: func(_ *gin.Context, s *liveview.Socket[inspected]) error {
			s.Assign(func(st *inspected) { st.Text, st.Shared = strings.Repeat("x", 10_000), shared })
			if _, err := s.Subscribe("notes"); err != nil && s.Connected() {
				return err
			}
			return s.AllowUpload("photos", liveview.UploadConfig{MaxEntries: 3})
		},
		onEvent: func(_ *liveview.Socket[inspected], e liveview.Event) error {
			if e.Name == "work" {
				busy <- struct{}{}
				<-through
			}
			return nil
		},
	})
	v := liveviewtest.Open(t, r, "/notes/7?token=secret")
	v.Choose(`input[type="file"]`, liveviewtest.File{Name: "cat.jpg", Type: "image/jpeg", Content: []byte("meow")})

	info, err := lv.Inspect(t.Context(), v.ID())
	if err != nil || info.Route != "/notes/:id" || info.User != "ann" || info.ID != v.ID() || info.Path != "/notes/7" || info.Kept {
		t.Errorf("Inspect = %+v, %v", info, err)
	}
	if len(info.Topics) != 1 || info.Topics["notes"] != 1 {
		t.Errorf("it is subscribed to %v, want notes once", info.Topics)
	}
	if len(info.Uploads) != 1 || info.Uploads[0] != (liveview.UploadInfo{Upload: "photos", Type: "image/jpeg", Size: 4}) {
		t.Errorf("its uploads are %+v", info.Uploads)
	}

	// What others write to meanwhile isn't read.
	writing, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(writing)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				shared.mu.Lock()
				shared.names[i%1000] = "somebody"
				shared.mu.Unlock()
			}
		}
	}()
	for range 20 {
		if size, err := lv.StateBytes(t.Context(), v.ID()); err != nil || size < 10_000 || size > 12_000 {
			t.Fatalf("StateBytes = %d, %v, want a little more than 10,000", size, err)
		}
	}
	close(stop)
	<-writing

	id, clicked := v.ID(), make(chan struct{})
	go func() { defer close(clicked); v.Click("work") }()
	<-busy
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if info, err := lv.Inspect(ctx, id); !errors.Is(err, context.DeadlineExceeded) || info.ID != id {
		t.Errorf("while it is at work Inspect = %+v, %v, want the end of the context", info, err)
	}
	for range 200 { // they pile up to a bound, and don't end the view
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = lv.Inspect(ctx, id)
	}
	if !errors.Is(err, liveview.ErrMailboxFull) {
		t.Errorf("asked two hundred times: %v, want ErrMailboxFull", err)
	}
	close(through)
	<-clicked
	v.WaitFor(func() bool { _, err := lv.Inspect(t.Context(), id); return err == nil })
	if _, err := (*liveview.App)(nil).Inspect(t.Context(), "x"); err == nil {
		t.Error("no App has views")
	}
	if lv.PubSub() == nil || (*liveview.App)(nil).PubSub() != nil {
		t.Error("an App has a PubSub, and no App has none")
	}
}

// A view that is kept can be looked at, and none after its end.
func TestInspectKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gin.SetMode(gin.TestMode)
		lv := liveview.New(liveview.Config{})
		r := gin.New()
		r.Use(lv.Middleware())
		liveview.Handle(r, "/", &testView[inspected]{template: liveview.MustParse[inspected](`<p>{{.Text}}</p>`)})
		v := liveviewtest.Open(t, r, "/")
		id := v.ID()
		v.Disconnect()
		synctest.Wait()
		if info, err := lv.Inspect(t.Context(), id); err != nil || !info.Kept {
			t.Errorf("of a view that is kept Inspect = %+v, %v", info, err)
		}
		v.Reconnect()
		if info, err := lv.Inspect(t.Context(), id); err != nil || info.Kept {
			t.Errorf("of one that is back Inspect = %+v, %v", info, err)
		}
		v.Close()
		synctest.Wait()
		if info, err := lv.Inspect(t.Context(), id); !errors.Is(err, liveview.ErrNoView) {
			t.Errorf("of one that has ended Inspect = %+v, %v, want ErrNoView", info, err)
		}
	})
}
