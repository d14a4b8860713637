package presence

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-liveview/liveview/pubsub"
)

type who struct{ Name string }

// lossy is a PubSub that the test has lose what is published.
type lossy struct {
	*pubsub.Local
	mu   sync.Mutex // guards lose
	lose func(info any) bool
}

func (l *lossy) Publish(topic string, info any) error {
	l.mu.Lock()
	lose := l.lose
	l.mu.Unlock()
	if lose != nil && lose(info) {
		return nil
	}
	return l.Local.Publish(topic, info)
}

func (l *lossy) PublishLocal(topic string, info any) { _ = l.Local.Publish(topic, info) }

func (l *lossy) set(lose func(info any) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose = lose
}

// track is a Track that succeeds.
func track[M any](tr *Tracker[M], topic, key string, meta M) *Handle[M] {
	h, err := tr.Track(topic, key, meta)
	if err != nil {
		panic(err)
	}
	return h
}

// names lists a topic's keys and names.
func names(t *Tracker[who], topic string) string {
	var all []string
	for _, e := range t.List(topic) {
		all = append(all, e.Key+":"+e.Meta.Name)
	}
	return strings.Join(all, " ")
}

func bubble(t *testing.T, test func(t *testing.T, ps *lossy, node func() *Tracker[who])) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ps := &lossy{Local: pubsub.NewLocal()}
		test(t, ps, func() *Tracker[who] {
			n := New[who](ps, "test", Options{Beat: time.Second})
			t.Cleanup(n.Close)
			synctest.Wait()
			return n
		})
	})
}

// Everyone comes to know everyone, who came before and who comes later, and the
// subscribers of a topic hear of it.
func TestComeAndGo(t *testing.T) {
	bubble(t, func(t *testing.T, ps *lossy, node func() *Tracker[who]) {
		var heard []string
		_, _ = ps.Subscribe("room", func(info any) {
			c := info.(Change[who])
			for _, e := range c.Joined {
				heard = append(heard, "+"+e.Key)
			}
			for _, e := range c.Left {
				heard = append(heard, "-"+e.Key)
			}
		})
		a := node()
		annLeaves := track(a, "room", "ann", who{"Ann"}).Untrack
		track(a, "elsewhere", "eve", who{"Eve"})
		b := node()
		secondLeaves := track(b, "room", "ann", who{"Ann's phone"}).Untrack
		track(b, "room", "bob", who{"Bob"})
		synctest.Wait()
		const all = "ann:Ann ann:Ann's phone bob:Bob"
		for i, n := range []*Tracker[who]{a, b} {
			got := strings.Fields(strings.ReplaceAll(names(n, "room"), "Ann's phone", "Ann's_phone"))
			if slices.Sort(got); strings.ReplaceAll(strings.Join(got, " "), "_", " ") != all {
				t.Errorf("node %d knows %v", i, got)
			}
			if got := names(n, "elsewhere"); got != "eve:Eve" {
				t.Errorf("node %d knows %q elsewhere", i, got)
			}
		}
		annLeaves()
		annLeaves()
		secondLeaves()
		synctest.Wait()
		for i, n := range []*Tracker[who]{a, b} {
			if got := names(n, "room"); got != "bob:Bob" {
				t.Errorf("node %d knows %q", i, got)
			}
		}
		// Each of two trackers delivers what it finds out: here they share one
		// PubSub, so all is heard twice.
		count := map[string]int{}
		for _, h := range heard {
			count[h]++
		}
		if want := map[string]int{"+ann": 4, "+bob": 2, "-ann": 4}; !reflect.DeepEqual(count, want) {
			t.Errorf("heard %v, want %v", count, want)
		}
		b.Close()
		synctest.Wait()
		if got := names(a, "room"); got != "" {
			t.Errorf("after the good-bye: %q", got)
		}
	})
}

