package liveview

import (
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/bufpool"
)

// Nested is a view that stands in another one's page, its parent's, and has a life of
// its own: its own state, events and messages, and crashes. [Nest] makes one. It is a
// [Component], so a template shows it by {{component .Chart}} and templ by @state.Chart,
// where the state has it as a field; one that isn't shown is nothing.
//
// It is mounted when its parent's page is rendered over HTTP, where it stands in the
// HTML, and again when the page is live, by a join of its own. That runs through the
// router to the URL that the parent is at, so what guards the page guards what is nested
// in it, and it doesn't wait for a parent that is busy. It ends when the parent shows it no more, and with the
// parent. When it crashes, it alone starts anew: parent and siblings keep their state; but
// see [Nested.Linked].
type Nested struct {
	id     string
	view   mountable
	linked bool
	err    error // why it can't be shown
}

// Nest returns a view to be shown in the page of the one that keeps it in its state,
// usually made in that one's Mount:
//
//	func (dashboard) Mount(c *gin.Context, s *liveview.Socket[Dashboard]) error {
//		s.Assign(func(d *Dashboard) { d.Sales = liveview.Nest("sales", salesPanel{}) })
//		return nil
//	}
//
// id is that of the element around the view: a letter first, then letters, digits and
// the characters _ and -, 64 bytes at most, and unique on the page. Element and attributes are those of the view's
// [Container].
//
// A nested view is a [View] like any other, and may have routes too, but for these: it
// has no URL of its own, so it can have no HandleParams, and PushPatch is an error in it,
// while [Socket.PushRedirect] and Redirect move the whole page. Its flash is its own. What [Around] puts around
// the callbacks of the page's views is around its callbacks as well; [Socket.ParentID]
// tells them apart. [Socket.PageTitle] counts once it is live.
//
// Nest panics where [Handle] does, and for a view with HandleParams or MountArgs. An id
// that is none is an error when the parent renders.
func Nest[C any](id string, view View[C]) *Nested {
	if view == nil {
		misuse("Nest wants a view for %q, not nil", id)
	}
	if _, ok := reflect.TypeOf(view).MethodByName("MountArgs"); ok {
		misuse("Nest(%q): the view %T takes arguments by MountArgs: give them to it by NestWith", id, view)
	}
	return newNested("Nest", id, view, callbacksOf(view), remedyForParams)
}

// ArgsView is a view that takes arguments where it is nested.
type ArgsView[C, A any] interface {
	View[C]

	// MountArgs is in place of [Mounter]'s Mount where the view is nested by [NestWith]: it
	// builds the first state from args.
	MountArgs(c *gin.Context, s *Socket[C], args A) error
}

// NestWith is [Nest] for a view that takes arguments, which the compiler checks:
//
//	func (chart) MountArgs(c *gin.Context, s *liveview.Socket[Chart], quarter Quarter) error
//
//	d.Chart = liveview.NestWith("chart", chart{}, d.Quarter)
//
// args count when the view is mounted. If the parent shows another Nested under the same
// id later, the view that is there stays as it is, and the arguments count when it
// mounts again, after a crash for instance; to tell it something use [Socket.SendChild].
// They never leave the server.
func NestWith[C, A any](id string, view ArgsView[C, A], args A) *Nested {
	if view == nil {
		misuse("NestWith wants a view for %q, not nil", id)
	}
	callbacks := callbacksOf(View[C](view))
	callbacks.mount = func(c *gin.Context, s *Socket[C]) error { return view.MountArgs(c, s, args) }
	return newNested("NestWith", id, View[C](view), callbacks, remedyForParams)
}

// remedyForParams is what becomes of the HandleParams of a view that is to be nested.
const remedyForParams = "and have the view whose URL it is send what changes, by SendChild for instance"

// newNested returns the view as one that stands in another one's page. call is the function
// that the application called for it: its misuse is said by the line of that call.
func newNested[C any](call, id string, view View[C], callbacks callbacks[C], remedy string) *Nested {
	const above = 2
	element, err := elementOf(callbacks.container)
	switch {
	case err != nil:
		misuseBy(above, "%s(%q): %T: %v", call, id, view, err)
	case callbacks.params != nil:
		misuseBy(above, "%s(%q): the view %T follows a URL, which in another one's page it hasn't got: take HandleParams out, %s", call, id, view, remedy)
	}
	n := &Nested{id: id, view: newLiveRoute(view, callbacks, element)}
	if !isElementID(id) {
		n.err = fmt.Errorf("liveview: the view %T is to be shown with the id %q; it must be 1 to %d letters, digits, _ and -, a letter first, and not begin with phx-",
			view, id, maxElementID)
	}
	return n
}

// Linked says that when the view crashes its parent ends as well, and the page starts
// anew as a whole: for a view without which the rest makes no sense. It is so for a view
// that was there; one whose Mount or first render fails is tried again by itself. It returns n.
func (n *Nested) Linked() *Nested {
	n.linked = true
	return n
}

// maxElementID is the longest id of a guest's element, in bytes.
const maxElementID = 64

// isElementID reports whether an application may have id for a guest. Those of pages
// begin with phx-.
func isElementID(id string) bool {
	if id == "" || len(id) > maxElementID || isOwnViewID(id) {
		return false
	}
	for i, c := range []byte(id) {
		isLetter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !isLetter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '_') {
			return false
		}
	}
	return true
}

// nester is a page that nested views can stand in.
type nester interface {
	appendNested(dst []byte, n *Nested) ([]byte, error)
}

