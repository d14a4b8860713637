package liveview

import (
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/gin-liveview/liveview/internal/engine"
)

// Rows shows rows by row, one after the other, and on a live page only those of them that
// have changed, as a {{range}} of html/template does. In templ:
//
//	<ul>
//		@liveview.Rows(s.Tasks, taskRow)
//	</ul>
//
// where taskRow is a templ component with a Task as its parameter, that shows an element
// with an id or a data-key. What it shows depends on the row alone, and on the values of
// also: a row that is equal to the one before isn't rendered, unless one of these has
// changed, or row is another function.
//
//	@liveview.Rows(s.Tasks, func(t Task) templ.Component { return taskRow(t, s.Selected) }, s.Selected)
//
// That is so for rows of plain data (numbers, strings, booleans, and arrays and structs of
// these) of up to 4 KiB each that are all the children of an element, and show no live
// components; elsewhere, and on the HTTP render, all are rendered. Values of also are
// compared by ==; one that can't be, a slice for instance, counts as changed each time:
// give the rows what each shows of it. The slice of rows is read while the page is
// rendered.
func Rows[T any, R Component](rows []T, row func(T) R, also ...any) Component {
	return shownRows[T, R]{rows, row, also}
}

// shownRows is what [Rows] returns.
type shownRows[T any, R Component] struct {
	rows []T
	row  func(T) R
	also []any
}

// Render implements [Component].
func (s shownRows[T, R]) Render(ctx context.Context, w io.Writer) error {
	if s.row == nil {
		return fmt.Errorf("liveview: Rows is given no function that shows a %s", reflect.TypeFor[T]())
	}
	return engine.Rows(ctx, w, reflect.ValueOf(s.rows), reflect.ValueOf(s.row).Pointer(), s.also, func(w io.Writer, from, to int) error {
		for _, row := range s.rows[from:to] {
			if err := s.row(row).Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}
