package liveview_test

import (
	"strings"
	"testing"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
)

type country struct{ Code, Name string }

func (c country) Value() string  { return c.Code }
func (c *country) Label() string { return c.Name }

type plainOption struct {
	Value int
	Label string
}

func TestOptions(t *testing.T) {
	text := "b"
	for want, test := range map[string]struct{ list, chosen any }{
		``: {nil, nil},
		`<option value="a">a</option><option value="b" selected>b</option>`:                                                                    {[]string{"a", "b"}, "b"},
		`<option value="b" selected>b</option>`:                                                                                                {[]*string{&text, nil}, &text},
		`<option value="1" selected>1</option><option value="2">2</option><option value="3" selected>3</option>`:                               {[]int{1, 2, 3}, []string{"1", "3"}},
		`<option value="1">one &lt;</option><option value="2" selected>2</option>`:                                                             {[]plainOption{{1, "one <"}, {2, ""}}, 2},
		`<option value="&#34;" selected disabled>x</option>`:                                                                                   {[]liveview.Option{{`"`, "x", true}}, `"`},
		`<option value="de" selected>Germany</option>`:                                                                                         {[]*country{{"de", "Germany"}}, country{"de", ""}.Value()},
		`<optgroup label="A"><option value="1">1</option></optgroup><optgroup label="B&amp;"><option value="2" selected>2</option></optgroup>`: {map[string][]int{"B&": {2}, "A": {1}}, []int{2}},
		`<optgroup label="A"><option value="x">x</option></optgroup><option value="y">y</option>`:                                              {[]any{liveview.OptionGroup{"A", []string{"x"}}, "y"}, nil},
	} {
		if got, err := liveview.Options(test.list, test.chosen); err != nil || string(got) != want {
			t.Errorf("%v, %v: %s, %v; want %s", test.list, test.chosen, got, err, want)
		}
	}
	for _, list := range []any{3, "a", []struct{ X int }{{1}}, map[int]int{}} {
		if got, err := liveview.Options(list, nil); err == nil {
			t.Errorf("%v: %s", list, got)
		}
	}
}

// Helpers write attributes and elements that the client knows.
func TestElementHelpers(t *testing.T) {
	type state struct {
		Off  bool
		List []string
		One  string
	}
	st := state{true, []string{"a", "b"}, "b"}
	for text, want := range map[string]string{
		`<button {{attr "disabled" .Off}} {{attr "title" .One}} {{attr "hidden" false}}></button>`: `<button disabled title="b" ></button>`,
		`<select name="s">{{options .List .One}}</select>`:                                         `<option value="a">a</option><option value="b" selected>b</option>`,
		`<div {{focusWrap "d"}}>{{focusEdge}}<p>x</p>{{focusEdge}}</div>`:                          `<div data-phx-hook="Phoenix.FocusWrap" id="d"><div tabindex="0" aria-hidden="true"></div><p>x</p><div tabindex="0" aria-hidden="true"></div></div>`,
		`<template {{portal "t" "body"}}><div id="x">{{.One}}</div></template>`:                    `<template data-phx-portal="body" id="t"><div id="x">b</div></template>`,
		`<details {{ignoreAttributes "open"}}></details>`:                                          `<details phx-mounted="[[&#34;ignore_attrs&#34;,{&#34;attrs&#34;:[&#34;open&#34;]}]]"></details>`,
	} {
		if got := firstHTML(t, text, st); !strings.Contains(got, want) {
			t.Errorf("%s is\n%s\nwant %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		`<template {{portal "" "body"}}></template>`: "needs both",
		`<div {{focusWrap ""}}></div>`:               "FocusWrap is given no id",
		`<div {{ignoreAttributes ""}}></div>`:        "IgnoreAttrs is given no attribute",
	} {
		if _, err := liveview.Parse[state](text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// Go code, a component for instance, has the helpers as well, and lists of its own.
func TestElementsInGo(t *testing.T) {
	portal, err := liveview.Portal("tip", "body")
	if err != nil || portal["data-phx-portal"] != "body" || portal["id"] != "tip" {
		t.Errorf("%v %v", portal, err)
	}
	for _, wrong := range [][2]string{{"", "body"}, {"tip", ""}} {
		if attrs, err := liveview.Portal(wrong[0], wrong[1]); err == nil {
			t.Errorf("%q makes %v", wrong, attrs)
		}
	}
	if attrs, err := liveview.FocusWrap(""); err == nil {
		t.Errorf("no id makes %v", attrs)
	}
	if edge := liveview.FocusEdge(); !strings.Contains(string(edge), `tabindex="0"`) {
		t.Errorf("the edge is %s", edge)
	}
	if attrs := liveview.IgnoreAttributes("open"); attrs["phx-mounted"] != js.IgnoreAttrs(js.Self, "open") {
		t.Errorf("%v", attrs)
	}
	got, err := liveview.Options([]liveview.Option{{Value: 1, Label: "one"}, {Value: 2, Disabled: true}}, 1)
	if want := `<option value="1" selected>one</option><option value="2" disabled>2</option>`; string(got) != want || err != nil {
		t.Errorf("the options are %s, %v; want %s", got, err, want)
	}
}
