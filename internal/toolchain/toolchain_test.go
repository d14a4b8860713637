package toolchain_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/toolchain"
)

// The releases with the hole are named, with the remedy, however their version is
// written; those without it, and what can't be read, are not.
func TestWarning(t *testing.T) {
	for version, warned := range map[string]bool{
		"go1.26.0": true, "go1.26.8": true, "go1.26": true, "go1.26rc2": true, "go1.25.14": true,
		"go1.26.8 X:nodwarf5": true, "go1.26.8-vendor.3": true, "go1.26.8+distribution": true,
		"go1.26.9": false, "go1.26.10": false, "go1.26.9 X:jsonv2": false, "go1.27rc1": false, "go1.27": false, "go2": false,
		"devel go1.27-0123456789 Thu Nov 26 00:00:00 2026": false, "devel +0123456789": false, "": false, "unknown": false,
	} {
		got := toolchain.Warning(version)
		if warned != (got != "") {
			t.Errorf("of %q it is said %q", version, got)
		}
		if warned && !(strings.Contains(got, version+",") && strings.Contains(got, "toolchain go1.26.9") && strings.Contains(got, "CVE-2026-94448")) {
			t.Errorf("of %q it is said %q, without version, hole or remedy", version, got)
		}
	}
	t.Logf("of the Go that runs this: %q", toolchain.Warning(runtime.Version()))
}
