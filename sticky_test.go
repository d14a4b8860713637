package liveview_test

import (
	"errors"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// playerView counts, tells who hears it, and moves the page.
func playerView() *nestView[player] {
	v := &nestView[player]{template: liveview.MustParse[player](`<b>{{.Count}} {{.Where}}</b>`)}
	v.onMount = func(c *gin.Context, s *liveview.Socket[player]) error {
		s.Assign(func(p *player) { p.Where = c.FullPath() + c.Query("list") + c.GetString("who") })
		return nil
	}
	v.onEvent = func(s *liveview.Socket[player], e liveview.Event) error {
		s.Assign(func(p *player) { p.Count++ })
		switch e.Name {
		case "go":
			return s.PushRedirect("/b", nil)
		case "crash":
			return errors.New("crash as asked")
		case "patch":
			if err := s.PushPatch("/b", nil); err == nil || !strings.Contains(err.Error(), "PushRedirect") {
				return fmt.Errorf("PushPatch: %w", err)
			}
		}
		return nil
	}
	return v
}

type player struct {
	Count int
	Where string
}

// stickyTag is the element of a sticky view.
var stickyTag = regexp.MustCompile(`(?s)<[a-z]+ id="player" data-phx-session="([^"]*)" data-phx-static="([^"]*)"( data-phx-sticky)?>(.*?)</div>`)

type shown struct{ Player liveview.Component }

var (
	showsPlayer = liveview.MustParse[shown](`<main>{{component .Player}}</main>`)
	playerHTML  = template.Must(template.New("").Parse(`<html><head>{{.CSRFMeta}}{{.LiveTitle}}{{.Scripts}}</head><body>{{.Component .Data}}{{.Content}}</body></html>`))
)

// showing is a view whose own template shows p.
func showing(p liveview.Component) *nestView[shown] {
	v := &nestView[shown]{template: showsPlayer}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[shown]) error {
		s.Assign(func(st *shown) { st.Player = p })
		return nil
	}
	return v
}

func layoutWith(p *liveview.Sticky) liveview.Layout {
	return liveview.LayoutOf(playerHTML, "", func(*gin.Context) any { return p })
}

// stickySite has the pages /a and /b, with the player in layout or content, guarded by
// theirs or a route of its own.
func stickySite(t *testing.T, inLayout, own bool, guard func(c *gin.Context)) *site {
	player := liveview.NewSticky("player", playerView())
	if own {
		player = liveview.StickyAt("player", "/player?list=7")
	}
	config := liveview.Config{Recheck: 1}
	if inLayout {
		config.Layout = layoutWith(player)
	}
	return newSite(t, config, func(r *gin.Engine) {
		pages, players := r.Group(""), r.Group("", guard)
		if own {
			liveview.Handle(players, "/player", playerView())
		} else {
			pages.Use(player.Middleware(), guard)
		}
		if inLayout {
			liveview.Handle(pages, "/a", kidView())
			liveview.Handle(pages, "/b", kidView())
		} else {
			liveview.Handle(pages, "/a", showing(player))
			liveview.Handle(pages, "/b", showing(player))
		}
	})
}

