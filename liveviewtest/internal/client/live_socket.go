package client

import (
	"github.com/gin-liveview/liveview/liveviewtest/internal/phoenix"
)

// liveSocket is what a page shows, and by whom: a document, the live view in it,
// and the socket. When another document is loaded, all of it is replaced.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
type liveSocket struct {
	doc    *document
	main   *view           // nil on a page without one
	socket *phoenix.Socket // nil while there is no connection
}

// status is how the page stands with its server.
func (l *liveSocket) status() Status {
	if l.main == nil {
		return Dead
	}
	return l.main.status
}

// hangUp closes the socket as a browser does that leaves the page.
func (l *liveSocket) hangUp() {
	if l.socket != nil {
		l.socket.Close()
		l.lose()
	}
}

// lose lets go of a socket that is closed.
func (l *liveSocket) lose() {
	l.socket = nil
	if l.main != nil {
		l.main.drop()
		if l.main.status == Live || l.main.status == Joining {
			l.main.status = Disconnected
		}
	}
}
