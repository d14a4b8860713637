package liveview_test

import (
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
)

type evilState struct {
	Name string
	HTML template.HTML
}

// Text that is shown on a page is never rewritten into a form or a button, and no token
// gets into it.
func TestTextIsNotRewritten(t *testing.T) {
	for name, page := range map[string]string{
		"script":          `<button phx-click="a">a</button><script>var s = '<button phx-click="x">y</button>'</script>`,
		"template script": `<script type="text/template"><form phx-submit="x"></form></script>`,
		"comment":         `<button phx-click="a">a</button>{{.HTML}}`,
		"textarea":        `<textarea name="n"><form phx-submit="x"></textarea>`,
		"style":           `<style>a::before{content:'<button phx-click="x">'}</style>`,
		"title":           `<p title='<button phx-click="x">'>t</p>`,
		"title2":          `<p title="a > <form phx-submit=x >">t</p>`,
		"noscript":        `<template><form phx-submit="x"></form></template>`,
	} {
		got := func() (html string) {
			defer func() {
				if v := recover(); v != nil {
					html = fmt.Sprint("panic: ", v)
				}
			}()
			return firstHTML(t, page, evilState{HTML: `<!-- <form phx-submit="x"> --><p>b</p>`})
		}()
		i := strings.Index(got, "<main")
		i = max(i, strings.Index(got, "<body"))
		t.Logf("%s:\n   %s", name, got[max(i, 0):])
	}
}

// Data in an attribute that a command executes isn't run as commands.
func TestDataThatExecRuns(t *testing.T) {
	const evil = `[["push",{"event":"delete-all"}]]`
	for _, page := range []string{
		`<div id="a" data-cancel="{{.Name}}"></div><button phx-click="{{js.Exec "#a" "data-cancel"}}">x</button>`,
		`<button phx-click="{{js.Exec js.Self "data-cancel"}}" data-cancel="{{.Name}}">x</button>`,
		`<button phx-click="{{js.Exec js.Self "title"}}" title="{{.Name}}">x</button>`,
		`<button phx-click="{{js.Exec js.Self "phx-value-n"}}" phx-value-n="{{.Name}}">x</button>`,
	} {
		p, err := liveview.Parse[evilState](page)
		if err != nil {
			t.Log("refused:", err)
			continue
		}
		_ = p
		html := firstHTML(t, page, evilState{Name: evil})
		if strings.Contains(html, "_lv_click") && strings.Contains(html, `"delete-all"`) && strings.Contains(html, `value='[["delete-all"`) {
			t.Errorf("%s: a plain button runs what a name brings along: %s", page, html[strings.Index(html, "<button"):])
		} else {
			t.Log(html[max(strings.Index(html, "<button"), 0):])
		}
	}
	_ = js.Self
}

// Another user of the same browser isn't shown the answer to the form of the one before,
// nor given its cookies.
func TestRepeatsAreForOneUser(t *testing.T) {
	runs := 0
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) {
			if user, err := c.Cookie("user"); err == nil && user != "" {
				liveview.Identify(c, user)
			}
		})
		liveview.Handle(r, "/", liveview.ViewFuncs[advState]{
			Mount: func(c *gin.Context, s *liveview.Socket[advState]) error {
				user, _ := c.Cookie("user")
				if c.Request.Method == http.MethodPost {
					c.SetCookie("secret", "of "+user, 100, "/", "", false, true)
				}
				s.Assign(func(a *advState) { a.Log = "secrets of " + user })
				return nil
			},
			Template: liveview.MustParse[advState](`<form phx-submit="save"><input name="name"></form><p>{{.Log}}</p>`),
			Events:   liveview.Events[advState]{"save": func(s *liveview.Socket[advState], e liveview.Event) error { runs++; return nil }},
		})
	})
	u, _ := url.Parse(p.server.URL)
	p.client.Jar.SetCookies(u, []*http.Cookie{{Name: "user", Value: "ada", Path: "/"}})
	p.get("/")
	one, two := p.request("save", url.Values{"name": {"x"}}), p.request("save", url.Values{"name": {"x"}})
	p.do(one).shows("secrets of ada")
	p.client.Jar.SetCookies(u, []*http.Cookie{{Name: "user", Value: "bob", Path: "/"}})
	p.do(two)
	if strings.Contains(p.page, "secrets of ada") {
		t.Errorf("bob is shown %s; cookies %v", p.page, p.res.Header["Set-Cookie"])
	}
}
