package liveview

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"weak"

	"github.com/gin-gonic/gin"
)

// templateFiles are the files of one template, on disk, while the program is developed.
type templateFiles struct {
	folders []watchedFolder
	parse   func() error // has the template be that of the files

	// Guarded by watchedFiles.mu.
	stamp []fileStamp // of the files as they were last parsed
	err   error       // what is wrong with them
}

// watchedFolder is where some of a template's files are.
type watchedFolder struct {
	dir      string
	patterns []string
	files    *fs.FS // which the template is parsed from: that of dir, once something has changed
}

// fileStamp says which version of a file there is.
type fileStamp struct {
	name     string
	size     int64
	modified int64 // in Unix nanoseconds
}

// watchedFiles are those of all templates of this process that may be parsed again. The
// ones of a template that has gone are nil.
var watchedFiles struct {
	mu         sync.Mutex // guards the fields below, and what of templateFiles changes. Held while templates are parsed, in development alone.
	all        []weak.Pointer[templateFiles]
	generation uint64 // counts the times that something was parsed again
}

// watchFiles returns the files of a template that are in folders, to be kept with it, or nil
// where there are none, or in release mode.
func watchFiles(folders []watchedFolder, parse func() error) *templateFiles {
	folders = slices.DeleteFunc(folders, func(f watchedFolder) bool {
		info, err := os.Stat(f.dir)
		return err != nil || !info.IsDir()
	})
	if len(folders) == 0 || gin.Mode() == gin.ReleaseMode {
		return nil
	}
	f := &templateFiles{folders: folders, parse: parse}
	f.stamp = f.stampNow()
	watchedFiles.mu.Lock()
	defer watchedFiles.mu.Unlock()
	watchedFiles.all = append(watchedFiles.all, weak.Make(f))
	return f
}

// watchesFiles reports whether there is a template that may be parsed again.
func watchesFiles() bool {
	watchedFiles.mu.Lock()
	defer watchedFiles.mu.Unlock()
	return len(watchedFiles.all) > 0
}

func (f *templateFiles) stampNow() (stamp []fileStamp) {
	for _, folder := range f.folders {
		files := os.DirFS(folder.dir)
		for _, pattern := range folder.patterns {
			names, err := fs.Glob(files, pattern)
			if err != nil {
				continue // of a pattern that parse has refused
			}
			for _, name := range names {
				if info, err := fs.Stat(files, name); err == nil {
					stamp = append(stamp, fileStamp{path.Join(filepath.ToSlash(folder.dir), name), info.Size(), info.ModTime().UnixNano()})
				}
			}
		}
	}
	return stamp
}

// parseChanged parses the templates whose files have changed. It returns of which generation
// all of them are now, and what is wrong with those that can't be parsed: they stay as they
// were.
func parseChanged() (generation uint64, wrong []error) {
	watchedFiles.mu.Lock()
	defer watchedFiles.mu.Unlock()
	watchedFiles.all = slices.DeleteFunc(watchedFiles.all, func(p weak.Pointer[templateFiles]) bool { return p.Value() == nil })
	changed := false
	for _, p := range watchedFiles.all {
		f := p.Value()
		if f == nil {
			continue
		}
		if now := f.stampNow(); !slices.Equal(now, f.stamp) {
			f.stamp = now
			for _, folder := range f.folders {
				*folder.files = os.DirFS(folder.dir)
			}
			f.err = f.parse()
			changed = true
		}
		if f.err != nil {
			wrong = append(wrong, f.err)
		}
	}
	if changed {
		watchedFiles.generation++
	}
	return watchedFiles.generation, wrong
}
