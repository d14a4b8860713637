package limit

import (
	"net/netip"
	"sync"
)

// Addresses counts what is open by the network address that opened it. The zero
// Addresses is ready for use.
type Addresses struct {
	mu   sync.Mutex // guards open. Nothing is locked under it.
	open map[netip.Addr]int
}

// Owner returns the address that what ip has opened is counted under: for IPv6
// that of its network of 64 bits, as a household or a machine has one of these
// to itself. It reports false for what is no address.
func Owner(ip string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Addr{}, false
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		a = netip.PrefixFrom(a, 64).Masked().Addr()
	}
	return a, true
}

// Take counts one more of owner's, unless there are limit already.
func (a *Addresses) Take(owner netip.Addr, limit int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[owner] >= limit {
		return false
	}
	if a.open == nil {
		a.open = make(map[netip.Addr]int)
	}
	a.open[owner]++
	return true
}

// Release undoes a Take.
func (a *Addresses) Release(owner netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[owner]--; a.open[owner] <= 0 {
		delete(a.open, owner)
	}
}
