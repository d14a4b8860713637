package liveview

import (
	"strconv"
	"strings"

	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/protocol"
)

// pageToken is what data-phx-session says: which page was rendered for whom.
type pageToken struct {
	id      string // of the view, and so of its topic
	browser string // that it was rendered for
	user    string // that Identify named, "" for nobody
	group   string // of LiveSession, "" for none
	route   string // Gin's pattern of the route
	view    string // the view's type
	tag     string // of the view's element
	layout  string // which document it stands in, see document
}

func (t pageToken) sign(s *sign.Signer) string {
	return s.Sign(sign.Page, t.id, t.browser, t.user, t.group, t.view, t.route, t.tag, t.layout)
}

func verifyPage(s *sign.Signer, token string) (pageToken, error) {
	f, err := s.Verify(sign.Page, token, 8)
	if err != nil {
		return pageToken{}, err
	}
	return pageToken{id: f[0], browser: f[1], user: f[2], group: f[3], view: f[4], route: f[5], tag: f[6], layout: f[7]}, nil
}

// postToken is what the forms of a page are posted with: which rendering of it they are of,
// and whose browser has it.
type postToken struct {
	page    string // id of the page's own view
	browser string
}

func (t postToken) sign(s *sign.Signer) string { return s.Sign(sign.Post, t.page, t.browser) }

func verifyPost(s *sign.Signer, token string) (postToken, error) {
	f, err := s.Verify(sign.Post, token, 2)
	if err != nil {
		return postToken{}, err
	}
	return postToken{f[0], f[1]}, nil
}

// nestedToken is what data-phx-session says of the views that are nested in one: in
// which. What they are the server knows of their parent.
type nestedToken struct {
	parent  string // its view's id
	browser string
}

func (t nestedToken) sign(s *sign.Signer) string { return s.Sign(sign.Nested, t.parent, t.browser) }

func verifyNested(s *sign.Signer, token string) (nestedToken, error) {
	f, err := s.Verify(sign.Nested, token, 2)
	if err != nil {
		return nestedToken{}, err
	}
	return nestedToken{f[0], f[1]}, nil
}

// stickyToken is what data-phx-session says of a sticky view.
type stickyToken struct {
	id      string // of its element, and so of its topic
	browser string
	user    string // of the page that it was rendered with, as the next is
	group   string
	own     bool   // url is of its own route
	url     string // where its middleware is: path and query
}

func (t stickyToken) sign(s *sign.Signer) string {
	return s.Sign(sign.Sticky, t.id, t.browser, t.user, t.group, strconv.FormatBool(t.own), t.url)
}

func verifySticky(s *sign.Signer, token string) (stickyToken, error) {
	f, err := s.Verify(sign.Sticky, token, 6)
	if err != nil {
		return stickyToken{}, err
	}
	return stickyToken{id: f[0], browser: f[1], user: f[2], group: f[3], own: f[4] == "true", url: f[5]}, nil
}

// The tokens below stand in URLs, and so in the logs of proxies. There they are worth nothing
// without the browser's cookie, and so they have its shadow in them, and not its value.

// signCSRF proves that a page is one of ours, and browser's.
func signCSRF(s *sign.Signer, browser string) string { return s.Sign(sign.CSRF, sign.Shadow(browser)) }

// isCSRFOf reports whether a page of the browser with that shadow has the token.
func isCSRFOf(s *sign.Signer, token, shadow string) bool {
	f, err := s.Verify(sign.CSRF, token, 1)
	return err == nil && f[0] == shadow
}

// pollToken says which connection without a WebSocket a request is of.
type pollToken struct {
	id      string
	browser string // the shadow of whose page opened it, "" for nobody
	node    string // where
	opened  int64  // when, in Unix seconds
}

func (t pollToken) sign(s *sign.Signer) string {
	return s.Sign(sign.Poll, t.id, t.browser, t.node, strconv.FormatInt(t.opened, 10))
}

// verifyPoll is about what a client sends: a token, and after a dot how many polls have
// brought it something.
func verifyPoll(s *sign.Signer, sent string) (t pollToken, nth uint64, err error) {
	token, after, _ := strings.Cut(sent, ".")
	f, err := s.Verify(sign.Poll, token, 4)
	if err != nil {
		return t, 0, err
	}
	t = pollToken{id: f[0], browser: f[1], node: f[2]}
	if t.opened, err = strconv.ParseInt(f[3], 10, 64); err != nil {
		return t, 0, sign.ErrToken
	}
	if nth, err = strconv.ParseUint(after, 10, 64); err != nil {
		return t, 0, sign.ErrToken
	}
	return t, nth, nil
}

// withPolls returns what the client sends next of a signed token.
func withPolls(signed string, nth uint64) string { return signed + "." + strconv.FormatUint(nth, 10) }

// uploadToken lets the client open the topic of one file, once.
type uploadToken struct {
	view    string // id of the view that allowed it
	browser string
	upload  string // ref of the upload
	entry   string // ref of the entry
	nonce   string // of this grant
}

func (t uploadToken) sign(s *sign.Signer) string {
	return s.Sign(sign.Upload, t.view, t.browser, t.upload, t.entry, t.nonce)
}

func verifyUpload(s *sign.Signer, token string) (uploadToken, error) {
	f, err := s.Verify(sign.Upload, token, 5)
	if err != nil {
		return uploadToken{}, err
	}
	return uploadToken{f[0], f[1], f[2], f[3], f[4]}, nil
}

// newViewID returns an HTML id with 72 random bits: each frame carries it, hence
// no more. What may be joined is decided by the page's token, not by the id.
func newViewID() string { return ownViewID + sign.NewID()[:12] }

// ownViewID is how the ids begin of the views that are their pages' own; those of guests
// mustn't.
const ownViewID = "phx-"

// isOwnViewID reports whether id is one of these.
func isOwnViewID(id string) bool { return strings.HasPrefix(id, ownViewID) }

// viewID is the id of the view that a topic is of.
func viewID(topic string) string { return topic[min(len(topic), len(protocol.TopicView)):] }
