package web

import (
	"net/netip"
	"sync"
	"time"
)

// How many log-ins may fail in a while, from one address and for one name. An attacker who
// has many addresses can keep a user out for that while, and guesses no password.
const (
	attemptTime        = 15 * time.Minute
	attemptsPerAddress = 20
	attemptsPerName    = 50
	maxAttemptKeys     = 100_000 // beyond that nobody new may try
)

// attempts counts log-ins, of which those that fail aren't forgotten for a while.
type attempts struct {
	mu    sync.Mutex // guards byKey
	byKey map[string]tries
}

type tries struct {
	count int
	since time.Time
}

// begin counts a log-in and reports whether it may be tried.
func (a *attempts) begin(address, name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count("address "+network(address), attemptsPerAddress) && a.count("name "+name, attemptsPerName)
}

func (a *attempts) count(key string, limit int) bool {
	now := time.Now()
	t, known := a.byKey[key]
	if !known && len(a.byKey) >= maxAttemptKeys {
		a.sweep(now)
		if len(a.byKey) >= maxAttemptKeys {
			return false
		}
	}
	if now.Sub(t.since) > attemptTime {
		t = tries{since: now}
	}
	if t.count >= limit {
		return false
	}
	t.count++
	if a.byKey == nil {
		a.byKey = map[string]tries{}
	}
	a.byKey[key] = t
	return true
}

// sweep forgets what is too long ago to count.
func (a *attempts) sweep(now time.Time) {
	for key, t := range a.byKey {
		if now.Sub(t.since) > attemptTime {
			delete(a.byKey, key)
		}
	}
}

// succeeded forgets the log-ins of a name and takes one back from an address.
func (a *attempts) succeeded(address, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byKey, "name "+name)
	key := "address " + network(address)
	if t, ok := a.byKey[key]; ok {
		t.count--
		a.byKey[key] = t
	}
}

// network is what one visitor has of addresses: with IPv6 64 bits of them.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Unmap().Is4() {
		return address
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
