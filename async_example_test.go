package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// Report is what takes a while.
type Report struct{ Total int }

// Sales is a page that shows one.
type Sales struct {
	Days   int
	Report liveview.Async[Report]
	Sent   liveview.Async[string] // the id of the mail that the report went by
	Shops  []Shop
}

// Shop is a line of it, whose details come when they are asked for.
type Shop struct {
	ID    string
	Staff liveview.Async[[]string]
}

var salesPage = liveview.MustParse[Sales](`
{{with .Report}}
<section aria-busy="{{.Loading}}">
  {{if .Loaded}}<p id="total">{{.Value.Total}}</p>
  {{else if .Loading}}<p>One moment …</p>{{end}}
  {{if .Err}}<p role="alert">There are no figures at present. <button phx-click="again">Try again</button></p>{{end}}
  {{if .Loading}}<button phx-click="cancel">Cancel</button>{{end}}
</section>
{{end}}
<button phx-click="week">A week</button>
<button phx-click="send" {{if .Sent.Loading}}disabled{{end}}>Send</button>
<p id="sent">{{flash "info"}}</p><p id="unsent">{{flash "error"}}</p>
{{range .Shops | keyed "ID"}}
<details id="{{.ID}}"><summary phx-click="open" phx-value-id="{{.ID}}">{{.ID}}</summary>
  {{range .Staff.Value}}<p>{{.}}</p>{{else}}{{if .Staff.Loading}}One moment …{{end}}{{end}}
</details>
{{end}}`)

// salesView is what all visitors of the page share.
type salesView struct {
	report func(ctx context.Context, days int) (Report, error)
	staff  func(ctx context.Context, shop string) ([]string, error)
	mail   func(ctx context.Context, r Report) (id string, err error)
}

// show has the page show the report of so many days, when it is there.
func (v salesView) show(s *liveview.Socket[Sales], days int) {
	s.Assign(func(st *Sales) {
		st.Days = days
		st.Report.Load(s, func(ctx context.Context) (Report, error) { return v.report(ctx, days) })
	})
}

func (v salesView) Mount(_ *gin.Context, s *liveview.Socket[Sales]) error {
	s.Assign(func(st *Sales) { st.Shops = []Shop{{ID: "north"}, {ID: "south"}} })
	v.show(s, 1)
	return nil
}

func (v salesView) HandleEvent(s *liveview.Socket[Sales], e liveview.Event) error {
	switch e.Name {
	case "again":
		v.show(s, s.State().Days)
	case "week":
		v.show(s, 7)
	case "cancel":
		s.Assign(func(st *Sales) { st.Report.Cancel() })
	case "send":
		v.send(s)
	case "open":
		v.open(s, e.Value("id"))
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

// send mails the report that is shown.
func (v salesView) send(s *liveview.Socket[Sales]) {
	if s.State().Sent.Loading {
		return // a client can send the event all the same
	}
	report := s.State().Report.Value
	s.Assign(func(st *Sales) {
		st.Sent.LoadThen(s,
			func(ctx context.Context) (string, error) { return v.mail(ctx, report) },
			func(id string, err error) {
				if err != nil {
					s.PutFlash("error", "The mail server doesn't answer; the report wasn't sent.")
					return
				}
				s.PutFlash("info", "Sent as "+id+".")
			})
	})
}

// open shows who works in a shop.
func (v salesView) open(s *liveview.Socket[Sales], shop string) {
	s.Assign(func(st *Sales) {
		for i := range st.Shops {
			if st.Shops[i].ID == shop {
				st.Shops[i].Staff.Load(s, func(ctx context.Context) ([]string, error) { return v.staff(ctx, shop) })
			}
		}
	})
}

func (salesView) Render(st Sales) liveview.Rendered { return salesPage.Render(st) }

// slowSales takes a second for everything.
func slowSales() salesView {
	second := func(ctx context.Context) error {
		select {
		case <-time.After(time.Second):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return salesView{
		report: func(ctx context.Context, days int) (Report, error) { return Report{100 * days}, second(ctx) },
		staff: func(ctx context.Context, shop string) ([]string, error) {
			return []string{"Ann of the " + shop}, second(ctx)
		},
		mail: func(ctx context.Context, r Report) (string, error) {
			if r.Total > 500 {
				return "", errors.Join(second(ctx), errors.New("too large"))
			}
			return fmt.Sprint("mail ", r.Total), second(ctx)
		},
	}
}

// The page of docs/async.md.
func TestSales(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gin.SetMode(gin.TestMode)
		r := gin.New()
		_ = r.SetTrustedProxies(nil) // nil is a list that can be parsed
		r.Use(liveview.Middleware())
		liveview.Handle(r, "/sales", slowSales())

		v := liveviewtest.Open(t, r, "/sales")
		v.WaitForText("section", "One moment … Cancel")
		v.Await()
		v.WaitForText("#total", "100")

		v.Click("A week")
		v.WaitForText("#total", "100") // the old one stays
		v.Click("Cancel")
		v.Click("Send")
		v.Await()
		v.WaitForText("#sent", "Sent as mail 100.")

		v.Click("A week")
		v.Await()
		v.WaitForText("#total", "700")
		v.Click("Send")
		v.Await()
		v.WaitForText("#unsent", "The mail server doesn't answer; the report wasn't sent.")

		v.Click("summary", "south")
		v.Await()
		v.WaitForText("#south p", "Ann of the south")
	})
}

// patiently tries twice, for two seconds each.
func patiently(work func(ctx context.Context) (Report, error)) func(ctx context.Context) (Report, error) {
	try := func(ctx context.Context) (Report, error) {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		return work(ctx)
	}
	return func(ctx context.Context) (Report, error) {
		report, err := try(ctx)
		if err != nil && ctx.Err() == nil { // somebody still waits for it
			report, err = try(ctx)
		}
		return report, err
	}
}

// Time limits and further attempts are the work's own.
func TestSalesTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		work := patiently(func(ctx context.Context) (Report, error) {
			if attempts++; attempts == 1 {
				<-ctx.Done()
			}
			return Report{attempts}, ctx.Err()
		})
		began := time.Now()
		report, err := work(t.Context())
		if took := time.Since(began); report.Total != 2 || err != nil || took != 2*time.Second {
			t.Errorf("%+v, %v, after %v", report, err, took)
		}
	})
}

// todaysView has the report of today from the start, if that takes no more than a fifth of
// a second.
type todaysView struct{ salesView }

func (v todaysView) Mount(_ *gin.Context, s *liveview.Socket[Sales]) error {
	s.Assign(func(st *Sales) {
		st.Report.Load(s, v.today, liveview.LoadOptions{RenderWait: 200 * time.Millisecond})
	})
	return nil
}

func (v todaysView) today(ctx context.Context) (Report, error) { return v.report(ctx, 1) }

// A page whose figures are there soon has them from the start.
func TestSalesOfToday(t *testing.T) {
	for takes, want := range map[time.Duration]bool{100 * time.Millisecond: true, time.Second: false} {
		synctest.Test(t, func(t *testing.T) {
			view := todaysView{salesView{report: func(context.Context, int) (Report, error) {
				time.Sleep(takes) // of the bubble's clock
				return Report{100}, nil
			}}}
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
			if has := strings.Contains(s.visitor().get("/").content, `<p id="total">100</p>`); has != want {
				t.Errorf("a page of what takes %v has it: %t", takes, has)
			}
			time.Sleep(time.Second) // of the bubble, until it is done
		})
	}
}
