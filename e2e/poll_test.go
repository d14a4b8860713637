package e2e

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/freeport"
)

// The poll on two nodes, as its one command starts it.
func TestPollOnTwoNodes(t *testing.T) {
	t.Parallel()
	client, err := filepath.Abs(npmPackages)
	if err != nil {
		t.Fatal(err)
	}
	addr := freeport.Address(t)
	_, port, _ := net.SplitHostPort(addr)
	p := &process{name: "the poll", program: clusterProgram, site: "http://" + addr + "/readyz", env: []string{"PORT=" + port, "CLIENT=" + client}}
	t.Cleanup(func() {
		_ = p.stop() // with kill -9 it would leave its nodes
		if strings.Contains(p.log.String(), "DATA RACE") {
			t.Errorf("the log:\n%s", &p.log)
		}
	})
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	site := "http://" + addr
	eventually(t, "both nodes are ready", func() error {
		for range 12 { // each goes to either
			if err := answers(http.DefaultClient, p.site); err != nil {
				return err
			}
		}
		return nil
	})

	onNode := map[string]*tab{}
	for i := 0; len(onNode) < 2 && i < 30; i++ {
		tb := newPerson(t).open(site)
		tb.expect("WebSocket", "502")
		at := eval[string](tb, `document.querySelector("#node").textContent`)
		if onNode[at] != nil {
			tb.close()
			continue
		}
		onNode[at] = tb
	}
	one, two := onNode["node 1"], onNode["node 2"]
	if one == nil || two == nil {
		t.Fatalf("people are on %d nodes", len(onNode))
	}
	for _, tb := range onNode {
		tb.shows("#here", "2")
	}
	one.click("#bars li:nth-child(1) button")
	two.shows("#total", "1")
	two.click("#bars li:nth-child(2) button")
	one.shows("#total", "2")
	one.shows("#bars li:nth-child(2) .votes", "1")
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		one.screenshot(filepath.Join(dir, "cluster.png"))
	}
	two.close()
	one.shows("#here", "1")
}
