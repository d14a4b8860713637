package liveview

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"reflect"
)

// hijackWriter lets a WebSocket take over its connection through whatever
// middleware and handlers have put around the server's own writer.
type hijackWriter struct{ http.ResponseWriter }

// Hijack takes the first writer, from the outside in, that can do it. Gin's
// has the method whether or not the one below has it, and panics then.
func (w hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	var last http.ResponseWriter
	for inner := w.ResponseWriter; inner != nil; inner = below(inner) {
		last = inner
		h, ok := inner.(http.Hijacker)
		if !ok {
			continue
		}
		var conn net.Conn
		var rw *bufio.ReadWriter
		err := guard("Hijack", func() (err error) { conn, rw, err = h.Hijack(); return err })
		if err == nil {
			return conn, rw, nil
		}
		if !isPanic(err) && !errors.Is(err, http.ErrNotSupported) {
			return nil, nil, err
		}
	}
	// The writers around it believe that the response has been written.
	last.WriteHeader(http.StatusInternalServerError)
	return nil, nil, noHijackError(last)
}

// canHijack reports whether Hijack will most likely succeed.
func (w hijackWriter) canHijack() bool {
	last := w.ResponseWriter
	for inner := last; inner != nil; inner = below(inner) {
		last = inner
	}
	_, ok := last.(http.Hijacker)
	return ok
}

func noHijackError(w http.ResponseWriter) error {
	name := fmt.Sprintf("%T", w)
	if name == "*http.timeoutWriter" {
		return errors.New("http.TimeoutHandler is around the engine, and gives no connection away: " +
			"mount the engine outside of http.TimeoutHandler")
	}
	return fmt.Errorf("the writer type %s has neither Hijack nor Unwrap: give it Unwrap() http.ResponseWriter, "+
		"or don't put it around the socket's request", name)
}

// below returns the writer that w writes to, nil if w doesn't tell: by Unwrap, as
// http.ResponseController asks for it, or as an embedded field, as writers of
// Gin's middleware have it.
func below(w http.ResponseWriter) http.ResponseWriter {
	if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		return u.Unwrap()
	}
	v := reflect.Indirect(reflect.ValueOf(w))
	if v.Kind() != reflect.Struct {
		return nil
	}
	field, ok := v.Type().FieldByName("ResponseWriter")
	if !ok || !field.Anonymous || len(field.Index) != 1 {
		return nil
	}
	inner, _ := v.FieldByIndex(field.Index).Interface().(http.ResponseWriter)
	return inner
}
