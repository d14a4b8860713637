package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

// member logs in, has a page in two tabs that only members may see, and logs out, while the
// tabs go on as if nothing had been.
type member struct {
	browser
	sessions int
}

func newMember(r *run, number int) *member {
	return &member{browser: newBrowser(r, "m", number)}
}

func (m *member) live(ctx, acting context.Context) {
	for acting.Err() == nil {
		m.session(ctx, acting)
	}
}

// loggedOut is when a member was told that he is logged out; nil before.
type loggedOut struct{ at atomic.Pointer[time.Time] }

func (m *member) session(ctx, acting context.Context) {
	m.sessions++
	m.browser = m.another()
	user := fmt.Sprintf("%s.%d", m.who, m.sessions)
	if !m.ask(acting, "/login?user="+user) {
		return
	}
	out := new(loggedOut)
	var tabs sync.WaitGroup
	ending, end := context.WithCancel(ctx)
	defer end()
	for i := range 2 {
		t := &tab{browser: m.browser, user: user, out: out}
		t.record = new(record)
		t.rnd = m.newRandom(uint64(m.number)<<20 + uint64(m.sessions)<<4 + uint64(i)) //nolint:gosec // none is negative
		tabs.Go(func() { t.live(ending) })
	}
	m.forge(acting)
	m.pause(acting, time.Second+m.upTo(3*time.Second))
	if m.ask(ctx, "/logout") {
		now := time.Now()
		out.at.Store(&now)
		m.journal.count("log-outs", 1)
		m.pause(ctx, 4*time.Second+m.upTo(time.Second))
	}
	end()
	tabs.Wait()
}

// ask makes a request until it is answered well.
func (m *member) ask(ctx context.Context, path string) bool {
	for ctx.Err() == nil {
		if res, err := m.client.Get(m.site + path); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return true
			}
		}
		m.pause(ctx, 200*time.Millisecond)
	}
	return false
}

// forge tries to come to the members' page without having logged in, in the ways that there
// are.
func (m *member) forge(ctx context.Context) {
	p, err := load(m.client, m.site+"/account")
	if err != nil {
		return // its node has gone, or he has been sent away
	}
	stranger := m.another()
	own, ok := stranger.load(ctx, "/room/0?who=")
	if !ok {
		return
	}
	bent := p
	bent.session = strings.Map(func(r rune) rune {
		if r == 'a' {
			return 'b'
		}
		return r
	}, p.session)
	for _, try := range []struct {
		how  string
		by   browser
		csrf string
		page page
		path string
	}{
		{"by another's page", stranger, own.csrf, p, "/account"},
		{"by another's page and token", stranger, p.csrf, p, "/account"},
		{"by a page of his own", stranger, own.csrf, own, "/account"},
		{"by a page that is bent", m.browser, p.csrf, bent, "/account"},
		{"by a page for another address", m.browser, p.csrf, p, "/room/0?who="},
	} {
		w, err := try.by.dial(ctx, try.csrf)
		if err != nil {
			continue
		}
		_, _, err = try.by.join(ctx, w, try.page, try.path, nil)
		if err == nil {
			m.journal.find("a right that is given wrongly", try.how, m.record.write)
		} else if errors.Is(err, errRefused) {
			m.journal.count("forgeries refused", 1)
		}
		w.cut()
	}
}

// tab is a page of a member's. All of it is in one goroutine, that of live.
type tab struct {
	browser
	user string
	out  *loggedOut
	page page
	tree tree
	wire *wire
	join string
	sent []time.Time // the number of each event is its place, and one
	last shownAccount
}

type shownAccount struct {
	user   string
	seen   node.Spans
	secret time.Time // when the last one was told
}

var accountHTML = regexp.MustCompile(`<p id="account">([^|]*)\|([\d -]*)\|(\d+)</p>`)

func (t *tab) find(kind, what string) {
	t.journal.find(kind, fmt.Sprintf("%s: %s", t.user, what), func(w io.Writer) {
		t.record.write(w)
		t.log.about(w, 30, t.page.id, t.user)
	})
}

