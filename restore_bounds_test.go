package liveview_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/store"
)

// slowStore takes its time for a Load.
type slowStore struct {
	*memoryStore
	load time.Duration
}

func (s slowStore) Load(ctx context.Context, key string) (store.Entry, error) {
	select {
	case <-time.After(s.load):
		return s.memoryStore.Load(ctx, key)
	case <-ctx.Done():
		return store.Entry{}, ctx.Err()
	}
}

// However many pages are back at once from a process that was killed, each is given what
// the store has of it.
func TestStoreIsAskedByManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pages = 400
		user, st := "", newMemoryStore()
		config := liveview.Config{Store: st, Logger: slog.New(slog.DiscardHandler), MaxMounts: -1, KeepTime: -1}
		first := vaults(t, config, &user)
		config.Store = slowStore{st, 100 * time.Millisecond}
		second := vaults(t, config, &user)
		v := first.visitor()
		var lost []*page
		for i := range pages {
			c := v.get("/p/a").connect()
			c.joinAsPage(fmt.Sprint("page", i))
			c.click("inc", nil)
			p := *c.page
			lost = append(lost, &p)
		}
		time.Sleep(2 * time.Second) // of the bubble's clock
		if n, _ := st.has(); n != pages {
			t.Fatalf("%d states are stored, want %d", n, pages)
		}
		to := second.visitorLike(v)
		var fails sync.Map
		var all sync.WaitGroup
		for i, p := range lost {
			p.visitor = to
			all.Go(func() {
				if _, shows, _ := p.rejoin("", fmt.Sprint("page", i)); !strings.Contains(shows, "0:1") {
					fails.Store(i, shows)
				}
			})
		}
		all.Wait()
		fails.Range(func(i, shows any) bool { t.Errorf("page %v shows %v", i, shows); return true })
	})
}
