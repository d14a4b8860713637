package rendered

import (
	"encoding/json"
	"strings"
	"testing"
)

func diff(t *testing.T, text string) Diff {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var diff Diff
	if err := d.Decode(&diff); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return diff
}

func html(t *testing.T, tree *Tree, changed map[int]bool) string {
	t.Helper()
	content, _, err := tree.HTML(changed)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// A component that didn't change is left as it is on the page, but not if the
// page has lost it.
func TestComponentsThatAreSkipped(t *testing.T) {
	tree := New("v")
	if err := tree.Merge(diff(t, `{"0":2,"s":["<div>","</div>"],"c":{"2":{"s":["<p id=\"p\">","</p>"],"r":1,"0":"two"}}}`)); err != nil {
		t.Fatal(err)
	}
	full := `<div><p data-phx-id="c2-v" data-phx-component="2" data-phx-view="v" id="p">two</p></div>`
	if got := html(t, tree, nil); got != full {
		t.Errorf("after the join it is %s, want %s", got, full)
	}
	if got, want := html(t, tree, map[int]bool{}), `<div><p id="p" data-phx-id="c2-v" data-phx-component="2" data-phx-view="v" data-phx-skip></p></div>`; got != want {
		t.Errorf("unchanged it is %s, want %s", got, want)
	}
	tree.Lost(2)
	if got := html(t, tree, map[int]bool{}); !strings.Contains(got, ">two</p>") {
		t.Errorf("lost it is %s, want all of it", got)
	}
	tree.Forget(2)
	if _, _, err := tree.HTML(nil); err == nil {
		t.Error("a component that was dropped is shown")
	}
}

// Statics that are nobody's end in an error.
func TestStaticsInACircle(t *testing.T) {
	tree := New("v")
	err := tree.Merge(diff(t, `{"0":1,"s":["",""],"c":{"1":{"s":2,"0":"a"},"2":{"s":1,"0":"b"}}}`))
	if err == nil || !strings.Contains(err.Error(), "in a circle") {
		t.Errorf("the error is %v, want one of components in a circle", err)
	}
}
