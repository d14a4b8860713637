package dashboard

import (
	"math"
	"runtime/metrics"
	"time"
)

// runtimeSample is how the Go runtime does.
type runtimeSample struct {
	Heap, Memory int64   // bytes: live and dead objects, and all that the runtime has mapped
	Goroutines   int     //
	Cycles       uint64  // of the collector since the process began
	GCShare      float64 // of the CPU time since the sample before, 0 to 1
	Pause        time.Duration
	Latency      time.Duration // the 99th percentile of how long goroutines waited to run
	gcCPU, cpu   float64       // seconds
}

var runtimeMetrics = []string{
	"/memory/classes/heap/objects:bytes", "/memory/classes/total:bytes", "/sched/goroutines:goroutines",
	"/gc/cycles/total:gc-cycles", "/cpu/classes/gc/total:cpu-seconds", "/cpu/classes/total:cpu-seconds",
	"/sched/pauses/total/gc:seconds", "/sched/latencies:seconds",
}

// runtimeReader reads runtimeSamples. It is its caller's alone.
type runtimeReader struct {
	samples         []metrics.Sample
	before          runtimeSample
	pauses, latency []uint64 // counts before
}

func newRuntimeReader() *runtimeReader {
	r := &runtimeReader{samples: make([]metrics.Sample, len(runtimeMetrics))}
	for i, name := range runtimeMetrics {
		r.samples[i].Name = name
	}
	return r
}

// read returns how the runtime does now, or has done since it was last read.
func (r *runtimeReader) read() runtimeSample {
	metrics.Read(r.samples)
	s := runtimeSample{
		Heap: int64(r.number(0)), Memory: int64(r.number(1)), Goroutines: int(r.number(2)), Cycles: uint64(r.number(3)),
		gcCPU: r.number(4), cpu: r.number(5),
	}
	if spent := s.cpu - r.before.cpu; spent > 0 {
		s.GCShare = (s.gcCPU - r.before.gcCPU) / spent
	}
	s.Pause = r.since(6, &r.pauses, 1)
	s.Latency = r.since(7, &r.latency, 0.99)
	r.before = s
	return s
}

func (r *runtimeReader) number(i int) float64 {
	switch v := r.samples[i].Value; v.Kind() {
	case metrics.KindUint64:
		return float64(v.Uint64())
	case metrics.KindFloat64:
		return v.Float64()
	}
	return 0 // this version of Go has none
}

// since returns a quantile of what a histogram has counted since it was last asked for.
func (r *runtimeReader) since(i int, before *[]uint64, q float64) time.Duration {
	if r.samples[i].Value.Kind() != metrics.KindFloat64Histogram {
		return 0
	}
	h := r.samples[i].Value.Float64Histogram()
	if len(*before) != len(h.Counts) {
		*before = make([]uint64, len(h.Counts))
	}
	all := uint64(0)
	for b, n := range h.Counts {
		all += n - (*before)[b]
	}
	var found time.Duration
	if all > 0 {
		left := uint64(q * float64(all-1))
		for b, n := range h.Counts {
			if n -= (*before)[b]; left < n {
				limit := h.Buckets[b+1]
				if math.IsInf(limit, 1) {
					limit = h.Buckets[b]
				}
				found = time.Duration(limit * float64(time.Second))
				break
			}
			left -= n
		}
	}
	copy(*before, h.Counts)
	return found
}
