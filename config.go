package liveview

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/origin"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/store"
)

// Config configures an [App]. The zero value is ready for production on
// one machine; set Secret to keep open pages joined across restarts.
type Config struct {
	// Secret signs what travels through the browser, by NewSecret, at least 32 bytes: a shorter
	// one panics in Gin's release mode, and is warned of in the others. The
	// processes of one application share it. Empty means a random one for this
	// process: pages that are open while it restarts are loaded anew.
	Secret Secret

	// OldSecrets are still accepted, not used to sign. To rotate, move Secret
	// here, set a new one, and drop the old after 14 days. With several processes
	// put the new one here first, on all of them.
	OldSecrets []Secret

	// Origins lists further origins whose pages may open a socket, such as
	// "https://www.example.com": other public names of this host, where a proxy
	// in front doesn't pass on the Host that the browser sent. Each is written
	// out, as browsers do: there are no wildcards. Empty means only pages of the
	// same host.
	Origins []string

	// Path is where the socket and the client's scripts are served, as the
	// router sees it: no page may live below it. Empty means "/live".
	Path string

	// LongPollFallback is how long a page waits for its WebSocket before it does without:
	// some networks let none through. It then asks for what there is to show by one HTTP
	// request after the other (long-poll), with the same views, uploads and limits, and is
	// counted as a socket. A tab remembers that for ten minutes, and then tries the WebSocket
	// again. 0 means 2.5 seconds, a negative number that there is only the WebSocket. See
	// docs/deployment.md for what proxies must do.
	LongPollFallback time.Duration

	// BasePath is what a proxy, or http.StripPrefix, takes off the path of each
	// request before the router sees it, such as "/shop": pages then are below
	// it for browsers, and not for the router. Routes, Path and c.Request are
	// the router's; all else is as browsers know it, BasePath included: links,
	// what PushPatch and its like are given, [Socket.URL]. Empty means that the
	// router sees what browsers ask for.
	BasePath string

	// Client holds the official client's npm packages in the layout of
	// node_modules, for example os.DirFS("node_modules") or an embed.FS. Nil
	// means that pages load them from a public CDN, by exact version and with
	// integrity hashes.
	Client fs.FS

	// Scripts, if not empty, are the <script> elements of a page in place of the official
	// client's and the start script of this package: for an application that bundles the
	// client, or starts it in its own way, as docs/layouts.md tells.
	Scripts template.HTML

	// Layout writes the HTML around a view. Nil means a plain document with
	// title, CSRF token and the client's scripts. See [Page], [LayoutOf] and
	// [TemplateLayout].
	Layout Layout

	// Title completes every page's title. The zero value adds nothing.
	Title Title

	// Dev is the switch for what developers see in the browser: errors and panics of
	// callbacks and templates, unknown events and refused joins, with view, route,
	// message and stack, until the page is well again. Zero, [DevInDebugMode], shows
	// them in Gin's debug mode to requests of this machine for a host of its own, such
	// as localhost. A proxy before them is known by the headers that it adds, by the
	// host that it passes on, or as it closes the connection after each request, as older
	// versions of nginx do by default; one that does none of these isn't: set
	// [DevOff] there, or Gin's release mode. [DevOn] shows them to everybody, so never
	// use it where others can come; DevOff to nobody. Where errors are shown, mistakes are looked for too, such as calls
	// from foreign goroutines.
	Dev Dev

	// DevAssets are folders on disk, such as "static", from the working directory on, with
	// styles and images that the pages show. While a page is open whose developer is shown
	// problems, see Dev, up to 2,000 of their files are looked at 25 times a second, and the
	// page fetches those that have been saved anew, without a load: each style sheet and <img>
	// of the page's own origin whose path ends with the file's in its folder. Nothing is
	// looked at in Gin's release mode.
	DevAssets []string

	// Sentence makes the sentence that a form shows beside a field, in the language of
	// the page's visitor, as Locale returns it: for [Form] and [Event.Bind]. "" leaves it
	// at p.String(), which is English. Nil means English for all.
	Sentence func(locale string, p FieldProblem) string

	// Locale returns the language of a page's visitor for Sentence, from a cookie, say.
	// It is asked when the page is joined, and again when the route's middleware is. Nil
	// means the language that the browser asks for first (Accept-Language), such as
	// "de-CH", or "" where it asks for none.
	Locale func(c *gin.Context) string

	// Recheck is how long the answer of a route's middleware holds for an open
	// page: the first event, info or tick after that runs the middleware again,
	// for the page's current URL and with the cookies of the socket. If it
	// doesn't let the visitor pass, nothing is handled or shown, and the socket is
	// closed: the client comes back with the cookies of today, and its join is
	// told where to go. A status of 408, 429 or 500 and above refuses nobody: the
	// page stays and joins again, after a longer pause each time. 0 means one
	// minute, a negative value never. See also [App.Disconnect], which is immediate.
	Recheck time.Duration

	// DrainDelay is how long [App.Shutdown] goes on before it closes the first
	// socket: the time that a load balancer which asks [App.Ready] needs to notice.
	// 0 is right for a proxy that takes a refused connection or a 503 to another
	// process by itself.
	DrainDelay time.Duration

	// DrainTime is how long [App.Shutdown] may take in all, DrainDelay included. 0
	// means 25 seconds, which is less than the 30 seconds that Kubernetes and
	// others give a process to end.
	DrainTime time.Duration

	// PubSub carries what views subscribe to, and what [App.Disconnect] and
	// [App.Renew] have to say. Nil means one of the App's own, within this process;
	// see [NewPubSub] for one to share, and packages pubsub/redis and pubsub/nats for
	// several processes.
	PubSub PubSub

	// UploadDir is where uploads are kept until they are consumed, on a disk
	// with room for them. Each process makes a directory of its own in it, and
	// removes those of killed ones of the same host; those of other hosts, on a
	// disk that they share, after 14 days without a change. Empty means
	// os.TempDir().
	UploadDir string

	// MaxUploadBytes bounds the bytes of uploads that have arrived in this
	// process and aren't consumed yet. A file that doesn't fit when the browser
	// asks to send it is refused with [UploadBusy]; one that doesn't any more
	// while it is sent fails with it. Zero means 1 GiB, a
	// negative number no limit.
	MaxUploadBytes int64

	// MaxBrowserUploadBytes is MaxUploadBytes for a single browser, all its tabs
	// together. No [UploadConfig].MaxFileSize may be more. Zero means a quarter
	// of MaxUploadBytes, a negative number no limit.
	MaxBrowserUploadBytes int64

	// MaxBrowserUploads is how many files a single browser may be sending, or
	// have waiting to be consumed, in this process. No
	// [UploadConfig].MaxEntries may be more. Zero means 250, a negative number
	// no limit.
	MaxBrowserUploads int

	// MaxFrame is the largest text message accepted from a browser, in bytes. It
	// bounds the size of a form, urlencoded, where a Chinese letter takes nine
	// bytes; how many fields a form may have, or members an object of a hook's,
	// which is one for each 16 bytes; and how many files may be chosen at a time,
	// one for each 256. A larger message is answered and not handled: what the
	// user typed stays on the page, and the view is told; see [RefusalHandler].
	// One of more than 16 times as much, or 8 times where messages are compressed, closes
	// the socket, and its page stays as it is. On a socket that no page of this
	// application has opened it is 64 KiB at most. 0 means 1 MiB.
	MaxFrame int

	// CompressionThreshold has messages compressed on their way to the browser that have at
	// least so many bytes, and accepts compressed ones from it, where the browser offers
	// permessage-deflate (RFC 7692), as all do. 1,024 is a good value: below it little is
	// saved. 0 means that nothing is compressed; it can't be negative. What is compressed
	// tells by its length what it repeats, over TLS too: leave it off where a message has a
	// secret beside text that others choose; see docs/deployment.md.
	CompressionThreshold int

	// MaxChannels is how many views one socket may have joined at once. 0 means
	// 100, as in Phoenix (phoenix/lib/phoenix/socket.ex). A join beyond that is
	// refused.
	MaxChannels int

	// MailboxSize is how many messages may wait for a view. A view that infos
	// and ticks leave further behind is ended, and its page joins again with a
	// fresh state. The browser's events don't do that: while half of it is full
	// they are held back. 0 means 256, and 8 is the least.
	MailboxSize int

	// MaxWaiting is how many bytes of what a browser has sent may wait for its
	// views, on one socket. While there are as many, nothing more is read from
	// it; a message that is larger waits alone. 0 means 1 MiB.
	MaxWaiting int

	// JoinTimeout is how long a socket may be open without a view, whatever
	// else it sends. 0 means 15 seconds.
	JoinTimeout time.Duration

	// IdleTimeout is how long a socket may stay silent. The client sends a
	// heartbeat every 30 seconds. 0 means 60 seconds.
	IdleTimeout time.Duration

	// WriteTimeout is how long a browser may take to accept a message before
	// its socket is closed. 0 means 5 seconds.
	WriteTimeout time.Duration

	// EventRate is how many messages a second a socket may send, chunks of
	// files and their progress apart; twice that many may come at once. One of
	// more than 32 KiB counts as so many more, and the largest as 32 at most.
	// A socket that sends more is held back: what it sent waits to be read, and
	// after ten seconds of this it is answered and not handled, with a line in
	// the log. One that doesn't stop then is closed with code 1008, and its page
	// connects again after 5 to 10 seconds. 0 means 50, a negative number no
	// limit.
	EventRate float64

	// JoinRate is how many joins a second a socket may send; as many as
	// MaxChannels may come at once. More are treated as EventRate says. 0 means
	// 10, a negative number no limit.
	JoinRate float64

	// MaxMounts is how many joins may be in their middleware, Mount and
	// HandleParams at a time, of all sockets of this process; further ones wait
	// for their turn. 0 means 256, a negative number no limit.
	MaxMounts int

	// MaxLoads is how many loads of [Async] values may be at work at a time for one view,
	// its live components included; further ones wait for their turn. 0 means 16, a
	// negative number no limit.
	MaxLoads int

	// MaxSocketsPerUser is how many sockets a user of [Identify] may have open
	// in this process; each tab has one. A further one is closed with code 1008,
	// and its page connects again after 5 to 10 seconds. 0 means 100, a negative
	// number no limit.
	MaxSocketsPerUser int

	// MaxSocketsPerAddress is how many sockets may be open from one address,
	// which is what [gin.Context.ClientIP] says, and for IPv6 the network of 64
	// bits that it is in; further ones are answered with status 429. As long as
	// Gin believes the X-Forwarded-For of anybody, which it does until
	// [gin.Engine.SetTrustedProxies] is called, nobody's address is known: then
	// there is no limit, and a warning in the log. Behind a proxy that isn't among
	// those trusted, or sets no X-Forwarded-For, all visitors have the proxy's
	// address, and share the limit. 0 means 1,000, a negative number no limit.
	MaxSocketsPerAddress int

	// KeepTime is for how long a page's views are kept when its socket is lost, as by a
	// network that changes or a laptop that sleeps, not by a page that is left: they go on
	// hearing what they subscribed to, and the page goes on with them when it is back in this
	// process. 0 means a minute, a negative number not at all.
	KeepTime time.Duration

	// KeepUsersOnly has only pages kept whose visitor is known by [Identify].
	KeepUsersOnly bool

	// MaxKept bounds how many pages are kept, those that were taken in from processes that
	// have ended included, MaxKeptBytes about how many bytes their states
	// take, and MaxKeptPerBrowser and MaxKeptPerAddress how many there are of a browser, and of
	// an address as MaxSocketsPerAddress counts them. The oldest go first. 0 means 10,000, 256
	// MiB, 20, and 1,000; a negative number is no limit.
	MaxKept, MaxKeptPerBrowser, MaxKeptPerAddress int
	MaxKeptBytes                                  int64

	// MaxStateBytes is how much of a view's state a page may be given to bring along, when
	// this process ends and the page joins another one; see [Restorer]. It is what the state
	// takes once it is sealed: a third more than encoded. The page of a larger one begins
	// anew, and the log says so. 0 means 256 KiB, and half of MaxFrame is the most.
	MaxStateBytes int

	// Store is where the states of views are kept that are to outlive a crash; see
	// [Restorer]. Nil means nowhere: a deploy loses nothing even so, as [App.Shutdown] hands
	// the states on, and a process that is killed loses them.
	Store store.Store

	// StoreTime is for how long the state of a page that doesn't come back is kept in Store.
	// One that is left deletes it at once. 0 means a day.
	StoreTime time.Duration

	// Handler serves the HTTP requests that a join is turned into, at the paths
	// that the router sees. Nil means the handler of the http.Server that accepted
	// the socket, which is right wherever a Gin engine, possibly wrapped, is that
	// handler.
	Handler http.Handler

	// Telemetry is told what happens: sockets, joins, events, renders, failures. Nil costs
	// nothing.
	Telemetry Telemetry

	// Logger gets what the operator should know. Nil means slog.Default().
	Logger *slog.Logger
}

