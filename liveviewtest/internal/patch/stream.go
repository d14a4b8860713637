package patch

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/rendered"
)

// IsStream reports whether n is the container of a stream: its children stay
// when the new HTML lacks them.
func IsStream(n *html.Node) bool { return dom.Attr(n, "phx-update") == "stream" }

// streams is what a patch does with the items of streams.
type streams struct {
	doc     *dom.Document
	result  *Result
	inserts map[string]rendered.Insert // by the item's id
	kept    map[string]*html.Node      // items that were taken out to be put in again, by id
}

func newStreams(doc *dom.Document, result *Result, all []*rendered.Stream) *streams {
	s := &streams{doc: doc, result: result, inserts: map[string]rendered.Insert{}, kept: map[string]*html.Node{}}
	for _, stream := range all {
		for id, in := range stream.Inserts {
			s.inserts[id] = in
		}
		if stream.Reset {
			for _, n := range dom.FindAll(doc.Root, func(n *html.Node) bool {
				ref, ok := dom.LookupAttr(n, "data-phx-stream")
				return ok && ref == stream.Ref
			}) {
				s.remove(n)
			}
		}
		for _, id := range stream.Deletes {
			if n := doc.ByID(id); n != nil {
				s.remove(n)
			}
		}
	}
	return s
}

// clear takes out all items in container, as a join does with those of the HTTP
// render.
func (s *streams) clear(container *html.Node) {
	for _, list := range dom.FindAll(container, IsStream) {
		for _, n := range dom.Children(list) {
			s.remove(n)
		}
	}
}

// remove takes an item out of its stream. If it is to be inserted again, it is
// kept for that.
func (s *streams) remove(n *html.Node) {
	id := dom.Attr(n, "id")
	if _, again := s.inserts[id]; again {
		s.kept[id] = n
		dom.Detach(n)
		return
	}
	s.result.remove(n)
}

// leftOut reports whether n is an item that is only to be updated where it is,
// and it isn't.
func (s *streams) leftOut(n *html.Node) bool {
	id := dom.Attr(n, "id")
	return s.inserts[id].UpdateOnly && s.kept[id] == nil
}

// keptItem returns the node that was kept for the item n, once; nil if there is
// none.
func (s *streams) keptItem(n *html.Node) *html.Node {
	id := dom.Attr(n, "id")
	kept := s.kept[id]
	if id == "" || kept == nil {
		return nil
	}
	delete(s.kept, id)
	return kept
}

// add puts the item n into its container, where the stream says, and reports
// whether n is an item.
func (s *streams) add(container, n *html.Node) bool {
	in, ok := s.inserts[dom.Attr(n, "id")]
	if !ok {
		return false
	}
	s.mark(n, in.Ref)
	items := dom.Children(container)
	var before *html.Node
	switch {
	case in.At == 0:
		before = container.FirstChild
	case in.At > 0 && in.At < len(items):
		before = items[in.At]
	case in.At < 0 && len(items) > 0 && !marked(items[len(items)-1]):
		// Behind the items, and before what else is in the container.
		if i := slices.IndexFunc(items, func(n *html.Node) bool { return !marked(n) }); i >= 0 {
			before = items[i]
		}
	}
	dom.Insert(container, n, before)
	return true
}

func marked(n *html.Node) bool { return dom.HasAttr(n, "data-phx-stream") }

func (s *streams) mark(n *html.Node, ref string) {
	s.doc.Edit(n).Stream = ref
	dom.SetAttr(n, "data-phx-stream", ref)
}

// reorder brings an item to the place that its stream says, if it is new there
// or the stream was reset, and drops what is beyond the stream's limit.
func (s *streams) reorder(n *html.Node, isNew bool) {
	in, ok := s.inserts[dom.Attr(n, "id")]
	if !ok {
		return
	}
	s.mark(n, in.Ref)
	if !in.Reset && !isNew || n.Parent == nil {
		return
	}
	container := n.Parent
	items := dom.Children(container)
	switch {
	case in.At == 0:
		dom.Insert(container, n, items[0])
	case in.At > 0 && in.At >= len(items)-1:
		dom.Insert(container, n, nil)
	case in.At > 0 && slices.Index(items, n) > in.At:
		dom.Insert(container, n, items[in.At])
	case in.At > 0 && items[in.At] != n:
		dom.Insert(container, n, items[in.At+1])
	}
	if in.Limit != nil {
		for _, item := range beyond(dom.Children(container), *in.Limit) {
			s.remove(item)
		}
	}
}

// beyond returns the items that are more than a limit allows.
func beyond(items []*html.Node, limit int) []*html.Node {
	switch {
	case limit < 0 && len(items) > -limit:
		return items[:len(items)+limit]
	case limit >= 0 && len(items) > limit:
		return items[limit:]
	}
	return nil
}

// dropUnnamed takes out of a container's new HTML what has no id, and returns
// what of it a user would miss.
func dropUnnamed(container *html.Node) (missed []string) {
	for c := container.FirstChild; c != nil; {
		next := c.NextSibling
		if dom.Attr(c, "id") == "" {
			if c.Type == html.ElementNode {
				missed = append(missed, dom.Describe(c))
			} else if text := strings.TrimSpace(c.Data); c.Type == html.TextNode && text != "" {
				missed = append(missed, text)
			}
			container.RemoveChild(c)
		}
		c = next
	}
	return missed
}
