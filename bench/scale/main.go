// Command scale measures what an application costs that runs on several processes, and says
// what that comes to with more of them than one machine has: docs/scale.md.
//
//	go run -C bench/scale .              # a quarter of an hour
//	go run -C bench/scale . -nodes 1,2 -for 1s -views 20
//	go run -C bench/scale . -write ../../docs/scale.md
//
// It starts processes of an application, a Redis or a NATS server between them, and clients
// that speak the protocol. What each kind of work takes, of the processes' own account of
// their CPU time and of messages, is fitted by a line: so much by itself, and so much for
// each process. Clients and processes share the machine, so it measures CPU time and never
// what time passes. It wants Linux and redis-server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	if playsRole() {
		return
	}
	nodes := flag.String("nodes", "1,2,4,8", "how many processes the application has, one number after the other")
	brokers := flag.String("brokers", "redis,nats", "what is between them")
	views := flag.Int("views", 50, "pages that are open on each process, and pages of a deploy")
	each := flag.Duration("for", 5*time.Second, "how long each kind of work is measured")
	write := flag.String("write", "", "the Markdown file to write the tables into, between its marks")
	flag.Parse()
	counts, err := numbers(*nodes)
	check(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var all []measurement
	for _, broker := range strings.Split(*brokers, ",") {
		for _, n := range counts {
			log.Printf("%s, %d processes", broker, n)
			got, err := measure(ctx, broker, n, *views, *each)
			if err != nil {
				stop()
				log.Fatalf("%s, %d processes: %v", broker, n, err) //nolint:gocritic // stop has been called
			}
			all = append(all, got...)
		}
	}
	text := report(all, counts)
	if *write == "" {
		fmt.Print(text)
		return
	}
	check(writeBetween(*write, text))
}

// playsRole reports whether this process was started to be one of those that are measured,
// which it then has been.
func playsRole() bool {
	switch os.Getenv(roleVariable) {
	case roleNode:
		check(runNode())
	case roleNATS:
		check(runNATS(os.Getenv(addressVariable)))
	default:
		return false
	}
	return true
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// numbers reads numbers of processes, which must be two at least for a line through them.
func numbers(list string) ([]int, error) {
	var all []int
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-nodes: %q is no number of processes", text)
		}
		all = append(all, n)
	}
	if len(all) < 2 {
		return nil, errors.New("-nodes: it takes two numbers at least to see how costs grow")
	}
	return all, nil
}
