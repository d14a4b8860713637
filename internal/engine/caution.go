package engine

import (
	"bytes"
	"errors"
	"sync/atomic"
)

// ErrUnsafe is of warnings that something else is shown than the data says, as a browser
// or the client would have run it.
var ErrUnsafe = errors.New("something else is shown")

// caution warns, the first time that something is. An HTTP render, which has no one to
// tell, gives no scratch.
type caution struct {
	where  *where
	warned atomic.Bool // in any rendering
}

func (c *caution) warn(s *scratch, format string, args ...any) {
	if s != nil && c.warned.CompareAndSwap(false, true) {
		s.warnings = append(s.warnings, c.where.errorf("%w: "+format, append([]any{ErrUnsafe}, args...)...))
	}
}

// unsafeText is what html/template writes in place of what it takes for unsafe.
const unsafeText = "ZgotmplZ"

// noteUnsafe warns of it in what html/template printed.
func (c *caution) noteUnsafe(printed []byte, s *scratch) {
	if bytes.Contains(printed, []byte(unsafeText)) {
		c.warn(s, "html/template takes the value for unsafe where it stands, and writes "+unsafeText+": a URL is a relative one or has the scheme http, https or mailto; one that you made yourself may be a template.URL")
	}
}
