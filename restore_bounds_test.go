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

	"github.com/gin-gonic/gin"

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

// Who comes for the first time doesn't wait for pages that are back, and whose store is slow.
func TestFirstVisitorsDontWaitForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		user, st := "ann", newMemoryStore()
		config := liveview.Config{Store: st, Logger: slog.New(slog.DiscardHandler), KeepTime: -1}
		first := vaults(t, config, &user)
		config.Store, config.MaxMounts = slowStore{st, time.Second}, 1
		second := vaults(t, config, &user)
		c := first.visitor().get("/p/a").connect()
		c.joinAsPage("one")
		c.click("inc", nil)
		p := *c.page
		time.Sleep(2 * time.Second) // of the bubble's clock
		p.visitor = second.visitorLike(p.visitor)
		shown := make(chan string)
		go func() {
			_, shows, _ := p.rejoin("", "one")
			shown <- shows
		}()
		synctest.Wait()
		for range 4 {
			began := time.Now()
			fresh := second.visitor().get("/p/a").connect()
			fresh.joinAs(map[string]any{"url": fresh.page.url, "session": fresh.page.session, "params": map[string]any{"_csrf_token": fresh.page.csrf, "_mounts": 0}})
			if waited := time.Since(began); waited > 100*time.Millisecond {
				t.Errorf("a first visitor has waited for %v", waited)
			}
			time.Sleep(400 * time.Millisecond) // of the bubble's clock
		}
		if shows := <-shown; !strings.Contains(shows, "0:1") {
			t.Errorf("the page that is back shows %s", shows)
		}
	})
}

// What a page was elsewhere waits for its turn to mount with it, and isn't lost if its
// connection is, meanwhile.
func TestStateWaitsForItsTurnToMount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		user, l := "ann", &line{}
		first := vaults(t, liveview.Config{PubSub: l.bus(t)}, &user)
		entered, leave := make(chan struct{}, 9), make(chan struct{})
		let := sync.OnceFunc(func() { close(leave) })
		defer let()
		second := newSite(t, liveview.Config{PubSub: l.bus(t), MaxMounts: 1, Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")}, func(r *gin.Engine) {
			live := r.Group("", func(c *gin.Context) { liveview.Identify(c, user) })
			liveview.Handle(live, "/p/:path", &vaultView{mount: func() error { return nil }})
			liveview.Handle(live.Group("", func(c *gin.Context) {
				if liveview.IsVisit(c) {
					entered <- struct{}{}
					<-leave
				}
			}), "/slow", &otherVault{})
		})
		c := first.lostPage(3)
		var other sync.WaitGroup
		other.Go(func() { second.visitor().get("/slow").connect().joinAsPage("slow") })
		<-entered // and has the only turn
		p := *c.page
		p.visitor = second.visitorLike(c.page.visitor)
		for range 2 {
			at := p.connect()
			at.write(fmt.Sprintf(`["1","1",%q,"phx_join",{"url":%q,"session":%q,"params":{"_csrf_token":%q,"_mounts":1,"_mount_attempts":0,"_page":"one"}}]`,
				at.topic(), p.url, p.session, p.csrf))
			time.Sleep(time.Second) // of the bubble's clock
			if kept := first.app.Stats().Kept; kept != 0 {
				t.Fatalf("%d pages are at the node before, want 0: the join hasn't looked", kept)
			}
			_ = at.conn.NetConn().Close()
			synctest.Wait()
		}
		let()
		if shows := c.page.joinsAgain(second, c.page.visitor, 1); !strings.Contains(shows, "0:3") {
			t.Errorf("it shows %s", shows)
		}
		other.Wait()
	})
}
