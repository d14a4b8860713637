package client

import (
	"fmt"
	"testing"
)

// reporter tells the test what is wrong with a page.
type reporter struct {
	t    testing.TB
	to   func(warning string) // gets the warnings; nil means that each is an error of the test
	said map[string]bool      // warnings
}

// fatal ends the test.
func (r *reporter) fatal(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf("liveviewtest: "+format, args...)
}

// warn reports what the official client complains about, each thing once.
func (r *reporter) warn(format string, args ...any) {
	r.t.Helper()
	warning := fmt.Sprintf(format, args...)
	if r.said[warning] {
		return
	}
	if r.said == nil {
		r.said = map[string]bool{}
	}
	r.said[warning] = true
	if r.to != nil {
		r.to(warning)
		return
	}
	r.t.Errorf("liveviewtest: %s", warning)
}
