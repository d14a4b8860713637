package presence_test

import (
	"fmt"
	"testing"

	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
)

// Who is on one topic is found without a look at those on others.
func BenchmarkListBesideOthers(b *testing.B) {
	for _, others := range []int{100, 100_000} {
		b.Run(fmt.Sprint(others), func(b *testing.B) {
			t := presence.New[int](pubsub.NewLocal(), "beside", presence.Options{})
			defer t.Close()
			for i := range others {
				if _, err := t.Track(fmt.Sprint("topic ", i), "key", i); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := t.Track("here", "ann", 1); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if len(t.List("here")) != 1 {
					b.Fatal("ann isn't there")
				}
			}
		})
	}
}