// A sticky view is rendered with its page, joins by itself, and outlives the page's own
// view; what it is guarded by is asked again.
func TestStickyView(t *testing.T) {
	for _, inLayout := range []bool{true, false} {
		for _, own := range []bool{true, false} {
			t.Run(fmt.Sprintf("in the layout: %t, with a route: %t", inLayout, own), func(t *testing.T) {
				who, refused := "ann", false
				s := stickySite(t, inLayout, own, func(c *gin.Context) {
					c.Set("who", who)
					if refused {
						c.AbortWithStatus(403)
					}
				})
				p := s.visitor().get("/a")
				m := stickyTag.FindStringSubmatch(p.body)
				want := "<b>0 /aann</b>"
				if own {
					want = "<b>0 /player7ann</b>"
				}
				if m == nil || (m[3] == "") != inLayout || m[4] != want {
					t.Fatalf("over HTTP the page has %q, want %s: %s", m, want, p.body)
				}
				c := p.connect()
				if status, response := c.join(); status != "ok" {
					t.Fatalf("the page joins: %s %v", status, response)
				}
				join := map[string]any{"sticky": !inLayout}
				if inLayout {
					join["url"] = p.url
				}
				who = "bob"
				status, response, _ := c.joinGuest(html.UnescapeString(m[1]), "player", join)
				if status != "ok" || !strings.Contains(fmt.Sprint(response["rendered"]), "bob") {
					t.Fatalf("it joins: %s %v", status, response)
				}
				k := &kid{c, "player", html.UnescapeString(m[1]), strconv.Itoa(c.ref), response}
				k.click("patch")
				_, response, between := k.click("go")
				if fmt.Sprint(response["diff"]) != "map[0:2]" || len(between) != 1 || between[0].event != "live_redirect" {
					t.Errorf("PushRedirect is answered %v after %v", response, between)
				}
				c.call("phx_leave", map[string]any{})
				if status, response := c.joinAs(map[string]any{"redirect": "http://" + siteHost + "/b", "session": p.session}); status != "ok" {
					t.Fatalf("live navigation: %s %v", status, response)
				}
				c.ref = 200
				if _, response, _ := k.click("inc"); fmt.Sprint(response["diff"]) != "map[0:3]" {
					t.Errorf("on the next page it answers %v", response)
				}
				if status, _, _ := k.click("crash"); status != "phx_error" {
					t.Errorf("its crash: %s", status)
				}
				k.rejoin()
				if _, response, _ := k.click("inc"); fmt.Sprint(response["diff"]) != "map[0:1]" {
					t.Errorf("joined again it answers %v", response)
				}
				refused = true
				b, _ := jsonOf([]any{k.joinRef, "300", "lv:player", "event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}}})
				c.write(b)
				if code := c.end(); code != 1001 {
					t.Errorf("refused, its socket is closed with %d", code)
				}
			})
		}
	}
}

// Whom the route of a sticky view doesn't let pass gets the page without it.
func TestStickyViewThatIsRefused(t *testing.T) {
	for name, refuse := range map[string]func(c *gin.Context){
		"aborts":    func(c *gin.Context) { c.AbortWithStatus(403) },
		"redirects": func(c *gin.Context) { c.Redirect(303, "/login"); c.Abort() },
		"panics":    func(*gin.Context) { panic("as asked") },
	} {
		t.Run(name, func(t *testing.T) {
			refuses := true
			s := stickySite(t, true, true, func(c *gin.Context) {
				if refuses {
					refuse(c)
				}
			})
			v := s.visitor()
			if p := v.get("/a"); p.status != 200 || strings.Contains(p.body, "player") || p.content == "" {
				t.Errorf("status %d, page %s", p.status, p.body)
			}
			refuses = false
			p := v.get("/a")
			session := html.UnescapeString(stickyTag.FindStringSubmatch(p.body)[1])
			c := p.connect()
			c.join()
			refuses = true
			if name == "panics" {
				return
			}
			if status, response, _ := c.joinGuest(session, "player", map[string]any{"url": p.url}); status != "error" || response["reason"] != "join crashed" && response["redirect"] == nil {
				t.Errorf("its join: %s %v", status, response)
			}
		})
	}
}

// A sticky view joins for the browser, and by the id, that it was rendered for, and where
// it may be.
func TestForeignJoinsOfStickyViews(t *testing.T) {
	s := stickySite(t, true, false, func(*gin.Context) {})
	p := s.visitor().get("/a")
	session := html.UnescapeString(stickyTag.FindStringSubmatch(p.body)[1])
	c := p.connect()
	stranger := s.visitor().get("/a").connect()
	refused := 0
	for name, test := range map[string]struct {
		c  *client
		id string
	}{"another browser": {stranger, "player"}, "another id": {c, "other"}} {
		if status, response, _ := test.c.joinGuest(session, test.id, map[string]any{"url": p.url}); status != "error" || response["reason"] != "join crashed" {
			t.Errorf("%s: %s %v", name, status, response)
			continue
		}
		refused++
	}
	figure(t, "%d such joins refused", refused)
	player := liveview.NewSticky("player", playerView())
	s = newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/a", showing(player)) })
	if p := s.visitor().get("/a"); p.status != 500 || !strings.Contains(s.log.String(), "add its Middleware() to what stands before the route") {
		t.Errorf("where it may not be: status %d, log:\n%s", p.status, s.log)
	}
}
