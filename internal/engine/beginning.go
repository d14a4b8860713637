package engine

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/gin-liveview/liveview/internal/attr"
	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// beginning is how the attribute value begins that is being read, as far as texts of the
// template say. Several ways may lead there.
type beginning struct {
	begun    bool // there is some text on each way, whatever actions print
	list     bool // on some way it begins as a list
	commands bool // on some way it begins as commands of the client's
}

// clientsRank ranks names of attributes by what data in them may do.
func clientsRank(name string) int {
	switch {
	case mayTakeCommands(name):
		return 2
	case strings.HasPrefix(name, "phx-"):
		return 1
	}
	return 0
}

// mayTakeCommands is attr.TakesCommands for a name that may have holes.
func mayTakeCommands(name string) bool {
	known, _, holed := strings.Cut(name, string(rune(htmlscan.Blank)))
	return attr.TakesCommands(known) || holed && (strings.HasPrefix("phx-", known) || strings.HasPrefix(attr.CommandPrefix, known))
}

// beginsCommands finds commands that are written by hand.
var beginsCommands = regexp.MustCompile(`^\[\s*\[\s*("|&quot;|&#34;)(push|exec|dispatch|show|hide|toggle|transition|navigate|patch|focus|focus_first|push_focus|pop_focus|(set|remove|toggle|ignore)_attrs?|(add|remove|toggle)_class)("|&quot;|&#34;)`)

// read reads a text, behind which s stands.
func (b *beginning) read(s *htmlscan.Scanner, text []byte) {
	_, at, in := s.InValue(clientsRank)
	if !in {
		*b = beginning{}
		return
	}
	if at >= 0 { // it begins in the text
		*b = beginning{}
		text = text[at:]
	}
	if len(text) > 0 && !b.begun {
		b.begun = true
		b.list = b.list || text[0] == '['
		b.commands = b.commands || beginsCommands.Match(text)
	}
}

// join makes b what it is behind two ways.
func (b *beginning) join(other beginning) {
	b.begun = b.begun && other.begun
	b.list = b.list || other.list
	b.commands = b.commands || other.commands
}

// wrongIn says what is wrong with an action where s stands, behind b: what it prints would
// be a part of commands, or html/template would make another value of it.
func (b *beginning) wrongIn(s *htmlscan.Scanner) string {
	name, _, in := s.InValue(clientsRank)
	switch {
	case !in:
		return ""
	case strings.HasPrefix(name, "phx-value-"):
		for _, part := range []string{"src", "uri", "url"} {
			if strings.Contains(name, part) {
				return name + ": html/template takes what has " + part + ` in its name for a URL, and changes it: spaces become %20, and schemes other than http, https and mailto #ZgotmplZ; name it otherwise, as in phx-value-link`
			}
		}
	case attr.TakesCommands(name) && b.list, b.commands:
		return name + " holds commands that are written by hand, and what data has in it would run with them; make them by the function js, as in " +
			name + `="{{js.Push "save" (js.Value "name" .Name)}}"`
	}
	return ""
}

// beginsEvent reports whether an action where s stands, behind b, may print what the client
// takes for an event's name or for commands, and returns the attribute.
func (b *beginning) beginsEvent(s *htmlscan.Scanner) (attribute string, begins bool) {
	name, _, in := s.InValue(clientsRank)
	return name, in && !b.begun && mayTakeCommands(name)
}

// badEvent is what stands in place of a text that the client would run.
const badEvent = attr.BadURL

// isCommands reports whether the client would run a text that an action has printed.
func isCommands(printed []byte) bool { return bytes.HasPrefix(printed, []byte("[")) }
