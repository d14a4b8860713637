// Package proc tells what processes have had of the machine, by Linux's /proc.
package proc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// tick is the unit of times in Linux's /proc, USER_HZ: the same on all
// machines that Go runs on.
const tick = 10 * time.Millisecond

// CPU is the time that a process has been on a processor.
func CPU(pid int) (time.Duration, error) {
	// Each thread's own account is in nanoseconds. Threads that have ended are
	// missing, but Go keeps its threads.
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	var total time.Duration
	for _, name := range threads {
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue
		}
		if err != nil {
			return 0, err
		}
		spent, err := parseSchedstat(text)
		if err != nil {
			return 0, err
		}
		total += spent
	}
	if total > 0 {
		return total, nil
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // a kernel without the account
	if err != nil {
		return 0, err
	}
	return parseStat(text)
}

// parseSchedstat reads the time on a processor from /proc/PID/task/TID/schedstat.
func parseSchedstat(text []byte) (time.Duration, error) {
	fields := bytes.Fields(text)
	if len(fields) != 3 {
		return 0, fmt.Errorf("a thread's schedstat has %d fields, want 3", len(fields))
	}
	n, err := strconv.ParseInt(string(fields[0]), 10, 64)
	return time.Duration(n), err
}

// parseStat reads the user and system time from /proc/PID/stat.
func parseStat(text []byte) (time.Duration, error) {
	// The second field is the program's name in parentheses, which can hold
	// anything; utime and stime are the fields 14 and 15.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, errors.New("a process's stat has no times")
	}
	user, err := strconv.ParseInt(string(fields[11]), 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user+system) * tick, err
}

// Memory is a process's resident memory in bytes.
func Memory(pid int) (int64, error) { return memory(pid, "VmRSS:") }

// PeakMemory is the most that it has been since the process began.
func PeakMemory(pid int) (int64, error) { return memory(pid, "VmHWM:") }

func memory(pid int, of string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return parseMemory(text, of)
}

// parseMemory reads a line such as VmRSS: from /proc/PID/status.
func parseMemory(text []byte, of string) (int64, error) {
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == of {
			kib, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("a process's status has no %s", of)
}

// MachineCPU is the time that all processors of the machine have been busy.
func MachineCPU() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseMachine(text)
}

// parseMachine reads the first line of /proc/stat: user, nice, system, idle,
// iowait, irq, softirq, steal.
func parseMachine(text []byte) (time.Duration, error) {
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return 0, errors.New("/proc/stat doesn't begin with the machine's times")
	}
	var busy time.Duration
	for _, i := range []int{1, 2, 3, 6, 7, 8} {
		n, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0, err
		}
		busy += time.Duration(n) * tick
	}
	return busy, nil
}
