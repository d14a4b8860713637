package upload

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// On a disk of several hosts another one's lock may not be seen: its files are
// left alone, until nothing has changed for longer than an upload lives.
func TestSweepLeavesOtherHostsAlone(t *testing.T) {
	parent := t.TempDir()
	make := func(name string, age time.Duration) string {
		t.Helper()
		dir := filepath.Join(parent, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "upload-1")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		for _, path := range []string{file, dir} {
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	own := make(hostPrefix()+"1", 0)
	other := make(dirPrefix+"0123abcd-1", time.Hour)
	abandoned := make(dirPrefix+"0123abcd-2", abandonedAfter+time.Hour)
	busy := make(dirPrefix+"0123abcd-3", abandonedAfter+time.Hour)
	if err := os.WriteFile(filepath.Join(busy, "upload-1"), []byte("more"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := sweep(parent); n != 2 {
		t.Errorf("%d files were swept, want 2", n)
	}
	for dir, stays := range map[string]bool{own: false, other: true, abandoned: false, busy: true} {
		if _, err := os.Stat(dir); (err == nil) != stays {
			t.Errorf("%s is there: %v, want %v", filepath.Base(dir), err == nil, stays)
		}
	}
}
