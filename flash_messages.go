package liveview

import "maps"

// FlashMessage is one message of a flash, as templates see it.
type FlashMessage struct{ Kind, Text string }

// flash is a view's set of messages, by kind.
type flash struct {
	shown map[string]string // on the page
	put   map[string]string // by the callback that runs: what a move takes along
}

func (f *flash) set(kind, text string) {
	if f.shown == nil {
		f.shown = make(map[string]string, 1)
	}
	if f.put == nil {
		f.put = make(map[string]string, 1)
	}
	f.shown[kind], f.put[kind] = text, text
}

// add takes in what middleware put on the way to the view.
func (f *flash) add(messages map[string]string) {
	for kind, text := range messages {
		f.set(kind, text)
	}
}

// clear removes the messages of those kinds, of all if there are none, and
// reports whether there were any.
func (f *flash) clear(kinds ...string) bool {
	before := len(f.shown)
	if len(kinds) == 0 {
		f.shown, f.put = nil, nil
	}
	for _, kind := range kinds {
		delete(f.shown, kind)
		delete(f.put, kind)
	}
	return len(f.shown) < before
}

// keepPut is what a patch by the server does: of the old page's messages none
// stays.
func (f *flash) keepPut() { f.shown = maps.Clone(f.put) }
