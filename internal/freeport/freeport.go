// Package freeport finds addresses for servers that tests and measurements start as
// processes of their own, end, and start again at the same place.
package freeport

import (
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
)

// The ports handed out are below those from which systems take one for each
// outgoing connection (32768 and up on Linux). So nobody takes a server's port
// while the server is away.
const (
	first = 10_000
	count = 20_000
)

// next counts the addresses tried. Processes begin at different places.
var next atomic.Uint32

func init() { next.Store(uint32(os.Getpid()) * 127 % count) }

// Address returns an address of this machine at which nobody listens. No two
// calls in a process return the same, until all have been returned.
func Address(t testing.TB) string {
	t.Helper()
	addr, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// Find is Address for programs. Its error is that of the last port, if all are in use.
func Find() (addr string, err error) {
	for range count {
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(first+int(next.Add(1)%count)))
		var l net.Listener
		if l, err = net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", err
}
