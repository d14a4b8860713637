package revoked_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/internal/revoked"
)

// Revoking costs the same however many were revoked before.
func BenchmarkAddBesideOthers(b *testing.B) {
	for _, others := range []int{100, 100_000} {
		b.Run(fmt.Sprint(others), func(b *testing.B) {
			var l revoked.List
			now := time.Now()
			names := make([]string, others)
			for i := range names {
				names[i] = strconv.Itoa(i)
				l.AddUser(names[i], now)
				l.AddBrowser(names[i])
			}
			i := 0
			for b.Loop() {
				l.AddUser(names[i%others], now.Add(time.Duration(i)*time.Millisecond))
				l.AddBrowser(names[i%others] + "x")
				i++
			}
		})
	}
}