// Render implements [Component]: on the HTTP render it writes the view, on the live
// page the element that the client joins it in.
func (n *Nested) Render(ctx context.Context, w io.Writer) error {
	if n == nil {
		return nil
	}
	if n.err != nil {
		return n.err
	}
	m := MetaFrom(ctx)
	if m == nil {
		return fmt.Errorf("liveview: the view %s, nested as %q, can be shown within a live page only: by {{component …}} in a template of Parse, or in templ by @", n.view.own().name, n.id)
	}
	page, ok := m.page.(nester)
	if !ok {
		return fmt.Errorf("liveview: the view %s, nested as %q, has no parent here, as the page has no live view", n.view.own().name, n.id)
	}
	buf := bufpool.Frames.Get()
	defer bufpool.Frames.Put(buf)
	var err error
	if buf.B, err = page.appendNested(buf.B, n); err != nil {
		return err
	}
	_, err = w.Write(buf.B)
	return err
}

// mountable implements the interface of that name.
func (rt *liveRoute[C]) mountable(c *gin.Context, a *app, id, browser string, b *mailbox) liveView {
	return rt.newView(c, a, id, browser, b)
}

// appendNested appends the element that the client joins n in, and notes that it may.
func (p *page) appendNested(dst []byte, n *Nested) ([]byte, error) {
	if p.mailbox == nil {
		return dst, errNoParent(n)
	}
	if p.nest == nil {
		p.nest = &nesting{}
	}
	if p.nest.family == nil {
		p.nest.family = &family{
			parent: p.mailbox, above: p.nest.parent, name: p.route.name, hears: p.route.hears || p.hooks != nil, id: p.id,
			token: nestedToken{parent: p.id, browser: p.browser}.sign(p.app.signer), place: p.place(), round: 1,
		}
	}
	f := p.nest.family
	if err := f.show(n.id, n.view, n.linked, p.app.config.MaxChannels); err != nil {
		return dst, err
	}
	e := &n.view.own().element
	dst = e.appendGuest(dst, n.id, f.token, "", ` data-phx-parent-id="`+p.id+`"`)
	return e.appendEnd(dst), nil
}

func errNoParent(n *Nested) error {
	return fmt.Errorf("liveview: the view %s is nested as %q where no view is its parent, as in a layout: show it in a view's template, or use NewSticky", n.view.own().name, n.id)
}

// maxNesting is how deep views may be nested over HTTP. It is for a view that nests
// itself.
const maxNesting = 16

// appendNested mounts n in the page and appends what it shows, in its element.
func (h *httpPage) appendNested(dst []byte, n *Nested) ([]byte, error) {
	if h.inLayout {
		return dst, errNoParent(n)
	}
	if h.depth >= maxNesting {
		return dst, fmt.Errorf("liveview: views are nested deeper than %d, down to %s: does one of them nest itself?", maxNesting, n.view.own().name)
	}
	if !h.shown.add(n.id) {
		return dst, fmt.Errorf("liveview: two views with the id %q are nested in %s; each needs an id of its own on the page", n.id, h.route.name)
	}
	view := n.view.mountable(h.c, h.app, n.id, h.browser, nil)
	page := view.page()
	page.nest = &nesting{parent: &family{id: h.id, name: h.route.name, hears: h.route.hears || h.hooks != nil, posting: h.posting}}
	page.settleIn(h.place())
	content := bufpool.Frames.Get()
	defer bufpool.Frames.Put(content)
	view, err := h.renderGuest(view, content)
	if err != nil {
		return dst, err
	}
	page = view.page()
	static := h.app.signStatic(staticOf(h.id, n.id), page.flash.shown(), 0)
	e := &n.view.own().element
	dst = e.appendGuest(dst, n.id, "", static, ` data-phx-parent-id="`+h.id+`"`)
	dst = append(dst, content.B...)
	return e.appendEnd(dst), nil
}

func (p httpPart) appendNested(dst []byte, n *Nested) ([]byte, error) {
	return p.host.appendNested(dst, n)
}

// ParentID returns the id of the view that this one is nested in, "" for a view that is
// nested in none.
func (s *Socket[C]) ParentID() string {
	if s.page.nest == nil || s.page.nest.parent == nil {
		return ""
	}
	return s.page.nest.parent.id
}

// SendChild has info delivered to the HandleInfo of the view that is nested in this one
// under id. It never blocks. It returns [ErrNotConnected] during the HTTP render,
// [ErrNoChild] where the page has no such view, or it hasn't joined yet, or has ended,
// [ErrMailboxFull], and an error where it has no HandleInfo. A child that
// needs to be told something as it begins gets it by [NestWith], or asks by [Socket.SendParent].
func (s *Socket[C]) SendChild(id string, info any) error {
	s.page.onlyInCallbacks("SendChild")
	if s.page.mailbox == nil {
		return s.page.posting.postChild(id, info)
	}
	var b *mailbox
	var view nestedView
	if s.page.nest != nil && s.page.nest.family != nil {
		b, view = s.page.nest.family.member(id)
	}
	switch {
	case b == nil:
		return fmt.Errorf("%w: %q in %s", ErrNoChild, id, s.page.route.name)
	case !view.own().hears && s.page.hooks == nil:
		return fmt.Errorf("liveview: SendChild(%q): the view %s has no HandleInfo to get a %T", id, view.own().name, info)
	}
	if err := b.post(message{kind: messageInfo, info: info}); err != ErrEnded { //nolint:errorlint // it is post's own
		return err
	}
	return fmt.Errorf("%w: %q in %s has ended", ErrNoChild, id, s.page.route.name)
}
