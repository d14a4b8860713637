package liveview_test

import (
	"errors"
	"log/slog"
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

// So it is where the path's parts aren't those of the route's pattern, in what stands in
// another's page, and where a middleware answers before the route is known.
func TestSecretsInPathsAreNotShownElsewhere(t *testing.T) {
	t.Parallel()
	failing := func() *testView[counter] {
		v := counterView()
		v.onMount = func(*gin.Context, *liveview.Socket[counter]) error { return errors.New("as asked") }
		return v
	}
	visits := func(status int) gin.HandlerFunc {
		return func(c *gin.Context) {
			if liveview.IsVisit(c) {
				c.AbortWithStatus(status)
			}
		}
	}
	guest := kidView()
	guest.onMount = func(*gin.Context, *liveview.Socket[counter]) error { return errors.New("as asked") }
	player := func(answer gin.HandlerFunc) func(r *gin.Engine) {
		return func(r *gin.Engine) {
			liveview.Handle(r.Group("/", answer), "/player/:token", playerView())
			liveview.Handle(r, "/", showing(liveview.StickyAt("player", "/player/HIDDEN")))
		}
	}
	get := func(path string) func(v *visitor) { return func(v *visitor) { v.get(path) } }
	join := func(path string) func(v *visitor) {
		return func(v *visitor) {
			c := v.get("/").connect()
			c.push("phx_join", map[string]any{"redirect": "http://" + siteHost + path, "session": c.page.session, "params": map[string]any{}})
			c.next()
		}
	}
	ahead := func(status int) func(r *gin.Engine) {
		return func(r *gin.Engine) {
			r.Handlers = append(gin.HandlersChain{visits(status)}, r.Handlers...)
			liveview.Handle(r, "/", counterView())
			liveview.Handle(r, "/reset/:token", counterView())
		}
	}
	for name, test := range map[string]struct {
		routes func(r *gin.Engine)
		use    func(v *visitor)
		want   string // in the log
	}{
		"an encoded slash": {func(r *gin.Engine) {
			r.UseRawPath = true
			liveview.Handle(r, "/reset/:token", failing())
		}, get("/reset/one%2FHIDDEN"), "path=/reset/:token"},
		"a slash too many": {func(r *gin.Engine) {
			r.RemoveExtraSlash = true
			liveview.Handle(r, "/reset/:token", failing())
		}, get("/reset//HIDDEN"), "path=/reset/:token"},
		"what is left of the path": {func(r *gin.Engine) { liveview.Handle(r, "/reset/*token", failing()) }, get("/reset/one/HIDDEN"), "path=/reset/…"},
		"a nested view": {func(r *gin.Engine) {
			liveview.Handle(r, "/reset/:token", familyView(liveview.Nest("kid", guest)))
		}, get("/reset/HIDDEN"), "path=/reset/…"},
		"a sticky view that fails":      {player(func(*gin.Context) { panic("as asked") }), get("/"), "isn't shown"},
		"a sticky view that is refused": {player(func(c *gin.Context) { c.AbortWithStatus(403) }), get("/"), "doesn't let the visitor pass"},
		"a route that can't answer": {func(r *gin.Engine) {
			liveview.Handle(r, "/", counterView())
			liveview.Handle(r.Group("/", visits(503)), "/reset/:token", counterView())
		}, join("/reset/HIDDEN"), "path=/reset/…"},
		"a patch that fails": {func(r *gin.Engine) {
			v := counterView()
			v.onParams = func(c *gin.Context, _ *liveview.Socket[counter]) error {
				if c.Query("step") != "" {
					return errors.New("as asked")
				}
				return nil
			}
			v.onEvent = func(s *liveview.Socket[counter], _ liveview.Event) error {
				return s.PushPatch("/reset/HIDDEN?step=2", nil)
			}
			liveview.Handle(r, "/reset/:token", v)
		}, func(v *visitor) {
			c := v.open("/reset/one")
			c.push("event", map[string]any{"type": "click", "event": "on", "value": map[string]any{}})
			c.next()
		}, `PushPatch(\"/reset/…\"): `},
		"an early refusal": {ahead(403), join("/reset/HIDDEN"), "path=…"},
		"an early 503":     {ahead(503), join("/reset/HIDDEN"), "path=…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &logBuffer{}
			handler := slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})
			s := newSite(t, liveview.Config{Logger: slog.New(handler)}, test.routes)
			test.use(s.visitor())
			if log := log.String(); strings.Contains(log, "HIDDEN") || !strings.Contains(log, test.want) {
				t.Errorf("the log, which is to have %q, is %s", test.want, log)
			}
		})
	}
}
