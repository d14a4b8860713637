package browser

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"

	"github.com/gin-liveview/liveview/internal/memnet"
	"github.com/gin-liveview/liveview/internal/underway"
)

// server is the one that a browser knows. All connections to it are in memory.
type server struct {
	listener *memnet.Listener
	http     *httptest.Server
	watch    underway.Watch
	unwatch  func()
}

func serve(handler http.Handler) *server {
	l := memnet.Listen()
	// A literal, as httptest.NewUnstartedServer would open a port.
	s := &server{listener: l}
	s.http = &httptest.Server{Listener: l, Config: &http.Server{Handler: handler}}
	s.unwatch = s.watch.Server(s.http.Config)
	s.http.Start()
	return s
}

func (s *server) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return s.listener.DialContext(ctx, network, address)
}

// stop tells the server to end, and returns when wait does.
func (s *server) stop(wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.http.Config.Shutdown(context.Background())
	}()
	wait()
	<-done
}

// close ends the server and waits for its handlers.
func (s *server) close() {
	// Views may wait for pages whose socket was lost, and the Close of a server doesn't tell.
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.http.Config.Shutdown(over) // it says that over is
	s.http.Close()
	s.unwatch()
}
