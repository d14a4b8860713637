package bolt_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gin-liveview/liveview/store"
	"github.com/gin-liveview/liveview/store/bolt"
)

// A process that is started anew finds what the last one has saved.
func Example() {
	dir, err := os.MkdirTemp("", "states")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	path := filepath.Join(dir, "states.db")

	states, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		panic(err)
	}
	err = states.Save(ctx, []store.Entry{{Key: "page-1", Version: 1, Data: []byte("sealed"), TTL: time.Hour}})
	fmt.Println(err, states.Close())

	states, err = bolt.Open(path, bolt.Options{})
	if err != nil {
		panic(err)
	}
	entry, err := states.Load(ctx, "page-1")
	fmt.Println(entry.Version, string(entry.Data), err, states.Close())
	// Output:
	// <nil> <nil>
	// 1 sealed <nil> <nil>
}
