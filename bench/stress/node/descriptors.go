package node

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// maxPooled is how many connections the pools of Redis' clients have at most, and may not know
// to have ended.
const maxPooled = 8

// descriptors are those of this process that are open, on Linux: what each is open to.
type descriptors struct {
	own   []string // that the process has by itself
	ended []string // connections that have ended, which somebody has yet to close
	redis []string // connections to the broker and the store: a client's pool has more of them or fewer
}

// count leaves out what pools have, and as many connections that have ended as may be of those.
func (d descriptors) count() int { return len(d.own) + max(0, len(d.ended)-maxPooled) }

// openDescriptors says what is open, if these are the addresses of the broker and the store.
// The folder of uploads stays open from the first upload on, and isn't among it.
func openDescriptors(uploads string, redis ...string) (d descriptors) {
	conns := connections()
	open, _ := filepath.Glob("/proc/self/fd/*") // elsewhere there is none
	for _, name := range open {
		to, err := os.Readlink(name)
		if err != nil { // it was of the question
			continue
		}
		conn, known := conns[to]
		switch {
		case filepath.Dir(to) == uploads:
		case known && conn.to(redis):
			d.redis = append(d.redis, to+conn.String())
		case strings.HasPrefix(to, "socket:") && !known:
			d.ended = append(d.ended, to)
		default:
			d.own = append(d.own, to+conn.String())
		}
	}
	return d
}

// connection is a line of the system's table of them.
type connection struct {
	local, remote, state string // as it has them, in hexadecimal digits
}

func (c connection) String() string {
	if c.state == "" {
		return ""
	}
	return fmt.Sprintf(" from %s to %s in state %s", c.local, c.remote, c.state)
}

// to reports whether it goes to the port of one of these addresses.
func (c connection) to(addresses []string) bool {
	for _, address := range addresses {
		_, port, err := net.SplitHostPort(address)
		p, _ := strconv.Atoi(port)
		if err == nil && strings.HasSuffix(c.remote, fmt.Sprintf(":%04X", p)) {
			return true
		}
	}
	return false
}

// connections returns those of the machine that haven't ended, by the names that descriptors have.
func connections() map[string]connection {
	all := make(map[string]connection)
	table, _ := os.ReadFile("/proc/self/net/tcp")
	for line := range bytes.Lines(table) {
		if fields := strings.Fields(string(line)); len(fields) >= 10 {
			all["socket:["+fields[9]+"]"] = connection{fields[1], fields[2], fields[3]}
		}
	}
	return all
}

// open says what each descriptor is open to.
func (s *server) open(c *gin.Context) {
	d := s.descriptors()
	c.JSON(http.StatusOK, map[string][]string{"own": d.own, "ended": d.ended, "redis": d.redis})
}

func (s *server) descriptors() descriptors {
	_, broker, _ := strings.Cut(s.Broker, "://")
	return openDescriptors(s.uploads, s.Store, broker)
}
