package node

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// descriptors counts those of this process that are open, on Linux, but for the connections
// to the servers at these addresses: a client's pool has more of them or fewer.
func descriptors(except ...string) (n int) {
	pooled := inodesTo(except)
	open, _ := filepath.Glob("/proc/self/fd/*") // elsewhere there is none
	for _, name := range open {
		if to, err := os.Readlink(name); err == nil && !pooled[to] {
			n++
		}
	}
	return n
}

// inodesTo returns the connections to some addresses, as descriptors name them.
func inodesTo(addresses []string) map[string]bool {
	found := make(map[string]bool)
	table, _ := os.ReadFile("/proc/self/net/tcp")
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line))
		if len(fields) < 10 {
			continue
		}
		for _, address := range addresses {
			_, port, err := net.SplitHostPort(address)
			p, _ := strconv.Atoi(port)
			if err == nil && strings.HasSuffix(fields[2], fmt.Sprintf(":%04X", p)) {
				found["socket:["+fields[9]+"]"] = true
			}
		}
	}
	return found
}
