package freeport_test

import (
	"net"
	"testing"

	"github.com/gin-liveview/liveview/internal/freeport"
)

// Addresses differ and can be listened at, again and again.
func TestAddress(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		addr := freeport.Address(t)
		if seen[addr] {
			t.Fatalf("%s comes twice", addr)
		}
		seen[addr] = true
		for range 2 {
			l, err := net.Listen("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
