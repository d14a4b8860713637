package main

import (
	"bufio"
	"cmp"
	"errors"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// proxy is what stands before the nodes: it takes each connection to any of them, and knows
// how networks fail.
type proxy struct {
	listener net.Listener
	done     sync.WaitGroup
	hash     maphash.Seed

	mu       sync.Mutex // guards the fields below
	rnd      *rand.Rand
	backends []string // that are offered connections
	pipes    map[*pipe]struct{}
	closed   bool
}

// pipe is one connection through the proxy.
type pipe struct {
	proxy         *proxy
	client, node  net.Conn
	mu            sync.Mutex // guards stalledUntil
	stalledUntil  time.Time
	delay         time.Duration // of each piece on its way to the client
	endOnce       sync.Once
	stallsForever chan struct{} // closed with the pipe
}

func newProxy(seed uint64) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, hash: maphash.MakeSeed(), rnd: rand.New(rand.NewPCG(seed, 1<<40)), pipes: make(map[*pipe]struct{})}
	p.done.Go(p.accept)
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// offer has a node get connections, and withdraw none any more.
func (p *proxy) offer(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.backends, address) {
		p.backends = append(p.backends, address)
	}
}

func (p *proxy) withdraw(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.backends = slices.DeleteFunc(p.backends, func(b string) bool { return b == address })
}

func (p *proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.done.Go(func() { p.serve(conn) })
	}
}

// serve takes a connection to the first of the nodes, in the order for it, that accepts it.
func (p *proxy) serve(client net.Conn) {
	from := bufio.NewReaderSize(client, maxRequestLine)
	_ = client.SetReadDeadline(time.Now().Add(patience))
	line, err := from.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		_ = client.Close()
		return
	}
	_ = client.SetReadDeadline(time.Time{})
	first := string(line)
	for _, b := range p.order(first) {
		node, err := net.DialTimeout("tcp", b, time.Second)
		if err != nil {
			continue
		}
		pi := &pipe{proxy: p, client: client, node: node, stallsForever: make(chan struct{})}
		p.mu.Lock()
		closed := p.closed
		p.pipes[pi] = struct{}{}
		p.mu.Unlock()
		if closed {
			pi.end()
			return
		}
		sent := io.MultiReader(strings.NewReader(first), from)
		var both sync.WaitGroup
		both.Go(func() { pi.carry(node, client, true) })
		both.Go(func() { pi.carry(sent, node, false) })
		both.Wait()
		return
	}
	_ = client.Close()
}

// maxRequestLine is how much the proxy looks at of what comes over a connection.
const maxRequestLine = 4 << 10

// order returns the nodes, in the order in which a connection is offered to them: any, but for
// requests of long-poll, which go to the same one as long as the same ones are there, by the
// page's token, as those of a proxy do that hashes a part of the URL.
func (p *proxy) order(requestLine string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	backends := slices.Clone(p.backends)
	p.rnd.Shuffle(len(backends), func(i, j int) { backends[i], backends[j] = backends[j], backends[i] })
	_, query, isPoll := strings.Cut(requestLine, longPollPath+"?")
	if isPoll {
		key, _, _ := strings.Cut(query, "&") // the parameters are in the order of the alphabet
		slices.SortFunc(backends, func(a, b string) int {
			return cmp.Compare(maphash.String(p.hash, a+key), maphash.String(p.hash, b+key))
		})
	}
	return backends
}

// carry carries what comes from one side to the other.
func (pi *pipe) carry(from io.Reader, to net.Conn, toClient bool) {
	defer pi.end()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if !pi.wait(toClient) {
			return
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if c, ok := to.(*net.TCPConn); ok && err == io.EOF {
				_ = c.CloseWrite()
				if !toClient {
					return
				}
				// The node has closed; what the client still sends goes nowhere.
			}
			return
		}
	}
}

// wait holds a piece up for as long as the network does. It reports false when the
// connection has ended.
func (pi *pipe) wait(toClient bool) bool {
	pi.mu.Lock()
	pause := time.Until(pi.stalledUntil)
	if toClient {
		pause = max(pause, pi.delay)
	}
	pi.mu.Unlock()
	if pause <= 0 {
		return true
	}
	select {
	case <-time.After(pause):
		return true
	case <-pi.stallsForever:
		return false
	}
}

func (pi *pipe) end() {
	pi.endOnce.Do(func() {
		close(pi.stallsForever)
		_ = pi.client.Close()
		_ = pi.node.Close()
		pi.proxy.mu.Lock()
		delete(pi.proxy.pipes, pi)
		pi.proxy.mu.Unlock()
	})
}

// some returns about a share of the connections.
func (p *proxy) some(share float64) (chosen []*pipe) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for pi := range p.pipes {
		if p.rnd.Float64() < share {
			chosen = append(chosen, pi)
		}
	}
	return chosen
}

// cut ends a share of the connections without a word, and returns how many.
func (p *proxy) cut(share float64) int {
	chosen := p.some(share)
	for _, pi := range chosen {
		if c, ok := pi.client.(*net.TCPConn); ok {
			_ = c.SetLinger(0) // a reset, where a close would be
		}
		pi.end()
	}
	return len(chosen)
}

// stall has nothing get through a share of the connections for a while, and slow has each
// piece take so long.
func (p *proxy) stall(share float64, d time.Duration) int {
	chosen := p.some(share)
	for _, pi := range chosen {
		pi.mu.Lock()
		pi.stalledUntil = time.Now().Add(d)
		pi.mu.Unlock()
	}
	return len(chosen)
}

func (p *proxy) slow(share float64, d time.Duration) int {
	chosen := p.some(share)
	for _, pi := range chosen {
		pi.mu.Lock()
		pi.delay = d
		pi.mu.Unlock()
	}
	return len(chosen)
}

// close ends all, and waits for it.
func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cut(2)
	p.done.Wait()
}
