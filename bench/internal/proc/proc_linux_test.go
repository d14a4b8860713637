package proc

import (
	"os"
	"testing"
	"time"
)

func TestProcess(t *testing.T) {
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); time.Since(start) < 30*time.Millisecond; {
	}
	after, err := CPU(os.Getpid())
	if err != nil || after <= before {
		t.Errorf("processor time before work %v, after %v, %v", before, after, err)
	}
	if bytes, err := Memory(os.Getpid()); err != nil || bytes < 1<<20 {
		t.Errorf("Memory = %d, %v, want at least a MiB", bytes, err)
	}
	if busy, err := MachineCPU(); err != nil || busy <= 0 {
		t.Errorf("MachineCPU = %v, %v", busy, err)
	}
}
