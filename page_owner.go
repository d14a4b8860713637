package liveview

import (
	"fmt"
	"runtime"
	"strings"
)

// guard is the function of that name for a callback of the view's.
func (p *page) guard(callback string, fn func() error) error {
	if p.owner != nil {
		defer p.owner.enter()()
	}
	if a := p.account(); a != nil && callback != "Render" { // which is in a span of its own
		return a.inPart(Span{Kind: SpanCallback, Name: callback}, func() error { return guard(callback, fn) })
	}
	return guard(callback, fn)
}

// onlyInCallbacks tells the developer that a method of the socket, which is for
// callbacks alone, is called elsewhere: there it races with them. The method goes on
// as it does in production.
func (p *page) onlyInCallbacks(method string) {
	if p.owner != nil && !p.owner.isHere() {
		p.foreignCall(method)
	}
}

// foreignCall logs a call from a foreign goroutine, once for each place.
func (p *page) foreignCall(method string) {
	place := applicationLine()
	if _, known := p.app.foreignCalls.LoadOrStore(method+" "+place, true); known {
		return
	}
	p.app.config.Logger.Error("liveview: "+method+" was called outside of the view's callbacks, where it races with them: "+
		"a goroutine sends what it has by SendInfo, and HandleInfo calls "+method,
		"view", p.route.name, "route", p.pattern, "at", place)
}

// applicationLine returns file and line of the application's that called this package.
func applicationLine() string {
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for {
		frame, more := frames.Next()
		switch {
		case strings.HasPrefix(frame.Function, "runtime."):
			return "a go statement of the call itself"
		case !strings.HasPrefix(frame.Function, "github.com/gin-liveview/liveview."), !more:
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
	}
}
