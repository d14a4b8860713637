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

// maxPooled is how many connections the pools of Redis' clients have at most, and may not know
// to have ended.
const maxPooled = 8

// descriptors counts those of this process that are open, on Linux, but for the connections
// to the servers at these addresses, and for as many that have ended as may be of those: a
// client's pool has more of them or fewer.
func descriptors(except ...string) (n int) {
	pooled, known := inodesTo(except)
	open, _ := filepath.Glob("/proc/self/fd/*") // elsewhere there is none
	ended := 0
	for _, name := range open {
		to, err := os.Readlink(name)
		switch {
		case err != nil || pooled[to]:
		case strings.HasPrefix(to, "socket:") && !known[to]:
			ended++
		default:
			n++
		}
	}
	return n + max(0, ended-maxPooled)
}

// inodesTo returns the connections to some addresses, as descriptors name them, and all that
// haven't ended.
func inodesTo(addresses []string) (found, all map[string]bool) {
	found, all = make(map[string]bool), make(map[string]bool)
	table, _ := os.ReadFile("/proc/self/net/tcp")
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line))
		if len(fields) < 10 {
			continue
		}
		all["socket:["+fields[9]+"]"] = true
		for _, address := range addresses {
			_, port, err := net.SplitHostPort(address)
			p, _ := strconv.Atoi(port)
			if err == nil && strings.HasSuffix(fields[2], fmt.Sprintf(":%04X", p)) {
				found["socket:["+fields[9]+"]"] = true
			}
		}
	}
	return found, all
}
