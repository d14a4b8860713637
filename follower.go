package liveview

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// followEvery is how often a developer's templates, styles and images are looked at while a
// page is open.
const followEvery = 40 * time.Millisecond

// follower has a developer's open pages follow the templates' files, and styles and images.
type follower struct {
	assets assetFiles

	mu      sync.Mutex                 // guards the fields below. The lock of assets is taken under it.
	sockets map[followingSocket]uint64 // and the generation of the templates that each was told of
	timer   *time.Timer                // nil while no page is open
}

// followingSocket is what follower knows of a connection.
type followingSocket interface {
	// templatesChanged has its views rendered again, and shows what is wrong with a
	// template; "" is nothing. It reports whether there are views.
	templatesChanged(wrong string) bool

	// assetsChanged has its page fetch the styles and images of those names anew.
	assetsChanged(names []string)
}

func (f *follower) add(s followingSocket) {
	if gin.Mode() == gin.ReleaseMode || !watchesFiles() && len(f.assets.folders) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sockets == nil {
		f.sockets = make(map[followingSocket]uint64)
	}
	f.sockets[s] = 0
	if f.timer == nil {
		f.assets.begin()
		f.timer = time.AfterFunc(followEvery, f.look)
	}
}

func (f *follower) remove(s followingSocket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sockets, s)
	if len(f.sockets) == 0 && f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
}

// look parses what has changed, tells the open pages, and looks again a moment later.
func (f *follower) look() {
	generation, errs := parseChanged()
	wrong := ""
	if err := errors.Join(errs...); err != nil {
		wrong = err.Error()
	}
	for _, s := range f.untold(generation) {
		if s.templatesChanged(wrong) {
			f.told(s, generation)
		}
	}
	if names := f.assets.changed(); len(names) > 0 {
		for _, s := range f.all() {
			s.assetsChanged(names)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer != nil {
		f.timer.Reset(followEvery)
	}
}

func (f *follower) all() []followingSocket {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(maps.Keys(f.sockets))
}

// untold returns the sockets that haven't been told of that generation.
func (f *follower) untold(generation uint64) (sockets []followingSocket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s, told := range f.sockets {
		if told != generation {
			sockets = append(sockets, s)
		}
	}
	return sockets
}

func (f *follower) told(s followingSocket, generation uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.sockets[s]; ok {
		f.sockets[s] = generation
	}
}
