package liveview

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

// maxAssetFiles is how many files of Config.DevAssets are looked at: more would keep a
// processor busy.
const maxAssetFiles = 2000

// assetFiles are the styles and images of Config.DevAssets, while a page is open that follows
// them.
type assetFiles struct {
	folders []string

	mu     sync.Mutex // guards stamps. Nothing is locked under it. Held while files are looked at, in development alone.
	stamps map[fileOf]fileStamp
}

// fileOf is a file of a folder.
type fileOf struct{ folder, name string }

// begin has changed tell what changes from now on.
func (a *assetFiles) begin() { a.changed() }

// changed returns the names of the files that are others than when it was last called, within
// their folders and with slashes.
func (a *assetFiles) changed() (names []string) {
	if len(a.folders) == 0 {
		return nil
	}
	now := make(map[fileOf]fileStamp)
	for _, folder := range a.folders {
		stampFolder(folder, now)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for file, stamp := range now {
		if before, ok := a.stamps[file]; ok && before != stamp {
			names = append(names, file.name)
		}
	}
	a.stamps = now
	slices.Sort(names)
	return names
}

// stampFolder adds the styles and images of a folder. One that isn't there has none.
func stampFolder(folder string, to map[fileOf]fileStamp) {
	_ = fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // it has just been removed, or can't be read: it isn't served either
		case len(to) >= maxAssetFiles:
			return fs.SkipAll
		case entry.IsDir():
			if base := entry.Name(); base == "node_modules" || len(base) > 1 && base[0] == '.' {
				return fs.SkipDir
			}
			return nil
		case !isAsset(name):
			return nil
		}
		if info, err := entry.Info(); err == nil {
			to[fileOf{folder, name}] = fileStamp{name, info.Size(), info.ModTime().UnixNano()}
		}
		return nil
	})
}

// isAsset reports whether a file is a style sheet or an image, by its name.
func isAsset(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".css", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico":
		return true
	}
	return false
}
