package liveview

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/plainhtml"
	"github.com/gin-liveview/liveview/protocol"
)

// postedForm is a form of a page that was sent without a socket, by a browser in which
// no script runs for instance.
type postedForm struct {
	token  postToken
	fields map[string]string // ours, by their names
	values strings.Builder   // the application's, urlencoded, as the official client sends them

	room   int // bytes that the values may still have
	count  int // fields so far
	files  int // inputs of files so far
	limits protocol.Limits

	parts   *multipart.Reader // that are still to be read; nil for none
	file    *multipart.Part   // that comes first of them
	read    *multipart.Form   // a middleware has read the form before
	reading *http.ResponseController
	sum     hash.Hash        // of the files
	allowed map[*Upload]bool // that files have come for, and whether Authorize lets them
}

// refusedPostError says why a form isn't handled: with a status, and a sentence for the user.
type refusedPostError struct {
	status int
	title  string
	text   string
	why    string // for the operator
}

func (r *refusedPostError) Error() string { return r.why }

// The refusals that there are.
func refusePost(status int, why string) *refusedPostError {
	r := &refusedPostError{status: status, why: why}
	switch status {
	case http.StatusForbidden:
		r.title, r.text = "Not sent", "The page that this was sent from is no longer valid: it is too old, or you have logged in or out since, "+
			"or the browser keeps no cookies. Nothing was changed. Please load the page anew and try again."
	case http.StatusRequestEntityTooLarge:
		r.title, r.text = "Too much at once", "What was sent is larger than this page takes. Nothing was changed. "+
			"Please go back, where what you entered still is, and send less."
	case http.StatusUnsupportedMediaType, http.StatusBadRequest:
		r.title, r.text = "Not understood", "What was sent is no form of this page's. Nothing was changed. Please load the page anew and try again."
	default:
		r.title, r.text = "Needs JavaScript", "This part of the page doesn't work without JavaScript, or before its scripts have loaded. "+
			"Nothing was changed. Please go back, wait until the page is ready, and try again."
	}
	return r
}

// ownFieldsRoom is what a form may have beside MaxFrame: the fields that the engine adds.
const ownFieldsRoom = 32 << 10

// readPost reads c's form up to its first file, and sees whether it is one of ours: its
// error is a *refusedPostError.
func (a *app) readPost(c *gin.Context) (*postedForm, error) {
	if err := a.crossOrigin.Check(c.Request); err != nil {
		return nil, refusePost(http.StatusForbidden, "the form comes from a page of another site's: "+err.Error())
	}
	f := &postedForm{fields: map[string]string{}, room: a.config.MaxFrame, limits: a.decode, reading: http.NewResponseController(c.Writer)}
	if err := f.begin(c); err != nil {
		return nil, f.refusal(err)
	}
	token, err := verifyPost(a.signer, f.fields[plainhtml.TokenField])
	switch {
	case err != nil:
		return nil, refusePost(http.StatusForbidden, "the form has no CSRF token, or one that was signed with another Config.Secret, or too long ago")
	case token.browser != browserOf(c.Request) || a.revoked.Browser(token.browser):
		return nil, refusePost(http.StatusForbidden, "the form's page was rendered for another browser, or before a log-in or log-out")
	}
	f.token = token
	return f, nil
}

func (f *postedForm) refusal(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || errors.Is(err, protocol.ErrLimit) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return refusePost(http.StatusRequestEntityTooLarge, "the form is larger than Config.MaxFrame allows, or has more fields")
	}
	if refused := (*refusedPostError)(nil); errors.As(err, &refused) {
		return refused
	}
	return refusePost(http.StatusBadRequest, err.Error())
}

