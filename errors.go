package liveview

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Errors that an application can meet. Test for them with [errors.Is].
var (
	// ErrNotConnected is returned by what needs a live page, such as
	// [Socket.SendInfo], during the first HTTP render.
	ErrNotConnected = errors.New("liveview: the view is not connected")

	// ErrEnded is returned by [Socket.SendInfo] and [Socket.Subscribe] once
	// the view has ended; nothing was done and nothing needs to be.
	ErrEnded = errors.New("liveview: the view has ended")

	// ErrMailboxFull is returned by [Socket.SendInfo] when the view has fallen
	// [Config].MailboxSize messages behind. The view is ended and the page joins
	// again with a fresh state, so that nothing is lost silently.
	ErrMailboxFull = errors.New("liveview: the view has fallen too far behind")
)

// Errors of uploads.
var (
	// ErrNoUpload is returned for the name of an upload that the view hasn't
	// allowed with [Socket.AllowUpload].
	ErrNoUpload = errors.New("liveview: no such upload")

	// ErrUploadInProgress is returned by what needs complete files while some
	// aren't.
	ErrUploadInProgress = errors.New("liveview: the upload is still in progress")
)

// noCallbackError is for what was sent to a view that has no callback for it.
type noCallbackError struct{ signature string }

func (e *noCallbackError) Error() string { return "the view has no " + e.signature }

// callbackError is a panic, or, with value nil, a runtime.Goexit, turned into
// an error.
type callbackError struct {
	callback string
	value    any
	stack    []byte
}

func (e *callbackError) Error() string {
	if e.value == nil {
		return e.callback + " called runtime.Goexit"
	}
	return fmt.Sprintf("%s panicked: %v", e.callback, e.value)
}

func (e *callbackError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}

// guard runs one callback of the application and turns a panic into an error.
func guard(callback string, fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &callbackError{callback, v, debug.Stack()}
		}
	}()
	if err := fn(); err != nil {
		return fmt.Errorf("%s: %w", callback, err)
	}
	return nil
}

// misuse panics with a sentence for the programmer who called the API wrongly,
// naming the line of the application that did.
func misuse(format string, args ...any) {
	msg := "liveview: " + fmt.Sprintf(format, args...)
	if _, file, line, ok := runtime.Caller(2); ok {
		msg += fmt.Sprintf(" (%s:%d)", file, line)
	}
	panic(msg)
}
