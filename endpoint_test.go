package liveview

import (
	"fmt"
	"testing"
)

// closedSocket is an openSocket that counts how often its views were ended.
type closedSocket struct{ ended int }

func (s *closedSocket) endViews()         { s.ended++ }
func (s *closedSocket) close(int, string) {}
func (s *closedSocket) cut()              {}
func (s *closedSocket) restart()          {}

func (s *closedSocket) closeWhenIdle() {}

func (s *closedSocket) find(string) *mailbox { return nil }

// The counts of a roster follow what is listed in it, whichever goes first.
func TestRosterCounts(t *testing.T) {
	r := make(roster)
	var listed []*listing
	for i := range 10 {
		listed = append(listed, r.add("ann", &closedSocket{}))
		if r.count("ann") != i+1 || len(r.of("ann")) != i+1 {
			t.Errorf("%d sockets are counted, and %d listed, want %d", r.count("ann"), len(r.of("ann")), i+1)
		}
	}
	for i, k := range []int{0, 5, 9, 1, 2, 8, 3, 7, 4, 6} {
		listed[k].remove()
		if r.count("ann") != 9-i || len(r.of("ann")) != 9-i {
			t.Errorf("%d sockets are counted, and %d listed, want %d", r.count("ann"), len(r.of("ann")), 9-i)
		}
	}
	if len(r) != 0 {
		t.Error("a name without sockets is still known")
	}
}

// A Disconnect, and so a Renew, costs what it hits, whatever else is open.
func BenchmarkDisconnectBesideOthers(b *testing.B) {
	for _, others := range []int{100, 50_000} {
		b.Run(fmt.Sprint(others), func(b *testing.B) {
			e := newEndpoint(newApp(Config{}.withDefaults()))
			for i := range others {
				s := &closedSocket{}
				e.registerUser(e.register(s, fmt.Sprint("browser ", i)), fmt.Sprint("user ", i))
			}
			hit := &closedSocket{}
			e.registerUser(e.register(hit, "browser"), "user")
			b.ReportAllocs()
			for b.Loop() {
				e.disconnect(disconnect{User: "user"})
				e.disconnect(disconnect{Browser: "browser"})
			}
			if hit.ended != 2*b.N {
				b.Errorf("%d of %d reached the socket", hit.ended, 2*b.N)
			}
		})
	}
}
