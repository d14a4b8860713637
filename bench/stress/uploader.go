package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

// uploader sends files, and cuts its connection anywhere.
type uploader struct {
	browser
	page page
	wire *wire
	join string
	tree tree
}

func newUploader(r *run, number int) *uploader { return &uploader{browser: newBrowser(r, "u", number)} }

type sentFile struct {
	ref, name string
	content   []byte
}

var (
	uploadRef = regexp.MustCompile(`<p data-ref="([^"]+)"`)
	savedFile = regexp.MustCompile(`<li>([^<]*)</li>`)
)

func (u *uploader) live(ctx, acting context.Context) {
	for acting.Err() == nil {
		var ok bool
		if u.page, ok = u.load(ctx, "/files"); !ok {
			return
		}
		w, err := u.dial(ctx, u.page.csrf)
		if err != nil {
			u.pause(ctx, 300*time.Millisecond)
			continue
		}
		u.wire = w
		var response json.RawMessage
		if u.join, response, err = u.browser.join(ctx, w, u.page, "/files", nil); err == nil {
			var answer struct{ Rendered json.RawMessage }
			_ = json.Unmarshal(response, &answer)
			u.show(answer.Rendered, true)
		}
		for err == nil && acting.Err() == nil {
			err = u.upload(ctx)
			u.pause(ctx, u.upTo(300*time.Millisecond))
		}
		if u.rnd.IntN(2) == 0 {
			w.cut()
		} else {
			w.leave()
		}
	}
}

var errCut = errors.New("the connection is cut on purpose")

// upload sends some files and has them saved. An error says that there is no connection any
// more, or no view.
func (u *uploader) upload(ctx context.Context) error {
	m := uploadRef.FindStringSubmatch(u.html())
	if m == nil {
		return errOver
	}
	files := make([]sentFile, 1+u.rnd.IntN(node.MaxFiles))
	wires := make([]map[string]any, len(files))
	for i := range files {
		content := make([]byte, 1+u.rnd.IntN(node.MaxFileSize))
		for j := range content {
			content[j] = 'a' + byte(u.rnd.IntN(26))
		}
		files[i] = sentFile{fmt.Sprint(i), fmt.Sprintf("f%d.txt", u.rnd.IntN(1000)), content}
		wires[i] = map[string]any{"path": "files", "ref": files[i].ref, "name": files[i].name, "type": "text/plain", "size": len(content), "relative_path": "", "last_modified": 1700000000000}
	}
	u.journal.count("files chosen", len(files))
	topic := "lv:" + u.page.id
	if err := u.ask(ctx, "event", map[string]any{"type": "form", "event": "pick", "value": "_target=files", "uploads": map[string]any{m[1]: wires}}); err != nil {
		return err
	}
	ref, err := u.wire.push(u.join, topic, "allow_upload", map[string]any{"ref": m[1], "entries": wires})
	if err != nil {
		return err
	}
	response, err := u.wire.answer(ctx, topic, ref)
	if err != nil {
		return err
	}
	var allowed struct {
		Entries map[string]any
		Diff    json.RawMessage
	}
	_ = json.Unmarshal(response, &allowed)
	u.show(allowed.Diff, false)
	var whole []string
	for _, f := range files {
		token, _ := allowed.Entries[f.ref].(string)
		if token == "" {
			u.journal.count("files refused", 1)
			continue
		}
		switch err := u.send(ctx, m[1], f, token); {
		case err == nil:
			whole = append(whole, node.Sum(f.name, f.content))
		case errors.Is(err, errRefused), errors.Is(err, errOver): // a disk is full, for instance
			u.journal.count("files that failed", 1)
			return err // and the page is loaded anew
		default:
			return err
		}
	}
	if err := u.ask(ctx, "event", map[string]any{"type": "form", "event": "save", "value": ""}); err != nil {
		return err
	}
	var saved []string
	for _, m := range savedFile.FindAllStringSubmatch(u.html(), -1) {
		saved = append(saved, html.UnescapeString(m[1]))
	}
	slices.Sort(saved)
	slices.Sort(whole)
	u.journal.count("files saved", len(saved))
	if !slices.Equal(saved, whole) {
		u.journal.find("a file that differs", fmt.Sprintf("%s: saved are %v, and sent were %v", u.who, saved, whole), func(w io.Writer) {
			u.record.write(w)
			u.log.about(w, 30, u.page.id)
		})
	}
	return nil
}

// ask sends a message of the page's, and shows what it is answered with.
func (u *uploader) ask(ctx context.Context, event string, payload any) error {
	topic := "lv:" + u.page.id
	ref, err := u.wire.push(u.join, topic, event, payload)
	if err != nil {
		return err
	}
	response, err := u.wire.answer(ctx, topic, ref)
	if err == nil {
		var answer struct{ Diff json.RawMessage }
		_ = json.Unmarshal(response, &answer)
		u.show(answer.Diff, false)
	}
	return err
}

// send sends one file, or some of it.
func (u *uploader) send(ctx context.Context, upload string, f sentFile, token string) error {
	topic := "lvu:" + f.ref
	join, err := u.wire.push("", topic, "phx_join", map[string]any{"token": token})
	if err != nil {
		return err
	}
	if _, err := u.wire.answer(ctx, topic, join); err != nil {
		return err
	}
	cutAt := -1
	if u.rnd.IntN(5) == 0 {
		cutAt = u.rnd.IntN(len(f.content) + 1)
	}
	for sent := 0; sent < len(f.content); {
		if cutAt >= 0 && sent >= cutAt {
			u.journal.count("uploads cut", 1)
			return errCut
		}
		n := min(node.ChunkSize, len(f.content)-sent)
		u.wire.ref++
		ref := strconv.Itoa(u.wire.ref)
		head := []byte{0, byte(len(join)), byte(len(ref)), byte(len(topic)), byte(len("chunk"))}
		chunk := append(append(head, join+ref+topic+"chunk"...), f.content[sent:sent+n]...)
		if err := u.wire.conn.send(websocket.BinaryMessage, chunk); err != nil {
			return err
		}
		if _, err := u.wire.answer(ctx, topic, ref); err != nil {
			return err
		}
		sent += n
		if err := u.ask(ctx, "progress", map[string]any{"event": nil, "ref": upload, "entry_ref": f.ref, "progress": sent * 100 / len(f.content)}); err != nil {
			return err
		}
	}
	return nil // the client leaves the topic after an error alone
}

func (u *uploader) show(raw json.RawMessage, fresh bool) {
	if len(raw) == 0 {
		return
	}
	d, err := decodeDiff(raw)
	if err == nil {
		err = u.tree.merge(d, fresh)
	}
	if err != nil {
		u.journal.find("a diff that can't be applied", u.who+": "+err.Error(), u.record.write)
	}
}

func (u *uploader) html() string {
	text, _, err := u.tree.html()
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(text, "\n", "")
}
