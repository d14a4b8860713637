package web

import (
	"strconv"

	"github.com/gin-liveview/liveview/example/desk/data"
	"github.com/gin-liveview/liveview/example/ui"
)

// Key is one of a page's, for the dialog that tells of them.
type Key struct{ Key, Does string }

// Keys are those of the list.
func (st ticketsState) Keys() []Key {
	keys := []Key{{"j", "the next ticket"}, {"k", "the one before"}, {"Enter", "opens it"}, {"/", "to the search"}, {"n", "a new ticket"}, {"?", "this list"}}
	return append(keys, staffKeys(st.Me)...)
}

// Keys are those of a ticket.
func (st ticketState) Keys() []Key {
	keys := []Key{{"r", "to the answer"}, {"Ctrl+Enter", "sends it"}, {"u", "back to the list"}, {"?", "this list"}}
	return append(keys, staffKeys(st.Me)...)
}

func staffKeys(u data.User) (keys []Key) {
	if !u.IsStaff() {
		return nil
	}
	for i, status := range data.Statuses() {
		keys = append(keys, Key{strconv.Itoa(i + 1), "makes it " + string(status)})
	}
	return append(keys, Key{"a", "makes it yours"})
}

// PriorityOptions are those of a new ticket.
func (ticketsState) PriorityOptions() (options []ui.Option) {
	for _, p := range data.Priorities() {
		options = append(options, ui.Option{Value: strconv.Itoa(int(p)), Label: p.String()})
	}
	return options
}
