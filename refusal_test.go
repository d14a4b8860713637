package liveview_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// letter is a page with a text.
type letter struct{ Text, Problem string }

var letterTemplate = liveview.MustParse[letter](`<form phx-change="write" phx-submit="send"><textarea name="text">{{.Text}}</textarea></form>` +
	`<p>{{.Problem}}</p><b>{{flash "error"}}</b>`)

// letterView answers what a hook pushes with the number of its members.
func letterView() *testView[letter] {
	return &testView[letter]{
		template: letterTemplate,
		onEvent: func(s *liveview.Socket[letter], e liveview.Event) error {
			if e.Type != "form" {
				return s.Reply(len(e.Values()))
			}
			s.Assign(func(l *letter) { l.Text = e.Value("text") })
			return nil
		},
	}
}

// A form may be as long as people write: 7,200 Chinese letters are 64,800 bytes
// once urlencoded, and 22,000 are 200 KB.
func TestFormOfALongText(t *testing.T) {
	for name, view := range map[string]*testView[letter]{"a page": letterView(), "a page with uploads": func() *testView[letter] {
		v := letterView()
		v.onMount = func(_ *gin.Context, s *liveview.Socket[letter]) error {
			return s.AllowUpload("files", liveview.UploadConfig{})
		}
		return v
	}()} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
			c := s.open("/")
			text := strings.Repeat("漢", 22_000)
			diff := c.diffOf(formEvent("write", url.Values{"text": {text}}.Encode(), nil))
			if got := fmt.Sprint(diff["0"]); got != text {
				t.Errorf("of a text of %d bytes %d came", len(text), len(got))
			}
		})
	}
}

// What bounds the fields of a form, and the members of an object or list, is their
// bytes; and the client's own markers are none of them.
func TestFormAndListsOfMany(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", letterView()) })
	c := s.open("/")
	var fields, chosen strings.Builder
	for i := range 1100 {
		fmt.Fprintf(&fields, "_unused_f%d=&f%d=x&", i, i)
		fmt.Fprintf(&chosen, "ids%%5B%%5D=%d&", i)
	}
	for name, body := range map[string]string{"fields that nobody has been to": fields.String(), "a select of many": chosen.String()} {
		if diff := c.diffOf(formEvent("write", body+"text="+url.QueryEscape(name), nil)); diff["0"] != name {
			t.Errorf("%s: diff = %v", name, diff)
		}
	}
	ids, members := make([]int, 1500), make(map[string]any, 1500)
	for i := range ids {
		members[fmt.Sprint("id", i)] = i
	}
	if got := c.hook("reorder", map[string]any{"ids": ids}); got != "1" {
		t.Errorf("a list of 1,500 ids: the reply is %s", got)
	}
	if got := c.hook("reorder", members); got != "1500" {
		t.Errorf("an object of 1,500 members: the reply is %s", got)
	}
}

// What is beyond a limit is answered, and the view lives on: what the user has typed
// is on the page, and in no other place.
func TestWhatIsBeyondALimitIsAnswered(t *testing.T) {
	const limit = 70_000
	long := strings.Repeat("x", 3*limit)
	many := strings.Repeat("a,", limit)
	for name, payload := range map[string]map[string]any{
		"a long form":                    formEvent("send", "text="+long, nil),
		"a form of deep names":           formEvent("send", "text"+strings.Repeat("[", 40)+"=x", nil),
		"a form of many fields":          formEvent("send", strings.Repeat("a&", 20_000), nil),
		"what a hook pushes":             {"type": "hook", "event": "x", "value": map[string]any{"text": long}},
		"a list of many":                 {"type": "hook", "event": "x", "value": map[string]any{"ids": strings.Split(many[:20_000], ",")}},
		"a list that is deep":            {"type": "hook", "event": "x", "value": deep(40)},
		"a click with much":              {"type": "click", "event": "x", "value": map[string]any{"text": long}},
		"a form whose target is strange": formEvent("send", "text=x", map[string]any{"_target": "text" + strings.Repeat("[", 40)}),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{MaxFrame: limit}, func(r *gin.Engine) { liveview.Handle(r, "/letters/:id", letterView()) })
			c := s.open("/letters/7")
			c.diffOf(formEvent("write", "text=mine", nil))
			for range 2 {
				status, response := c.call("event", payload)
				if status != "ok" {
					t.Fatalf("the answer is %s %v", status, response)
				}
			}
			if diff := c.diffOf(formEvent("write", "text=shorter", nil)); diff["0"] != "shorter" {
				t.Errorf("the next diff is %v", diff)
			}
			log := s.log.String()
			for _, part := range []string{"level=WARN", "route=/letters/:id", "limit=70000", "size="} {
				if !strings.Contains(log, part) {
					t.Errorf("the log has no %q: %s", part, log)
				}
			}
		})
	}
}

func deep(n int) any {
	if n == 0 {
		return 1
	}
	return []any{deep(n - 1)}
}