// The people of a process that was killed disappear.
func TestCrashedNode(t *testing.T) {
	bubble(t, func(t *testing.T, ps *lossy, node func() *Tracker[who]) {
		a, b := node(), node()
		track(b, "room", "bob", who{"Bob"})
		time.Sleep(5 * time.Second)
		if got := names(a, "room"); got != "bob:Bob" {
			t.Fatalf("while it lives: %q", got)
		}
		ps.set(func(info any) bool { m, ok := info.(message); return ok && m.Node == b.node })
		began := time.Now()
		for names(a, "room") != "" {
			time.Sleep(100 * time.Millisecond)
			if time.Since(began) > time.Minute {
				t.Fatal("its people don't disappear")
			}
		}
		t.Logf("gone %v after the last beat", time.Since(began))
		ps.set(nil) // it was only cut off
		time.Sleep(3 * time.Second)
		if got := names(a, "room"); got != "bob:Bob" {
			t.Errorf("after it is back: %q", got)
		}
	})
}

// Whatever is lost, all agree again within a few beats.
func TestLostMessages(t *testing.T) {
	bubble(t, func(t *testing.T, ps *lossy, node func() *Tracker[who]) {
		nodes := []*Tracker[who]{node(), node(), node()}
		var n atomic.Int32
		ps.set(func(info any) bool {
			if _, ok := info.(message); !ok {
				return false
			}
			return n.Add(1)%3 != 0
		})
		leaves := map[string]func(){}
		for i := range 300 {
			key := fmt.Sprint("k", i)
			leaves[key] = track(nodes[i%3], "room", key, who{}).Untrack
			if i%2 == 0 {
				leaves[fmt.Sprint("k", i/2)]()
			}
			if i%10 == 0 {
				synctest.Wait()
			}
		}
		ps.set(nil)
		time.Sleep(5 * time.Second)
		want := names(nodes[0], "room")
		for i, n := range nodes[1:] {
			if got := names(n, "room"); got != want {
				t.Errorf("node %d knows\n%s\nnot\n%s", i+1, got, want)
			}
		}
		if c := strings.Count(want, " ") + 1; c != 150 {
			t.Errorf("%d are there, want 150", c)
		}
	})
}

const manyPeople = 20_000

// Many people of one process are told in parts, and a Missed asks for them anew.
func TestManyAndMissed(t *testing.T) {
	bubble(t, func(t *testing.T, ps *lossy, node func() *Tracker[who]) {
		a := node()
		for i := range manyPeople {
			track(a, "room", fmt.Sprint(i), who{})
		}
		b := node()
		if n := len(b.List("room")); n != manyPeople {
			t.Errorf("a new node knows %d", n)
		}
		ps.set(func(info any) bool { _, ok := info.(message); return ok })
		track(a, "room", "late", who{})
		synctest.Wait()
		ps.set(nil)
		pubsub.PublishLocal(ps, b.topic, pubsub.Missed{Topic: b.topic})
		time.Sleep(time.Second / 2) // sooner than the next beat
		if n := len(b.List("room")); n != manyPeople+1 {
			t.Errorf("after the notice it knows %d", n)
		}
	})
}

// However much a process says at a time, what others ask of it isn't lost.
func TestOwnMessagesTakeNoRoom(t *testing.T) {
	bubble(t, func(t *testing.T, _ *lossy, node func() *Tracker[who]) {
		a := node()
		a.mu.Lock() // run takes one out at most, and waits
		for range 3 {
			a.hear(message{Node: a.node, Kind: kindChange})
		}
		waiting := len(a.inbox)
		a.mu.Unlock()
		if waiting != 0 {
			t.Errorf("%d of three own messages wait", waiting)
		}
	})
}

func TestTrackAfterClose(t *testing.T) {
	bubble(t, func(t *testing.T, _ *lossy, node func() *Tracker[who]) {
		a := node()
		track(a, "room", "x", who{})
		a.Close()
		a.Close()
		track(a, "room", "y", who{}).Untrack()
		if got := names(a, "room"); got != "" {
			t.Errorf("a closed tracker knows %q", got)
		}
	})
}

// panicking is a PubSub with a fault.
type panicking struct{}

func (panicking) Publish(string, any) error                   { panic("as asked") }
func (panicking) Subscribe(string, func(any)) (func(), error) { panic("as asked") }

// A PubSub that panics ends nothing: who is here is known all the same.
func TestPubSubThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type who struct{ Name string } // a type is registered once
		tr := New[who](panicking{}, "panicking", Options{})
		defer tr.Close()
		untrack := track(tr, "room", "ann", who{"Ann"}).Untrack
		time.Sleep(time.Minute) // of the bubble
		if n := len(tr.List("room")); n != 1 {
			t.Errorf("%d are there, want 1", n)
		}
		untrack()
	})
}
