package liveview_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// hostileDials opens sockets from another site's page, with that much behind its host.
func (p *page) hostileDials(n int, more string) {
	for range n {
		if _, _, err := p.dial(http.Header{"Origin": {"https://evil.example/" + more}}, nil); err == nil {
			p.visitor.site.t.Error("another site's page opens a socket")
		}
	}
}

// Who does one thing wrong again and again writes a few lines, and hides no other sentence:
// not that of a load that has failed.
func TestFaultsOfClientsHideNothingElse(t *testing.T) {
	t.Parallel()
	type state struct{ Orders liveview.Async[string] }
	v := &testView[state]{template: liveview.MustParse[state](`<p>{{.Orders.Value}}</p>`)}
	v.onEvent = func(s *liveview.Socket[state], _ liveview.Event) error {
		s.Assign(func(st *state) {
			st.Orders.Load(s, func(context.Context) (string, error) { return "", errors.New("the database is away") })
		})
		return nil
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		s.visitor().get("/").hostileDials(50, "")
		c := s.open("/")
		for range 3 {
			c.click("load", nil)
			synctest.Wait()
		}
		s.wantLog("the database is away")
		if log := s.log.String(); strings.Count(log, "\n") != 21 || strings.Count(log, "isn't allowed") != 20 {
			t.Errorf("the log has %d lines:\n%s", strings.Count(log, "\n"), log)
		}
	})
}

// A line about a client is short, whatever is in its headers.
func TestFaultsOfClientsAreShort(t *testing.T) {
	t.Parallel()
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	s.visitor().get("/").hostileDials(1, strings.Repeat("x", 500_000))
	if n := len(s.log.String()); n > 2000 {
		t.Errorf("a line of %d bytes", n)
	}
}
