package protocol

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
)

// Join is the payload of phx_join on the topic of a view. A member that the client
// left out, or sent as null, is the zero value.
//
// Source: connectParams and the constructor in
// phoenix_live_view/assets/js/phoenix_live_view/view.ts.
type Join struct {
	// URL is the absolute address of the page, sent by a main view and by other
	// roots that are not sticky. Redirect takes its place after a live
	// navigation, with the absolute address of the target. A child has neither.
	URL, Redirect string

	// Session and Static are the signed tokens in the view's HTML. Static is ""
	// for a view that was not part of the page as first loaded.
	Session, Static string

	Flash  string // signed token from a live redirect
	Sticky bool   // the view survives live navigation

	// Params holds the app's connect parameters and the client's own, whose
	// names start with an underscore; each value is raw JSON.
	Params map[string]json.RawMessage
}

// DecodeJoin decodes the payload of phx_join on a topic that starts with [TopicView]:
//
//	{"url":"http://h/","params":{"_mounts":0},"session":"…","static":"…","sticky":false}
func (l Limits) DecodeJoin(payload []byte) (Join, error) {
	l = l.withDefaults()
	var url, redirect, params, session, static, flash, sticky []byte
	err := l.object("join", payload, func(name, value []byte) error {
		switch string(name) {
		case "url":
			url = value
		case "redirect":
			redirect = value
		case "params":
			params = value
		case "session":
			session = value
		case "static":
			static = value
		case "flash":
			flash = value
		case "sticky":
			sticky = value
		}
		return nil
	})
	if err != nil {
		return Join{}, err
	}

	var j Join
	if j.URL, err = textMember("url", url); err != nil {
		return Join{}, err
	}
	if j.Redirect, err = textMember("redirect", redirect); err != nil {
		return Join{}, err
	}
	if j.Session, err = textMember("session", session); err != nil {
		return Join{}, err
	}
	if j.Static, err = textMember("static", static); err != nil {
		return Join{}, err
	}
	if j.Flash, err = textMember("flash", flash); err != nil {
		return Join{}, err
	}
	if !isNull(sticky) {
		if j.Sticky = sticky[0] == 't'; !j.Sticky && sticky[0] != 'f' {
			return Join{}, wrongType("sticky", "true or false")
		}
	}
	if !isNull(params) {
		if j.Params, err = l.members("params", params); err != nil {
			return Join{}, err
		}
	}
	return j, nil
}

// Mounts returns how often the view joined before on this page: 0 at first, one
// more after each reconnect. It is what the client says, and 0 if it says
// nothing sensible.
func (j Join) Mounts() int { return j.counter("_mounts") }

// paramJoins is a parameter of ours: how often views of this one's id have joined on this page.
const paramJoins = "_joins"

// Joins returns how often views of this one's id have joined before on this page: this one,
// as Mounts says, and those whose place it has taken by live navigation. It is what our start
// script says, and Mounts where that says nothing sensible.
func (j Join) Joins() int { return max(j.Mounts(), j.counter(paramJoins)) }

// JoinsBefore returns how often other views of this one's id, whose place it has taken by
// live navigation, have joined on this page. It is what our start script says, and 0 where
// that says nothing sensible.
func (j Join) JoinsBefore() int { return j.Joins() - j.Mounts() }

// MountAttempts returns how many joins failed since the last that did not. It is
// what the client says, and 0 if it says nothing sensible.
func (j Join) MountAttempts() int { return j.counter("_mount_attempts") }

// paramFilesLost is a parameter of ours: the names of the file inputs in which files
// were chosen when the page lost its view.
const paramFilesLost = "_files_lost"

// FilesLost returns the names of the file inputs in which, as the client says, files
// were chosen when the page lost its view, and with it the files.
func (j Join) FilesLost() []string { return j.names(paramFilesLost) }

// paramFilesAgain is a parameter of ours: the names of the file inputs in which files were
// chosen when the page lost its connection, and which it has all of.
const paramFilesAgain = "_files_again"

// FilesAgain returns the names of the file inputs whose files, as the client says, the page
// chooses again once it has joined: they were there when it lost its connection.
func (j Join) FilesAgain() []string { return j.names(paramFilesAgain) }

func (j Join) names(param string) []string {
	var names []string
	if json.Unmarshal(j.Params[param], &names) != nil {
		return nil
	}
	return names
}

// paramState is a parameter of ours: what the view before has left for this one, as the
// server sealed it.
const paramState = "_state"

// State returns what the server told the page to bring along, in [EventState]; "" for
// nothing.
func (j Join) State() string {
	var seal string
	if json.Unmarshal(j.Params[paramState], &seal) != nil {
		return ""
	}
	return seal
}

// paramPage is a parameter of ours: what the browser's page is called, by itself, for as
// long as it isn't loaded anew.
const paramPage = "_page"

// PageKey returns what tells the browser's page from others that have the same view, as a
// page has that was duplicated; 0 if the client doesn't say.
func (j Join) PageKey() uint64 {
	var name string
	if json.Unmarshal(j.Params[paramPage], &name) != nil || name == "" {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // it never fails
	return max(h.Sum64(), 1)
}

func (j Join) counter(name string) int {
	n, err := strconv.Atoi(string(j.Params[name]))
	if err != nil {
		return 0
	}
	return max(n, 0)
}
