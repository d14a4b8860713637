package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/store"
)

// place is the environment's name for where the process that is killed saves.
const place = "LIVEVIEW_STORETEST_PLACE"

// Main runs a package's tests, for its TestMain. In the process that [Kill] starts, which
// runs the same program, it doesn't: there it saves by what open returns, until it is
// killed.
func Main(m *testing.M, open func(place string) (store.Store, error)) {
	if at := os.Getenv(place); at != "" {
		fmt.Fprintln(os.Stderr, saveForEver(os.Stdout, at, open))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// Of a process that is killed these are the keys, saved over and over; each batch has
// half of them in turn.
const killedKeys = 20

// saveForEver saves version after version, and says which after Save has returned. It
// returns why it can't any more.
func saveForEver(out io.Writer, at string, open func(place string) (store.Store, error)) error {
	s, err := open(at)
	if err != nil {
		return err
	}
	for version := uint64(1); ; version++ {
		if err := s.Save(context.Background(), killedBatch(version)); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, version); err != nil {
			return err // the test is over
		}
	}
}

func killedBatch(version uint64) []store.Entry {
	var batch []store.Entry
	for i := version % 2; i < killedKeys; i += 2 {
		batch = append(batch, entry("killed-"+strconv.FormatUint(i, 10), version))
	}
	return batch
}

// Kill starts a process that saves at place, and kills it as it does so, as kill -9 does.
// It returns a function that says so if something that was saved isn't in s, which is
// opened at that place afterwards.
func Kill(t *testing.T, at string) (check func(s store.Store)) {
	t.Helper()
	const batches = 50
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), place+"="+at)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	saved, killed := uint64(0), false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			continue // cut off by the kill
		}
		saved = n // what it said before it died counts, too
		if n >= batches && !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if !killed {
		t.Fatalf("the process ended by itself: %s", &problems)
	}
	t.Logf("killed after %d batches", saved)
	return func(s store.Store) {
		t.Helper()
		for i := range uint64(killedKeys) {
			least := saved - (saved-i)%2 // the last batch that had it
			got, err := s.Load(t.Context(), "killed-"+strconv.FormatUint(i, 10))
			switch {
			case err != nil:
				t.Errorf("key %d, saved in version %d: %v", i, least, err)
			case got.Version < least:
				t.Errorf("key %d was saved in version %d, and is there in %d", i, least, got.Version)
			case string(got.Data) != string(entry(got.Key, got.Version).Data):
				t.Errorf("version %d of key %d has the data %q", got.Version, i, got.Data)
			}
		}
	}
}
