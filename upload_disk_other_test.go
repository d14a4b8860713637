//go:build !linux

package liveview_test

import "testing"

// smallDisk can mount nothing here.
func smallDisk(*testing.T) (dir string, ok bool) { return "", false }
