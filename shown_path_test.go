package liveview_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// A parameter of the path whose name says that it is a secret is shown to no operator.
func TestSecretsInPathsAreNotShown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		mount func(c *gin.Context, s *liveview.Socket[told]) error
		use   func(s *site)
	}{
		"a crash": {nil, func(s *site) {
			v := s.browse("/reset/HIDDEN/two")
			if info, err := s.app.Inspect(s.t.Context(), v.ID()); err != nil || info.Path != "/reset/…/two" {
				s.t.Errorf("the path is told as %q (%v)", info.Path, err)
			}
			v.Click("#crash")
			v.ExpectCrash()
		}},
		"a page that can't be shown": {
			func(*gin.Context, *liveview.Socket[told]) error { return errors.New("as asked") },
			func(s *site) { s.visitor().get("/reset/HIDDEN/two") },
		},
		"a join that fails": {
			func(_ *gin.Context, s *liveview.Socket[told]) error {
				if s.Connected() {
					return errors.New("as asked")
				}
				return nil
			},
			func(s *site) { s.visitor().get("/reset/HIDDEN/two").connect().join() },
		},
		"a join that is refused": {
			func(c *gin.Context, s *liveview.Socket[told]) error {
				if s.Connected() {
					c.AbortWithStatus(403)
				}
				return nil
			},
			func(s *site) { s.visitor().get("/reset/HIDDEN/two").connect().join() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				v := toldView(func(*liveview.Socket[told]) {})
				if test.mount != nil {
					v.onMount = test.mount
				}
				liveview.Handle(r, "/reset/:resetToken/:step", v)
			})
			test.use(s)
			if log := s.log.String(); strings.Contains(log, "HIDDEN") || !strings.Contains(log, "/reset/…/two") {
				t.Errorf("the log is %s", log)
			}
		})
	}
}
