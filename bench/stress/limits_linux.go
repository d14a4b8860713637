package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// endsWithParent has a process be killed when this program ends, however that comes about.
var endsWithParent = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}

// Limits of a process that trouble lowers for a while.
const (
	fileSize    = syscall.RLIMIT_FSIZE // in bytes: a disk that is full
	descriptors = syscall.RLIMIT_NOFILE
)

// limit sets a limit of a process that is at work, and returns what puts it back.
func (p *process) limit(which int, to uint64) (restore func(), err error) {
	var before syscall.Rlimit
	if err := prlimit(p.cmd.Process.Pid, which, nil, &before); err != nil {
		return nil, err
	}
	pid := p.cmd.Process.Pid
	if err := prlimit(pid, which, &syscall.Rlimit{Cur: min(to, before.Max), Max: before.Max}, nil); err != nil {
		return nil, err
	}
	return func() { _ = prlimit(pid, which, &before, nil) }, nil // or it has ended
}

func prlimit(pid, which int, to, before *syscall.Rlimit) error {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), uintptr(which), uintptr(unsafe.Pointer(to)), uintptr(unsafe.Pointer(before)), 0, 0) //nolint:gosec // as the call wants it
	if errno != 0 {
		return errno
	}
	return nil
}

// open returns how many descriptors the process has.
func (p *process) open() (int, error) {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	return len(all), err
}
