package engine

import (
	"context"
	"reflect"
	"sync"
)

// Tree mirrors what one client holds of one view. The zero value is a client
// that holds nothing. A Tree must not be used by two goroutines at a time.
type Tree struct {
	template *Template           // of what it holds
	root     *node               // what each dynamic was, or
	state    pointer             // for a pure page, the state last rendered, a copy of our own
	released *release            // nil: nothing was
	known    map[string]*statics // of components: those found in their HTML, by themselves as JSON
	rare     *rare               // nil: nothing of it
}

// rare is what few trees have.
type rare struct {
	// What renderings found, and nobody has asked for yet.
	mistakes []string
	warnings []error
	lost     []error // of streams
	numbered int     // streams, so that no two have one number

	content *Tree // what the client holds of the rendering that the page is around
	memo    *memo // of what components showed by Rows; nil: nothing
	shapes  int   // the client showed, of more than maxShapes, when others were forgotten last
}

// around returns the tree of what the page is around.
func (r *Tree) around() *Tree {
	if r.rare == nil {
		r.rare = &rare{}
	}
	if r.rare.content == nil {
		r.rare.content = &Tree{}
	}
	return r.rare.content
}

// inner returns the tree of what the page is around, nil for nothing.
func (r *Tree) inner() *Tree {
	if r.rare == nil {
		return nil
	}
	return r.rare.content
}

// Mistakes returns what the last renderings found wrong with the HTML that
// components wrote, each with the place of the component in the template, if it
// stands in one. It is what [Parse] refuses of a template: what a browser makes
// another page of than is written, and what doesn't work on a page that the
// client patches. A mistake is found when HTML of that kind is first shown to the
// client, and returned once.
func (r *Tree) Mistakes() []string {
	if r.rare == nil {
		return nil
	}
	found := r.rare.mistakes
	r.rare.mistakes = nil
	if inner := r.inner(); inner != nil {
		found = append(found, inner.Mistakes()...)
	}
	return found
}

// note keeps what a rendering found.
func (r *Tree) note(mistakes []string, warnings []error) {
	if len(mistakes) == 0 && len(warnings) == 0 {
		return
	}
	if r.rare == nil {
		r.rare = &rare{}
	}
	r.rare.mistakes = append(r.rare.mistakes, mistakes...)
	r.rare.warnings = append(r.rare.warnings, warnings...)
}

// release is what a Tree knows of data that the application let go of.
type release struct {
	fields fields        // released and not changed since
	after  reflect.Value // the state when they were: a shallow copy, addressable
}

// Diff appends the members of the protocol's diff object, without its braces,
// that turn what the client holds into the rendering of state by t; nothing,
// if it holds that already. A Tree that holds nothing, or the tree of another
// template, gets the full tree with its statics. After an error dst is
// returned as it was and the Tree holds nothing.
func (r *Tree) Diff(dst []byte, t *Template, state, meta any) (out []byte, err error) {
	return r.DiffLive(dst, t, state, meta, Live{})
}

// DiffLive is [Tree.Diff] of a page that shows live components.
func (r *Tree) DiffLive(dst []byte, t *Template, state, meta any, l Live) (out []byte, err error) {
	return r.DiffAround(dst, t, state, meta, l, nil)
}

// DiffAround is [Tree.DiffLive] of a page that is around another: where the page says
// {{content}}, show appends what differs there, by a Diff of the tree that it is given.
// That one is r's own; it holds nothing where the client holds nothing of the content.
func (r *Tree) DiffAround(dst []byte, t *Template, state, meta any, l Live, show func(dst []byte, inner *Tree) ([]byte, error)) (out []byte, err error) {
	return r.diff(dst, t, state, meta, live{host: l.Host, self: l.Self, visit: l.Visit, streams: l.Streams}, nil, show)
}

