package main

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gorilla/websocket"
)

// sendMultipart uploads as a form without scripts does.
func sendMultipart(base string, content []byte) error {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() { // ends when the request has been read, or has failed
		part, err := form.CreateFormFile("file", "file.bin")
		if err == nil {
			_, err = part.Write(content)
		}
		if err == nil {
			err = form.Close()
		}
		_ = w.CloseWithError(err)
	}()
	res, err := http.Post(base+"/multipart", form.FormDataContentType(), r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || string(b) != fmt.Sprint(len(content)) {
		return fmt.Errorf("%s %s %w", res.Status, b, err)
	}
	return nil
}

var (
	pageParts = regexp.MustCompile(`(?s)csrf-token" content="([^"]*)".*<div id="([^"]*)" data-phx-main data-phx-session="([^"]*)"`)
	refPart   = regexp.MustCompile(`data-phx-upload-ref=[\\"]+(phx-[\w-]+)`)
)

// live is a client of one page.
type live struct {
	conn  *websocket.Conn
	topic string
	ref   int
}

// sendLive uploads as the official client does: a page, its socket, then a chunk
// whenever the one before is answered, and progress that nobody waits for.
func sendLive(base string, content []byte) error {
	res, err := http.Get(base + "/")
	if err != nil {
		return err
	}
	b, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return err
	}
	m := pageParts.FindStringSubmatch(string(b))
	if m == nil {
		return fmt.Errorf("not a live page: %s", b)
	}
	var cookies []string
	for _, c := range res.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	csrf, id, session := html.UnescapeString(m[1]), m[2], html.UnescapeString(m[3])
	dialer := websocket.Dialer{ReadBufferSize: 4096, WriteBufferSize: 66_000}
	conn, _, err := dialer.Dial("ws"+strings.TrimPrefix(base, "http")+"/live/websocket?vsn=2.0.0&_csrf_token="+url.QueryEscape(csrf),
		http.Header{"Origin": {base}, "Cookie": {strings.Join(cookies, "; ")}})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	c := &live{conn: conn, topic: "lv:" + id}

	joined, err := c.call(c.topic, "1", "phx_join", fmt.Sprintf(`{"url":%q,"session":%q,"static":null,"params":{"_mounts":0}}`, base+"/", session))
	if err != nil {
		return err
	}
	upload := refPart.FindStringSubmatch(joined)
	if upload == nil {
		return fmt.Errorf("no upload on the page: %s", joined)
	}
	entry := fmt.Sprintf(`{"path":"file","ref":"0","name":"file.bin","type":"","size":%d,"last_modified":0}`, len(content))
	if _, err := c.call(c.topic, "1", "event", fmt.Sprintf(`{"type":"form","event":"pick","value":"","uploads":{%q:[%s]}}`, upload[1], entry)); err != nil {
		return err
	}
	allowed, err := c.call(c.topic, "1", "allow_upload", fmt.Sprintf(`{"ref":%q,"entries":[%s]}`, upload[1], entry))
	if err != nil {
		return err
	}
	var grant struct {
		Response struct {
			Entries map[string]string
			Config  struct {
				ChunkSize int `json:"chunk_size"`
			}
		}
	}
	if err := json.Unmarshal([]byte(allowed), &grant); err != nil {
		return err
	}
	c.ref++
	joinRef := fmt.Sprint(c.ref + 1)
	if _, err := c.call("lvu:0", joinRef, "phx_join", fmt.Sprintf(`{"token":%q}`, grant.Response.Entries["0"])); err != nil {
		return err
	}
	last := -1
	for sent := 0; sent < len(content); {
		n := min(grant.Response.Config.ChunkSize, len(content)-sent)
		c.ref++
		ref := fmt.Sprint(c.ref)
		if err := c.chunk(joinRef, ref, content[sent:sent+n]); err != nil {
			return err
		}
		if _, err := c.reply("lvu:0", ref); err != nil {
			return err
		}
		sent += n
		if percent := sent * 100 / len(content); percent > last {
			last = percent
			ref := c.push(c.topic, "1", "progress", fmt.Sprintf(`{"event":null,"ref":%q,"entry_ref":"0","progress":%d}`, upload[1], percent))
			if percent == 100 {
				if _, err := c.reply(c.topic, ref); err != nil {
					return err
				}
			}
		}
	}
	saved, err := c.call(c.topic, "1", "event", `{"type":"form","event":"save","value":""}`)
	if err == nil && !strings.Contains(saved, fmt.Sprint(len(content))) {
		err = fmt.Errorf("not saved: %s", saved)
	}
	return err
}

func (c *live) push(topic, joinRef, event, payload string) (ref string) {
	c.ref++
	ref = fmt.Sprint(c.ref)
	_ = c.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `[%q,%q,%q,%q,%s]`, joinRef, ref, topic, event, payload)) // the read says what is wrong
	return ref
}

func (c *live) call(topic, joinRef, event, payload string) (string, error) {
	return c.reply(topic, c.push(topic, joinRef, event, payload))
}

// chunk sends the header and the bytes of a binary frame.
func (c *live) chunk(joinRef, ref string, data []byte) error {
	w, err := c.conn.NextWriter(websocket.BinaryMessage)
	if err != nil {
		return err
	}
	const topic, event = "lvu:0", "chunk"
	header := []byte{0, byte(len(joinRef)), byte(len(ref)), byte(len(topic)), byte(len(event))}
	if _, err := w.Write(append(header, joinRef+ref+topic+event...)); err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Close()
}

// reply reads on to the reply to a push, passes over all else, and returns its
// payload.
func (c *live) reply(topic, ref string) (string, error) {
	for {
		_, b, err := c.conn.ReadMessage()
		if err != nil {
			return "", err
		}
		var f [5]json.RawMessage
		if err := json.Unmarshal(b, &f); err != nil {
			return "", err
		}
		if string(f[3]) != `"phx_reply"` || string(f[2]) != `"`+topic+`"` || string(f[1]) != `"`+ref+`"` {
			continue
		}
		if !strings.Contains(string(f[4]), `"status":"ok"`) {
			return "", fmt.Errorf("%s", b)
		}
		return string(f[4]), nil
	}
}
