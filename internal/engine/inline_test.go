package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// Without the templates that are kept, no template that the page reaches can reach
// itself, in whatever way they call each other; and each of them can.
func TestRecursive(t *testing.T) {
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 0))
		n := 1 + random.IntN(8)
		callees := map[string][]string{}
		for range random.IntN(2 * n) {
			from, to := random.IntN(n), random.IntN(n)
			callees[fmt.Sprint(from)] = append(callees[fmt.Sprint(from)], fmt.Sprint(to))
		}
		found := engine.Recursive(callees, "0")
		all, inlined := reaching(callees, n, nil), reaching(callees, n, found)
		for i := range n {
			name := fmt.Sprint(i)
			if reached := i == 0 || all[0][i]; reached && inlined[i][i] {
				t.Fatalf("with seed %d, of %v, %v are kept: %d reaches itself", seed, callees, found, i)
			}
			if found[name] && !all[i][i] {
				t.Fatalf("with seed %d, of %v, %v are kept: %d doesn't reach itself", seed, callees, found, i)
			}
		}
	}
}

// reaching returns which of n templates reaches which, on ways that lead to none
// of those that are kept.
func reaching(callees map[string][]string, n int, kept map[string]bool) [][]bool {
	reach := make([][]bool, n)
	for i := range reach {
		reach[i] = make([]bool, n)
		for j := range n {
			reach[i][j] = !kept[fmt.Sprint(j)] && slices.Contains(callees[fmt.Sprint(i)], fmt.Sprint(j))
		}
	}
	for via := range n {
		for from := range n {
			for to := range n {
				reach[from][to] = reach[from][to] || reach[from][via] && reach[via][to]
			}
		}
	}
	return reach
}

// A ring of templates is as deep as text/template has it, and no deeper, however
// many of them are copied into others: the stack of a goroutine isn't endless.
func TestEndlessRing(t *testing.T) {
	boss := &user{Name: "x"}
	boss.Boss = boss
	state := &page{User: *boss}
	tmpl := mustParse(t, ringOf(40, "<p>{{.Name}}</p>%s"), state)
	if _, err := tmpl.HTML(nil, state, nil); err == nil || !strings.Contains(err.Error(), "maximum depth") {
		t.Errorf("an endless ring: %v", err)
	}
}

// A template that is called twice shows the same each time, also where it reads a field of
// what stands in parentheses: text/template copies such an operand by half.
func TestCalledTwiceWithParentheses(t *testing.T) {
	state := full()
	newTwin(t, `{{define "first"}}<p title="{{(index .Rows 0).Name}}"></p>{{end}}`+
		`{{template "first" .}}{{with $}}{{template "first" .}}{{end}}`, state).session().show(t, state)
}
