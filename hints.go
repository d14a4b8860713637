package liveview

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/gin-liveview/liveview/js"
)

// hintOf says what a template does with a value of type t instead of printing it, or of
// asking whether it is true; "" for what it may do.
func hintOf(t reflect.Type) (printed, asked string) {
	if implements[interface {
		Render(ctx context.Context, w io.Writer) error
	}](t) && !implements[fmt.Stringer](t) {
		return "a component is shown by {{component .Card}}, and this prints what Go has of it", ""
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[js.Funcs]():
		return `js is followed by what to do, as in {{js.Show "#menu"}}`, ""
	case t == reflect.TypeFor[Attrs]():
		return "attributes are written by {{attrs .Rest}}", ""
	case t.PkgPath() == reflect.TypeFor[Attrs]().PkgPath() && strings.HasPrefix(t.Name(), "Async["):
		return "an Async is shown by what it has: {{.Report.Value}}, .Loading, .Loaded and .Err",
			"an Async is always true: ask .Loading, .Loaded or .Err of it"
	}
	return "", ""
}

func implements[I any](t reflect.Type) bool {
	i := reflect.TypeFor[I]()
	return t.Implements(i) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(i)
}
