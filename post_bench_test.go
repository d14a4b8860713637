package liveview_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// nowhere takes a response.
type nowhere struct {
	header http.Header
	bytes  int
}

func (w *nowhere) Header() http.Header { return w.header }
func (w *nowhere) WriteHeader(int)     {}
func (w *nowhere) Write(b []byte) (int, error) {
	w.bytes += len(b)
	return len(b), nil
}

type benchRow struct {
	ID, Qty int
	Name    string
}

// BenchmarkPageLoad is the HTTP render of a page of 1,000 rows: what it costs that its
// buttons work without JavaScript.
func BenchmarkPageLoad(b *testing.B) {
	gin.DefaultWriter = io.Discard
	rows := make([]benchRow, 1000)
	for i := range rows {
		rows[i] = benchRow{i, i % 100, fmt.Sprint("Article of brass, ", i)}
	}
	const table = `<table>{{range .}}<tr id="row-{{.ID}}"><td>{{.ID}}</td><td>{{.Name}}</td><td>{{.Qty}}</td><td>%s</td></tr>{{end}}</table>`
	for _, page := range []struct{ name, before, cell string }{
		{"without buttons", "", "in stock"},
		{"a button", `<button phx-click="touch">touch</button>`, "in stock"},
		{"1,000 buttons", "", `<button phx-click="restock" phx-value-id="{{.ID}}">+</button>`},
	} {
		b.Run(page.name, func(b *testing.B) {
			r := gin.New()
			r.Use(liveview.Middleware(liveview.Config{Logger: slog.New(slog.DiscardHandler)}))
			liveview.Handle(r, "/", liveview.ViewFuncs[[]benchRow]{
				Template: liveview.MustParse[[]benchRow](page.before + fmt.Sprintf(table, page.cell)),
				Mount: func(_ *gin.Context, s *liveview.Socket[[]benchRow]) error {
					s.Assign(func(st *[]benchRow) { *st = rows })
					return nil
				},
			})
			b.ReportAllocs()
			var w nowhere
			for b.Loop() {
				w = nowhere{header: http.Header{}}
				r.ServeHTTP(&w, httptest.NewRequest(http.MethodGet, "/", nil))
			}
			b.ReportMetric(float64(w.bytes), "B/page")
		})
	}
}
