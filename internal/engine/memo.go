package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"reflect"
	"slices"
	"strconv"
)

// memo is what a Tree remembers of the rows that components have shown by [Rows], in the
// order in which these were called.
type memo struct {
	all []*memoRows
	// Of the rendering that is under way:
	next   int  // how many rows were begun
	within bool // a row is being written
}

// memoRows are rows of flat data, as they were rendered last.
type memoRows struct {
	copy reflect.Value // []T
	by   uintptr       // what tells the function that shows a row from others
	also []any
	list *list // that shows them, and nothing else; nil: it isn't known
	// Of the rendering that is under way:
	bound bool // list is that of now
	write func(w io.Writer, from, to int) error
}

type memoKey struct{}

// with returns a context in which rows are remembered.
func (m *memo) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, memoKey{}, m)
}

// begin begins a rendering.
func (m *memo) begin() { m.next, m.within = 0, false }

// end ends it: what isn't known of the rows that were shown is forgotten.
func (m *memo) end() {
	clear(m.all[m.next:])
	m.all = m.all[:m.next]
	for _, rows := range m.all {
		rows.write = nil
		if !rows.bound {
			rows.list, rows.copy = nil, reflect.Value{}
		}
	}
}

// expand appends HTML with all the rows in it; strip takes away as well what says that they
// are such.
func (m *memo) expand(dst, html []byte, strip bool) ([]byte, error) {
	for {
		at := bytes.Index(html, rowsStart)
		if at < 0 {
			return append(dst, html...), nil
		}
		dst = append(dst, html[:at]...)
		html = html[at:]
		end := bytes.Index(html, []byte(markEnd)) + len(markEnd)
		var k, at0, from, run int
		if numbersOf(html[:end], rowsKept, &k, &at0, &from, &run) {
			out := sink{dst}
			if err := m.all[k].write(&out, from, from+run); err != nil {
				return nil, err
			}
			dst = out.buf
		} else if !strip {
			dst = append(dst, html[:end]...)
		}
		html = html[end:]
	}
}

// Comments stand for rows in HTML that components write, as they do for live components.
var (
	rowsStart = []byte("<!--rows " + rand.Text() + " ")
	rowsBegin = append(slices.Clone(rowsStart), '<')
	rowsKept  = append(slices.Clone(rowsStart), '=')
	rowsEnd   = append(append(slices.Clone(rowsStart), '>'), markEnd...)
)

func appendRowsMark(dst, start []byte, numbers ...int) []byte {
	dst = append(dst, start...)
	for _, n := range numbers {
		dst = append(strconv.AppendInt(dst, int64(n), 10), ' ')
	}
	return append(dst, markEnd...)
}

// numbersOf returns so many numbers of a comment that starts so.
func numbersOf(comment, start []byte, numbers ...*int) bool {
	rest, ok := bytes.CutPrefix(comment, start)
	for _, n := range numbers {
		var digits []byte
		if digits, rest, ok = bytes.Cut(rest, []byte(" ")); !ok {
			return false
		}
		var err error
		if *n, err = strconv.Atoi(string(digits)); err != nil {
			return false
		}
	}
	return ok
}

// Rows writes rows, a slice, by write, which writes those from one index up to another.
// Within a rendering of a [Tree] those aren't written that are, and were, among the rows
// that the same call of the last rendering was for, where rows are flat data, and by, which
// tells the function that shows a row from others, and also are the same.
func Rows(ctx context.Context, w io.Writer, rows reflect.Value, by uintptr, also []any, write func(w io.Writer, from, to int) error) error {
	m, _ := ctx.Value(memoKey{}).(*memo)
	if m == nil || m.within || flatOf(rows.Type().Elem()) == nil {
		return write(w, 0, rows.Len())
	}
	k := m.next
	m.next++
	m.within = true
	defer func() { m.within = false }()
	if k == len(m.all) {
		m.all = append(m.all, &memoRows{})
	}
	r := m.all[k]
	r.write, r.bound = write, false
	if _, err := w.Write(appendRowsMark(nil, rowsBegin, k)); err != nil {
		return err
	}
	if err := r.changes(w, k, rows, by, also); err != nil {
		return err
	}
	_, err := w.Write(rowsEnd)
	return err
}

// changes writes the rows that differ from those rendered last, and what stands for the
// others, and keeps a copy of them.
func (r *memoRows) changes(w io.Writer, k int, rows reflect.Value, by uintptr, also []any) error {
	n := rows.Len()
	if r.list == nil || r.by != by || r.copy.Type() != rows.Type() || r.copy.Len() != len(r.list.entries) || !sameValues(r.also, also) {
		r.by, r.also = by, also
		r.keep(rows)
		return r.write(w, 0, n)
	}
	kept := func(at, from, run int) error {
		if run == 0 {
			return nil
		}
		_, err := w.Write(appendRowsMark(nil, rowsKept, k, at, from, run))
		return err
	}
	size := rows.Type().Elem().Size()
	now, old := pointerTo(rows), pointerTo(r.copy)
	same := func(i, j, n int) bool {
		return bytes.Equal(bytesAt(add(now, uintptr(i)*size), uintptr(n)*size), bytesAt(add(old, uintptr(j)*size), uintptr(n)*size))
	}
	if oldN := r.copy.Len(); n != oldN {
		first, last := 0, 0
		for both := min(n, oldN); first < both && same(first, first, 1); {
			first++
		}
		for both := min(n, oldN) - first; last < both && same(n-1-last, oldN-1-last, 1); {
			last++
		}
		if err := kept(0, 0, first); err != nil {
			return err
		}
		if err := r.write(w, first, n-last); err != nil {
			return err
		}
		r.keep(rows)
		return kept(oldN-last, n-last, last)
	}
	begun := 0
	for i := 0; i < n; {
		if many := min(chunk, n-i); same(i, i, many) {
			i += many
			continue
		}
		for same(i, i, 1) { // one of the chunk isn't
			i++
		}
		if err := kept(begun, begun, i-begun); err != nil {
			return err
		}
		if err := r.write(w, i, i+1); err != nil {
			return err
		}
		r.copy.Index(i).Set(rows.Index(i))
		i++
		begun = i
	}
	return kept(begun, begun, n-begun)
}

// keep keeps a copy of rows.
func (r *memoRows) keep(rows reflect.Value) {
	r.copy = reflect.MakeSlice(rows.Type(), rows.Len(), rows.Len())
	reflect.Copy(r.copy, rows)
}

// sameValues reports whether two lists have the same values, as far as values can be
// compared.
func sameValues(a, b []any) bool {
	return slices.EqualFunc(a, b, func(a, b any) bool {
		return a == nil && b == nil || a != nil && b != nil && reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Comparable() && a == b
	})
}
