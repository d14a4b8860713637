package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// A template is recursive if there is a way from it to itself, in whatever way
// templates call each other.
func TestRecursive(t *testing.T) {
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 0))
		n := 1 + random.IntN(8)
		callees := map[string][]string{}
		reach := make([][]bool, n)
		for i := range reach {
			reach[i] = make([]bool, n)
		}
		for range random.IntN(2 * n) {
			from, to := random.IntN(n), random.IntN(n)
			reach[from][to] = true
			callees[fmt.Sprint(from)] = append(callees[fmt.Sprint(from)], fmt.Sprint(to))
		}
		for via := range n {
			for from := range n {
				for to := range n {
					reach[from][to] = reach[from][to] || reach[from][via] && reach[via][to]
				}
			}
		}
		found := engine.Recursive(callees)
		for i := range n {
			if got := found[fmt.Sprint(i)]; got != reach[i][i] {
				t.Fatalf("with seed %d, of %v: %d is recursive: %v, want %v", seed, callees, i, got, reach[i][i])
			}
		}
	}
}