// withDefaults returns a complete copy of c, and panics on a setting that
// can't work.
func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Path == "" {
		c.Path = "/live"
	}
	if !isPath(c.Path) {
		panic(fmt.Sprintf(`liveview: Config.Path is %q; it must start with a slash and not end in one, like "/live"`, c.Path))
	}
	if c.BasePath != "" && !isPath(c.BasePath) {
		panic(fmt.Sprintf(`liveview: Config.BasePath is %q; it must start with a slash and not end in one, like "/shop"`, c.BasePath))
	}
	for i, secret := range c.secrets() {
		if len(secret) >= sign.MinSecret || i == 0 && secret == "" {
			continue
		}
		if gin.Mode() == gin.ReleaseMode {
			panic(fmt.Sprintf("liveview: a secret in Config has %d bytes; it must have at least %d, "+
				"for example from: openssl rand -base64 48", len(secret), sign.MinSecret))
		}
		c.Logger.Warn("liveview: a secret in Config is too short; release mode will refuse it",
			"bytes", len(secret), "want", sign.MinSecret)
	}
	if c.Secret.IsZero() {
		c.Secret = NewSecret(rand.Text() + rand.Text())
		if gin.Mode() == gin.ReleaseMode {
			c.Logger.Warn("liveview: Config.Secret is not set; pages open during a restart will be loaded anew, " +
				"and several processes can't serve one application")
		}
	}
	for _, o := range c.Origins {
		if _, err := origin.Parse(o); err != nil {
			panic(fmt.Sprintf("liveview: Config.Origins holds %q: %v", o, err))
		}
	}
	if c.UploadDir == "" {
		c.UploadDir = os.TempDir()
	}
	c.MaxUploadBytes = cmp.Or(c.MaxUploadBytes, defaultMaxUploadBytes)
	if c.MaxBrowserUploadBytes == 0 {
		c.MaxBrowserUploadBytes = c.MaxUploadBytes / 4
		if c.MaxUploadBytes < 0 {
			c.MaxBrowserUploadBytes = -1
		}
	}
	c.MaxBrowserUploads = cmp.Or(c.MaxBrowserUploads, defaultMaxBrowserUploads)
	if c.Layout == nil {
		c.Layout = defaultLayout
	}
	c.Recheck = cmp.Or(c.Recheck, time.Minute)
	c.DrainTime = cmp.Or(c.DrainTime, defaultDrainTime)
	if c.DrainDelay < 0 || c.DrainTime <= c.DrainDelay {
		panic(fmt.Sprintf("liveview: Config.DrainDelay is %v and Config.DrainTime %v; the delay is the first part of that time, so it must be shorter",
			c.DrainDelay, c.DrainTime))
	}
	c.limitsWithDefaults()
	if c.PubSub == nil {
		c.PubSub = NewPubSub()
	}
	return c
}

