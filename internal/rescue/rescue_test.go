package rescue_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/rescue"
)

// hostile is an error each of whose methods panics with the error itself, so
// that whoever prints the panic calls it once more.
type hostile struct{ deep *int }

func (h *hostile) Error() string    { panic(h) }
func (h *hostile) Is(error) bool    { panic(h) }
func (h *hostile) As(any) bool      { panic(h) }
func (h *hostile) Unwrap() error    { _ = *h.deep; return nil }
func (h *hostile) String() string   { panic(h) }
func (h *hostile) GoString() string { panic(h) }

func TestRunAndFindAndText(t *testing.T) {
	for name, test := range map[string]struct {
		fn    func() error
		text  string // of the error, a part
		panic bool
	}{
		"a panic":            {func() error { panic("oh") }, "it panicked: oh", true},
		"panic of nil":       {func() error { var err error; panic(err) }, "it panicked: panic called with nil", true},
		"panic of hostile":   {func() error { panic(&hostile{}) }, "it panicked: a *rescue_test.hostile, whose own text panics", true},
		"panic of typed nil": {func() error { panic((*hostile)(nil)) }, "it panicked: ", true},
		"an error":           {func() error { return io.EOF }, "it: EOF", false},
		"hostile":            {func() error { return &hostile{} }, "it: a *rescue_test.hostile, whose own text panics", false},
		"typed nil":          {func() error { var h *hostile; return h }, "it returned a nil *rescue_test.hostile", false},
		"wrapped typed nil":  {func() error { var h *hostile; return fmt.Errorf("outer: %w", h) }, "it: outer: ", false},
	} {
		err := rescue.Run("it", test.fn)
		if err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v, want %q in it", name, err, test.text)
		}
		p, isPanic := rescue.Find[*rescue.Panic](fmt.Errorf("around it: %w", err))
		if isPanic != test.panic || isPanic && len(p.Stack) == 0 {
			t.Errorf("%s: found a panic: %v", name, isPanic)
		}
		if _, ok := rescue.Find[*hostile](err); ok {
			t.Errorf("%s: Find looked into what isn't ours", name)
		}
	}
	if err := rescue.Run("it", func() error { return nil }); err != nil {
		t.Errorf("no error became %v", err)
	}
	if err := rescue.Run("it", func() error { return io.EOF }); !errors.Is(err, io.EOF) {
		t.Errorf("an application doesn't find its own error in %v", err)
	}
}

type panickingHandler struct{ slog.Handler }

func (panickingHandler) Enabled(context.Context, slog.Level) bool  { panic("enabled") }
func (panickingHandler) Handle(context.Context, slog.Record) error { panic("handle") }
func (h panickingHandler) WithAttrs([]slog.Attr) slog.Handler      { panic("attrs") }
func (h panickingHandler) WithGroup(string) slog.Handler           { panic("group") }

func TestLoggerThatPanics(*testing.T) {
	l := rescue.Logger(rescue.Logger(slog.New(panickingHandler{})))
	l.With("a", 1).WithGroup("g").Error("said on the standard error")
}

// circle wraps itself, in one of the two ways.
type circle struct{}

func (c *circle) Error() string { return "circle" }

type one struct{ circle }

func (o *one) Unwrap() error { return o }

type many struct{ circle }

func (m *many) Unwrap() []error { return []error{m, m, io.EOF} }

// Whether an error wraps another is found out without its Is and As, and of errors
// that wrap themselves as well.
func TestWraps(t *testing.T) {
	isEOF := func(err error) bool { return err == io.EOF } //nolint:errorlint // as Wraps is used
	deep := 0
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"nil":               {nil, false},
		"itself":            {io.EOF, true},
		"another":           {io.ErrUnexpectedEOF, false},
		"wrapped":           {fmt.Errorf("a: %w", fmt.Errorf("b: %w", io.EOF)), true},
		"joined":            {errors.Join(io.ErrNoProgress, io.EOF), true},
		"circle":            {new(one), false},
		"circle of many":    {new(many), false},
		"hostile":           {&hostile{&deep}, false},
		"joined to another": {errors.Join(&hostile{&deep}, io.EOF), true},
	} {
		if got := rescue.Wraps(test.err, isEOF); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}
