package ui_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/example/ui"
)

func TestPages(t *testing.T) {
	for _, test := range []struct {
		entries, page int
		want          string
	}{
		{0, 1, "[1]"},
		{10, 5, "[1]"},
		{11, 0, "[1] 2"},
		{40, 2, "1 [2] 3 4"},
		{70, 1, "[1] 2 3 4 … 7"},
		{70, 4, "1 … 3 [4] 5 … 7"},
		{70, 5, "1 … 4 [5] 6 7"},
		{70, 99, "1 … 4 5 6 [7]"},
		{500, 30, "1 … 29 [30] 31 … 50"},
	} {
		p := ui.PagesOf(test.entries, 10, test.page)
		var got []string
		for _, l := range p.Links() {
			switch {
			case l.Gap:
				got = append(got, "…")
			case l.Current:
				got = append(got, fmt.Sprintf("[%d]", l.Number))
			default:
				got = append(got, fmt.Sprint(l.Number))
			}
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("of %d entries on page %d there are %s, want %s", test.entries, test.page, s, test.want)
		}
		if p.Previous() != max(0, p.Current-1) || p.Next() != (p.Current+1)%(p.Last+1) {
			t.Errorf("%+v is between %d and %d", p, p.Previous(), p.Next())
		}
	}
}
