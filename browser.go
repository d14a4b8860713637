package liveview

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/origin"
	"github.com/gin-liveview/liveview/internal/sign"
)

// A browser is known by a cookie that holds nothing but a random string: pages,
// CSRF tokens and sockets are bound to it, so that what leaks out of a page is
// worth nothing elsewhere. It says nothing of who the user is: that is for the
// route's middleware, which runs for each join.
//
// It isn't kept in the application's session, as that would make the server
// store one for each crawler, and read it for each join of each page.
const (
	browserCookie = "liveview"

	// Over https, the name has the prefix with which browsers refuse a cookie
	// set by another host or over http (RFC 6265bis, section 4.1.3.2), so that
	// nobody can give a browser an identity that he knows.
	secureBrowserCookie = "__Host-" + browserCookie
)

// browserOf returns the identity of the browser that sent r, "" if it has
// none. Over https the cookie without the prefix is nothing: a subdomain, or
// whoever speaks http in its name, can have set it.
func browserOf(r *http.Request) string {
	if id := cookieOf(r, secureBrowserCookie); id != "" || origin.Scheme(r) == "https" {
		return id
	}
	return cookieOf(r, browserCookie)
}

// ensureBrowser is browserOf for a page about to be rendered: it gives the
// browser an identity if it has none. It must run before the response is
// written, as it sets a cookie.
func ensureBrowser(c *gin.Context, a *app) string {
	if id := c.GetString(browserKey); id != "" {
		return id
	}
	if id := cookieOf(c.Request, browserCookieName(c.Request)); id != "" && !a.revoked.Browser(id) {
		return id
	}
	return setBrowser(c)
}

func browserCookieName(r *http.Request) string {
	if origin.Scheme(r) == "https" {
		return secureBrowserCookie
	}
	return browserCookie
}

// browserKey is where setBrowser leaves the identity for a page that the same
// request renders.
const browserKey = "github.com/gin-liveview/liveview.browser"

// setBrowser gives the browser a new identity.
func setBrowser(c *gin.Context) string {
	name, id := browserCookieName(c.Request), sign.NewID()
	dropCookie(c.Writer.Header(), name) // of an identity that nobody will have
	http.SetCookie(c.Writer, &http.Cookie{
		Name: name, Value: id, Path: "/",
		HttpOnly: true, Secure: name == secureBrowserCookie, SameSite: http.SameSiteLaxMode,
	})
	c.Set(browserKey, id)
	return id
}

// cookieOf returns the identity in r's cookie of that name, "" for none or one
// that isn't of our making.
func cookieOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil || !sign.IsID(c.Value) {
		return ""
	}
	return c.Value
}

// dropCookie takes back that a cookie of that name is set.
func dropCookie(h http.Header, name string) {
	set := slices.DeleteFunc(h.Values("Set-Cookie"), func(cookie string) bool { return strings.HasPrefix(cookie, name+"=") })
	if len(set) == 0 {
		h.Del("Set-Cookie")
	} else {
		h["Set-Cookie"] = set
	}
}
