package engine

// content is the rendering that a page is around: an inner layout shows the view where
// it says {{content}}. The view is a page with a state, a frame and a tree of its own;
// of these its layout knows nothing but where they stand.
type content struct {
	// draw appends what differs, or all HTML. anew says that the client holds nothing
	// of the content; that is for diffs.
	draw    func(dst []byte, anew bool) ([]byte, error)
	showing bool // draw runs
}

// contentError is the panic for an error of the content's, whose place isn't in the page
// around it.
type contentError struct{ err error }

// show appends the content.
func (c *content) show(dst []byte, anew bool) []byte {
	c.showing = true
	dst, err := c.draw(dst, anew)
	c.showing = false
	if err != nil {
		panic(contentError{err})
	}
	return dst
}

// contentStatics are those of the node that stands for the content: its own are known
// to its own tree.
var contentStatics = &statics{}