func (f *postedForm) begin(c *gin.Context) error {
	r := c.Request
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && r.MultipartForm != nil:
		f.read = r.MultipartForm
		return f.addAll(r.MultipartForm.Value)
	case err == nil && kind == "multipart/form-data" && params["boundary"] != "":
		f.parts = multipart.NewReader(r.Body, params["boundary"])
		return f.untilFile()
	case err == nil && r.PostForm != nil:
		return f.addAll(r.PostForm)
	case err == nil && kind == "application/x-www-form-urlencoded":
		body, err := io.ReadAll(http.MaxBytesReader(c.Writer, r.Body, int64(f.room)+ownFieldsRoom))
		if err != nil {
			return err
		}
		return f.addBody(string(body))
	}
	return refusePost(http.StatusUnsupportedMediaType, fmt.Sprintf("the content type is %.100q", r.Header.Get("Content-Type")))
}

// addBody takes the fields of an urlencoded body.
func (f *postedForm) addBody(body string) error {
	for field := range strings.SplitSeq(body, "&") {
		if field == "" {
			continue
		}
		key, value, _ := strings.Cut(field, "=")
		name, err := url.QueryUnescape(key)
		if err == nil && f.isOwn(name) {
			if f.fields[name], err = url.QueryUnescape(value); err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		if err := f.addRaw(key, value); err != nil {
			return err
		}
	}
	return nil
}

// addAll takes the fields that a middleware has read. Their order is lost: they come by
// their names, where numbers in these count, so that rows keep their order and a form that
// is sent twice is the same form.
func (f *postedForm) addAll(all url.Values) error {
	for _, name := range slices.SortedFunc(maps.Keys(all), compareNumbered) {
		for _, value := range all[name] {
			if err := f.add(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareNumbered compares names so that rows[9] comes before rows[10].
func compareNumbered(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && '0' <= a[i-1] && a[i-1] <= '9' {
		i--
	}
	digits := func(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
	if m, n := digits(a[i:]), digits(b[i:]); m > 0 && n > 0 && m != n {
		return m - n
	}
	return strings.Compare(a, b)
}

// isOwn reports whether the field is one of ours: the first of its name is.
func (f *postedForm) isOwn(name string) bool {
	switch name {
	case plainhtml.TokenField, plainhtml.EventField, plainhtml.ChangeField, plainhtml.ClickField, plainhtml.SubmitClickField:
		_, has := f.fields[name]
		return !has
	}
	return false
}

func (f *postedForm) add(name, value string) error {
	if f.isOwn(name) {
		f.fields[name] = value
		return nil
	}
	return f.addRaw(url.QueryEscape(name), url.QueryEscape(value))
}

// addRaw adds a field of the application's, escaped. Line breaks are in it as the official
// client sends them: a form that a browser posts has others.
func (f *postedForm) addRaw(name, value string) error {
	value = crlfEscapes.Replace(value)
	if f.room -= len(name) + len(value) + len("&="); f.room < 0 {
		return protocol.ErrLimit
	}
	if f.count++; f.count > f.limits.MaxKeys {
		return protocol.ErrLimit
	}
	if f.values.Len() > 0 {
		f.values.WriteByte('&')
	}
	f.values.WriteString(name + "=" + value)
	return nil
}

var crlfEscapes = strings.NewReplacer("%0D%0A", "%0A", "%0d%0a", "%0A", "%0d%0A", "%0A", "%0D%0a", "%0A")

// untilFile reads fields up to the next file; f.file is nil where there is none.
func (f *postedForm) untilFile() error {
	f.file = nil
	for f.parts != nil {
		part, err := f.parts.NextPart()
		if err == io.EOF { //nolint:errorlint // as documented
			f.parts = nil
			return nil
		}
		if err != nil {
			return err
		}
		if _, params, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition")); params["filename"] != "" || part.FileName() != "" {
			if f.files++; f.files > f.limits.MaxKeys {
				return protocol.ErrLimit
			}
			f.file = part
			return nil
		}
		// What a field may have is as much as there is room for: escaped, it isn't shorter.
		value, err := io.ReadAll(io.LimitReader(part, int64(f.room)+ownFieldsRoom+1))
		switch {
		case err != nil:
			return err
		case len(value) > f.room+ownFieldsRoom:
			return protocol.ErrLimit
		case part.Header.Get("Content-Type") != "" && len(value) == 0: // a file input without a file
			if f.files++; f.files > f.limits.MaxKeys {
				return protocol.ErrLimit
			}
			continue
		}
		if err := f.add(part.FormName(), string(value)); err != nil {
			return err
		}
	}
	return nil
}

// clicks reports whether a button was pressed that submits nothing.
func (f *postedForm) clicks() bool {
	_, clicks := f.fields[plainhtml.ClickField]
	return clicks
}

// events returns what is to be handled: the change of the form that a button of its is in,
// what the button is, and what the submit is.
func (f *postedForm) events() (events []postedEvent, err error) {
	add := func(field string, isForm, changes bool) {
		text, has := f.fields[field]
		if !has || err != nil {
			return
		}
		if text == "" {
			err = refusePost(http.StatusUnprocessableEntity, "the form's phx-target is a selector, or names what isn't on the page, and nobody can tell without the page whose event it is")
			return
		}
		list, e := plainhtml.Parse(text)
		if e != nil {
			err = refusePost(http.StatusBadRequest, "the form's field "+field+" isn't as it was written: "+e.Error())
		}
		for _, e := range list {
			events = append(events, postedEvent{e, isForm, changes})
		}
	}
	if f.clicks() {
		if f.fields[plainhtml.ChangeField] != "" {
			add(plainhtml.ChangeField, true, true)
		}
		add(plainhtml.ClickField, false, false)
		return events, err
	}
	add(plainhtml.SubmitClickField, false, false)
	add(plainhtml.EventField, true, false)
	if len(events) == 0 && err == nil {
		err = refusePost(http.StatusBadRequest, "the form doesn't say what it is for")
	}
	return events, err
}

// postedEvent is an event that was posted.
type postedEvent struct {
	plainhtml.Event
	isForm  bool // the form's values are its
	changes bool // it is a change of the form, before a button that is in it
}

// decode returns the event as the official client would have sent it. open takes signed
// values for what was signed.
func (f *postedForm) decode(e postedEvent, open func(payload []byte) ([]byte, map[string]string, error)) (Event, error) {
	b := protocol.AppendString([]byte(`{"event":`), e.Name)
	values := e.Values
	if len(values) == 0 {
		values = []byte("{}")
	}
	if e.isForm {
		body := f.values.String()
		if e.changes {
			body = withUnused(body)
		}
		b = protocol.AppendString(append(b, `,"type":"form","value":`...), body)
		b = append(append(b, `,"meta":`...), values...)
	} else {
		members := map[string]json.RawMessage{"value": []byte(`""`)} // of the button, unless it has another
		if err := json.Unmarshal(values, &members); err != nil {
			return Event{}, err
		}
		if values, err := json.Marshal(members); err == nil {
			b = append(append(b, `,"type":"click","value":`...), values...)
		}
	}
	b = append(b, '}')
	if !mayBeSigned(b) {
		return decodeEvent(f.limits, b)
	}
	b, signed, err := open(b)
	if err != nil {
		return Event{}, err
	}
	event, err := decodeEvent(f.limits, b)
	event.signed = signed
	return event, err
}

// withUnused marks those fields as not used that nothing was entered in: the form isn't
// submitted yet, and whoever hasn't come to a field needn't be told that it is wrong.
func withUnused(body string) string {
	var b strings.Builder
	for field := range strings.SplitSeq(body, "&") {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		if key, value, _ := strings.Cut(field, "="); value == "" {
			if name, err := url.QueryUnescape(key); err == nil && name != "" {
				b.WriteString(url.QueryEscape(protocol.MarkUnused(name)) + "=&")
			}
		}
		b.WriteString(field)
	}
	return b.String()
}

// drain reads what is left of a request that is refused, as far as that is little: a
// browser that is still sending shows no answer.
func drain(c *gin.Context, limit int64) {
	rc := http.NewResponseController(c.Writer)
	_ = rc.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.CopyN(io.Discard, c.Request.Body, limit)
}
