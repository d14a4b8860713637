package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/store"
)

// BenchmarkSave saves 1,000 entries of 2 KB at once, each time in a higher version. An
// operation is one Save of all; the metric entries/s is what counts.
func BenchmarkSave(b *testing.B, s store.Store) {
	const n, size = 1000, 2 << 10
	entries, data := make([]store.Entry, n), random(n*size)
	for i := range entries {
		entries[i] = store.Entry{Key: fmt.Sprintf("page-%d", i), Data: data[i*size : (i+1)*size], TTL: time.Hour}
	}
	b.ReportAllocs()
	b.SetBytes(n * size)
	version := uint64(0)
	for b.Loop() {
		version++
		for i := range entries {
			entries[i].Version = version
		}
		if err := s.Save(b.Context(), entries); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(version)*n/b.Elapsed().Seconds(), "entries/s")
}
