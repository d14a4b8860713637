package sign_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/internal/sign"
)

// Taking a token costs the same however many were taken before, also when those
// are forgotten meanwhile.
func BenchmarkOnceBesideOthers(b *testing.B) {
	for _, others := range []int{100, 100_000} {
		b.Run(fmt.Sprint(others), func(b *testing.B) {
			var o sign.Once
			now := time.Now()
			for i := range others {
				o.Take("other "+strconv.Itoa(i), now)
			}
			ids := make([]string, 1000)
			for i := range ids {
				ids[i] = "id " + strconv.Itoa(i)
			}
			i := 0
			for b.Loop() {
				o.Take(ids[i%len(ids)], now.Add(time.Duration(i)*time.Millisecond))
				i++
			}
		})
	}
}
