package engine

import (
	"errors"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// contentAction is the action {{content}}.
type contentAction struct{}

var errNoContent = errors.New("content shows the view in an inner layout, and this page isn't one: give it to UseInnerLayout, or leave content out")

func (contentAction) html(dst []byte, r *run, _ *frame) ([]byte, control) {
	if r.content == nil {
		panic(renderError{err: errNoContent})
	}
	return r.content.show(dst, false), ran
}

func (contentAction) record(r *run, _ *frame, _ *cell) control {
	if r.content == nil {
		panic(renderError{err: errNoContent})
	}
	r.push(item{kind: itemContent, next: int32(len(r.items) + 1), statics: contentStatics})
	return ran
}

func (contentAction) shows() ([]*block, bool) { return nil, true }

func (contentAction) writesMarkup(htmlscan.Context) bool { return true }
