package engine

import (
	"html/template"
	"reflect"
	"strings"
	"testing"
)

// A map with keys that only text/template knows to order is ranged over by
// text/template. If that fails before the end, the rendering does: a part of
// the entries mustn't pass for all of them.
func TestSortedRangeFails(t *testing.T) {
	broken := template.Must(template.New("range").Parse(`{{range $k, $v := .Ranged}}{{$.Entry $k $v}}{{end}}{{.Missing}}`))
	in := &interpreter{sorted: &fragment{template: broken}}
	entries := 0
	var err error
	func() {
		defer (&run{}).guard(&err, nil)
		in.each(reflect.ValueOf(map[float64]int{1: 1, 2: 2}), false, func(_, _ reflect.Value) bool {
			entries++
			return true
		})
	}()
	if err == nil || !strings.Contains(err.Error(), "Missing") {
		t.Errorf("after %d entries the error is %v", entries, err)
	}
	// A range that ends by a break has not failed.
	err = nil
	func() {
		defer (&run{}).guard(&err, nil)
		in.each(reflect.ValueOf(map[float64]int{1: 1, 2: 2}), false, func(_, _ reflect.Value) bool { return false })
	}()
	if err != nil {
		t.Errorf("after a break the error is %v", err)
	}
}