// Whatever has a ref is answered, on every topic.
func TestLargeFramesOfEveryKindAreAnswered(t *testing.T) {
	const limit = 70_000
	s := newSite(t, liveview.Config{MaxFrame: limit}, func(r *gin.Engine) { liveview.Handle(r, "/", letterView()) })
	c := s.open("/")
	padding := strings.Repeat("x", 2*limit)
	for event, want := range map[string]string{
		"allow_upload": "ok", "progress": "ok", "cids_will_destroy": "ok", "cids_destroyed": "ok", "live_patch": "error", "unheard_of": "error",
	} {
		if status, response := c.call(event, map[string]any{"ref": "x", "padding": padding}); status != want {
			t.Errorf("%s: %s %v, want %s", event, status, response, want)
		}
	}
	for topic, events := range map[string][]string{
		"lv:other": {"event", "phx_join", "phx_leave"}, "lvu:0": {"phx_join", "phx_leave", "chunk"}, "phoenix": {"heartbeat"},
	} {
		for _, event := range events {
			ref := c.nextRef()
			c.ask(func(ref string) { c.write(fmt.Sprintf(`["1",%q,%q,%q,{"padding":%q}]`, ref, topic, event, padding)) }, "1", ref, topic)
		}
	}
	ref := c.nextRef()
	if status, _ := c.ask(func(ref string) { c.writeBinary(chunkFrame("1", ref, "lvu:0", []byte(padding))) }, "1", ref, "lvu:0"); status != "error" {
		t.Errorf("a large chunk that nobody waits for: %s", status)
	}
	if got := c.hook("count", map[string]any{"a": 1}); got != "1" {
		t.Errorf("the view's next reply is %s", got)
	}
}

// A message so large that it isn't even read to its end closes the socket.
func TestFrameWithoutAnEnd(t *testing.T) {
	s := newSite(t, liveview.Config{MaxFrame: 1000}, func(r *gin.Engine) { liveview.Handle(r, "/", letterView()) })
	c := s.open("/")
	go func() { // the server hangs up in the middle of it
		_ = c.conn.WriteMessage(websocket.TextMessage, []byte(`["1","9","`+c.topic()+`","event",{"type":"click","event":"x","value":"`+strings.Repeat("x", 100_000)+`"}]`))
	}()
	code := c.end()
	if code != websocket.CloseMessageTooBig {
		t.Errorf("closed with %d, want 1009", code)
	}
	if log := s.log.String(); !strings.Contains(log, "limit=1000") {
		t.Errorf("log = %s", log)
	}
	figure(t, "100,000 bytes where 1,000 may come: closed with %d", code)
}

// pickyLetter tells of what is refused itself.
type pickyLetter struct{ *testView[letter] }

func (pickyLetter) HandleRefusal(s *liveview.Socket[letter], e liveview.Event, err *liveview.LimitError) error {
	s.Assign(func(l *letter) { l.Problem = fmt.Sprintf("%s %s: %d of %d", e.Type, e.Name, err.Size, err.Limit) })
	return nil
}

// A view is told what was refused; and without a HandleRefusal its flash tells the
// user, until something is handled.
func TestViewIsToldOfARefusal(t *testing.T) {
	const limit = 70_000
	long := formEvent("send", "text="+strings.Repeat("x", limit), nil)
	short := formEvent("write", "text=short", nil)
	s := newSite(t, liveview.Config{MaxFrame: limit}, func(r *gin.Engine) {
		liveview.Handle(r, "/", letterView())
		liveview.Handle(r, "/picky", pickyLetter{letterView()})
	})
	c := s.open("/")
	if diff := c.diffOf(long); len(diff) != 1 || diff["2"] != "This is too much to be sent at once. Please shorten it." {
		t.Errorf("the flash is %v", diff)
	}
	if diff := c.diffOf(short); fmt.Sprint(diff) != "map[0:short 2:]" {
		t.Errorf("after an event that is handled: %v", diff)
	}
	c = s.open("/picky")
	if diff := fmt.Sprint(c.diffOf(long)); !strings.HasPrefix(diff, "map[1:form send: 701") || !strings.HasSuffix(diff, " of 70000]") {
		t.Errorf("the view's own words are %s", diff)
	}
	if diff := c.diffOf(short); fmt.Sprint(diff) != "map[0:short]" {
		t.Errorf("the view's own words went: %v", diff)
	}
}

// More files than can be listed in a message are an error of the upload, which the
// next choice ends.
func TestMoreFilesThanCanBeListed(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 5}, liveview.Config{MaxFrame: 20_000})
	u := st.openUploader()
	files := textFiles(1000, "x")
	if diff := fmt.Sprint(u.choose(files...)); !strings.Contains(diff, "These are too many files.") || strings.Contains(diff, "error-refs") {
		t.Errorf("1,000 files: the page gets %s", diff)
	}
	if diff := fmt.Sprint(u.choose(files[:2]...)); strings.Contains(diff, "too many") || len(u.look()) != 2 {
		t.Errorf("two files after that: the page gets %s", diff)
	}
}

var bareAlbum = liveview.MustParse[album](`{{with upload "photos"}}{{.FileInput}}{{end}}`)

