package engine_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/internal/engine"
)

// All views share the statics of what components write alike, and they are gone when the last
// view is that has them.
func TestShapesAreShared(t *testing.T) {
	const page = component(`<shared-by-views><p title="a">b</p></shared-by-views>`)
	trees := make([]engine.Tree, 2)
	for i := range trees {
		if _, err := trees[i].DiffComponent(nil, page, t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := engine.ShapesWith("shared-by-views"); n != 1 {
		t.Errorf("two views of one page have %d statics, want 1", n)
	}
	trees[0].Reset()
	runtime.GC()
	if again, err := trees[1].DiffComponent(nil, page, t.Context()); err != nil || len(again) > 0 || engine.ShapesWith("shared-by-views") != 1 {
		t.Errorf("the other view is told {%s}, %v, once one has gone", again, err)
	}
	clear(trees)
	for deadline := time.Now().Add(20 * time.Second); engine.ShapesWith("shared-by-views") > 0; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatal("statics are kept that no view has")
		}
		runtime.Gosched()
	}
}
