// Package underway tells a test what live views have under way, so that it can wait
// for that. A server that no test watches keeps no account.
package underway

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

// Watch knows what is under way on one server. Any goroutine may call its methods. The
// zero value is ready for use.
type Watch struct {
	mu    sync.Mutex     // guards the fields below. Nothing is locked under it.
	works []*work        // in the order begun
	begun map[string]int // by topic
}

type work struct{ topic, what string }

// watched has the *Watch of each *http.Server that has one. A context of the server's would
// change how it behaves: joins then keep all that the handlers around have put into theirs.
var watched sync.Map

// Server has w watch a server, until end is called.
func (w *Watch) Server(srv *http.Server) (end func()) {
	watched.Store(srv, w)
	return func() { watched.Delete(srv) }
}

// From returns what watches the server whose connection ctx is of, nil for nothing.
func From(ctx context.Context) *Watch {
	w, _ := watched.Load(ctx.Value(http.ServerContextKey))
	watch, _ := w.(*Watch)
	return watch
}

// Begin says that the view of that topic has begun something, called what, which is
// under way until end is called. It may be called again.
func (w *Watch) Begin(topic, what string) (end func()) {
	begun := &work{topic, what}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.works = append(w.works, begun)
	if w.begun == nil {
		w.begun = map[string]int{}
	}
	w.begun[topic]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.works = slices.DeleteFunc(w.works, func(o *work) bool { return o == begun })
	}
}

// Of returns what the view of that topic has under way, in the order begun, and how many
// things it has begun so far: if that stays the same, nothing was meanwhile.
func (w *Watch) Of(topic string) (works []string, begun int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.works {
		if o.topic == topic {
			works = append(works, o.what)
		}
	}
	return works, w.begun[topic]
}
