package liveview

import (
	"bytes"
	"strings"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/client"
)

// ScriptSources is what a Content-Security-Policy is to name in script-src for the App's pages,
// those of [Config].Scripts apart: 'self', and where Config.Client is nil the places on the CDN
// that the official client is loaded from, with its version.
//
//	c.Header("Content-Security-Policy", "default-src 'self'; script-src "+lv.ScriptSources())
//
// Of a nil App it is 'self'.
func (lv *App) ScriptSources() string {
	sources := "'self'"
	if lv == nil || lv.config.Client != nil || lv.config.Scripts != "" {
		return sources
	}
	for _, origin := range client.Origins() {
		sources += " " + origin
	}
	return sources
}

// stylesLooked is of how many pages of a route it is looked whether they have style
// attributes that their Content-Security-Policy forbids.
const stylesLooked = 10

// styleWatch tells the operator of a route's page with such attributes, once.
type styleWatch struct{ looked atomic.Int32 }

// look looks at a page that is about to be answered with.
func (w *styleWatch) look(c *gin.Context, a *app, r *route, html []byte) {
	policy := c.Writer.Header()["Content-Security-Policy"]
	if len(policy) == 0 || w.looked.Load() >= stylesLooked || w.looked.Add(1) > stylesLooked {
		return
	}
	for _, p := range policy {
		if forbidsStyles(p) && bytes.Contains(html, []byte(` style="`)) {
			w.looked.Store(stylesLooked)
			a.config.Logger.Warn("liveview: the page has style attributes, which its Content-Security-Policy has browsers ignore: "+
				"use classes, and the attribute hidden in place of display:none", "view", r.name, "route", c.FullPath())
			return
		}
	}
}

// forbidsStyles reports whether a policy has browsers ignore style attributes (Content
// Security Policy Level 3, section 6.1.15).
func forbidsStyles(policy string) bool {
	governs := map[string]int{"default-src": 1, "style-src": 2, "style-src-attr": 3}
	found, forbids := 0, false
	for directive := range strings.SplitSeq(policy, ";") {
		words := strings.Fields(strings.ToLower(directive))
		if len(words) == 0 || governs[words[0]] <= found {
			continue
		}
		found, forbids = governs[words[0]], true
		for _, source := range words[1:] {
			if source == "'unsafe-inline'" || source == "'unsafe-hashes'" {
				forbids = false
			}
		}
	}
	return forbids
}
