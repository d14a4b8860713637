package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// sorted returns the paths of files in order.
func sorted(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }

// isEmpty returns an error unless the folder is empty or not there.
func isEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s can't be written into: %w", dir, err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s isn't empty, it has %s: name a folder that isn't there yet", dir, entries[0].Name())
	}
	return nil
}

// writeNew writes a file that isn't there yet, with the folders that it is in.
func writeNew(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
