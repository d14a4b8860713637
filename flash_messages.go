package liveview

import "slices"

// FlashMessage is one message of a flash.
type FlashMessage struct {
	Kind string // such as "info" or "error"
	Text string
}

// flash is a view's list of messages, in the order put; nil where there are none, as on
// most pages.
type flash struct{ messages *flashMessages }

type flashMessages struct {
	shown []FlashMessage // on the page
	put   []FlashMessage // by the callback that runs, or brought along and not shown yet: what a move takes along
}

func (f *flash) shown() []FlashMessage {
	if f.messages == nil {
		return nil
	}
	return f.messages.shown
}

func (f *flash) put() []FlashMessage {
	if f.messages == nil {
		return nil
	}
	return f.messages.put
}

// bring begins a page's flash with what came with its visitor, of which the first fresh
// ones have been shown by no page so far.
func (f *flash) bring(messages []FlashMessage, fresh int) {
	if len(messages) > 0 {
		f.messages = &flashMessages{shown: slices.Clone(messages), put: slices.Clone(messages[:min(fresh, len(messages))])}
	}
}

// set adds a message. The first of its kind in a callback takes the place of those that
// earlier ones have put: the user has seen them.
func (f *flash) set(kind, text string) {
	if f.messages == nil {
		f.messages = &flashMessages{}
	}
	m := f.messages
	ofKind := func(o FlashMessage) bool { return o.Kind == kind }
	if !slices.ContainsFunc(m.put, ofKind) {
		m.shown = slices.DeleteFunc(m.shown, ofKind)
	}
	m.put = addMessage(m.put, kind, text)
	m.shown = addMessage(m.shown, kind, text)
}

// add takes in what middleware put on the way to the view.
func (f *flash) add(messages []FlashMessage) {
	for _, m := range messages {
		f.set(m.Kind, m.Text)
	}
}

// again takes in what the page before has shown.
func (f *flash) again(messages []FlashMessage) {
	if len(messages) == 0 {
		return
	}
	if f.messages == nil {
		f.messages = &flashMessages{}
	}
	shown := slices.Clone(messages)
	for _, m := range f.messages.shown {
		shown = addMessage(shown, m.Kind, m.Text)
	}
	f.messages.shown = shown
}

// clear removes the messages for which gone holds, and reports whether the page shows
// any of them.
func (f *flash) clear(gone func(FlashMessage) bool) bool {
	m := f.messages
	if m == nil {
		return false
	}
	before := len(m.shown)
	m.shown, m.put = slices.DeleteFunc(m.shown, gone), slices.DeleteFunc(m.put, gone)
	return len(m.shown) < before
}

func (f *flash) clearKind(kind string) bool {
	return f.clear(func(m FlashMessage) bool { return m.Kind == kind })
}

func (f *flash) clearAll() bool { return f.clear(func(FlashMessage) bool { return true }) }

// leading returns how many of the messages shown, the first, are of those that came
// with the visitor.
func (f *flash) leading(brought []FlashMessage) int {
	n := 0
	for _, m := range f.shown() {
		if !slices.Contains(brought, m) {
			break
		}
		n++
	}
	return n
}

// keepPut is what a patch by the server does: of the old page's messages none
// stays.
func (f *flash) keepPut() {
	if f.messages != nil {
		f.messages.shown = slices.Clone(f.messages.put)
	}
}

// show says that the page shows what was put.
func (f *flash) show() {
	switch {
	case f.messages == nil:
	case len(f.messages.shown) == 0:
		f.messages = nil
	default:
		f.messages.put = nil
	}
}

// addMessage adds a message, unless it is there.
func addMessage(to []FlashMessage, kind, text string) []FlashMessage {
	if m := (FlashMessage{kind, text}); !slices.Contains(to, m) {
		return append(to, m)
	}
	return to
}
