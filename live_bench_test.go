package liveview_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// What an event costs where a page shows 1,000 live components, beside that of a page
// with a counter alone.
func BenchmarkLiveComponents(b *testing.B) {
	counter := &testView[tally]{template: tallyPage, onEvent: func(s *liveview.Socket[tally], _ liveview.Event) error {
		s.Assign(func(c *tally) { c.Count++ })
		return nil
	}}
	items := make([]cardItem, 1000)
	for i := range items {
		items[i] = cardItem{ID: i + 1, Text: fmt.Sprint("item ", i+1)}
	}
	cards := newBoard(boardList, items...)
	cards.onEvent = func(s *liveview.Socket[board], e liveview.Event) error {
		s.Assign(func(st *board) {
			st.Extra++
			if e.Name == "rename" {
				st.Items[st.Extra%1000].Text = fmt.Sprint("name ", st.Extra)
			} else {
				st.Title = fmt.Sprint(st.Extra)
			}
		})
		return nil
	}
	click := func(event string, cid int) string {
		in := ""
		if cid > 0 {
			in = fmt.Sprintf(`,"cid":%d`, cid)
		}
		return fmt.Sprintf(`{"type":"click","event":%q,"value":{}%s}`, event, in)
	}
	site := newSite(b, liveview.Config{EventRate: 1e9}, func(r *gin.Engine) {
		liveview.Handle(r, "/counter", counter)
		liveview.Handle(r, "/cards", cards)
	})
	for _, c := range []struct{ name, path, event string }{
		{"counter", "/counter", click("inc", 0)},
		{"a click in one", "/cards", click("open", 500)},
		{"the view changes none", "/cards", click("title", 0)},
		{"the view changes one", "/cards", click("rename", 0)},
	} {
		b.Run(c.name, func(b *testing.B) {
			page := site.open(c.path)
			defer page.close()
			size := 0
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				page.write(fmt.Sprintf(`["1","%d","%s","event",%s]`, i+10, page.topic(), c.event))
				size = len(page.next().raw)
			}
			b.ReportMetric(float64(size), "B/answer")
		})
	}
}

type tally struct{ Count int }

var tallyPage = liveview.MustParse[tally](`<div><span id="count">{{.Count}}</span><button phx-click="inc">+</button></div>`)

// What 1,000 live components hold in memory while nothing happens, beyond their states.
func BenchmarkLiveComponentsMemory(b *testing.B) {
	items := make([]cardItem, 1000)
	for i := range items {
		items[i] = cardItem{ID: i + 1, Text: "item"}
	}
	for _, c := range []struct{ name, text string }{
		{"pure", `<li>{{.Item.Text}} {{.Clicks}}</li>`},
		{"impure", `<li>{{.Item.Text}} {{.Clicks}}{{if connected}}!{{end}}</li>`},
	} {
		b.Run(c.name, func(b *testing.B) {
			held := cardTemplate
			cardTemplate = liveview.MustParse[card](c.text)
			defer func() { cardTemplate = held }()
			cards, none := newBoard(boardList, items...), newBoard(boardList)
			site := newSite(b, liveview.Config{EventRate: 1e9}, func(r *gin.Engine) {
				liveview.Handle(r, "/cards", cards)
				liveview.Handle(r, "/none", none)
			})
			heap := func(path string) float64 {
				var before, after runtime.MemStats
				pages := make([]*client, 20)
				site.open(path).close()
				runtime.GC()
				runtime.ReadMemStats(&before)
				for i := range pages {
					pages[i] = site.open(path)
					clear(pages[i].page.header)
					pages[i].page.body, pages[i].page.content = "", ""
				}
				runtime.GC()
				runtime.GC()
				runtime.ReadMemStats(&after)
				for _, p := range pages {
					p.close()
				}
				return float64(after.HeapAlloc-before.HeapAlloc) / float64(len(pages))
			}
			for range b.N {
				empty := heap("/none")
				b.ReportMetric((heap("/cards")-empty)/1000, "B/component")
			}
		})
	}
}
