package js

import (
	"encoding/json"

	"github.com/gin-liveview/liveview/protocol"
)

// Option says more about an operation.
type Option interface {
	kind() option
	add(a *arguments)
}

// option is a set of kinds of options.
type option uint32

const (
	optInner option = 1 << iota
	optClosest
	optDisplay
	optWith
	optIn
	optOut
	optTime
	optNonBlocking
	optBlocking
	optValue
	optTarget
	optLoading
	optPageLoading
	optReplace
	optDetail
	optNoBubbles
	optElse
)

var optionNames = map[option]string{
	optInner: "Inner", optClosest: "Closest", optDisplay: "Display", optWith: "With", optIn: "In", optOut: "Out",
	optTime: "Time", optNonBlocking: "NonBlocking", optBlocking: "Blocking", optValue: "Value", optTarget: "Target",
	optLoading: "Loading", optPageLoading: "PageLoading", optReplace: "Replace", optDetail: "Detail", optNoBubbles: "NoBubbles",
	optElse: "Else",
}

// arguments are those of one operation.
type arguments struct {
	fn    string // that makes the operation, for errors
	takes option
	given option
	other any // of Else
	json  []byte
}

// name begins an argument.
func (a *arguments) name(name string) {
	before := byte('{')
	if len(a.json) > 0 {
		before = ','
	}
	a.json = append(a.json, before, '"')
	a.json = append(a.json, name...)
	a.json = append(a.json, '"', ':')
}

func (a *arguments) text(name, value string) {
	a.name(name)
	a.json = protocol.AppendString(a.json, value)
}

func (a *arguments) raw(name, value string) {
	a.name(name)
	a.json = append(a.json, value...)
}

func (a *arguments) list(name string, values []string) {
	a.name(name)
	a.json = appendList(a.json, values)
}

func appendList(dst []byte, values []string) []byte {
	dst = append(dst, '[')
	for i, value := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = protocol.AppendString(dst, value)
	}
	return append(dst, ']')
}

// options adds those that the operation has.
func (a *arguments) options(options []Option) {
	for _, o := range options {
		if o == nil {
			fail(a.fn, "is given nil for an option")
		}
		kind := o.kind()
		switch {
		case kind&a.takes == 0:
			fail(a.fn, "has no option "+optionNames[kind])
		case kind&a.given != 0:
			fail(a.fn, "is given "+optionNames[kind]+" twice")
		}
		a.given |= kind
		o.add(a)
	}
}

// elements adds what elements the operation is about.
func (a *arguments) elements(to string) {
	switch {
	case a.given&optInner != 0 && a.given&optClosest != 0:
		fail(a.fn, "is given Inner and Closest, and a selector can't mean both")
	case to == Self && a.given&(optInner|optClosest) == 0:
		return
	}
	checkSelector(a.fn, to)
	switch {
	case a.given&optInner != 0:
		a.name("to")
		a.json = append(protocol.AppendString(append(a.json, `{"inner":`...), to), '}')
	case a.given&optClosest != 0:
		a.name("to")
		a.json = append(protocol.AppendString(append(a.json, `{"closest":`...), to), '}')
	default:
		a.text("to", to)
	}
}

func (a *arguments) end() string {
	if len(a.json) == 0 {
		return "{}"
	}
	return string(a.json) + "}"
}

func (a *arguments) object(name string, values map[string]any) {
	if values == nil {
		values = map[string]any{}
	}
	text, err := json.Marshal(values)
	if err != nil {
		fail(a.fn, "has a "+optionNames[a.given&(optValue|optDetail)]+" that encoding/json doesn't marshal: "+err.Error())
	}
	a.raw(name, string(text))
}