func (t *tab) live(ctx context.Context) {
	const path = "/account"
	for ctx.Err() == nil && t.page.id == "" {
		p, err := load(t.client, t.site+path)
		if err == nil {
			t.page = p
		} else if t.isOut(time.Now(), t.grace(time.Now())) {
			return
		}
		t.pause(ctx, 100*time.Millisecond)
	}
	mounts := 0
	for ctx.Err() == nil {
		began := time.Now()
		w, err := t.dial(ctx, t.page.csrf)
		if err == nil {
			var response json.RawMessage
			t.wire = w
			t.join, response, err = t.browser.join(ctx, w, t.page, path, map[string]any{"_page": t.user + t.page.id, "_mounts": mounts})
			if err == nil {
				mounts++
				if t.isOut(began, t.grace(time.Now())) {
					t.find("a right that is given wrongly", "a page is joined after a log-out")
				}
				var answer struct{ Rendered json.RawMessage }
				_ = json.Unmarshal(response, &answer)
				t.show(answer.Rendered, true)
				t.use(ctx)
			}
			w.cut()
		}
		t.pause(ctx, 100*time.Millisecond+t.upTo(200*time.Millisecond))
	}
}

// grace is how long after a log-out something may still come of what was before: where nothing
// is wrong, other nodes hear of it within a second. In trouble it is the Recheck that knows, or
// the node when it is at work again.
func (t *tab) grace(now time.Time) time.Duration {
	at := t.out.at.Load()
	switch {
	case at == nil:
	case t.journal.near(func(t trouble) bool { return t.what != overload }, "", *at, now):
		return node.Recheck + 6*time.Second
	case t.journal.excused("", *at, now):
		return 3 * time.Second
	}
	return time.Second
}

// isOut reports whether a moment is so long after the log-out.
func (t *tab) isOut(at time.Time, grace time.Duration) bool {
	out := t.out.at.Load()
	return out != nil && at.After(out.Add(grace))
}

// use sends one event after the other, until the connection is lost.
func (t *tab) use(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(50*time.Millisecond + t.upTo(200*time.Millisecond)):
			t.sent = append(t.sent, time.Now())
			t.journal.count("events of members", 1)
			_, err := t.wire.push(t.join, "lv:"+t.page.id, "event", map[string]any{
				"type": "click", "event": "note", "value": map[string]any{"n": strconv.Itoa(len(t.sent))},
			})
			if err != nil {
				return
			}
		case f := <-t.wire.frames:
			switch {
			case f.lost != nil, f.event == "phx_error", f.event == "phx_close":
				return
			case f.event == "lv:hold":
				_, _ = t.wire.push(t.join, "lv:"+t.page.id, "lv:held", map[string]any{}) // or the reader says why
			case f.event == "diff":
				t.show(f.payload, false)
			case f.event == "phx_reply":
				var r struct {
					Response struct{ Diff json.RawMessage }
				}
				if json.Unmarshal(f.payload, &r) == nil && r.Response.Diff != nil {
					t.show(r.Response.Diff, false)
				}
			}
		}
	}
}

// show takes in a page or a diff, and finds what a member mustn't see any more.
func (t *tab) show(raw json.RawMessage, fresh bool) {
	d, err := decodeDiff(raw)
	if err == nil {
		err = t.tree.merge(d, fresh)
	}
	html, _, err2 := t.tree.html()
	m := accountHTML.FindStringSubmatch(html)
	if err != nil || err2 != nil || m == nil {
		t.find("a page that can't be shown", fmt.Sprintf("%v %v %.300s", err, err2, html))
		return
	}
	s := shownAccount{user: m[1]}
	ms, _ := strconv.ParseInt(m[3], 10, 64)
	s.secret = time.UnixMilli(ms)
	s.seen, _ = node.ParseSpans(m[2])
	if s.user != t.user {
		t.find("a right that is given wrongly", "the page is that of "+s.user)
	}
	now := time.Now()
	grace := t.grace(now)
	if n := s.seen.Last(); n > t.last.seen.Last() && n <= len(t.sent) && t.isOut(t.sent[n-1], grace) {
		t.find("an event after a log-out", fmt.Sprintf("%d, sent %v afterwards", n, t.sent[n-1].Sub(*t.out.at.Load()).Round(time.Millisecond)))
	}
	if t.isOut(s.secret, grace) && !t.isOut(t.last.secret, grace) {
		t.find("something shown after a log-out", fmt.Sprintf("what was told %v afterwards", s.secret.Sub(*t.out.at.Load()).Round(time.Millisecond)))
	}
	t.last = s
}