// diff is DiffAround. Where the client begins with a copy of another tree of the
// template, like is that; the statics that the two share are left out then.
func (r *Tree) diff(dst []byte, t *Template, state, meta any, l live, like *Tree, show func(dst []byte, inner *Tree) ([]byte, error)) (out []byte, err error) {
	if t.pure != nil && r.template == t && r.state != nil {
		// Nothing here can fail, and an unchanged state is found out at once.
		p, err := t.pointer(state)
		if err != nil {
			r.Reset()
			return dst, err
		}
		return r.diffPure(dst, p, l), nil
	}
	rn, err := t.start(state, meta, l)
	if err != nil {
		r.Reset()
		return dst, err
	}
	defer func() {
		if err != nil {
			rn.endStreams(false)
			r.Reset()
			out = dst
		}
	}()
	rn.numbered, rn.bound = r.numbered(), l.streams
	var within *content
	if show != nil {
		within = &content{draw: func(dst []byte, anew bool) ([]byte, error) {
			inner := r.around()
			if anew {
				inner.Reset()
			}
			return show(dst, inner)
		}}
		rn.content = within
	}
	defer rn.guard(&err, within)
	if r.template != t {
		*r = Tree{template: t, rare: r.numbers()}
	}
	if t.pure != nil && r.root == nil {
		out = r.fullPure(dst, rn, like)
	} else {
		r.record(rn, state)
		out = r.write(dst, &rn.differ, t.page.statics, like)
		rn.mistakes = append(rn.mistakes, rn.shownNow.mistakes()...)
		r.settle(rn)
		r.tell(&rn.differ)
	}
	rn.end()
	return out, nil
}

// Warnings returns what the developer has to be told of the last Diff, with the
// place in the template: two entries of a list that have the same key, or one
// that has none. Of each list of a template it is told once in the process.
func (r *Tree) Warnings() []error {
	if r.rare == nil {
		return nil
	}
	list := r.rare.warnings
	r.rare.warnings = nil
	if inner := r.inner(); inner != nil {
		list = append(list, inner.Warnings()...)
	}
	return list
}

// Lost returns which streams the last renderings showed again without the entries that
// they had. Each is returned once.
func (r *Tree) Lost() []error {
	if r.rare == nil {
		return nil
	}
	list := r.rare.lost
	r.rare.lost = nil
	if inner := r.inner(); inner != nil {
		list = append(list, inner.Lost()...)
	}
	return list
}

// numbered returns how many streams the client was told of.
func (r *Tree) numbered() int {
	if r.rare == nil {
		return 0
	}
	return r.rare.numbered
}

// numbers returns what is kept of rare where nothing else is: the numbers of streams,
// which aren't given again.
func (r *Tree) numbers() *rare {
	if n := r.numbered(); n > 0 {
		return &rare{numbered: n}
	}
	return nil
}

// tell notes that the client is told of what was asked of the streams it shows.
func (r *Tree) tell(d *differ) {
	if d.numbered > r.numbered() || len(d.gone) > 0 {
		if r.rare == nil {
			r.rare = &rare{}
		}
		r.rare.numbered, r.rare.lost = d.numbered, append(r.rare.lost, d.gone...)
	}
	d.endStreams(true)
}

// Reset makes the tree that of a client which holds nothing.
func (r *Tree) Reset() { *r = Tree{rare: r.numbers()} }

// fullPure appends all of a pure page and keeps a copy of its state.
func (r *Tree) fullPure(dst []byte, rn *run, like *Tree) []byte {
	t := r.template
	if like != nil {
		rn.old.ensure(t.slots)
		rn.old.ptrs[0] = like.state
		dst = t.page.like(dst, &rn.scratch, rn.page, &rn.old)
	} else {
		dst = append(t.page.full(dst, &rn.scratch, rn.page), t.page.statics.json...)
	}
	r.state = pointerTo(reflect.New(t.state))
	valueAt(t.state, r.state).Set(valueAt(t.state, rn.page.ptrs[0]))
	return dst
}

