// Command stress is a stress that checks itself: processes of an application, a broker, a
// store, a proxy that knows how networks fail, and clients that speak the protocol and hold
// every answer against a model of what it must be. Everything happens at once, at random,
// from a seed that is printed.
//
//	go run -C bench/stress . -profile 60s
//
// It ends with status 1 if anything differed: a page from its model, a delivery that came
// twice, out of order, or not at all without a word, an event that was lost, handled twice or
// handled after its user had logged out, a right that was given wrongly, or what is left in
// the processes when everybody has gone. Then it prints the seed, the client's last hundred
// frames and what the processes' logs have of it. The same seed draws the same acts and the
// same troubles; when each of them meets the other is up to the machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

func main() {
	node.FromEnvironment()
	name := flag.String("profile", "60s", "how long, and how much: "+strings.Join(profileNames(), ", "))
	seed := flag.Uint64("seed", rand.Uint64(), "what all is drawn from; any, if it isn't given")
	faults := flag.String("fault", "", "faults to plant in the nodes, to see them found, separated by commas: "+strings.Join(slices.Sorted(maps.Keys(node.Faults)), ", "))
	flag.Parse()
	p, ok := profiles[*name]
	if !ok || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	found, err := stress(ctx, p, *seed, *faults, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "stress:", err)
		os.Exit(2)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}
