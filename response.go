package liveview

import (
	"net/http"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// response stands in for the ResponseWriter of a request that no browser sent: a
// visit's, or that of checkScripts. Nobody reads its body, but for the beginning of
// an error, which may say why. Its header is the handlers' own, which may change it
// at any time; what is to be known of it is noted when they send it off.
type response struct {
	header http.Header

	mu     sync.Mutex // guards answer. Nothing is locked under it.
	answer answer
}

func (w *response) Header() http.Header { return w.header }

func (w *response) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := &w.answer; a.status >= http.StatusBadRequest {
		a.text = append(a.text, b[:min(len(b), maxErrorText-len(a.text))]...)
	}
	return len(b), nil
}

func (w *response) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.answer.status == 0 {
		w.answer = answer{
			status: status, contentType: w.header.Get("Content-Type"), location: w.header.Get("Location"),
			cookies: w.header["Set-Cookie"], compressed: w.header.Get("Content-Encoding") != "",
		}
	}
}

// sent returns what the handlers have answered so far.
func (w *response) sent() answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answer
}

// answer is what a response says.
type answer struct {
	status      int // 0 if nobody answered
	contentType string
	location    string
	cookies     []string // that it sets
	compressed  bool
	text        []byte // of an error
	why         string // nobody was asked; "" if somebody was
}

// maxErrorText is how much of an error's body is kept, in bytes.
const maxErrorText = 300

// errorText returns the beginning of what an answer with an error's status says,
// in characters that may be printed; "" for one that is compressed.
func (a answer) errorText() string {
	if a.compressed {
		return ""
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, string(a.text)))
}

// isTemporary reports whether the answer is a failure that is over by itself, as a
// rule: a time-out, a rate limit, something behind that is down.
func (a answer) isTemporary() bool {
	switch a.status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented:
		return false
	}
	return a.status >= http.StatusInternalServerError
}
