package liveview

import "github.com/gin-liveview/liveview/internal/engine"

// callee is what the actor calls of a view, or of a live component. Errors are those of
// the application's callbacks, panics included.
type callee interface {
	// handleEvent returns an *unhandledError if nothing was done for e; so does
	// authorize if e is refused.
	handleEvent(e Event) error
	authorize(e Event) error

	handleInfo(info any) error
	takeLoad(l *load) error
	handleProgress(e UploadEntry) error
	shutdown() error
	render() (Rendered, error)

	// dropUnshown has the streams of the state let go of what the render that has just
	// been made doesn't show. It returns the names of those that lose entries by that.
	dropUnshown() []string

	// lacksData reports whether the state lacks what a page shows that is rendered anew,
	// and can't have it again; size is how many bytes the state takes, about.
	lacksData() bool
	size() int64

	// saves reports whether the state outlives its process: save returns it as it is saved,
	// and restore gives it what was.
	saves() bool
	save() (savedState, error)
	restore(s savedState) error

	release(tree *engine.Tree, t *engine.Template, live engine.Live) error
}
