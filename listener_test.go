package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Processes serve pages, one after the other, from one socket that outlives them, as that of a
// systemd socket unit does, and none who comes while one ends is closed without an answer.
func TestListenerDropsNobody(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	gin.SetMode(gin.TestMode)
	type life struct {
		lv    *liveview.App
		srv   *http.Server
		ended chan error
	}
	begin := func() life {
		f, err := socket.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.FileListener(f)
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		lv := liveview.New(liveview.Config{})
		r := gin.New()
		r.Use(lv.Middleware())
		liveview.Handle(r, "/", counterView())
		b := life{lv, &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}, make(chan error, 1)}
		go func() { b.ended <- b.srv.Serve(lv.Listener(b.srv, l)) }()
		return b
	}

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	var asked atomic.Int32
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				res, err := client.Get("http://" + socket.Addr().String() + "/")
				if err != nil {
					t.Error(err)
					return
				}
				if _ = res.Body.Close(); res.StatusCode != http.StatusOK {
					t.Error(res.Status)
				}
				asked.Add(1)
			}
		})
	}
	for n := range 20 {
		now := begin()
		enough := asked.Load() + 20
		eventually(t, 20*time.Second, fmt.Sprint("life ", n, " answers"), func() bool { return asked.Load() >= enough || t.Failed() })
		if err := now.lv.Shutdown(context.Background(), now.srv); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-now.ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve returned %v, want http.ErrServerClosed", err)
		}
	}
	close(stop)
	last := begin() // whoever waits
	all.Wait()
	_ = last.lv.Shutdown(context.Background(), last.srv)
	t.Logf("%d requests over twenty restarts", asked.Load())
}

// One who was accepted and sends nothing keeps Shutdown for five seconds.
func TestListenerWaitsForASilentConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lv := liveview.New(liveview.Config{DrainTime: time.Second})
	srv := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute}
	accepted := make(chan struct{})
	srv.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			close(accepted)
		}
	}
	r := gin.New()
	r.Use(lv.Middleware())
	srv.Handler = r
	go func() { _ = srv.Serve(lv.Listener(srv, l)) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	<-accepted
	if err := lv.Shutdown(context.Background(), srv); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with one who says nothing Shutdown returned %v, want the end of DrainTime", err)
	}
	if got := (*liveview.App)(nil).Listener(srv, l); got != l {
		t.Errorf("no App returns %T", got)
	}
}
