package engine

import (
	"bytes"
	"fmt"
	"text/template/parse"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// streamPlace is where a range stands that may be over a stream.
type streamPlace struct {
	wrong string // what is wrong with it then
}

// streamPlaceOf looks at where a range stands that may be over a stream. Depth is that
// of the elements where the innermost branch around it begins.
func streamPlaceOf(m *markup, depth int, n *parse.RangeNode) *streamPlace {
	const container = ` as in <ul id="messages" phx-update="stream">` + streamRange + "<li id=\"{{$id}}\">…</li>{{end}}</ul>"
	of := func(text string) *streamPlace {
		return &streamPlace{text + ";" + fmt.Sprintf(container, "Messages")}
	}
	_, inTag := m.InTag()
	within := m.open.Len() > 0 && m.Depth() == m.open.Len()
	switch e := m.around(); {
	case inTag || !m.InText():
		return of("a stream stands in an element of its own, not in a tag, script or the like")
	case !within && !m.loose && !m.part:
		return of(`a stream stands in an element that has an id and phx-update="stream"`)
	case !within:
		return &streamPlace{} // what is around it can't be told
	case m.Depth() <= depth:
		return of(fmt.Sprintf("a stream stands right in its element, and not in an {{if}}, {{with}} or {{range}} between them; put that around the <%s>", e.name))
	case !e.stream:
		return of(fmt.Sprintf(`the element around a stream, here <%s>, needs phx-update="stream": the client would take out all entries that a diff doesn't bring again`, e.name))
	case !e.named:
		return of(fmt.Sprintf("the element around a stream, here <%s>, needs an id that no other has", e.name))
	case e.taken:
		return of("two streams in one element: the client puts the entries of one among those of the other; give each an element of its own")
	case e.child:
		return of(fmt.Sprintf("an element before the entries of a stream: the client puts those before all others in the <%s>; put it behind the range, or out of there", e.name))
	case n.ElseList != nil:
		return of("a stream has no {{else}}: the page keeps its entries, and the server doesn't know whether there are any; " +
			"put an element with an id behind the range, and have CSS show it when it is the :only-child")
	}
	m.open.From(m.open.Len() - 1)[0].taken = true
	if len(n.Pipe.Decl) != 2 {
		return &streamPlace{}
	}
	if wrong := wrongEntry(n.List, n.Pipe.Decl[0].Ident[0]); wrong != "" {
		return of(wrong)
	}
	return &streamPlace{}
}

// wrongEntry says what is wrong with the body of a range over a stream: it has to be one
// element, whose id is the variable called id.
func wrongEntry(body *parse.ListNode, id string) string {
	e := entryReader{id: id, scanner: htmlscan.Scanner{Lenient: true}}
	e.list(body)
	switch {
	case e.wrong != "" || e.unsure:
		return e.wrong
	case !e.seen:
		return "an entry of a stream is one element, with the id {{" + id + "}}"
	}
	return ""
}

// entryReader reads the body of a range over a stream.
type entryReader struct {
	id      string
	scanner htmlscan.Scanner
	holes   []parse.Node // what is shown in the tag that is being read
	called  int          // the templates that are read
	seen    bool         // the element
	unsure  bool         // what follows can't be told
	wrong   string
}

func (e *entryReader) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		if e.wrong != "" || e.unsure {
			return
		}
		_, inTag := e.scanner.InTag()
		top := !inTag && e.scanner.Depth() == 0
		switch n := n.(type) {
		case *parse.TextNode:
			e.text(n.Text)
		case *parse.ListNode: // a template in place of its call, which knows the id by what it is given
			e.called++
			e.list(n)
			e.called--
		case *parse.ActionNode:
			switch f := lastFunction(n.Pipe.Cmds); {
			case len(n.Pipe.Decl) > 0:
			case top && f != nil: // it may be a component, or the call of one
				e.unsure = true
			case top:
				e.wrong = "an entry of a stream is one element: what stands beside it, the client leaves out"
			default:
				e.holes = append(e.holes, n)
				e.scanner.Hole()
			}
		case *parse.IfNode:
			if !top || e.seen {
				e.skip(inTag, n, &n.BranchNode)
				continue
			}
			for _, branch := range []*parse.ListNode{n.List, n.ElseList} {
				if branch != nil && e.wrong == "" {
					e.wrong = wrongEntry(branch, e.id)
				}
			}
			e.seen = true
		case *parse.WithNode:
			e.skip(inTag || !top, n, &n.BranchNode)
		case *parse.RangeNode:
			e.skip(inTag || !top, n, &n.BranchNode)
		case *parse.TemplateNode:
			e.unsure = e.unsure || top
		}
	}
}

