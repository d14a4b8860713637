package client

import (
	"net/url"
)

// location is the address bar, and the history behind the back button.
type location struct {
	url     *url.URL // what the bar shows
	entries []entry  // of the history
	at      int      // the current one
	loads   int      // documents that were loaded
	moves   []Move   // that the test hasn't asked for
}

// entry is one of the history.
type entry struct {
	url  *url.URL
	load int    // which document it is of
	view string // the id of its view
	came string // how it was come to: "patch" or "redirect"
	left string // how it was left, and so how it is come back to
}

// Move is one change of the address.
type Move struct {
	Kind MoveKind
	To   string // path and query; scheme and host, too, for another site
}

// MoveKind says what a move does to the page.
type MoveKind string

// The kinds there are.
const (
	Patch      MoveKind = "patch"      // the view goes on
	Navigation MoveKind = "navigation" // another view takes its place, over the same socket
	Redirect   MoveKind = "redirect"   // another document is loaded
)

// moved notes a move to u.
func (l *location) moved(kind MoveKind, to string) { l.moves = append(l.moves, Move{kind, to}) }

// enter makes the current address an entry of the history: a new one, with which
// all that were ahead go, or the current one's.
func (l *location) enter(push bool, came, view string) {
	e := entry{url: l.url, load: l.loads, view: view, came: came}
	if !push && len(l.entries) > 0 {
		l.entries[l.at] = e
		return
	}
	if len(l.entries) > 0 {
		l.entries = l.entries[:l.at+1]
		l.at++
	}
	l.entries = append(l.entries, e)
}

// leave notes how the current entry is left.
func (l *location) leave(how string) { l.entries[l.at].left = how }

// relative is u as the address of a page of base's site.
func relative(base, u *url.URL) string {
	if u.Host != base.Host || u.Scheme != base.Scheme {
		return u.String()
	}
	return local(u).String()
}

// local is u without scheme and host.
func local(u *url.URL) *url.URL {
	return &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment}
}
