package liveview

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/rescue"
)

// Errors that an application can meet. Test for them with [errors.Is].
var (
	// ErrNotConnected is returned by what needs a live page, [Socket.SendInfo]
	// and [Socket.RedirectAction], during the HTTP render, unless that answers a form
	// that was posted.
	ErrNotConnected = errors.New("liveview: the view is not connected")

	// ErrEnded is returned by [Socket.SendInfo], [Socket.Subscribe],
	// [Socket.AllowUpload] and [Track] once the view has ended; nothing was done
	// and nothing needs to be.
	ErrEnded = errors.New("liveview: the view has ended")

	// ErrMailboxFull is returned by [Socket.SendInfo] when the view has fallen
	// [Config].MailboxSize messages behind. The view is ended and the page joins
	// again with a fresh state, so that nothing is lost silently.
	ErrMailboxFull = errors.New("liveview: the view has fallen too far behind")
)

// ErrUnknownEvent is what a HandleEvent returns for an event whose name it doesn't
// know, a misspelt one for instance; wrapped or not. The view lives on, and what the
// callback changed is shown; the log tells of the event.
var ErrUnknownEvent = errors.New("liveview: unknown event")

// ErrNoChild is returned by [Socket.SendChild] where no view of that id is nested in the
// page, or it isn't joined: it has not come yet, or has crashed and not come back.
var ErrNoChild = errors.New("liveview: no such nested view")

// Errors of uploads.
var (
	// ErrNoUpload is returned for the name of an upload that the view hasn't
	// allowed with [Socket.AllowUpload].
	ErrNoUpload = errors.New("liveview: no such upload")

	// ErrUploadInProgress is returned by what needs complete files while some
	// aren't.
	ErrUploadInProgress = errors.New("liveview: the upload is still in progress")

	// ErrPostpone is returned by the function given to [ConsumeUploadedEntries] for a
	// file that is to stay, and be consumed another time. By itself it isn't an error
	// of theirs.
	ErrPostpone = errors.New("liveview: the file is to be consumed later")
)

// LimitError says why something that a page sent wasn't handled: it is larger than
// [Config].MaxFrame, or has more in it than goes into as much.
type LimitError struct {
	Size  int // bytes of the message
	Limit int // Config.MaxFrame, in bytes

	cause error // of what is in a message that is no larger than Limit
}

// Error returns a sentence for the log.
func (e *LimitError) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("liveview: a message of %d bytes has too much in it: %v", e.Size, e.cause)
	}
	return fmt.Sprintf("liveview: a message of %d bytes is larger than Config.MaxFrame, %d", e.Size, e.Limit)
}

// Unwrap returns the cause, nil if it is the message's size.
func (e *LimitError) Unwrap() error { return e.cause }

// tooLargeHint says to the operator what to do about messages that are too large.
const tooLargeHint = "it is larger than Config.MaxFrame, or has more in it than that allows; raise it, or give the form's fields a maxlength"

// unhandledError is for an event that nothing was done for; the view lives on.
type unhandledError struct {
	refused error  // what Authorize returned, if it did
	cause   error  // otherwise
	why     string // beside cause
}

// unhandledEvent is what the log lines about all of these count as.
const unhandledEvent = "event not handled"

func (e *unhandledError) Error() string {
	if e.refused != nil {
		return "event refused: " + e.refused.Error()
	}
	return unhandledEvent + ": " + strings.TrimPrefix(e.why, "liveview: ")
}

// Unwrap returns what the view returned, for hooks.
func (e *unhandledError) Unwrap() error {
	if e.refused != nil {
		return e.refused
	}
	return e.cause
}

// badPushError is for what a client sent that no page of ours sends: its view
// ends, and the fault is neither the application's nor ours.
type badPushError struct{ err error }

func (e *badPushError) Error() string { return e.err.Error() }

func (e *badPushError) Unwrap() error { return e.err }

// guard runs one callback of the application and turns a panic into an error.
// What it returns is fit to be printed, and to be looked into by rescue.Find;
// errors.Is and errors.As would call methods of the application's error.
func guard(callback string, fn func() error) error { return rescue.Run(callback, fn) }

// isPanic reports whether an error of guard's is a panic.
func isPanic(err error) bool {
	_, ok := rescue.Find[*rescue.Panic](err)
	return ok
}

// errAttrs are the attributes of a log line about err.
func errAttrs(err error) []any {
	attrs := []any{"err", err}
	if p, ok := rescue.Find[*rescue.Panic](err); ok {
		attrs = append(attrs, "stack", string(p.Stack))
	}
	return attrs
}

// visitorAttrs are the attributes of a log line about who was there, as far as it
// is known.
func visitorAttrs(user, requestID string) (attrs []any) {
	if user != "" {
		attrs = append(attrs, "user", user)
	}
	if requestID != "" {
		attrs = append(attrs, "request_id", requestID)
	}
	return attrs
}

// recordError adds err to c.Errors, for the application's middleware. As a
// gin.Error, or Gin would look into it with errors.As, which calls methods of the
// application's errors.
func recordError(c *gin.Context, err error) {
	_ = c.Error(&gin.Error{Err: err, Type: gin.ErrorTypePrivate})
}

// misuse panics with a sentence for the programmer who called the API wrongly,
// naming the line of the application that did.
func misuse(format string, args ...any) { misuseBy(2, format, args...) }

// misuseBy is misuse for a caller that is so many functions above its own.
func misuseBy(above int, format string, args ...any) {
	msg := "liveview: " + fmt.Sprintf(format, args...)
	if _, file, line, ok := runtime.Caller(above + 1); ok {
		msg += fmt.Sprintf(" (%s:%d)", file, line)
	}
	panic(msg)
}
