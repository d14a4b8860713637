package main

import (
	"time"

	"github.com/gorilla/websocket"
)

// conn carries the messages of one open socket.
type conn interface {
	receive() ([]byte, error) // waits for the next one
	send(kind int, data []byte) error
	cut()   // ends it without a word, as a network does
	leave() // ends it as a browser does that leaves the page
}

// webSocket is the usual one.
type webSocket struct{ *websocket.Conn }

func (c webSocket) receive() ([]byte, error) {
	_, data, err := c.ReadMessage()
	return data, err
}

func (c webSocket) send(kind int, data []byte) error {
	_ = c.SetWriteDeadline(time.Now().Add(patience))
	return c.WriteMessage(kind, data)
}

func (c webSocket) cut() { _ = c.NetConn().Close() }

// leave says goodbye; the server closes.
func (c webSocket) leave() {
	bye := websocket.FormatCloseMessage(websocket.CloseGoingAway, "")
	_ = c.WriteControl(websocket.CloseMessage, bye, time.Now().Add(patience))
	_ = c.SetReadDeadline(time.Now().Add(patience))
}
