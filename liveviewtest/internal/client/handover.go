package client

import "time"

// handedOver is what views have left for the next ones of their ids, by these.
type handedOver map[string]handedOn

// handedOn is the state of a view, sealed. As the library's start script, the page has it for
// a second longer than the view is as it was then.
type handedOn struct {
	seal  string
	until time.Time // zero while the view is as it was
}

// of returns what there is of the view of that id, "" for nothing.
func (s handedOver) of(id string) string {
	if h := s[id]; h.until.IsZero() || time.Now().Before(h.until) {
		return h.seal
	}
	return ""
}

// changed notes that the view of that id isn't any more as it was.
func (s handedOver) changed(id string) {
	if h := s[id]; h.seal != "" && h.until.IsZero() {
		h.until = time.Now().Add(time.Second)
		s[id] = h
	}
}
