package web

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a attempts
		for i := range attemptsPerAddress {
			if !a.begin("192.0.2.1", fmt.Sprint("user ", i)) {
				t.Fatalf("attempt %d is refused", i+1)
			}
		}
		if a.begin("192.0.2.1", "ann") {
			t.Error("an address may try on and on")
		}
		if !a.begin("192.0.2.2", "ann") {
			t.Error("another address may not try")
		}
		time.Sleep(attemptTime + 1) // of the bubble, where it takes no time
		if !a.begin("192.0.2.1", "ann") {
			t.Error("after a while the address may still not try")
		}
	})
}

func TestAttemptsOfAName(t *testing.T) {
	var a attempts
	for i := range attemptsPerName {
		if !a.begin(fmt.Sprintf("2001:db8:0:%x::1", i), "ann") {
			t.Fatalf("attempt %d is refused", i+1)
		}
	}
	if a.begin("192.0.2.1", "ann") {
		t.Error("a name may be tried on and on")
	}
	a.succeeded("192.0.2.1", "ann")
	if !a.begin("192.0.2.1", "ann") {
		t.Error("after a log-in the name may not be tried")
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "::ffff:192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "": "",
	} {
		if got := network(address); got != want {
			t.Errorf("network(%q) = %q, want %q", address, got, want)
		}
	}
}
