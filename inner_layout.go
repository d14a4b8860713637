package liveview

import "github.com/gin-gonic/gin"

// UseInnerLayout puts t around the views of the live routes behind it: what a group of
// pages has in common within the view's own element, such as a menu whose active item
// and breadcrumbs follow the page. t shows the view where it says {{content}}, once.
//
// Unlike a [Layout], which is the document and is written once, an inner layout is drawn
// again with the view: after each callback that changed something, a patch and a live
// navigation. Of it, too, only what changed is sent. It is the counterpart of Phoenix's
// layout within the live view:
//
//	shop := r.Group("/", liveview.UseInnerLayout(shopLayout, shopDataOf))
//	liveview.Handle(shop, "/products", productsView{})
//
// data, if not nil, makes what t shows: of the page, by m, and of the view's state, a C
// of its Socket[C]. The states of a group may have a method for it, or embed a type that
// has one:
//
//	func shopDataOf(m *liveview.Meta, state any) shopData {
//		d := shopData{Route: m.FullPath()}
//		if s, ok := state.(interface{ Crumbs() []string }); ok {
//			d.Crumbs = s.Crumbs()
//		}
//		return d
//	}
//
// It is called each time that the view is rendered, after its Render, and is a part of
// it: it reads, and an error of it is a panic, which ends the view as one of Render's
// does. What the route's middleware knows it gets from [Meta.Value]. Without data, or for
// what is of every page, t has the functions of [Parse]: {{flash "info"}}, {{currentURL}}.
// Bindings in t such as phx-click go to the view; [Around] can answer them for the group.
//
// Groups within groups nest: the layout of the outer one is around that of the inner one.
// A page has those of the route that it was last mounted by or patched to. A plain
// handler's page, by [RenderInLayout], has those of its route as well: state is nil there.
//
// It panics if t is nil or says {{content}} nowhere.
func UseInnerLayout[D any](t *Template[D], data func(m *Meta, state any) D) gin.HandlerFunc {
	if t == nil || !t.engine.Load().Around() {
		misuse("UseInnerLayout wants a template that shows the view by {{content}}")
	}
	return hookList{layout: func(r Rendered, m *Meta, state any) Rendered {
		var d D
		if data != nil {
			d = data(m, state)
		}
		return Rendered{template: t.engine.Load(), state: &d, content: &r}
	}}.middleware()
}
