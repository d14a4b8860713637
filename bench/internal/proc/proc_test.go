package proc

import (
	"testing"
	"time"
)

func TestParseSchedstat(t *testing.T) {
	if got, err := parseSchedstat([]byte("123456789 42 7\n")); err != nil || got != 123456789*time.Nanosecond {
		t.Errorf("parseSchedstat = %v, %v, want 123.456789ms", got, err)
	}
	for _, text := range []string{"", "1 2", "1 2 3 4", "a 2 3"} {
		if got, err := parseSchedstat([]byte(text)); err == nil {
			t.Errorf("parseSchedstat(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseStat(t *testing.T) {
	const text = "77 (a) b (c) S 1 77 77 0 -1 4194304 116 1 2 3 250 50 11 12 20 0 5 0 2227212 3133440 375\n"
	if got, err := parseStat([]byte(text)); err != nil || got != 3*time.Second {
		t.Errorf("parseStat = %v, %v, want 3s", got, err)
	}
	for _, text := range []string{"", "77 (a) S 1 2", "77 (a) S 1 77 77 0 -1 4194304 116 1 2 3 x 50", "77 (a) S 1 77 77 0 -1 4194304 116 1 2 3 250 x"} {
		if got, err := parseStat([]byte(text)); err == nil {
			t.Errorf("parseStat(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseMemory(t *testing.T) {
	const text = "Name:\tfloor\nVmHWM:\t  30 kB\nVmRSS:\t   20 kB\nThreads:\t5\n"
	for of, want := range map[string]int64{"VmRSS:": 20 << 10, "VmHWM:": 30 << 10} {
		if got, err := parseMemory([]byte(text), of); err != nil || got != want {
			t.Errorf("parseMemory of %s = %v, %v, want %d", of, got, err, want)
		}
	}
	for _, text := range []string{"", "Name:\tVmRSS:\n", "VmRSS:\tx kB\n"} {
		if got, err := parseMemory([]byte(text), "VmRSS:"); err == nil {
			t.Errorf("parseMemory(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseMachine(t *testing.T) {
	// All but idle and waiting: what guests take is part of user.
	if got, err := parseMachine([]byte("cpu  100 20 30 99999 88888 4 5 6 50 7\ncpu0 1 2 3 4 5 6 7 8 9 10\n")); err != nil || got != 1650*time.Millisecond {
		t.Errorf("parseMachine = %v, %v, want 1.65s", got, err)
	}
	for _, text := range []string{"", "cpu 1 2 3\n", "intr 1 2 3 4 5 6 7 8\n", "cpu 1 2 x 4 5 6 7 8\n"} {
		if got, err := parseMachine([]byte(text)); err == nil {
			t.Errorf("parseMachine(%q) = %v, want an error", text, got)
		}
	}
}
