package liveview

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/internal/origin"
	"github.com/gin-liveview/liveview/internal/target"
)

// upgradeRequest is what each join's request repeats of the request that
// opened the socket: what a browser would send again, with its cookies. It
// lives as long as the socket, so it is kept small.
type upgradeRequest struct {
	header     string // names and values by turns, each with a line break behind it; those of one name stand together
	host       string
	remoteAddr string
	owner      netip.Addr      // that the socket is counted under; not valid if none is known
	special    *specialUpgrade // nil for nothing
	values     context.Context // of the server and its connection; never ends
}

// oneLine takes out what a middleware may have put into a header; net/http lets no
// client do it, and writes it like this itself.
var oneLine = strings.NewReplacer("\n", " ")

// specialUpgrade is what most requests don't have.
type specialUpgrade struct {
	pageOrigin string // of the page that opened the socket, where that is one of Config.Origins: scheme and host
	tls        *tls.ConnectionState
	mountedAt  string // path that the server's own handlers have stripped
}

// address returns the network address of who has opened the socket, as far as it is known.
func (u *upgradeRequest) address() string {
	if u.owner.IsValid() {
		return u.owner.String()
	}
	return networkOf(hostOf(u.remoteAddr))
}

// networkOf returns an address as it is told of: of IPv6 the network of 64 bits, of which
// whoever has it has very many.
func networkOf(address string) string {
	if owner, ok := limit.Owner(address); ok {
		return owner.String()
	}
	return address
}

// hostOf returns an address without its port.
func hostOf(remoteAddr string) string {
	if host, _, err := net.SplitHostPort(remoteAddr); err == nil {
		return host
	}
	return remoteAddr
}

// ofUpgrade are the header's fields that are about opening a WebSocket, or a connection
// without one, and not about the page.
var ofUpgrade = map[string]bool{
	"Upgrade": true, "Connection": true, "Origin": true,
	"Sec-Websocket-Key": true, "Sec-Websocket-Version": true,
	"Sec-Websocket-Extensions": true, "Sec-Websocket-Protocol": true,
	"Accept": true,
}

// newUpgradeRequest returns what is to be repeated of r, with which a page of
// browser's has opened a socket. Of one that is nobody's no visit starts, and a
// request may be a megabyte.
func newUpgradeRequest(r *http.Request, browser, pageOrigin string) upgradeRequest {
	u := upgradeRequest{remoteAddr: r.RemoteAddr, values: connectionValues(r.Context())}
	if browser == "" {
		return u
	}
	u.host = r.Host
	if special := (specialUpgrade{pageOrigin, r.TLS, mountedAt(r)}); special != (specialUpgrade{}) {
		u.special = &special
	}
	var header strings.Builder
	for name, values := range r.Header {
		if ofUpgrade[name] {
			continue
		}
		for _, value := range origin.PageHeader(name, values) {
			header.WriteString(oneLine.Replace(name) + "\n" + oneLine.Replace(value) + "\n")
		}
	}
	u.header = strings.Clone(header.String())
	return u
}

// comesFrom says which of Config.Origins the page is of, which is known later where the
// request that opened the connection was a poll. Nothing has been joined yet.
func (u *upgradeRequest) comesFrom(pageOrigin string) {
	special := u.specials()
	special.pageOrigin = pageOrigin
	u.special = &special
}

func (u *upgradeRequest) specials() specialUpgrade {
	if u.special == nil {
		return specialUpgrade{}
	}
	return *u.special
}

// mountedAt returns what http.StripPrefix and its like have taken off r's path on
// its way here.
func mountedAt(r *http.Request) string {
	asked, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return ""
	}
	prefix, ok := strings.CutSuffix(asked.EscapedPath(), r.URL.EscapedPath())
	if !ok {
		return ""
	}
	return prefix
}

// handlerURL returns where the handler of a visit has the page that browsers know
// by the given URL, and whether it is below base at all. own says that the handler
// is the server's, behind which the path is stripped that was stripped for the
// socket.
func (u *upgradeRequest) handlerURL(page *url.URL, base string, own bool) (*url.URL, bool) {
	if base == "" {
		return page, true
	}
	rest, ok := strings.CutPrefix(page.EscapedPath(), base)
	if !ok || rest != "" && rest[0] != '/' {
		return nil, false
	}
	if rest == "" {
		rest = "/"
	}
	if own {
		rest = u.specials().mountedAt + rest
	}
	to := *page
	target.SetPath(&to, rest)
	return &to, true
}

// connectionValues returns ctx without its end. Where the server adds nothing
// of its own, that is net/http's two values, and the contexts around them can
// go with the request.
func connectionValues(ctx context.Context) context.Context {
	srv, ok := ctx.Value(http.ServerContextKey).(*http.Server)
	if !ok || srv.BaseContext != nil || srv.ConnContext != nil {
		return context.WithoutCancel(ctx)
	}
	return connectionContext{context.Background(), srv, ctx.Value(http.LocalAddrContextKey)}
}

// connectionContext has net/http's values for a connection.
type connectionContext struct {
	context.Context
	server    *http.Server
	localAddr any
}

func (c connectionContext) Value(key any) any {
	switch key {
	case http.ServerContextKey:
		return c.server
	case http.LocalAddrContextKey:
		return c.localAddr
	default:
		return nil
	}
}

// isOwn reports whether an absolute URL is one of the pages that the socket may
// be about: of the host that it was opened on, or of the origin that was found
// to be allowed.
func (u *upgradeRequest) isOwn(page *url.URL) bool {
	if page.Scheme != "http" && page.Scheme != "https" || page.User != nil {
		return false
	}
	pageOrigin := u.specials().pageOrigin
	return strings.EqualFold(page.Host, u.host) ||
		pageOrigin != "" && strings.EqualFold(page.Scheme+"://"+page.Host, pageOrigin)
}

// pageHost is the host of pageOrigin, "" for none.
func (u *upgradeRequest) pageHost() string {
	_, host, _ := strings.Cut(u.specials().pageOrigin, "://")
	return host
}

// A visit's request says in a header what it is, beside its context: a context
// that a middleware has replaced is so noticed. The value is one that no browser
// knows.
const visitHeader = "Liveview-Visit"

var visitMark = rand.Text()

// get is the request for a page that the browser would send now.
func (u *upgradeRequest) get(ctx context.Context, page *url.URL) *http.Request {
	n := strings.Count(u.header, "\n") / 2
	header := make(http.Header, n+1)
	values := make([]string, n)
	for i, rest := 0, u.header; rest != ""; i++ {
		var name string
		name, rest, _ = strings.Cut(rest, "\n")
		values[i], rest, _ = strings.Cut(rest, "\n")
		header[name] = values[i-len(header[name]) : i+1 : i+1]
	}
	header.Set(visitHeader, visitMark)
	r := &http.Request{
		Method:     http.MethodGet,
		URL:        page,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     header,
		Body:       http.NoBody,
		Host:       u.host,
		RemoteAddr: u.remoteAddr,
		RequestURI: page.RequestURI(),
		TLS:        u.specials().tls,
	}
	return r.WithContext(ctx)
}