// secrets returns the texts of Secret and OldSecrets.
func (c Config) secrets() []string {
	texts := []string{c.Secret.Reveal()}
	for _, old := range c.OldSecrets {
		texts = append(texts, old.Reveal())
	}
	return texts
}

// limitsWithDefaults completes the limits of c, and panics on one that can't
// work.
func (c *Config) limitsWithDefaults() {
	for _, n := range []struct {
		name  string
		field *int
		zero  int
	}{
		{"MaxFrame", &c.MaxFrame, defaultMaxFrame},
		{"MaxChannels", &c.MaxChannels, defaultMaxChannels},
		{"MailboxSize", &c.MailboxSize, defaultMailboxSize},
		{"MaxWaiting", &c.MaxWaiting, defaultMaxWaiting},
	} {
		setDefault(n.name, n.field, n.zero)
	}
	setDefault("CompressionThreshold", &c.CompressionThreshold, 0)
	setDefault("MaxStateBytes", &c.MaxStateBytes, min(defaultMaxStateBytes, c.MaxFrame/2))
	c.MaxStateBytes = min(c.MaxStateBytes, c.MaxFrame/2)
	if c.MailboxSize < minMailboxSize {
		panic(fmt.Sprintf("liveview: Config.MailboxSize is %d; it must be at least %d, or there is no room for what a view sends itself", c.MailboxSize, minMailboxSize))
	}
	setDefault("JoinTimeout", &c.JoinTimeout, defaultJoinTimeout)
	setDefault("IdleTimeout", &c.IdleTimeout, defaultIdleTimeout)
	setDefault("WriteTimeout", &c.WriteTimeout, defaultWriteTimeout)
	c.LongPollFallback = cmp.Or(c.LongPollFallback, defaultLongPollFallback)

	// For these a negative number is no limit.
	c.EventRate = cmp.Or(c.EventRate, defaultEventRate)
	c.JoinRate = cmp.Or(c.JoinRate, defaultJoinRate)
	c.KeepTime = cmp.Or(c.KeepTime, time.Minute)
	setDefault("StoreTime", &c.StoreTime, defaultStoreTime)
	if c.StoreTime < store.MinTTL {
		panic(fmt.Sprintf("liveview: Config.StoreTime is %v; it must be at least %v, and 0 means %v", c.StoreTime, store.MinTTL, defaultStoreTime))
	}
	c.MaxKept = cmp.Or(c.MaxKept, defaultMaxKept)
	c.MaxKeptBytes = cmp.Or(c.MaxKeptBytes, defaultMaxKeptBytes)
	c.MaxKeptPerBrowser = cmp.Or(c.MaxKeptPerBrowser, defaultMaxKeptPerBrowser)
	c.MaxKeptPerAddress = cmp.Or(c.MaxKeptPerAddress, defaultMaxKeptPerAddress)
	c.MaxMounts = cmp.Or(c.MaxMounts, defaultMaxMounts)
	c.MaxLoads = cmp.Or(c.MaxLoads, defaultMaxLoads)
	c.MaxSocketsPerUser = cmp.Or(c.MaxSocketsPerUser, defaultMaxSocketsPerUser)
	c.MaxSocketsPerAddress = cmp.Or(c.MaxSocketsPerAddress, defaultMaxSocketsPerAddress)
}

// setDefault gives a limit its default, zero. It panics on a negative one: without
// this limit nothing works.
func setDefault[N int | time.Duration](name string, field *N, zero N) {
	if *field == 0 {
		*field = zero
	}
	if *field < 0 {
		panic(fmt.Sprintf("liveview: Config.%s is %v; it can't be negative, and 0 means %v", name, *field, zero))
	}
}

// isPath reports whether s is a path that reads the same wherever it is written:
// elements of letters, digits and -._~ (RFC 3986, section 2.3).
func isPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) > 1 && s[0] == '/' && u.EscapedPath() == s && u.Path == s && path.Clean(s) == s
}
