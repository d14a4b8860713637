package wire

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
)

// maxLines is how many frames one request may bring: as many as the client sends at once
// (MAX_LONGPOLL_BATCH_SIZE of phoenix/assets/js/phoenix/constants.js).
const maxLines = 100

// lines reads the frames of a request's body, one a line: JSON, which begins with "[", or
// base64 of what is binary (phoenix/assets/js/phoenix/longpoll.js). Of a line no more is
// held than who reads it takes.
type lines struct {
	from  *bufio.Reader
	count int
	over  bool // the line has been read to its end
	err   error
}

func newLines(body io.Reader) *lines {
	return &lines{from: bufio.NewReaderSize(body, 4<<10), over: true}
}

// next goes on to the next line, and reports whether there is one; what is left of the one
// before is dropped. Afterwards err says why not, nil for the body's end. binary is what
// the line has, decoded, and text what it has as it stands.
func (l *lines) next() (binary, text io.Reader, ok bool) {
	if !l.over {
		_, l.err = io.Copy(io.Discard, lineReader{l})
	}
	if l.err != nil {
		return nil, nil, false
	}
	first, err := l.from.Peek(1)
	if len(first) == 0 {
		if err != io.EOF {
			l.err = err
		}
		return nil, nil, false
	}
	l.count++
	l.over = false
	if first[0] == '[' {
		return nil, lineReader{l}, true
	}
	return base64.NewDecoder(base64.StdEncoding, lineReader{l}), nil, true
}

// lineReader reads one line, without its end.
type lineReader struct{ of *lines }

func (r lineReader) Read(p []byte) (int, error) {
	l := r.of
	if l.over {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if _, err := l.from.Peek(1); err != nil {
		if err == io.EOF {
			l.over = true
		} else {
			l.err = err
		}
		return 0, err
	}
	there, _ := l.from.Peek(min(l.from.Buffered(), len(p))) // so it doesn't read
	if i := bytes.IndexByte(there, '\n'); i >= 0 {
		n := copy(p, there[:i])
		_, _ = l.from.Discard(i + 1)
		l.over = true
		return n, io.EOF
	}
	n := copy(p, there)
	_, _ = l.from.Discard(n)
	return n, nil
}