// diffPure compares a pure page by its state alone.
func (r *Tree) diffPure(dst []byte, state pointer, l live) []byte {
	t := r.template
	if t.pure.equal(r.state, state) && !l.visit {
		return dst
	}
	rn := t.run()
	s := &rn.scratch
	s.surround(l)
	s.ensure(t.slots)
	s.now.ptrs[0], s.old.ptrs[0] = state, r.state
	dst = trimComma(dst, t.page.diff(dst, s, &s.now, &s.old))
	s.clear()
	t.runs.Put(rn)
	valueAt(t.state, r.state).Set(valueAt(t.state, state))
	return dst
}

// record evaluates the page onto the run's tape.
func (r *Tree) record(rn *run, state any) {
	if r.released != nil && r.root != nil {
		rn.kept = r.released.fields
		rn.changed = differing(r.released.after, reflect.ValueOf(state).Elem())
	}
	rn.known = r.known
	r.template.page.record(rn, rn.page, r.root)
}

// write appends what differs between a tape and what the client holds of the
// root, and notes that it holds the tape's then.
func (r *Tree) write(dst []byte, d *differ, root *statics, like *Tree) []byte {
	if r.root == nil || r.root.statics != root {
		r.root = &node{statics: root}
		if like != nil {
			return d.likeMembers(dst, 0, r.root, like.root)
		}
		return append(d.shared.append(d.fullMembers(dst, 0, r.root)), root.json...)
	}
	return trimComma(dst, d.shared.append(d.members(dst, 0, r.root)))
}

// settle notes what the rendering showed of components and of released data.
func (r *Tree) settle(rn *run) {
	r.note(rn.mistakes, rn.warnings)
	if rn.kept == 0 || r.known == nil {
		r.known = rn.found
	} else {
		r.learn(rn.found)
	}
	if r.released != nil {
		if r.released.fields &^= rn.changed; r.released.fields == 0 {
			r.released = nil
		}
	}
}

// forgetShapes bounds what is remembered of the shapes of what a component wrote: of many
// only those stay that the client still shows. A page that has that many itself isn't
// looked through each time.
func (r *Tree) forgetShapes() {
	most := maxShapes
	if r.rare != nil {
		most = max(most, 2*r.rare.shapes)
	}
	if r.known != nil && len(r.known) <= most {
		return
	}
	r.known = map[string]*statics{}
	if r.root != nil {
		r.root.shapes(r.known)
	}
	if len(r.known) > maxShapes && r.rare == nil {
		r.rare = &rare{}
	}
	if r.rare != nil {
		r.rare.shapes = len(r.known)
	}
}

// learn adds the shapes that a rendering found to those that the client also
// keeps, of parts that weren't rendered. Where some are new, others may have
// gone: only those stay that the client still shows.
func (r *Tree) learn(found map[string]*statics) {
	for shape, s := range found {
		if r.known[shape] != s {
			r.known = map[string]*statics{}
			r.root.shapes(r.known)
			return
		}
	}
}

// Release tells the tree, or the one of what the page is around, that the application let go of data after it was
// rendered: before and after are pointers to the state before and after that,
// shallow copies of each other otherwise. What the page shows of the fields
// that differ stays, and isn't evaluated again until a field it reads is
// changed. The tree drops its own copies of their data; a list among them is
// sent anew when it is rendered next.
func (r *Tree) Release(t *Template, before, after any) { r.ReleaseLive(t, before, after, Live{}) }

// ReleaseLive is [Tree.Release] of a page that shows live components.
func (r *Tree) ReleaseLive(t *Template, before, after any, l Live) {
	if inner := r.inner(); inner != nil {
		inner.ReleaseLive(t, before, after, l)
	}
	if r.template != t || r.root == nil && r.state == nil {
		return
	}
	b, a := reflect.ValueOf(before), reflect.ValueOf(after)
	if b.Kind() != reflect.Pointer || a.Type() != b.Type() || b.Type().Elem() != t.state {
		return
	}
	released := differing(b.Elem(), a.Elem())
	if released == 0 {
		return
	}
	if r.root == nil {
		r.remember(live{host: l.Host, self: l.Self, find: true})
	}
	copied := reflect.New(t.state).Elem()
	copied.Set(a.Elem())
	if r.released != nil {
		released |= r.released.fields
	}
	r.released = &release{released, copied}
	r.root.forget(released)
}

