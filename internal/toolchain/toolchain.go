// Package toolchain knows which releases of Go a live page should not be served with.
package toolchain

import (
	"go/version"
	"strings"
)

// mended is the first release in which html/template's known hole is mended. Those
// before 1.26 don't compile this module.
const mended = "go1.26.9"

// Warning returns what to tell the operator of a program that was built with that
// version of Go, as runtime.Version says it; "" for nothing. Of a version that can't be
// read, one built from a branch for instance, nothing is known.
func Warning(goVersion string) string {
	v := strings.TrimPrefix(goVersion, "devel ")
	if i := strings.IndexAny(v, " -+"); i >= 0 {
		v = v[:i]
	}
	if !version.IsValid(v) || version.Compare(v, mended) >= 0 {
		return ""
	}
	return "this program was built with " + goVersion + ", whose html/template has a known hole (CVE-2026-94448): build it with " + mended +
		` or later, for example by the line "toolchain ` + mended + `" in its go.mod, which counts for nothing where GOTOOLCHAIN is local`
}
