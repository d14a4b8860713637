package engine_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// compare shows a random page with random states. It reports whether the page
// could be parsed.
func compare(t *testing.T, templateBytes, stateBytes []byte) bool {
	text := randomTemplate(templateBytes)
	state := full()
	theirs, err := parseTheirs(text)
	if err != nil {
		t.Fatalf("html/template's Parse(%s) = %v", text, err)
	}
	ours, err := parseOurs(text, state)
	if err != nil {
		// What html/template refuses, or what can never be rendered.
		if _, theirErr := renderTheirs(theirs, state); theirErr == nil && !strings.Contains(err.Error(), "page:") {
			t.Fatalf("Parse(%s) = %v, but html/template renders it", text, err)
		}
		return false // a mistake in what this state doesn't reach
	}
	c := &choices{stateBytes}
	s := twin{text, ours, theirs}.session()
	for range 12 {
		s.show(t, state)
		if len(c.data) == 0 {
			break
		}
		state = randomState(c, state)
	}
	return true
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, r.IntN(n))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func FuzzRender(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range count(10, 50) {
		f.Add(randomBytes(r, 120), []byte(nil))
	}
	f.Fuzz(func(t *testing.T, templateBytes, stateBytes []byte) {
		compare(t, templateBytes, stateBytes)
	})
}

func FuzzDiff(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range count(10, 50) {
		f.Add(randomBytes(r, 80), randomBytes(r, 80))
	}
	f.Fuzz(func(t *testing.T, templateBytes, stateBytes []byte) {
		compare(t, templateBytes, stateBytes)
	})
}

// TestRandom is the fuzzing that every test run does.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	parsed, pages := 0, count(120, 2000)
	for range pages {
		a, b := randomBytes(r, 150), randomBytes(r, 100)
		t.Run("", func(t *testing.T) {
			if compare(t, a, b) {
				parsed++
			}
		})
	}
	if parsed < pages/2 {
		t.Errorf("only %d of %d random pages could be parsed", parsed, pages)
	}
	t.Attr("figure", fmt.Sprintf("%d random pages, over the states that they go through: no difference", parsed))
}
