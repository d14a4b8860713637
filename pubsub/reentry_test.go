package pubsub

import (
	"errors"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever is told something may publish, subscribe and unsubscribe in that very
// moment. What is published then comes after what is being told.
func TestPubSubWithinDeliver(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) (ps, other PubSub){
		"Local": func(*testing.T) (PubSub, PubSub) { l := NewLocal(); return l, l },
		"Bus":   func(t *testing.T) (PubSub, PubSub) { h := &hub{}; return h.bus(t, Options{}), h.bus(t, Options{}) },
	} {
		for _, where := range []string{"own", "other"} {
			t.Run(name+", published by the "+where, func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					ps, other := open(t)
					if where == "own" {
						other = ps
					}
					var mu sync.Mutex // guards the fields below
					var got, later []any
					var unsubscribe func()
					began := time.Now()
					unsubscribe, err := ps.Subscribe("t", func(info any) {
						if info != any(order{1}) {
							t.Errorf("who has unsubscribed gets %v", info)
							return
						}
						unsubscribe()
						for _, topic := range []string{"t", "u"} {
							_, err := ps.Subscribe(topic, func(info any) {
								mu.Lock()
								defer mu.Unlock()
								if info != any(Missed{topic}) { // Subscribe didn't wait
									later = append(later, info)
								}
							})
							if err != nil {
								t.Error(err)
							}
						}
						if err := ps.Publish("t", order{2}); err != nil {
							t.Error(err)
						}
					})
					if err != nil {
						t.Fatal(err)
					}
					if _, err := ps.Subscribe("t", func(info any) {
						mu.Lock()
						defer mu.Unlock()
						got = append(got, info)
					}); err != nil {
						t.Fatal(err)
					}
					if err := other.Publish("t", order{1}); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					if took := time.Since(began); took != 0 {
						t.Errorf("it took %v", took)
					}
					mu.Lock()
					if want := []any{order{1}, order{2}}; !reflect.DeepEqual(got, want) {
						t.Errorf("another subscriber got %v, want %v", got, want)
					}
					if want := []any{order{2}}; !reflect.DeepEqual(later, want) {
						t.Errorf("who subscribed within got %v, want %v", later, want)
					}
					mu.Unlock()
				})
			})
		}
	}
}

// Two topics whose subscribers publish on the other one don't wait for each other.
func TestTopicsThatPublishOnEachOther(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := NewLocal()
		meet := make(chan struct{})
		var mu sync.Mutex // guards got
		got := map[string]int{}
		for topic, other := range map[string]string{"t": "u", "u": "t"} {
			_, _ = l.Subscribe(topic, func(info any) {
				mu.Lock()
				got[topic]++
				mu.Unlock()
				if info != any(order{1}) {
					return
				}
				select { // both are within a delivery
				case meet <- struct{}{}:
				case <-meet:
				}
				_ = l.Publish(other, order{2})
			})
		}
		var both sync.WaitGroup
		for _, topic := range []string{"t", "u"} {
			both.Go(func() { _ = l.Publish(topic, order{1}) })
		}
		both.Wait()
		synctest.Wait()
		if want := map[string]int{"t": 2, "u": 2}; !reflect.DeepEqual(got, want) {
			t.Errorf("there came %v, want %v", got, want)
		}
	})
}

// A bus may be closed by a subscriber that is being told something.
func TestCloseWithinDeliver(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{}), h.bus(t, Options{})
		closed := false
		if _, err := b.Subscribe("t", func(any) {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			closed = true
		}); err != nil {
			t.Fatal(err)
		}
		if err := a.Publish("t", order{1}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !closed {
			t.Error("Close within a delivery doesn't return")
		}
	})
}

// A subscriber that calls runtime.Goexit takes the publisher's goroutine with it,
// and keeps nobody else from publishing.
func TestDeliverThatCallsGoexit(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := NewLocal()
		var got []any
		leave := func() {}
		leave, _ = l.Subscribe("t", func(any) {
			_ = l.Publish("t", order{2})
			leave()
			runtime.Goexit()
		})
		_, _ = l.Subscribe("t", func(info any) { got = append(got, info) })
		go func() { _ = l.Publish("t", order{1}) }()
		synctest.Wait()
		_ = l.Publish("t", order{3})
		if !reflect.DeepEqual(got, []any{order{2}, order{3}}) && !reflect.DeepEqual(got, []any{order{1}, order{2}, order{3}}) {
			t.Errorf("another subscriber got %v", got)
		}
	})
}

// Subscribe takes as long as the broker takes to confirm, also if the topic was
// subscribed to and left a moment ago, and the broker hasn't confirmed that yet.
func TestSubscriptionThatIsNotConfirmedYet(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{confirm: 400 * time.Millisecond}
		b := h.bus(t, Options{Wait: time.Second})
		began := time.Now()
		go func() { _, _ = b.Subscribe("t", func(any) {}) }()
		time.Sleep(100 * time.Millisecond)
		// As if who subscribed first had gone, and another came, before the
		// broker was told.
		b.mu.Lock()
		delete(b.topics, "t")
		b.mu.Unlock()
		_, _ = b.Subscribe("t", func(any) {})
		if took := time.Since(began); took != 400*time.Millisecond {
			t.Errorf("a subscription is called confirmed %v after the broker was asked, which takes 400ms", took)
		}
	})
}

// What confirms a subscription that has ended doesn't confirm the next one.
func TestConfirmationThatIsLate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{confirm: 400 * time.Millisecond}
		b := h.bus(t, Options{Wait: 10 * time.Second})
		began := time.Now()
		go func() {
			unsubscribe, _ := b.Subscribe("t", func(any) {})
			unsubscribe()
		}()
		time.Sleep(100 * time.Millisecond)
		b.mu.Lock()
		delete(b.topics, "t")
		b.change("t")
		b.mu.Unlock()
		synctest.Wait() // the broker is told
		_, _ = b.Subscribe("t", func(any) {})
		if took := time.Since(began); took != 500*time.Millisecond {
			t.Errorf("a subscription is called confirmed %v after the first, 400ms after which it was asked for", took)
		}
		time.Sleep(time.Minute)
	})
}

// A subscription that the broker refuses is asked for again, and begins with a
// notice.
func TestSubscriptionThatIsRefused(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{refuse: errors.New("too many")}
		a, b := h.bus(t, Options{}), h.bus(t, Options{})
		got := collect(t, b, "t")
		time.Sleep(time.Minute)
		h.set(func() { h.refuse = nil })
		time.Sleep(time.Minute)
		if err := a.Publish("t", order{1}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got, want := got(), []any{Missed{"t"}, order{1}}; !reflect.DeepEqual(got, want) {
			t.Errorf("there came %v, want %v", got, want)
		}
	})
}
