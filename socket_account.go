package liveview

import (
	"context"
	"net/http"
	"reflect"
	"sync/atomic"

	"github.com/gin-liveview/liveview/internal/clock"
	"github.com/gin-liveview/liveview/internal/wire"
)

// socketAccount is what is told of one socket. On a nil one nothing is.
type socketAccount struct {
	ctx      context.Context // what Begin has returned, without its end
	adds     bool            // to the values of the request's
	span     Span
	began    clock.Moment
	sent     atomic.Int64 // bytes
	received atomic.Int64
}

// newSocketAccount tells of the socket that r opens, and what carries it.
func newSocketAccount(a *app, r *http.Request, transport, requestID string) *socketAccount {
	if a.teller == nil {
		return nil
	}
	s := &socketAccount{began: clock.Now()}
	s.span = Span{Kind: SpanSocket, Name: transport, Subject: Subject{RequestID: requestID}}
	ctx := a.teller.begin(r.Context(), &s.span)
	s.adds = !reflect.ValueOf(ctx).Comparable() || ctx != r.Context()
	s.ctx = context.WithoutCancel(ctx)
	return s
}

func (s *socketAccount) receive(bytes int) {
	if s != nil {
		s.received.Add(int64(bytes))
	}
}

func (s *socketAccount) end(a *app, why string) {
	if s != nil {
		a.teller.end(s.ctx, &s.span, &Result{Cause: why, Duration: clock.Now().Sub(s.began), Bytes: s.sent.Load(), Received: s.received.Load()})
	}
}

// toldConn is a connection whose bytes are counted.
type toldConn struct {
	wire.Conn
	account *socketAccount
}

func (c toldConn) Write(frame []byte) {
	c.account.sent.Add(int64(len(frame)))
	c.Conn.Write(frame)
}