// remember turns the copy of a pure page's state into hashes of its dynamics,
// which hold on to nothing.
func (r *Tree) remember(l live) {
	rn := r.template.run()
	rn.surround(l)
	rn.page.self = l.self
	rn.page.ptrs[0] = r.state
	r.template.page.record(rn, rn.page, nil)
	r.root = &node{statics: r.template.page.statics}
	rn.fullMembers(nil, 0, r.root)
	r.state = nil
	rn.end()
}

// components stands for the template of all trees that components render.
var components = &Template{}

// maxShapes bounds what is remembered of the shapes of what components write.
const maxShapes = 1000

// componentDiff is the scratch memory of one diff of a component.
type componentDiff struct {
	sink
	differ
}

var componentDiffs = sync.Pool{New: func() any { return &componentDiff{} }}

// DiffComponent is [Tree.Diff] for what a component writes: the HTML is taken
// apart, as there is no template to tell what can change. The error is the
// component's.
func (r *Tree) DiffComponent(dst []byte, c Component, ctx context.Context) ([]byte, error) {
	return r.DiffComponentLive(dst, c, ctx, Live{})
}

// DiffComponentLive is DiffComponent where the component may show streams.
func (r *Tree) DiffComponentLive(dst []byte, c Component, ctx context.Context, l Live) ([]byte, error) {
	d := componentDiffs.Get().(*componentDiff)
	m, err := r.written(d, c, ctx)
	if err != nil {
		r.Reset()
		return dst, err
	}
	shown, err := shownIn(l.Streams)
	if err != nil {
		r.Reset()
		return dst, err
	}
	if r.template != components {
		*r = Tree{template: components, rare: r.numbers()}
	}
	r.forgetShapes()
	s := splitter{tape: &d.tape, known: r.known, found: r.known}
	s.reader = reader{html: d.differ.buf, streams: shown, memo: m}
	d.numbered, d.shared, d.memo = r.numbered(), &shared{}, m
	root := s.page(r.root, false)
	if err := s.lost(); err != nil {
		r.Reset()
		return dst, err
	}
	dst = r.write(dst, &d.differ, root, nil)
	r.noteRows(m)
	r.note(append(s.mistakes(), shown.mistakes()...), nil)
	r.tell(&d.differ)
	if d.differ.clear() {
		componentDiffs.Put(d)
	}
	return dst, nil
}

// written has c write its HTML into d, and returns what is remembered of its rows.
func (r *Tree) written(d *componentDiff, c Component, ctx context.Context) (*memo, error) {
	var m *memo
	if r.rare != nil && r.template == components {
		m = r.rare.memo
	}
	if m == nil {
		m = &memo{}
	}
	m.begin()
	d.sink.buf = d.differ.buf[:0]
	err := c.Render(m.with(ctx), &d.sink)
	d.differ.buf, d.sink.buf = d.sink.buf, nil
	return m, err
}

// noteRows keeps what is remembered of rows.
func (r *Tree) noteRows(m *memo) {
	m.end()
	switch {
	case len(m.all) > 0:
		if r.rare == nil {
			r.rare = &rare{}
		}
		r.rare.memo = m
	case r.rare != nil:
		r.rare.memo = nil
	}
}

// Template returns the template of what the client holds, nil if it has none.
func (r *Tree) Template() *Template {
	if r.template == components {
		return nil
	}
	return r.template
}

// Root returns what tells the outermost statics that the client holds from others; nil
// if it holds nothing.
func (r *Tree) Root() any {
	switch {
	case r.root != nil:
		return r.root.statics
	case r.state != nil:
		return r.template.page.statics
	}
	return nil
}
