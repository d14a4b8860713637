package engine

import "github.com/gin-liveview/liveview/internal/htmlscan"

// markRoots finds the nodes of a page that bear r, and tells its actions where
// they stand.
//
// Dynamic text is taken to be balanced: html/template escapes it, and
// template.HTML is by contract a fragment without unclosed tags. It may close
// what HTML lets it close, though, as a div closes a p.
func markRoots(page *block) {
	r := &rooter{calls: map[called]around{}, unrooted: map[*statics]bool{}}
	r.block(&htmlscan.Scanner{}, page)
	if r.live && len(r.calls) > 0 { // which a template that calls itself only now can know
		r.calls, r.unrooted = map[called]around{}, map[*statics]bool{}
		r.block(&htmlscan.Scanner{}, page)
	}
}

// rooter follows the HTML of a page through its blocks.
type rooter struct {
	calls    map[called]around
	unrooted map[*statics]bool // of blocks that are no root at some place
	live     bool              // the page has been seen to show what may be live components
}

// called is a recursive template and where it is called.
type called struct {
	proc    *procedure
	context htmlscan.Context
}

// around is what a block does to the elements around it.
type around struct {
	// read is whether the block could be followed to its end, and closes what it
	// opens. What comes after another can't be followed.
	read   bool
	sure   bool          // whether it stays where it is written
	live   bool          // whether it may show live components
	texts  htmlscan.Open // what is open where it shows a text that isn't known
	markup htmlscan.Open // and where it shows HTML that isn't known
}

func (a *around) add(b around) {
	a.sure = a.sure && b.sure
	a.live = a.live || b.live
	a.texts |= b.texts
	a.markup |= b.markup
}

// blockReader reads the HTML of one block.
type blockReader struct {
	*htmlscan.Scanner
	around
	depth    int              // where the block begins
	alone    bool             // nothing but white space was outside of elements
	elements int              // outside of all others of the block
	stands   bool             // a placeholder can stand for the last of them
	form     bool             // or could, were it no form
	root     htmlscan.Context // that of its content
}

// block reads the HTML of b, which may not close an element that is open around
// it: closed and opened again, it would look the same afterwards.
func (r *rooter) block(s *htmlscan.Scanner, b *block) around {
	in := blockReader{Scanner: s, around: around{sure: true}, depth: s.Depth(), alone: s.InText()}
	for i := range b.steps {
		st := &b.steps[i]
		if !in.html(st.lead) || !r.step(&in, st) {
			return around{}
		}
	}
	if !in.html(b.tail) || in.Depth() != in.depth {
		return around{}
	}
	one := in.alone && in.InText() && in.elements == 1 && in.sure && !in.root.Has(in.texts|in.markup)
	b.statics.one = one && (in.stands || in.form)
	b.statics.root = one && in.stands && !in.live && !r.unrooted[b.statics]
	r.unrooted[b.statics] = !b.statics.root
	in.read = true
	return in.around
}

// html reads what doesn't change, and reports whether it could.
func (in *blockReader) html(html []byte) bool {
	within := true
	in.Scan(html, func(t *htmlscan.Token) bool {
		in.sure = in.sure && !t.Misplaced
		switch t.Kind {
		case htmlscan.Text:
			if in.Depth() == in.depth && !htmlscan.IsSpace(html[t.Start:t.End]) {
				in.alone = false
			}
		case htmlscan.StartTag:
			if t.Empty && in.Depth() == in.depth || !t.Empty && in.Depth() == in.depth+1 {
				in.elements++
				in.stands, in.root = replaceable(t), in.Context()
				in.form = t.Name == "form" && substitutable(t)
			}
		case htmlscan.EndTag:
			within = in.Depth() >= in.depth
		default:
			in.alone = false
		}
		return within
	})
	return within && !in.Malformed()
}

// step reads what an action shows, and reports whether it could.
func (r *rooter) step(in *blockReader, st *step) bool {
	if st.dyn >= 0 && in.InText() && in.Depth() == in.depth {
		in.alone = false // it may begin any number of elements
	}
	if c, ok := st.do.(*call); ok && in.InText() {
		did := r.call(c.proc, in.Context())
		in.add(did)
		return did.read
	}
	shown, sure := st.do.shows()
	switch st.do.(type) {
	case *livePlace, *component, contentAction:
		in.live, r.live = true, true
	}
	switch {
	case !sure:
		return false
	case st.dyn < 0:
		return true
	case len(shown) > 0:
		return r.ways(in, shown)
	}
	if in.InText() {
		in.texts |= in.Context().Text()
		if w, ok := st.do.(markupWriter); ok && w.writesMarkup(in.Context()) {
			in.markup |= in.Context().Markup()
		}
	}
	in.Hole()
	return !in.Malformed()
}

// ways reads one of the blocks shown, of which nil is nothing. After each way the
// HTML has to go on alike.
func (r *rooter) ways(in *blockReader, shown []*block) bool {
	fork := in.Scanner.Clone()
	for i, b := range shown {
		way := fork.Clone()
		if b != nil {
			did := r.block(way, b)
			if !did.read {
				return false
			}
			in.add(did)
		}
		if i == 0 {
			*in.Scanner = *way // whoever reads the block around this one goes on from there
		} else if !in.Join(way, fork) {
			return false
		}
	}
	return true
}

// call reads a recursive template as it is called in a context.
func (r *rooter) call(proc *procedure, context htmlscan.Context) around {
	at := called{proc, context}
	did, known := r.calls[at]
	if !known {
		r.calls[at] = around{read: true, live: r.live} // while it is read, no more is certain of it
		did = r.block(&htmlscan.Scanner{Around: context}, proc.body)
		r.calls[at] = did
	}
	return did
}

// markupWriter is an action that may show HTML. It is told where it stands, and
// reports whether it may indeed.
type markupWriter interface {
	writesMarkup(htmlscan.Context) bool
}
