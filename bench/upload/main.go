// Command upload measures uploads through a live page beside a plain multipart
// upload to Gin, in the same run: how many bytes arrive in a second, what CPU time
// the server takes for them, and how much its memory grows.
//
//	go run ./bench/upload
//
// It starts itself a second time as the server, so that the server's memory and
// CPU are its own. Linux only.
package main

import (
	"flag"
	"fmt"
	"log"
	"sync"
	"time"
)

func main() {
	serve := flag.Bool("serve", false, "be the server; used by the command itself")
	uploads := flag.Int("n", 50, "uploads at once")
	size := flag.Int("size", 8_000_000, "bytes of each")
	rounds := flag.Int("rounds", 3, "rounds; the best counts")
	flag.Parse()
	if *serve {
		log.Fatal(runServer(*size))
	}
	content := make([]byte, *size)
	for i := range content {
		content[i] = byte(i * 31 >> 3)
	}
	kinds := []struct {
		name string
		send func(base string, content []byte) error
	}{
		{"live page", sendLive},
		{"multipart", sendMultipart},
	}
	best := map[string]float64{}
	fmt.Printf("%d uploads of %.1f MB at once, %d rounds\n", *uploads, float64(*size)/1e6, *rounds)
	for range *rounds {
		for _, kind := range kinds {
			m, err := measure(kind.send, *uploads, content)
			if err != nil {
				log.Fatalf("%s: %v", kind.name, err)
			}
			best[kind.name] = max(best[kind.name], m.rate)
			fmt.Printf("%-10s %6.0f MB/s, %5.2f ms of server CPU a MB, memory %4d MB + %3d MB at the peak\n",
				kind.name, m.rate, m.cpu, m.before>>20, m.growth>>20)
		}
	}
	fmt.Printf("live page : multipart = %.2f\n", best["live page"]/best["multipart"])
}

// measurement is one round of one kind, on a server of its own.
type measurement struct {
	rate           float64 // MB/s
	cpu            float64 // ms of the server's a MB
	before, growth int64   // bytes of resident memory
}

func measure(send func(base string, content []byte) error, uploads int, content []byte) (m measurement, err error) {
	s, err := startServer(len(content))
	if err != nil {
		return m, err
	}
	defer s.stop()
	if err := send(s.base, content[:1000]); err != nil { // for what is allocated once
		return m, err
	}
	cpu := s.cpu()
	m.before = s.memory("VmRSS")
	s.resetPeak()
	d, err := atOnce(uploads, func() error { return send(s.base, content) })
	if err != nil {
		return m, err
	}
	total := float64(uploads*len(content)) / 1e6
	m.rate = total / d.Seconds()
	m.cpu = (s.cpu() - cpu).Seconds() * 1000 / total
	m.growth = s.memory("VmHWM") - m.before
	if n := s.left(); n > 0 {
		err = fmt.Errorf("%d temporary files are left", n)
	}
	return m, err
}

// atOnce runs n of do at the same time and returns how long that took.
func atOnce(n int, do func() error) (time.Duration, error) {
	var all sync.WaitGroup
	errs := make(chan error, n)
	start := time.Now()
	for range n {
		all.Go(func() { errs <- do() })
	}
	all.Wait()
	d := time.Since(start)
	for range n {
		if err := <-errs; err != nil {
			return d, err
		}
	}
	return d, nil
}