// An upload of many files is usable where it is allowed, and all are shown where it
// isn't.
func TestUploadOfAThousandFiles(t *testing.T) {
	n := outOf(1500)
	config := liveview.UploadConfig{MaxEntries: n, AutoUpload: true, ChunkTimeout: 5 * time.Minute} // all chunks are sent before the first progress
	st := newStudio(t, config, liveview.Config{MaxBrowserUploads: n})
	st.view.template = bareAlbum
	u := st.openUploader()
	files := textFiles(n, "x")
	u.choose(files...)
	response := u.allow(files...)
	if tokens, _ := response["entries"].(map[string]any); len(tokens) != n {
		t.Fatalf("%d of %d files may be sent: %.300v", len(tokens), n, response)
	}
	few := newStudio(t, liveview.UploadConfig{MaxEntries: 1000}, liveview.Config{MaxBrowserUploads: 1000}).openUploader()
	if diff := fmt.Sprint(few.choose(textFiles(1100, "x")...)); !strings.Contains(diff, "These are too many files.") || len(few.look()) != 1100 {
		t.Errorf("1,100 files of 1,000: %d entries", len(few.look()))
	}
	if p := newStudio(t, liveview.UploadConfig{MaxEntries: 1500}, liveview.Config{MaxBrowserUploads: 1500, MaxFrame: 64 << 10}).visitor().get("/"); p.status != 500 {
		t.Errorf("files that can't be listed: status %d", p.status)
	}
	refs := make(map[string]bool, 2*n) // of what is to be answered
	answered := func() {
		for len(refs) > 0 {
			if f := u.next(); f.event == "phx_reply" {
				if f.payload["status"] != "ok" {
					t.Fatalf("the answer is %s; %s", f.raw, st.log)
				}
				delete(refs, f.ref)
			}
		}
	}
	send := func(topic, event string, payload string) {
		ref := u.nextRef()
		joinRef := "1"
		if event == "phx_join" {
			joinRef = ref
		}
		if len(refs) >= 50 {
			answered()
		}
		refs[ref] = true
		u.write(fmt.Sprintf(`[%q,%q,%q,%q,%s]`, joinRef, ref, topic, event, payload))
	}
	joins := make([]string, n)
	for i, f := range files { // all at once, as the client does
		send("lvu:"+f.ref, "phx_join", fmt.Sprintf(`{"token":%q}`, u.token(f.ref, response)))
		joins[i] = fmt.Sprint(u.ref)
	}
	answered()
	for i, f := range files {
		ref := u.nextRef()
		if len(refs) >= 50 {
			answered()
		}
		refs[ref] = true
		u.writeBinary(chunkFrame(joins[i], ref, "lvu:"+f.ref, f.content))
	}
	answered()
	for _, f := range files {
		send(u.topic(), "progress", fmt.Sprintf(`{"event":null,"ref":%q,"entry_ref":%q,"progress":100}`, u.upload, f.ref))
	}
	answered()
	if saved := u.hook("save", nil); strings.Count(saved, "txt:x") != n {
		t.Errorf("of %d files %d were saved: %.300s; %s", n, strings.Count(saved, "txt:x"), saved, st.log)
	}
}

// What a large message took of memory is given back once it is handled.
func TestLargeMessageLeavesNothing(t *testing.T) {
	const sockets, size = 20, 1 << 20
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	clients := make([]*client, sockets)
	for i := range clients {
		clients[i] = s.open("/")
		clients[i].click("inc", nil)
	}
	before := heapNow()
	for _, c := range clients {
		c.click("other", map[string]any{"text": strings.Repeat("x", size-200)})
		if status, _ := c.call("event", formEvent("inc", strings.Repeat("x", 2*size), nil)); status != "ok" {
			t.Error(status)
		}
	}
	if grown := (heapNow() - before) / sockets; grown > size/100 {
		t.Errorf("a socket takes %d KiB more than before its large messages", grown>>10)
	}
}

// A view that is busy isn't ended by what happens to its many files meanwhile.
func TestManyFilesOfABusyView(t *testing.T) {
	const n = 40
	st := newStudio(t, liveview.UploadConfig{MaxEntries: n, AutoUpload: true}, liveview.Config{MailboxSize: 8, MaxBrowserUploads: n})
	_, release := st.blocks()
	u := st.openUploader()
	files := textFiles(n, "x")
	u.choose(files...)
	response := u.allow(files...)
	joins := make([]string, n)
	for i, f := range files {
		joins[i] = u.nextRef()
		u.write(fmt.Sprintf(`[%q,%q,%q,"phx_join",{"token":%q}]`, joins[i], joins[i], "lvu:"+f.ref, u.token(f.ref, response)))
	}
	for range files {
		u.next()
	}
	for range 3 { // one is at work, and two wait
		u.pushHook("block", 0)
	}
	for i, f := range files {
		u.writeBinary(chunkFrame(joins[i], u.nextRef(), "lvu:"+f.ref, f.content))
	}
	eventually(t, 10*time.Second, "all files are written", func() bool { return len(st.left()) == n })
	close(release)
	for answered := 0; answered < n+3; {
		if f := u.next(); f.event == "phx_reply" {
			answered++
		} else if f.event == "phx_error" {
			t.Fatalf("the view ended; %s", st.log)
		}
	}
}
