package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// BenchmarkComponent is a component's page of 200 rows, of which one changes.
func BenchmarkComponent(b *testing.B) {
	page := func(changed string) component {
		var s strings.Builder
		s.WriteString("<table><tbody>")
		for i := range 200 {
			name := "Article &amp; more"
			if i == 100 {
				name = changed
			}
			fmt.Fprintf(&s, `<tr id="row-%d"><td>%d</td><td class="name">%s</td></tr>`, i, i, name)
		}
		s.WriteString("</tbody></table>")
		return component(s.String())
	}
	pages := []component{page("one"), page("two")}
	var tree engine.Tree
	var buf []byte
	i := 0
	benchmark(b, ours, func(b *testing.B) {
		i++
		var err error
		if buf, err = tree.DiffComponent(buf[:0], pages[i%2], context.Background()); err != nil {
			b.Fatal(err)
		}
	})
}
