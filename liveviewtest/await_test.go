package liveviewtest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// chain is a page that loads one thing upon another.
type chain struct {
	Links [5]liveview.Async[int]
	Sum   liveview.Async[int]
}

var chainPage = liveview.MustParse[chain](`<p id="sum">{{.Sum.Value}}{{if .Sum.Loading}}…{{end}}</p><ol>{{range .Links}}<li>{{.Value}}</li>{{end}}</ol>
	<button phx-click="go">Go</button><button phx-click="crash">Crash</button><button phx-click="forever">Forever</button>`)

type chainView struct{ takes time.Duration }

func (v chainView) after(ctx context.Context, n int) (int, error) {
	select {
	case <-time.After(v.takes):
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// next has the links loaded from i on, one after the other, and then their sum.
func (v chainView) next(s *liveview.Socket[chain], i int) {
	s.Assign(func(st *chain) {
		load := func(ctx context.Context) (int, error) { return v.after(ctx, i) }
		if i == len(st.Links) {
			st.Sum.Load(s, load)
			return
		}
		st.Links[i].LoadThen(s, load, func(int, error) { v.next(s, i+1) })
	})
}

func (v chainView) HandleEvent(s *liveview.Socket[chain], e liveview.Event) error {
	switch e.Name {
	case "go":
		v.next(s, 0)
	case "crash":
		s.Assign(func(st *chain) {
			st.Sum.LoadThen(s, func(ctx context.Context) (int, error) { return v.after(ctx, 1) }, func(int, error) { panic("as asked") })
		})
	case "forever":
		s.Assign(func(st *chain) {
			never := func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }
			st.Sum.Load(s, never)
			st.Links[3].Load(s, never)
			st.Links[2].Load(s, never)
			st.Links[2].Cancel()
		})
	}
	return nil
}

func (chainView) Render(st chain) liveview.Rendered { return chainPage.Render(st) }

func chainApp(takes time.Duration, config liveview.Config) http.Handler {
	return app(func(r *gin.Engine) { liveview.Handle(r, "/", chainView{takes}) }, config)
}

// Await waits for what a page loads, for what waits in line and what follows upon that,
// in a bubble and outside of one.
func TestAwait(t *testing.T) {
	test := func(t *testing.T, takes time.Duration) {
		v := liveviewtest.Open(t, chainApp(takes, liveview.Config{MaxLoads: 1}), "/")
		v.Await() // for nothing
		for range 2 {
			v.Click("Go")
			v.Await()
			if got := v.Text("#sum"); got != "5" {
				t.Errorf("the page shows %s", got)
			}
		}
	}
	for _, takes := range []time.Duration{0, time.Millisecond} {
		t.Run(fmt.Sprint(takes), func(t *testing.T) { test(t, takes) })
	}
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, 500*time.Millisecond) })
	})
}

// Where it waits in vain it names what is still on its way, and a view that crashes ends
// the wait at once.
func TestAwaitInVain(t *testing.T) {
	for _, test := range []struct {
		click string
		takes time.Duration
		want  []string
		not   string
	}{
		{"Forever", 0, []string{"Await", "after 5s", "Sum of liveviewtest_test.chainView at /; Links[3] of liveviewtest_test.chainView at /"}, "Links[2]"},
		{"Go", 2 * time.Second, []string{"after 5s", "Links[2] of"}, "Links[1]"}, // the links one after the other take longer
		{"Crash", time.Second, []string{"Await", "crash"}, "after 5s"},
	} {
		t.Run(test.click, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				said := strings.Join(failures(func(t testing.TB) {
					config := quiet()
					v := liveviewtest.Open(t, chainApp(test.takes, config), "/")
					v.Click(test.click)
					v.Await()
					t.Errorf("went on")
				}), "\n")
				for _, want := range test.want {
					if !strings.Contains(said, want) {
						t.Errorf("said %q, which lacks %q", said, want)
					}
				}
				if strings.Contains(said, test.not) || strings.Contains(said, "went on") || strings.Contains(said, "is blamed") {
					t.Errorf("said %q", said)
				}
			})
		})
	}
}

// What one page of a session loads another doesn't wait for.
func TestAwaitIsThePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := liveviewtest.NewSession(t, chainApp(0, liveview.Config{}))
		one, two := s.Open("/"), s.Open("/")
		one.Click("Forever")
		began := time.Now()
		two.Await()
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