// skip passes over a node in an element or tag, which leaves open what was open before,
// or else isn't sure of what follows.
func (e *entryReader) skip(within bool, n parse.Node, b *parse.BranchNode) {
	if !within {
		e.unsure = true
		return
	}
	if _, inTag := e.scanner.InTag(); inTag {
		e.holes = append(e.holes, n)
		e.scanner.Hole()
		return
	}
	for _, l := range []*parse.ListNode{b.List, b.ElseList} {
		way := entryReader{id: e.id, scanner: *e.scanner.Clone(), seen: true}
		depth := way.scanner.Depth()
		way.within(l)
		if way.unsure || way.scanner.Depth() != depth || !way.scanner.InText() {
			e.unsure = true
		}
	}
}

// within reads what stands in the element.
func (e *entryReader) within(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			e.scanner.Scan(n.Text, func(*htmlscan.Token) bool { return true })
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				e.scanner.Hole()
			}
		case *parse.ListNode:
			e.within(n)
		case *parse.IfNode:
			_, in := e.scanner.InTag()
			e.skip(true, n, &n.BranchNode)
			e.unsure = e.unsure && !in
		case *parse.WithNode:
			e.skip(true, n, &n.BranchNode)
		case *parse.RangeNode:
			e.skip(true, n, &n.BranchNode)
		}
	}
}

// text reads HTML.
func (e *entryReader) text(html []byte) {
	e.scanner.Scan(html, func(t *htmlscan.Token) bool {
		outer := e.scanner.Depth() == 0
		switch t.Kind {
		case htmlscan.Text:
			if outer && !htmlscan.IsSpace(html[t.Start:t.End]) {
				e.wrong = "an entry of a stream is one element: what stands beside it, the client leaves out"
			}
		case htmlscan.StartTag:
			switch outer = t.Empty && outer || !t.Empty && e.scanner.Depth() == 1; {
			case outer && e.seen:
				e.wrong = "an entry of a stream is one element, and here are two"
			case outer:
				e.seen = true
				e.tag(t)
			}
			e.holes = nil
		}
		return e.wrong == ""
	})
}

// tag looks for the id in the start tag of the entry's element.
func (e *entryReader) tag(t *htmlscan.Token) {
	tag := readTag(t, false)
	for a := range htmlscan.Attributes(t.Tag) {
		if !bytes.EqualFold(a.Name, []byte("id")) {
			continue
		}
		if len(a.Value) == 1 && a.Value[0] == htmlscan.Blank {
			before := bytes.Count(t.Tag[:a.At], []byte{htmlscan.Blank})
			if e.called > 0 || bytes.Count(t.Tag, []byte{htmlscan.Blank}) != len(e.holes) || isVariable(e.holes[before], e.id) {
				return
			}
		}
		e.wrong = fmt.Sprintf(`the id of an entry of a stream is {{%s}}, alone: <%s id="{{%[1]s}}">; by another the client finds it not`, e.id, t.Name)
		return
	}
	if !tag.open {
		e.wrong = fmt.Sprintf(`the element of an entry of a stream has the entry's id: <%s id="{{%s}}">`, t.Name, e.id)
	}
}

// isVariable reports whether an action shows the variable called name, as it is.
func isVariable(n parse.Node, name string) bool {
	action, ok := n.(*parse.ActionNode)
	if !ok || len(action.Pipe.Cmds) != 1 || len(action.Pipe.Cmds[0].Args) != 1 {
		return false
	}
	v, ok := action.Pipe.Cmds[0].Args[0].(*parse.VariableNode)
	return ok && len(v.Ident) == 1 && v.Ident[0] == name
}
